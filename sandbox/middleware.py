"""What every call passes through: tracking id and log, ordered faults, problems turned into answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from sandbox.calls import Call, readable_body
from sandbox.clock import webex_date
from sandbox.cloud import CLOUD, Cloud
from sandbox.endpoints import bearer
from sandbox.faults import Fault
from sandbox.ids import random_uuid
from sandbox.problems import NOT_FOUND, Problem

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]

TRACKING_ID: Final = web.RequestKey("tracking_id", str)

_ROUTING_SENTENCES: Final = {
    HTTPStatus.NOT_FOUND: NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: "The method is not allowed for the requested resource.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than the server takes.",
}


@web.middleware
async def tracked(request: web.Request, handler: Next) -> web.StreamResponse:
    """Give the call its tracking id, answer problems in Webex's words, write the call down."""
    request[TRACKING_ID] = request.headers.get("TrackingID", f"ROUTERGW_{random_uuid()}")
    started = time.perf_counter()
    body = await _body_for_log(request)
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
async def faulty(request: web.Request, handler: Next) -> web.StreamResponse:
    """Let an ordered fault strike before, or after, the work is done."""
    fault = request.app[CLOUD].faults.strike(request.method, request.path)
    if fault is None:
        return await handler(request)
    if fault.latency:
        await asyncio.sleep(fault.latency)
    if fault.after_commit:
        await handler(request)
    if fault.drop:
        return _dropped(request)
    return await handler(request) if fault.status is None else _fault_answer(fault, request)


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=HTTPStatus.GATEWAY_TIMEOUT)


def _fault_answer(fault: Fault, request: web.Request) -> web.Response:
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR
    if fault.text is not None:
        return web.Response(
            status=status, text=fault.text, content_type=fault.content_type, headers=fault.headers
        )
    body = fault.body
    if body is None:
        body = Problem(status, HTTPStatus(status).phrase).body(request[TRACKING_ID])
    return web.json_response(body, status=status, headers=fault.headers)


async def _body_for_log(request: web.Request) -> Any:
    if request.content_type.startswith("multipart/"):
        return f"<{request.content_type}>"  # read as a stream by its handler
    return readable_body(await request.read(), request.content_type)


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
