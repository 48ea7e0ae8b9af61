"""Order faults: single ones, the presets of the page, sockets and tokens."""

from typing import Any, Final

from aiohttp import web

from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.control.actions import perform
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, json_response, no_content
from sandbox.errors import bad_request, not_found
from sandbox.faults import Fault, FaultAction
from sandbox.faults.parser import activate_fault, parse_fault
from sandbox.faults.presets import FAULT_PRESETS, find_preset, preset_json, switch_preset
from sandbox.faults.validation import InvalidDefinition
from sandbox.messaging.fields import bool_field, required_text
from sandbox.tokens import Token


async def list_faults(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/faults: every fault, including finished ones that are still kept."""
    return json_response({"faults": [_fault_json(cloud, fault) for fault in cloud.faults]})


def _fault_json(cloud: Cloud, fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "what": fault.what,
        "origin": fault.origin,
        "state": fault.state(cloud.clock.now()),
        "seen": fault.seen,
        "hits": fault.hits,
        "endsAt": webex_date(fault.when.ends) if fault.when.ends else None,
        "trouble": fault.error or None,
    }


async def create_fault(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/faults: one fault, in force now or ``at`` seconds from now."""
    fault = _activate(cloud, await json_body(request), "control")
    if fault.error:
        cloud.faults.remove(fault.id)
        raise bad_request(fault.error)
    return json_response({"id": fault.id})


def _activate(cloud: Cloud, values: dict[str, Any], origin: str) -> Fault:
    try:
        spec = parse_fault(values, "A fault")
    except InvalidDefinition as error:
        raise bad_request(str(error)) from error
    return activate_fault(spec, cloud.faults, cloud.clock.now(), origin)


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
    """GET /control/difficulties: the fault presets and their state."""
    now = cloud.clock.now()
    return json_response(
        {"difficulties": [preset_json(preset, cloud.faults, now) for preset in FAULT_PRESETS]}
    )


async def set_difficulty(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/difficulties: ``id`` and ``on``; answers with the new state."""
    body = await json_body(request)
    name = required_text(body, "id")
    preset = find_preset(name)
    if preset is None:
        known = ", ".join(preset.id for preset in FAULT_PRESETS)
        raise not_found(f"There is no difficulty '{name}', only {known}.")
    switch_preset(preset, cloud.faults, cloud.clock.now(), on=bool_field(body, "on"))
    return json_response(preset_json(preset, cloud.faults, cloud.clock.now()))


def publish_fault_change(cloud: Cloud, fault: Fault) -> None:
    """Publish the state of the preset that a fault belongs to."""
    preset = find_preset(fault.origin)
    if preset is not None:
        state = preset_json(preset, cloud.faults, cloud.clock.now())
        names = ("id", "on", "hits", "endsAt")
        cloud.event_log.append("difficulties", **{name: state[name] for name in names})


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
    return json_response({"online": cloud.hub.is_online(cloud.bot_key), "devices": devices})


# These stay on until they are switched off.
STANDING_FAULTS: Final = {"duplicate": "duplicate", "offline": "offline"}
SOCKET_ACTIONS: Final = ("drop", "close", "shutdown", "stall", "huge_frame")


async def mercury(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/mercury: perform an action on every open socket."""
    body = await json_body(request)
    action = required_text(body, "action")
    if action in SOCKET_ACTIONS:
        perform(cloud, FaultAction(action, {name: body[name] for name in body.keys() - {"action"}}))
    elif action == "online":
        cloud.faults.remove_origin("mercury:offline")
    elif action in STANDING_FAULTS:
        _switch_standing_fault(cloud, action, body)
    else:
        known = ", ".join((*SOCKET_ACTIONS, *STANDING_FAULTS, "online"))
        raise bad_request(f"'action' must be one of {known}.")
    return no_content()


def _switch_standing_fault(cloud: Cloud, action: str, body: dict[str, Any]) -> None:
    """Duplicate every event, or refuse every connection, for some seconds or until switched off."""
    origin = f"mercury:{action}"
    cloud.faults.remove_origin(origin)
    if body.get("on", True) is True:
        _activate(cloud, {"what": STANDING_FAULTS[action], "lasts": body.get("seconds")}, origin)


async def tokens(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/tokens: revoke or expire every token of a kind; open sockets are closed."""
    body = await json_body(request)
    fields = {name: required_text(body, name) for name in ("token", "action")}
    if fields["action"] not in ("revoke", "expire"):
        raise bad_request("'action' must be 'revoke' or 'expire'.")
    perform(cloud, FaultAction("tokens", fields))
    return no_content()


ENDPOINTS: Final = [
    Endpoint("GET", "/faults", list_faults, NO_TOKEN),
    Endpoint("POST", "/faults", create_fault, NO_TOKEN),
    Endpoint("DELETE", "/faults", clear_faults, NO_TOKEN),
    Endpoint("DELETE", "/faults/{fault_id}", end_fault, NO_TOKEN),
    Endpoint("GET", "/difficulties", list_difficulties, NO_TOKEN),
    Endpoint("POST", "/difficulties", set_difficulty, NO_TOKEN),
    Endpoint("GET", "/mercury", sockets, NO_TOKEN),
    Endpoint("POST", "/mercury", mercury, NO_TOKEN),
    Endpoint("POST", "/tokens", tokens, NO_TOKEN),
]
