"""Decides whose call goes next. Each API of a token has a queue and a rate of its own.

Every call gets its turn: within a queue the oldest goes first, a refused call keeps its place, and
of four turns one is for low priority even while people wait.
"""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TypeVar

from bot.core import call_stats, metrics
from bot.core.errors import RateLimited, Withdrawn
from bot.core.single_attempt import is_single_attempt
from bot.webex.adaptive_rate import AdaptiveRate, Permit

T = TypeVar("T")

# Seconds that a call waits for Webex's rate limit in all. A person sees a notice while they wait; a
# confirmed change is better made late than not at all.
WAIT_TIMEOUT, LOW_PRIORITY_TIMEOUT = 300.0, 900.0
SHORT_TIMEOUT = 30.0  # for a read that only adds a warning: a person waits for the rest
TURNS_FOR_PEOPLE = 3  # of each four, while both queues wait
# Webex limits each API by itself. Those that provbot calls; all others share one limiter, so that
# there are never more.
MESSAGES, OTHER = "messages", "other"
APIS = (
    "attachment/actions", "contents", "devices", "licenses", "locations", "memberships", MESSAGES,
    "people", "rooms", "telephony/config", "workspaces",
)  # fmt: skip

# Later calls that may go before a call of a list. There are always some calls of a list in the
# queue, which would else be before everybody who comes while it runs.
BEHIND = 256

_LOW_PRIORITY: ContextVar[bool] = ContextVar("low_priority", default=False)
_BEHIND: ContextVar[int] = ContextVar("behind", default=0)
_SHORT_WAIT: ContextVar[bool] = ContextVar("short_wait", default=False)
_WAITS: ContextVar["Waits | None"] = ContextVar("waits", default=None)
_WITHDRAWAL: ContextVar["Withdrawal | None"] = ContextVar("withdrawal", default=None)


@contextmanager
def low_priority() -> Iterator[None]:
    """Calls in the body let the calls that people wait for go first."""
    token = _LOW_PRIORITY.set(True)
    try:
        yield
    finally:
        _LOW_PRIORITY.reset(token)


@contextmanager
def behind_others() -> Iterator[None]:
    """Calls in the body let `BEHIND` later calls of the same priority go first."""
    token = _BEHIND.set(BEHIND)
    try:
        yield
    finally:
        _BEHIND.reset(token)


@contextmanager
def short_wait() -> Iterator[None]:
    """Calls in the body give up early when Webex limits the rate."""
    token = _SHORT_WAIT.set(True)
    try:
        yield
    finally:
        _SHORT_WAIT.reset(token)


@contextmanager
def observed_waits() -> Iterator["Waits"]:
    """What the calls in the body, and in tasks that start there, wait for."""
    waits = Waits()
    token = _WAITS.set(waits)
    try:
        yield waits
    finally:
        _WAITS.reset(token)


@contextmanager
def withdrawn_by(withdrawal: "Withdrawal") -> Iterator[None]:
    """Changes in the body are given up if they still wait when they are withdrawn."""
    token = _WITHDRAWAL.set(withdrawal)
    try:
        yield
    finally:
        _WITHDRAWAL.reset(token)


def api_of(path: str) -> str:
    """The API of a path below the base address: `telephony/config/numbers?x` → telephony/config."""
    segments = path.split("?")[0].split("/")
    return next((api for api in ("/".join(segments[:2]), segments[0]) if api in APIS), OTHER)


@dataclass(order=True)
class _Ticket:
    """A call's place in a queue, which it keeps until it is answered; lower numbers came earlier.

    `began` and `deadline` are times of the event loop.
    """

    number: int
    began: float = field(compare=False)
    deadline: float = field(compare=False)
    is_low: bool = field(compare=False)
    withdrawal: "Withdrawal | None" = field(default=None, compare=False)
    released: "asyncio.Future[Permit] | None" = field(default=None, compare=False)


@dataclass(eq=False)
class Waits:
    """The calls that wait for a rate limit, each with a function that tells how long."""

    _left: dict[int, tuple[float, Callable[[], float]]] = field(default_factory=dict)

    def seconds_left(self, min_wait: float) -> float:
        """Seconds until the last of the calls goes that wait `min_wait` seconds or more in all."""
        now = _now()
        left = [(now - began, seconds()) for began, seconds in self._left.values()]
        return max((rest for passed, rest in left if passed + rest >= min_wait), default=0.0)

    def add(self, ticket: _Ticket, seconds_left: Callable[[], float]) -> None:
        """Note that a call waits."""
        self._left[id(ticket)] = ticket.began, seconds_left

    def remove(self, ticket: _Ticket) -> None:
        """Note that a call is answered."""
        self._left.pop(id(ticket), None)


class Withdrawal:
    """Gives up changes that wait for a rate limit. Those that were sent take their course."""

    def __init__(self) -> None:
        self._is_withdrawn = False
        self._waiting: set[asyncio.Future[Permit]] = set()

    def withdraw(self) -> None:
        """Give up all that wait, and those that would have to wait from now on."""
        self._is_withdrawn = True
        for released in self._waiting:
            if not released.done():
                released.set_exception(Withdrawn())

    @contextmanager
    def covering(self, released: "asyncio.Future[Permit]") -> Iterator[None]:
        """While the body waits for a release, it can be withdrawn. Raises Withdrawn if it was."""
        if self._is_withdrawn:
            released.cancel()  # its ticket must not take a turn
            raise Withdrawn
        self._waiting.add(released)
        try:
            yield
        finally:
            self._waiting.discard(released)


