"""Webex's time, whatever this machine's clock says and whatever odd dates come."""

from email.utils import formatdate

import httpx
import pytest

from bot.webex.cloud_clock import TOLERANCE, CloudClock, steady
from tests.fake_http import fake_http

NOW = 1_790_000_000.0
DAY = 86_400.0
HOW_FAR = [0.0, 15 * 60, -15 * 60, 3 * 60, 25 * 3600, -25 * 3600, 400 * DAY, -NOW]


class Machine:
    """A clock on the wall that is wrong, and one that nobody sets."""

    def __init__(self, off: float = 0.0) -> None:
        self.off = off
        self.passed = 0.0
        self.clock = CloudClock(lambda: NOW + self.passed + self.off, lambda: 5000.0 + self.passed)

    def hears(self, off: float = 0.0, **more: str) -> None:
        """An answer comes whose date is off by so much."""
        self.clock.note({"date": formatdate(NOW + self.passed + off, usegmt=True), **more})

    def is_right(self, within: float = 1.0) -> bool:
        """Whether the time of Webex is known."""
        return abs(self.clock.now() - NOW - self.passed) <= within


@pytest.mark.parametrize("off", HOW_FAR)
def test_the_first_answer_sets_the_clock_and_later_changes_do_not_matter(off):
    machine = Machine(off)
    machine.hears()
    assert machine.is_right()
    machine.passed += 3600
    assert machine.is_right()
    machine.off = 0.0  # somebody sets it right
    assert machine.is_right()


def test_before_the_first_answer_it_is_the_machines_time():
    machine = Machine(90.0)
    assert machine.is_right(90.0)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sat, 99 Nov 2026 99:99:99 GMT",
        "0",
        "1790000000",
        "Sat, 28 Nov 99999 10:00:00 GMT",
        "\x00",
        "Sat, 28 Nov 2026",
        "ä" * 5000,
    ],
)
def test_an_invalid_date_changes_nothing(date):
    machine = Machine()
    machine.hears()
    for _ in range(5):
        machine.clock.note({"date": date})
        machine.clock.note({})
    assert machine.is_right()


@pytest.mark.parametrize("off", [3600.0, -3600.0, 400 * DAY, -400 * DAY])
def test_a_single_date_that_is_far_off_is_ignored(off):
    machine = Machine()
    machine.hears()
    for _ in range(3):
        machine.hears(off)
        assert machine.is_right()
        machine.hears()
    assert machine.is_right()


def test_a_wrong_date_at_the_very_start_is_corrected_by_the_next_two():
    machine = Machine()
    for off in (-DAY, 0.0, 0.0):
        machine.hears(off)
    assert machine.is_right()


def test_an_answer_from_a_proxys_cache_is_ignored():
    machine = Machine()
    for _ in range(3):
        machine.hears(-DAY, age="86400")
    assert machine.is_right()


def test_small_differences_are_followed():
    machine = Machine()
    for off in (0.0, TOLERANCE - 1, 0.0, -TOLERANCE + 1):
        machine.hears(off)
        assert machine.is_right(TOLERANCE)


@pytest.mark.parametrize("off", HOW_FAR)
def test_without_dates_the_bots_posts_set_the_clock(off):
    machine = Machine(off)
    machine.clock.note({})
    machine.clock.note_created(NOW)
    assert machine.is_right()


@pytest.mark.parametrize("at", [None, 0.0, -1.0, 1_000_000.0])
def test_an_invalid_time_of_a_post_changes_nothing(at):
    machine = Machine()
    machine.clock.note_created(at)
    assert machine.is_right()


@pytest.mark.parametrize("off", HOW_FAR)
def test_a_date_takes_precedence_over_posts(off):
    machine = Machine(DAY)
    machine.clock.note_created(NOW + off)
    machine.hears()
    assert machine.is_right()
    for _ in range(3):
        machine.clock.note_created(NOW + off)
    assert machine.is_right()


async def test_each_answer_is_observed_and_passed_on():
    headers = {"Date": "Sat, 28 Nov 2026 14:00:00 GMT", "X": "y"}
    clock = CloudClock(lambda: NOW)
    http = fake_http(lambda _: httpx.Response(200, headers=headers, content=b"{}"))
    http.event_hooks = {"response": [clock.note_answer]}
    answer = await http.get("https://api.example.test/v1/people/me")
    assert (answer.status_code, answer.headers["x"]) == (200, "y")
    assert clock.now() == pytest.approx(1_795_874_400.0, abs=2)


async def test_the_monotonic_clock_goes_forward():
    before = steady()
    assert steady() >= before
