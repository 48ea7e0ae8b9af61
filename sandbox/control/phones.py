"""The simulated phones: their state, and what can be done to them by hand."""

from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, json_response
from sandbox.messaging.fields import required_text
from sandbox.organization.phone_simulator import SimulatedPhone
from sandbox.tokens import Token


async def phones(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/phones: those with an owner first."""
    return json_response(
        {"phones": [phone_json(cloud, phone) for phone in cloud.phone_simulator.phones()]}
    )


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
        "owner": owner and org.owner_name(owner),
        "ownerKind": owner and owner.kind,
        "takesCode": owner is None and by_code,
    }


ENDPOINTS: Final = [
    Endpoint("GET", "/phones", phones, NO_TOKEN),
    Endpoint("POST", "/phones/activate", activate, NO_TOKEN),
    Endpoint("POST", "/phones/unplug", unplug, NO_TOKEN),
    Endpoint("POST", "/phones/plug", plug, NO_TOKEN),
]
