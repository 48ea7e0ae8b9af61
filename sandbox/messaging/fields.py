"""Read the fields of a request body; a wrong type is a 400."""

from collections.abc import Mapping
from typing import Any

from sandbox.cloud import Cloud
from sandbox.errors import bad_request, not_found
from sandbox.ids import key_of
from sandbox.people import Person


def text_field(body: Mapping[str, Any], name: str) -> str | None:
    """Return a string, which may be missing or null."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"The value of '{name}' is not valid: a string is expected.")
    return value


def required_text(body: Mapping[str, Any], name: str) -> str:
    """Return a string, which must be present and not empty."""
    value = text_field(body, name)
    if not value:
        raise bad_request(f"'{name}' is required.")
    return value


def bool_field(body: Mapping[str, Any], name: str) -> bool:
    """Return a boolean; false if missing."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise bad_request(f"The value of '{name}' is not valid: a boolean is expected.")
    return value


def reject_unknown_fields(body: Mapping[str, Any], allowed: frozenset[str]) -> None:
    """Raise 400 if the body has a field that the call does not know."""
    unknown = sorted(body.keys() - allowed)
    if unknown:
        raise bad_request(f"Json object: unknown field '{unknown[0]}'.")


def find_person(cloud: Cloud, person_id: str | None, email: str | None) -> Person:
    """Return the person with this id or address; 400 without either, 404 if unknown."""
    if person_id:
        person = cloud.people.get(key_of(person_id, "PEOPLE"))
    elif email:
        person = cloud.person_by_email(email)
    else:
        raise bad_request("A person id or an email address is required.")
    if person is None:
        raise not_found()
    return person
