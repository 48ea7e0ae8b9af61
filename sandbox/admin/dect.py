"""DECT networks (webex-provisioning.md §5); in government mode there are none of these calls (§9)."""

from typing import Any

from aiohttp import web

from sandbox.admin.common import known_keys
from sandbox.admin.dect_common import (
    NETWORK,
    NETWORKS,
    PREFIX,
    READ,
    WRITE,
    named_network,
    organization_with_dect,
)
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, answer, json_body, no_content
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.catalogue import DECT_MODELS
from sandbox.organization.dect import create_network, update_network
from sandbox.organization.dect_handsets import remove_network
from sandbox.organization.facts import DectNetwork
from sandbox.tokens import Token

CREATED = 201
NETWORK_KEYS = ("name", "displayName", "defaultAccessCodeEnabled", "defaultAccessCode")


def network_body(org: Organization, network: DectNetwork) -> dict[str, Any]:
    """Return a network as lists and details show it."""
    location = org.locations[network.location_key]
    return {
        "id": public_id("DECT_DEV_NET", network.key),
        "name": network.name,
        "displayName": network.display_name,
        "chainId": network.chain_id,
        "model": network.model,
        "defaultAccessCodeEnabled": network.access_code_enabled,
        "defaultAccessCode": network.access_code,
        "numberOfBaseStations": len(network.base_stations),
        "numberOfHandsetsAssigned": len(network.handsets),
        "numberOfLines": network.lines,
        "location": {"id": public_id("LOCATION", location.key), "name": location.name},
    }


async def dect_models(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET devices/dectNetworks/supportedDevices: a static list."""
    organization_with_dect(request, cloud)
    rows = [
        {
            "model": model.name,
            "displayName": model.display_name,
            "numberOfBaseStations": model.base_stations,
            "numberOfLinePorts": model.line_ports,
            "numberOfRegistrationsSupported": model.registrations,
        }
        for model in DECT_MODELS
    ]
    return answer({"devices": rows})


async def list_networks(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET dectNetworks: `name` is contained, whatever its case; not paged."""
    org = organization_with_dect(request, cloud)
    part = request.query.get("name", "").casefold()
    found = [one for one in org.dect_networks.values() if part in one.name.casefold()]
    if "locationId" in request.query:
        wanted = key_of(request.query["locationId"], "LOCATION")
        found = [one for one in found if one.location_key == wanted]
    return answer({"dectNetworks": [network_body(org, one) for one in found]})


async def create(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST locations/{id}/dectNetworks: 201, and the key is `dectNetworkId`."""
    org = organization_with_dect(request, cloud)
    body = await json_body(request)
    known_keys(body, (*NETWORK_KEYS, "model"))
    location_key = key_of(request.match_info["location_id"], "LOCATION")
    network = create_network(org, location_key, body)
    cloud.changes.note("organization", what="DECT network created", name=network.name)
    return answer({"dectNetworkId": public_id("DECT_DEV_NET", network.key)}, status=CREATED)


async def show(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET locations/{id}/dectNetworks/{id}."""
    org = organization_with_dect(request, cloud)
    return answer(network_body(org, named_network(request, org)))


async def update(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """PUT: 204; the model cannot be changed."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    body = await json_body(request)
    known_keys(body, NETWORK_KEYS)
    update_network(org, network, body)
    cloud.changes.note("organization", what="DECT network changed", name=network.name)
    return no_content()


async def delete(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE: 204, and error 27455 from then on."""
    org = organization_with_dect(request, cloud)
    network = named_network(request, org)
    remove_network(org, network)
    cloud.changes.note("organization", what="DECT network deleted", name=network.name)
    return no_content()


MODELS = f"{PREFIX}/devices/dectNetworks/supportedDevices"
# The deprecated path still answers (§5).
OLD_MODELS = f"{PREFIX}/devices/dects/supportedDevices"

ENDPOINTS: list[Endpoint] = [
    Endpoint("GET", MODELS, dect_models, SERVICE_APP, READ),
    Endpoint("GET", OLD_MODELS, dect_models, SERVICE_APP, READ),
    Endpoint("GET", f"{PREFIX}/dectNetworks", list_networks, SERVICE_APP, READ),
    Endpoint("POST", NETWORKS, create, SERVICE_APP, WRITE),
    Endpoint("GET", NETWORK, show, SERVICE_APP, READ),
    Endpoint("PUT", NETWORK, update, SERVICE_APP, WRITE),
    Endpoint("DELETE", NETWORK, delete, SERVICE_APP, WRITE),
]
