"""The cloud's clock: passed in, so that expiry can be tested without waiting."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware."""
        ...

    async def until(self, moment: datetime) -> None:
        """Return at that time, or shortly before."""
        ...


class SystemClock:
    """The system's clock."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware."""
        return datetime.now(UTC)

    async def until(self, moment: datetime) -> None:
        """Return at that time."""
        await asyncio.sleep((moment - self.now()).total_seconds())


class ManualClock:
    """A clock that only moves when it is told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """Return the time it was last set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds``."""
        self._now += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def until(self, moment: datetime) -> None:
        """Return when the clock has reached that time."""
        while self._now < moment:
            await self._moved.wait()


def webex_date(moment: datetime) -> str:
    """Return ``2026-11-20T09:06:40.100Z``, the only form that webexpythonsdk parses.

    See docs/webex/messaging.md §3.1.
    """
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def epoch_ms(moment: datetime) -> int:
    """Return milliseconds since 1970, as in envelopes and catalogs."""
    return int(moment.timestamp() * 1000)
