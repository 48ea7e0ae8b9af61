"""Decides whose call goes next: all calls of one token queue here and share its rate.

Every call gets its turn: within a queue the oldest goes first, a refused call keeps its place, and
of four turns one is for low priority even while people wait.
"""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from bot.core import call_stats, metrics
from bot.core.errors import RateLimited
from bot.webex.adaptive_rate import AdaptiveRate, Permit

T = TypeVar("T")

# Seconds that a call waits for Webex's rate limit in all. A person sees a notice while they wait; a
# confirmed change is better made late than not at all.
WAIT_TIMEOUT, LOW_PRIORITY_TIMEOUT = 300.0, 900.0
# For a read that only adds a warning: while it waits, all other calls of the token wait with it.
SHORT_TIMEOUT = 30.0
TURNS_FOR_PEOPLE = 3  # of each four, while both queues wait

_LOW_PRIORITY: ContextVar[bool] = ContextVar("low_priority", default=False)

_SHORT_WAIT: ContextVar[bool] = ContextVar("short_wait", default=False)


@contextmanager
def low_priority() -> Iterator[None]:
    """Calls in the body let the calls that people wait for go first."""
    token = _LOW_PRIORITY.set(True)
    try:
        yield
    finally:
        _LOW_PRIORITY.reset(token)


@contextmanager
def short_wait() -> Iterator[None]:
    """Calls in the body give up early when Webex limits the rate."""
    token = _SHORT_WAIT.set(True)
    try:
        yield
    finally:
        _SHORT_WAIT.reset(token)


@dataclass(order=True)
class _Ticket:
    """A place in a queue; lower numbers came earlier."""

    number: int
    permit: asyncio.Future[Permit] = field(compare=False)


class RateLimiter:
    """Lets the calls of one token go, one after another while Webex limits them."""

    def __init__(self) -> None:
        self.rate = AdaptiveRate()
        self._numbers = itertools.count()
        self._people: list[_Ticket] = []
        self._low_priority: list[_Ticket] = []
        self._people_in_a_row = 0  # turns of people since the last one of low priority
        self._timer: asyncio.TimerHandle | None = None

    def expected_wait(self) -> float:
        """Seconds that a person's call would wait now."""
        ahead = len(self._people) + min(
            len(self._low_priority), len(self._people) // TURNS_FOR_PEOPLE
        )
        return self.rate.wait(_now(), ahead)

    async def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call when it is its turn, and again while Webex answers 429.

        Raises RateLimited if that would exceed the timeout.
        """
        number, deadline = next(self._numbers), _now() + _timeout()
        while True:
            permit = await self._acquire(number, deadline)
            try:
                result = await call()
            except RateLimited as error:
                self._handle_refusal(permit, error, deadline)
            except BaseException:
                self.rate.granted(permit)
                raise
            else:
                self.rate.granted(permit)
                return result

    def _handle_refusal(self, permit: Permit, error: RateLimited, deadline: float) -> None:
        """Hold back every call after a 429. A 423 concerns one call only: its caller retries."""
        if error.status != HTTPStatus.TOO_MANY_REQUESTS:
            self.rate.granted(permit)
            raise error
        self.rate.refused(permit, _now(), error.retry_after)
        if _now() + error.retry_after > deadline:
            raise error
        call_stats.count_retry(call_stats.CALL, "rate_limited")

    async def _acquire(self, number: int, deadline: float) -> Permit:
        wait = self.rate.wait(_now())
        if not wait and not self._people and not self._low_priority:
            return self.rate.take(_now())
        if _now() + wait > deadline:
            raise _too_long(wait)
        ticket = _Ticket(number, asyncio.get_running_loop().create_future())
        heapq.heappush(self._low_priority if _LOW_PRIORITY.get() else self._people, ticket)
        self._release_due()
        try:
            with _measured_wait():
                async with asyncio.timeout_at(deadline):
                    return await ticket.permit
        except TimeoutError:
            raise _too_long(self.rate.wait(_now())) from None

    def _release_due(self) -> None:
        """Release every call whose turn it is, then set a timer for the next one."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        while queue := self._next_queue():
            wait = self.rate.wait(_now())
            if wait:
                self.rate.queued()
                self._timer = asyncio.get_running_loop().call_later(wait, self._release_due)
                return
            ticket = heapq.heappop(queue)
            self._people_in_a_row = self._people_in_a_row + 1 if queue is self._people else 0
            ticket.permit.set_result(self.rate.take(_now()))

    def _next_queue(self) -> list[_Ticket]:
        for queue in (self._people, self._low_priority):
            while queue and queue[0].permit.done():  # its caller gave up
                heapq.heappop(queue)
        people_had_their_turns = self._people_in_a_row >= TURNS_FOR_PEOPLE
        if self._low_priority and (not self._people or people_had_their_turns):
            return self._low_priority
        return self._people


@contextmanager
def _measured_wait() -> Iterator[None]:
    """Count the wait in the statistics and metrics."""
    began = _now()
    metrics.API_WAITING.inc()
    try:
        with call_stats.current().limited:
            yield
    finally:
        metrics.API_WAITING.dec()
        metrics.LIMITED.inc(_now() - began)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _timeout() -> float:
    if _SHORT_WAIT.get():
        return SHORT_TIMEOUT
    return LOW_PRIORITY_TIMEOUT if _LOW_PRIORITY.get() else WAIT_TIMEOUT


def _too_long(wait: float) -> RateLimited:
    return RateLimited(
        HTTPStatus.TOO_MANY_REQUESTS, "Webex limits how many calls are made.", retry_after=wait
    )
