"""In place of the lease in the database: it does what a test says."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from bot.core.errors import DatabaseUnavailable
from bot.service.leader import Leadership
from bot.store.lease import Holder, Taken

T = TypeVar("T")

DURATION = 6.0
MOMENT = 0.001


class Fenced(BaseException):
    """In place of the end of the process."""


class Enough(BaseException):
    """The test has seen what it wanted."""


@dataclass
class Lease:
    """The row of the lease, the clock, and how the database answers to one process."""

    now: float = 1000.0
    epoch: int = 4
    renewed_at: float = 0.0
    down_until: float = 0.0  # the database does not answer
    before: float = 0.0  # seconds until the server has a call
    after: float = 0.0  # seconds until the next answer arrives
    calls: list[str] = field(default_factory=list)
    fenced: int = 0
    slept: list[float] = field(default_factory=list)
    sleeps: int = 1000  # then it is enough
    holder: str = "other:7"
    seen: Holder | None = None
    last_line: dict[str, Any] = field(default_factory=dict)

    @property
    def free_at(self) -> float:
        """When another process may take it."""
        return self.renewed_at + DURATION

    def clock(self) -> float:
        """The time of all processes."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        await asyncio.sleep(0)
        if len(self.slept) == self.sleeps:
            raise Enough
        self.slept.append(seconds)
        self.now += seconds

    def fence(self, facts: Callable[[], Mapping[str, Any]]) -> None:
        """End the process."""
        self.fenced += 1
        self.last_line = dict(facts())
        raise Fenced

    def leadership(self) -> Leadership:
        """That of a process."""
        return Leadership(self, DURATION, clock=self.clock, sleep=self.sleep, fence=self.fence)

    def take(self) -> Taken | None:
        """As the lease of bot.store does."""
        return self._call("take", self._taken)

    def look(self) -> None:
        """As the lease of bot.store does."""
        self._call("look", self._see)

    def renew(self, epoch: int) -> bool:
        """As the lease of bot.store does."""
        return self._call("renew", partial(self._renewed, epoch))

    def give_back(self, epoch: int, *, as_run_out: bool = False) -> None:
        """As the lease of bot.store does."""
        self._call("give back", partial(self._given_back, epoch, as_run_out=as_run_out))

    def interrupt(self) -> None:
        """As the lease of bot.store does."""
        self.calls.append("interrupt")

    def close(self) -> None:
        """As the lease of bot.store does."""
        self.calls.append("close")

    def taken(self) -> Taken | None:
        """What the server does when a process wants it."""
        if self.now <= self.free_at:
            return None
        ran_out = self.renewed_at > -DURATION
        self.epoch, self.renewed_at = self.epoch + 1, self.now
        return Taken(self.epoch, ran_out)

    def _taken(self) -> Taken | None:
        self._see()
        return self.taken()

    def _see(self) -> None:
        self.seen = Holder(self.holder, self.epoch)

    def _renewed(self, epoch: int) -> bool:
        if epoch == self.epoch:
            self.renewed_at = self.now
        return epoch == self.epoch

    def _given_back(self, epoch: int, *, as_run_out: bool) -> None:
        if epoch == self.epoch:
            self.renewed_at = self.now - 2 * DURATION if as_run_out else -DURATION

    def _call(self, name: str, work: Callable[[], T]) -> T:
        self.calls.append(name)
        self.now += self.before
        if self.now < self.down_until:
            raise DatabaseUnavailable("the server is gone")
        result = work()
        self.now, self.after = self.now + self.after, 0.0
        return result


def led(lease: Lease, work: Callable[[Leadership], Awaitable[object]]) -> None:
    """Do something as the process that has just taken the lease."""

    async def lead() -> None:
        leadership = lease.leadership()
        await leadership.take()
        lease.calls.clear()
        lease.slept.clear()
        await work(leadership)

    asyncio.run(lead())


class IdleStore:
    """In place of the store, with nothing to write."""

    async def stand_by(self) -> None:
        """Nothing is queued."""
