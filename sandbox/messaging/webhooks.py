"""Webhooks: stored here, delivered by sandbox.webhook_delivery (docs/webex/messaging.md §3.7)."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, Endpoint, json_body, json_response, no_content
from sandbox.errors import bad_request, forbidden, not_found
from sandbox.ids import key_of, public_id, random_uuid
from sandbox.messaging.cursor_paging import list_response, page_size, paginate
from sandbox.messaging.fields import required_text, text_field
from sandbox.tokens import Token
from sandbox.webhook_rules import Webhook, check_filter, check_subscription


async def list_webhooks(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /webhooks: the caller's own."""
    own = [hook for hook in cloud.webhooks.values() if hook.owner_key == token.person_key]
    page, headers = paginate(request, own, page_size(request, 100, 100))
    return list_response([webhook_json(cloud, hook) for hook in page], headers)


async def create_webhook(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """POST /webhooks."""
    body = await json_body(request)
    resource, event = required_text(body, "resource"), required_text(body, "event")
    check_subscription(resource, event)
    check_filter(resource, text_field(body, "filter"))
    hook = Webhook(
        key=random_uuid(),
        owner_key=token.person_key,
        name=required_text(body, "name"),
        target_url=required_text(body, "targetUrl"),
        resource=resource,
        event=event,
        created=cloud.clock.now(),
        filter=text_field(body, "filter"),
        secret=text_field(body, "secret"),
        org_wide=_is_org_wide(body, cloud, token),
    )
    cloud.webhooks[hook.key] = hook
    return json_response(webhook_json(cloud, hook))


def _is_org_wide(body: Mapping[str, Any], cloud: Cloud, token: Token) -> bool:
    """Whether it covers everybody's rooms, which only full administrators may request."""
    owned_by = text_field(body, "ownedBy") or "creator"
    if owned_by not in ("creator", "org"):
        raise bad_request("The value of 'ownedBy' is not valid.")
    if owned_by == "org" and not cloud.person_of(token).roles:
        raise forbidden()
    return owned_by == "org"


def _named(request: web.Request, cloud: Cloud, token: Token) -> Webhook:
    hook = cloud.webhooks.get(key_of(request.match_info["webhook_id"], "WEBHOOK"))
    if hook is None or hook.owner_key != token.person_key:
        raise not_found()
    return hook


async def get_webhook(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /webhooks/{webhookId}."""
    return json_response(webhook_json(cloud, _named(request, cloud, token)))


async def update_webhook(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """PUT /webhooks/{webhookId}: name and targetUrl, optionally secret and status; ignores the
    rest.

    The status ``active`` switches an inactive webhook on again; nothing can be switched off here.
    """
    hook = _named(request, cloud, token)
    body = await json_body(request)
    hook.name = required_text(body, "name")
    hook.target_url = required_text(body, "targetUrl")
    hook.secret = text_field(body, "secret") or hook.secret
    if body.get("status") == "active":
        hook.revive()
    return json_response(webhook_json(cloud, hook))


async def delete_webhook(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """DELETE /webhooks/{webhookId}."""
    del cloud.webhooks[_named(request, cloud, token).key]
    return no_content()


def webhook_json(cloud: Cloud, hook: Webhook) -> dict[str, Any]:
    """Return a webhook as its owner sees it."""
    optional = {"filter": hook.filter, "secret": hook.secret}
    return {
        "id": public_id("WEBHOOK", hook.key),
        "name": hook.name,
        "targetUrl": hook.target_url,
        "resource": hook.resource,
        "event": hook.event,
        **{name: value for name, value in optional.items() if value},
        "orgId": public_id("ORGANIZATION", cloud.organization.key),
        "createdBy": public_id("PEOPLE", hook.owner_key),
        "ownedBy": "org" if hook.org_wide else "creator",
        "status": hook.status,
        "created": webex_date(hook.created),
    }


ENDPOINTS: Final = [
    Endpoint("GET", "/webhooks", list_webhooks, MESSAGING),
    Endpoint("POST", "/webhooks", create_webhook, MESSAGING),
    Endpoint("GET", "/webhooks/{webhook_id}", get_webhook, MESSAGING),
    Endpoint("PUT", "/webhooks/{webhook_id}", update_webhook, MESSAGING),
    Endpoint("DELETE", "/webhooks/{webhook_id}", delete_webhook, MESSAGING),
]
