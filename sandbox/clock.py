"""Time as the cloud sees it: passed in, so that expiry can be tested without waiting."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """The current moment, timezone-aware."""
        ...

    async def until(self, moment: datetime) -> None:
        """Return when it is that late, or as good as that late."""
        ...


class SystemClock:
    """The clock on the wall."""

    def now(self) -> datetime:
        """The current moment, timezone-aware."""
        return datetime.now(UTC)

    async def until(self, moment: datetime) -> None:
        """Return when it is that late."""
        await asyncio.sleep((moment - self.now()).total_seconds())


class ManualClock:
    """A clock that only moves when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by so many seconds."""
        self._now += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def until(self, moment: datetime) -> None:
        """Return when it has been moved that far."""
        while self._now < moment:
            await self._moved.wait()


def webex_date(moment: datetime) -> str:
    """``2026-11-20T09:06:40.100Z``: the one form webexpythonsdk can parse (webex-messaging.md §3.1)."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970, as envelopes and catalogs carry them."""
    return int(moment.timestamp() * 1000)