class RateLimiter:
    """Lets the calls of one token go. Those of an API wait together, and for no other API."""

    def __init__(self) -> None:
        self._apis: dict[str, _ApiLimiter] = {}

    async def run(
        self, path: str, call: Callable[[], Awaitable[T]], *, changing: bool = False
    ) -> T:
        """Make the call when it is its turn, and again while Webex answers 429.

        Raises RateLimited if that would exceed the timeout, and Withdrawn if the call changes
        something and was withdrawn before it was sent.
        """
        api = api_of(path)
        limiter = self._apis.get(api)
        if limiter is None:
            limiter = self._apis[api] = _ApiLimiter(api)
        return await limiter.run(call, _WITHDRAWAL.get() if changing else None)


class _ApiLimiter:
    """Lets the calls of one API go, one after another while Webex limits them."""

    def __init__(self, api: str) -> None:
        self.api, self.rate = api, AdaptiveRate()
        self._numbers = itertools.count()
        self._people: list[_Ticket] = []
        self._low_priority: list[_Ticket] = []
        self._people_in_a_row = 0  # turns of people since the last one of low priority
        self._timer: asyncio.TimerHandle | None = None

    async def run(
        self, call: Callable[[], Awaitable[T]], withdrawal: Withdrawal | None = None
    ) -> T:
        """Make the call when it is its turn, and again while Webex answers 429."""
        number, began, is_low = next(self._numbers) + _BEHIND.get(), _now(), _LOW_PRIORITY.get()
        ticket = _Ticket(number, began, began + _timeout(), is_low, withdrawal)
        try:
            while True:
                permit = await self._acquire(ticket)
                try:
                    result = await call()
                except RateLimited as error:
                    self._handle_refusal(permit, error, ticket.deadline)
                except BaseException:
                    self.rate.granted(permit)
                    raise
                else:
                    self.rate.granted(permit)
                    return result
        finally:
            if (waits := _WAITS.get()) is not None:
                waits.remove(ticket)

    def _handle_refusal(self, permit: Permit, error: RateLimited, deadline: float) -> None:
        """Hold back every call after a 429. A 423 concerns one call only: its caller retries."""
        if error.status != HTTPStatus.TOO_MANY_REQUESTS:
            self.rate.granted(permit)
            raise error
        self.rate.refused(permit, _now(), error.retry_after)
        if is_single_attempt() or _now() + error.retry_after > deadline:
            raise error
        call_stats.count_retry(call_stats.CALL, "rate_limited")

    async def _acquire(self, ticket: _Ticket) -> Permit:
        wait = self.rate.wait(_now())
        if not wait and not self._people and not self._low_priority:
            return self.rate.take(_now())
        if _now() + wait > ticket.deadline:
            raise _too_long(wait)
        ticket.released = asyncio.get_running_loop().create_future()
        heapq.heappush(self._low_priority if ticket.is_low else self._people, ticket)
        # No notice about messages: it would wait with them.
        if self.api != MESSAGES and (waits := _WAITS.get()) is not None:
            waits.add(ticket, partial(self._seconds_left, ticket))
        self._release_due()
        try:
            with _measured_wait(), _withdrawable(ticket.withdrawal, ticket.released):
                async with asyncio.timeout_at(ticket.deadline):
                    permit = await ticket.released
        except TimeoutError:
            raise _too_long(self.rate.wait(_now())) from None
        # Another call may have been refused since this one was released.
        return await self._acquire(ticket) if self.rate.is_held(_now()) else permit

    def _seconds_left(self, ticket: _Ticket) -> float:
        """Seconds until the call of this ticket may go."""
        if ticket.released is None or ticket.released.done():
            return 0.0
        queue, other_queue = self._people, self._low_priority
        turns = 1 / TURNS_FOR_PEOPLE
        if ticket.is_low:
            queue, other_queue, turns = other_queue, queue, float(TURNS_FOR_PEOPLE)
        before = sum(other < ticket for other in queue)
        return self.rate.wait(_now(), before + min(len(other_queue), int(before * turns)))

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
            if ticket.released is not None:
                ticket.released.set_result(self.rate.take(_now()))

    def _next_queue(self) -> list[_Ticket]:
        for queue in (self._people, self._low_priority):
            while queue and queue[0].released is not None and queue[0].released.done():
                heapq.heappop(queue)  # its caller gave up
        people_had_their_turns = self._people_in_a_row >= TURNS_FOR_PEOPLE
        if self._low_priority and (not self._people or people_had_their_turns):
            return self._low_priority
        return self._people


def _withdrawable(
    withdrawal: Withdrawal | None, released: "asyncio.Future[Permit]"
) -> AbstractContextManager[None]:
    return nullcontext() if withdrawal is None else withdrawal.covering(released)


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
