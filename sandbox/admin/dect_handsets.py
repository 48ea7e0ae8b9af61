"""Handsets of a DECT network, one by one and many at once (webex-provisioning.md §5)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.admin.common import known_keys
from sandbox.admin.dect_common import (
    NETWORK,
    READ,
    WRITE,
    access_code,
    lines_json,
    member_named,
    named_network,
    organization_with_dect,
)
from sandbox.admin.dect_pairing import let_pair
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, answer, json_body, no_content
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.dect_handsets import (
    MOST_AT_ONCE,
    WantedHandset,
    add_handset,
    remove_handsets,
    require_handset,
    update_handset,
)
from sandbox.organization.facts import DectNetwork, Handset
from sandbox.organization.members import caller
from sandbox.organization.refusals import MISSING_FIELD, NOT_ASSIGNED, bad
from sandbox.problems import Problem
from sandbox.tokens import Token

KIND = "DECT_DEV_HANDSET"
STATION = "DECT_DEV_STATION"
KEYS = ("line1MemberId", "line2MemberId", "customDisplayName")
# Its placeholders arrive unfilled (§5).
NOT_ASSIGNED_TEXT = "[Error 4516] Cannot assign user to device: {0} with line/Port: {1}"


def _wanted(body: Mapping[str, Any]) -> WantedHandset:
    known_keys(body, KEYS)
    if body.get("line1MemberId") is None:
        raise bad("Missing mandatory field: line1MemberId.", MISSING_FIELD)
    second = body.get("line2MemberId")
    return WantedHandset(
        first=member_named(body["line1MemberId"]),
        second=None if second is None else member_named(second),
        name=body.get("customDisplayName"),
    )


async def add(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST handsets: 201 without a body."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    add_handset(org, network, _wanted(await json_body(request)))
    let_pair(cloud, network)
    _note(cloud, "DECT handset added", network)
    return web.Response(status=HTTPStatus.CREATED)


async def add_many(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST handsets/bulk: 201 when all were added, else 206; each item has a result of its own."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    body = await json_body(request)
    known_keys(body, ("items",))
    results = [_added(org, network, item) for item in _items(body)]
    let_pair(cloud, network)
    _note(cloud, "DECT handsets added", network)
    failed = any("error" in one["result"] for one in results)
    status = HTTPStatus.PARTIAL_CONTENT if failed else HTTPStatus.CREATED
    return answer({"items": results}, status=status)


def _items(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad("Missing mandatory field: items.", MISSING_FIELD)
    if not 1 <= len(items) <= MOST_AT_ONCE:
        raise bad(f"The list must have 1 to {MOST_AT_ONCE} items.")
    return items


def _added(org: Organization, network: DectNetwork, item: Mapping[str, Any]) -> dict[str, Any]:
    try:
        add_handset(org, network, _wanted(item))
    except Problem as problem:
        result = {"status": int(HTTPStatus.BAD_REQUEST), "error": _error(problem)}
    else:
        result = {"status": int(HTTPStatus.OK)}
    return {"customDisplayName": str(item.get("customDisplayName", "")), "result": result}


def _error(problem: Problem) -> dict[str, Any]:
    """A refusal with a code is told as it is; any other is told as Webex tells them all."""
    first = problem.errors[0] if isinstance(problem.errors, list) else {}
    code = first.get("errorCode")
    if code is None:
        return {"message": NOT_ASSIGNED_TEXT, "errorCode": NOT_ASSIGNED}
    return {"message": problem.message, "errorCode": code}


async def list_all(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET handsets: `basestationId` (small s) and `memberId` filter; not paged."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    found = _filtered(request, list(network.handsets.values()))
    return answer(
        {
            "numberOfHandsetsAssigned": len(found),
            "numberOfLinesAssigned": sum(len(handset.lines) for handset in found),
            "handsets": [
                _row(org, network, one) | {"primaryEnabled": _is_primary(network, one)}
                for one in found
            ],
        }
    )


def _filtered(request: web.Request, handsets: list[Handset]) -> list[Handset]:
    if "basestationId" in request.query:
        base_key = key_of(request.query["basestationId"], STATION)
        handsets = [one for one in handsets if one.base_key == base_key]
    if "memberId" in request.query:
        member = member_named(request.query["memberId"])
        handsets = [one for one in handsets if member in one.lines]
    return handsets


def _row(org: Organization, network: DectNetwork, handset: Handset) -> dict[str, Any]:
    first = caller(org, handset.lines[0])
    return {
        "id": public_id(KIND, handset.key),
        "index": str(handset.index),
        "defaultDisplayName": first.name[:16] if first else handset.name,
        "customDisplayName": handset.name,
        "accessCode": access_code(network, handset),
        "lines": lines_json(org, handset, registration=True),
    }


def _is_primary(network: DectNetwork, handset: Handset) -> bool:
    """Whether it is the first handset of the member on its line 1."""
    same = (one for one in network.handsets.values() if one.lines[0] == handset.lines[0])
    return next(same).key == handset.key


def _handset(request: web.Request, network: DectNetwork) -> Handset:
    return require_handset(network, key_of(request.match_info["handset_id"], KIND))


async def show(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET handsets/{id}: `mac` and `baseStationId` are there once it is paired."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    handset = _handset(request, network)
    body = _row(org, network, handset)
    if handset.base_key is not None:
        body |= {"baseStationId": public_id(STATION, handset.base_key), "mac": handset.mac}
    return answer(body)


async def update(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """PUT handsets/{id}: 204; what is not said of line 2 is taken away."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    handset = _handset(request, network)
    update_handset(org, network, handset, _wanted(await json_body(request)))
    _note(cloud, "DECT handset changed", network)
    return no_content()


async def delete(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE handsets/{id}: 204."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    remove_handsets(org, network, [_handset(request, network).key])
    _note(cloud, "DECT handset deleted", network)
    return no_content()


async def delete_many(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE handsets, with or without a slash at the end: `deleteAll` makes the ids not matter."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    body = await json_body(request)
    known_keys(body, ("handsetIds", "deleteAll"))
    # The official example of this call sends the switch as a text.
    if body.get("deleteAll") in (True, "true"):
        keys = list(network.handsets)
    else:
        keys = _handset_keys(body)
    remove_handsets(org, network, keys)
    _note(cloud, "DECT handsets deleted", network)
    return no_content()


def _handset_keys(body: Mapping[str, Any]) -> list[str]:
    ids = body.get("handsetIds")
    if not isinstance(ids, list):
        raise bad("Missing mandatory field: handsetIds.", MISSING_FIELD)
    return [key_of(text, KIND) for text in ids]


def _note(cloud: Cloud, what: str, network: DectNetwork) -> None:
    cloud.changes.note("organization", what=what, name=network.name)


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
