"""A request of many steps tells how far it is, once it takes more than some seconds."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bot.chat.progress import Progress
from bot.core.errors import DatabaseUnavailable
from bot.core.models.local_time import utc
from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.requests import step_views
from bot.requests.step_report import SHOWN_AFTER, StepReport
from bot.requests.step_transitions import RunState
from tests.bot.chat.timed import played
from tests.plans import any_step

REQUEST = Request(
    code="7K3F",
    state="running",
    version=3,
    operation="swap phone",
    event_id="event-1",
    requester=Sender("id-tom", "tom@example.com"),
    place=Place("room", direct=True),
    inputs={},
    created_at=0.0,
    changed_at=0.0,
    changed_by="tom@example.com",
)


def steps(*states: str) -> list[StepRecord]:
    """The steps of the request in these states."""
    return [
        StepRecord(
            request=REQUEST.code,
            number=number,
            key=f"step-{number}",
            spec=any_step().model_dump_json(),
            state=state,
            changed_at=0.0,
        )
        for number, state in enumerate(states, start=1)
    ]


async def follow(report: StepReport, pause: float, states: Sequence[Sequence[str]]) -> None:
    """Enter the report, and let it follow these states so many seconds apart."""
    async with report:
        for each in states:
            report.follow(RunState(REQUEST, tuple(steps(*each))))
            await asyncio.sleep(pause)


def test_a_run_of_some_seconds_shows_no_count(tmp_path: Path):
    async def work(progress: Progress) -> None:
        report = StepReport(progress, REQUEST)
        states = [("running", "pending"), ("done", "running"), ("done", "done")]
        await follow(report, SHOWN_AFTER / 4, states)
        assert await report.message_ids() == [None, None]

    assert played(tmp_path / "provbot.db", work) == []


def test_a_long_run_shows_a_count_also_while_nothing_ends(tmp_path: Path):
    async def work(progress: Progress) -> None:
        report = StepReport(progress, REQUEST)
        await follow(report, 60.0, [("running", "pending"), ("done", "running")])
        await progress.delete(await report.message_ids())

    assert played(tmp_path / "provbot.db", work) == [
        ("post ⏳ 7K3F: 0 of 2 done.", SHOWN_AFTER),
        ("edit msg-1 ⏳ 7K3F: 1 of 2 done, about 60 s left.", 60.0),
        ("remove msg-1", 120.0),
    ]


def test_a_count_goes_when_the_database_fails_and_the_run_begins_again(tmp_path: Path):
    async def work(progress: Progress) -> None:
        report = StepReport(progress, REQUEST)
        with suppress(DatabaseUnavailable):
            async with report:
                report.follow(RunState(REQUEST, tuple(steps("running", "pending"))))
                await asyncio.sleep(60.0)
                raise DatabaseUnavailable("it is locked")

    assert played(tmp_path / "provbot.db", work) == [
        ("post ⏳ 7K3F: 0 of 2 done.", SHOWN_AFTER),
        ("remove msg-1", 60.0),
    ]


def test_a_single_step_has_no_count(tmp_path: Path):
    async def work(progress: Progress) -> None:
        await follow(StepReport(progress, REQUEST), 60.0, [("running",), ("unknown",)])

    assert played(tmp_path / "provbot.db", work) == []


def test_a_single_step_that_waits_for_a_pause_tells_of_it(tmp_path: Path):
    spec = any_step().model_copy(update={"spacing": 90.0}).model_dump_json()
    waiting = steps("pending")[0].model_copy(update={"spec": spec, "not_before": 80.0})

    async def work(progress: Progress) -> None:
        loop = asyncio.get_running_loop()
        report = StepReport(progress, REQUEST, lambda: utc(loop.time()))
        async with report:
            report.follow(RunState(REQUEST, (waiting,)))
            await asyncio.sleep(60.0)
        await progress.delete(await report.message_ids())

    pause = "Webex wants 90 s between changes of handsets; the next at 00:01 UTC"
    assert played(tmp_path / "provbot.db", work) == [
        (f"post ⏳ 7K3F: 0 of 1 done, about 70 s left ({pause}).", SHOWN_AFTER),
        ("remove msg-1", 60.0),
    ]


def test_the_time_left_is_told_in_minutes_when_it_is_long():
    text = step_views.progress(REQUEST, steps("done", "failed", *["pending"] * 18), 120.0)
    assert text == "⏳ 7K3F: 1 of 20 done, 1 not done, about 18 minutes left."


def test_a_stop_is_told_at_once_and_promises_no_time(tmp_path: Path):
    async def work(progress: Progress) -> None:
        report = StepReport(progress, REQUEST)
        async with report:
            report.follow(RunState(REQUEST, tuple(steps("done", "unknown", "pending"))))
            await asyncio.sleep(60.0)
            stopped = REQUEST.model_copy(update={"stopped_by": "ada@example.com"})
            report.follow(RunState(stopped, tuple(steps("done", "unknown", "skipped"))))
            await asyncio.sleep(60.0)
        await progress.delete(await report.message_ids())

    checking = "Webex did not confirm one; checking it."
    assert played(tmp_path / "provbot.db", work) == [
        (f"post ⏳ 7K3F: 1 of 3 done. {checking}", SHOWN_AFTER),
        (f"edit msg-1 ⏳ 7K3F: 1 of 3 done, being stopped. {checking}", 60.0),
        ("remove msg-1", 120.0),
    ]
