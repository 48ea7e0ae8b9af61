"""The people that can be played in this sandbox, and the environment that a bot needs."""

from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.control.fields import person_from
from sandbox.endpoints import NO_TOKEN, Endpoint, json_response
from sandbox.ids import public_id
from sandbox.messaging.json_views import room_json
from sandbox.people import Person
from sandbox.tokens import Token


async def settings(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/settings."""
    organization, bot = cloud.organization, cloud.bot
    return json_response(
        {
            "apiUrl": cloud.api_url,
            "u2cUrl": cloud.u2c_url,
            "caFile": cloud.ca_file,
            "pageUrl": cloud.page_url,
            "organization": {
                "name": organization.name,
                "id": public_id("ORGANIZATION", organization.key),
            },
            "bot": {
                "email": bot.email,
                "displayName": bot.display_name,
                "id": public_id("PEOPLE", bot.key),
            },
            "botOnline": cloud.hub.is_online(bot.key),
        }
    )


async def cast(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/cast."""
    return json_response(
        {"people": [_cast_member(person) for person in cloud.people.values() if person.cast]}
    )


def _cast_member(person: Person) -> dict[str, Any]:
    role = person.cast
    return {
        "email": person.email,
        "displayName": person.display_name,
        "role": role and role.role,
        "location": role and role.location,
        "note": role.note if role else "",
    }


async def env(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/env."""
    return json_response(bot_environment(cloud))


def bot_environment(cloud: Cloud) -> dict[str, str]:
    """Return the environment variables of a bot that works with this cloud."""
    return {
        **({"WEBEX_CLOUD": "government"} if cloud.settings.gov else {}),
        "WEBEX_BOT_TOKEN": cloud.bot_token,
        "WEBEX_SERVICE_APP_CLIENT_ID": cloud.service_app.client_id,
        "WEBEX_SERVICE_APP_CLIENT_SECRET": cloud.service_app.client_secret,
        "WEBEX_SERVICE_APP_REFRESH_TOKEN": cloud.service_app.refresh_token,
        "WEBEX_API_URL": cloud.api_url,
        "WEBEX_U2C_URL": cloud.u2c_url,
        "WEBEX_CA_FILE": cloud.ca_file,
    }


async def rooms(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/rooms?person=EMAIL; creates the direct room with the bot on first use."""
    person = person_from(request.query, cloud)
    cloud.chat.direct_room(person.key, cloud.bot_key)
    bodies = [room_json(cloud, room, person.key) for room in cloud.chat.rooms_of(person.key)]
    names = ("id", "title", "type", "lastActivity")
    return json_response({"rooms": [{name: room[name] for name in names} for room in bodies]})


ENDPOINTS: Final = [
    Endpoint("GET", "/settings", settings, NO_TOKEN),
    Endpoint("GET", "/cast", cast, NO_TOKEN),
    Endpoint("GET", "/env", env, NO_TOKEN),
    Endpoint("GET", "/rooms", rooms, NO_TOKEN),
]
