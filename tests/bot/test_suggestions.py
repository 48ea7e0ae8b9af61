"""A suggestion never decides: approvers see the plan, and only the person who asked sees it."""

from typing import Any

import pytest

from bot.core.models.people import Grant, Role, Sender
from bot.operations import COMMANDS, PARSER
from bot.requests.suggestions import Suggestions
from cards.parts import say
from tests.bot.requests.approving import cards
from tests.bot.requests.fixtures import ADA, ELI, NETWORK, TOM, VERA
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness
from tests.bot.requests.strategies import ANA, LEA
from tests.cards import rules
from tests.database import count
from tests.fake_messenger import PostedMessage

ACTING = {"approve", "reject", "confirm", "cancel", "undo", "stop", "retry"}  # done at once


async def says(
    harness: DispatchHarness, sender: Sender, text: str, room: str = ""
) -> PostedMessage:
    """The answer to something typed."""
    return (await harness.says(sender, text, room))[-1]


async def asked(harness: DispatchHarness) -> str:
    """The code of a network that waits for approval."""
    form = await says(harness, TOM, "create dect network Hall at Lyon")
    (plan,) = await harness.presses(
        TOM, {**rules.button(form.card or {}, "Continue"), **NETWORK}, card=form.id
    )
    await harness.presses(TOM, rules.button(plan.card or {}, "Confirm"), card=plan.id)
    return str(rules.button(plan.card or {}, "Confirm")["request"])


def offered(message: PostedMessage) -> list[dict[str, Any]]:
    """What the buttons of a card submit."""
    return [rules.button(message.card or {}, title) for title in rules.buttons(message.card or {})]


def test_commands_that_act_at_once_are_known():
    assert {command.name for command in COMMANDS if command.acts_at_once} == ACTING
    assert all(PARSER.acts_at_once(PARSER.parse_all(verb)) for verb in ACTING)
    assert not any(Suggestions(PARSER).may_offer(verb) for verb in (*ACTING, "undo", "stop"))


@pytest.mark.parametrize(
    "text",
    [
        "aprove {}",
        "approv {}",
        "Aproove {} now",
        "rejct {} because no",
        "cancle {}",
        "cancl {}",
        "grnat sam@example.com admin",
        "revok tom@example.com technician",
    ],
)
@pytest.mark.parametrize("who", [ELI, TOM, ANA, ADA])
async def test_no_suggestion_offers_a_decision_or_a_grant(harness: DispatchHarness, text, who):
    code = await asked(harness)
    guess = await says(harness, who, text.format(code), GROUP_ROOM)
    assert "Did you mean “" in guess.text
    assert "No button does this" in guess.text
    assert [
        button for button in offered(guess) if button not in (say("help"), say("approvals"))
    ] == []
    for inputs in offered(guess):
        await harness.presses(ANA, inputs, card=guess.id, room=GROUP_ROOM)
    assert await harness.state(code) == "waiting"


async def test_a_misspelt_approve_leads_to_the_list_of_approvals(harness: DispatchHarness):
    code = await asked(harness)
    guess = await says(harness, ANA, f"aprove {code}")
    (waiting,) = await harness.presses(
        ANA, rules.button(guess.card or {}, "Approvals"), card=guess.id
    )
    assert code in waiting.text


@pytest.mark.parametrize(
    ("who", "buttons"),
    [
        (TOM, ["Add phone", "Devices", "Help"]),
        (VERA, ["Devices", "DECT", "Help"]),
        (ANA, ["Approvals", "Who am I", "Help"]),
    ],
)
async def test_a_miss_is_two_lines_and_three_buttons(harness: DispatchHarness, who, buttons):
    miss = await says(harness, who, "sing me a song about Rotterdam and its harbour, my dear bot")
    title, example = miss.text.split("\n")
    assert title == "I do not understand “sing me a song about Rotterdam and its …”"
    assert example.startswith("Write for example: ")
    assert rules.buttons(miss.card or {}) == buttons


