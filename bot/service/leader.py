"""Whether this process leads: it waits for the lease, keeps it, and gives it back.

Only the leader registers with Webex, makes changes and sends messages. A process that has lost its
lease ends at once: what it was doing, its successor looks up.
"""

import asyncio
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final, TypeVar

from bot.core import logs, metrics
from bot.core.errors import DatabaseError, DatabaseUnavailable
from bot.core.models.database_address import PostgresAddress
from bot.core.outage import Outage, without_address
from bot.store.database import Store, postgres
from bot.webex.http_client import MayNotSend

T = TypeVar("T")

log = logs.get_logger("leader")

RENEW_INTERVAL: Final = 2.0  # seconds; three renewals may fail before another process leads
# Seconds for a renewal: a server can be silent while its machine keeps the connection.
RENEW_TIMEOUT: Final = 5.0
TAKE_INTERVAL: Final = 0.5  # seconds between two looks of a standby
RETRY_INTERVAL: Final = 0.5  # seconds between two attempts while the database does not answer
# Seconds that a standby waits when the database is back, so that the old leader, which holds
# unsaved events, can renew first.
GRACE: Final = 3.0
# Seconds before the end of the lease in which nothing is sent without a renewal: what was checked
# is sent a moment later.
MARGIN: Final = 1.0
CHECK_TIMEOUT: Final = 10.0  # seconds that a change waits for the database
UNSURE = "The database does not say whether this process still leads."
NOT_RENEWED = (
    "The lease was last renewed {seconds} s ago ({reason}). Until it is, provbot changes"
    " nothing and answers nobody."
)
NO_ANSWER = "no answer yet"
NO_ANSWER_FOR = f"no answer for {RENEW_TIMEOUT:.0f} s"
ANOTHER_LEADS = (
    "Another process leads now. This one ends with status 1 without finishing anything, which its"
    " successor does. Start it again: then it is ready to lead."
)
# Seconds after which a transaction is given up: longer than the server allows any statement.
STUCK_AFTER: Final = 40.0
# `UNKNOWN` led, and the database does not tell whether it still does.
STANDBY, LEADER, UNKNOWN = "standby", "leader", "unknown"
FENCE_TIMEOUT: Final = 1.0  # seconds to write the last lines of the log
LOOK_TIMEOUT: Final = 0.5  # seconds of them to find out who leads now
FENCED_STATUS: Final = 1  # exit status: another attempt may succeed


def fence(facts: Callable[[], Mapping[str, Any]] = dict) -> None:
    """End this process without finishing anything: another process leads.

    Within a second, even if nobody reads the log. `facts` are for its last line.
    """
    threading.Timer(FENCE_TIMEOUT, os._exit, [FENCED_STATUS]).start()
    try:
        log.error("lease_lost", **facts())
        sys.stderr.write(f"{ANOTHER_LEADS}\n")
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(FENCED_STATUS)


