"""Handsets of a DECT network, one at a time and in bulk (docs/webex/provisioning.md §5)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.admin.common import require_known_keys
from sandbox.admin.dect_common import (
    NETWORK,
    READ,
    WRITE,
    lines_json,
    log_handset_change,
    member_from_id,
    network_from_path,
    organization_with_dect,
)
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, json_body, json_response, no_content
from sandbox.errors import ApiError
from sandbox.faults import ItemFault
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.dect_handsets import (
    MAX_BULK_ITEMS,
    HandsetRequest,
    add_handset,
    remove_handsets,
    require_handset,
    update_handset,
)
from sandbox.organization.dect_members import member_details, member_names
from sandbox.organization.entities import DectNetwork, Handset
from sandbox.organization.errors import MISSING_FIELD, NOT_ASSIGNED, bad_request
from sandbox.tokens import Token

KIND = "DECT_DEV_HANDSET"
STATION = "DECT_DEV_STATION"
KEYS = ("line1MemberId", "line2MemberId", "customDisplayName")
# Webex sends the placeholders unfilled (provisioning.md §5).
NOT_ASSIGNED_TEXT = "[Error 4516] Cannot assign user to device: {0} with line/Port: {1}"


def _handset_request(body: Mapping[str, Any]) -> HandsetRequest:
    require_known_keys(body, KEYS)
    if body.get("line1MemberId") is None:
        raise bad_request("Missing mandatory field: line1MemberId.", MISSING_FIELD)
    second = body.get("line2MemberId")
    return HandsetRequest(
        first=member_from_id(body["line1MemberId"]),
        second=None if second is None else member_from_id(second),
        name=body.get("customDisplayName"),
    )


async def add(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST handsets: 201 without a body."""
    network = network_from_path(request, organization_with_dect(request, cloud))
    before = len(network.handsets)
    fault = _add(cloud, network, _handset_request(await json_body(request)), in_list=False)
    if len(network.handsets) > before:
        log_handset_change(cloud, "DECT handset added", network)
    if fault is not None:
        raise _refusal(fault)
    return web.Response(status=HTTPStatus.CREATED)


def _add(
    cloud: Cloud, network: DectNetwork, handset: HandsetRequest, *, in_list: bool
) -> ItemFault | None:
    """Add a handset, unless a fault refuses it; return the fault."""
    org = cloud.organization
    names = member_names(org, handset.lines)
    fault = cloud.faults.fault_for_item("handset", names, in_list=in_list)
    if fault is None or fault.after_commit:
        add_handset(org, network, handset)
    return fault


def _refusal(fault: ItemFault) -> ApiError:
    """Return the error that a fault orders, by default the generic one of Webex."""
    text, code = fault.message or NOT_ASSIGNED_TEXT, fault.error_code or NOT_ASSIGNED
    return ApiError(fault.status, text, errors=[{"description": text, "errorCode": code}])


