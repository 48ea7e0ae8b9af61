"""Rooms (docs/webex/messaging.md §3.4)."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from sandbox.chat_model import Room
from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, Endpoint, json_body, json_response, no_content
from sandbox.errors import bad_request
from sandbox.ids import key_of
from sandbox.messaging.cursor_paging import list_response, page_size, paginate
from sandbox.messaging.fields import required_text
from sandbox.messaging.json_views import room_json
from sandbox.tokens import Token

_ORDERS: Final[dict[str, tuple[Callable[[Room], object], bool]]] = {
    "id": (lambda room: room.key, False),
    "lastactivity": (lambda room: room.last_activity, True),
    "created": (lambda room: room.created, True),
}


async def list_rooms(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /rooms: by ``type``; ``sortBy`` id, lastactivity or created (newest first)."""
    kind = request.query.get("type")
    if kind not in (None, "direct", "group"):
        raise bad_request("The value of 'type' is not valid.")
    rooms = [room for room in cloud.chat.rooms_of(token.person_key) if kind in (None, room.kind)]
    page, headers = paginate(request, _sorted(rooms, request), page_size(request, 100, 1000))
    return list_response([room_json(cloud, room, token.person_key) for room in page], headers)


def _sorted(rooms: list[Room], request: web.Request) -> list[Room]:
    order = _ORDERS.get(request.query.get("sortBy", "id"))
    if order is None:
        raise bad_request("The value of 'sortBy' is not valid.")
    key, newest_first = order
    return sorted(rooms, key=key, reverse=newest_first)  # type: ignore[arg-type]  # all three sort


def room_from_path(request: web.Request, cloud: Cloud, token: Token) -> Room:
    """Return the room of the path; 404 unless the caller is in it."""
    return cloud.chat.room_for(token.person_key, key_of(request.match_info["room_id"], "ROOM"))


async def get_room(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /rooms/{roomId}."""
    return json_response(room_json(cloud, room_from_path(request, cloud, token), token.person_key))


async def create_room(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """POST /rooms: a group room with the caller as its member."""
    body = await json_body(request)
    room = cloud.chat.create_group(token.person_key, required_text(body, "title"))
    return json_response(room_json(cloud, room, token.person_key))


async def rename_room(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """PUT /rooms/{roomId}: change the title."""
    room = room_from_path(request, cloud, token)
    body = await json_body(request)
    cloud.chat.rename(token.person_key, room, required_text(body, "title"))
    return json_response(room_json(cloud, room, token.person_key))


async def delete_room(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """DELETE /rooms/{roomId}."""
    cloud.chat.close(token.person_key, room_from_path(request, cloud, token))
    return no_content()


ENDPOINTS: Final = [
    Endpoint("GET", "/rooms", list_rooms, MESSAGING),
    Endpoint("POST", "/rooms", create_room, MESSAGING),
    Endpoint("GET", "/rooms/{room_id}", get_room, MESSAGING),
    Endpoint("PUT", "/rooms/{room_id}", rename_room, MESSAGING),
    Endpoint("DELETE", "/rooms/{room_id}", delete_room, MESSAGING),
]
