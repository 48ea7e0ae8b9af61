"""One numbered log of everything that happens, with a way to wait for the next event."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Any


@dataclass(frozen=True)
class LoggedEvent:
    """One event: its sequence number, its kind, and the facts that the page needs."""

    seq: int
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)


class EventLog:
    """Numbers events from 1 and wakes everyone who waits for one."""

    def __init__(self, kept: int) -> None:
        self.seq = 0
        self.closed = False
        self._kept: deque[LoggedEvent] = deque(maxlen=kept)
        self._waiters: set[asyncio.Future[None]] = set()

    def append(self, kind: str, **facts: Any) -> int:
        """Log an event; return its sequence number."""
        self.seq += 1
        self._kept.append(LoggedEvent(self.seq, kind, facts))
        self._wake()
        return self.seq

    def close(self) -> None:
        """Release everyone who waits; there will be no more events."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiters = self._waiters, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def after(self, seq: int) -> list[LoggedEvent]:
        """Return the events after that number, oldest first, as far as they are still kept."""
        return list(islice(reversed(self._kept), max(self.seq - seq, 0)))[::-1]

    def deadline(self, timeout: float) -> float:
        """Return the time on the loop's clock when ``timeout`` seconds have passed."""
        return asyncio.get_running_loop().time() + timeout

    async def next(self, deadline: float) -> bool:
        """Wait for the next event; return False at the deadline or after close."""
        loop = asyncio.get_running_loop()
        remaining = deadline - loop.time()
        if self.closed or remaining <= 0:
            return False
        future: asyncio.Future[None] = loop.create_future()
        self._waiters.add(future)
        try:
            await asyncio.wait([future], timeout=remaining)
        finally:
            self._waiters.discard(future)
        return future.done() and not self.closed

    async def wait_after(self, seq: int, timeout: float) -> int:  # noqa: ASYNC109 - part of the API
        """Return the current sequence number once it exceeds ``seq``, or at the timeout."""
        deadline = self.deadline(timeout)
        while self.seq <= seq and await self.next(deadline):
            pass
        return self.seq
