"""Edited messages: answered again while nothing was confirmed, and never twice."""

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.events import Event
from bot.core.errors import Conflict, Unavailable
from bot.core.models.audit import AuditEntry
from bot.core.models.people import Sender
from bot.store import audit, events, message_versions
from bot.store import requests as requests_table
from bot.store.message_versions import Version, checksum
from bot.store.sql import select
from tests.bot.requests.fixtures import NETWORK, SAM, TOM
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, room_of
from tests.bot.requests.strategies import ANA
from tests.cards import rules
from tests.fake_messenger import PostedMessage

FOR_ANN = "add phone D82E3EEF4E5C 8865 for ann@example.com"
FOR_BOB = "add phone D82E3EEF4E5C 8865 for bob@example.com"
HALL = "create dect network Hall at Lyon"


async def answers(harness: DispatchHarness, event: Event, sender: Sender = TOM) -> list[str]:
    """The texts that answer an event."""
    return [message.text for message in await harness.answers(event, sender)]


async def press(harness: DispatchHarness, card: PostedMessage, title: str, **inputs: Any) -> None:
    """Press a button of Tom's card."""
    data = rules.button(card.card or {}, title) | inputs
    assert card.place
    event = harness.pressed(TOM, data, card.place.room_id, card.id)
    assert await harness.live(harness.inbox.take(event))


def typed(harness: DispatchHarness, text: str, sender: Sender = TOM) -> Event:
    """A message to the bot alone."""
    return harness.typed(sender, text, room_of(sender))


def states(harness: DispatchHarness) -> list[tuple[str, str]]:
    """Owner and state of each request, oldest first."""
    query = "select json_extract(inputs, '$.owner') as owner, state from requests order by rowid"
    return [(row["owner"], row["state"]) for row in select(harness.db, query)]


def codes(harness: DispatchHarness) -> list[str]:
    """The codes of all requests, oldest first."""
    return [row["code"] for row in select(harness.db, "select code from requests order by rowid")]


def trail(harness: DispatchHarness) -> list[AuditEntry]:
    """What was done with requests."""
    return [entry for entry in audit.entries(harness.db) if entry.request]


async def test_a_command_is_corrected_by_editing_it(harness: DispatchHarness):
    message = typed(harness, "xq phnoe for ann@example.com")
    await answers(harness, message)

    (plan,) = await answers(harness, harness.edited(message, FOR_ANN))

    assert "Ann Alder" in plan
    assert states(harness)[-1] == ("ann@example.com", "draft")


async def test_an_edit_is_answered_even_if_the_misspelt_command_was_understood(
    harness: DispatchHarness,
):
    message = typed(harness, FOR_ANN.replace("add phone", "ad phnoe"))
    (first,) = await harness.answers(message, TOM)
    assert "Ann Alder" in first.text
    (plan,) = await answers(harness, harness.edited(message, FOR_ANN))
    assert "Ann Alder" in plan
    assert first.id in harness.messenger.removed
    assert states(harness) == [("ann@example.com", "cancelled"), ("ann@example.com", "draft")]


async def test_an_edit_replaces_the_plan(harness: DispatchHarness):
    message = typed(harness, FOR_ANN)
    (first,) = await harness.answers(message, TOM)

    (second,) = await harness.answers(harness.edited(message, FOR_BOB), TOM)

    assert "Bob Birch" in second.text
    assert harness.messenger.removed == [first.id]
    assert states(harness) == [("ann@example.com", "cancelled"), ("bob@example.com", "draft")]
    await press(harness, second, "Confirm")
    assert states(harness)[1] == ("bob@example.com", "done")


async def test_an_edit_replaces_a_form_of_another_command(harness: DispatchHarness):
    message = typed(harness, HALL)
    (form,) = await harness.answers(message, TOM)
    assert "Ann Alder" in (await answers(harness, harness.edited(message, FOR_ANN)))[0]
    assert form.id in harness.messenger.removed


async def test_each_edit_replaces_the_one_before(harness: DispatchHarness):
    message = typed(harness, FOR_ANN)
    await answers(harness, message)
    for text, name in [(FOR_BOB, "Bob Birch"), (FOR_ANN, "Ann Alder"), (FOR_BOB, "Bob Birch")]:
        (plan,) = await answers(harness, harness.edited(message, text))
        assert name in plan
    assert [state for _, state in states(harness)] == ["cancelled"] * 3 + ["draft"]


