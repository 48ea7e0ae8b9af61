"""A progress message is posted only if the work takes a while, and never after its end."""

import asyncio

import pytest

from bot.chat.progress import (
    SHOWN_AFTER,
    SHOWN_BY,
    SLOW_AFTER,
    USED_CARD_STAYS,
    Progress,
    UsedCard,
    delay_of,
)
from bot.core.models.people import Place
from tests.bot.chat.timed import Play, TimedMessenger, Work

ROOM = Place("room", direct=True)
MOMENT = 0.01


@pytest.mark.parametrize(
    ("waited", "delay"),
    [(0.0, 0.4), (0.05, 0.4), (0.2, 0.4), (0.3, 0.3), (0.4, 0.2), (0.41, 0.0), (3600.0, 0.0)],
)
def test_people_who_waited_see_the_message_sooner(waited: float, delay: float):
    assert delay_of(waited) == pytest.approx(delay)
    assert waited > SHOWN_AFTER or waited + delay_of(waited) <= SHOWN_BY + MOMENT


def running(seconds: float, waited: float = 0.0, card: UsedCard | None = None) -> Work:
    """An event that is handled for so long, so long after it was received."""

    async def work(progress: Progress) -> None:
        progress.wait_from_now(waited)
        with progress.while_running(ROOM, "⏳", card):
            await asyncio.sleep(seconds)

    return work


def test_work_that_ends_in_time_posts_nothing(play: Play):
    assert play(running(SHOWN_AFTER - MOMENT, card=UsedCard("card"))) == []


def test_work_that_takes_longer_posts_when_due_and_removes_at_the_end(play: Play):
    assert play(running(0.45)) == [("post ⏳", SHOWN_AFTER), ("remove msg-1", 0.45)]


def test_an_event_that_waited_posts_at_once(play: Play):
    assert play(running(MOMENT, waited=0.5)) == [("post ⏳", 0.0), ("remove msg-1", MOMENT)]


def test_what_was_done_before_counts(play: Play):
    async def work(progress: Progress) -> None:
        progress.wait_from_now(0.0)
        await asyncio.sleep(0.3)
        with progress.while_running(ROOM, "⏳"):
            await asyncio.sleep(0.2)

    assert play(work) == [("post ⏳", SHOWN_AFTER), ("remove msg-1", 0.5)]


def test_work_of_no_event_posts_after_the_same_time(play: Play):
    async def work(progress: Progress) -> None:
        await asyncio.sleep(1.0)
        with progress.while_running(ROOM, "⏳"):
            await asyncio.sleep(1.0)

    assert play(work) == [("post ⏳", 1.0 + SHOWN_AFTER), ("remove msg-1", 2.0)]


def test_a_task_of_the_event_waits_for_the_same_moment(play: Play):
    async def work(progress: Progress) -> None:
        progress.wait_from_now(0.0)
        await asyncio.sleep(0.3)
        await asyncio.create_task(later(progress))

    async def later(progress: Progress) -> None:
        with progress.while_running(ROOM, "⏳"):
            await asyncio.sleep(0.2)

    assert play(work) == [("post ⏳", SHOWN_AFTER), ("remove msg-1", 0.5)]


def test_the_used_card_goes_after_the_message_has_taken_its_place(play: Play):
    card = UsedCard("card")
    assert play(running(1.0, card=card)) == [
        ("post ⏳", SHOWN_AFTER),
        ("remove card", USED_CARD_STAYS),
        ("remove msg-1", 1.0),
    ]
    assert card.gone


def test_a_result_cancels_the_message_although_its_posting_takes_long(play: Play):
    async def work(progress: Progress) -> None:
        posting, card = progress.post_when_due(ROOM, "⏳", request="7K3F"), UsedCard("card")
        with progress.until_result(card, posting):
            await asyncio.sleep(0.3)
        await asyncio.sleep(10)  # so long it takes to tell the result
        assert await progress.withdrawn(posting) is None
        assert not card.gone

    assert play(work) == []


def test_a_body_that_fails_does_not_cancel_the_message(play: Play):
    async def work(progress: Progress) -> None:
        posting = progress.post_when_due(ROOM, "⏳", request="7K3F")
        with pytest.raises(OSError, match="Down"), progress.until_result(UsedCard(None), posting):
            raise OSError("Down")
        await asyncio.sleep(1.0)
        await progress.delete([await progress.withdrawn(posting)])

    assert play(work) == [("post ⏳", SHOWN_AFTER), ("remove msg-1", 1.0)]


def test_a_message_that_is_just_being_posted_is_removed(play: Play):
    async def work(progress: Progress) -> None:
        assert isinstance(progress.messenger, TimedMessenger)
        progress.messenger.gate.clear()
        with progress.while_running(ROOM, "⏳"):
            await asyncio.sleep(0.45)
        await asyncio.sleep(1.0)
        progress.messenger.gate.set()

    assert play(work) == [("post ⏳", SHOWN_AFTER), ("remove msg-1", 1.45)]


def test_a_message_for_slow_work_appears_later(play: Play):
    async def work(progress: Progress) -> None:
        for seconds in (SLOW_AFTER - MOMENT, SLOW_AFTER + MOMENT):
            with progress.if_slow(ROOM, "⏳"):
                await asyncio.sleep(seconds)

    ended = 2 * SLOW_AFTER
    assert play(work) == [("post ⏳", ended - MOMENT), ("remove msg-1", ended)]
