"""The simulated base stations and handsets: their state, and what can be done to them by hand."""

from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, json_response
from sandbox.errors import bad_request
from sandbox.messaging.fields import required_text, text_field
from sandbox.organization.dect_handsets import lines_at
from sandbox.organization.dect_members import member_details
from sandbox.organization.dect_simulator import handset_state
from sandbox.organization.entities import BaseStation, DectNetwork, Handset
from sandbox.tokens import Token


async def networks(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/dect: without access codes."""
    every = cloud.organization.dect_networks.values()
    return json_response(
        {
            "networks": [_network(cloud, network) for network in every],
            "spacingSeconds": cloud.settings.dect_spacing_s,
        }
    )


async def switch_base(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/dect/bases/{mac}: `online` true plugs it in, false unplugs it."""
    online = (await json_body(request)).get("online")
    if not isinstance(online, bool):
        raise bad_request("'online' must be true or false.")
    switch = cloud.dect_simulator.plug if online else cloud.dect_simulator.unplug
    network, base = switch(request.match_info["mac"])
    return json_response(_base(network, base))


async def pair(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/dect/handsets/pair: `base`, `code`, and optionally `index` and `mac`."""
    body = await json_body(request)
    index = body.get("index")
    if index is not None and (not isinstance(index, int) or isinstance(index, bool)):
        raise bad_request("'index' must be a whole number.")
    network, handset = cloud.dect_simulator.pair(
        required_text(body, "base"),
        required_text(body, "code"),
        index=index,
        mac=text_field(body, "mac"),
    )
    return json_response(_handset(cloud, network, handset))


def _network(cloud: Cloud, network: DectNetwork) -> dict[str, Any]:
    return {
        "name": network.name,
        "location": cloud.organization.locations[network.location_key].name,
        "model": network.model,
        "sharedCode": network.access_code_enabled,
        "baseStations": [_base(network, base) for base in network.base_stations.values()],
        "handsets": [_handset(cloud, network, handset) for handset in network.handsets.values()],
        "earlyChanges": network.early_changes,
    }


def _base(network: DectNetwork, base: BaseStation) -> dict[str, Any]:
    return {
        "mac": base.mac,
        "state": base.state,
        "linesRegistered": lines_at(network, base.key),
    }


def _handset(cloud: Cloud, network: DectNetwork, handset: Handset) -> dict[str, Any]:
    members = (member_details(cloud.organization, line) for line in handset.lines)
    base = network.base_stations.get(handset.base_key or "")
    return {
        "index": handset.index,
        "name": handset.name,
        "lines": [member.name for member in members if member],
        "state": handset_state(handset),
        "mac": handset.mac,
        "base": base and base.mac,
    }


ENDPOINTS: Final = [
    Endpoint("GET", "/dect", networks, NO_TOKEN),
    Endpoint("POST", "/dect/bases/{mac}", switch_base, NO_TOKEN),
    Endpoint("POST", "/dect/handsets/pair", pair, NO_TOKEN),
]
