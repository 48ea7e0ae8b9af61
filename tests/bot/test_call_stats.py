"""What an event costs is noted once, whatever goes on side by side."""

import asyncio
from contextvars import copy_context

import pytest

from bot.core import call_stats, metrics
from bot.core.call_stats import MAX_TRACKING_IDS, NO_STATS, CallStats, Stopwatch


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_concurrent_time_counts_once():
    clock = Clock()
    watch = Stopwatch(clock)
    with watch:
        clock.now = 2.0
        with watch:
            clock.now = 3.0
        clock.now = 4.0
    clock.now = 10.0
    with watch:
        clock.now = 11.0
    assert watch.seconds == 5.0


def test_time_of_open_calls_counts_and_other_time_is_added():
    clock = Clock()
    watch = Stopwatch(clock)
    watch.add(1.5)
    with watch:
        clock.now = 2.0
        assert watch.seconds == 3.5


def test_each_step_gets_the_time_since_the_previous_one():
    stats = CallStats("message")
    stats.add_call("track-1")
    stats.api.add(0.25)
    assert stats.drain() == {"calls": 1, "api": 0.25}
    assert stats.drain() == {}
    stats.retries += 2
    stats.limited.add(1.0)
    assert stats.drain() == {"limited": 1.0, "retries": 2}


def test_time_is_summed_by_stage():
    spent = call_stats.merge_spent({}, "plan", {"calls": 3, "api": 0.1})
    spent = call_stats.merge_spent(spent, "run", {"calls": 1})
    spent = call_stats.merge_spent(spent, "plan", {"calls": 2, "limited": 1.0})
    assert spent == {"plan": {"calls": 5, "api": 0.1, "limited": 1.0}, "run": {"calls": 1}}
    assert call_stats.merge_spent(spent, "decide", {}) == spent


async def test_child_tasks_share_the_tally_and_other_tasks_do_not():
    async def answer(name: str) -> CallStats:
        mine = call_stats.begin(name)

        async def call() -> None:
            call_stats.current().add_call(f"track-{name}")

        await asyncio.gather(call(), call())
        return mine

    stats = await asyncio.gather(asyncio.create_task(answer("a")), asyncio.create_task(answer("b")))
    assert [request.tracking_ids for request in stats] == [["track-a"] * 2, ["track-b"] * 2]
    assert call_stats.current() is NO_STATS


def test_only_the_first_reply_counts_and_only_for_an_event():
    def observed() -> float:
        return (
            metrics.REGISTRY.get_sample_value("provbot_reply_seconds_count", {"kind": "message"})
            or 0.0
        )

    before = observed()
    CallStats("").replied()
    assert observed() == before
    stats = CallStats("message")
    stats.replied()
    first = stats.first_reply
    stats.replied()
    assert stats.first_reply == first
    assert observed() == before + 1


def test_the_result_of_a_run_is_a_reply_to_the_event_that_started_it():
    event = CallStats("card_action")
    run = copy_context().run(call_stats.begin, cause=event)
    run.replied()
    assert event.first_reply is not None
    assert event.first_reply >= (run.first_reply or 0.0)


def test_the_line_of_an_event_is_short_and_in_milliseconds():
    stats = CallStats("message")
    stats.facts["request"] = "7K3F"
    for number in range(MAX_TRACKING_IDS + 5):
        stats.add_call(f"track-{number}")
    stats.api.add(0.1234)
    line = stats.as_log_fields()
    assert (line["request"], line["calls"], line["api_ms"]) == ("7K3F", MAX_TRACKING_IDS + 5, 123)
    assert len(line["tracking_ids"]) == MAX_TRACKING_IDS
    assert "first_reply_ms" not in line


@pytest.mark.parametrize(
    ("what", "shown"),
    [("call", "call"), ("event", "event"), ("start", "start"), ("<context block>", "notification")],
)
def test_retries_are_counted_by_one_of_a_few_names(what, shown):
    def counted() -> float:
        return metrics.REGISTRY.get_sample_value(
            "provbot_retries_total", {"what": shown, "reason": "unavailable"}
        ) or 0.0  # fmt: skip

    before = counted()
    call_stats.count_retry(what, "unavailable")
    assert counted() == before + 1
