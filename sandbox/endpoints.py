"""Declaration of endpoints, and the checks before their handlers: token, kind, scopes."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.cloud import CLOUD, Cloud
from sandbox.errors import bad_request, forbidden, unauthorized, unsupported_media_type
from sandbox.tokens import ANONYMOUS, Token, TokenKind

Handler = Callable[[web.Request, Cloud, Token], Awaitable[web.StreamResponse]]

MESSAGING: frozenset[TokenKind] = frozenset({"bot", "person"})
SERVICE_APP: frozenset[TokenKind] = frozenset({"service_app"})
ALL_TOKENS: frozenset[TokenKind] = MESSAGING | SERVICE_APP
NO_TOKEN: frozenset[TokenKind] = frozenset()


@dataclass(frozen=True)
class Endpoint:
    """One call of an API.

    ``path`` is relative to the prefix of its application (``/v1`` for the REST API), in aiohttp's
    notation (``/devices/{device_id}``). ``tokens`` are the kinds of token that may call it; if
    empty, no token is needed and the handler gets ANONYMOUS. ``scopes`` apply to service-app tokens
    only: any one of them is enough unless ``all_scopes``.
    """

    method: str
    path: str
    handler: Handler
    tokens: frozenset[TokenKind]
    scopes: frozenset[str] = frozenset()
    all_scopes: bool = False


def mount(app: web.Application, endpoints: Iterable[Endpoint], prefix: str = "") -> None:
    """Add the endpoints to the application; ``app[CLOUD]`` must be set before it serves."""
    for endpoint in endpoints:
        app.router.add_route(endpoint.method, prefix + endpoint.path, _guarded(endpoint))


def _guarded(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        cloud = request.app[CLOUD]
        return await endpoint.handler(request, cloud, authorize(endpoint, request, cloud))

    return serve


def authorize(endpoint: Endpoint, request: web.Request, cloud: Cloud) -> Token:
    """Return the token of the request, if it may call this endpoint.

    Raises 401 for a missing, unknown or expired token, 403 for the wrong kind or missing scopes.
    """
    if not endpoint.tokens:
        return ANONYMOUS
    token = bearer(request.headers, cloud)
    if token is None:
        raise unauthorized()
    if token.kind not in endpoint.tokens or not _in_scope(endpoint, token):
        raise forbidden()
    return token


def _in_scope(endpoint: Endpoint, token: Token) -> bool:
    if token.kind != "service_app" or not endpoint.scopes:
        return True
    held = endpoint.scopes & token.scopes
    return held == endpoint.scopes if endpoint.all_scopes else bool(held)


def bearer(headers: Mapping[str, str], cloud: Cloud) -> Token | None:
    """Return the valid access token of an Authorization header, if there is one."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = cloud.tokens.find(value.strip())
    return None if token is None or token.kind == "refresh" else token


async def json_value(request: web.Request, content_type: str = "application/json") -> Any:
    """Return the JSON body; 415 for another content type, 400 for invalid JSON."""
    if request.content_type != content_type:
        raise unsupported_media_type(f"Content type '{request.content_type}' not supported")
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError) as error:  # nested too deeply
        raise bad_request("The request body is not valid JSON.") from error


async def json_body(request: web.Request) -> dict[str, Any]:
    """Return the JSON object in the body; 415 or 400 for anything else."""
    value = await json_value(request)
    if not isinstance(value, dict):
        raise bad_request("The request body must be a JSON object.")
    return value


def json_response(
    body: Any, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a JSON response."""
    return web.json_response(body, status=status, headers=headers)


def no_content() -> web.Response:
    """Return a 204, the answer to a successful DELETE."""
    return web.Response(status=HTTPStatus.NO_CONTENT)
