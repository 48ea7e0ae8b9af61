"""Strangers get one answer and one audit row in an hour, whatever they try."""

import json
import re
from typing import Any

import pytest

from bot.audit import Trail
from bot.core.errors import DatabaseUnavailable, Unavailable
from bot.core.models.audit import AuditEntry
from bot.core.models.people import Grant, Role, Sender
from bot.requests.strangers import (
    HOUR,
    MAX_ANSWERED_PRESSES,
    MAX_ANSWERED_STRANGERS,
    MAX_ROWS_PER_HOUR,
    Strangers,
)
from bot.store import audit, grants
from bot.store.sql import select
from tests.bot.requests.approving import APPROVERS
from tests.bot.requests.fixtures import ADA, NETWORK, PHONE, SAM, TOM, VERA
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, room_of
from tests.cards import rules

WORDS = "not on the list of people I work for"


def denials(harness: DispatchHarness, who: Sender | None = None) -> list[AuditEntry]:
    """What the trail says of them."""
    rows = [entry for entry in audit.entries(harness.db) if entry.action == "denied"]
    return [row for row in rows if who is None or row.actor_id == who.person_id]


async def codes(harness: DispatchHarness) -> dict[str, str]:
    """Codes of requests in each place and state, and codes of none."""
    await harness.says(TOM, "add phone", GROUP_ROOM)
    await harness.says(TOM, "add phone D82E3EEF4E5C 8865 for ann@example.com")
    (form,) = await harness.says(TOM, "create dect network Hall at Lyon")
    button = rules.button(form.card or {}, "Continue")
    (plan,) = await harness.presses(TOM, {**button, **NETWORK}, card=form.id)
    await harness.presses(TOM, rules.button(plan.card or {}, "Confirm"), card=plan.id)
    rows = [str(row["code"]) for row in select(harness.db, "select code from requests")]
    existing = dict(
        zip(("draft in a group", "plan alone", "waits for approval"), rows, strict=True)
    )
    return {
        **existing,
        "none": "ZZZ9",
        "nothing": "",
        "not a code": "' or 1=1 --",
        "long": "x" * 9000,
    }


def shapes(code: str) -> list[dict[str, Any]]:
    """Presses that name the code in each way, and some that name none."""
    kinds = (
        "confirm",
        "continue",
        "change",
        "cancel",
        "again",
        "undo",
        "approve",
        "reject",
        "stop",
    )
    named = [{"request": code, "press": kind, "version": 2} for kind in kinds]
    commands = [
        {"say": f"{verb} {code}"} for verb in ("approve", "reject", "cancel", "request", "undo")
    ]
    return [
        *named,
        *commands,
        {"request": [code]},
        {"request": None, "press": "approve"},
        {"x": code},
        {},
    ]


def without_own(shown: str, sender: Sender) -> str:
    """The answer without what the stranger said: their address, and the command they tried."""
    return re.sub("(, )?'tried': '[^']*'", "", shown.replace(sender.email, "…"))


async def test_a_stranger_gets_the_same_answer_for_every_code_in_every_shape(
    harness: DispatchHarness,
):
    """Each try comes from another stranger, for one hears it only once an hour."""
    answers, number = set(), 0
    known = await codes(harness)
    thread = next(select(harness.db, "select thread_id from requests where thread_id is not null"))
    harness.messages.kept["msg-1"] = {"id": "msg-1", "parentId": thread["thread_id"]}
    for code in known.values():
        for inputs in shapes(code):
            number += 1
            harness.clock.now += HOUR / 20
            sender = Sender(f"id-s{number}", f"s{number}@example.com")
            (heard,) = await harness.presses(sender, inputs, GROUP_ROOM)
            assert heard.place
            shown = f"{heard.text} {heard.place} {heard.card}"
            answers.add(without_own(shown, sender))
            assert len(denials(harness, sender)) == 1, inputs
    assert len(answers) == 1
    assert WORDS in next(iter(answers))
    assert harness.calling.changes == 0


async def test_a_stranger_gets_the_same_answer_for_any_message(harness: DispatchHarness):
    texts = [
        f"{verb} {code}"
        for code in (await codes(harness)).values()
        for verb in ("approve", "reject", "cancel", "request", "aprove")
    ]
    answers = set()
    for number, text in enumerate(
        [
            *texts,
            "requests",
            "cancel",
            "approve",
            "add phone",
            "grant sam@example.com admin",
            "hello",
        ]
    ):
        harness.clock.now += HOUR / 20
        sender = Sender(f"id-s{number}", f"s{number}@example.com")
        (heard,) = await harness.says(sender, text)
        answers.add(without_own(f"{heard.text} {heard.card}", sender))
        assert len(denials(harness, sender)) == 1
    assert len(answers) == 1


async def test_a_flood_of_one_stranger_is_answered_and_recorded_once(harness: DispatchHarness):
    before = len(harness.messenger.posted)
    for number in range(60):
        if number % 2:
            await harness.presses(SAM, {"request": f"ZZ{number}", "press": "confirm"})
        else:
            await harness.says(SAM, f"hello {number}", GROUP_ROOM if number % 3 else "")
    assert len(harness.messenger.posted) == before + 1
    (row,) = denials(harness)
    assert (row.actor_id, row.actor) == (SAM.person_id, SAM.email)
    assert harness.unhandled() == set()


