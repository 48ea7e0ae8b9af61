"""A phone as the two device APIs show it (docs/webex/provisioning.md §1 ids, §3, §4.5)."""

from typing import Any

from sandbox.admin.common import DEVICE_CLUSTER, owner_id
from sandbox.clock import webex_date
from sandbox.ids import public_id
from sandbox.organization import Organization
from sandbox.organization.entities import Owner, Phone, Workspace

MAX_STANDARD_GUEST_HOURS = 12


def _device_id(kind: str, key: str | None) -> str | None:
    return public_id(kind, key, DEVICE_CLUSTER) if key else None


def _shown_mac(phone: Phone) -> str:
    """Return the MAC: twelve digits for phones, colons for room devices."""
    if phone.kind == "phone":
        return phone.mac
    return ":".join(phone.mac[index : index + 2] for index in range(0, len(phone.mac), 2))


def device_body(org: Organization, phone: Phone) -> dict[str, Any]:
    """Return the body of `/devices/{id}`. Missing properties are left out; ids can be null."""
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
        "managedBy": phone.managed_by,
        "manufacturer": phone.manufacturer,
        "devicePlatform": "cisco",
        "plannedMaintenance": "off",
    }
    return body | _seen(phone) | _network(phone)


def _seen(phone: Phone) -> dict[str, Any]:
    """Return when it was on the network: nothing for one that never registered (§4.5)."""
    times = {"firstSeen": phone.first_seen, "lastSeen": phone.last_seen}
    return {name: webex_date(time) for name, time in times.items() if time is not None}


def _network(phone: Phone) -> dict[str, Any]:
    """Return the fields that only a device that was on the network has."""
    fields = {"ip": phone.ip, "software": phone.software, "serial": phone.serial}
    known = {name: value for name, value in fields.items() if value is not None}
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
        "hoteling": {
            "enabled": False,
            "limitGuestUse": False,
            "guestHoursLimit": MAX_STANDARD_GUEST_HOURS,
        },
        "owner": telephony_owner(org, phone.owner),
        "activationState": "ACTIVATING" if activating else "ACTIVATED",
    }
    body |= {"modelType": phone.model_type} if phone.owner.kind == "person" else {}
    return body | ({"ipAddress": phone.ip} if phone.ip else {})


def telephony_owner(org: Organization, owner: Owner) -> dict[str, Any]:
    """Return the owner of a telephony device; a workspace has a dot as its last name."""
    person_or_workspace = org.owner(owner)
    kind = "PEOPLE" if owner.kind == "person" else "PLACE"
    names = ("", "") if person_or_workspace is None else _names(person_or_workspace)
    return {"id": owner_id(owner), "type": kind, "firstName": names[0], "lastName": names[1]}


def _names(person_or_workspace: Any) -> tuple[str, str]:
    if isinstance(person_or_workspace, Workspace):
        return person_or_workspace.name, "."
    return person_or_workspace.first_name, person_or_workspace.last_name
