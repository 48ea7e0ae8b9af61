"""Middlewares of every call: tracking id and log, rate limit, faults, and error responses."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from sandbox.call_log import Call, readable_body
from sandbox.clock import webex_date
from sandbox.cloud import CLOUD, Cloud
from sandbox.endpoints import bearer
from sandbox.errors import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, ApiError
from sandbox.faults import CallFault
from sandbox.faults.missing_fields import without_fields
from sandbox.ids import random_uuid

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TRACKING_ID: Final = web.RequestKey("tracking_id", str)

_ROUTING_SENTENCES: Final = {
    HTTPStatus.NOT_FOUND: NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: "The method is not allowed for the requested resource.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than the server takes.",
}


_FAULT_SENTENCES: Final = {401: UNAUTHORIZED, 403: FORBIDDEN, 404: NOT_FOUND}
JSON: Final = "application/json"
REST: Final = "/v1/"
SOCKETS: Final = "/v1/apps/"


@web.middleware
async def log_calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the call its tracking id, turn errors into Webex's responses, and log the call."""
    request[TRACKING_ID] = request.headers.get("TrackingID", f"ROUTERGW_{random_uuid()}")
    started = time.perf_counter()
    try:
        body = await _body_for_log(request)
    except ConnectionError:  # the client was killed in the middle of its request
        return web.Response(status=HTTPStatus.BAD_REQUEST)
    response = await _with_error_bodies(request, handler)
    if not response.prepared:
        response.headers["trackingid"] = request[TRACKING_ID]
    _log_call(request, response.status, body, started)
    return response


@web.middleware
async def error_responses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into Webex's responses, without logging the call."""
    request[TRACKING_ID] = f"CONTROL_{random_uuid()}"
    return await _with_error_bodies(request, handler)


async def _with_error_bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as error:
        body = error.body(request[TRACKING_ID])
        return web.json_response(body, status=error.status, headers=error.headers)
    except web.HTTPException as error:
        sentence = _ROUTING_SENTENCES.get(HTTPStatus(error.status), error.reason)
        body = ApiError(error.status, sentence).body(request[TRACKING_ID])
        allow = {name: value for name, value in error.headers.items() if name == "Allow"}
        return web.json_response(body, status=error.status, headers=allow)


@web.middleware
async def enforce_rate_limit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a REST call if its token has made too many of them; sockets do not count."""
    cloud = request.app[CLOUD]
    if cloud.settings.rate_per_second and not request.path.startswith(SOCKETS):
        token = bearer(request.headers, cloud)
        if token is not None and request.path.startswith(REST):
            cloud.rate_limit.take(token.value, request.path.removeprefix(REST), cloud.settings)
    return await handler(request)


@web.middleware
async def inject_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Apply the faults of a call before, or after, it is executed."""
    cloud = request.app[CLOUD]
    if cloud.faults.is_empty:
        return await handler(request)
    token = bearer(request.headers, cloud)
    faults = cloud.faults.faults_for_call(
        request.method, request.path, token.kind if token else "none"
    )
    await asyncio.sleep(sum(fault.latency for fault in faults))
    if token and any(fault.end_token for fault in faults):
        cloud.tokens.expire(token.value)
    decisive = next((fault for fault in faults if fault.sets_response), None)
    if decisive is None:
        missing = {name for fault in faults for name in fault.without}
        return _without(missing, await handler(request))
    if decisive.after_commit:
        await handler(request)
    return _dropped(request) if decisive.drop else _fault_answer(decisive, request)


def _without(names: set[str], response: web.StreamResponse) -> web.StreamResponse:
    """Return the response without some fields of its JSON object, such as `items.licenses`."""
    if names and isinstance(response, web.Response) and response.content_type == JSON:
        body = json.loads(response.text or "null")
        response.text = json.dumps(without_fields(body, names))
    return response


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=HTTPStatus.GATEWAY_TIMEOUT)


def _fault_answer(fault: CallFault, request: web.Request) -> web.Response:
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR
    wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    headers = {**wait, **fault.headers}
    if fault.text is not None:
        return web.Response(
            status=status, text=fault.text, content_type=fault.content_type, headers=headers
        )
    body = fault.body
    if body is None:
        sentence = fault.message or _FAULT_SENTENCES.get(status) or HTTPStatus(status).phrase
        body = ApiError(status, sentence).body(request[TRACKING_ID])
    return web.json_response(body, status=status, headers=headers)


async def _body_for_log(request: web.Request) -> Any:
    if request.content_type.startswith("multipart/"):
        return f"<{request.content_type}>"  # its handler reads it as a stream
    most = request.app[CLOUD].settings.kept_body_bytes
    return readable_body(await request.read(), request.content_type, most)


def _log_call(request: web.Request, status: int, body: Any, started: float) -> None:
    cloud = request.app[CLOUD]
    token = _token_name(request, cloud)
    seq = cloud.event_log.append(
        "call", method=request.method, path=request.path, status=status, token=token
    )
    call = Call(
        seq=seq,
        at=webex_date(cloud.clock.now()),
        method=request.method,
        path=request.path,
        query=request.query_string,
        token=token,
        body=body,
        status=status,
        tracking_id=request[TRACKING_ID],
        duration_ms=round((time.perf_counter() - started) * 1000, 3),
    )
    cloud.calls.add(call)


def _token_name(request: web.Request, cloud: Cloud) -> str:
    token = bearer(request.headers, cloud)
    if token is None:
        return "none"
    return f"person:{cloud.person_of(token).email}" if token.kind == "person" else token.kind