async def test_the_next_hour_records_the_number_of_attempts(harness: DispatchHarness):
    for _ in range(5):
        await harness.says(SAM, "hello")
    harness.clock.now += HOUR
    (heard,) = await harness.says(SAM, "hello")
    assert WORDS in heard.text
    _, more = denials(harness)
    assert (more.actor, json.loads(more.detail)["tries"]) == (SAM.email, 4)
    assert "4 more from this account since 1970-01-12T13:46:40.000Z" in more.about
    assert await harness.says(SAM, "hello") == []
    assert len(denials(harness)) == 2


async def test_counted_attempts_become_a_row_after_an_hour_or_at_shutdown(harness: DispatchHarness):
    for _ in range(3):
        await harness.says(SAM, "hello")
    await harness.strangers.tick()
    assert len(denials(harness)) == 1
    harness.clock.now += HOUR
    await harness.strangers.tick()
    assert [json.loads(denial.detail).get("tries") for denial in denials(harness)] == [None, 2]
    await harness.says(SAM, "hello")
    await harness.strangers.close()
    assert [json.loads(denial.detail).get("tries") for denial in denials(harness)] == [None, 2, 1]
    harness.clock.now += 2 * HOUR
    await harness.strangers.tick()
    await harness.strangers.tick()
    assert len(denials(harness)) == 3


async def test_many_strangers_leave_a_bounded_number_of_rows(harness: DispatchHarness):
    many = [
        Sender(f"id-s{number}", f"s{number}@example.com")
        for number in range(MAX_ROWS_PER_HOUR + 30)
    ]
    for _ in range(2):
        for sender in many:
            await harness.says(sender, "hello")
    assert len(denials(harness)) == MAX_ROWS_PER_HOUR
    answers = [message.text for message in harness.messenger.posted if WORDS in message.text]
    assert len(answers) == len(set(answers)) == len(many)
    harness.clock.now += HOUR
    await harness.strangers.tick()
    *_, last = denials(harness)
    assert (last.actor, json.loads(last.detail)["tries"]) == ("provbot", 60)
    assert len(denials(harness)) == 2 * MAX_ROWS_PER_HOUR + 1
    assert len(harness.strangers._windows) <= MAX_ROWS_PER_HOUR + 1


async def test_many_strangers_get_an_answer_each_hour_up_to_a_limit(harness: DispatchHarness):
    many = [
        Sender(f"id-s{number}", f"s{number}@example.com")
        for number in range(MAX_ANSWERED_STRANGERS + 30)
    ]

    async def heard(attempt: int) -> int:
        return sum(
            [
                await harness.strangers.count_attempt(sender, f"e-{attempt}-{sender.email}", "why")
                for sender in many
            ]
        )

    first = await heard(1)
    assert MAX_ANSWERED_STRANGERS - 1 <= first <= MAX_ANSWERED_STRANGERS
    assert await heard(2) == 0
    assert len(harness.strangers._windows) <= MAX_ANSWERED_STRANGERS + 1
    assert len(denials(harness)) == MAX_ROWS_PER_HOUR
    harness.clock.now += HOUR
    assert await heard(3) >= MAX_ANSWERED_STRANGERS - 1
    assert len(denials(harness)) <= 3 * MAX_ROWS_PER_HOUR


async def test_an_answer_without_a_row_is_given_again_to_the_same_event(harness: DispatchHarness):
    for number in range(MAX_ROWS_PER_HOUR):
        await harness.strangers.count_attempt(Sender(f"id-s{number}", ""), f"e-{number}", "why")
    assert [await harness.strangers.count_attempt(SAM, "e-sam", "why") for _ in range(2)] == [
        True,
        True,
    ]
    assert not await harness.strangers.count_attempt(SAM, "e-sam-2", "why")


async def test_an_account_with_anothers_address_is_answered_and_recorded_once(
    harness: DispatchHarness,
):
    await harness.says(TOM, "whoami")
    other = Sender("id-other", TOM.email)
    answers = [await harness.says(other, f"whoami {number}") for number in range(20)]
    answers += [
        await harness.presses(other, {"request": f"ZZ{number}", "press": "confirm"})
        for number in range(20)
    ]
    assert [len(heard) for heard in answers] == [1] + [0] * 39
    assert "belong to another Webex account" in answers[0][0].text
    assert len(denials(harness, other)) == 1
    harness.clock.now += HOUR
    assert len(await harness.says(other, "whoami")) == 1
    assert [json.loads(row.detail).get("tries") for row in denials(harness, other)] == [None, 39]


