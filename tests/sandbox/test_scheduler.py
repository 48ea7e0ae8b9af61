"""Delayed actions run on the clock that was passed in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest

from sandbox.clock import ManualClock, SystemClock
from sandbox.scheduler import Scheduler
from tests.sandbox.organization import NOW
from tests.virtual_clock import virtually


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def schedule(clock: ManualClock) -> AsyncIterator[Scheduler]:
    kept = Scheduler(clock)
    task = asyncio.create_task(kept.run_forever())
    yield kept
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def run_ready_tasks() -> None:
    """Let every task run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_due_actions_run_in_order_of_time(schedule, clock):
    done: list[str] = []
    schedule.after(5, lambda: done.append("later"))
    schedule.after(2, lambda: done.append("sooner"))
    schedule.after(0, lambda: done.append("at once"))
    assert done == ["at once"]

    clock.advance(1.9)
    await run_ready_tasks()
    assert done == ["at once"]
    clock.advance(0.1)
    await run_ready_tasks()
    assert done == ["at once", "sooner"]
    clock.advance(3)
    await run_ready_tasks()
    assert done == ["at once", "sooner", "later"]


async def test_an_earlier_action_added_later_is_not_late(schedule, clock):
    done: list[str] = []
    schedule.after(60, lambda: done.append("in a minute"))
    await run_ready_tasks()

    schedule.after(1, lambda: done.append("in a second"))
    await run_ready_tasks()
    clock.advance(1)
    await run_ready_tasks()

    assert done == ["in a second"]


async def test_an_action_can_schedule_the_next(schedule, clock):
    done: list[str] = []
    schedule.after(1, lambda: schedule.after(1, lambda: done.append("second")))

    clock.advance(1)
    await run_ready_tasks()
    clock.advance(1)
    await run_ready_tasks()

    assert done == ["second"]


def test_the_system_clock_waits():
    clock = SystemClock()

    _, waited = virtually(lambda: clock.until(clock.now() + timedelta(hours=1)))

    assert waited == pytest.approx(3600, abs=60)
