"""The pause between changes of a DECT network's handsets, and the time that a plan needs."""

import pytest

from bot.domain.dect_pace import (
    in_bulks,
    pace_note,
    seconds_needed,
    time_needed,
    wait_before,
)


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1]), (300, [50] * 6)]
)
def test_bulk_calls_take_fifty_in_order(count, sizes):
    bulks = in_bulks(range(count))
    assert [len(bulk) for bulk in bulks] == sizes
    assert [thing for bulk in bulks for thing in bulk] == list(range(count))


@pytest.mark.parametrize(
    ("last", "now", "wait"),
    [(None, 500.0, 0.0), (500.0, 500.0, 90.0), (500.0, 530.0, 60.0), (500.0, 590.0, 0.0),
     (500.0, 9_000.0, 0.0), (900.0, 500.0, 90.0)],
)  # fmt: skip
def test_a_change_waits_for_the_rest_of_the_pause(last, now, wait):
    assert wait_before(last, now, 90.0) == wait


@pytest.mark.parametrize(
    ("changes", "wait", "seconds"), [(0, 0, 0), (0, 60, 0), (1, 0, 0), (1, 60, 60), (5, 60, 420)]
)
def test_the_pauses_are_between_the_changes(changes, wait, seconds):
    assert seconds_needed(changes, 90.0, wait) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(35, "about 40 s"), (360, "about 6 minutes"), (7199, "about 120 minutes"),
     (7200, "about 2 hours"), (26_910, "about 8 hours")],
)  # fmt: skip
def test_a_time_is_said_in_words(seconds, words):
    assert time_needed(seconds) == words


def test_a_plan_says_how_long_it_takes_and_why():
    assert pace_note(5, 90.0) == (
        "This takes about 6 minutes: Webex wants 90 s between changes of the handsets of a DECT"
        " network."
    )
    assert "about 10 s: Webex wants 0.5 s" in pace_note(3, 0.5)
    assert pace_note(1, 90.0) == ""
