"""What is to happen later happens on the clock that was handed in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest

from sandbox.clock import ManualClock, SystemClock
from sandbox.schedule import Schedule
from tests.sandbox.org import NOW
from tests.virtual import virtually


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def schedule(clock: ManualClock) -> AsyncIterator[Schedule]:
    kept = Schedule(clock)
    task = asyncio.create_task(kept.keep())
    yield kept
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def turns() -> None:
    """Let every task that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_is_due_is_done_in_the_order_of_time(schedule, clock):
    done: list[str] = []
    schedule.after(5, lambda: done.append("later"))
    schedule.after(2, lambda: done.append("sooner"))
    schedule.after(0, lambda: done.append("at once"))
    assert done == ["at once"]

    clock.advance(1.9)
    await turns()
    assert done == ["at once"]
    clock.advance(0.1)
    await turns()
    assert done == ["at once", "sooner"]
    clock.advance(3)
    await turns()
    assert done == ["at once", "sooner", "later"]


async def test_what_is_planned_while_waiting_for_something_later_is_not_late(schedule, clock):
    done: list[str] = []
    schedule.after(60, lambda: done.append("in a minute"))
    await turns()

    schedule.after(1, lambda: done.append("in a second"))
    await turns()
    clock.advance(1)
    await turns()

    assert done == ["in a second"]


async def test_an_action_may_plan_the_next(schedule, clock):
    done: list[str] = []
    schedule.after(1, lambda: schedule.after(1, lambda: done.append("second")))

    clock.advance(1)
    await turns()
    clock.advance(1)
    await turns()

    assert done == ["second"]


def test_the_clock_on_the_wall_is_waited_for():
    clock = SystemClock()

    _, waited = virtually(lambda: clock.until(clock.now() + timedelta(hours=1)))

    assert waited == pytest.approx(3600, abs=60)
