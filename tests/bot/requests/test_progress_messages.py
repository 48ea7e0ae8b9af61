"""Which presses show a progress message, by how long they take, on a virtual clock."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.chat.events import Event
from bot.chat.progress import SHOWN_AFTER
from bot.core import call_stats, metrics
from bot.store import progress_messages
from tests.bot.requests.fixtures import PHONE, ROLES, TOM
from tests.bot.requests.harness import CrashingCalling, DispatchHarness, opened, room_of
from tests.cards import rules
from tests.fake_messenger import PostedMessage
from tests.virtual_clock import RepeatableLoop

FAST, SLOW = SHOWN_AFTER - 0.01, SHOWN_AFTER + 0.01  # seconds
ADD = f"add phone {PHONE['mac']} {PHONE['model']} for {PHONE['owner']}"

Play = Callable[[Callable[[DispatchHarness], Awaitable[None]]], None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Do something with the whole bot, on a virtual clock; no message may be left at the end."""

    async def played(work: Callable[[DispatchHarness], Awaitable[None]]) -> None:
        path = tmp_path / "provbot.db"
        async with opened(path, *ROLES, shown_after=SHOWN_AFTER) as harness:
            await work(harness)
            assert await harness.store.call(progress_messages.posted) == []

    def play(work: Callable[[DispatchHarness], Awaitable[None]]) -> None:
        with asyncio.Runner(loop_factory=RepeatableLoop) as runner:
            runner.run(played(work))

    return play


async def confirm(harness: DispatchHarness) -> Event:
    """A press of Confirm on a plan that was just shown; the event is not taken yet."""
    (plan,) = await harness.says(TOM, ADD)
    await harness.says(TOM, "whoami")  # the store writes the card of the plan
    inputs = rules.button(plan.card or {}, "Confirm")
    return harness.pressed(TOM, inputs, room_of(TOM), plan.id)


async def take(
    harness: DispatchHarness, event: Event, seconds: float, received_at: float | None = None
) -> tuple[list[PostedMessage], list[str]]:
    """Handle an event whose change takes so long; the posted messages, and what was removed."""

    async def started() -> None:
        harness.inbox.start(event, received_at or harness.clock())

    posted, removed = len(harness.messenger.posted), len(harness.messenger.removed)
    harness.calling.gate.clear()
    asyncio.get_running_loop().call_later(seconds, harness.calling.gate.set)
    assert await harness.live(started())
    return harness.messenger.posted[posted:], harness.messenger.removed[removed:]


def is_progress(message: PostedMessage) -> bool:
    return message.text.startswith("⏳")


def test_a_fast_confirm_posts_the_result_alone(play: Play):
    async def work(harness: DispatchHarness) -> None:
        event = await confirm(harness)
        (result,), removed = await take(harness, event, FAST)
        assert result.text.startswith("✓")
        assert removed == [event.message]  # the card of the plan

    play(work)


def test_a_result_that_takes_long_to_be_posted_is_alone(play: Play):
    async def work(harness: DispatchHarness) -> None:
        event = await confirm(harness)
        harness.messenger.gate.clear()
        asyncio.get_running_loop().call_later(10.0, harness.messenger.gate.set)
        (result,), _ = await take(harness, event, FAST)
        assert result.text.startswith("✓")

    play(work)


def test_a_slow_confirm_shows_that_it_runs_before_the_result(play: Play):
    async def work(harness: DispatchHarness) -> None:
        event = await confirm(harness)
        (line, result), removed = await take(harness, event, SLOW)
        assert is_progress(line)
        assert result.text.startswith("✓")
        assert sorted(removed) == sorted([line.id, event.message])

    play(work)


def test_a_confirm_that_waited_in_the_queue_shows_it_at_once(play: Play):
    async def work(harness: DispatchHarness) -> None:
        event = await confirm(harness)
        received_at = harness.clock() - SHOWN_AFTER - 0.01
        posted, _ = await take(harness, event, 0.0, received_at)
        assert [is_progress(message) for message in posted] == [True, False]

    play(work)


def test_a_typed_confirm_counts_from_its_message(play: Play):
    async def work(harness: DispatchHarness) -> None:
        await confirm(harness)
        message = harness.typed(TOM, "confirm", room_of(TOM))
        (result,), _ = await take(harness, message, FAST)
        assert result.text.startswith("✓")

    play(work)


def test_a_process_that_is_stopped_posts_no_message_afterwards(play: Play):
    async def work(harness: DispatchHarness) -> None:
        event, posted = await confirm(harness), len(harness.messenger.posted)
        harness.calling.gate.clear()
        await harness.inbox.take(event)
        await harness.inbox.finish(60)
        await harness.runner.cancel_pending(60)
        stopped_at = len(harness.messenger.posted)
        await asyncio.sleep(60)
        assert len(harness.messenger.posted) == stopped_at > posted

    play(work)


def test_the_result_of_a_run_is_the_first_reply_to_its_press(play: Play):
    def observed() -> float:
        labels = {"kind": "card_action"}
        name = "provbot_reply_seconds_count"
        return metrics.REGISTRY.get_sample_value(name, labels) or 0.0

    async def work(harness: DispatchHarness) -> None:
        event, before = await confirm(harness), observed()
        assert isinstance(harness.calling, CrashingCalling)
        harness.calling.watch = lambda _name, _wanted: call_stats.current().replied()
        await take(harness, event, FAST)
        assert observed() == before + 1

    play(work)
