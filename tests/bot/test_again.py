"""Doing something again: how often, after what, and how long is waited."""

import asyncio
from collections.abc import Callable

import pytest

from bot.again import again
from tests.virtual import virtually


class Work:
    """Fails with these, in order, then succeeds."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.tries = list(failures), 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def done(work: Work, on: Callable[[Exception], bool | float], attempts: int = 4) -> tuple[str, float]:  # fmt: skip
    """The result, and after how many seconds."""

    async def run() -> str:
        return await again(
            work, on, attempts=attempts, timeout=None, wait_initial=1.0, wait_jitter=0
        )

    result, seconds = virtually(run)
    return result, round(seconds)


def always(_problem: Exception) -> bool:
    return True


def test_what_succeeds_is_done_once():
    work = Work()
    assert done(work, always) == ("done", 0)
    assert work.tries == 1


def test_what_fails_is_done_again_after_a_wait_that_grows():
    work = Work(ValueError("1"), ValueError("2"))
    assert done(work, always) == ("done", 3)
    assert work.tries == 3


def test_a_wait_that_is_asked_for_is_kept():
    assert done(Work(ValueError("1")), lambda _: 7.0) == ("done", 7)


def test_the_first_failure_counts_as_an_attempt_and_the_last_one_is_raised():
    work = Work(*(ValueError(str(n)) for n in range(9)))
    with pytest.raises(ValueError, match=r"^3$"):
        done(work, always)
    assert work.tries == 4


@pytest.mark.parametrize("before", [0, 1])
def test_what_is_not_worth_it_is_raised_at_once(before):
    work = Work(*[ValueError("x")] * before, KeyError("no"))
    with pytest.raises(KeyError):
        done(work, lambda problem: isinstance(problem, ValueError))
    assert work.tries == before + 1


def test_who_is_cancelled_does_not_begin_again():
    work = Work(asyncio.CancelledError())  # type: ignore[arg-type] # is none, and must not be caught as one
    with pytest.raises(asyncio.CancelledError):
        done(work, always)
    assert work.tries == 1


def test_after_no_time_at_all_is_not_never():
    work = Work(ValueError("no"), ValueError("no"))
    assert done(work, lambda _problem: 0.0) == ("done", 0)
