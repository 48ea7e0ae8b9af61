"""Answers that concern only the one who pressed: to them alone, and not again and again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Forbidden, Unavailable, WebexError
from bot.core.models.files import FileMessage
from bot.core.models.people import Place, Sender
from bot.domain.operation import PrivateAnswer
from bot.requests.interaction import ButtonPress
from bot.requests.private_replies import (
    MAX_REMEMBERED,
    REPEAT_AFTER,
    PrivateReplies,
    post_privately,
    post_to_presser,
)
from tests.bot.requests import fixtures, harness
from tests.bot.requests.fixtures import ROLES, TESS, TOM, Clock
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness
from tests.cards import rules
from tests.fake_messenger import FakeMessenger

SPACE = Place("room-1", direct=False, thread_id="thread-1")
TEXT = "7K3F is done."


class Unreached(FakeMessenger):
    """Cannot write to people directly."""

    def __init__(self, error: WebexError) -> None:
        super().__init__()
        self.error = error

    async def tell_account(self, sender: Sender, answer: object) -> str:
        """Refused."""
        raise self.error


def press(presser: Sender, kind: str = "confirm") -> ButtonPress:
    """A press of that button."""
    return ButtonPress("7K3F", 2, kind, {}, presser, SPACE, "event-1")


def test_the_same_press_gets_the_same_answer_once_a_minute():
    clock = Clock()
    private_replies = PrivateReplies(clock)
    first = private_replies.reply(press(TOM), TEXT)
    assert (first.answer, first.to) == (TEXT, TOM)
    clock.now += REPEAT_AFTER - 1
    assert private_replies.reply(press(TOM), TEXT).answer is None
    assert private_replies.reply(press(TOM, "undo"), TEXT).answer == TEXT
    assert private_replies.reply(press(TESS), TEXT).answer == TEXT
    assert private_replies.reply(press(TOM), "Something else.").answer
    clock.now += 1
    assert private_replies.reply(press(TOM), TEXT).answer == TEXT


def test_only_the_newest_answers_are_remembered():
    private_replies = PrivateReplies(Clock())
    for number in range(MAX_REMEMBERED + 1):
        private_replies.reply(press(TOM), str(number))
    assert private_replies.reply(press(TOM), "1").answer is None
    assert private_replies.reply(press(TOM), "0").answer == "0"


async def test_in_a_space_the_answer_goes_to_the_presser_alone():
    messenger = FakeMessenger()
    await post_to_presser(messenger, SPACE, TOM, TEXT)
    assert [(post.place, post.email) for post in messenger.posted] == [(None, TOM.email)]


async def test_a_presser_who_cannot_be_written_to_is_answered_in_the_space():
    messenger = Unreached(Forbidden(403, "no"))
    await post_to_presser(messenger, SPACE, TOM, TEXT)
    assert [post.place for post in messenger.posted] == [SPACE]


async def test_an_outage_is_no_reason_to_answer_in_the_space():
    messenger = Unreached(Unavailable(503, "later"))
    with pytest.raises(Unavailable):
        await post_to_presser(messenger, SPACE, TOM, TEXT)
    assert messenger.posted == []


@pytest.fixture
async def dispatch(tmp_path: Path) -> AsyncIterator[DispatchHarness]:
    """Everything from the event to the answer."""
    async with harness.opened(tmp_path / "provbot.db", *ROLES, repeat_after=REPEAT_AFTER) as made:
        yield made


async def test_presses_by_others_and_late_presses_leave_nothing_in_the_space(
    dispatch: DispatchHarness,
):
    (plan,) = await dispatch.says(
        TOM, f"add phone {fixtures.PHONE['mac']} 8865 for ann@example.com", GROUP_ROOM
    )
    confirm = rules.button(plan.card or {}, "Confirm")
    code = confirm["request"]

    for _ in range(3):
        await dispatch.presses(TESS, confirm, GROUP_ROOM)
    await dispatch.presses(TOM, confirm, GROUP_ROOM)
    for _ in range(3):
        await dispatch.presses(TOM, confirm, GROUP_ROOM)

    in_space = [
        post.text.splitlines()[0]
        for post in dispatch.messenger.standing
        if post.place and post.place.room_id == GROUP_ROOM
    ]
    assert len(in_space) == 1
    assert in_space[0].startswith("✓")
    alone = {post.email: post.text for post in dispatch.messenger.standing if post.email}
    assert alone[TESS.email].startswith("Only ")
    assert f"can confirm request {code}, so I did nothing." in alone[TESS.email]
    assert alone[TOM.email].startswith(f"{code} is ")
    assert len([post for post in dispatch.messenger.posted if post.email]) == 2


SHEET = PrivateAnswer(
    FileMessage(text="The sheet.", name="a-handsets.html", content=b"0478"),
    "I sent the sheet to you.",
    "I could not send the sheet to you.",
)


async def test_what_has_secrets_goes_to_the_person_alone_and_the_space_hears_of_it():
    messenger = FakeMessenger()
    await post_privately(messenger, SPACE, TOM, SHEET)
    private, public = messenger.posted
    assert (private.email, private.place, private.file) == (TOM.email, None, SHEET.answer)
    assert (public.place, public.text, public.file) == (SPACE, SHEET.sent, None)


async def test_where_nobody_else_reads_there_is_only_the_answer():
    messenger, direct = FakeMessenger(), Place("room-2", direct=True)
    await post_privately(messenger, direct, TOM, SHEET)
    (answer,) = messenger.posted
    assert (answer.place, answer.file) == (direct, SHEET.answer)


async def test_secrets_never_reach_the_space_if_webex_refuses_the_direct_message():
    messenger = Unreached(Forbidden(403, "not allowed", "T"))
    await post_privately(messenger, SPACE, TOM, SHEET)
    (heard,) = messenger.posted
    assert (heard.place, heard.text, heard.file) == (SPACE, SHEET.not_sent, None)


async def test_a_direct_message_that_may_arrive_later_is_tried_again_and_nothing_is_said():
    messenger = Unreached(Unavailable(503, "down", "T"))
    with pytest.raises(Unavailable):
        await post_privately(messenger, SPACE, TOM, SHEET)
    assert messenger.posted == []
