"""The simulated phones: their state, and what can be done to them by hand."""

from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, json_response
from sandbox.errors import bad_request
from sandbox.messaging.fields import bool_field, required_text, text_field
from sandbox.organization.phone_simulator import SimulatedPhone
from sandbox.settings import Settings
from sandbox.tokens import Token

DAY_S: Final = 24 * 3600
LONGEST_CODE_S: Final = 365 * DAY_S


async def phones(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/phones: those with an owner first."""
    every = [phone_json(cloud, phone) for phone in cloud.phone_simulator.phones()]
    return json_response({"phones": every} | _settings_json(cloud))


async def change_settings(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/phones/settings: ``waitForPlug``, ``codeSeconds``: from now on."""
    body = await json_body(request)
    settings = cloud.settings
    if "waitForPlug" in body:
        waits = bool_field(body, "waitForPlug")
        settings = replace(settings, phone_registers_s=None if waits else _delay(cloud))
    if "codeSeconds" in body:
        settings = replace(settings, activation_code_days=_seconds(body["codeSeconds"]) / DAY_S)
    cloud.apply_settings(settings)
    cloud.event_log.append("phoneSettings", **_settings_json(cloud))
    return json_response(_settings_json(cloud))


def _delay(cloud: Cloud) -> float:
    """Return after how many seconds phones register if they do so by themselves."""
    delays = (cloud.settings.phone_registers_s, cloud.initial_settings.phone_registers_s)
    return next((delay for delay in delays if delay is not None), Settings().phone_registers_s or 0)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_request("'codeSeconds' must be a number.")
    if not 1 <= value <= LONGEST_CODE_S:
        raise bad_request(f"'codeSeconds' must be from 1 to {LONGEST_CODE_S}.")
    return float(value)


def _settings_json(cloud: Cloud) -> dict[str, Any]:
    """Return the settings of phones that can be changed while the sandbox runs."""
    settings = cloud.settings
    return {
        "waitForPlug": settings.phone_registers_s is None,
        "codeSeconds": round(settings.activation_code_days * DAY_S),
    }


async def activate(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/phones/activate: `code`; without `mac` any phone that fits."""
    body = await json_body(request)
    phone = cloud.phone_simulator.activate(required_text(body, "code"), body.get("mac"))
    return json_response(phone_json(cloud, phone))


async def unplug(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/phones/unplug: `mac`."""
    phone = cloud.phone_simulator.unplug((await json_body(request)).get("mac"))
    return json_response(phone_json(cloud, phone))


async def plug(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/phones/plug: `mac`."""
    phone = cloud.phone_simulator.plug((await json_body(request)).get("mac"))
    return json_response(phone_json(cloud, phone))


async def report(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/phones/report: `mac`; optionally `status` and `errorCodes`."""
    body = await json_body(request)
    codes = body.get("errorCodes")
    if codes is not None and not (isinstance(codes, list) and all(map(_is_text, codes))):
        raise bad_request("'errorCodes' must be a list of strings.")
    status = text_field(body, "status")
    phone = cloud.phone_simulator.report(body.get("mac"), status, codes)
    return json_response(phone_json(cloud, phone))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def phone_json(cloud: Cloud, phone: SimulatedPhone) -> dict[str, Any]:
    """Return the state of a phone; `takesCode`: an activation code can be typed in."""
    org = cloud.organization
    model = org.catalogue.find(phone.model)
    owner = phone.record and phone.record.owner
    by_code = model is not None and model.takes("ACTIVATION_CODE")
    return {
        "mac": phone.mac,
        "model": phone.model,
        "displayName": phone.product,
        "state": phone.state,
        "since": phone.since and webex_date(phone.since),
        "owner": owner and org.owner_name(owner),
        "ownerKind": owner and owner.kind,
        "takesCode": owner is None and by_code,
    }


ENDPOINTS: Final = [
    Endpoint("GET", "/phones", phones, NO_TOKEN),
    Endpoint("POST", "/phones/settings", change_settings, NO_TOKEN),
    Endpoint("POST", "/phones/activate", activate, NO_TOKEN),
    Endpoint("POST", "/phones/unplug", unplug, NO_TOKEN),
    Endpoint("POST", "/phones/plug", plug, NO_TOKEN),
    Endpoint("POST", "/phones/report", report, NO_TOKEN),
]
