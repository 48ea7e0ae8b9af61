"""`/locations`, `/organizations` and `/licenses` (docs/webex/provisioning.md §3)."""

from typing import Any, Final

from aiohttp import web

from sandbox.admin.common import own_organization
from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, json_response
from sandbox.errors import bad_request, not_found
from sandbox.ids import key_of, public_id
from sandbox.messaging.cursor_paging import page_size, paginate
from sandbox.offset_paging import paginated_response
from sandbox.organization import Organization
from sandbox.organization.entities import Licence, Location
from sandbox.organization.errors import unknown_id
from sandbox.people import Person
from sandbox.tokens import Token

MAX_HOLDERS: Final = 300  # people in a page


def location_body(org: Organization, location: Location) -> dict[str, Any]:
    """Return a location in the shape of the official example; the schema belongs to another API."""
    return {
        "id": public_id("LOCATION", location.key),
        "name": location.name,
        "orgId": public_id("ORGANIZATION", org.key),
        "address": location.address,
        "timeZone": location.time_zone,
        "preferredLanguage": location.language,
        "latitude": location.latitude,
        "longitude": location.longitude,
    }


async def list_locations(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /locations: `name` matches a part, ignoring case; `id` matches exactly."""
    org = own_organization(request, cloud)
    part = request.query.get("name", "").casefold()
    locations = [
        location for location in org.locations.values() if part in location.name.casefold()
    ]
    if "id" in request.query:
        key = key_of(request.query["id"], "LOCATION")
        locations = [location for location in locations if location.key == key]
    return paginated_response(
        request, cloud, [location_body(org, location) for location in locations], "cursor"
    )


async def get_location(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /locations/{id}."""
    org = own_organization(request, cloud)
    location = org.locations.get(key_of(request.match_info["location_id"], "LOCATION"))
    if location is None:
        raise unknown_id("location")
    return json_response(location_body(org, location))


def organization_body(org: Organization) -> dict[str, Any]:
    """Return the organization's public fields."""
    return {
        "id": public_id("ORGANIZATION", org.key),
        "displayName": org.name,
        "created": webex_date(org.created),
    }


async def list_organizations(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /organizations: the organization of the token."""
    return json_response({"items": [organization_body(cloud.organization)]})


async def get_organization(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /organizations/{id}."""
    if key_of(request.match_info["org_id"], "ORGANIZATION") != cloud.organization.key:
        raise not_found()
    return json_response(organization_body(cloud.organization))


def licence_body(org: Organization, licence: Licence) -> dict[str, Any]:
    """Return a licence with its usage."""
    kinds = [owner.kind for owner in org.holders(licence)]
    return {
        "id": public_id("LICENSE", licence.key),
        "name": licence.name,
        "totalUnits": licence.total,
        "consumedUnits": len(kinds),
        "consumedByUsers": kinds.count("person"),
        "consumedByWorkspaces": kinds.count("workspace"),
        "subscriptionId": "Sub-acme-0001",
    }


async def list_licences(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /licenses: not paged."""
    org = own_organization(request, cloud)
    return json_response(
        {"items": [licence_body(org, licence) for licence in org.licences.values()]}
    )


async def get_licence(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /licenses/{id}; with `includeAssignedTo=user` also the people who have it, by pages."""
    org = own_organization(request, cloud)
    licence = org.licences.get(key_of(request.match_info["license_id"], "LICENSE"))
    if licence is None:
        raise not_found()
    body = licence_body(org, licence)
    included = request.query.get("includeAssignedTo")
    if included is None:
        return json_response(body)
    if included != "user":
        raise bad_request("The value of 'includeAssignedTo' is not valid.")
    people = [person for person in cloud.people.values() if person.holds(licence.key)]
    ceiling = min(MAX_HOLDERS, cloud.settings.page_cap)
    size = page_size(request, ceiling, ceiling, "limit")
    page, headers = paginate(request, people, size, "next")
    return json_response(
        body | {"users": [_holder(org, person) for person in page]}, headers=headers
    )


def _holder(org: Organization, person: Person) -> dict[str, Any]:
    return {
        "id": public_id("PEOPLE", person.key),
        "type": "INTERNAL" if org.member(person.key) else "EXTERNAL",
        "displayName": person.display_name,
        "email": person.email,
    }


# Spelled as on the official page, including `device_read`.
LOCATION_SCOPES = frozenset(
    {"spark-admin:locations_read", "spark-admin:people_read", "spark-admin:device_read"}
)
LICENCE_SCOPES = frozenset({"spark-admin:licenses_read"})
ORGANIZATION_SCOPES = frozenset({"spark-admin:organizations_read"})

ENDPOINTS: list[Endpoint] = [
    Endpoint("GET", "/locations", list_locations, SERVICE_APP, LOCATION_SCOPES),
    Endpoint("GET", "/locations/{location_id}", get_location, SERVICE_APP, LOCATION_SCOPES),
    Endpoint("GET", "/organizations", list_organizations, SERVICE_APP, ORGANIZATION_SCOPES),
    Endpoint("GET", "/organizations/{org_id}", get_organization, SERVICE_APP, ORGANIZATION_SCOPES),
    Endpoint("GET", "/licenses", list_licences, SERVICE_APP, LICENCE_SCOPES),
    Endpoint("GET", "/licenses/{license_id}", get_licence, SERVICE_APP, LICENCE_SCOPES),
]
