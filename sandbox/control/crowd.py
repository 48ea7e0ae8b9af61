"""Make the organization large: `POST /control/crowd`."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from sandbox import crowd
from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, json_response
from sandbox.errors import bad_request
from sandbox.organization import Organization
from sandbox.organization.entities import Owner
from sandbox.tokens import Token

MOST: Final = 100_000


async def add_crowd(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/crowd: add `people`, `workspaces`, and `phones` for the first of the people."""
    body = await json_body(request)
    org, now = cloud.organization, cloud.clock.now()
    people = crowd.add_people(org, _number(body, "people"), now)
    workspaces = crowd.add_workspaces(org, _number(body, "workspaces"), now)
    callers = [person for person in people if org.tier(Owner("person", person.key))]
    phones = crowd.add_phones(org, callers[: _number(body, "phones")], now)
    for phone in phones:
        cloud.phone_simulator.added(phone)
    cloud.event_log.append("organization", what="crowd added", owner="")
    return json_response(
        {
            "people": [
                {
                    "email": person.email,
                    "displayName": person.display_name,
                    "location": _place(org, person.location_key),
                    "calling": org.tier(Owner("person", person.key)),
                }
                for person in people
            ],
            "workspaces": [
                {"displayName": room.name, "location": _place(org, room.location_key)}
                for room in workspaces
            ],
            "phones": [
                {"mac": phone.mac, "owner": org.owner_name(phone.owner)} for phone in phones
            ],
        }
    )


def _place(org: Organization, key: str | None) -> str | None:
    return org.locations[key].name if key else None


def _number(body: Mapping[str, Any], name: str) -> int:
    number = body.get(name, 0)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST:
        raise bad_request(f"'{name}' must be a whole number from 0 to {MOST}.")
    return number


ENDPOINTS: Final = [Endpoint("POST", "/crowd", add_crowd, NO_TOKEN)]