@pytest.mark.parametrize("text", ["shwo lobby", "halp"])
async def test_a_suggestion_is_for_the_person_who_asked(harness: DispatchHarness, text):
    guess = await says(harness, TOM, text, GROUP_ROOM)
    first = offered(guess)[0]
    for other in (ELI, ADA):
        (refused,) = await harness.presses(other, first, card=guess.id, room=GROUP_ROOM)
        assert "is for the person who asked. Nothing was changed." in refused.text
    assert await harness.presses(TOM, first, card=guess.id, room=GROUP_ROOM)


@pytest.mark.parametrize("verb", sorted(ACTING))
async def test_a_button_with_a_command_that_acts_does_nothing(harness: DispatchHarness, verb):
    """As those of cards do that are older than this rule, and those that somebody else made."""
    code = await asked(harness)
    for who in (ANA, TOM, ADA):
        (refused,) = await harness.presses(who, say(f"{verb} {code}"), room=GROUP_ROOM)
        assert refused.text.startswith("No button does this")
        assert "Nothing was changed." in refused.text
    assert await harness.state(code) == "waiting"
    assert count(harness.db, "requests") == 1


async def test_a_press_on_a_card_without_the_plan_approves_nothing(harness: DispatchHarness):
    code = await asked(harness)
    mark = len(harness.messenger.posted)
    (card, answer) = await harness.presses(
        ANA, {"request": code, "press": "approve", "version": 3}, card="msg-1", room=GROUP_ROOM
    )
    assert "Nothing was decided" in answer.text
    assert await harness.state(code) == "waiting"
    assert (card.email, harness.messenger.posted[mark]) == (ANA.email, card)
    await harness.presses(ANA, rules.button(card.card or {}, "Approve"), card=card.id)
    assert await harness.state(code) == "done"
    assert cards(harness) == []


async def test_a_card_whose_post_had_no_answer_counts_as_shown(harness: DispatchHarness):
    code = await asked(harness)
    shown = next(message for message in harness.messenger.posted if message.email == ANA.email)
    harness.messages.kept["msg-lost"] = {
        "id": "msg-lost",
        "personId": "bot",
        "attachments": [{"content": shown.card}],
    }
    await harness.presses(ANA, rules.button(shown.card or {}, "Approve"), card="msg-lost")
    assert await harness.state(code) == "done"


@pytest.mark.parametrize("author", ["id-eve", ""])
async def test_another_persons_card_does_not_count_as_shown(harness: DispatchHarness, author):
    code = await asked(harness)
    shown = next(message for message in harness.messenger.posted if message.email == ANA.email)
    harness.messages.kept["msg-eve"] = {
        "id": "msg-eve",
        "personId": author,
        "attachments": [{"content": shown.card}],
    }
    await harness.presses(ANA, rules.button(shown.card or {}, "Approve"), card="msg-eve")
    assert await harness.state(code) == "waiting"


async def test_listing_approvals_posts_missing_cards(harness: DispatchHarness):
    code = await asked(harness)
    late = Sender("id-zoe", "zoe@example.com")
    await harness.allow(Grant(late.email, Role.APPROVER))
    assert code in (await says(harness, late, "approvals")).text
    await says(harness, late, "approvals")
    assert [card.email for card in cards(harness)] == [ANA.email, LEA.email, late.email]
    await says(harness, late, f"approve {code}")
    assert await harness.state(code) == "done"


async def test_cards_that_cannot_be_posted_do_not_hide_the_list(harness: DispatchHarness):
    code = await asked(harness)
    late = Sender("id-zoe", "zoe@example.com")
    await harness.allow(Grant(late.email, Role.APPROVER))
    harness.messenger.unreachable = {late.email}
    assert code in (await says(harness, late, "approvals")).text


async def test_a_typed_approval_without_a_card_shows_the_plan_first(harness: DispatchHarness):
    code = await asked(harness)
    late = Sender("id-zoe", "zoe@example.com")
    await harness.allow(Grant(late.email, Role.APPROVER))
    answer = await says(harness, late, f"approve {code}")
    assert "approvers see the plan first" in answer.text
    assert await harness.state(code) == "waiting"
    assert [card.email for card in cards(harness)] == [ANA.email, LEA.email, late.email]
    await says(harness, late, f"approve {code}")
    assert await harness.state(code) == "done"
