"""Memberships: the people in a room (docs/webex/messaging.md §3.4)."""

from typing import Final

from aiohttp import web

from sandbox.chat_model import Membership, Room
from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, Endpoint, json_body, json_response, no_content
from sandbox.errors import bad_request, not_found
from sandbox.ids import key_of
from sandbox.messaging.cursor_paging import list_response, page_size, paginate
from sandbox.messaging.fields import bool_field, find_person, required_text, text_field
from sandbox.messaging.json_views import membership_json
from sandbox.tokens import Token

MembershipList = list[tuple[Room, Membership]]


async def list_memberships(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /memberships: those of a room, or the caller's own."""
    memberships = (
        _of_room(request, cloud, token)
        if "roomId" in request.query
        else _own(request, cloud, token)
    )
    page, headers = paginate(request, memberships, page_size(request, 100, 1000))
    return list_response([membership_json(cloud, room, member) for room, member in page], headers)


def _own(request: web.Request, cloud: Cloud, token: Token) -> MembershipList:
    if {"personId", "personEmail"} & request.query.keys():
        raise bad_request("'personId' and 'personEmail' need a 'roomId'.")
    rooms = cloud.chat.rooms_of(token.person_key)
    return [(room, room.members[token.person_key]) for room in rooms]


def _of_room(request: web.Request, cloud: Cloud, token: Token) -> MembershipList:
    room = cloud.chat.room_for(token.person_key, key_of(request.query["roomId"], "ROOM"))
    person_id, email = request.query.get("personId"), request.query.get("personEmail")
    if not (person_id or email):
        return [(room, membership) for membership in room.members.values()]
    membership = room.members.get(find_person(cloud, person_id, email).key)
    return [(room, membership)] if membership else []


def _named(request: web.Request, cloud: Cloud, token: Token) -> tuple[Room, Membership]:
    person_key, _, room_key = key_of(request.match_info["membership_id"], "MEMBERSHIP").partition(
        ":"
    )
    room = cloud.chat.room_for(token.person_key, room_key)
    membership = room.members.get(person_key)
    if membership is None:
        raise not_found()
    return room, membership


async def get_membership(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /memberships/{membershipId}."""
    return json_response(membership_json(cloud, *_named(request, cloud, token)))


async def create_membership(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """POST /memberships: add a person; 409 for a member."""
    body = await json_body(request)
    room = cloud.chat.room_for(token.person_key, key_of(required_text(body, "roomId"), "ROOM"))
    person = find_person(cloud, text_field(body, "personId"), text_field(body, "personEmail"))
    moderator = bool_field(body, "isModerator")
    membership = cloud.chat.add(token.person_key, room, person.key, moderator=moderator)
    return json_response(membership_json(cloud, room, membership))


async def update_membership(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """PUT /memberships/{membershipId}: change the moderator flag."""
    room, membership = _named(request, cloud, token)
    moderator = bool_field(await json_body(request), "isModerator")
    changed = cloud.chat.moderate(
        token.person_key, room, membership.person_key, moderator=moderator
    )
    return json_response(membership_json(cloud, room, changed))


async def delete_membership(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """DELETE /memberships/{membershipId}: leave, or remove somebody."""
    room, membership = _named(request, cloud, token)
    cloud.chat.remove(token.person_key, room, membership.person_key)
    return no_content()


ENDPOINTS: Final = [
    Endpoint("GET", "/memberships", list_memberships, MESSAGING),
    Endpoint("POST", "/memberships", create_membership, MESSAGING),
    Endpoint("GET", "/memberships/{membership_id}", get_membership, MESSAGING),
    Endpoint("PUT", "/memberships/{membership_id}", update_membership, MESSAGING),
    Endpoint("DELETE", "/memberships/{membership_id}", delete_membership, MESSAGING),
]
