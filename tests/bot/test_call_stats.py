"""What an event costs is noted once, whatever goes on side by side."""

import asyncio

import pytest

from bot import metrics, tally
from bot.tally import MOST_IDS, NOBODY, Stopwatch, Tally


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_goes_on_side_by_side_counts_once():
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


def test_what_still_goes_on_counts_so_far_and_what_goes_by_elsewhere_is_added():
    clock = Clock()
    watch = Stopwatch(clock)
    watch.add(1.5)
    with watch:
        clock.now = 2.0
        assert watch.seconds == 3.5


def test_each_step_takes_what_was_spent_since_the_one_before():
    noting = Tally("said")
    noting.called("track-1")
    noting.api.add(0.25)
    assert noting.take() == {"calls": 1, "api": 0.25}
    assert noting.take() == {}
    noting.retries += 2
    noting.limited.add(1.0)
    assert noting.take() == {"limited": 1.0, "retries": 2}


def test_what_was_spent_is_added_up_by_stage():
    spent = tally.added({}, "plan", {"calls": 3, "api": 0.1})
    spent = tally.added(spent, "run", {"calls": 1})
    spent = tally.added(spent, "plan", {"calls": 2, "limited": 1.0})
    assert spent == {"plan": {"calls": 5, "api": 0.1, "limited": 1.0}, "run": {"calls": 1}}
    assert tally.added(spent, "decide", {}) == spent


async def test_tasks_that_are_started_inside_share_the_tally_and_others_have_their_own():
    async def answer(name: str) -> Tally:
        mine = tally.begin(name)

        async def call() -> None:
            tally.current().called(f"track-{name}")

        await asyncio.gather(call(), call())
        return mine

    found = await asyncio.gather(asyncio.create_task(answer("a")), asyncio.create_task(answer("b")))
    assert [one.tracking_ids for one in found] == [["track-a"] * 2, ["track-b"] * 2]
    assert tally.current() is NOBODY


def test_only_the_first_reply_counts_and_only_for_an_event():
    def observed() -> float:
        return (
            metrics.REGISTRY.get_sample_value("provbot_reply_seconds_count", {"kind": "said"})
            or 0.0
        )

    before = observed()
    Tally("").replied()
    assert observed() == before
    noting = Tally("said")
    noting.replied()
    first = noting.first_reply
    noting.replied()
    assert noting.first_reply == first
    assert observed() == before + 1


def test_the_line_of_an_event_is_short_and_in_milliseconds():
    noting = Tally("said")
    noting.facts["request"] = "7K3F"
    for number in range(MOST_IDS + 5):
        noting.called(f"track-{number}")
    noting.api.add(0.1234)
    line = noting.line()
    assert (line["request"], line["calls"], line["api_ms"]) == ("7K3F", MOST_IDS + 5, 123)
    assert len(line["tracking_ids"]) == MOST_IDS
    assert "first_reply_ms" not in line


@pytest.mark.parametrize(("what", "shown"), [("call", "call"), ("event", "event"), ("<context block>", "telling")])  # fmt: skip
def test_what_is_tried_again_is_counted_by_one_of_three_names(what, shown):
    def counted() -> float:
        return metrics.REGISTRY.get_sample_value(
            "provbot_retries_total", {"what": shown, "reason": "unwell"}
        ) or 0.0  # fmt: skip

    before = counted()
    tally.retried(what, "unwell")
    assert counted() == before + 1
