"""The webhooks and the outcome of their deliveries."""

from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, json_response
from sandbox.ids import public_id
from sandbox.messaging.webhooks import webhook_json
from sandbox.tokens import Token
from sandbox.webhook_delivery import DeliveryAttempt
from sandbox.webhook_rules import Webhook


async def webhooks(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/webhooks: every webhook without its secret, and the latest deliveries."""
    hooks = [_hook(cloud, hook) for hook in cloud.webhooks.values()]
    return json_response(
        {"webhooks": hooks, "attempts": list(map(_attempt, cloud.webhook_sender.attempts))}
    )


def _hook(cloud: Cloud, hook: Webhook) -> dict[str, Any]:
    body = webhook_json(cloud, hook) | {"owner": cloud.people[hook.owner_key].email}
    body.pop("secret", None)
    return body


def _attempt(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "webhookId": public_id("WEBHOOK", attempt.hook_key),
        "at": attempt.at,
        "resource": attempt.resource,
        "event": attempt.event,
        "dataId": attempt.data_id,
        "status": attempt.status,
        "error": attempt.error,
        "durationMs": attempt.duration_ms,
    }


ENDPOINTS: Final = [Endpoint("GET", "/webhooks", webhooks, NO_TOKEN)]