async def test_an_edit_that_arrives_twice_is_answered_once(harness: DispatchHarness):
    message = typed(harness, FOR_ANN)
    await answers(harness, message)
    edit = harness.edited(message, FOR_BOB)
    assert len(await answers(harness, edit)) == 1
    assert await answers(harness, edit) == []
    assert await answers(harness, replace(edit, id="the same edit in its other form")) == []
    assert len(states(harness)) == 2


async def test_the_message_is_answered_once_if_it_was_edited_before_it_was_read(
    harness: DispatchHarness,
):
    message = typed(harness, FOR_ANN)
    edit = harness.edited(message, FOR_BOB)
    assert "Bob Birch" in (await answers(harness, message))[0]
    assert await answers(harness, edit) == []
    assert states(harness) == [("bob@example.com", "draft")]


async def test_the_message_is_answered_once_if_its_edit_comes_first(harness: DispatchHarness):
    message = typed(harness, FOR_ANN)
    edit = harness.edited(message, FOR_BOB)
    assert "Bob Birch" in (await answers(harness, edit))[0]
    assert await answers(harness, message) == []


@pytest.mark.parametrize("text", [f"  {FOR_ANN}", f"{FOR_ANN}!", f"Add Phone{FOR_ANN[9:]}"])
async def test_an_edit_that_asks_for_the_same_is_not_answered(harness: DispatchHarness, text):
    message = typed(harness, FOR_ANN)
    await answers(harness, message)
    assert await answers(harness, harness.edited(message, text)) == []
    assert states(harness) == [("ann@example.com", "draft")]


async def test_an_edit_of_a_question_is_answered_if_it_asks_for_something_else(
    harness: DispatchHarness,
):
    message = typed(harness, "whoami")
    await answers(harness, message)
    assert await answers(harness, harness.edited(message, "whoami!")) == []
    assert "ZZZZ" in (await answers(harness, harness.edited(message, "request ZZZZ")))[0]


async def test_an_edit_is_answered_if_the_first_answer_was_a_failure(harness: DispatchHarness):
    message = typed(harness, "device lobby")
    harness.calling.broken["devices"] = [Unavailable(503, "Down.")] * 9
    assert "did not work" in (await answers(harness, message))[0]
    harness.calling.broken.clear()
    (answer,) = await answers(harness, harness.edited(message, "device lobby!"))
    assert "did not work" not in answer


async def test_an_edit_after_confirm_changes_nothing(harness: DispatchHarness):
    message = typed(harness, FOR_ANN)
    (plan,) = await harness.answers(message, TOM)
    await press(harness, plan, "Confirm")
    changes = harness.calling.changes
    edit = harness.edited(message, FOR_BOB)

    (code,) = codes(harness)
    assert await answers(harness, edit) == [
        f"I acted on that message before you edited it: {code} is done. The edit changes nothing."
        f" To take {code} back, type “undo {code}”."
        " If you need something else, please write a new message."
    ]
    assert await answers(harness, replace(edit, id="the same edit again")) == []
    assert harness.calling.changes == changes
    assert states(harness) == [("ann@example.com", "done")]


@pytest.mark.parametrize(
    ("state", "stopped_by", "told"),
    [("partly", "", "is partly done"), ("cancelled", TOM.email, "was stopped")],
)
async def test_an_edit_of_what_is_half_done_changes_nothing(
    harness: DispatchHarness, state: str, stopped_by: str, told: str
):
    message = typed(harness, FOR_ANN)
    await harness.answers(message, TOM)
    (code,) = codes(harness)
    row = await harness.store.call(requests_table.find_or_fail, code)
    values = {"state": state, "stopped_by": stopped_by}
    await harness.store.call(requests_table.change, row, by=TOM.email, now=0.0, **values)

    (answer,) = await answers(harness, harness.edited(message, FOR_BOB))

    assert f"{code} {told}. The edit changes nothing." in answer
    assert states(harness) == [("ann@example.com", state)]


async def test_an_edit_of_what_waits_for_approval_changes_nothing(harness: DispatchHarness):
    message = typed(harness, HALL)
    (form,) = await harness.answers(message, TOM)
    await press(harness, form, "Continue", **NETWORK)
    plan = harness.messenger.posted[-1]
    await press(harness, plan, "Confirm")
    (code,) = codes(harness)

    (answer,) = await answers(harness, harness.edited(message, FOR_ANN))

    assert f"{code} is waiting for an approver. The edit changes nothing." in answer
    assert f"type “cancel {code}”" in answer
    assert await harness.state(code) == "waiting"