def now() -> float:
    """Seconds that also pass while the machine sleeps, where the system tells them."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class Leadership:
    """The lease of this process. `lease` has the methods of `bot.store.lease.Lease`."""

    def __init__(
        self,
        lease: Any,
        duration: float,
        *,
        clock: Callable[[], float] = now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        fence: Callable[[Callable[[], Mapping[str, Any]]], None] = fence,
    ) -> None:
        """`duration` of the lease is in seconds."""
        self._lease, self._duration = lease, duration
        self._clock, self._sleep, self._fence = clock, sleep, fence
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lease")
        self._renewal: asyncio.Task[None] | None = None
        self._renewed_at = self._valid_until = 0.0
        self._leads = False
        self._outage = Outage(clock)
        self.epoch = 0
        self.lost_predecessor = False  # the process that led before ended without a word
        # Whether people must still be told that presses may be lost; it is asked at the end.
        self.owes_notice: Callable[[], bool] = lambda: self.lost_predecessor

    @property
    def role(self) -> str:
        """`STANDBY`, or `LEADER` while the lease is known to last, otherwise `UNKNOWN`."""
        if not self._leads:
            return STANDBY
        return LEADER if self._clock() < self._valid_until else UNKNOWN

    @property
    def leader(self) -> str:
        """The name of the process that a standby has seen leading; empty if it saw none."""
        return self._lease.seen.name if self._lease.seen and not self._leads else ""

    async def problem(self) -> str:
        """A sentence while nobody knows whether this process still leads, else an empty string."""
        if self.role != UNKNOWN:
            return ""
        seconds = round(self._clock() - self._renewed_at)
        reason = self._outage.reason or NO_ANSWER
        return NOT_RENEWED.format(seconds=seconds, reason=without_address(reason))

    async def take(self) -> int:
        """Wait until this process leads; returns the epoch. Raises ConfigError."""
        metrics.LEADER.set(0)
        seen = None
        while not await self._took():
            if seen != self._lease.seen:
                seen = self._lease.seen
                log.info("standby", leader=seen.name, epoch=seen.epoch)
        return self.epoch

    async def _took(self) -> bool:
        """Take the lease if it is free, otherwise wait a moment; in an outage, until it is over."""
        began = self._clock()
        try:
            taken = await self._limited(self._take)
        except DatabaseUnavailable as error:
            self._note_unavailable(error)
            await self._wait_for_database()
            return False
        if (lasted_s := self._outage.end()) is not None:
            log.info("lease_available", lasted_s=lasted_s)
        if taken is not None:
            self._begin(taken.epoch, began)
            return True
        await self._sleep(TAKE_INTERVAL)
        return False

    async def _wait_for_database(self) -> None:
        """Wait until it answers, and then for who leads, who tries to renew the lease as well."""
        while True:
            await self._sleep(RETRY_INTERVAL)
            try:
                await self._limited(self._lease.look)
            except DatabaseUnavailable as error:
                self._note_unavailable(error)
            else:
                return await self._sleep(GRACE)

    def _note_unavailable(self, error: DatabaseUnavailable) -> None:
        if self._outage.note(error):
            log.warning("lease_unavailable", reason=str(error))

    def _take(self) -> Any:
        """Take the lease, and remember the epoch even if nobody waits for it any more."""
        taken = self._lease.take()
        if taken is not None:
            self.epoch, self.lost_predecessor = taken.epoch, taken.ran_out
        return taken

    def _begin(self, epoch: int, began: float) -> None:
        self._leads = True
        self._lasts_from(began)
        metrics.LEADER.set(1)
        metrics.LEASE_EPOCH.set(epoch)
        log.info("leading", epoch=epoch)

    def _lasts_from(self, began: float) -> None:
        """The lease was taken or renewed at some time after `began`."""
        self._renewed_at, self._valid_until = began, began + self._duration - MARGIN

    async def keep(self) -> None:
        """Renew the lease until cancelled. While the database does not answer, try again."""
        while True:
            await self._sleep(RETRY_INTERVAL if self._outage.reason else RENEW_INTERVAL)
            with suppress(DatabaseError):
                await self._renew()

    async def check(self) -> None:
        """Return if this process leads, and end it if not; MayNotSend if nobody knows.

        For every change, right before it is sent: the process may have stood still.
        """
        give_up_at = self._clock() + CHECK_TIMEOUT
        while self._clock() >= self._valid_until:
            try:
                await self._renew()
            except DatabaseError:
                await self._sleep(RETRY_INTERVAL)
            if self._clock() >= give_up_at and self._clock() >= self._valid_until:
                raise MayNotSend(UNSURE)

    async def _renew(self) -> None:
        """Renew the lease, once for all who wait: a database that is gone takes seconds."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew_once())
        await asyncio.shield(self._renewal)

    async def _renew_once(self) -> None:
        """Renew the lease, or end this process if another one leads. Raises DatabaseError."""
        began = self._clock()
        try:
            is_renewed = await self._limited(partial(self._lease.renew, self.epoch))
        except DatabaseError as error:
            if self._outage.note(error):
                log.warning("lease_not_renewed", reason=str(error))
            raise
        if not is_renewed:
            self.fence()
            return
        self._lasts_from(began)
        if (lasted_s := self._outage.end()) is not None:
            log.info("lease_renewed", lasted_s=lasted_s)

    async def _limited(self, work: Callable[[], T]) -> T:
        """Do it in the thread; a call that a silent server does not answer is ended."""
        working = asyncio.ensure_future(self._run(work))
        is_answered = (await asyncio.wait({working}, timeout=RENEW_TIMEOUT))[0]
        if not is_answered:
            self._lease.interrupt()
        try:
            return await working
        except DatabaseUnavailable as error:
            raise error if is_answered else DatabaseUnavailable(NO_ANSWER_FOR) from error

    def fence(self) -> None:
        """End this process: another one leads. It may be called in any thread."""
        self._valid_until = 0.0
        metrics.LEADER.set(0)
        self._fence(self._how_it_was_lost)

    def _how_it_was_lost(self) -> dict[str, Any]:
        """Who leads now, as far as the database tells soon, and how long this process was away."""
        last_renewed_s = round(self._clock() - self._renewed_at, 1)
        looking = threading.Thread(target=self._look, daemon=True)
        looking.start()
        looking.join(LOOK_TIMEOUT)
        seen = self._lease.seen
        facts = {"epoch": self.epoch, "last_renewed_s": last_renewed_s}
        if seen is None or seen.epoch <= self.epoch:  # the database did not answer in time
            return facts
        return {"leader": seen.name, "leader_epoch": seen.epoch, **facts}

    def _look(self) -> None:
        with suppress(Exception):  # the process ends, whatever the database says
            self._lease.look()

    async def close(self) -> None:
        """Give the lease back, so that another process leads at once."""
        with suppress(DatabaseError):  # then it runs out
            await self._run(self._give_back)
        self._leads, self._valid_until = False, 0.0
        metrics.LEADER.set(0)
        await self._run(self._lease.close)
        self._thread.shutdown(wait=False)

    def _give_back(self) -> None:
        if self.epoch:
            self._lease.give_back(self.epoch, as_run_out=self.owes_notice())

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def leadership_of(address: PostgresAddress) -> Leadership:
    """Return the leadership of this process, which begins as standby."""
    postgres()  # raises ConfigError without psycopg
    from bot.store.lease import DURATION, Lease

    return Leadership(Lease(address, f"{socket.gethostname()}:{os.getpid()}"), DURATION)


async def _interrupt_stuck(store: Store) -> None:
    """Free the store of a server that is silent on its connection only, until cancelled."""
    while True:
        await asyncio.sleep(STUCK_AFTER / 4)
        if store.interrupt(STUCK_AFTER):
            log.warning("database_silent", seconds=STUCK_AFTER)


@asynccontextmanager
async def leading(leadership: Leadership, store: Store) -> AsyncIterator[None]:
    """Wait until this process leads, and keep the lease until the end."""
    try:
        epoch = await leadership.take()
        keeping = asyncio.create_task(leadership.keep())
        watching = asyncio.create_task(_interrupt_stuck(store))
        try:
            await store.lead(epoch, leadership.fence)  # an upgrade may take longer than a lease
            yield
        finally:
            watching.cancel()
            await store.stand_by()  # before the next leader would refuse what is queued
            keeping.cancel()
    finally:
        await leadership.close()
