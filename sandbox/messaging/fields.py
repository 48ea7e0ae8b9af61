"""Reading the fields of a request body: right type, or 400."""

from collections.abc import Mapping
from typing import Any

from sandbox.cloud import Cloud
from sandbox.ids import key_of
from sandbox.people import Person
from sandbox.problems import bad_request, not_found


def text_field(body: Mapping[str, Any], name: str) -> str | None:
    """A string that may be missing or null."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"The value of '{name}' is not valid: a string is expected.")
    return value


def required_text(body: Mapping[str, Any], name: str) -> str:
    """A string that must be there and not be empty."""
    value = text_field(body, name)
    if not value:
        raise bad_request(f"'{name}' is required.")
    return value


def flag(body: Mapping[str, Any], name: str) -> bool:
    """A boolean; false when missing."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise bad_request(f"The value of '{name}' is not valid: a boolean is expected.")
    return value


def only(body: Mapping[str, Any], allowed: frozenset[str]) -> None:
    """400 when the body has a field the call does not know."""
    unknown = sorted(body.keys() - allowed)
    if unknown:
        raise bad_request(f"Json object: unknown field '{unknown[0]}'.")


def person_named(cloud: Cloud, person_id: str | None, email: str | None) -> Person:
    """The person with this id or this address; 400 without either, 404 when unknown."""
    if person_id:
        person = cloud.people.get(key_of(person_id, "PEOPLE"))
    elif email:
        person = cloud.person_by_email(email)
    else:
        raise bad_request("A person id or an email address is required.")
    if person is None:
        raise not_found()
    return person
