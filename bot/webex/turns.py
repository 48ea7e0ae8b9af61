"""Whose call goes next: all calls of one token wait here together, and go at its pace.

Nobody is left behind: within a queue the oldest goes first, a call that was refused keeps its place,
and of four turns one is for what runs in the background even while people wait.
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

from bot import metrics, tally
from bot.errors import RateLimited
from bot.webex.pace import Pace, Sent

T = TypeVar("T")

# Seconds that a call waits for Webex's rate limit, all its turns together. A person is told while
# they wait; a confirmed change is better made late than not at all.
PATIENCE, BACKGROUND_PATIENCE = 300.0, 900.0
TURNS_FOR_PEOPLE = 3  # of each four, while both sorts wait

_IN_BACKGROUND: ContextVar[bool] = ContextVar("in_background", default=False)


@contextmanager
def in_background() -> Iterator[None]:
    """What is called inside lets the calls of people who wait go first."""
    before = _IN_BACKGROUND.set(True)
    try:
        yield
    finally:
        _IN_BACKGROUND.reset(before)


@dataclass(order=True)
class _Place:
    """In the queue; lower numbers came earlier."""

    number: int
    called: asyncio.Future[Sent] = field(compare=False)


class Turns:
    """Lets the calls of one token out, one after another where Webex limits them."""

    def __init__(self) -> None:
        self.pace = Pace()
        self._numbers = itertools.count()
        self._people: list[_Place] = []
        self._background: list[_Place] = []
        self._in_a_row = 0  # turns of people, since the last one of the background
        self._timer: asyncio.TimerHandle | None = None

    def expected(self) -> float:
        """Seconds that a person's call would wait now."""
        ahead = len(self._people) + min(
            len(self._background), len(self._people) // TURNS_FOR_PEOPLE
        )
        return self.pace.wait(_now(), ahead)

    async def through(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work when it is its turn, again and again while Webex answers 429.

        Raises RateLimited where that would take longer than patience lasts.
        """
        number, until = next(self._numbers), _now() + _patience()
        while True:
            sent = await self._turn(number, until)
            try:
                done = await work()
            except RateLimited as problem:
                self._put_off(sent, problem, until)
            except BaseException:
                self.pace.granted(sent)
                raise
            else:
                self.pace.granted(sent)
                return done

    def _put_off(self, sent: Sent, problem: RateLimited, until: float) -> None:
        """Everybody waits for a 429, and only this call for a 423: that one is the caller's affair."""
        if problem.status != HTTPStatus.TOO_MANY_REQUESTS:
            self.pace.granted(sent)
            raise problem
        self.pace.refused(sent, _now(), problem.retry_after)
        if _now() + problem.retry_after > until:
            raise problem
        tally.retried(tally.CALL, "limited")

    async def _turn(self, number: int, until: float) -> Sent:
        wait = self.pace.wait(_now())
        if not wait and not self._people and not self._background:
            return self.pace.sent(_now())
        if _now() + wait > until:
            raise _too_long(wait)
        place = _Place(number, asyncio.get_running_loop().create_future())
        heapq.heappush(self._background if _IN_BACKGROUND.get() else self._people, place)
        self._call_next()
        try:
            with _waiting():
                async with asyncio.timeout_at(until):
                    return await place.called
        except TimeoutError:
            raise _too_long(self.pace.wait(_now())) from None

    def _call_next(self) -> None:
        """Everybody whose turn it is; then a timer until it is somebody's again."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        while queue := self._next_queue():
            wait = self.pace.wait(_now())
            if wait:
                self.pace.queued()
                self._timer = asyncio.get_running_loop().call_later(wait, self._call_next)
                return
            place = heapq.heappop(queue)
            self._in_a_row = self._in_a_row + 1 if queue is self._people else 0
            place.called.set_result(self.pace.sent(_now()))

    def _next_queue(self) -> list[_Place]:
        for queue in (self._people, self._background):
            while queue and queue[0].called.done():  # gave up
                heapq.heappop(queue)
        if self._background and (not self._people or self._in_a_row >= TURNS_FOR_PEOPLE):
            return self._background
        return self._people


@contextmanager
def _waiting() -> Iterator[None]:
    """What is noted of a call that has to wait."""
    began = _now()
    metrics.API_WAITING.inc()
    try:
        with tally.current().limited:
            yield
    finally:
        metrics.API_WAITING.dec()
        metrics.LIMITED.inc(_now() - began)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _patience() -> float:
    return BACKGROUND_PATIENCE if _IN_BACKGROUND.get() else PATIENCE


def _too_long(wait: float) -> RateLimited:
    return RateLimited(
        HTTPStatus.TOO_MANY_REQUESTS, "Webex limits how many calls are made.", retry_after=wait
    )