async def add_many(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST handsets/bulk: 201 if all were added, else 206; each item has its own result."""
    network = network_from_path(request, organization_with_dect(request, cloud))
    body = await json_body(request)
    require_known_keys(body, ("items",))
    items, before = _items(body), len(network.handsets)
    results = [result for item in items for result in _added(cloud, network, item)]
    if len(network.handsets) > before:
        log_handset_change(cloud, "DECT handsets added", network)
    good = [result for result in results if "error" not in result["result"]]
    status = HTTPStatus.CREATED if len(good) == len(items) else HTTPStatus.PARTIAL_CONTENT
    return json_response({"items": results}, status=status)


def _items(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("Missing mandatory field: items.", MISSING_FIELD)
    if not 1 <= len(items) <= MAX_BULK_ITEMS:
        raise bad_request(f"The list must have 1 to {MAX_BULK_ITEMS} items.")
    return items


def _added(cloud: Cloud, network: DectNetwork, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Add one handset and return its part of the answer, which a fault can leave out."""
    try:
        fault = _add(cloud, network, _handset_request(item), in_list=True)
    except ApiError as error:
        result = {"status": int(HTTPStatus.BAD_REQUEST), "error": _error(error)}
    else:
        if fault is not None and fault.missing:
            return []
        result = {"status": int(HTTPStatus.OK)}
        if fault is not None:
            result = {"status": fault.status, "error": _error(_refusal(fault))}
    return [{"customDisplayName": str(item.get("customDisplayName", "")), "result": result}]


def _error(error: ApiError) -> dict[str, Any]:
    """Return the error of an item: its own code, or else the generic one that Webex sends."""
    first = error.errors[0] if isinstance(error.errors, list) else {}
    code = first.get("errorCode")
    if code is None:
        return {"message": NOT_ASSIGNED_TEXT, "errorCode": NOT_ASSIGNED}
    return {"message": error.message, "errorCode": code}


async def list_all(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET handsets: `basestationId` (small s) and `memberId` filter; not paged."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    handsets = _filtered(request, list(network.handsets.values()))
    return json_response(
        {
            "numberOfHandsetsAssigned": len(handsets),
            "numberOfLinesAssigned": sum(len(handset.lines) for handset in handsets),
            "handsets": [
                _row(org, network, handset) | {"primaryEnabled": _is_primary(network, handset)}
                for handset in handsets
            ],
        }
    )


def _filtered(request: web.Request, handsets: list[Handset]) -> list[Handset]:
    if "basestationId" in request.query:
        base_key = key_of(request.query["basestationId"], STATION)
        handsets = [handset for handset in handsets if handset.base_key == base_key]
    if "memberId" in request.query:
        member = member_from_id(request.query["memberId"])
        handsets = [handset for handset in handsets if member in handset.lines]
    return handsets


def _row(org: Organization, network: DectNetwork, handset: Handset) -> dict[str, Any]:
    first = member_details(org, handset.lines[0])
    return {
        "id": public_id(KIND, handset.key),
        "index": str(handset.index),
        "defaultDisplayName": first.name[:16] if first else handset.name,
        "customDisplayName": handset.name,
        "accessCode": network.code_of(handset),
        "lines": lines_json(org, handset, registration=True),
    }


def _is_primary(network: DectNetwork, handset: Handset) -> bool:
    """Whether it is the first handset with this member on line 1."""
    same = (other for other in network.handsets.values() if other.lines[0] == handset.lines[0])
    return next(same).key == handset.key


def _handset(request: web.Request, network: DectNetwork) -> Handset:
    return require_handset(network, key_of(request.match_info["handset_id"], KIND))


async def show(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET handsets/{id}: `mac` and `baseStationId` appear once it is paired."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    handset = _handset(request, network)
    body = _row(org, network, handset)
    if handset.base_key is not None:
        body |= {"baseStationId": public_id(STATION, handset.base_key), "mac": handset.mac}
    return json_response(body)


async def update(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """PUT handsets/{id}: 204; without a second member, line 2 is removed."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    handset = _handset(request, network)
    update_handset(org, network, handset, _handset_request(await json_body(request)))
    log_handset_change(cloud, "DECT handset changed", network)
    return no_content()


async def delete(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE handsets/{id}: 204."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    remove_handsets(org, network, [_handset(request, network).key])
    log_handset_change(cloud, "DECT handset deleted", network)
    return no_content()


async def delete_many(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE handsets, with or without a slash at the end; `deleteAll` overrides the ids."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    body = await json_body(request)
    require_known_keys(body, ("handsetIds", "deleteAll"))
    # The official example of this call sends the switch as a string.
    if body.get("deleteAll") in (True, "true"):
        keys = list(network.handsets)
    else:
        keys = _handset_keys(body)
    remove_handsets(org, network, keys)
    log_handset_change(cloud, "DECT handsets deleted", network)
    return no_content()


def _handset_keys(body: Mapping[str, Any]) -> list[str]:
    ids = body.get("handsetIds")
    if not isinstance(ids, list):
        raise bad_request("Missing mandatory field: handsetIds.", MISSING_FIELD)
    return [key_of(text, KIND) for text in ids]


HANDSETS = f"{NETWORK}/handsets"
HANDSET = f"{HANDSETS}/{{handset_id}}"

ENDPOINTS: list[Endpoint] = [
    Endpoint("POST", HANDSETS, add, SERVICE_APP, WRITE),
    Endpoint("GET", HANDSETS, list_all, SERVICE_APP, READ),
    Endpoint("DELETE", HANDSETS, delete_many, SERVICE_APP, WRITE),
    Endpoint("DELETE", f"{HANDSETS}/", delete_many, SERVICE_APP, WRITE),
    Endpoint("POST", f"{HANDSETS}/bulk", add_many, SERVICE_APP, WRITE),
    Endpoint("GET", HANDSET, show, SERVICE_APP, READ),
    Endpoint("PUT", HANDSET, update, SERVICE_APP, WRITE),
    Endpoint("DELETE", HANDSET, delete, SERVICE_APP, WRITE),
]
