"""Long work tells how far it is in one message: seldom, and with the newest text."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise
from math import ceil

import pytest

from bot.chat.progress import SHOWN_AFTER, Progress
from bot.chat.progress_report import (
    MAX_EDITS,
    MAX_POSTS,
    MIN_SECONDS,
    ProgressReport,
    edits_until,
)
from bot.core.errors import NotFound, OutcomeUnknown, Unavailable, WebexError
from bot.core.models.people import Place
from bot.core.models.requests import ProgressMessage
from bot.store import progress_messages
from tests.bot.chat.timed import Play, Shown, TimedMessenger

ROOM, CODE = Place("room", direct=True), "7K3F"
PAUSE = MIN_SECONDS + 1.0


def messenger_of(progress: Progress) -> TimedMessenger:
    assert isinstance(progress.messenger, TimedMessenger)
    return progress.messenger


def calls_of(shown: Shown) -> list[str]:
    return [what for what, _ in shown]


@pytest.mark.parametrize("total", [1, 2, 3, 7, 10, 11, 40, 500])
def test_edits_are_spread_over_the_whole_work(total: int):
    allowed = [edits_until(done, total) for done in range(total + 1)]
    assert (allowed[0], allowed[-1]) == (1, MAX_EDITS)
    assert allowed == sorted(allowed)
    assert allowed[total // 2] <= 1 + MAX_EDITS // 2
    assert max(later - sooner for sooner, later in pairwise(allowed)) <= ceil(MAX_EDITS / total)


@pytest.mark.parametrize(("done", "total"), [(0, 0), (3, 0), (-1, 5), (0, 5), (3, -2)])
def test_odd_counts_allow_one_edit(done: int, total: int):
    assert edits_until(done, total) == 1


def test_more_than_all_allows_no_more_than_webex():
    assert edits_until(12, 5) == MAX_EDITS


async def count(report: ProgressReport, total: int, counts: Iterable[int], pause: float) -> None:
    """Show each of these counts, so many seconds apart."""
    for done in counts:
        report.show(f"{done} of {total}", done=done, total=total)
        await asyncio.sleep(pause)


def test_the_first_text_is_posted_and_later_ones_are_edited(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        await count(report, 3, range(3), PAUSE)
        stored = await progress.store.call(progress_messages.posted)
        assert [(row.message_id, row.request) for row in stored] == [("msg-1", CODE)]
        await report.remove()

    assert play(work) == [
        ("post 0 of 3", 0.0),
        ("edit msg-1 1 of 3", PAUSE),
        ("edit msg-1 2 of 3", 2 * PAUSE),
        ("remove msg-1", 3 * PAUSE),
    ]


@pytest.mark.parametrize("total", [4, 10, 40, 137])
def test_no_message_is_edited_more_often_than_webex_allows(play: Play, total: int):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        await count(report, total, range(total + 1), PAUSE)
        await report.remove()

    calls = calls_of(play(work))
    edits = [call for call in calls if call.startswith("edit")]
    assert len(edits) == min(total, MAX_EDITS)
    assert edits[-1] == f"edit msg-1 {total} of {total}"  # enough are left for the end
    assert calls == ["post 0 of " + str(total), *edits, "remove msg-1"]


def test_quick_counts_are_shown_seldom_and_the_newest_wins(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        await count(report, 100, range(100), 0.1)
        await asyncio.sleep(60)
        await report.remove()

    shown = play(work)
    assert calls_of(shown) == [
        "post 0 of 100",
        "edit msg-1 50 of 100",
        "edit msg-1 99 of 100",
        "remove msg-1",
    ]
    assert [at for _, at in shown[1:3]] == pytest.approx([MIN_SECONDS, 2 * MIN_SECONDS], abs=0.1)


def test_a_text_that_is_shown_already_takes_no_call(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        for _ in range(3):
            report.show("waiting", done=1, total=2)
            await asyncio.sleep(PAUSE)
        await report.remove()

    assert calls_of(play(work)) == ["post waiting", "remove msg-1"]


def test_slow_calls_never_overlap(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        messenger_of(progress).seconds = 30.0
        await count(report, 10, range(10), 6.0)
        await report.remove()

    shown = [at for _, at in play(work)]
    assert len(shown) >= 3
    assert all(later - sooner >= 30.0 for sooner, later in pairwise(shown))


def test_after_closing_nothing_is_shown(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        await count(report, 5, range(2), 1.0)  # the second text waits for its turn
        report.close()
        report.show("2 of 5", done=2, total=5)
        await asyncio.sleep(60)
        await report.remove()

    assert play(work) == [("post 0 of 5", 0.0), ("remove msg-1", 62.0)]


def test_closing_waits_for_no_pause(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        await count(report, 5, range(2), 1.0)
        await report.remove()
        assert asyncio.get_running_loop().time() == 2.0

    assert calls_of(play(work)) == ["post 0 of 5", "remove msg-1"]


def test_a_report_that_is_just_being_posted_is_removed(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        messenger_of(progress).seconds = 3.0
        report.show("0 of 5", done=0, total=5)
        await asyncio.sleep(1.0)
        await report.remove()

    assert play(work) == [("post 0 of 5", 0.0), ("remove msg-1", 3.0)]


def test_a_report_that_showed_nothing_removes_nothing(play: Play):
    async def work(progress: Progress) -> None:
        await ProgressReport(progress, ROOM, CODE).remove()

    assert play(work) == []


@pytest.mark.parametrize(
    ("trouble", "edits"),
    [
        (Unavailable(503, "Down."), ["1 of 3", "1 of 3", "2 of 3"]),
        (OutcomeUnknown(504, "Lost."), ["1 of 3", "1 of 3", "2 of 3"]),
        (NotFound(404, "It was deleted."), ["1 of 3"]),
        (WebexError(400, "A message can be edited 10 times at most."), ["1 of 3"]),
        (KeyError("an error of ours"), ["1 of 3"]),
    ],
)
def test_an_edit_that_fails_breaks_nothing(play: Play, trouble: Exception, edits: list[str]):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        messenger_of(progress).troubles = [None, trouble]
        await count(report, 3, range(3), PAUSE)
        await report.remove()

    edited = [f"edit msg-1 {text}" for text in edits]
    assert calls_of(play(work)) == ["post 0 of 3", *edited, "remove msg-1"]


def test_an_edit_that_failed_is_repeated_with_the_edits_that_are_left(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        messenger_of(progress).troubles = [None, *[Unavailable(503, "Down.")] * MAX_EDITS]
        await count(report, 3, range(2), PAUSE)
        await asyncio.sleep(3600)
        await report.remove()

    edits = ["edit msg-1 1 of 3"] * edits_until(1, 3)
    assert calls_of(play(work)) == ["post 0 of 3", *edits, "remove msg-1"]


def test_a_report_that_cannot_be_posted_is_tried_a_few_times(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        messenger_of(progress).troubles = [Unavailable(503, "Down.")] * (MAX_POSTS + 1)
        await count(report, 100, range(100), 1.0)
        await report.remove()

    calls = calls_of(play(work))
    assert len(calls) == MAX_POSTS
    assert all(call.startswith("post") for call in calls)


def test_a_report_that_could_not_be_posted_at_first_is_shown_later(play: Play):
    async def work(progress: Progress) -> None:
        report = ProgressReport(progress, ROOM, CODE)
        messenger_of(progress).troubles = [Unavailable(503, "Down.")]
        await count(report, 3, range(2), PAUSE)
        await report.remove()

    assert calls_of(play(work)) == [
        "post 0 of 3",
        "post 0 of 3",
        "edit msg-1 1 of 3",
        "remove msg-1",
    ]


def test_the_line_of_the_request_becomes_the_report(play: Play):
    async def work(progress: Progress) -> None:
        line = progress.post_when_due(ROOM, "⏳", request=CODE)
        await asyncio.sleep(10.0)
        report = ProgressReport(progress, ROOM, CODE, line=line)
        await count(report, 40, range(41), PAUSE)
        await report.remove()

    calls = calls_of(play(work))
    assert calls[0] == "post ⏳"
    assert calls[1] == "edit msg-1 0 of 40"
    assert len(calls) == MAX_EDITS + 2
    assert calls[-1] == "remove msg-1"


def test_a_line_that_is_not_due_is_never_posted_beside_the_report(play: Play):
    async def work(progress: Progress) -> None:
        line = progress.post_when_due(ROOM, "⏳", request=CODE)
        report = ProgressReport(progress, ROOM, CODE, line=line)
        report.show("0 of 5", done=0, total=5)
        await asyncio.sleep(2 * SHOWN_AFTER)
        await report.remove()

    assert calls_of(play(work)) == ["post 0 of 5", "remove msg-1"]


def test_a_line_is_removed_although_nothing_was_reported(play: Play):
    async def work(progress: Progress) -> None:
        line = progress.post_when_due(ROOM, "⏳", request=CODE)
        report = ProgressReport(progress, ROOM, CODE, line=line)
        await asyncio.sleep(2 * SHOWN_AFTER)
        await report.remove()

    assert calls_of(play(work)) == ["post ⏳", "remove msg-1"]


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_report_replaces_those_of_an_earlier_process(play: Play, is_shown: bool):
    async def work(progress: Progress) -> None:
        old = ProgressMessage(message_id="old", request=CODE)
        await progress.store.call(progress_messages.add, old)
        report = ProgressReport(progress, ROOM, CODE, earlier=["old"])
        if is_shown:
            await count(report, 5, [2], PAUSE)
        await report.remove()

    replaced = ["post 2 of 5", "remove old", "remove msg-1"]
    assert calls_of(play(work)) == (replaced if is_shown else ["remove old"])
