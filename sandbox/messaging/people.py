"""People: the public view for all tokens, admin fields for a service app.

See docs/webex/messaging.md §3.3.
"""

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from sandbox.admin.people import admin_fields
from sandbox.cloud import Cloud
from sandbox.endpoints import ALL_TOKENS, Endpoint, json_response
from sandbox.errors import bad_request, not_found
from sandbox.ids import key_of
from sandbox.messaging.cursor_paging import list_response, page_size, paginate
from sandbox.messaging.json_views import person_json
from sandbox.people import Person
from sandbox.tokens import Token

MAX_IDS: Final = 85
ADMIN_READ: Final = "spark-admin:people_read"
SCOPES: Final = frozenset({ADMIN_READ})


async def me(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /people/me."""
    return json_response(_person_view(request, cloud, token, cloud.person_of(token)))


async def get_person(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /people/{personId}."""
    person = cloud.people.get(key_of(request.match_info["person_id"], "PEOPLE"))
    if person is None or person.deleted:
        raise not_found()
    return json_response(_person_view(request, cloud, token, person))


async def list_people(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /people, by email, displayName (a prefix) or id; only admins may list everybody."""
    named = {"email", "displayName", "id"} & request.query.keys()
    if token.kind != "service_app" and not named:
        raise bad_request("Email, displayName, or id list should be specified.")
    people, missing = _matching_people(request, cloud)
    ceiling = min(_ceiling(request), cloud.settings.page_cap)
    page, headers = paginate(request, people, page_size(request, ceiling, ceiling))
    items = [_person_view(request, cloud, token, person) for person in page]
    if "id" in request.query:
        items = [_without(item, "licenses", "roles") for item in items]
    return list_response(items, headers, notFoundIds=missing or None)


def _ceiling(request: web.Request) -> int:
    if "locationId" in request.query:
        return 50
    return 100 if _calling_data(request) else 1000


def _matching_people(request: web.Request, cloud: Cloud) -> tuple[list[Person], list[str]]:
    people, missing = _by_ids(request.query.get("id"), cloud)
    for name, matches in FILTERS:
        value = request.query.get(name)
        if value is not None:
            people = [person for person in people if matches(person, value)]
    return people, missing


def _by_ids(ids: str | None, cloud: Cloud) -> tuple[list[Person], list[str]]:
    if ids is None:
        return [person for person in cloud.people.values() if not person.deleted], []
    requested = ids.split(",")
    if len(requested) > MAX_IDS:
        raise bad_request(f"At most {MAX_IDS} ids can be asked for.")
    keys = {id_: key_of(id_, "PEOPLE") for id_ in requested}
    people = [cloud.people[key] for key in keys.values() if key in cloud.people]
    return people, [id_ for id_, key in keys.items() if key not in cloud.people]


def _has_email(person: Person, email: str) -> bool:
    return person.email.lower() == email.strip().lower()


def _has_name(person: Person, name: str) -> bool:
    return person.display_name.lower().startswith(name.strip().lower())


def _is_at(person: Person, location_id: str) -> bool:
    return person.location_key is not None and person.location_key == key_of(
        location_id, "LOCATION"
    )


FILTERS: Final[list[tuple[str, Callable[[Person, str], bool]]]] = [
    ("email", _has_email),
    ("displayName", _has_name),
    ("locationId", _is_at),
]


def _without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the fields that a lookup by id does not have (docs/webex/provisioning.md §3)."""
    return {name: value for name, value in item.items() if name not in names}


def _calling_data(request: web.Request) -> bool:
    return request.query.get("callingData", "false").lower() == "true"


def _person_view(
    request: web.Request, cloud: Cloud, token: Token, person: Person
) -> dict[str, Any]:
    body = person_json(person)
    is_ours = cloud.organization.member(person.key) is not None
    if token.kind == "service_app" and ADMIN_READ in token.scopes and is_ours:
        body |= admin_fields(person, cloud.organization, _calling_data(request))
    return body


ENDPOINTS: Final = [
    Endpoint("GET", "/people", list_people, ALL_TOKENS, SCOPES),
    Endpoint("GET", "/people/", list_people, ALL_TOKENS, SCOPES),  # as the JS SDK spells it
    Endpoint("GET", "/people/me", me, ALL_TOKENS, SCOPES),
    Endpoint("GET", "/people/{person_id}", get_person, ALL_TOKENS, SCOPES),
]
