"""Who may have a line of a handset, and in which DECT networks somebody has one (webex-provisioning.md §5)."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.admin.dect_common import (
    PREFIX,
    READ,
    member_facts,
    member_id,
    organization_with_dect,
)
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, answer
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.facts import Member
from sandbox.organization.members import Caller, available, caller
from sandbox.organization.refusals import bad, gone
from sandbox.paging import paged
from sandbox.tokens import Token

# Every filter a member must pass; names and numbers are contained (§5).
FILTERS: dict[str, Callable[[Caller, str], bool]] = {
    "memberName": lambda one, text: text.casefold() in one.name.casefold(),
    "phoneNumber": lambda one, text: text in (one.phone_number or ""),
    "extension": lambda one, text: text in (one.extension or ""),
    "locationId": lambda one, text: one.location_key == key_of(text, "LOCATION"),
    "excludeVirtualLine": lambda one, text: text != "true" or one.member.kind != "virtual_line",
    # A virtual line cannot be the first line of a handset.
    "usageType": lambda one, text: text != "DEVICE_OWNER" or one.member.kind != "virtual_line",
}
ORDERS: dict[str, Callable[[Caller], tuple[str, str]]] = {
    "lname": lambda one: (one.last_name.casefold(), one.first_name.casefold()),
    "fname": lambda one: (one.first_name.casefold(), one.last_name.casefold()),
}
LINE_TYPES = {"DEVICE_OWNER": "PRIMARY", "SHARED_LINE": "SHARED_CALL_APPEARANCE"}


async def available_members(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET devices/availableMembers: paged by `start`, by last name unless told otherwise."""
    org = organization_with_dect(request, cloud)
    query = request.query
    order, line_type = ORDERS.get(query.get("order", "lname")), _line_type(request)
    if order is None:
        raise bad("Invalid value for order.")
    wanted = [(FILTERS[name], text) for name, text in query.items() if name in FILTERS]
    found = [one for one in available(org) if all(fits(one, text) for fits, text in wanted)]
    rows = [_member_json(org, one, line_type) for one in sorted(found, key=order)]
    return paged(request, cloud, rows, name="members")


def _line_type(request: web.Request) -> str:
    line_type = LINE_TYPES.get(request.query.get("usageType", "DEVICE_OWNER"))
    if line_type is None:
        raise bad("Invalid value for usageType.")
    return line_type


def _member_json(org: Organization, one: Caller, line_type: str) -> dict[str, Any]:
    numbers = {"phoneNumber": one.phone_number, "extension": one.extension}
    return {
        "id": member_id(one.member),
        "lineType": line_type,
        **{name: value for name, value in numbers.items() if value},
        **member_facts(org, one),
    }


async def networks_of(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET people|workspaces|virtualLines/{id}/dectNetworks: with the member's own handsets counted."""
    org = organization_with_dect(request, cloud)
    member = _member(request)
    if caller(org, member) is None:
        raise gone("member")
    networks = [network for network, _ in org.handsets_of(member)]
    distinct = {network.key: network for network in networks}
    rows = [
        {
            "id": public_id("DECT_DEV_NET", network.key),
            "name": network.name,
            "numberOfHandsetsAssigned": networks.count(network),
        }
        for network in distinct.values()
    ]
    return answer({"dectNetworks": rows})


def _member(request: web.Request) -> Member:
    path = request.match_info
    if "person_id" in path:
        return Member("person", key_of(path["person_id"], "PEOPLE"))
    if "workspace_id" in path:
        return Member("workspace", key_of(path["workspace_id"], "PLACE"))
    return Member("virtual_line", key_of(path["line_id"], "VIRTUAL_LINE"))


ENDPOINTS: list[Endpoint] = [
    Endpoint("GET", f"{PREFIX}/devices/availableMembers", available_members, SERVICE_APP, READ),
    Endpoint("GET", f"{PREFIX}/people/{{person_id}}/dectNetworks", networks_of, SERVICE_APP, READ),
    Endpoint(
        "GET", f"{PREFIX}/workspaces/{{workspace_id}}/dectNetworks", networks_of, SERVICE_APP, READ
    ),
    Endpoint(
        "GET", f"{PREFIX}/virtualLines/{{line_id}}/dectNetworks", networks_of, SERVICE_APP, READ
    ),
]
