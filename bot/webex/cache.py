"""Keeps answers for a while, so that many requests in a row do not ask Webex the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from bot.core.errors import WebexError

MAX_ENTRIES = 2_000  # bounds the memory, however many people are looked up
MAX_STALE = 24 * 3600.0  # seconds; an organization gets few new models or locations in a day


class Cache:
    """Values by key, each with a lifetime in seconds. Concurrent reads of a key share one call."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: OrderedDict[Any, tuple[float, Any]] = OrderedDict()  # expiry and value
        self._reading: dict[Any, asyncio.Task[Any]] = {}
        self._stale: dict[Any, tuple[float, Any]] = {}  # time of reading and value
        self._failures: dict[Any, tuple[float, WebexError]] = {}

    async def get(self, key: Any, read: Callable[[], Awaitable[Any]], lifetime: float) -> Any:
        """The cached value, or the result of `read`. Failures are not cached."""
        expires_at, value = self._entries.get(key, (0.0, None))
        if self._clock() < expires_at:
            return value
        return await self.refresh(key, read, lifetime)

    async def get_stale(
        self,
        key: Any,
        read: Callable[[], Awaitable[Any]],
        lifetime: float,
        *,
        failure_lifetime: float = 0.0,
    ) -> Any:
        """Like `get`, but fall back to a value of up to a day ago if reading fails.

        After a failure, `read` is not called again for `failure_lifetime` seconds.
        """
        try:
            self._raise_recent_failure(key, failure_lifetime)
            value = await self.get(key, read, lifetime)
        except WebexError as error:
            return self._stale_or_raise(key, error)
        self._stale[key] = self._clock(), value
        self._failures.pop(key, None)
        return value

    def _raise_recent_failure(self, key: Any, failure_lifetime: float) -> None:
        failed_at, error = self._failures.get(key, (0.0, None))
        if error is not None and self._clock() - failed_at < failure_lifetime:
            raise error.with_traceback(None)

    def _stale_or_raise(self, key: Any, error: WebexError) -> Any:
        if self._failures.get(key, (0.0, None))[1] is not error:
            self._failures[key] = self._clock(), error
        read_at, value = self._stale.get(key, (-MAX_STALE, None))
        if self._clock() - read_at >= MAX_STALE:
            raise error
        return value

    def peek(self, key: Any) -> Any:
        """The cached value, or None."""
        expires_at, value = self._entries.get(key, (0.0, None))
        return value if self._clock() < expires_at else None

    def put(self, key: Any, value: Any, lifetime: float) -> None:
        """Cache a value that came with another answer."""
        self._entries[key] = (self._clock() + lifetime, value)
        self._entries.move_to_end(key)
        while len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)

    async def refresh(self, key: Any, read: Callable[[], Awaitable[Any]], lifetime: float) -> Any:
        """Read now, whatever is cached, and cache the value."""
        task = self._reading.get(key)
        if task is None:
            task = asyncio.ensure_future(read())
            self._reading[key] = task
            task.add_done_callback(lambda done: self._read(key, done))
        # Shielded: a caller that gives up must not take the answer from the others.
        value = await asyncio.shield(task)
        self.put(key, value, lifetime)
        return value

    def _read(self, key: Any, task: "asyncio.Future[Any]") -> None:
        self._reading.pop(key, None)
        if not task.cancelled():
            task.exception()  # else asyncio reports a failure for which every caller gave up
