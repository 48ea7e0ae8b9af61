"""Whatever the messaging side answers fits the official contract, but for its known slips."""

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
# Where the contract does not lie beside the project, there is nothing to hold an answer against.
HELD: list[Call | None] = [*CALLS] if CONTRACT is not None else [None]


async def post(http: ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with http.post(f"/v1{path}", json=body) as response:
        answer: dict[str, Any] = await response.json()
        assert response.status == 200, answer
        return answer


async def made(bot: ClientSession, sandbox: Sandbox) -> Ids:
    """One thing of every kind, by the name that the contract has for its id."""
    message = await post(bot, "/messages", {"toPersonEmail": VERA, "text": "hi"})
    body = {"toPersonEmail": VERA, "text": "card", "attachments": [CARD]}
    card = await post(bot, "/messages", body)
    hook = await post(bot, "/webhooks", HOOK)
    async with session(sandbox, token_of(sandbox, VERA)) as vera:
        press = {"type": "submit", "messageId": card["id"], "inputs": {"a": "1"}}
        action = await post(vera, "/attachment/actions", press)
    ids = {"messageId": message["id"], "roomId": message["roomId"]}
    return ids | {"id": action["id"], "webhookId": hook["id"]}


def filled(text: str, ids: Ids) -> str:
    """The text with ids in place of their names."""
    for name, value in ids.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@pytest.mark.parametrize("call", HELD, ids=str)
async def test_answers_fit_the_contract(bot: ClientSession, sandbox: Sandbox, call: Call | None):
    if CONTRACT is None or call is None:
        return
    method, path, body = call
    ids = await made(bot, sandbox)
    sent = {name: filled(v, ids) if isinstance(v, str) else v for name, v in (body or {}).items()}

    async with bot.request(method, f"/v1{filled(path, ids)}", json=sent or None) as response:
        status, answer = response.status, await response.json() if response.status == 200 else None

    template = path.partition("?")[0]
    assert status == (204 if method == "DELETE" else 200), answer
    assert contract.complaints(CONTRACT, method, template, status, answer) == []
