"""DECT networks (webex-provisioning.md §5); in government mode there are none of these calls (§9)."""

from typing import Any

from aiohttp import web

from sandbox.admin.common import known_keys, own_organization
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, answer, json_body, no_content
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.catalogue import DECT_MODELS
from sandbox.organization.dect import create_network, require_network, update_network
from sandbox.organization.facts import DectNetwork
from sandbox.problems import not_found
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
        "numberOfBaseStations": network.base_stations,
        "numberOfHandsetsAssigned": network.handsets,
        "numberOfLines": network.lines,
        "location": {"id": public_id("LOCATION", location.key), "name": location.name},
    }


def _organization(request: web.Request, cloud: Cloud) -> Organization:
    if cloud.settings.gov:
        raise not_found()
    return own_organization(request, cloud)


def _network(request: web.Request, org: Organization) -> DectNetwork:
    location_key = key_of(request.match_info["location_id"], "LOCATION")
    key = key_of(request.match_info["network_id"], "DECT_DEV_NET")
    return require_network(org, location_key, key)


async def dect_models(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET devices/dectNetworks/supportedDevices: a static list."""
    _organization(request, cloud)
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
    org = _organization(request, cloud)
    part = request.query.get("name", "").casefold()
    found = [one for one in org.dect_networks.values() if part in one.name.casefold()]
    if "locationId" in request.query:
        wanted = key_of(request.query["locationId"], "LOCATION")
        found = [one for one in found if one.location_key == wanted]
    return answer({"dectNetworks": [network_body(org, one) for one in found]})


async def create(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST locations/{id}/dectNetworks: 201, and the key is `dectNetworkId`."""
    org = _organization(request, cloud)
    body = await json_body(request)
    known_keys(body, (*NETWORK_KEYS, "model"))
    location_key = key_of(request.match_info["location_id"], "LOCATION")
    network = create_network(org, location_key, body)
    cloud.changes.note("organization", what="DECT network created", name=network.name)
    return answer({"dectNetworkId": public_id("DECT_DEV_NET", network.key)}, status=CREATED)


async def show(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET locations/{id}/dectNetworks/{id}."""
    org = _organization(request, cloud)
    return answer(network_body(org, _network(request, org)))


async def update(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """PUT: 204; the model cannot be changed."""
    org = _organization(request, cloud)
    network = _network(request, org)
    body = await json_body(request)
    known_keys(body, NETWORK_KEYS)
    update_network(org, network, body)
    cloud.changes.note("organization", what="DECT network changed", name=network.name)
    return no_content()


async def delete(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE: 204, and error 27455 from then on."""
    org = _organization(request, cloud)
    network = _network(request, org)
    del org.dect_networks[network.key]
    cloud.changes.note("organization", what="DECT network deleted", name=network.name)
    return no_content()


PREFIX = "/telephony/config"
NETWORKS = f"{PREFIX}/locations/{{location_id}}/dectNetworks"
NETWORK = f"{NETWORKS}/{{network_id}}"
MODELS = f"{PREFIX}/devices/dectNetworks/supportedDevices"
READ = frozenset({"spark-admin:telephony_config_read"})
WRITE = frozenset({"spark-admin:telephony_config_write"})

ENDPOINTS: list[Endpoint] = [
    Endpoint("GET", MODELS, dect_models, SERVICE_APP, READ),
    Endpoint("GET", f"{PREFIX}/dectNetworks", list_networks, SERVICE_APP, READ),
    Endpoint("POST", NETWORKS, create, SERVICE_APP, WRITE),
    Endpoint("GET", NETWORK, show, SERVICE_APP, READ),
    Endpoint("PUT", NETWORK, update, SERVICE_APP, WRITE),
    Endpoint("DELETE", NETWORK, delete, SERVICE_APP, WRITE),
]
