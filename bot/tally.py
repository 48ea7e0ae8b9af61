"""What one event, or one run of a request, costs: noted while it goes on, by whatever does the work.

A context variable carries it, so that nobody hands it around; tasks started inside share it. Where
nobody keeps a tally the notes go to `NOBODY`.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from bot import metrics

# What became of an event; docs/metrics.md explains each.
Handled = Literal[
    "answered", "refused", "denied", "webex refused", "broke", "too late", "gone", "unreachable", "parked", "failed"
]  # fmt: skip
MOST_IDS = 20  # tracking ids kept of one event; who needs more has a problem that repeats itself
CALL, EVENT = "call", "event"  # what is tried once more: one call, or the whole answer to an event
SPENT = ("calls", "api", "limited", "retries")  # of a stage: number, seconds, seconds, number


class Stopwatch:
    """Seconds in which at least one thing went on: what goes on side by side counts once."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._open, self._since, self._before = clock, 0, 0.0, 0.0

    def __enter__(self) -> None:
        if not self._open:
            self._since = self._clock()
        self._open += 1

    def __exit__(self, *_problem: object) -> None:
        self._open -= 1
        if not self._open:
            self._before += self._clock() - self._since

    def add(self, seconds: float) -> None:
        """Time that goes by elsewhere."""
        self._before += seconds

    @property
    def seconds(self) -> float:
        """Until now, with what still goes on."""
        return self._before + (self._clock() - self._since if self._open else 0.0)


@dataclass
class Tally:
    """Notes. `kind` is that of the event, empty for what nobody asked for a moment ago.

    Nothing in it was written by a person: ids, codes and words of our own.
    """

    kind: str = ""
    began: float = field(default_factory=time.perf_counter)
    api: Stopwatch = field(default_factory=Stopwatch)
    limited: Stopwatch = field(default_factory=Stopwatch)
    calls: int = 0
    retries: int = 0
    tracking_ids: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)  # request, person, what
    outcome: Handled | None = "answered"  # None: no event
    queued: float | None = None  # seconds until its turn came
    first_reply: float | None = None  # seconds until something of ours was seen
    _taken: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)

    def called(self, tracking_id: str) -> None:
        """A call to Webex was made."""
        self.calls += 1
        if len(self.tracking_ids) < MOST_IDS:
            self.tracking_ids.append(tracking_id)

    def begun(self) -> None:
        """Its turn has come; of several tries the first counts."""
        if self.queued is None:
            self.queued = self.elapsed()

    def replied(self) -> None:
        """Something of ours can be seen; the first counts."""
        if self.first_reply is None:
            self.first_reply = self.elapsed()
            if self.kind:
                metrics.REPLY.labels(self.kind).observe(self.first_reply)

    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.began

    def take(self) -> dict[str, float]:
        """What was spent since it was last taken, by the names of `SPENT`; nothing where that is nothing."""
        now = (self.calls, self.api.seconds, self.limited.seconds, self.retries)
        taken, self._taken = self._taken, now
        spent = zip(SPENT, now, taken, strict=True)
        return {name: round(value - before, 3) for name, value, before in spent if value > before}

    def line(self) -> dict[str, Any]:
        """For the log; durations are in milliseconds."""
        found: dict[str, Any] = {
            **self.facts, "outcome": self.outcome, "queued_ms": _ms(self.queued),
            "first_reply_ms": _ms(self.first_reply), "total_ms": _ms(self.elapsed()),
            "calls": self.calls, "api_ms": _ms(self.api.seconds),
            "limited_ms": _ms(self.limited.seconds), "retries": self.retries,
            "tracking_ids": self.tracking_ids,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}


NOBODY = Tally()
_CURRENT: ContextVar[Tally] = ContextVar("tally", default=NOBODY)


def begin(kind: str = "") -> Tally:
    """A tally for what this task does from now on, and the tasks it starts."""
    tally = Tally(kind)
    _CURRENT.set(tally)
    return tally


def current() -> Tally:
    """The tally of what goes on here."""
    return _CURRENT.get()


metrics.expect(
    metrics.RETRIES, ("call", "event", "telling"), ("limited", "locked", "token", "unwell")
)


def retried(what: str, reason: str) -> None:
    """Something is tried once more."""
    metrics.RETRIES.labels(named(what), reason).inc()
    if what == CALL:
        current().retries += 1


def named(what: str) -> str:
    """What is tried once more, where it has a name: telling somebody, or reaching Webex at the start, has none."""
    return what if what in (CALL, EVENT) else "telling"


def added(spent: dict[str, dict[str, float]], stage: str, more: dict[str, float]) -> dict[str, Any]:
    """`spent` by stage, with more in that stage."""
    before = spent.get(stage, {})
    both = {name: round(before.get(name, 0) + more.get(name, 0), 3) for name in {**before, **more}}
    return {**spent, stage: both} if both else dict(spent)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
