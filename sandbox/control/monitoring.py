"""Watching: the calls that were made, the state of the organization, changes as they happen."""

import json
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from sandbox.changes import Change
from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.control.fields import number_in
from sandbox.endpoints import NO_TOKEN, Endpoint, answer, no_content
from sandbox.organization.facts import (
    ActivationCode,
    DectNetwork,
    Handset,
    Owner,
    Phone,
    Workspace,
)
from sandbox.organization.members import caller
from sandbox.people import Person
from sandbox.tokens import Token

KEEPALIVE_SECONDS: Final = 15.0


async def calls(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/calls?after=SEQ."""
    found = cloud.calls.after(int(number_in(request.query, "after")))
    return answer({"calls": [call.as_json() for call in found], "seq": cloud.changes.seq})


async def clear_calls(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE /control/calls."""
    cloud.calls.clear()
    return no_content()


async def online(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/online?wait=SECONDS: answers once the bot is connected, or when time is up."""
    deadline = cloud.changes.deadline(number_in(request.query, "wait"))
    while not cloud.hub.is_online(cloud.bot_key) and await cloud.changes.next(deadline):
        pass
    return answer({"botOnline": cloud.hub.is_online(cloud.bot_key)})


async def events(request: web.Request, cloud: Cloud, _token: Token) -> web.StreamResponse:
    """GET /control/events: every change from now on, or from where a browser left off."""
    changes = cloud.changes
    # A browser may have left off in an earlier sandbox on this port, whose count went further.
    seq = min(int(number_in(request.headers, "Last-Event-ID", changes.seq)), changes.seq)
    response = web.StreamResponse(headers={"Cache-Control": "no-cache"})
    response.content_type = "text/event-stream"
    await response.prepare(request)
    with suppress(ConnectionResetError):  # a browser that is closed says no goodbye
        await response.write(b": here\n\n")
        while not changes.closed:
            await changes.wait_after(seq, KEEPALIVE_SECONDS)
            news = "".join(map(_as_event, changes.after(seq)))
            seq = changes.seq
            await response.write(news.encode() or b": still here\n\n")
    return response


def _as_event(change: Change) -> str:
    data = json.dumps({"seq": change.seq, "kind": change.kind, **change.facts})
    return f"id: {change.seq}\ndata: {data}\n\n"


async def organization(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/organization: a snapshot, without anything secret."""
    org = cloud.organization
    people = [person for person in org.people.values() if person.kind == "person"]
    return answer(
        {
            "people": [_person(cloud, person) for person in people],
            "workspaces": [_workspace(cloud, one) for one in org.workspaces.values()],
            "locations": [{"name": one.name} for one in org.locations.values()],
            "devices": [_device(cloud, one) for one in org.phones.values()],
            "dectNetworks": [_network(cloud, one) for one in org.dect_networks.values()],
            "activationCodes": [_code(cloud, one) for one in org.codes if not one.used],
        }
    )


def _person(cloud: Cloud, person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "displayName": person.display_name,
        "location": _location(cloud, person.location_key),
        "licences": _licences(cloud, person.licences),
        "callingInApps": person.calling_in_apps,
        "devices": len(cloud.organization.phones_of(Owner("person", person.key))),
    }


def _workspace(cloud: Cloud, workspace: Workspace) -> dict[str, Any]:
    return {
        "name": workspace.name,
        "location": _location(cloud, workspace.location_key),
        "calling": workspace.calling,
        "supportedDevices": workspace.supported_devices,
        "licences": _licences(cloud, workspace.licences),
        "devices": len(cloud.organization.phones_of(Owner("workspace", workspace.key))),
    }


def _device(cloud: Cloud, phone: Phone) -> dict[str, Any]:
    return {
        "mac": phone.mac,
        "model": phone.model,
        "owner": cloud.organization.owner_name(phone.owner),
        "ownerKind": phone.owner.kind,
        "tags": phone.tags,
        "connectionStatus": phone.status,
        "inDevicesList": phone.is_listed(cloud.clock.now()),
    }


def _network(cloud: Cloud, network: DectNetwork) -> dict[str, Any]:
    return {
        "name": network.name,
        "displayName": network.display_name,
        "location": _location(cloud, network.location_key),
        "model": network.model,
        "accessCodeEnabled": network.access_code_enabled,
        "baseStations": [{"mac": one.mac} for one in network.base_stations.values()],
        "handsets": [_handset(cloud, one) for one in network.handsets.values()],
    }


def _handset(cloud: Cloud, handset: Handset) -> dict[str, Any]:
    callers = (caller(cloud.organization, line) for line in handset.lines)
    return {"name": handset.name, "lines": [one.name for one in callers if one]}


def _code(cloud: Cloud, code: ActivationCode) -> dict[str, Any]:
    return {
        "owner": cloud.organization.owner_name(code.owner),
        "model": code.model,
        "expiryTime": webex_date(code.expires),
        "seq": code.seq,
    }


def _location(cloud: Cloud, key: str | None) -> str | None:
    location = cloud.organization.locations.get(key or "")
    return location.name if location else None


def _licences(cloud: Cloud, keys: list[str]) -> list[str]:
    known = cloud.organization.licences
    return [known[key].name for key in keys if key in known]


ENDPOINTS: Final = [
    Endpoint("GET", "/calls", calls, NO_TOKEN),
    Endpoint("DELETE", "/calls", clear_calls, NO_TOKEN),
    Endpoint("GET", "/online", online, NO_TOKEN),
    Endpoint("GET", "/events", events, NO_TOKEN),
    Endpoint("GET", "/organization", organization, NO_TOKEN),
]
