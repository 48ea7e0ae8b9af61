"""The inbox tries each stage again until the event is answered or given up."""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from bot.core.errors import (
    DatabaseUnavailable,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
    Undecodable,
    WebexError,
)
from bot.store import events
from bot.store.sql import Database
from tests.bot.inbox_harness import DONE, OUTAGES, REFUSALS, Answering, answering_with, hours
from tests.bot.requests.inline_store import InlineStore

P = ParamSpec("P")
T = TypeVar("T")


@pytest.mark.parametrize("problem", [*OUTAGES, *REFUSALS])
def test_a_failed_read_is_retried(tmp_path, problem):
    answering = Answering(failing={"a": [problem] * 5})
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert answering.order == [*["begin a"] * 6, "answer a", "post a", "end a"]
    assert 5 < seconds < 60


@pytest.mark.parametrize("problem", [*OUTAGES, *REFUSALS])
def test_a_failed_post_is_retried_without_a_second_answer(tmp_path, problem):
    answering = Answering(posting=[problem] * 5)
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert answering.order == ["begin a", "answer a", *["post a"] * 6, "end a"]
    assert 5 < seconds < 60


def test_a_database_locked_meanwhile_is_waited_for(tmp_path):
    answering = Answering(answering=[DatabaseUnavailable("database is locked")] * 3)
    left, _ = hours(tmp_path, answering)
    assert left == set()
    assert answering.order == ["begin a", *["answer a"] * 4, "post a", "end a"]


@pytest.mark.parametrize("problem", [*OUTAGES, *REFUSALS])
@pytest.mark.parametrize("trouble", [60.0, 140.0])
@pytest.mark.parametrize("stage", ["reading", "posting"])
def test_the_answer_comes_within_a_minute_after_an_outage(tmp_path, problem, trouble, stage):
    class Until(list[Exception]):
        """Fails until a moment."""

        def __bool__(self) -> bool:
            return bool(asyncio.get_running_loop().time() < self.end)

        def pop(self, _index: object = 0) -> Exception:
            return refusal

        @cached_property
        def end(self) -> float:
            return float(asyncio.get_running_loop().time() + trouble)

    refusal: Exception = problem
    answering = answering_with(stage, Until())
    left, seconds = hours(tmp_path, answering)
    assert (left, answering.order[-1]) == (set(), "end a")
    assert seconds < trouble + 60


class FullDisk(InlineStore):
    """Refuses a few times to mark an event as handled."""

    refusals_left = 5

    async def call_without_fsync(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function; marking an event as handled fails at first."""
        if function is events.handled and self.refusals_left:
            self.refusals_left -= 1
            raise DatabaseUnavailable("database or disk is full")
        return await super().call_without_fsync(function, *args, **kwargs)


def test_an_answered_event_is_marked_later_and_not_answered_again(tmp_path):
    answering = Answering()
    left, seconds = hours(tmp_path, answering, FullDisk)
    assert (left, answering.order) == (set(), DONE)
    assert seconds > 5


@pytest.mark.parametrize(
    "problem", [Unavailable(503, "Down."), Forbidden(403, "No."), WebexError(400, "No.")]
)
def test_an_event_unreadable_for_an_hour_is_given_up_and_reported(tmp_path, problem):
    answering = Answering(failing={"a": [problem] * 999})
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert answering.order[-1] == f"unread a {problem.status}"
    assert 3500 < seconds < 3700
    assert len(answering.order) < 140


def test_a_missing_event_is_looked_for_during_minutes(tmp_path):
    answering = Answering(failing={"a": [NotFound(404, "No.")] * 999})
    left, seconds = hours(tmp_path, answering)
    assert (left, answering.order[-1]) == (set(), "unread a 404")
    assert 120 < seconds < 200
    assert len(answering.order) < 20


def test_an_undecodable_event_is_read_once(tmp_path):
    answering = Answering(failing={"a": [Undecodable(200, "?")] * 999})
    left, seconds = hours(tmp_path, answering)
    assert (left, answering.order) == (set(), ["begin a", "unread a 200"])
    assert seconds < 1


@pytest.mark.parametrize("problem", [Forbidden(403, "x"), NotFound(404, "x")])
def test_a_forbidden_post_is_retried_for_minutes_only(tmp_path, problem):
    answering = Answering(posting=[problem] * 999)
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert 60 < seconds < 200
    assert answering.order.count("answer a") == 1


@pytest.mark.parametrize("stage", ["reading", "posting"])
def test_with_an_invalid_token_the_event_is_left_for_the_next_start(tmp_path, stage):
    dead: list[Exception] = [Unauthorized(401, "Dead.")]
    answering = answering_with(stage, dead)
    left, seconds = hours(tmp_path, answering)
    assert left == {"a"}
    assert seconds < 1


def test_after_an_hour_without_posting_the_event_is_left(tmp_path):
    left, seconds = hours(tmp_path, Answering(posting=[Unavailable(503, "Down.")] * 999))
    assert left == {"a"}
    assert 3500 < seconds < 3700


def test_a_wait_that_webex_asks_for_is_kept(tmp_path):
    answering = Answering(failing={"a": [RateLimited(429, "Slow.", retry_after=600)]})
    left, seconds = hours(tmp_path, answering)
    assert (left, seconds > 600) == (set(), True)
