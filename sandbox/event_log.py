"""The one sequence of everything that happens, and a way to wait for the next thing."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Any


@dataclass(frozen=True)
class Change:
    """Something happened: its place in the sequence, its kind, the facts the page needs."""

    seq: int
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)


class Changes:
    """Counts changes from 1 and wakes whoever waits for one."""

    def __init__(self, kept: int) -> None:
        self.seq = 0
        self.closed = False
        self._kept: deque[Change] = deque(maxlen=kept)
        self._waiting: set[asyncio.Future[None]] = set()

    def note(self, kind: str, **facts: Any) -> int:
        """Record a change; returns its sequence number."""
        self.seq += 1
        self._kept.append(Change(self.seq, kind, facts))
        self._wake()
        return self.seq

    def close(self) -> None:
        """Nothing more is waited for; who waits is let go."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def after(self, seq: int) -> list[Change]:
        """What happened after that point, oldest first as far as it is remembered."""
        return list(islice(reversed(self._kept), max(self.seq - seq, 0)))[::-1]

    def deadline(self, patience: float) -> float:
        """The moment, on the loop's clock, when so many seconds will have passed."""
        return asyncio.get_running_loop().time() + patience

    async def next(self, deadline: float) -> bool:
        """Wait for the next change; False when the deadline passed or nothing more will come."""
        loop = asyncio.get_running_loop()
        remaining = deadline - loop.time()
        if self.closed or remaining <= 0:
            return False
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait([future], timeout=remaining)
        finally:
            self._waiting.discard(future)
        return future.done() and not self.closed

    async def wait_after(self, seq: int, timeout: float) -> int:  # noqa: ASYNC109 - the caller's patience is part of the contract
        """Return the current sequence number once it exceeds ``seq``, or when time runs out."""
        deadline = self.deadline(timeout)
        while self.seq <= seq and await self.next(deadline):
            pass
        return self.seq
