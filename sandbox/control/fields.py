"""The fields that most control calls have in common: person and room."""

import math
from collections.abc import Mapping
from typing import Any

from sandbox.chat_model import Room
from sandbox.cloud import Cloud
from sandbox.errors import bad_request, not_found
from sandbox.ids import key_of
from sandbox.people import Person


def person_from(values: Mapping[str, Any], cloud: Cloud) -> Person:
    """Return the person with the address in ``person``."""
    email = values.get("person")
    if not isinstance(email, str) or not email:
        raise bad_request("'person' must be an email address.")
    person = cloud.person_by_email(email)
    if person is None:
        raise not_found(f"Nobody here has the address {email}.")
    return person


def room_from(values: Mapping[str, Any], cloud: Cloud, person: Person) -> Room:
    """Return the room in ``roomId``; by default the direct room with the bot."""
    room_id = values.get("roomId")
    if room_id:
        return cloud.chat.room_for(person.key, key_of(room_id, "ROOM"))
    return cloud.chat.direct_room(person.key, cloud.bot_key)


def number_from(values: Mapping[str, str], name: str, default: float = 0.0) -> float:
    """Return a number from a query; 400 for anything else."""
    try:
        number = float(values.get(name) or default)
    except ValueError as error:
        raise bad_request(f"'{name}' must be a number.") from error
    if not math.isfinite(number):  # too many digits
        raise bad_request(f"'{name}' must be a number.")
    return number
