"""Base stations of a DECT network and its serviceability password.

See docs/webex/provisioning.md §5.
"""

from typing import Any

from aiohttp import web

from sandbox.admin.common import require_known_keys
from sandbox.admin.dect_common import (
    NETWORK,
    READ,
    WRITE,
    lines_json,
    log_network_event,
    network_from_path,
    organization_with_dect,
)
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, json_body, json_response, no_content
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.dect_handsets import lines_at
from sandbox.organization.dect_stations import (
    Result,
    add_base_station,
    generate_password,
    remove_base,
    require_base,
    require_macs,
)
from sandbox.organization.entities import BaseStation, DectNetwork, Handset
from sandbox.organization.errors import MISSING_FIELD, bad_request
from sandbox.organization.mac_addresses import bare_mac
from sandbox.tokens import Token

CREATED = 201
KIND = "DECT_DEV_STATION"


async def add_bases(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST baseStations: 201 even if some failed; each MAC has its own status."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    body = await json_body(request)
    require_known_keys(body, ("baseStationMacs",))
    macs = require_macs(body.get("baseStationMacs"))
    results = [result for mac in macs for result in _added(cloud, org, network, mac)]
    log_network_event(cloud, "DECT base stations added", network)
    return json_response({"baseStations": results}, status=CREATED)


def _added(cloud: Cloud, org: Organization, network: DectNetwork, mac: str) -> list[dict[str, Any]]:
    """Add one base station and return its part of the answer, which a fault can leave out."""
    fault = cloud.faults.fault_for_item("base", [bare_mac(mac) or mac])
    if fault is None:
        return [_result(add_base_station(org, network, mac))]
    if fault.after_commit:
        add_base_station(org, network, mac)
    return [] if fault.missing else [_result((mac, fault.status, None))]


def _result(result: Result) -> dict[str, Any]:
    """Return the result of one MAC. What else Webex puts into a failed one is not known.

    See docs/webex/provisioning.md §5.
    """
    mac, status, base = result
    base_id = {"id": public_id(KIND, base.key)} if base else {}
    return {"mac": mac, "result": {"status": int(status), **base_id}}


async def list_bases(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET baseStations: not paged."""
    network = network_from_path(request, organization_with_dect(request, cloud))
    rows = [
        {
            "id": public_id(KIND, base.key),
            "mac": base.mac,
            "numberOfLinesRegistered": lines_at(network, base.key),
        }
        for base in network.base_stations.values()
    ]
    return json_response({"baseStations": rows})


def _base(request: web.Request, network: DectNetwork) -> BaseStation:
    return require_base(network, key_of(request.match_info["base_id"], KIND))


async def show_base(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET baseStations/{id}: with the handsets that are registered there."""
    org = organization_with_dect(request, cloud)
    network = network_from_path(request, org)
    base = _base(request, network)
    handsets = [handset for handset in network.handsets.values() if handset.base_key == base.key]
    return json_response(
        {
            "id": public_id(KIND, base.key),
            "mac": base.mac,
            "handsets": [_handset(org, network, handset) for handset in handsets],
        }
    )


def _handset(org: Organization, network: DectNetwork, handset: Handset) -> dict[str, Any]:
    return {
        "id": public_id("DECT_DEV_HANDSET", handset.key),
        "displayName": handset.name,
        "accessCode": network.code_of(handset),
        "lines": lines_json(org, handset, registration=False),
    }


async def delete_base(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE baseStations/{id}: 204."""
    network = network_from_path(request, organization_with_dect(request, cloud))
    remove_base(network, _base(request, network))
    cloud.dect_simulator.roam(network)
    log_network_event(cloud, "DECT base station deleted", network)
    return no_content()


async def delete_bases(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE baseStations: all of them; 204."""
    network = network_from_path(request, organization_with_dect(request, cloud))
    for base in list(network.base_stations.values()):
        remove_base(network, base)
    log_network_event(cloud, "DECT base stations deleted", network)
    return no_content()


async def generate(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST serviceabilityPassword/actions/generate/invoke: shows the password once."""
    network = network_from_path(request, organization_with_dect(request, cloud))
    password = generate_password(network)
    log_network_event(cloud, "DECT serviceability password generated", network)
    return json_response({"password": password}, status=CREATED)


async def password_status(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET serviceabilityPassword: it can be enabled although none was ever generated."""
    network = network_from_path(request, organization_with_dect(request, cloud))
    return json_response({"enabled": network.password_enabled})


async def switch_password(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """PUT serviceabilityPassword: 204, also when there is no password to enable."""
    network = network_from_path(request, organization_with_dect(request, cloud))
    body = await json_body(request)
    require_known_keys(body, ("enabled",))
    enabled = body.get("enabled")
    if not isinstance(enabled, bool):
        raise bad_request("Missing mandatory field: enabled.", MISSING_FIELD)
    network.password_enabled = enabled
    log_network_event(cloud, "DECT serviceability password switched", network)
    return no_content()


BASES = f"{NETWORK}/baseStations"
BASE = f"{BASES}/{{base_id}}"
PASSWORD = f"{NETWORK}/serviceabilityPassword"
# A device administrator can do this too (provisioning.md §5).
READ_PASSWORD = READ | {"spark-admin:devices_read"}
WRITE_PASSWORD = WRITE | {"spark-admin:devices_write"}

ENDPOINTS: list[Endpoint] = [
    Endpoint("POST", BASES, add_bases, SERVICE_APP, WRITE),
    Endpoint("GET", BASES, list_bases, SERVICE_APP, READ),
    Endpoint("DELETE", BASES, delete_bases, SERVICE_APP, WRITE),
    Endpoint("GET", BASE, show_base, SERVICE_APP, READ),
    Endpoint("DELETE", BASE, delete_base, SERVICE_APP, WRITE),
    Endpoint("POST", f"{PASSWORD}/actions/generate/invoke", generate, SERVICE_APP, WRITE_PASSWORD),
    Endpoint("GET", PASSWORD, password_status, SERVICE_APP, READ_PASSWORD),
    Endpoint("PUT", PASSWORD, switch_password, SERVICE_APP, WRITE_PASSWORD),
]
