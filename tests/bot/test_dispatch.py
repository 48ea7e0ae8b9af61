"""From the event to the answer: nothing that happens leaves a person without one."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.chat.events import PRESSED, WELCOMED, Event
from bot.dispatch import WELCOME
from bot.errors import Unavailable
from bot.models import Grant, Place, Role, Sender
from bot.store import audit
from bot.store.audit import Entry
from bot.webex.messages import key_of, public_id
from tests.bot.requests.approving import APPROVERS
from tests.bot.requests.script import ANA, LEA
from tests.bot.requests.stage import GROUP_ROOM, Stage, room_of
from tests.bot.requests.world import ADA, NETWORK, ROLES, SAM, TOM, VERA
from tests.cards import rules
from tests.fakes import Said


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """With everybody on the list, and two approvers."""
    made = Stage(tmp_path / "provbot.db")
    await made.allow(*ROLES, *APPROVERS)
    yield made
    await made.rest()
    made.store.close()


async def says(stage: Stage, sender: Sender, text: str, room: str = "") -> list[Said]:
    """What is answered to something typed."""
    mark = len(stage.messenger.said)
    event = stage.typed(sender, text, room or room_of(sender))
    assert await stage.live(stage.inbox.take(event))
    return stage.heard_since(mark, sender, room)


async def presses(stage: Stage, sender: Sender, room: str = "", card: str = "msg-1", **inputs: Any) -> list[Said]:  # fmt: skip
    """What is answered to a press."""
    mark = len(stage.messenger.said)
    event = stage.pressed(sender, inputs, room or room_of(sender), card)
    assert await stage.live(stage.inbox.take(event))
    return stage.heard_since(mark, sender, room)


async def asked(stage: Stage) -> str:
    """The code of a network that waits for approval."""
    (form,) = await says(stage, TOM, "create dect network Hall at Lyon")
    (plan,) = await presses(
        stage, TOM, card=form.id, **rules.button(form.card or {}, "Continue"), **NETWORK
    )
    await presses(stage, TOM, card=plan.id, **rules.button(plan.card or {}, "Confirm"))
    return str(rules.button(plan.card or {}, "Confirm")["request"])


def denials(stage: Stage) -> list[Entry]:
    """What the trail says of them."""
    return [one for one in audit.entries(stage.db) if one.action == "denied"]


async def test_typed_approve_does_what_the_button_does(stage: Stage):
    code = await asked(stage)
    assert await says(stage, ANA, f"approve {code.lower()}:")
    assert await stage.state(code) == "done"


@pytest.mark.parametrize("text", ["reject {} because it is too dear", "reject #{}: it is too dear"])
async def test_typed_reject_takes_the_reason(stage: Stage, text):
    code = await asked(stage)
    heard = await says(stage, LEA, text.format(code))
    assert "“it is too dear”" in heard[0].words
    assert await stage.state(code) == "rejected"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("approve", "Which request?"),
        ("reject because no", "Which request?"),
        ("approve ZZZZ", "I know no request ZZZZ"),
        ("reject {}", "give a reason"),
        ("reject {} because", "give a reason"),
    ],
)
async def test_what_cannot_be_decided_is_told(stage: Stage, text, sentence):
    code = await asked(stage)
    (heard,) = await says(stage, ANA, text.format(code))
    assert sentence in heard.words
    assert await stage.state(code) == "waiting"


async def test_the_card_of_an_approver_decides(stage: Stage):
    code = await asked(stage)
    card = next(one for one in stage.messenger.said if one.email == LEA.email)
    assert await presses(stage, LEA, card=card.id, **rules.button(card.card or {}, "Approve"))
    assert card.id in stage.messenger.removed
    assert await stage.state(code) == "done"


@pytest.mark.parametrize(("reason", "kept"), [("  too \n dear\u202e ", "too dear"), (["x"], "['x']"), (7, "7"), ("x" * 999, "x" * 299 + "…")])  # fmt: skip
async def test_a_reason_from_a_card_is_cleaned(stage: Stage, reason, kept):
    code = await asked(stage)
    await presses(stage, ANA, request=code, press="reject", reason=reason)
    (entry,) = [one for one in audit.entries(stage.db) if one.action == "reject"]
    assert json.loads(entry.detail)["reason"] == kept


async def test_a_press_is_judged_by_who_presses_wherever_the_card_is(stage: Stage):
    code = await asked(stage)
    for who in (TOM, VERA, ADA):
        (heard,) = await presses(stage, who, room=GROUP_ROOM, request=code, press="approve")
        assert heard.place
        assert heard.place.room_id == GROUP_ROOM
    assert await stage.state(code) == "waiting"


@pytest.mark.parametrize(
    ("who", "why"), [(SAM, "not on the list"), (VERA, "does not allow “add phone”")]
)
async def test_who_tries_what_they_may_not_is_in_the_trail(stage: Stage, who, why):
    (heard,) = await says(stage, who, "add phone")
    (entry,) = denials(stage)
    assert (entry.actor_id, entry.actor, entry.request) == (who.person_id, who.email, "")
    assert json.loads(entry.detail) == {"why": heard.words}
    assert why in heard.words


@pytest.mark.parametrize("added", ["", "\ud800", "\n", "\x00", " "])
async def test_a_denied_press_is_told_and_noted_whatever_the_code_is_made_of(stage: Stage, added):
    code = await asked(stage)
    (heard,) = await presses(stage, SAM, request=code + added, press="approve")
    assert "not on the list" in heard.words
    (entry,) = denials(stage)
    assert entry.request == code


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"request": ""},
        {"request": None, "press": "approve"},
        {"request": {"a": 1}, "press": ["approve"]},
        {"request": "7K3F", "press": "approve", "version": "x" * 5000},
        {"request": "\ud800", "press": "confirm", "version": "²"},
        {"say": "\ud800"},
        {"say": {"a": "b"}},
        {"say": "approve " + "x" * 5000},
    ],
)
async def test_whatever_a_card_submits_is_answered(stage: Stage, inputs):
    heard = await presses(stage, ANA, **inputs)
    assert len(heard) == 1
    assert "Something broke" not in heard[0].words
    assert stage.unhandled() == set()


async def test_the_same_event_twice_is_answered_once(stage: Stage):
    code = await asked(stage)
    mark = len(stage.messenger.said)
    event = stage.typed(VERA, f"approve {code}", room_of(VERA))
    assert await stage.live(stage.inbox.take(event), stage.inbox.take(event))
    assert len(stage.heard_since(mark, VERA, room_of(VERA))) == 1


async def test_approvals_and_requests_are_listed(stage: Stage):
    code = await asked(stage)
    (mine,) = await says(stage, TOM, "requests")
    (theirs,) = await says(stage, LEA, "approvals")
    (nobodys,) = await says(stage, VERA, "approvals")
    (one,) = await says(stage, TOM, f"request {code}")
    assert f"{code} · waiting" in mine.words
    assert f"{code} · until " in theirs.words
    assert "State: waiting" in one.words
    assert code not in nobodys.words


@pytest.mark.parametrize(
    ("text", "title"), [("access", "Who may do what"), ("audit", "Audit trail")]
)
async def test_admins_ask_about_access_and_trail(stage: Stage, text, title):
    (heard,) = await says(stage, ADA, text)
    assert heard.words.startswith(title)
    (refused,) = await says(stage, TOM, text)
    assert f"does not allow “{text}”" in refused.words


async def test_a_role_that_was_revoked_is_lost_at_the_next_press(stage: Stage):
    code = await asked(stage)
    (form,) = await says(stage, ADA, f"revoke {ANA.email} approver")
    await presses(stage, ADA, card=form.id, **rules.button(form.card or {}, "Confirm"))
    (heard,) = await presses(stage, ANA, request=code, press="approve")
    assert "not on the list" in heard.words
    assert Grant(ANA.email, Role.APPROVER) not in await stage.gate.rows(ANA.email)


async def test_sixty_who_decide_at_the_same_instant_are_all_answered(stage: Stage):
    people = [Sender(f"id-p{number}", f"p{number}@example.org") for number in range(60)]
    await stage.allow(Grant("@example.org", Role.APPROVER))
    code = await asked(stage)
    mark = len(stage.messenger.said)
    events = [stage.typed(one, f"approve {code}", room_of(one)) for one in people]
    async with asyncio.timeout(60):
        assert await stage.live(*(stage.inbox.take(event) for event in events))
    for one in people:
        assert stage.heard_since(mark, one, room_of(one)), one
    assert await stage.state(code) == "done"
    assert [network.name for network in stage.calling.networks].count("Hall") == 1


async def test_a_webex_that_is_unwell_is_told_with_its_tracking_id(stage: Stage):
    stage.calling.broken["devices"] = [Unavailable(503, "Down.", "T-7")]
    (heard,) = await says(stage, VERA, "devices")
    assert heard.words.startswith("That did not work")
    assert "T-7" in heard.words


async def test_what_breaks_is_told_with_where_to_look(stage: Stage):
    stage.calling.broken["devices"] = [KeyError("displayName")]
    (heard,) = await says(stage, VERA, "devices")
    assert heard.words.startswith("Something broke on our side, and nothing more was done.")
    assert "said-1" in heard.words
    assert stage.unhandled() == set()


async def test_a_space_that_takes_the_bot_in_is_greeted(stage: Stage):
    event = Event("w-1", WELCOMED, "uuid-of-room", "id-tom", direct=False, host="")
    assert await stage.live(stage.inbox.take(event))
    (said,) = stage.messenger.said
    assert said.words == WELCOME
    assert said.place
    assert key_of(said.place.room_id) == "uuid-of-room"


async def test_what_was_taken_back_before_it_was_read_is_let_go(stage: Stage):
    event = Event("p-1", PRESSED, room_of(TOM), TOM.person_id, direct=True, host="")
    assert await stage.live(stage.inbox.take(event))
    assert (stage.messenger.said, stage.unhandled()) == ([], set())


async def test_what_is_not_readable_yet_is_looked_for_again(stage: Stage):
    event = stage.typed(TOM, "help", room_of(TOM))
    late = public_id("MESSAGE", event.id)
    message = stage.messages.kept.pop(late)

    async def show_up() -> None:
        while event.id not in stage.unhandled():  # noqa: ASYNC110 - until it was taken
            await asyncio.sleep(0)
        stage.messages.kept[late] = message

    stage.messages.strict = True
    assert await stage.live(stage.inbox.take(event), show_up())
    assert stage.messenger.words[-1].startswith("What I can do for you")


async def test_an_answer_that_may_not_be_given_is_not_tried_again(stage: Stage):
    stage.messenger.unreachable = {room_of(TOM)}
    event = stage.typed(TOM, "help", room_of(TOM))
    assert await stage.live(stage.inbox.take(event))
    assert stage.unhandled() == set()


async def test_in_a_group_a_press_is_answered_in_the_thread_of_its_request(stage: Stage):
    event = stage.typed(TOM, "add phone", GROUP_ROOM)
    assert await stage.live(stage.inbox.take(event))
    form = stage.messenger.said[-1]
    assert form.place
    assert form.place.thread_id
    (answer,) = await presses(
        stage, VERA, GROUP_ROOM, form.id, **rules.button(form.card or {}, "Cancel")
    )
    assert answer.place == form.place


@pytest.mark.parametrize(("parent", "thread"), [("root", "root"), (None, None)])
async def test_without_a_request_it_is_answered_where_the_card_stands(stage: Stage, parent, thread):
    stage.messages.kept["msg-7"] = {"id": "msg-7", "parentId": parent}
    (answer,) = await presses(stage, TOM, GROUP_ROOM, "msg-7", say="help")
    assert answer.place == Place(GROUP_ROOM, direct=False, thread_id=thread)


async def test_a_card_that_cannot_be_read_is_answered_in_the_space(stage: Stage):
    stage.messages.strict = True
    (answer,) = await presses(stage, TOM, GROUP_ROOM, "msg-gone", say="help")
    assert answer.place == Place(GROUP_ROOM, direct=False)
