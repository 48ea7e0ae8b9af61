"""`/devices`: list, show, add by MAC, activation code, tags, delete.

See docs/webex/provisioning.md §4.3-4.6.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from aiohttp import web

from sandbox.admin.common import own_organization, owner_from_body, require_known_keys, same_id
from sandbox.admin.device_json import device_body
from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.endpoints import (
    SERVICE_APP,
    Endpoint,
    json_body,
    json_response,
    json_value,
    no_content,
)
from sandbox.errors import forbidden
from sandbox.ids import key_of
from sandbox.offset_paging import paginated_response
from sandbox.organization import Organization
from sandbox.organization.activation_codes import CodeRequest, issue_code
from sandbox.organization.entities import Owner, Phone
from sandbox.organization.errors import unknown_id
from sandbox.organization.mac_addresses import bare_mac
from sandbox.organization.phones import PhoneRequest, add_phone, remove_phone
from sandbox.organization.tags import apply_tag_patch
from sandbox.tokens import Token

Body = Mapping[str, Any]
Filter = Callable[[Body, str], bool]


def _equal(field: str) -> Filter:
    return lambda body, text: body.get(field) == text


def _same_id(field: str) -> Filter:
    return lambda body, text: same_id(text, body.get(field))


def _contains(field: str) -> Filter:
    return lambda body, text: text in body[field]


def _all_tags(body: Body, text: str) -> bool:
    return set(text.split(",")) <= set(body["tags"])


def _same_mac(body: Body, text: str) -> bool:
    return bare_mac(body["mac"]) == bare_mac(text)


# A device must pass every filter; several `tag` filters must all match (provisioning.md §4.5).
FILTERS: dict[str, Filter] = {
    "displayName": _equal("displayName"),
    "personId": _same_id("personId"),
    "workspaceId": _same_id("workspaceId"),
    "connectionStatus": _equal("connectionStatus"),
    "product": _equal("product"),
    "type": _equal("type"),
    "serial": _equal("serial"),
    "tag": _all_tags,
    "software": _equal("software"),
    "upgradeChannel": _equal("upgradeChannel"),
    "errorCode": _contains("errorCodes"),
    "capability": _contains("capabilities"),
    "permission": _contains("permissions"),
    "locationId": _same_id("locationId"),
    "workspaceLocationId": _same_id("workspaceLocationId"),
    "mac": _same_mac,
    "devicePlatform": _equal("devicePlatform"),
    "plannedMaintenance": _equal("plannedMaintenance"),
}


async def list_devices(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /devices: devices that are listed now and pass every filter of the query."""
    org = own_organization(request, cloud)
    filters = [(FILTERS[name], text) for name, text in request.query.items() if name in FILTERS]
    now, body = cloud.clock.now(), partial(device_body, org)

    def passes_all(phone: Phone) -> bool:
        return all(passes(body(phone), text) for passes, text in filters)

    matching = [
        phone for phone in org.phones.values() if phone.is_listed(now) and passes_all(phone)
    ]
    return paginated_response(request, cloud, matching, body=body)


def _device(request: web.Request, cloud: Cloud, org: Organization) -> Phone:
    """Return the device of the path, by any of its ids."""
    text = request.match_info["device_id"]
    key = key_of(text, "DEVICE") or key_of(text, "CALLING_DEVICE")
    phone = org.phone(key, cloud.clock.now())
    if phone is None:
        raise unknown_id("device")
    return phone


async def get_device(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /devices/{id}."""
    org = own_organization(request, cloud)
    return json_response(device_body(org, _device(request, cloud, org)))


async def delete_device(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE /devices/{id}: 204; 404 the second time."""
    org = own_organization(request, cloud)
    phone = _device(request, cloud, org)
    remove_phone(org, phone)
    cloud.phone_simulator.removed(phone)
    _note(cloud, "device deleted", phone.owner)
    return no_content()


async def create_device(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /devices: the device, or 204 without a body for the 9800 series (provisioning.md §6)."""
    org = own_organization(request, cloud)
    body = await json_body(request)
    require_known_keys(body, ("mac", "model", "personId", "workspaceId", "password"))
    owner = owner_from_body(body)
    phone_request = PhoneRequest(body.get("mac"), body.get("model"), owner, body.get("password"))
    now = cloud.clock.now()
    phone = add_phone(org, phone_request, now)
    _note(cloud, "device added", owner)
    body = device_body(org, phone)
    cloud.phone_simulator.added(phone)
    return json_response(body) if phone.is_listed(now) else no_content()


async def create_code(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """POST /devices/activationCode: a code and its expiry, without an id."""
    org = own_organization(request, cloud)
    body = await json_body(request)
    require_known_keys(body, ("personId", "workspaceId", "model"))
    owner = owner_from_body(body)
    if not token.scopes & CODE_SCOPES[owner.kind]:
        raise forbidden()
    code = issue_code(org, CodeRequest(owner, body.get("model")), cloud.clock.now())
    _note(cloud, "activation code issued", owner)
    return json_response({"code": code.code, "expiryTime": webex_date(code.expires)})


async def patch_tags(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """PATCH /devices/{id}: 415 unless it is a JSON patch."""
    org = own_organization(request, cloud)
    patch = await json_value(request, "application/json-patch+json")
    phone = _device(request, cloud, org)
    phone.tags = apply_tag_patch(phone.tags, patch)
    _note(cloud, "tags changed", phone.owner)
    return json_response(device_body(org, phone))


def _note(cloud: Cloud, change: str, owner: Owner) -> None:
    cloud.event_log.append("organization", what=change, owner=cloud.organization.owner_name(owner))


READ = frozenset({"spark-admin:devices_read"})
WRITE = frozenset({"spark-admin:devices_write"})
# One of these is needed beside WRITE; the second is enough for workspaces only
# (provisioning.md §4.4).
CODE_SCOPES = {
    "person": frozenset({"identity:one_time_password"}),
    "workspace": frozenset({"identity:one_time_password", "identity:placeonetimepassword_create"}),
}

ENDPOINTS: list[Endpoint] = [
    Endpoint("GET", "/devices", list_devices, SERVICE_APP, READ),
    Endpoint("POST", "/devices", create_device, SERVICE_APP, WRITE),
    Endpoint("POST", "/devices/activationCode", create_code, SERVICE_APP, WRITE),
    Endpoint("GET", "/devices/{device_id}", get_device, SERVICE_APP, READ),
    Endpoint("PATCH", "/devices/{device_id}", patch_tags, SERVICE_APP, WRITE),
    Endpoint("DELETE", "/devices/{device_id}", delete_device, SERVICE_APP, WRITE),
]
