"""A decision that waited too long to be handled is not acted on: the approver is asked again."""

from typing import Any

import pytest

from bot.chat.events import Event
from bot.core.models.people import Sender
from bot.dispatch import ACT_WITHIN
from bot.store import events
from tests.bot.requests.fixtures import NETWORK, PHONE, TOM
from tests.bot.requests.harness import DispatchHarness, room_of
from tests.bot.requests.strategies import ANA
from tests.cards import rules

LATE, SOON = ACT_WITHIN + 60, ACT_WITHIN - 60


async def handled_after(harness: DispatchHarness, event: Event, seconds: float) -> str:
    """What is said about an event that was received so long before the process could handle it."""
    received_at = harness.clock()
    await harness.store.call(events.claim, event.id, event.kind, event.facts(), received_at)
    harness.clock.now += seconds
    mark = len(harness.messenger.posted)
    assert await harness.live(harness.inbox.recover())
    assert harness.unhandled() == set()
    return "\n".join(message.text for message in harness.messenger.posted[mark:])


async def plan(harness: DispatchHarness) -> tuple[str, dict[str, Any]]:
    """A plan of TOM's: its message, and what its card holds."""
    command = f"add phone {PHONE['mac']} 8865 for ann@example.com"
    await harness.live(harness.inbox.take(harness.typed(TOM, command, room_of(TOM))))
    card = harness.messenger.posted[-1]
    return card.id, card.card or {}


def press(
    harness: DispatchHarness,
    title: str,
    card: tuple[str, dict[str, Any]],
    who: Sender = TOM,
    **more: str,
) -> Event:
    """A button of a card."""
    return harness.pressed(who, {**rules.button(card[1], title), **more}, room_of(who), card[0])


async def waiting(harness: DispatchHarness) -> str:
    """The code of a request that waits for approval."""
    command = "create dect network Hall at Lyon"
    await harness.live(harness.inbox.take(harness.typed(TOM, command, room_of(TOM))))
    form = harness.messenger.posted[-1]
    await harness.live(
        harness.inbox.take(press(harness, "Continue", (form.id, form.card or {}), TOM, **NETWORK))
    )
    card = harness.messenger.posted[-1]
    await harness.live(harness.inbox.take(press(harness, "Confirm", (card.id, card.card or {}))))
    return str(rules.button(card.card or {}, "Confirm")["request"])


def of_approver(harness: DispatchHarness) -> tuple[str, dict[str, Any]]:
    """The newest approval card of ANA's."""
    cards = [
        message
        for message in harness.messenger.posted
        if message.email == ANA.email and message.card
    ]
    return cards[-1].id, cards[-1].card or {}


async def test_a_late_confirm_shows_the_plan_again_and_works_when_pressed_again(
    harness: DispatchHarness,
):
    answer = await handled_after(harness, press(harness, "Confirm", await plan(harness)), LATE)
    assert "You pressed Confirm at" in answer
    assert "Nothing was changed. Please do it again if you still want it." in answer
    assert harness.calling.changes == 0
    card = harness.messenger.posted[-1]
    await harness.live(harness.inbox.take(press(harness, "Confirm", (card.id, card.card or {}))))
    assert harness.calling.changes == 1


async def test_a_confirm_in_time_runs_the_request(harness: DispatchHarness):
    assert "now belongs to" in await handled_after(
        harness, press(harness, "Confirm", await plan(harness)), SOON
    )


async def test_a_late_confirm_of_an_expired_plan_is_answered(harness: DispatchHarness):
    answer = await handled_after(harness, press(harness, "Confirm", await plan(harness)), 1000)
    assert "has expired. Nothing was changed" in answer
    assert harness.calling.changes == 0


async def test_a_confirm_handled_before_a_kill_is_answered_truthfully(harness: DispatchHarness):
    card = await plan(harness)
    await harness.live(harness.inbox.take(press(harness, "Confirm", card)))
    answer = await handled_after(harness, press(harness, "Confirm", card), LATE)
    assert "is already done" in answer
    assert harness.calling.changes == 1


