"""The service app's tokens: `/access_token` and `/authorizations/tokenExpiry`.

See docs/webex/provisioning.md §2.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.clock import epoch_ms
from sandbox.cloud import Cloud
from sandbox.endpoints import ALL_TOKENS, NO_TOKEN, Endpoint, json_body, json_response
from sandbox.errors import ApiError, bad_request, forbidden, not_found
from sandbox.ids import key_of
from sandbox.middleware import TRACKING_ID
from sandbox.tokens import Token, TokenKind

MALFORMED = "The request could not be understood by the server due to malformed syntax."
REFRESH_REFUSED = "The refresh token provided is expired, revoked, malformed, or invalid."
# The lifetime that is reported for a token that never expires.
ENDLESS = timedelta(days=36_500)


def _gateway_problem(text: str) -> ApiError:
    """Return an error in the gateway's shape: message and errors."""
    return ApiError(HTTPStatus.BAD_REQUEST, MALFORMED, errors=[{"description": text}])


def _oauth_problem(request: web.Request, error: str, text: str) -> ApiError:
    """Return an error in the token service's shape: error and error_description."""
    body = {"error": error, "error_description": text, "trackingID": request[TRACKING_ID]}
    return ApiError(HTTPStatus.BAD_REQUEST, text, body=body)


async def access_token(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /access_token: a new access token; the refresh token stays the same."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise _gateway_problem("Content type must be application/x-www-form-urlencoded")
    form = {name: str(value) for name, value in (await request.post()).items()}
    return json_response(_pair(cloud, _refresh_token(request, cloud, form)))


def _pair(cloud: Cloud, refresh: Token) -> dict[str, Any]:
    """Return a new access token and its refresh token; times are in seconds."""
    now, lifetime = cloud.clock.now(), cloud.settings.access_token_s
    expires = now + timedelta(seconds=lifetime)
    access = cloud.tokens.issue("service_app", refresh.person_key, refresh.scopes, expires)
    remaining = (refresh.expires_at or now + ENDLESS) - now
    return {
        "access_token": access.value,
        "expires_in": lifetime,
        "refresh_token": refresh.value,
        "refresh_token_expires_in": int(remaining.total_seconds()),
        "token_type": "Bearer",
        "scope": " ".join(sorted(refresh.scopes)),
    }


def _refresh_token(request: web.Request, cloud: Cloud, form: dict[str, str]) -> Token:
    """Return the refresh token of a request; raises if it or the client is not valid."""
    if form.get("client_id") != cloud.service_app.client_id:
        raise _gateway_problem("Client Id is invalid")
    if form.get("client_secret") != cloud.service_app.client_secret:
        raise _oauth_problem(request, "invalid_client", "Client authentication failed.")
    if form.get("grant_type") != "refresh_token":
        raise _oauth_problem(request, "unsupported_grant_type", "Unsupported grant type.")
    token = cloud.tokens.find(form.get("refresh_token", ""))
    if token is None or token.kind != "refresh":
        raise _oauth_problem(request, "invalid_request", REFRESH_REFUSED)
    return token


async def application_token(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /applications/{id}/token: a pair of tokens, while the service app is authorized.

    Webex asks for a developer's token here; the sandbox accepts any person's.
    """
    app = cloud.service_app
    if key_of(request.match_info["application_id"], "APPLICATION") != app.client_id:
        raise not_found()
    body = await json_body(request)
    for name, expected in (("clientId", app.client_id), ("clientSecret", app.client_secret)):
        if body.get(name) != expected:
            text = f"The provided {name} is invalid"
            raise bad_request("Invalid client credentials", [{"description": text}])
    if key_of(body.get("targetOrgId"), "ORGANIZATION") != cloud.organization.key:
        raise bad_request("Invalid client credentials", [{"description": "targetOrgId is invalid"}])
    refresh = cloud.tokens.find(app.refresh_token)
    if refresh is None:
        raise forbidden()
    return json_response(
        {name: value for name, value in _pair(cloud, refresh).items() if name != "scope"}
    )


async def token_expiry(_request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /authorizations/tokenExpiry: in milliseconds since 1970."""
    return json_response({"exp": epoch_ms(token.expires_at or cloud.clock.now() + ENDLESS)})


PERSON: frozenset[TokenKind] = frozenset({"person"})

ENDPOINTS: list[Endpoint] = [
    Endpoint("POST", "/applications/{application_id}/token", application_token, PERSON),
    Endpoint("POST", "/access_token", access_token, NO_TOKEN),
    Endpoint("GET", "/authorizations/tokenExpiry", token_expiry, ALL_TOKENS),
]
