"""Override facts behind the bot's back. Faults are ordered in `sandbox.control.faults`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.control.fields import person_from
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, no_content
from sandbox.errors import bad_request, not_found
from sandbox.ids import random_uuid
from sandbox.messaging.fields import text_field
from sandbox.organization.entities import Owner
from sandbox.organization.mac_addresses import bare_mac
from sandbox.organization.phones import new_phone, store_phone, update_derived_state
from sandbox.tokens import Token

OTHER_ORGANIZATION: Final = "0e0e0e0e-5555-4666-8777-888888888888"  # the organization of guests


async def change_person(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/people: change licences, location, address or organization."""
    body = await json_body(request)
    person = person_from({"person": body.get("email")}, cloud)
    licences, location = body.get("licences"), text_field(body, "location")
    if licences is not None:
        person.licences = [_licence_key(cloud, name) for name in licences]
        update_derived_state(cloud.organization, Owner("person", person.key))
    if location is not None:
        person.location_key = _location_key(cloud, location)
    person.email = text_field(body, "newEmail") or person.email
    if body.get("external") is not None:
        person.org_key = OTHER_ORGANIZATION if body["external"] else cloud.organization.key
    cloud.event_log.append("organization", what="person changed", owner=person.display_name)
    return no_content()


async def recreate_person(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/people/recreate: delete the account and make a new one with its address."""
    person = person_from({"person": (await json_body(request)).get("email")}, cloud)
    new_person = replace(person, key=random_uuid(), created=cloud.clock.now())
    person.email, person.deleted = f"{person.key}@deleted.invalid", True
    cloud.people[new_person.key] = new_person
    cloud.event_log.append("organization", what="person made again", owner=new_person.display_name)
    return no_content()


async def rename_locations(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/locations: `names` maps each name to the new one; all change at once."""
    names = (await json_body(request)).get("names")
    if not isinstance(names, dict):
        raise bad_request("'names' must be an object.")
    org = cloud.organization
    renamed = {_location_key(cloud, old): str(new) for old, new in names.items()}
    for key, name in renamed.items():
        org.locations[key] = replace(org.locations[key], name=name)
    cloud.event_log.append("organization", what="locations renamed", owner="")
    return no_content()


def _licence_key(cloud: Cloud, name: str) -> str:
    licence = cloud.organization.licence_named(name)
    if licence is None:
        raise bad_request(f"There is no licence '{name}'.")
    return licence.key


def _location_key(cloud: Cloud, name: str) -> str:
    location = cloud.organization.location_named(name)
    if location is None:
        raise bad_request(f"There is no location '{name}'.")
    return location.key


async def place_phone(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/devices: add a phone as if it had been added elsewhere."""
    body = await json_body(request)
    org = cloud.organization
    model, mac = org.catalogue.find(body.get("model")), bare_mac(body.get("mac"))
    if model is None or mac is None:
        raise bad_request("'model' or 'mac' is not valid.")
    phone = new_phone(org, mac, model, _owner(body, cloud), cloud.clock.now())
    store_phone(org, phone)
    cloud.phone_simulator.added(phone)
    cloud.event_log.append("organization", what="phone placed", owner=org.owner_name(phone.owner))
    return no_content()


def _owner(body: Mapping[str, Any], cloud: Cloud) -> Owner:
    if body.get("ownerEmail"):
        return Owner("person", person_from({"person": body["ownerEmail"]}, cloud).key)
    name = body.get("workspace")
    for workspace in cloud.organization.workspaces.values():
        if workspace.name == name:
            return Owner("workspace", workspace.key)
    raise not_found(f"There is no workspace '{name}'.")


ENDPOINTS: Final = [
    Endpoint("POST", "/people", change_person, NO_TOKEN),
    Endpoint("POST", "/people/recreate", recreate_person, NO_TOKEN),
    Endpoint("POST", "/locations", rename_locations, NO_TOKEN),
    Endpoint("POST", "/devices", place_phone, NO_TOKEN),
]
