"""Webex's time, learned from the `Date` of its answers: this machine's clock may be wrong.

Without a `Date` it is learned from `created` of the bot's own messages. Times from Webex are
compared with this time only.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

import httpx

from bot.core import logs

log = logs.get_logger("clock")

EARLIEST = 1_577_836_800.0  # 2020; earlier dates are wrong
# Seconds. Answers take some, and dates have no fractions. A date that is further off counts when
# another answer says the same: a single one may be of a gateway whose clock is wrong.
TOLERANCE = 60.0
DATE_RESOLUTION = 1.0  # seconds that the learned time can be behind
LOG_THRESHOLD = 60.0  # seconds that this machine's clock is off


def steady() -> float:
    """Seconds of a monotonic clock that includes the time in which the machine slept."""
    since_boot = time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    slept = since_boot - time.clock_gettime(time.CLOCK_MONOTONIC)
    return asyncio.get_running_loop().time() + slept


class CloudClock:
    """Knows Webex's time. Until the first answer, that is this machine's time."""

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = steady
    ) -> None:
        """`wall` is this machine's clock, which may be wrong; `steady` must not jump."""
        self._wall, self._steady = wall, steady
        self._offset = wall() - steady()
        self._known = False
        self._dated = False  # an answer had a `Date`, which tells more than `created`
        self._suspect_offset: float | None = None

    def now(self) -> float:
        """Unix seconds."""
        return self._steady() + self._offset

    def note(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer that has just arrived."""
        cloud_time = dated(headers)
        if cloud_time is None:
            return
        if not self._dated:  # a `Date` replaces what `created` told
            self._dated, self._known, self._suspect_offset = True, False, None
        self._learn(cloud_time)

    async def note_answer(self, answer: httpx.Response) -> None:
        """Learn from an answer: a hook of the client that makes the calls."""
        self.note(answer.headers)

    def note_created(self, cloud_time: float | None) -> None:
        """Learn from the time of a new message. It counts only until an answer has a `Date`."""
        if cloud_time is not None and cloud_time >= EARLIEST and not self._dated:
            self._learn(cloud_time)

    def _learn(self, cloud_time: float) -> None:
        offset = cloud_time - self._steady()
        if (
            self._known
            and not _agree(offset, self._offset)
            and not _agree(offset, self._suspect_offset)
        ):
            self._suspect_offset = offset
            return
        if not self._known or not _agree(offset, self._offset):
            self._log_skew(cloud_time)
        self._offset, self._known, self._suspect_offset = offset, True, None

    def _log_skew(self, cloud: float) -> None:
        ahead = self._wall() - cloud
        if abs(ahead) > LOG_THRESHOLD:
            log.warning("clock_skew", ahead_of_webex_s=round(ahead))


def dated(headers: Mapping[str, str]) -> float | None:
    """The `Date` of an answer, in Unix seconds; None if it is missing or not plausible."""
    if "age" in headers:  # from a store on the way: it was dated when it was put there
        return None
    return _timestamp(headers.get("date", ""))


@lru_cache(maxsize=8)  # many answers come within a second
def _timestamp(written: str) -> float | None:
    try:
        date = parsedate_to_datetime(written)
        seconds = date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds >= EARLIEST else None


def _agree(first: float, second: float | None) -> bool:
    return second is not None and abs(first - second) <= TOLERANCE
