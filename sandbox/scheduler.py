"""Delayed actions on the sandbox's clock, such as phones that register."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from sandbox.clock import Clock

Action = Callable[[], None]


class Scheduler:
    """Actions with their due times. ``run_forever`` runs them while the sandbox serves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: list[tuple[datetime, int, Action]] = []
        self._numbers = count()
        self._changed = asyncio.Event()

    def after(self, seconds: float, action: Action) -> None:
        """Run an action after ``seconds``; at once if there is no delay."""
        if seconds <= 0:
            action()
            return
        due = self._clock.now() + timedelta(seconds=seconds)
        heappush(self._queue, (due, next(self._numbers), action))
        self._changed.set()

    def run_due(self) -> None:
        """Run all due actions, in the order of their due times."""
        while self._queue and self._queue[0][0] <= self._clock.now():
            heappop(self._queue)[2]()

    async def run_forever(self) -> None:
        """Run actions as they become due."""
        while True:
            self._changed.clear()
            self.run_due()
            await self._wait_for_due_or_new()

    async def _wait_for_due_or_new(self) -> None:
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._changed.wait())]
        if self._queue:
            waits.append(asyncio.ensure_future(self._clock.until(self._queue[0][0])))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
