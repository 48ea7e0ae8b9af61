"""The inbox: an event is stored and claimed by its id before it is handled, and handled once."""

import asyncio
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, get_args

from bot import metrics, tally, telemetry
from bot.again import again
from bot.chat.events import KINDS, Event
from bot.dispatch import Dispatch
from bot.errors import Forbidden, NotFound, OutcomeUnknown, RateLimited, Unavailable, WebexError
from bot.store import events
from bot.store.database import Store
from bot.tally import Handled, Tally

log = telemetry.get_logger("inbox")

T = TypeVar("T")

metrics.expect(metrics.EVENTS, KINDS, get_args(Handled))
metrics.expect(metrics.REPLY, KINDS)
TRIES = 64  # within about an hour; then again at the next start
UNWELL = (Unavailable, RateLimited, OutcomeUnknown, sqlite3.OperationalError)  # locked, or full
MOST_EVENTS_AT_ONCE = 128  # a hundred who speak at once wait for Webex, not for us


@dataclass(frozen=True)
class Inbox:
    """Claims events, then has them answered: in order for one person in one space, else side by side."""

    store: Store
    dispatch: Dispatch
    _lanes: defaultdict[tuple[str, str], asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    _waiting: Counter[tuple[str, str]] = field(default_factory=Counter)
    _slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MOST_EVENTS_AT_ONCE)
    )
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def take(self, event: Event) -> bool:
        """Store the event and start on it; whether it is new. One that was taken before changes nothing.

        Who stops waiting for it does not stop it: what is claimed and not started waits for a restart.
        """
        return await asyncio.shield(self._in_a_task(self._take(event), f"claim {event.id}"))

    async def _take(self, event: Event) -> bool:
        now = time.time()
        is_new = await self.store.call(events.claim, event.id, event.kind, event.facts(), now)
        if is_new:
            self.start(event)
        return is_new

    def start(self, event: Event) -> None:
        """Answer a claimed event in a task of its own."""
        self._in_a_task(self._answer(event), f"event {event.id}")

    def _in_a_task(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def recover(self) -> None:
        """Answer what was claimed before the process ended, and forget what is long answered."""
        await self.store.call(events.forget, time.time())
        for facts in await self.store.call(events.unhandled):
            self.start(Event.of(facts))

    async def finish(self, within: float) -> None:
        """Wait for what is being taken and answered, at most `within` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._tasks:  # what was just taken is answered in yet another one
                    await asyncio.wait(self._tasks)

    async def park(self) -> None:
        """Let go of what is left; it is answered at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, event: Event) -> None:
        lane, noting = (event.room, event.actor), tally.begin(event.kind)
        self._waiting[lane] += 1
        try:
            async with self._lanes[lane]:
                await _until_well(partial(self._try, event))
            # Tried on by itself: it was answered, and must not be once more.
            await _until_well(partial(self.store.lightly, events.handled, event.id, time.time()))
        except asyncio.CancelledError:  # the process ends: answered at the next start
            noting.outcome = "parked"
            raise
        except WebexError as problem:  # stays unhandled: answered at the next start
            noting.outcome = "failed"
            log.warning("not answered", activity=event.id, status=problem.status)
        except Exception:  # nobody awaits this task
            noting.outcome = "failed"
            log.exception("not answered", activity=event.id)
        finally:
            self._leave(lane)
            _note(event, noting)

    async def _try(self, event: Event) -> None:
        try:
            async with self._slots:
                tally.current().begun()
                await self.dispatch.handle(event)
        except (Forbidden, NotFound) as problem:  # we may not speak there any more, and never will
            tally.current().outcome = "unreachable"
            log.warning(
                "cannot be answered", activity=event.id,
                status=problem.status, tracking_id=problem.tracking_id,
            )  # fmt: skip

    def _leave(self, lane: tuple[str, str]) -> None:
        """The lane of a person who said nothing for a while would be kept for ever."""
        self._waiting[lane] -= 1
        if not self._waiting[lane]:
            del self._waiting[lane]
            self._lanes.pop(lane, None)


def _note(event: Event, noting: Tally) -> None:
    """The one line of an event."""
    metrics.EVENTS.labels(event.kind, noting.outcome or "answered").inc()
    space = "direct" if event.direct else "group"
    log.info("event", activity=event.id, kind=event.kind, space=space, **noting.line())


async def _until_well(work: Callable[[], Awaitable[None]]) -> None:
    """While Webex or the database is unwell the person cannot be told anything: they are told when both are well."""
    await again(
        work, _worth_waiting_for,
        name=tally.EVENT, attempts=TRIES, timeout=None, wait_initial=2.0, wait_max=60.0,
    )  # fmt: skip


def _worth_waiting_for(problem: Exception) -> bool | float:
    return problem.retry_after if isinstance(problem, RateLimited) else isinstance(problem, UNWELL)
