"""Meddling: facts changed behind the bot's back. What goes wrong is ordered in `trouble`."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.control.fields import person_in
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, no_content
from sandbox.messaging.fields import text_field
from sandbox.organization.facts import Owner
from sandbox.organization.macs import bare_mac
from sandbox.organization.phones import keep_phone, new_phone, settle
from sandbox.problems import bad_request, not_found
from sandbox.tokens import Token


async def change_person(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/people: other licences or another location."""
    body = await json_body(request)
    person = person_in({"person": body.get("email")}, cloud)
    licences, location = body.get("licences"), text_field(body, "location")
    if licences is not None:
        person.licences = [_licence_key(cloud, name) for name in licences]
        settle(cloud.organization, Owner("person", person.key))
    if location is not None:
        person.location_key = _location_key(cloud, location)
    cloud.changes.note("organization", what="person changed", owner=person.display_name)
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
    """POST /control/devices: a phone is there, as if somebody had added it elsewhere."""
    body = await json_body(request)
    org = cloud.organization
    model, mac = org.catalogue.find(body.get("model")), bare_mac(body.get("mac"))
    if model is None or mac is None:
        raise bad_request("'model' or 'mac' is not valid.")
    phone = new_phone(org, mac, model, _owner(body, cloud), cloud.clock.now())
    keep_phone(org, phone)
    cloud.life.added(phone)
    cloud.changes.note("organization", what="phone placed", owner=org.owner_name(phone.owner))
    return no_content()


def _owner(body: Mapping[str, Any], cloud: Cloud) -> Owner:
    if body.get("ownerEmail"):
        return Owner("person", person_in({"person": body["ownerEmail"]}, cloud).key)
    name = body.get("workspace")
    for workspace in cloud.organization.workspaces.values():
        if workspace.name == name:
            return Owner("workspace", workspace.key)
    raise not_found(f"There is no workspace '{name}'.")


ENDPOINTS: Final = [
    Endpoint("POST", "/people", change_person, NO_TOKEN),
    Endpoint("POST", "/devices", place_phone, NO_TOKEN),
]
