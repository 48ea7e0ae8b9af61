"""The phones themselves: what their screens say, and what one does to them by hand."""

from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, answer, json_body
from sandbox.messaging.fields import required_text
from sandbox.organization.life import SimulatedPhone
from sandbox.tokens import Token


async def phones(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/phones: those with an owner first."""
    return answer({"phones": [phone_json(cloud, phone) for phone in cloud.life.phones()]})


async def activate(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/phones/activate: `code`, and `mac` unless any phone that fits will do."""
    body = await json_body(request)
    phone = cloud.life.activate(required_text(body, "code"), body.get("mac"))
    return answer(phone_json(cloud, phone))


async def unplug(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/phones/unplug: `mac`."""
    phone = cloud.life.unplug((await json_body(request)).get("mac"))
    return answer(phone_json(cloud, phone))


async def plug(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/phones/plug: `mac`."""
    phone = cloud.life.plug((await json_body(request)).get("mac"))
    return answer(phone_json(cloud, phone))


def phone_json(cloud: Cloud, phone: SimulatedPhone) -> dict[str, Any]:
    """A phone as its screen has it; `takesCode`: an activation code may be typed in."""
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
