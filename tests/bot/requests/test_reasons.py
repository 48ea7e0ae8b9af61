"""Why requesters want what they ask for: told on the plan card or typed, shown to approvers."""

import json
from typing import Any

import pytest

from bot.core.models.local_time import utc
from bot.domain.command_parser import Command
from bot.operations import PARSER
from bot.requests import listings
from bot.store import audit
from cards import render
from cards.requests import WHY
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.approving import cards, direct_messages
from tests.bot.requests.fixtures import ELI, NETWORK, PHONE, TOM, RequestFixture, text_of
from tests.bot.requests.strategies import ANA
from tests.cards import rules

REASON = "the old one is full"
ASKED = f"Why: “{REASON}”"


def reason_on(shown) -> str | None:
    """What stands in the input of a plan card; None if it has no such input."""
    (box,) = [item for item in worlds.card(shown)["body"] if item.get("id") == "reason"] or [None]
    return None if box is None else box.get("value", "")


async def details(world: RequestFixture, code: str) -> list[dict[str, Any]]:
    """The details of the audit entries of a request."""
    entries = await world.store.call(lambda db: [*audit.entries(db)])
    return [json.loads(entry.detail) for entry in entries if entry.request == code]


async def test_only_a_plan_that_needs_approval_asks_why(approving: RequestFixture):
    asked = await approving.ask("create dect network", NETWORK)
    assert reason_on(asked) == ""
    assert f"{WHY}: …" in text_of(asked)
    assert rules.buttons(worlds.card(asked)) == ["Confirm", "Change", "Cancel"]
    submitting = [
        action["title"]
        for action in worlds.card(asked)["actions"]
        if action.get("associatedInputs") != "none"
    ]
    assert submitting == ["Confirm", "Change"]
    assert reason_on(await approving.ask("add phone", PHONE, ELI)) is None
    assert reason_on(await approving.ask("create dect network", NETWORK, ELI)) is None


async def test_the_reason_is_shown_to_approvers_and_kept(approving: RequestFixture):
    plan = await approving.ask("create dect network", NETWORK)
    assert plan.request
    await approving.press(plan, "confirm", inputs={"reason": f"  {REASON}\u202e\n"})
    row = await approving.row(plan.request.code)
    assert row.reason == REASON
    assert len(cards(approving)) == 2
    assert all(ASKED in card.text for card in cards(approving))
    assert f"tom@example.com: “{REASON}”" in render.to_text(listings.waiting_list([row], utc(0.0)))
    assert f"Why: {REASON}" in text_of(await approving.type("request", row.code))
    (asked,) = await details(approving, row.code)
    assert asked["reason"] == REASON


async def test_a_typed_reason_stands_on_the_plan_card_and_can_be_changed(
    approving: RequestFixture,
):
    typed = PARSER.parse(f"create dect network Hall at Lyon because {REASON}")
    assert isinstance(typed, Command)
    plan = await approving.ask("create dect network", {**NETWORK, **typed.args})
    assert reason_on(plan) == REASON
    form = await approving.press(plan, "change", inputs={"reason": "another"})
    again = await approving.press(form, "continue", inputs=NETWORK)
    assert reason_on(again) == "another"
    await approving.press(again, "confirm", inputs={"reason": ""})
    assert cards(approving)
    assert not any("Why:" in card.text for card in cards(approving))


async def test_a_reason_behind_a_typed_confirm_is_told(approving: RequestFixture):
    plan = await approving.ask("create dect network", {**NETWORK, "reason": "first"})
    assert plan.request
    await approving.type("confirm", plan.request.code, reason=REASON)
    assert all(ASKED in card.text for card in cards(approving))


async def test_a_typed_confirm_without_a_reason_keeps_it(approving: RequestFixture):
    plan = await approving.ask("create dect network", {**NETWORK, "reason": REASON})
    assert plan.request
    await approving.type("confirm", plan.request.code)
    assert all(ASKED in card.text for card in cards(approving))


async def test_a_reason_outlasts_a_plan_that_changed(approving: RequestFixture):
    plan = await approving.ask("add phone", PHONE)
    approving.calling.most = 0
    changed = await approving.press(plan, "confirm", inputs={"reason": REASON})
    assert reason_on(changed) == REASON
    await approving.press(changed, "confirm")
    assert all(ASKED in card.text for card in cards(approving))


async def test_a_press_on_an_old_card_keeps_what_was_typed(approving: RequestFixture):
    plan = await approving.ask("create dect network", NETWORK)
    shown = await approving.press(plan, "confirm", version=0, inputs={"reason": REASON})
    assert reason_on(shown) == REASON


async def test_a_reason_is_cut_and_no_text_is_ignored(approving: RequestFixture):
    plan = await approving.ask("create dect network", NETWORK)
    assert plan.request
    await approving.press(plan, "confirm", inputs={"reason": "x" * 999})
    assert (await approving.row(plan.request.code)).reason == "x" * 299 + "…"


async def test_ask_again_keeps_the_reason_and_undo_has_none(approving: RequestFixture):
    asked = await approving.asked("create dect network", {**NETWORK, "reason": REASON})
    await approving.decide(asked.code, "reject", ANA, "no")
    await approving.rest()
    again = await approving.press(await approving.row(asked.code), "again")
    assert reason_on(again) == REASON
    added = await approving.confirmed("add phone", {**PHONE, "reason": REASON}, ELI)
    undo = await approving.press(await approving.row(added), "undo", ELI)
    assert undo.request
    assert (await approving.row(undo.request.code)).reason == ""


async def test_a_request_without_approval_keeps_its_reason_in_the_trail(
    approving: RequestFixture,
):
    code = await approving.confirmed("add phone", {**PHONE, "reason": REASON}, ELI)
    assert await approving.state(code) == "done"
    confirmed = (await details(approving, code))[0]
    assert confirmed["reason"] == REASON
    assert direct_messages(approving, ANA.email) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("delete device lobby phone because it is broken", "it is broken"),
        ("please delete D82E3EEF4E5C, because Kim's is new, thanks", "Kim's is new"),
        ("delete D82E3EEF4E5C. Reason: it is broken", "it is broken"),
        ("Because it is broken, delete D82E3EEF4E5C", "it is broken"),
        ("dellete device D82E3EEF4E5C because it is old", "it is old"),
        ("delete D82E3EEF4E5C because of the noise", "because of the noise"),
        ("lösche D82E3EEF4E5C weil es kaputt ist", "weil es kaputt ist"),
        ("delete D82E3EEF4E5C because", None),
        ("delete device Reason Room", None),
        ("delete D82E3EEF4E5C", None),
        ("devices because I want to see them", None),  # nobody has to agree to a list
    ],
)
def test_a_reason_is_read_from_what_is_typed(text, reason):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.args.get("reason") == reason


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("confirm 7K3F because it is broken", {"text": "7K3F", "reason": "it is broken"}),
        ("confirm because it is broken", {"reason": "it is broken"}),
        ("confirm 7K3F", {"text": "7K3F"}),
    ],
)
def test_a_typed_confirm_may_give_the_reason(text, args):
    assert PARSER.parse(text) == Command("confirm", args)


async def test_requests_of_older_versions_have_no_reason(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)

    def forget(db):
        db.execute("update requests set reason = null, requester_name = null")

    await approving.store.call(forget)
    row = await approving.row(asked.code)
    assert (row.reason, row.requester.shown) == ("", TOM.email)
    await approving.decide(asked.code, "approve", ANA)
    await approving.rest()
    assert await approving.state(asked.code) == "done"
