"""A phone as the two device APIs show it (webex-provisioning.md §1 ids, §3, §4.5)."""

from typing import Any

from sandbox.admin.common import DEVICE_CLUSTER, owner_id
from sandbox.clock import webex_date
from sandbox.ids import public_id
from sandbox.organization import Organization
from sandbox.organization.facts import Owner, Phone, Workspace

MAX_STANDARD_GUEST_HOURS = 12


def _device_id(kind: str, key: str | None) -> str | None:
    return public_id(kind, key, DEVICE_CLUSTER) if key else None


def _shown_mac(phone: Phone) -> str:
    """Phones show twelve digits, room devices show colons."""
    if phone.kind == "phone":
        return phone.mac
    return ":".join(phone.mac[at : at + 2] for at in range(0, len(phone.mac), 2))


def device_body(org: Organization, phone: Phone) -> dict[str, Any]:
    """Return the body of `/devices/{id}`; what a device does not have is left out, ids may be null."""
    location = public_id("LOCATION", phone.location_key)
    body: dict[str, Any] = {
        "id": _device_id("DEVICE", phone.key),
        "webexDeviceId": _device_id("DEVICE", phone.webex_key),
        "callingDeviceId": _device_id("CALLING_DEVICE", phone.calling_key),
        "displayName": org.owner_name(phone.owner),
        "placeId": owner_id(phone.owner),
        f"{phone.owner.kind}Id": owner_id(phone.owner),
        "orgId": public_id("ORGANIZATION", org.key),
        "capabilities": ["xapi"] if phone.kind == "roomdesk" else [],
        "permissions": ["xapi:all"] if phone.kind == "roomdesk" else [],
        "connectionStatus": phone.status,
        "product": phone.product,
        "type": phone.kind,
        "tags": list(phone.tags),
        "mac": _shown_mac(phone),
        "created": webex_date(phone.created),
        "locationId": location,
        "workspaceLocationId": location,
        "errorCodes": list(phone.error_codes),
        "firstSeen": webex_date(phone.created),
        "lastSeen": webex_date(phone.last_seen or phone.created),
        "managedBy": phone.managed_by,
        "manufacturer": phone.manufacturer,
        "devicePlatform": "cisco",
        "plannedMaintenance": "off",
    }
    return body | _network(phone)


def _network(phone: Phone) -> dict[str, Any]:
    """Return what only a device that has been on the network tells."""
    told = {"ip": phone.ip, "software": phone.software, "serial": phone.serial}
    known = {name: value for name, value in told.items() if value is not None}
    return known | ({"activeInterface": "wired", "upgradeChannel": "stable"} if known else {})


def telephony_body(org: Organization, phone: Phone) -> dict[str, Any]:
    """Return a row of an owner's telephony devices.

    `activationState` is upper case for people too, although the contract has it lower case there:
    wxc_sdk, which its author runs against the real cloud, breaks on lower case.
    """
    activating = phone.status in ("activating", "pending")
    body: dict[str, Any] = {
        "id": _device_id("CALLING_DEVICE", phone.calling_key),
        "description": [*phone.tags, f"{org.owner_name(phone.owner)} ({phone.product})"],
        "model": phone.model,
        "mac": phone.mac,
        "displayName": phone.product,
        "primaryOwner": True,
        "type": "PRIMARY" if phone.primary else "SHARED_CALL_APPEARANCE",
        "hoteling": _no_hoteling(),
        "owner": telephony_owner(org, phone.owner),
        "activationState": "ACTIVATING" if activating else "ACTIVATED",
    }
    body |= {"modelType": phone.model_type} if phone.owner.kind == "person" else {}
    return body | ({"ipAddress": phone.ip} if phone.ip else {})


def _no_hoteling() -> dict[str, Any]:
    return {
        "enabled": False,
        "limitGuestUse": False,
        "guestHoursLimit": MAX_STANDARD_GUEST_HOURS,
    }


def telephony_owner(org: Organization, owner: Owner) -> dict[str, Any]:
    """Return the owner of a telephony device; a workspace has a dot for a last name."""
    found = org.owner(owner)
    kind = "PEOPLE" if owner.kind == "person" else "PLACE"
    names = ("", "") if found is None else _names(found)
    return {"id": owner_id(owner), "type": kind, "firstName": names[0], "lastName": names[1]}


def _names(found: Any) -> tuple[str, str]:
    if isinstance(found, Workspace):
        return found.name, "."
    return found.first_name, found.last_name
