"""An outage of the database as the log tells of it: each reason once, and how long it lasted."""

import re
import time
from collections.abc import Callable

# What libpq writes before the reason; with a name of several addresses, which one was tried.
_ADDRESS = re.compile(
    r"(?:connection (?:failed|is bad): )?connection to server .*? failed: (?:FATAL: +)?"
)


def without_address(reason: str) -> str:
    """The reason why a database does not answer, without where it is."""
    return _ADDRESS.sub("", reason, count=1)


class Outage:
    """The failures of something that is tried again and again, until it works again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = 0.0
        self._reasons = set[str]()
        self.reason = ""  # of the last failure; empty while all is well

    def note(self, error: Exception) -> bool:
        """Note a failure. Whether its reason is new in this outage, so that it should be logged."""
        if not self._reasons:
            self._began = self._clock()
        self.reason = str(error) or type(error).__name__
        is_new = self.reason not in self._reasons
        self._reasons.add(self.reason)
        return is_new

    def begins(self, error: Exception) -> bool:
        """Note a failure. Whether it is the first one of this outage."""
        return not self._reasons and self.note(error)

    def end(self) -> float | None:
        """Note that it works. How many seconds the outage lasted; None if there was none."""
        if not self._reasons:
            return None
        self._reasons.clear()
        self.reason = ""
        return round(self._clock() - self._began, 1)
