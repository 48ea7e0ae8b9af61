"""The commercial cloud beside a sandbox of Webex for Government.

It refuses every call with 401 and records it. A call that carries a token or another credential
went to the wrong cloud: the tokens of this sandbox belong to the government cloud.
"""

from typing import Any, Final

from aiohttp import web

from sandbox.call_log import Call, readable_body
from sandbox.clock import webex_date
from sandbox.cloud import CLOUD, Cloud
from sandbox.endpoints import bearer
from sandbox.errors import unauthorized
from sandbox.ids import random_uuid

# Hosts of the two real clouds. The certificate names them, so that a client whose proxy leads these
# names to the sandbox works with the addresses that it really uses (docs/webex/provisioning.md §9).
GOVERNMENT_HOSTS: Final = ("api-usgov.webex.com", "u2c.gov.ciscospark.com")
COMMERCIAL_HOSTS: Final = ("webexapis.com", "u2c.wbx2.com")
CREDENTIALS: Final = frozenset({"client_secret", "refresh_token", "access_token"})


def wrong_cloud_app(cloud: Cloud) -> web.Application:
    """Return the application, which answers every path."""
    app = web.Application()
    app[CLOUD] = cloud
    app.router.add_route("*", "/{path:.*}", refuse)
    return app


async def refuse(request: web.Request) -> web.Response:
    """Record the call and answer 401, whatever it carries."""
    cloud, tracking_id = request.app[CLOUD], f"ROUTERGW_{random_uuid()}"
    body = readable_body(await request.read(), request.content_type)
    cloud.wrong_cloud_calls.add(
        Call(
            seq=cloud.event_log.seq,
            at=webex_date(cloud.clock.now()),
            method=request.method,
            path=request.path,
            query=request.query_string,
            token=_credential(request, body, cloud),
            body=body,
            status=401,
            tracking_id=tracking_id,
            duration_ms=0.0,
        )
    )
    return web.json_response(unauthorized().body(tracking_id), status=401)


def _credential(request: web.Request, body: Any, cloud: Cloud) -> str:
    """Name the credential: the kind of its token, `unknown`, `refresh`, or `none`."""
    if "Authorization" in request.headers:
        token = bearer(request.headers, cloud)
        return token.kind if token else "unknown"
    return "refresh" if isinstance(body, dict) and CREDENTIALS & body.keys() else "none"
