"""Answers kept for a while, so that forty phones before lunch do not ask forty times the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

MOST_ENTRIES = 2_000  # memory stays bounded however many people are looked up


class Cache:
    """Values by key with a lifetime in seconds; two who ask at once share one call."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[Any, tuple[float, Any]] = OrderedDict()
        self._asking: dict[Any, asyncio.Task[Any]] = {}

    async def get(self, key: Any, ask: Callable[[], Awaitable[Any]], lifetime: float) -> Any:
        """The kept value, or what `ask` answers. Failures are not kept."""
        until, value = self._kept.get(key, (0.0, None))
        if self._clock() < until:
            return value
        return await self.refresh(key, ask, lifetime)

    def kept(self, key: Any) -> Any:
        """The value that is kept; None where there is none."""
        until, value = self._kept.get(key, (0.0, None))
        return value if self._clock() < until else None

    def keep(self, key: Any, value: Any, lifetime: float) -> None:
        """Keep what came with another answer."""
        self._kept[key] = (self._clock() + lifetime, value)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_ENTRIES:
            self._kept.popitem(last=False)

    async def refresh(self, key: Any, ask: Callable[[], Awaitable[Any]], lifetime: float) -> Any:
        """Ask now, whatever is kept, and keep the answer."""
        task = self._asking.get(key)
        if task is None:
            task = asyncio.ensure_future(ask())
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        # Shielded: one who gives up must not take the answer from the others who wait for it.
        value = await asyncio.shield(task)
        self.keep(key, value, lifetime)
        return value
