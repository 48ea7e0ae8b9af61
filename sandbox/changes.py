"""The one sequence of everything that happens, and a way to wait for the next thing."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

KEPT = 20_000


@dataclass(frozen=True)
class Change:
    """Something happened: its place in the sequence, its kind, the facts the page needs."""

    seq: int
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)


class Changes:
    """Counts changes from 1 and wakes whoever waits for one."""

    def __init__(self) -> None:
        self.seq = 0
        self._kept: deque[Change] = deque(maxlen=KEPT)
        self._waiting: set[asyncio.Future[None]] = set()

    def note(self, kind: str, **facts: Any) -> int:
        """Record a change; returns its sequence number."""
        self.seq += 1
        self._kept.append(Change(self.seq, kind, facts))
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)
        return self.seq

    def after(self, seq: int) -> list[Change]:
        """What happened after that point, oldest first (the newest 20,000 are kept)."""
        missed = max(self.seq - seq, 0)
        return list(self._kept)[-missed:] if missed else []

    async def wait_after(self, seq: int, timeout: float) -> int:  # noqa: ASYNC109 - the caller's patience is part of the contract
        """Return the current sequence number once it exceeds ``seq``, or when time runs out."""
        if self.seq > seq or timeout <= 0:
            return self.seq
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        await asyncio.wait([future], timeout=timeout)
        self._waiting.discard(future)
        return self.seq
