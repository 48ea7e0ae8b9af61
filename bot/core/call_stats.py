"""What one event, or one run of a request, costs: calls, waits and retries, noted as they happen.

A context variable holds the statistics, so that nobody has to pass them on; tasks started inside
share them. Outside of any event or run the notes go to `NO_STATS`.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.core import metrics

# The outcome of an event; docs/metrics.md explains each.
EventOutcome = Literal[
    "answered",
    "refused",
    "denied",
    "ignored",
    "webex_error",
    "error",
    "expired",
    "not_found",
    "unreachable",
    "deferred",
    "failed",
]
MAX_TRACKING_IDS = 20  # kept of one event; more than that is one problem that repeats itself
# What is retried; labels of a metric.
CALL, EVENT, NOTIFICATION = "call", "event", "notification"
CATCH_UP, DATABASE, START = "catch_up", "database", "start"
RETRIED = (CALL, EVENT, NOTIFICATION, CATCH_UP, DATABASE, START)
SPENT = ("calls", "api", "limited", "retries")  # of a stage: number, seconds, seconds, number

metrics.expect(
    metrics.RETRIES,
    RETRIED,
    ("rate_limited", "locked", "unauthorized", "unavailable"),
)


class Stopwatch:
    """Measures the seconds in which at least one thing is under way; overlaps count once."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._running, self._since, self._total = clock, 0, 0.0, 0.0

    def __enter__(self) -> None:
        if not self._running:
            self._since = self._clock()
        self._running += 1

    def __exit__(self, *_exception: object) -> None:
        self._running -= 1
        if not self._running:
            self._total += self._clock() - self._since

    def add(self, seconds: float) -> None:
        """Add time that was measured elsewhere."""
        self._total += seconds

    @property
    def seconds(self) -> float:
        """The time measured so far, including what is under way."""
        return self._total + (self._clock() - self._since if self._running else 0.0)


@dataclass
class CallStats:
    """The statistics of one event or run. `kind` is the event's kind, empty for a run.

    Everything in it is our own: ids, codes and fixed words, nothing that a person wrote.
    """

    kind: str = ""
    began: float = field(default_factory=time.perf_counter)
    api: Stopwatch = field(default_factory=Stopwatch)
    limited: Stopwatch = field(default_factory=Stopwatch)
    calls: int = 0
    retries: int = 0
    tracking_ids: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)  # request, person, what
    outcome: EventOutcome | None = "answered"  # None for a run
    queued: float | None = None  # seconds until work on it started
    first_reply: float | None = None  # seconds until the person saw something
    cause: "CallStats | None" = None  # of the event that started a run: its result is a reply, too
    _drained: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)

    def add_call(self, tracking_id: str) -> None:
        """Count a call to Webex."""
        self.calls += 1
        if len(self.tracking_ids) < MAX_TRACKING_IDS:
            self.tracking_ids.append(tracking_id)

    def started(self) -> None:
        """Note that work on it starts; of several attempts the first counts."""
        if self.queued is None:
            self.queued = self.elapsed()

    def replied(self) -> None:
        """Note that the person can see a reply; the first counts."""
        if self.first_reply is None:
            self.first_reply = self.elapsed()
            if self.kind:
                metrics.REPLY.labels(self.kind).observe(self.first_reply)
            if self.cause is not None:
                self.cause.replied()

    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.began

    def drain(self) -> dict[str, float]:
        """What was spent since the last call of `drain`, by the names of `SPENT`, without zeros."""
        now = (self.calls, self.api.seconds, self.limited.seconds, self.retries)
        drained, self._drained = self._drained, now
        spent = zip(SPENT, now, drained, strict=True)
        return {name: round(value - before, 3) for name, value, before in spent if value > before}

    def as_log_fields(self) -> dict[str, Any]:
        """The fields of the log line; durations are in milliseconds."""
        fields: dict[str, Any] = {
            **self.facts,
            "outcome": self.outcome,
            "queued_ms": _milliseconds(self.queued),
            "first_reply_ms": _milliseconds(self.first_reply),
            "total_ms": _milliseconds(self.elapsed()),
            "calls": self.calls,
            "api_ms": _milliseconds(self.api.seconds),
            "limited_ms": _milliseconds(self.limited.seconds),
            "retries": self.retries,
            "tracking_ids": self.tracking_ids,
        }
        return {name: value for name, value in fields.items() if value is not None}


NO_STATS = CallStats()
_CURRENT: ContextVar[CallStats] = ContextVar("call_stats", default=NO_STATS)


def begin(kind: str = "", *, cause: CallStats | None = None) -> CallStats:
    """Start statistics for this task and the tasks it starts; `cause` are those of an event."""
    stats = CallStats(kind, cause=cause)
    _CURRENT.set(stats)
    return stats


def current() -> CallStats:
    """The statistics of the current task."""
    return _CURRENT.get()


def count_retry(name: str, reason: str) -> None:
    """Count a retry."""
    metrics.RETRIES.labels(retry_label(name), reason).inc()
    if name == CALL:
        current().retries += 1


def retry_label(name: str) -> str:
    """The label of what is retried; what has no name is a notification."""
    return name if name in RETRIED else NOTIFICATION


def merge_spent(
    spent: dict[str, dict[str, float]], stage: str, added: dict[str, float]
) -> dict[str, Any]:
    """`spent` by stage, with `added` added to that stage."""
    before = spent.get(stage, {})
    total = {
        name: round(before.get(name, 0) + added.get(name, 0), 3) for name in {**before, **added}
    }
    return {**spent, stage: total} if total else dict(spent)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
