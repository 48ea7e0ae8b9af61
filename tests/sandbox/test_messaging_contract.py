"""Every answer of the messaging API fits the official contract, apart from known slips."""

from typing import Any

import pytest
from aiohttp import ClientSession

from sandbox.server import Sandbox
from tests.sandbox import contract
from tests.sandbox.conftest import session, token_of

VERA = "vera@acme.example"
CONTRACT = contract.load()
CARD = {
    "contentType": "application/vnd.microsoft.card.adaptive",
    "content": {"type": "AdaptiveCard", "version": "1.3", "body": [], "actions": []},
}
HOOK = {
    "name": "cards",
    "targetUrl": "https://bot.acme.example/hook",
    "resource": "messages",
    "event": "created",
    "filter": "roomId=x",
    "secret": "s3cret",
}

Ids = dict[str, str]
Call = tuple[str, str, dict[str, Any] | None]
CALLS: list[Call] = [
    ("GET", "/people/me", None),
    ("GET", "/people?email=vera@acme.example", None),
    ("GET", "/rooms", None),
    ("GET", "/rooms/{roomId}", None),
    ("GET", "/memberships", None),
    ("GET", "/messages?roomId={roomId}", None),
    ("GET", "/messages/direct?personEmail=vera@acme.example", None),
    ("GET", "/messages/{messageId}", None),
    ("POST", "/messages", {"toPersonEmail": VERA, "markdown": "**hi** <@all>"}),
    ("POST", "/messages", {"toPersonEmail": VERA, "text": "hi", "attachments": [CARD]}),
    ("PUT", "/messages/{messageId}", {"roomId": "{roomId}", "text": "other"}),
    ("DELETE", "/messages/{messageId}", None),
    ("GET", "/attachment/actions/{id}", None),
    ("GET", "/webhooks", None),
    ("POST", "/webhooks", HOOK),
    ("GET", "/webhooks/{webhookId}", None),
    ("PUT", "/webhooks/{webhookId}", {"name": "n", "targetUrl": "https://x.example"}),
    ("DELETE", "/webhooks/{webhookId}", None),
]


async def post(http: ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with http.post(f"/v1{path}", json=body) as response:
        answer: dict[str, Any] = await response.json()
        assert response.status == 200, answer
        return answer


async def create_fixtures(bot: ClientSession, sandbox: Sandbox) -> Ids:
    """Create one thing of every kind; return ids by their name in the contract."""
    message = await post(bot, "/messages", {"toPersonEmail": VERA, "text": "hi"})
    body = {"toPersonEmail": VERA, "text": "card", "attachments": [CARD]}
    card = await post(bot, "/messages", body)
    hook = await post(bot, "/webhooks", HOOK)
    async with session(sandbox, token_of(sandbox, VERA)) as vera:
        press = {"type": "submit", "messageId": card["id"], "inputs": {"a": "1"}}
        action = await post(vera, "/attachment/actions", press)
    ids = {"messageId": message["id"], "roomId": message["roomId"]}
    return ids | {"id": action["id"], "webhookId": hook["id"]}


def fill_ids(text: str, ids: Ids) -> str:
    """Replace the names of ids by their values."""
    for name, value in ids.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_answers_fit_the_contract(bot: ClientSession, sandbox: Sandbox, call: Call):
    method, path, body = call
    ids = await create_fixtures(bot, sandbox)
    payload = {
        name: fill_ids(v, ids) if isinstance(v, str) else v for name, v in (body or {}).items()
    }

    async with bot.request(method, f"/v1{fill_ids(path, ids)}", json=payload or None) as response:
        status, answer = response.status, await response.json() if response.status == 200 else None

    template = path.partition("?")[0]
    assert status == (204 if method == "DELETE" else 200), answer
    assert contract.complaints(CONTRACT, method, template, status, answer) == []
