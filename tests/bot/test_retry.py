"""Retries: how often, after which failures, and how long the waits are."""

import asyncio
from collections.abc import Callable

import pytest

from bot.core import retry
from tests.virtual_clock import virtually


class Work:
    """Fails with these, in order, then succeeds."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.tries = list(failures), 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def run(
    work: Work, decide: Callable[[Exception], bool | float], attempts: int = 4
) -> tuple[str, float]:
    """The result, and after how many seconds."""
    policy = retry.Policy(
        lambda error, _seconds: decide(error), attempts=attempts, min_wait=1.0, jitter=0.0
    )
    result, seconds = virtually(lambda: retry.run(policy, work))
    return result, round(seconds)


def always(_error: Exception) -> bool:
    return True


def test_successful_work_is_done_once():
    work = Work()
    assert run(work, always) == ("done", 0)
    assert work.tries == 1


def test_failed_work_is_retried_after_growing_waits():
    work = Work(ValueError("1"), ValueError("2"))
    assert run(work, always) == ("done", 3)
    assert work.tries == 3


def test_a_requested_wait_is_kept():
    assert run(Work(ValueError("1")), lambda _: 7.0) == ("done", 7)


def test_the_first_failure_counts_as_an_attempt_and_the_last_one_is_raised():
    work = Work(*(ValueError(str(n)) for n in range(9)))
    with pytest.raises(ValueError, match=r"^3$"):
        run(work, always)
    assert work.tries == 4


@pytest.mark.parametrize("before", [0, 1])
def test_a_permanent_failure_is_raised_at_once(before):
    work = Work(*[ValueError("x")] * before, KeyError("no"))
    with pytest.raises(KeyError):
        run(work, lambda error: isinstance(error, ValueError))
    assert work.tries == before + 1


def test_cancelled_work_is_not_retried():
    work = Work(asyncio.CancelledError())  # type: ignore[arg-type] # must not be caught as one
    with pytest.raises(asyncio.CancelledError):
        run(work, always)
    assert work.tries == 1


def test_a_wait_of_zero_seconds_still_means_a_retry():
    work = Work(ValueError("no"), ValueError("no"))
    assert run(work, lambda _error: 0.0) == ("done", 0)


def test_the_decision_gets_the_time_since_the_first_attempt():
    heard: list[float] = []

    def decide(_error: Exception, seconds: float) -> bool:
        heard.append(round(seconds))
        return seconds < 5

    policy = retry.Policy(decide, min_wait=2.0, max_wait=2.0, jitter=0.0)
    with pytest.raises(ValueError, match="no"):
        virtually(lambda: retry.run(policy, Work(*[ValueError("no")] * 9)))
    assert sorted(set(heard)) == [0, 2, 4, 6]


def test_pauses_grow_up_to_a_limit():
    pauses = list(retry.RESUME.pauses())
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert 3500 < sum(pauses) < 3700
    assert len(pauses) == retry.RESUME.attempts


async def test_a_call_with_a_lost_answer_is_repeated_once():
    work = Work(KeyError("1"))
    assert await retry.twice_if(KeyError, work) == "done"
    work = Work(KeyError("1"), KeyError("2"))
    with pytest.raises(KeyError, match="2"):
        await retry.twice_if(KeyError, work)
    assert work.tries == 2
