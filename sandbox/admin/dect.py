"""DECT networks (docs/webex/provisioning.md §5).

Webex for Government does not have these calls (provisioning.md §9).
"""

from typing import Any

from aiohttp import web

from sandbox.admin.common import require_known_keys
from sandbox.admin.dect_common import (
    NETWORK,
    NETWORKS,
    PREFIX,
    READ,
    WRITE,
    log_network_event,
    network_from_path,
    organization_with_dect,
)
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, json_body, json_response, no_content
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.dect import create_network, update_network
from sandbox.organization.dect_handsets import remove_network
from sandbox.organization.device_models import DECT_MODELS
from sandbox.organization.entities import DectNetwork
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
    return json_response({"devices": rows})


async def list_networks(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET dectNetworks: `name` matches a part, ignoring case; not paged."""
    org = organization_with_dect(request, cloud)
    part = request.query.get("name", "").casefold()
    networks = [
        network for network in org.dect_networks.values() if part in network.name.casefold()
    ]
    if "locationId" in request.query:
        location_key = key_of(request.query["locationId"], "LOCATION")
        networks = [network for network in networks if network.location_key == location_key]
    return json_response({"dectNetworks": [network_body(org, network) for network in networks]})


async def create(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST locations/{id}/dectNetworks: 201; the answer has the key `dectNetworkId`."""
    org = organization_with_dect(request, cloud)
    body = await json_body(request)
    require_known_keys(body, (*NETWORK_KEYS, "model"))
    location_key = key_of(request.match_info["location_id"], "LOCATION")
    network = create_network(org, location_key, body)
    log_network_event(cloud, "DECT network created", network)
    return json_response({"dectNetworkId": public_id("DECT_DEV_NET", network.key)}, status=CREATED)


async def show(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET locations/{id}/dectNetworks/{id}."""
    org = organization_with_dect(request, cloud)
    return json_response(network_body(org, network_from_path(request, org)))


async def update(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """PUT: 204; the model cannot be changed."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    body = await json_body(request)
    require_known_keys(body, NETWORK_KEYS)
    update_network(org, network, body)
    log_network_event(cloud, "DECT network changed", network)
    return no_content()


async def delete(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE: 204; afterwards error 27455."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    remove_network(org, network)
    log_network_event(cloud, "DECT network deleted", network)
    return no_content()


MODELS = f"{PREFIX}/devices/dectNetworks/supportedDevices"
# The deprecated path still answers (provisioning.md §5).
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
