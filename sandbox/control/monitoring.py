"""Watch the cloud: the calls so far, the state of the organization, and events as they happen."""

import json
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.control.fields import number_from
from sandbox.endpoints import NO_TOKEN, Endpoint, json_response, no_content
from sandbox.event_log import LoggedEvent
from sandbox.organization.dect_members import member_details
from sandbox.organization.entities import (
    ActivationCode,
    DectNetwork,
    Handset,
    Owner,
    Phone,
    Workspace,
)
from sandbox.people import Person
from sandbox.tokens import Token

KEEPALIVE_SECONDS: Final = 15.0


async def calls(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/calls?after=SEQ."""
    logged = cloud.calls.after(int(number_from(request.query, "after")))
    return json_response({"calls": [call.as_json() for call in logged], "seq": cloud.event_log.seq})


async def clear_calls(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE /control/calls."""
    cloud.calls.clear()
    return no_content()


async def wrong_cloud(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/wrong-cloud: the calls that went to the commercial cloud beside `--gov`."""
    calls = [call.as_json() for call in cloud.wrong_cloud_calls.after(-1)]
    return json_response({"url": cloud.wrong_cloud_url, "calls": calls})


async def online(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/online?wait=SECONDS: answers once the bot is connected, or at the timeout."""
    deadline = cloud.event_log.deadline(number_from(request.query, "wait"))
    while not cloud.hub.is_online(cloud.bot_key) and await cloud.event_log.next(deadline):
        pass
    return json_response({"botOnline": cloud.hub.is_online(cloud.bot_key)})


async def events(request: web.Request, cloud: Cloud, _token: Token) -> web.StreamResponse:
    """GET /control/events: every event from now on, or from where the browser stopped reading."""
    changes = cloud.event_log
    # The browser may remember a higher number from an earlier sandbox on this port.
    seq = min(int(number_from(request.headers, "Last-Event-ID", changes.seq)), changes.seq)
    response = web.StreamResponse(headers={"Cache-Control": "no-cache"})
    response.content_type = "text/event-stream"
    await response.prepare(request)
    with suppress(ConnectionResetError):  # the browser was closed
        await response.write(b": here\n\n")
        while not changes.closed:
            await changes.wait_after(seq, KEEPALIVE_SECONDS)
            stream = "".join(map(_as_event, changes.after(seq)))
            seq = changes.seq
            await response.write(stream.encode() or b": still here\n\n")
    return response


def _as_event(change: LoggedEvent) -> str:
    data = json.dumps({"seq": change.seq, "kind": change.kind, **change.facts})
    return f"id: {change.seq}\ndata: {data}\n\n"


async def organization(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/organization: a snapshot without secrets."""
    org = cloud.organization
    people = [person for person in org.people.values() if person.kind == "person"]
    return json_response(
        {
            "people": [_person(cloud, person) for person in people],
            "workspaces": [_workspace(cloud, workspace) for workspace in org.workspaces.values()],
            "locations": [{"name": location.name} for location in org.locations.values()],
            "devices": [_device(cloud, phone) for phone in org.phones.values()],
            "dectNetworks": [_network(cloud, network) for network in org.dect_networks.values()],
            "activationCodes": [_code(cloud, code) for code in org.codes if not code.used],
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
        "baseStations": [{"mac": base.mac} for base in network.base_stations.values()],
        "handsets": [_handset(cloud, handset) for handset in network.handsets.values()],
        "earlyHandsetChanges": network.early_changes,
    }


def _handset(cloud: Cloud, handset: Handset) -> dict[str, Any]:
    callers = (member_details(cloud.organization, line) for line in handset.lines)
    return {"name": handset.name, "lines": [member.name for member in callers if member]}


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
    Endpoint("GET", "/wrong-cloud", wrong_cloud, NO_TOKEN),
    Endpoint("GET", "/online", online, NO_TOKEN),
    Endpoint("GET", "/events", events, NO_TOKEN),
    Endpoint("GET", "/organization", organization, NO_TOKEN),
]
