"""How long a request still takes whose changes keep a pause between them."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.progress import Progress
from bot.core.models.local_time import LocalTime
from bot.core.models.steps import StepRecord
from bot.domain import dect_pace
from bot.domain.plan import Step
from bot.operations.actions import dect_steps
from bot.requests import step_views
from bot.requests.countdown import TimeLeft, time_left
from bot.requests.step_report import StepReport
from bot.requests.step_transitions import RunState
from tests.bot.chat.timed import played
from tests.bot.requests.dect_examples import LYON, NOW, SPACING, base, handset, records
from tests.bot.requests.list_examples import request

SIZES = {dect_steps.ADD_HANDSET: 50, dect_steps.ADD_BASE: 50, dect_steps.DELETE_HANDSET: 50}
BERLIN = LocalTime(ZoneInfo("Europe/Berlin"), NOW)  # 12:06:40 CET
RUNNING = request("running")


def left_of(steps: list[StepRecord]) -> TimeLeft:
    left = time_left(steps, SIZES, NOW)
    assert left is not None
    return left


def added(handsets: int, second_lines: int = 0) -> list[StepRecord]:
    """A journal in which bases are done and handsets are to come."""
    steps = in_turns(handset(row, 900 * (row < second_lines)) for row in range(handsets))
    return [*records([base(row) for row in range(3)], "done"), *records(steps, "pending")]


def in_turns(rows: Iterable[tuple[Step, ...]]) -> list[Step]:
    """The steps of these rows as a plan has them: all first lines come before the second ones."""
    steps = [step for row in rows for step in row]
    return sorted(steps, key=lambda step: step.action == dect_steps.SECOND_LINE)


@pytest.mark.parametrize(
    ("actions", "changes"),
    [
        ([], 0),
        (["add handset"] * 50, 1),
        (["add handset"] * 51 + ["second line"] * 3, 5),
        (["add handset", "second line"] * 3, 6),
    ],
)
def test_a_bulk_is_one_change_and_a_second_line_another(actions, changes):
    assert dect_pace.changes_of(actions, SIZES) == changes


def test_the_time_left_is_counted_in_changes_not_in_steps():
    left = left_of(added(120, second_lines=4))
    assert (left.changes, left.seconds) == (3 + 4, 6 * SPACING)


def test_one_change_that_may_begin_at_once_needs_no_time():
    assert time_left(added(50), SIZES, NOW) is None


def test_bases_and_other_steps_wait_for_nothing():
    assert time_left(records([base(1), base(2)], "pending"), SIZES, NOW) is None


def test_the_pause_since_the_last_change_counts():
    steps = added(51, second_lines=1)
    steps[3] = steps[3].model_copy(update={"state": "done", "attempts": 1, "changed_at": NOW - 30})
    left = left_of(steps)
    assert (left.next_at, left.seconds) == (NOW + 60, 60 + SPACING)


def test_a_change_that_is_being_sent_holds_back_the_next():
    steps = added(1, second_lines=1)
    steps[3] = steps[3].model_copy(
        update={"state": "running", "attempts": 1, "changed_at": NOW - 5}
    )
    assert left_of(steps).seconds == SPACING


def test_a_time_in_the_journal_counts_as_another_request_may_have_changed_the_network():
    steps = added(1)
    steps[3] = steps[3].model_copy(update={"not_before": NOW + 70})
    left = left_of(steps)
    assert (left.seconds, left.next_at) == (70, NOW + 70)


def test_handsets_go_alone_where_the_cloud_has_no_call_for_several():
    steps = added(4)
    steps[3] = steps[3].model_copy(update={"attempts": 1, "changed_at": NOW})
    assert left_of(steps).changes == 4


def test_networks_wait_side_by_side():
    elsewhere = dect_steps.Target("Ward 4", LYON, "net-4")
    other = records([*handset(500, 900, target=elsewhere)], "pending")
    assert left_of([*added(120, second_lines=4), *other]).seconds == 6 * SPACING


def test_a_stopped_run_has_no_time_left():
    assert time_left(records(handset(1, 2), "done", "skipped"), SIZES, NOW) is None


def test_the_progress_counts_down_in_the_zone_of_its_reader():
    steps = added(120, second_lines=4)
    steps[3] = steps[3].model_copy(update={"not_before": NOW + 80})
    phrase = left_of(steps).phrase(BERLIN)
    assert phrase == (
        "about 11 minutes left (Webex wants 90 s between changes of handsets; the next at 12:08"
        " CET)"
    )
    shown = step_views.progress(RUNNING, steps, 100.0, phrase)
    assert shown.startswith("⏳ QH4A: ")
    assert shown.endswith(f", {phrase}.")


def test_a_long_run_says_when_it_ends_as_its_message_is_seldom_edited():
    assert left_of(added(300, second_lines=300)).phrase(BERLIN) == (
        "about 8 hours left, until about 19:44 CET (Webex wants 90 s between changes of handsets)"
    )


def test_a_run_that_is_being_stopped_promises_no_time():
    stopped = RUNNING.model_copy(update={"stopped_by": "ada@example.com"})
    assert "left" not in step_views.progress(stopped, added(120), 100.0, "about 6 minutes left")


def test_the_edits_are_spread_over_hours_although_most_steps_end_at_once(tmp_path: Path):
    """200 bases and handsets end within seconds, 40 second lines take an hour."""
    bases = [base(row) for row in range(1, 101)]
    handsets = in_turns(handset(row, 900 * (row <= 40)) for row in range(1, 101))
    first, second = handsets[:100], handsets[100:]

    async def work(progress: Progress) -> None:
        loop = asyncio.get_running_loop()

        def local() -> LocalTime:
            return LocalTime(BERLIN.zone, NOW + loop.time())

        report = StepReport(progress, RUNNING, local, SIZES)
        async with report:
            for number in range(len(second) + 1):
                done = records([*bases, *first, *second[:number]], "done", at=local().now)
                rest = records(second[number:], "pending") if number < len(second) else []
                report.follow(RunState(RUNNING, (*done, *rest)))
                await asyncio.sleep(SPACING)
        await progress.delete(await report.message_ids())

    shown = played(tmp_path / "provbot.db", work)
    edits = [at for what, at in shown if what.startswith("edit ")]
    assert len(edits) in range(7, 11)
    gaps = [after - before for before, after in pairwise(edits)]
    assert max(gaps) < timedelta(minutes=10).total_seconds()
    assert edits[-1] > timedelta(minutes=50).total_seconds()


def test_the_next_change_within_this_minute_is_not_told_by_the_clock():
    left = TimeLeft(changes=2, spacing=5.0, seconds=10.0, next_at=NOW + 5)
    assert "the next at" not in left.phrase(BERLIN)
    assert "the next at 12:07 CET" in replace(left, next_at=NOW + 30).phrase(BERLIN)
