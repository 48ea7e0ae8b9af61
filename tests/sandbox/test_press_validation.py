"""With `validate`, a press submits only what an Adaptive Cards client submits."""

from typing import Any

import pytest
from aiohttp import ClientSession

from sandbox.client import ControlError
from sandbox.server import Sandbox

VERA = "vera@acme.example"
BOXES: list[dict[str, Any]] = [
    {"type": "Input.Text", "id": "mac", "isRequired": True, "errorMessage": "Give the MAC."},
    {"type": "Input.Text", "id": "code", "regex": "^[0-9]{4}$", "maxLength": 6},
    {"type": "Input.Text", "id": "note", "isMultiline": True, "value": "long enough"},
    {"type": "Input.Number", "id": "count", "min": 1, "max": 9},
    {"type": "Input.Toggle", "id": "sure", "title": "Sure?"},
    {"type": "Input.Date", "id": "day", "min": "2026-01-01"},
    {
        "type": "Input.ChoiceSet",
        "id": "model",
        "choices": [{"title": "Cisco 8845", "value": "8845"}, {"title": "Other", "value": "x"}],
    },
    {
        "type": "Input.ChoiceSet",
        "id": "tags",
        "isMultiSelect": True,
        "choices": [{"title": "A", "value": "a"}, {"title": "B", "value": "b"}],
    },
]
GOOD = {"mac": "AA"}


async def posted(bot: ClientSession, boxes: list[dict[str, Any]]) -> str:
    """The id of a message with a card of these boxes."""
    card = {
        "type": "AdaptiveCard",
        "version": "1.3",
        "body": boxes,
        "actions": [
            {"type": "Action.Submit", "title": "Go", "data": {"request": "7K3F"}},
            {"type": "Action.Submit", "title": "Stop", "data": {}, "associatedInputs": "none"},
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    body = {"toPersonEmail": VERA, "text": "A form", "attachments": [attachment]}
    async with bot.post("/v1/messages", json=body) as response:
        assert response.status == 200
        return str((await response.json())["id"])


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({}, "A client does not submit 'mac': Give the MAC."),
        ({"mac": "A\nB"}, "a text box has one line."),
        (GOOD | {"code": "12"}, "'code': it does not match"),
        (GOOD | {"code": "1234567"}, "it is longer than 6 characters."),
        (GOOD | {"count": "many"}, "it is not a number."),
        (GOOD | {"count": 10}, "'count': it is out of range."),
        (GOOD | {"day": "2025-12-31"}, "'day': it is out of range."),
        (GOOD | {"model": "8865"}, "'8865' is not one of its choices."),
        (GOOD | {"tags": "a,c"}, "'c' is not one of its choices."),
    ],
)
async def test_what_a_client_keeps_back_is_refused(
    sandbox: Sandbox, bot: ClientSession, inputs: dict[str, object], why: str
):
    message_id = await posted(bot, BOXES)
    with pytest.raises(ControlError) as refused:
        await sandbox.client.press(VERA, message_id, "Go", inputs=inputs, validate=True)
    assert refused.value.status == 400
    assert why in refused.value.message

    forced = await sandbox.client.press(VERA, message_id, "Go", inputs=inputs)
    assert forced["inputs"]["request"] == "7K3F"


async def test_what_a_client_submits_is_submitted(sandbox: Sandbox, bot: ClientSession):
    message_id = await posted(bot, BOXES)
    inputs = {
        "mac": "AA", "code": "1234", "note": "a\nb", "count": 3, "sure": "true",
        "day": "2026-05-01", "model": "x", "tags": "a,b",
    }  # fmt: skip
    action = await sandbox.client.press(VERA, message_id, "Go", inputs=inputs, validate=True)
    assert action["inputs"] == {"request": "7K3F", **inputs, "count": "3"}
    stopped = await sandbox.client.press(VERA, message_id, "Stop", validate=True)
    assert stopped["inputs"] == {}


@pytest.mark.parametrize(
    ("box", "why"),
    [
        ({"type": "Input.Toggle", "id": "sure", "title": "S", "isRequired": True}, "required"),
        (
            {
                "type": "Input.ChoiceSet",
                "id": "m",
                "value": "gone",
                "choices": [{"title": "A", "value": "a"}],
            },
            "'gone' is not one of its choices.",
        ),
    ],
)
async def test_what_a_card_came_with_is_checked_as_well(
    sandbox: Sandbox, bot: ClientSession, box: dict[str, object], why: str
):
    message_id = await posted(bot, [box])
    with pytest.raises(ControlError, match=why):
        await sandbox.client.press(VERA, message_id, "Go", validate=True)


async def test_a_client_cuts_only_what_is_typed(sandbox: Sandbox, bot: ClientSession):
    long = {"type": "Input.Text", "id": "name", "value": "x" * 50, "maxLength": 40}
    message_id = await posted(bot, [long])
    action = await sandbox.client.press(VERA, message_id, "Go", validate=True)
    assert action["inputs"]["name"] == "x" * 50