async def test_an_edit_of_what_failed_asks_again(harness: DispatchHarness):
    message = typed(harness, FOR_ANN)
    (plan,) = await harness.answers(message, TOM)
    harness.calling.troubles.append(Conflict(409, "Webex refuses this."))
    await press(harness, plan, "Confirm")
    assert states(harness) == [("ann@example.com", "failed")]
    assert "Bob Birch" in (await answers(harness, harness.edited(message, FOR_BOB)))[0]


async def test_an_edit_of_a_decision_decides_what_it_names_now(harness: DispatchHarness):
    form = (await harness.answers(typed(harness, HALL), TOM))[0]
    await press(harness, form, "Continue", **NETWORK)
    await press(harness, harness.messenger.posted[-1], "Confirm")
    (code,) = codes(harness)
    message = typed(harness, "approve ZZZZ", ANA)
    assert "There is no request" in (await answers(harness, message, ANA))[0]
    assert await answers(harness, harness.edited(message, f"approve {code}"), ANA)
    assert await harness.state(code) == "done"


async def test_an_edit_is_answered_in_the_thread_of_its_message(harness: DispatchHarness):
    message = harness.typed(TOM, FOR_ANN, GROUP_ROOM)
    (first,) = await harness.answers(message, TOM)
    (second,) = await harness.answers(harness.edited(message, FOR_BOB), TOM)
    assert first.place == second.place
    assert first.place
    assert first.place.thread_id


async def test_edits_of_strangers_are_refused_like_their_messages(harness: DispatchHarness):
    message = typed(harness, FOR_ANN, SAM)
    assert len(await answers(harness, message, SAM)) == 1
    assert await answers(harness, harness.edited(message, FOR_BOB), SAM) == []
    assert states(harness) == []


async def test_a_message_that_an_older_provbot_read_is_replaced(harness: DispatchHarness):
    message = typed(harness, FOR_ANN)
    (plan,) = await harness.answers(message, TOM)
    harness.db.execute("delete from message_versions")
    assert "Bob Birch" in (await answers(harness, harness.edited(message, FOR_BOB)))[0]
    assert plan.id in harness.messenger.removed


async def test_the_trail_says_that_the_draft_was_cancelled(harness: DispatchHarness):
    message = typed(harness, FOR_ANN)
    await answers(harness, message)
    await answers(harness, harness.edited(message, FOR_BOB))
    assert [(entry.actor, entry.action) for entry in trail(harness)] == [(TOM.email, "cancelled")]


@pytest.mark.parametrize("step", range(24))
async def test_killed_at_any_step_an_edit_opens_one_request(harness: DispatchHarness, step):
    message = typed(harness, FOR_ANN)
    await answers(harness, message)
    edit = harness.edited(message, FOR_BOB)

    survived = await harness.live(harness.inbox.take(edit), crash_timer=step)
    if not survived:
        harness.restart()
        await harness.live(harness.inbox.take(edit))  # Webex may deliver it again
        assert await harness.pick_up()

    assert harness.unhandled() == set()
    assert states(harness) == [("ann@example.com", "cancelled"), ("bob@example.com", "draft")]
    assert "Bob Birch" in harness.messenger.posted[-1].text


@pytest.mark.parametrize("step", range(14))
async def test_killed_at_any_step_and_edited_meanwhile_the_new_text_counts(
    harness: DispatchHarness, step
):
    message = typed(harness, FOR_ANN)
    survived = await harness.live(harness.inbox.take(message), crash_timer=step)
    edit = harness.edited(message, FOR_BOB)
    if not survived:
        harness.restart()
    await harness.live(harness.inbox.take(message), harness.inbox.take(edit))
    assert await harness.pick_up()

    drafts = [owner for owner, state in states(harness) if state == "draft"]
    assert drafts == ["bob@example.com"]
    assert "Bob Birch" in harness.messenger.posted[-1].text


def test_a_checksum_tells_texts_apart_and_takes_any_text():
    assert checksum("a") != checksum("b")
    assert checksum("\ud800")


async def test_versions_are_forgotten_with_their_events(harness: DispatchHarness):
    now = harness.clock()
    version = Version("m", "m", checksum("a"), checksum("b"))
    assert message_versions.read(harness.db, version, now) == 0
    events.forget(harness.db, now + events.RETENTION)
    assert message_versions.read(harness.db, replace(version, event="e"), now) is None
    events.forget(harness.db, now + events.RETENTION + 1)
    assert message_versions.read(harness.db, replace(version, event="e"), now) == 1
