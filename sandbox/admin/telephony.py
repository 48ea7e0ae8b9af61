"""`/telephony/config`: supported devices, MAC check, owners' devices, numbers, SIP passwords.

See docs/webex/provisioning.md §3, §4.
"""

import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.admin.common import own_organization
from sandbox.admin.device_json import telephony_body
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, json_body, json_response, no_content
from sandbox.errors import not_found
from sandbox.ids import key_of, public_id
from sandbox.offset_paging import paginated_response
from sandbox.organization import Organization
from sandbox.organization.dect_members import MemberDetails, available
from sandbox.organization.device_models import Model
from sandbox.organization.entities import Owner, Phone
from sandbox.organization.errors import MISSING_FIELD, bad_request, unknown_id
from sandbox.organization.mac_addresses import validate
from sandbox.organization.phones import require_owner, require_takes_changes
from sandbox.tokens import Token


async def supported_devices(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET supportedDevices; `type` can be negated: `not:MPP`."""
    catalogue = own_organization(request, cloud).catalogue
    wanted_type = request.query.get("type", "")
    layout = request.query.get("allowConfigureLayoutEnabled")
    rows = [model.row for model in catalogue.models if _is_of_type(model, wanted_type)]
    if layout is not None:
        rows = [row for row in rows if row["allowConfigureLayoutEnabled"] == (layout == "true")]
    return json_response({"upgradeChannelList": catalogue.upgrade_channels, "devices": rows})


def _is_of_type(model: Model, type_name: str) -> bool:
    if type_name.startswith("not:"):
        return model.type != type_name.removeprefix("not:")
    return not type_name or model.type == type_name


async def validate_macs(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST devices/actions/validateMacs/invoke: always 200 for a list of strings."""
    org = own_organization(request, cloud)
    macs = (await json_body(request)).get("macs")
    if not isinstance(macs, list) or not all(isinstance(mac, str) for mac in macs):
        raise bad_request("Missing mandatory field: macs.", MISSING_FIELD)
    return json_response(validate(org, macs))


def _owner(request: web.Request, org: Organization) -> Owner:
    """Return the person or workspace of the path; 404 if it does not exist."""
    path = request.match_info
    if "person_id" in path:
        owner = Owner("person", key_of(path["person_id"], "PEOPLE"))
    else:
        owner = Owner("workspace", key_of(path["workspace_id"], "PLACE"))
    require_owner(org, owner)
    return owner


def _calling_phones(cloud: Cloud, org: Organization, owner: Owner) -> list[Phone]:
    now = cloud.clock.now()
    return [phone for phone in org.phones_of(owner) if phone.calling_key and phone.is_known(now)]


async def owner_devices(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET people|workspaces/{id}/devices: includes phones that are not Webex Aware.

    See docs/webex/provisioning.md §6.
    """
    org = own_organization(request, cloud)
    owner = _owner(request, org)
    limit = org.device_limit(owner)
    phones = _calling_phones(cloud, org, owner)
    return json_response(
        {
            "devices": [telephony_body(org, phone) for phone in phones],
            "maxDeviceCount": limit,
            "maxOwnedDeviceCount": limit,
        }
    )


async def device_count(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET people/{id}/devices/count: all applications together count as one."""
    org = own_organization(request, cloud)
    owner = _owner(request, org)
    person = org.member(owner.key)
    apps = 1 if person is not None and person.calling_in_apps else 0
    total = len(_calling_phones(cloud, org, owner)) + apps
    return json_response({"totalDeviceCount": total, "applicationsCount": apps})


async def telephony_device(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET devices/{callingDeviceId}: SIP details.

    404 for the 9800 series and in government mode (provisioning.md §6, §9).
    """
    org = own_organization(request, cloud)
    key = key_of(request.match_info["device_id"], "CALLING_DEVICE")
    phone = next((p for p in org.phones.values() if key and p.calling_key == key), None)
    if phone is None or cloud.settings.gov or phone.model_type == "DESK_PHONE":
        raise not_found()
    return json_response(_sip_details(org, phone))


async def apply_changes(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST devices/{callingDeviceId}/actions/applyChanges/invoke: 204; the phone follows it.

    400 for a phone of the 9800 series that is not online, and for one that Webex does not manage
    (provisioning.md §4.7).
    """
    org = own_organization(request, cloud)
    key = key_of(request.match_info["device_id"], "CALLING_DEVICE")
    phone = next((p for p in org.phones.values() if key and p.calling_key == key), None)
    if phone is None or not phone.is_known(cloud.clock.now()):
        raise unknown_id("device")
    require_takes_changes(phone)
    phone.applied_changes += 1
    owner = org.owner_name(phone.owner)
    cloud.event_log.append("organization", what="changes applied", owner=owner)
    return no_content()


def _sip_details(org: Organization, phone: Phone) -> dict[str, Any]:
    body = telephony_body(org, phone)
    user = f"{phone.mac.lower()}_01"
    return {
        "id": body["id"],
        "manufacturer": phone.manufacturer,
        "managedBy": phone.managed_by,
        "mac": phone.mac,
        "model": phone.model,
        "description": body["description"],
        "activationState": body["activationState"],
        "upgradeChannelEnabled": phone.managed_by == "CISCO",
        "owner": {"sipUserName": user, "linePort": f"{user}@sip.acme.example"},
        "proxy": {"outboundProxy": "proxy.sip.acme.example"},
    }


async def generate_password(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST locations/{id}/actions/generatePassword/invoke: a SIP password.

    Third-party phones need one (provisioning.md §4.3).
    """
    org = own_organization(request, cloud)
    if key_of(request.match_info["location_id"], "LOCATION") not in org.locations:
        raise unknown_id("location")
    return json_response({"exampleSipPassword": f"Aa1!{secrets.token_urlsafe(12)}"})


NUMBER_FILTERS: dict[str, Callable[[MemberDetails, str], bool]] = {
    "ownerName": lambda member, text: text.casefold() in member.name.casefold(),
    "extension": lambda member, text: text in (member.extension or ""),
    "phoneNumber": lambda member, text: text.lstrip("+") in (member.phone_number or ""),
    "locationId": lambda member, text: member.location_key == key_of(text, "LOCATION"),
}


async def list_numbers(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET numbers: each number or extension with its owner; a workspace has only a first name."""
    org = own_organization(request, cloud)
    filters = [
        (NUMBER_FILTERS[name], text)
        for name, text in request.query.items()
        if name in NUMBER_FILTERS
    ]
    rows = [
        _number_json(org, member)
        for member in available(org)
        if (member.phone_number or member.extension)
        and all(fits(member, text) for fits, text in filters)
    ]
    return paginated_response(request, cloud, rows, name="phoneNumbers")


def _number_json(org: Organization, details: MemberDetails) -> dict[str, Any]:
    location = org.locations[details.location_key]
    numbers = {"phoneNumber": details.phone_number, "extension": details.extension}
    return {
        **{name: value for name, value in numbers.items() if value},
        "state": "ACTIVE",
        "phoneNumberType": "PRIMARY",
        "location": {"id": public_id("LOCATION", location.key), "name": location.name},
        "owner": {
            "id": public_id(OWNER_KINDS[details.member.kind], details.member.key),
            "type": OWNER_KINDS[details.member.kind],
            "firstName": details.first_name,
            "lastName": details.last_name.rstrip("."),
        },
    }


OWNER_KINDS = {"person": "PEOPLE", "workspace": "PLACE", "virtual_line": "VIRTUAL_LINE"}
PREFIX = "/telephony/config"
READ = frozenset({"spark-admin:telephony_config_read"})
WRITE = frozenset({"spark-admin:telephony_config_write"})

ENDPOINTS: list[Endpoint] = [
    Endpoint("GET", f"{PREFIX}/supportedDevices", supported_devices, SERVICE_APP, READ),
    Endpoint(
        "POST", f"{PREFIX}/devices/actions/validateMacs/invoke", validate_macs, SERVICE_APP, WRITE
    ),
    Endpoint("GET", f"{PREFIX}/people/{{person_id}}/devices", owner_devices, SERVICE_APP, READ),
    Endpoint(
        "GET", f"{PREFIX}/people/{{person_id}}/devices/count", device_count, SERVICE_APP, READ
    ),
    Endpoint(
        "GET", f"{PREFIX}/workspaces/{{workspace_id}}/devices", owner_devices, SERVICE_APP, READ
    ),
    Endpoint("GET", f"{PREFIX}/numbers", list_numbers, SERVICE_APP, READ),
    Endpoint("GET", f"{PREFIX}/devices/{{device_id}}", telephony_device, SERVICE_APP, READ),
    Endpoint(
        "POST",
        f"{PREFIX}/devices/{{device_id}}/actions/applyChanges/invoke",
        apply_changes,
        SERVICE_APP,
        WRITE,
    ),
    Endpoint(
        "POST",
        f"{PREFIX}/locations/{{location_id}}/actions/generatePassword/invoke",
        generate_password,
        SERVICE_APP,
        WRITE,
    ),
]
