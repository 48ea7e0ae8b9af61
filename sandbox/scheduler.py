"""What is to happen later, on the sandbox's own clock: phones that come up, webhooks that are late."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from sandbox.clock import Clock

Action = Callable[[], None]


class Schedule:
    """Actions with the moment when they are due. ``keep`` runs them while the sandbox serves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._planned: list[tuple[datetime, int, Action]] = []
        self._numbers = count()
        self._news = asyncio.Event()

    def after(self, seconds: float, action: Action) -> None:
        """Do it in so many seconds; at once when there are none to wait."""
        if seconds <= 0:
            action()
            return
        due = self._clock.now() + timedelta(seconds=seconds)
        heappush(self._planned, (due, next(self._numbers), action))
        self._news.set()

    def run_due(self) -> None:
        """Do everything whose time has come, in the order of the time it was due."""
        while self._planned and self._planned[0][0] <= self._clock.now():
            heappop(self._planned)[2]()

    async def keep(self) -> None:
        """Run what is due, for ever."""
        while True:
            self._news.clear()
            self.run_due()
            await self._something_due_or_new()

    async def _something_due_or_new(self) -> None:
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._news.wait())]
        if self._planned:
            waits.append(asyncio.ensure_future(self._clock.until(self._planned[0][0])))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
