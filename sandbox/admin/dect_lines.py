"""Members that can have a line of a handset, and the DECT networks of a member.

See docs/webex/provisioning.md §5.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.admin.dect_common import (
    PREFIX,
    READ,
    member_id,
    member_json,
    organization_with_dect,
)
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, json_response
from sandbox.ids import key_of, public_id
from sandbox.offset_paging import paginated_response
from sandbox.organization import Organization
from sandbox.organization.dect_members import MemberDetails, available, member_details
from sandbox.organization.entities import Member
from sandbox.organization.errors import bad_request, unknown_id
from sandbox.tokens import Token

# A member must pass every filter; names and numbers match in part (provisioning.md §5).
FILTERS: dict[str, Callable[[MemberDetails, str], bool]] = {
    "memberName": lambda member, text: text.casefold() in member.name.casefold(),
    "phoneNumber": lambda member, text: text in (member.phone_number or ""),
    "extension": lambda member, text: text in (member.extension or ""),
    "locationId": lambda member, text: member.location_key == key_of(text, "LOCATION"),
    "excludeVirtualLine": lambda details, text: (
        text != "true" or details.member.kind != "virtual_line"
    ),
    # A virtual line cannot be the first line of a handset.
    "usageType": lambda details, text: (
        text != "DEVICE_OWNER" or details.member.kind != "virtual_line"
    ),
}
ORDERS: dict[str, Callable[[MemberDetails], tuple[str, str]]] = {
    "lname": lambda member: (member.last_name.casefold(), member.first_name.casefold()),
    "fname": lambda member: (member.first_name.casefold(), member.last_name.casefold()),
}
LINE_TYPES = {"DEVICE_OWNER": "PRIMARY", "SHARED_LINE": "SHARED_CALL_APPEARANCE"}


async def available_members(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET devices/availableMembers: paged by `start`, sorted by last name by default."""
    org = organization_with_dect(request, cloud)
    query = request.query
    order, line_type = ORDERS.get(query.get("order", "lname")), _line_type(request)
    if order is None:
        raise bad_request("Invalid value for order.")
    filters = [(FILTERS[name], text) for name, text in query.items() if name in FILTERS]
    members = [
        member for member in available(org) if all(fits(member, text) for fits, text in filters)
    ]
    rows = [_member_json(org, member, line_type) for member in sorted(members, key=order)]
    return paginated_response(request, cloud, rows, name="members")


def _line_type(request: web.Request) -> str:
    line_type = LINE_TYPES.get(request.query.get("usageType", "DEVICE_OWNER"))
    if line_type is None:
        raise bad_request("Invalid value for usageType.")
    return line_type


def _member_json(org: Organization, details: MemberDetails, line_type: str) -> dict[str, Any]:
    numbers = {"phoneNumber": details.phone_number, "extension": details.extension}
    return {
        "id": member_id(details.member),
        "lineType": line_type,
        **{name: value for name, value in numbers.items() if value},
        **member_json(org, details),
    }


async def networks_of(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET people|workspaces|virtualLines/{id}/dectNetworks: counts the member's own handsets."""
    org = organization_with_dect(request, cloud)
    member = _member(request)
    if member_details(org, member) is None:
        raise unknown_id("member")
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
    return json_response({"dectNetworks": rows})


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
