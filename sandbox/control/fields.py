"""What most control calls begin with: who, and in which room."""

import math
from collections.abc import Mapping
from typing import Any

from sandbox.chat_model import Room
from sandbox.cloud import Cloud
from sandbox.ids import key_of
from sandbox.people import Person
from sandbox.problems import bad_request, not_found


def person_in(values: Mapping[str, Any], cloud: Cloud) -> Person:
    """The person whose address stands under ``person``."""
    email = values.get("person")
    if not isinstance(email, str) or not email:
        raise bad_request("'person' must be an email address.")
    person = cloud.person_by_email(email)
    if person is None:
        raise not_found(f"Nobody here has the address {email}.")
    return person


def room_in(values: Mapping[str, Any], cloud: Cloud, person: Person) -> Room:
    """The room under ``roomId``; left out, the direct room with the bot."""
    room_id = values.get("roomId")
    if room_id:
        return cloud.chat.room_for(person.key, key_of(room_id, "ROOM"))
    return cloud.chat.direct_room(person.key, cloud.bot_key)


def number_in(values: Mapping[str, str], name: str, default: float = 0.0) -> float:
    """A number of a query; 400 for anything else."""
    try:
        number = float(values.get(name) or default)
    except ValueError as error:
        raise bad_request(f"'{name}' must be a number.") from error
    if not math.isfinite(number):  # so many digits are no number either
        raise bad_request(f"'{name}' must be a number.")
    return number