@pytest.mark.parametrize("text", ["confirm", "confirm {}"])
async def test_a_late_typed_confirm_is_asked_for_again(harness: DispatchHarness, text: str):
    card = await plan(harness)
    text = text.format(rules.button(card[1], "Confirm")["request"])
    answer = await handled_after(harness, harness.typed(TOM, text, room_of(TOM)), LATE)
    assert f"You wrote “{text}” at" in answer
    assert harness.calling.changes == 0
    await harness.live(harness.inbox.take(harness.typed(TOM, text, room_of(TOM))))
    assert harness.calling.changes == 1


@pytest.mark.parametrize("verb", ["approve", "reject because no"])
async def test_a_decision_without_a_code_does_not_mean_what_was_asked_for_later(
    harness: DispatchHarness, verb: str
):
    """As when the process dies before the decision is handled, and the next one asks first."""
    event = harness.typed(ANA, verb, room_of(ANA))
    await harness.store.call(events.claim, event.id, event.kind, event.facts(), harness.clock())
    harness.clock.now += 60
    code = await waiting(harness)
    mark = len(harness.messenger.posted)
    assert await harness.live(harness.inbox.recover())
    assert [message.text for message in harness.messenger.posted[mark:]] == [
        "No request waits for your decision. Nothing was changed."
    ]
    assert await harness.state(code) == "waiting"


async def test_a_late_cancel_of_a_draft_is_asked_for_again(harness: DispatchHarness):
    card = await plan(harness)
    code = str(rules.button(card[1], "Cancel")["request"])
    assert "You pressed Cancel at" in await handled_after(
        harness, press(harness, "Cancel", card), LATE
    )
    assert await harness.state(code) == "draft"
    typed = harness.typed(TOM, f"cancel {code}", room_of(TOM))
    assert f"You wrote “cancel {code}” at" in await handled_after(harness, typed, LATE)
    assert await harness.state(code) == "draft"


async def test_a_late_cancel_of_a_waiting_request_is_asked_for_again(harness: DispatchHarness):
    code = await waiting(harness)
    typed = harness.typed(TOM, f"cancel {code}", room_of(TOM))
    answer = await handled_after(harness, typed, LATE)
    assert "Please do it again if you still want it." in answer
    assert await harness.state(code) == "waiting"


@pytest.mark.parametrize(("title", "more"), [("Approve", {}), ("Reject", {"reason": "no"})])
async def test_a_late_decision_posts_the_card_again(
    harness: DispatchHarness, title: str, more: dict[str, str]
):
    code = await waiting(harness)
    event = press(harness, title, of_approver(harness), ANA, **more)
    answer = await handled_after(harness, event, LATE)
    assert f"You pressed {title} at" in answer
    assert "asks for your approval" in answer
    assert await harness.state(code) == "waiting"
    assert [network.name for network in harness.calling.dect.held].count("Hall") == 0
    await harness.live(harness.inbox.take(press(harness, title, of_approver(harness), ANA, **more)))
    assert await harness.state(code) == ("done" if title == "Approve" else "rejected")


@pytest.mark.parametrize("typed", ["approve {}", "reject {} because no"])
async def test_a_late_typed_decision_posts_the_card_again(harness: DispatchHarness, typed: str):
    code = await waiting(harness)
    event = harness.typed(ANA, typed.format(code), room_of(ANA))
    answer = await handled_after(harness, event, LATE)
    assert "You wrote “" in answer
    assert "asks for your approval" in answer
    assert await harness.state(code) == "waiting"


@pytest.mark.parametrize("typed", ["whoami", "add phone", "requests"])
async def test_a_late_question_is_answered(harness: DispatchHarness, typed: str):
    answer = await handled_after(harness, harness.typed(TOM, typed, room_of(TOM)), LATE)
    assert answer
    assert "I could not process it until now" not in answer
