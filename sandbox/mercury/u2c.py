"""The service catalog (docs/webex/messaging.md §1.1)."""

from typing import Any, Final

from aiohttp import web
from yarl import URL

from sandbox.clock import epoch_ms
from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, NO_TOKEN, Endpoint, json_response
from sandbox.tokens import Token

# With this cluster the JS SDK writes ids with "us" in them, like ours.
CLUSTER: Final = "urn:TEAM:us-east-2_a"

SERVICES: Final = {
    "wdm": "/wdm/api/v1",
    "conversation": "/conversation/api/v1",
    "hydra": "/v1",
    "identityLookup": "/conversation/api/v1",
    "mercury-connection": "/mercury/api/v1",
    "metrics": "/metrics/api/v1",
    "idbroker": "/idb",
    "identity": "/identity",
    "u2c": "/u2c/api/v1",
    "feature": "/feature/api/v1",
}


async def catalog(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /u2c/api/v1/catalog, and the limited one that needs no token."""
    return json_response(catalog_json(cloud))


def catalog_json(cloud: Cloud) -> dict[str, Any]:
    """Return every service, all on our one host.

    The key of the host catalog includes the port, the host of the entry does not: the JS SDK needs
    both.
    """
    url = URL(cloud.base_url)
    hosts = [
        {"host": url.host, "ttl": -1, "priority": 5, "id": f"{CLUSTER}:{name}"} for name in SERVICES
    ]
    return {
        "serviceLinks": {name: cloud.base_url + path for name, path in SERVICES.items()},
        "hostCatalog": {url.authority: hosts},
        "orgId": cloud.organization.key,
        "timestamp": str(epoch_ms(cloud.clock.now())),
        "format": "hostmap",
    }


async def metrics(_request: web.Request, _cloud: Cloud, _token: Token) -> web.Response:
    """POST /metrics/api/v1/clientmetrics: accepted and ignored."""
    return json_response({})


ENDPOINTS: Final = [
    Endpoint("GET", "/u2c/api/v1/catalog", catalog, MESSAGING),
    Endpoint("GET", "/u2c/api/v1/limited/catalog", catalog, NO_TOKEN),
    Endpoint("POST", "/metrics/api/v1/clientmetrics", metrics, NO_TOKEN),
]
