"""The fields of a person that only administrators see (docs/webex/provisioning.md §3)."""

from typing import Any

from sandbox.ids import public_id
from sandbox.organization import Organization
from sandbox.people import Person


def admin_fields(person: Person, organization: Organization, calling_data: bool) -> dict[str, Any]:
    """Return licences and roles; with `calling_data` also location, extension and numbers."""
    licences = [key for key in person.licences if key in organization.licences]
    fields: dict[str, Any] = {
        "licenses": [public_id("LICENSE", key) for key in licences],
        "roles": [public_id("ROLE", key) for key in person.roles],
        "invitePending": "false",
        "loginEnabled": "true",
    }
    return fields | (_calling(person) if calling_data else {})


def _calling(person: Person) -> dict[str, Any]:
    fields: dict[str, Any] = {"phoneNumbers": _numbers(person)}
    if person.location_key:
        fields["locationId"] = public_id("LOCATION", person.location_key)
    if person.extension:
        fields["extension"] = person.extension
    return fields


def _numbers(person: Person) -> list[dict[str, Any]]:
    numbers = []
    if person.phone_number:
        numbers.append({"type": "work", "value": person.phone_number, "primary": True})
    if person.extension:
        numbers.append({"type": "work_extension", "value": person.extension, "primary": False})
    return numbers