async def test_a_revoked_person_gets_answers_to_presses(harness: DispatchHarness):
    (plan,) = await harness.says(TOM, "add phone D82E3EEF4E5C 8865 for ann@example.com")
    await harness.store.call(grants.revoke, Grant(TOM.email, Role.TECHNICIAN))
    for _ in range(3):
        await harness.says(TOM, "hello")
    confirm = rules.button(plan.card or {}, "Confirm")
    heard = [
        await harness.presses(TOM, confirm, card=plan.id) for _ in range(MAX_ANSWERED_PRESSES + 5)
    ]
    assert [len(answer) for answer in heard] == [1] * MAX_ANSWERED_PRESSES + [0] * 5
    assert all(WORDS in answer[0].text for answer in heard if answer)
    assert len(denials(harness)) == 2
    assert harness.calling.changes == 0


async def test_a_revoked_approver_gets_answers_to_presses(harness: DispatchHarness):
    (form,) = await harness.says(TOM, "create dect network Hall at Lyon")
    button = rules.button(form.card or {}, "Continue")
    (plan,) = await harness.presses(TOM, {**button, **NETWORK}, card=form.id)
    await harness.presses(TOM, rules.button(plan.card or {}, "Confirm"), card=plan.id)
    approver = APPROVERS[0]
    who = Sender("id-ana", approver.who)
    card = next(message for message in harness.messenger.posted if message.email == who.email)
    await harness.store.call(grants.revoke, approver)
    assert len(await harness.says(who, "hello")) == 1
    for _ in range(2):
        (heard,) = await harness.presses(
            who, rules.button(card.card or {}, "Approve"), card=card.id
        )
        assert WORDS in heard.text


async def test_a_person_revoked_again_gets_an_answer_at_once(harness: DispatchHarness):
    await harness.says(SAM, "hello")
    await harness.says(SAM, "hello")
    await harness.allow(Grant(SAM.email, Role.VIEWER))
    (heard,) = await harness.says(SAM, "whoami")
    assert WORDS not in heard.text
    await harness.store.call(grants.revoke, Grant(SAM.email, Role.VIEWER))
    (heard,) = await harness.says(SAM, "whoami")
    assert WORDS in heard.text
    assert len(denials(harness)) == 1


async def test_an_answer_that_could_not_be_posted_is_posted_by_the_next_attempt(
    harness: DispatchHarness,
):
    harness.messenger.troubles = [Unavailable(503, "Down.")]
    (heard,) = await harness.says(SAM, "hello")
    assert WORDS in heard.text
    assert len(denials(harness)) == 1


class Full(Trail):
    """A trail that cannot be written."""

    async def record(self, *_row: Any, **_more: Any) -> None:
        """Not now."""
        raise DatabaseUnavailable("database or disk is full")


async def test_a_row_that_could_not_be_written_is_written_by_the_next_attempt(
    harness: DispatchHarness,
):
    counts = harness.strangers._windows
    full = Strangers(harness.store, Full(harness.store, harness.clock), harness.clock, counts)
    with pytest.raises(DatabaseUnavailable):
        await full.count_attempt(SAM, "e-1", "why")
    assert await harness.strangers.count_attempt(SAM, "e-1", "why")
    assert len(denials(harness)) == 1
    await harness.strangers.count_attempt(SAM, "e-2", "why")
    harness.clock.now += HOUR
    with pytest.raises(DatabaseUnavailable):
        await full.tick()
    harness.clock.now += HOUR
    await harness.strangers.tick()
    assert [json.loads(denial.detail).get("tries") for denial in denials(harness)] == [None, 1]


async def test_late_messages_of_strangers_get_no_extra_answer(harness: DispatchHarness):
    for _ in range(3):
        event = harness.typed(SAM, "hello", room_of(SAM))
        kept = next(
            message
            for message in harness.messages.kept.values()
            if message.get("personEmail") == SAM.email
        )
        kept["created"] = "1970-01-12T13:40:00.000Z"
        assert await harness.live(harness.inbox.take(event))
    (answer,) = harness.messenger.posted
    assert WORDS in answer.text


async def test_a_stranger_who_was_answered_is_not_logged_again(harness: DispatchHarness, caplog):
    await harness.says(SAM, "hello")
    caplog.clear()
    with caplog.at_level("INFO"):
        for _ in range(5):
            await harness.says(SAM, "hello")
    assert [record for record in caplog.records if record.levelname != "DEBUG"] == []


@pytest.mark.parametrize("who", [VERA, ADA])
async def test_a_press_with_only_a_code_is_answered_alone_or_beside_its_card(
    harness: DispatchHarness, who
):
    """Else the thread would tell in which space a request was asked for."""
    await harness.says(TOM, "add phone", GROUP_ROOM)
    code = str(next(select(harness.db, "select code from requests"))["code"])
    harness.messages.kept["msg-7"] = {"id": "msg-7", "parentId": "elsewhere"}
    for named in (code, "ZZZ9"):
        (heard,) = await harness.presses(
            who, {"request": named, "press": "confirm"}, GROUP_ROOM, "msg-7"
        )
        if heard.place:
            assert heard.place.thread_id == "elsewhere"
        else:
            assert heard.email == who.email


async def test_each_denial_of_a_known_person_is_recorded(harness: DispatchHarness):
    for _ in range(3):
        await harness.says(VERA, f"add phone {PHONE['mac']}")
    assert len(denials(harness, VERA)) == 3
