"""Card actions (docs/webex/messaging.md §3.6)."""

from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, Endpoint, json_body, json_response
from sandbox.errors import bad_request, forbidden
from sandbox.ids import key_of
from sandbox.messaging.fields import required_text
from sandbox.messaging.json_views import action_json
from sandbox.tokens import Token


async def get_action(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /attachment/actions/{id}."""
    key = key_of(request.match_info["action_id"], "ATTACHMENT_ACTION")
    return json_response(action_json(cloud.chat.action_for(token.person_key, key)))


async def create_action(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """POST /attachment/actions: submit a card. 200, as webexpythonsdk requires.

    See docs/webex/messaging.md §3.6.
    """
    if token.kind == "bot":
        raise forbidden("Bots cannot submit cards.")
    body = await json_body(request)
    if body.get("type") != "submit":
        raise bad_request("The value of 'type' is not valid.")
    message_key = key_of(required_text(body, "messageId"), "MESSAGE")
    message = cloud.chat.message_for(token.person_key, message_key)
    return json_response(action_json(cloud.chat.press(token.person_key, message, _inputs(body))))


def _inputs(body: dict[str, Any]) -> dict[str, Any]:
    inputs = body.get("inputs", {})
    if not isinstance(inputs, dict):
        raise bad_request("The value of 'inputs' is not valid: an object is expected.")
    return inputs


ENDPOINTS: Final = [
    Endpoint("POST", "/attachment/actions", create_action, MESSAGING),
    Endpoint("GET", "/attachment/actions/{action_id}", get_action, MESSAGING),
]
