"""Ordering what goes wrong: single faults, the switches people know them by, sockets and tokens."""

from typing import Any, Final

from aiohttp import web

from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.control.acts import perform
from sandbox.endpoints import NO_TOKEN, Endpoint, answer, json_body, no_content
from sandbox.faults import Act, Fault
from sandbox.faults.difficulties import DIFFICULTIES, as_json, difficulty_named, switch
from sandbox.faults.orders import place_order, read_order
from sandbox.faults.rules import Wrong
from sandbox.messaging.fields import flag, required_text
from sandbox.problems import bad_request, not_found
from sandbox.tokens import Token


async def list_faults(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/faults: every fault, those that are over included as long as they are kept."""
    return answer({"faults": [_fault_json(cloud, fault) for fault in cloud.faults]})


def _fault_json(cloud: Cloud, fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "what": fault.what,
        "origin": fault.origin,
        "state": fault.state(cloud.clock.now()),
        "seen": fault.seen,
        "hits": fault.hits,
        "endsAt": webex_date(fault.when.ends) if fault.when.ends else None,
        "trouble": fault.trouble or None,
    }


async def order_fault(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/faults: one fault, from now on or from ``at`` seconds from now."""
    fault = _ordered(cloud, await json_body(request), "control")
    if fault.trouble:
        cloud.faults.remove(fault.id)
        raise bad_request(fault.trouble)
    return answer({"id": fault.id})


def _ordered(cloud: Cloud, values: dict[str, Any], origin: str) -> Fault:
    try:
        order = read_order(values, "A fault")
    except Wrong as wrong:
        raise bad_request(str(wrong)) from wrong
    return place_order(order, cloud.faults, cloud.clock.now(), origin)


async def clear_faults(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE /control/faults."""
    cloud.faults.clear()
    return no_content()


async def end_fault(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE /control/faults/{id}."""
    if not cloud.faults.remove(request.match_info["fault_id"]):
        raise not_found("There is no such fault.")
    return no_content()


async def list_difficulties(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/difficulties: the switches of the page, and how they stand."""
    now = cloud.clock.now()
    return answer({"difficulties": [as_json(one, cloud.faults, now) for one in DIFFICULTIES]})


async def set_difficulty(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/difficulties: ``id`` and ``on``; answers how it stands then."""
    body = await json_body(request)
    name = required_text(body, "id")
    difficulty = difficulty_named(name)
    if difficulty is None:
        known = ", ".join(one.id for one in DIFFICULTIES)
        raise not_found(f"There is no difficulty '{name}', only {known}.")
    switch(difficulty, cloud.faults, cloud.clock.now(), on=flag(body, "on"))
    return answer(as_json(difficulty, cloud.faults, cloud.clock.now()))


def tell_of_faults(cloud: Cloud, fault: Fault) -> None:
    """Publish how the switch stands that a fault belongs to."""
    difficulty = difficulty_named(fault.origin)
    if difficulty is not None:
        state = as_json(difficulty, cloud.faults, cloud.clock.now())
        names = ("id", "on", "hits", "endsAt")
        cloud.changes.note("difficulties", **{name: state[name] for name in names})


async def sockets(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/mercury: the bot's registrations and what became of the frames sent to them."""
    devices = [
        {
            "id": device.key,
            "name": device.facts.get("name"),
            "acked": device.acked,
            "unacked": len(device.unacked),
            "unknownAcks": device.unknown_acks,
        }
        for device in cloud.hub.devices_of(cloud.bot_key)
    ]
    return answer({"online": cloud.hub.is_online(cloud.bot_key), "devices": devices})


# What is ordered here by name, stays on until it is said to end.
STANDING: Final = {"duplicate": "duplicate", "offline": "offline"}
SOCKET_ACTIONS: Final = ("drop", "close", "shutdown", "stall", "huge_frame")


async def mercury(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/mercury: one of the actions, to every open socket."""
    body = await json_body(request)
    action = required_text(body, "action")
    if action in SOCKET_ACTIONS:
        perform(cloud, Act(action, {name: body[name] for name in body.keys() - {"action"}}))
    elif action == "online":
        cloud.faults.remove_of("mercury:offline")
    elif action in STANDING:
        _stand(cloud, action, body)
    else:
        known = ", ".join((*SOCKET_ACTIONS, *STANDING, "online"))
        raise bad_request(f"'action' must be one of {known}.")
    return no_content()


def _stand(cloud: Cloud, action: str, body: dict[str, Any]) -> None:
    """Duplicate everything, or let nobody through, for some seconds or until told otherwise."""
    origin = f"mercury:{action}"
    cloud.faults.remove_of(origin)
    if body.get("on", True) is True:
        _ordered(cloud, {"what": STANDING[action], "lasts": body.get("seconds")}, origin)


async def tokens(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/tokens: revoke or expire every token of a kind; open sockets are closed."""
    body = await json_body(request)
    fields = {name: required_text(body, name) for name in ("token", "action")}
    if fields["action"] not in ("revoke", "expire"):
        raise bad_request("'action' must be 'revoke' or 'expire'.")
    perform(cloud, Act("tokens", fields))
    return no_content()


ENDPOINTS: Final = [
    Endpoint("GET", "/faults", list_faults, NO_TOKEN),
    Endpoint("POST", "/faults", order_fault, NO_TOKEN),
    Endpoint("DELETE", "/faults", clear_faults, NO_TOKEN),
    Endpoint("DELETE", "/faults/{fault_id}", end_fault, NO_TOKEN),
    Endpoint("GET", "/difficulties", list_difficulties, NO_TOKEN),
    Endpoint("POST", "/difficulties", set_difficulty, NO_TOKEN),
    Endpoint("GET", "/mercury", sockets, NO_TOKEN),
    Endpoint("POST", "/mercury", mercury, NO_TOKEN),
    Endpoint("POST", "/tokens", tokens, NO_TOKEN),
]
