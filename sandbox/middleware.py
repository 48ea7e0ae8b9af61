"""What every call passes through: tracking id and log, ordered faults, problems turned into answers."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from sandbox.calls import Call, readable_body
from sandbox.clock import webex_date
from sandbox.cloud import CLOUD, Cloud
from sandbox.endpoints import bearer
from sandbox.faults import OnCall
from sandbox.ids import random_uuid
from sandbox.problems import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, Problem

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]

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
async def tracked(request: web.Request, handler: Next) -> web.StreamResponse:
    """Give the call its tracking id, answer problems in Webex's words, write the call down."""
    request[TRACKING_ID] = request.headers.get("TrackingID", f"ROUTERGW_{random_uuid()}")
    started = time.perf_counter()
    try:
        body = await _body_for_log(request)
    except ConnectionError:  # who called was killed in the middle of it: nothing was asked
        return web.Response(status=HTTPStatus.BAD_REQUEST)
    response = await _answered(request, handler)
    if not response.prepared:
        response.headers["trackingid"] = request[TRACKING_ID]
    _write_down(request, response.status, body, started)
    return response


@web.middleware
async def plain(request: web.Request, handler: Next) -> web.StreamResponse:
    """Answer problems in Webex's words; nothing is written down."""
    request[TRACKING_ID] = f"CONTROL_{random_uuid()}"
    return await _answered(request, handler)


async def _answered(request: web.Request, handler: Next) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        body = problem.body(request[TRACKING_ID])
        return web.json_response(body, status=problem.status, headers=problem.headers)
    except web.HTTPException as error:
        sentence = _ROUTING_SENTENCES.get(HTTPStatus(error.status), error.reason)
        body = Problem(error.status, sentence).body(request[TRACKING_ID])
        allow = {name: value for name, value in error.headers.items() if name == "Allow"}
        return web.json_response(body, status=error.status, headers=allow)


@web.middleware
async def limited(request: web.Request, handler: Next) -> web.StreamResponse:
    """Turn a call of the REST API away when its token has made too many (sockets are no calls)."""
    cloud = request.app[CLOUD]
    if cloud.settings.rate_per_second and not request.path.startswith(SOCKETS):
        token = bearer(request.headers, cloud)
        if token is not None and request.path.startswith(REST):
            cloud.rate_limit.take(token.value, cloud.settings)
    return await handler(request)


@web.middleware
async def faulty(request: web.Request, handler: Next) -> web.StreamResponse:
    """Let an ordered fault strike before, or after, the work is done."""
    cloud = request.app[CLOUD]
    if cloud.faults.quiet:
        return await handler(request)
    token = bearer(request.headers, cloud)
    struck = cloud.faults.on_call(request.method, request.path, token.kind if token else "none")
    await asyncio.sleep(sum(fault.latency for fault in struck))
    if token and any(fault.end_token for fault in struck):
        cloud.tokens.expire(token.value)
    decisive = next((fault for fault in struck if fault.decides), None)
    if decisive is None:
        missing = {name for fault in struck for name in fault.without}
        return _without(missing, await handler(request))
    if decisive.after_commit:
        await handler(request)
    return _dropped(request) if decisive.drop else _fault_answer(decisive, request)


def _without(names: set[str], response: web.StreamResponse) -> web.StreamResponse:
    """The same answer; some fields are missing from its JSON object."""
    if names and isinstance(response, web.Response) and response.content_type == JSON:
        body = json.loads(response.text or "null")
        if isinstance(body, dict):
            response.text = json.dumps({name: body[name] for name in body.keys() - names})
    return response


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=HTTPStatus.GATEWAY_TIMEOUT)


def _fault_answer(fault: OnCall, request: web.Request) -> web.Response:
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
        body = Problem(status, sentence).body(request[TRACKING_ID])
    return web.json_response(body, status=status, headers=headers)


async def _body_for_log(request: web.Request) -> Any:
    if request.content_type.startswith("multipart/"):
        return f"<{request.content_type}>"  # read as a stream by its handler
    most = request.app[CLOUD].settings.kept_body_bytes
    return readable_body(await request.read(), request.content_type, most)


def _write_down(request: web.Request, status: int, body: Any, started: float) -> None:
    cloud = request.app[CLOUD]
    token = _token_name(request, cloud)
    seq = cloud.changes.note(
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
