"""Meddling: faults, broken sockets, dead tokens, and facts changed behind the bot's back."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.control.fields import person_in
from sandbox.endpoints import NO_TOKEN, Endpoint, answer, json_body, no_content
from sandbox.faults import Fault
from sandbox.ids import random_uuid
from sandbox.messaging.fields import required_text, text_field
from sandbox.organization.facts import Owner
from sandbox.organization.macs import bare_mac
from sandbox.organization.phones import keep_phone, new_phone, settle
from sandbox.problems import bad_request, not_found
from sandbox.tokens import Token, TokenKind

FAULT_FIELDS: Final = {
    "method": "method",
    "path": "path",
    "times": "times",
    "nth": "nth",
    "latency": "latency",
    "status": "status",
    "body": "body",
    "text": "text",
    "contentType": "content_type",
    "headers": "headers",
    "afterCommit": "after_commit",
    "drop": "drop",
}


async def order_fault(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/faults."""
    body = await json_body(request)
    unknown = sorted(body.keys() - FAULT_FIELDS.keys())
    if unknown:
        raise bad_request(f"A fault has no '{unknown[0]}'.")
    given = {FAULT_FIELDS[name]: value for name, value in body.items() if value is not None}
    return answer({"id": cloud.faults.add(Fault(**given)).id})


async def clear_faults(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE /control/faults."""
    cloud.faults.clear()
    return no_content()


async def sockets(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/mercury: the bot's registrations and what became of the frames sent to them."""
    devices = [
        {
            "id": device.key,
            "name": device.facts.get("name"),
            "acked": len(device.acked),
            "unacked": len(device.unacked),
            "unknownAcks": len(device.unknown_acks),
        }
        for device in cloud.hub.devices_of(cloud.bot_key)
    ]
    return answer({"online": cloud.hub.is_online(cloud.bot_key), "devices": devices})


async def mercury(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/mercury: one of the actions below, to every open socket."""
    body = await json_body(request)
    act = SOCKET_ACTIONS.get(required_text(body, "action"))
    if act is None:
        raise bad_request(f"'action' must be one of {', '.join(SOCKET_ACTIONS)}.")
    act(cloud, body)
    return no_content()


def _drop(cloud: Cloud, _body: Mapping[str, Any]) -> None:
    for line in cloud.hub.lines():
        line.drop()


def _close(cloud: Cloud, body: Mapping[str, Any]) -> None:
    for line in cloud.hub.lines():
        line.close(int(body.get("code") or 1000), str(body.get("reason") or ""))


def _shutdown(cloud: Cloud, _body: Mapping[str, Any]) -> None:
    for line in cloud.hub.lines():
        line.draining = True
        line.send_bare({"id": random_uuid(), "type": "shutdown"})


def _stall(cloud: Cloud, _body: Mapping[str, Any]) -> None:
    """Half-open sockets: no frames, no pongs, no close."""
    for line in cloud.hub.lines():
        line.stall()


def _duplicate(cloud: Cloud, body: Mapping[str, Any]) -> None:
    cloud.hub.duplicating = body.get("on", True) is True


def _offline(cloud: Cloud, body: Mapping[str, Any]) -> None:
    """Nobody gets through, for some seconds or until told otherwise."""
    cloud.hub.accepting = False
    _drop(cloud, body)
    seconds = body.get("seconds")
    if seconds:
        asyncio.get_running_loop().call_later(float(seconds), _online, cloud, body)


def _online(cloud: Cloud, _body: Mapping[str, Any]) -> None:
    cloud.hub.accepting = True


SOCKET_ACTIONS: Final[dict[str, Callable[[Cloud, Mapping[str, Any]], None]]] = {
    "drop": _drop,
    "close": _close,
    "shutdown": _shutdown,
    "stall": _stall,
    "duplicate": _duplicate,
    "offline": _offline,
    "online": _online,
}

TOKEN_KINDS: Final[dict[str, TokenKind]] = {
    "bot": "bot",
    "service_app": "service_app",
    "refresh": "refresh",
}


async def tokens(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/tokens: revoke or expire every token of a kind; open sockets are closed."""
    body = await json_body(request)
    kind = TOKEN_KINDS.get(required_text(body, "token"))
    action = required_text(body, "action")
    if kind is None or action not in ("revoke", "expire"):
        raise bad_request("'token' or 'action' is unknown.")
    end = cloud.tokens.revoke if action == "revoke" else cloud.tokens.expire
    ended = {token.value for token in cloud.tokens.of_kind(kind)}
    for value in ended:
        end(value)
    for line in cloud.hub.lines():
        if line.token in ended:
            line.close(4401, "Authorization failed")
    return no_content()


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
    Endpoint("POST", "/faults", order_fault, NO_TOKEN),
    Endpoint("DELETE", "/faults", clear_faults, NO_TOKEN),
    Endpoint("GET", "/mercury", sockets, NO_TOKEN),
    Endpoint("POST", "/mercury", mercury, NO_TOKEN),
    Endpoint("POST", "/tokens", tokens, NO_TOKEN),
    Endpoint("POST", "/people", change_person, NO_TOKEN),
    Endpoint("POST", "/devices", place_phone, NO_TOKEN),
]
