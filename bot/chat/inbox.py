"""The inbox: an event is stored and claimed by its id before it is handled, and handled once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, get_args

from bot.chat.event_reader import IncomingEvent
from bot.chat.events import KIND_LABELS, Event
from bot.core import call_stats, logs, metrics, retry
from bot.core.call_stats import CallStats, EventOutcome
from bot.core.errors import DatabaseUnavailable, Forbidden, NotFound, Unauthorized, WebexError
from bot.core.keyed_locks import KeyedLocks
from bot.store import events
from bot.store.database import Store
from bot.store.unclaimed import Unclaimed

log = logs.get_logger("inbox")

T = TypeVar("T")
Reply = TypeVar("Reply")

metrics.expect(metrics.EVENTS, KIND_LABELS.values(), get_args(EventOutcome))
metrics.expect(metrics.REPLY, KIND_LABELS.values())
MAX_CONCURRENT_EVENTS = 128  # a hundred people who write at once wait for Webex, not for provbot
# Seconds that an event delays the next one of the same person in the same space: long enough to
# answer in order, short enough that an event which Webex never returns does not mute anybody.
TURN_TIMEOUT = 30.0
# Seconds within which Webex shows nearly every message; a later one no longer keeps its turn.
VISIBLE_SOON = 1.0


class EventHandler(Protocol[Reply]):
    """The stages of handling an event. The inbox retries each stage by itself."""

    async def read(self, event: Event) -> IncomingEvent:
        """Read the message or press from Webex. Raises WebexError."""
        ...

    async def answer(self, incoming: IncomingEvent, waited: float) -> tuple[Reply, ...]:
        """Act on it, `waited` seconds after it was received. Raises only if the database fails."""
        ...

    async def post(self, incoming: IncomingEvent, reply: Reply) -> None:
        """Post one of the replies. Raises WebexError."""
        ...

    def notice_while_reading(self, event: Event) -> AbstractContextManager[None]:
        """Show a notice while reading takes long."""
        ...

    async def tell_unreadable(self, event: Event, waited: float, error: WebexError) -> None:
        """Tell the person that Webex did not return the event. Raises WebexError."""
        ...


@dataclass(frozen=True)
class Inbox(Generic[Reply]):
    """Claims events and has them answered, in order for one person in one space."""

    store: Store
    handler: EventHandler[Reply]
    webex_now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.time
    # Ids of events that Webex has not returned yet or that are left for the next start. Health does
    # not count them: one unreadable event must not make the bot look stuck.
    not_given: set[str] = field(default_factory=set)
    unclaimed: Unclaimed = field(default_factory=Unclaimed)
    _claims: KeyedLocks = field(default_factory=KeyedLocks)
    _senders: KeyedLocks = field(default_factory=KeyedLocks)
    _slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_EVENTS)
    )
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def take(self, event: Event) -> bool:
        """Store the event and start answering it. Returns whether it was new.

        Returns once the event is stored, however long that takes. Cancelling the caller does not
        cancel the claim; an event that was claimed and not started waits for a restart.
        """
        claim = self._take(event, self.clock())
        return await asyncio.shield(self._in_task(claim, f"claim {event.id}"))

    async def _take(self, event: Event, received_at: float) -> bool:
        """Store one person's events of one space in the order of arrival."""
        async with self._claims.turn((event.room, event.actor)):
            is_new = await self._claim(event, received_at)
            if is_new:
                self.start(event, received_at)
        return is_new

    async def _claim(self, event: Event, received_at: float) -> bool:
        """Store the event, retrying for as long as the process lives."""
        facts = event.facts()

        async def claim() -> bool:
            return await self.store.call(events.claim, event.id, event.kind, facts, received_at)

        try:
            return await claim()
        except asyncio.CancelledError:  # the process ends, and nobody knows whether it is stored
            self.unclaimed.abandoned()
            raise
        except DatabaseUnavailable as error:
            log.warning("event_kept_in_memory", activity=event.id, reason=str(error))
        with self.unclaimed.counted():
            return await retry.run(retry.CLAIM_EVENT, claim)

    def start(self, event: Event, received_at: float) -> None:
        """Answer a claimed event in its own task."""
        self._in_task(self._handle(event, received_at), f"event {event.id}")

    def _in_task(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def recover(self) -> None:
        """Answer the events that an earlier process claimed, and forget those handled long ago."""
        # The earlier clock counts: one that was set forward must not forget recent events.
        await self.store.call(events.forget, min(self.clock(), self.webex_now()))
        for claimed in await self.store.call(events.unhandled):
            self.start(Event.of(claimed.event), claimed.received_at)

    async def finish(self, max_seconds: float) -> None:
        """Wait until every event is stored and answered, `max_seconds` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max_seconds):
                while self._tasks:  # an event that is stored is answered in another task
                    await asyncio.wait(self._tasks)

    async def cancel_pending(self) -> None:
        """Cancel the remaining work; the next start answers those events."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _handle(self, event: Event, received_at: float) -> None:
        stats = call_stats.begin(event.label)
        self.not_given.add(event.id)
        try:
            may_pass = asyncio.Event()
            work = self._run_stages(event, received_at, may_pass)
            await self._in_turn(event, work, may_pass)
            # Retried by itself: the event was answered, and must not be answered again.
            mark_handled = partial(
                self.store.call_without_fsync, events.handled, event.id, self.clock()
            )
            await retry.run(retry.ANSWER_EVENT, mark_handled)
        except asyncio.CancelledError:  # the process ends: answered at the next start
            stats.outcome = "deferred"
            raise
        except Exception as error:  # noqa: BLE001 - nobody awaits this task
            stats.outcome = "failed"
            self._leave_for_next_start(event, error)
        finally:
            _log_event(event, stats)

    def _leave_for_next_start(self, event: Event, error: Exception) -> None:
        self.not_given.add(event.id)
        if isinstance(error, WebexError):
            log.warning("event_not_answered", activity=event.id, status=error.status)
        else:
            log.error("event_not_answered", activity=event.id, exc_info=error)

    async def _in_turn(
        self, event: Event, work: Coroutine[Any, Any, None], may_pass: asyncio.Event
    ) -> None:
        """Do the work in its turn. The next event begins after it, after a while, or if it may."""
        working: asyncio.Task[None] | None = None
        try:
            async with self._senders.turn((event.room, event.actor)):
                working = self._in_task(work, f"answer {event.id}")
                working.add_done_callback(lambda _task: may_pass.set())
                with suppress(TimeoutError):
                    async with asyncio.timeout(TURN_TIMEOUT):
                        await may_pass.wait()
        finally:
            if working is None:
                work.close()
        await working

    async def _run_stages(self, event: Event, received_at: float, may_pass: asyncio.Event) -> None:
        """Read, answer, post. Each stage is retried alone, so that no earlier one is repeated."""
        incoming = await self._read(event, received_at, may_pass)
        self.not_given.discard(event.id)
        if incoming is None:
            return

        async def answer() -> tuple[Reply, ...]:
            return await self.handler.answer(incoming, self.clock() - received_at)

        replies = await retry.run(retry.ANSWER_EVENT, partial(self._in_slot, answer))
        try:
            for reply in replies:
                post = partial(self.handler.post, incoming, reply)
                await retry.run(retry.POST_REPLY, partial(self._in_slot, post))
        except (Forbidden, NotFound) as error:  # the bot may not post there any more
            call_stats.current().outcome = "unreachable"
            log.warning(
                "reply_undeliverable",
                activity=event.id,
                status=error.status,
                tracking_id=error.tracking_id,
            )

    async def _read(
        self, event: Event, received_at: float, may_pass: asyncio.Event
    ) -> IncomingEvent | None:
        """The message or press; None if Webex does not return it, once the person was told.

        Sets `may_pass` if Webex does not show it within a second: it was deleted, or is shown late,
        and the person's next event does not wait for it.
        """

        def decide(error: Exception, seconds: float) -> bool | float:
            if isinstance(error, NotFound) and seconds > VISIBLE_SOON:
                may_pass.set()
            return retry.READ_EVENT.decide(error, seconds)

        read = partial(self._in_slot, partial(self.handler.read, event))
        try:
            with self.handler.notice_while_reading(event):
                return await retry.run(replace(retry.READ_EVENT, decide=decide), read)
        except Unauthorized:  # the token is dead: read at the next start
            raise
        except WebexError as error:
            call_stats.current().outcome = "not_found" if isinstance(error, NotFound) else "failed"
            log.warning(
                "event_read_failed",
                activity=event.id,
                status=error.status,
                tracking_id=error.tracking_id,
            )
            await self._tell_unreadable(event, received_at, error)
            return None

    async def _tell_unreadable(
        self, event: Event, received_at: float, read_error: WebexError
    ) -> None:
        try:
            await self.handler.tell_unreadable(event, self.clock() - received_at, read_error)
        except WebexError as error:
            log.warning("notification_failed", activity=event.id, status=error.status)

    async def _in_slot(self, work: Callable[[], Awaitable[T]]) -> T:
        async with self._slots:
            call_stats.current().started()
            return await work()


def _log_event(event: Event, stats: CallStats) -> None:
    """Log the one line of an event, and count it."""
    metrics.EVENTS.labels(event.label, stats.outcome or "answered").inc()
    space = "direct" if event.direct else "group"
    # Ignored events are logged for debugging only, or strangers could fill the log.
    write = log.debug if stats.outcome == "ignored" else log.info
    write("event", activity=event.id, kind=event.label, space=space, **stats.as_log_fields())
