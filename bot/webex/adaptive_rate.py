"""How fast calls of one API may go, learned from Webex's 429s. Pure; callers pass the time.

Webex publishes no limits: they differ by API and token, and change (docs/webex/provisioning.md §1).
So:

- Until Webex refuses a call, nothing is held back. A 429 holds back every call of the API until its
  Retry-After is over. Calls that were under way then are part of the same refusal.
- The search starts at the rate that Webex granted in the last second. While calls wait, the rate
  doubles every 0.4 seconds until the next refusal. It is near the limit then.
- From then on a refusal cuts the rate by a tenth, and it grows slowly while calls wait.
- A refusal was random if Webex grants a call that left with the refused one, but after it, and most
  others. Then more calls go at once after a Retry-After, ten at most, and the rate does not fall
  below them. If Webex refuses the rest of such a burst, the next one is smaller.
- If Webex grants nothing, as in an outage, one call tries after each Retry-After, and each time a
  second later. The rate is cut only once: it is not the cause.
- After two minutes in which hardly a call had to wait, the limit is forgotten.

Times are seconds of any monotonic clock.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

# Calls per second. A few calls in the last second tell no rate, so the search starts at ten or
# more, a usual burst. Below one call in ten seconds people would not wait for the answer.
FIRST_RATE, MIN_RATE = 10.0, 0.1
DOUBLING = 0.4  # seconds: longer than most calls, so the answers count before the next doubling
# What is left of the rate at the end of a search: the granted calls include a burst, and the
# rate was half of it a moment ago.
LEFT_OF_GRANTED, LEFT_OF_RATE = 0.85, 0.5
LEFT_OF_REFUSED = 0.9  # enough to stay below the limit for half a minute of growth
# Calls per second, gained in each second: a refusal costs a second, so it must be rare. A fourth of
# it at HALF_SPEED calls per second: at low rates, too, ten calls or more go between two refusals.
GROWTH, HALF_SPEED = 0.2, 10.0
# Calls at once after a Retry-After. When fewer calls than this are granted between two refusals,
# one more is tried.
MAX_BURST = 10
RANDOM_GRANTS = 2  # for each random refusal at least: a third refused at random is an outage
TOGETHER = 0.005  # seconds: a limit of hundreds of calls a second gains none in that time
# Seconds after the Retry-After, one more for each try that fails: few calls are wasted in an
# outage, and its end is soon noticed.
MAX_PAUSE = 5.0
BACKLOG = 0.1  # seconds of the rate that may be made up for: a busy machine is late at times
FORGET_AFTER, HARDLY = 120.0, 0.1  # seconds, and the share of them in which calls waited
REMEMBERED = 256  # granted calls, for the rate of the last second


class Permit(NamedTuple):
    """A call that was let go: its number, when, and whether in the burst after a Retry-After."""

    number: int
    at: float
    in_burst: bool


@dataclass
class _Cycle:
    """The answers to the calls that left since the last Retry-After ended."""

    last_before: int = 0  # number of the last call that left before it
    granted: int = 0
    granted_in_burst: int = 0
    refused: Permit | None = None  # the first one
    refusals: int = 0
    retry_after: float = 0.0
    granted_after: bool = False  # a call that left with the refused one, but after it

    @property
    def is_random(self) -> bool:
        """Whether the rate is not the cause of the refusal.

        The network changes the order of calls, so Webex must also grant most of them.
        """
        return self.granted_after and self.granted >= RANDOM_GRANTS * self.refusals

    def add_granted(self, permit: Permit) -> None:
        """Count a granted call."""
        self.granted += 1
        self.granted_in_burst += permit.in_burst
        refused = self.refused
        if refused is not None and permit.number > refused.number:
            self.granted_after |= permit.at - refused.at < TOGETHER


@dataclass
class AdaptiveRate:
    """What was learned about one API's limit: ask `wait`, `take` a permit, report its answer."""

    rate: float = math.inf  # calls per second
    _searching: bool = True
    _failed: int = 0  # times in a row that nothing was granted between two refusals
    _burst: int = 1  # calls at once after a Retry-After
    _burst_left: int = 0
    _tokens: float = 0.0  # calls that may go now
    _filled_at: float = 0.0
    _held_until: float = -math.inf
    _busy: bool = False  # a call has waited since _filled_at
    _busy_for: float = 0.0  # seconds since _held_until
    _number: int = 0  # of the last call
    _cycle: _Cycle = field(default_factory=_Cycle)
    _granted_at: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def wait(self, now: float, ahead: int = 0) -> float:
        """Seconds until a call with `ahead` others before it may go; 0 means now."""
        if self.is_held(now):
            rate = FIRST_RATE if math.isinf(self.rate) else self.rate
            return self._held_until - now + ahead / rate
        if self._cycle.refused is not None:
            self._resume(self._cycle, self._cycle.refused)
        if not math.isinf(self.rate):
            self._fill(now)
        missing = ahead + 1 - self._tokens
        # Clocks count in fractions: a difference this small is none.
        return missing / self.rate if missing > 1e-6 else 0.0

    def is_held(self, now: float) -> bool:
        """Whether a Retry-After is not over."""
        return now < self._held_until

    def take(self, now: float) -> Permit:
        """Let a call go."""
        self._number, self._tokens = self._number + 1, self._tokens - 1
        self._burst_left -= 1
        return Permit(self._number, now, self._burst_left >= 0)

    def queued(self) -> None:
        """Note that a call has to wait because of the rate."""
        self._busy = True

    def granted(self, permit: Permit) -> None:
        """Webex answered the call, with anything but 429."""
        self._granted_at.append(permit.at)
        if permit.number > self._cycle.last_before:
            self._cycle.add_granted(permit)

    def refused(self, permit: Permit, now: float, retry_after: float) -> None:
        """Webex answered 429: it did nothing, and no call may be sent for `retry_after` seconds."""
        cycle = self._cycle
        if permit.number > cycle.last_before:
            cycle.refusals += 1
            if cycle.refused is None:
                cycle.refused, cycle.retry_after = permit, retry_after
        self._held_until = max(self._held_until, now + retry_after)

    def _resume(self, cycle: _Cycle, refused: Permit) -> None:
        """Decide how to go on after a Retry-After."""
        self.rate = max(self._next_rate(cycle, refused), MIN_RATE)
        self._burst = self._next_burst(cycle, refused)
        pause = 0.0 if cycle.granted else min(self._failed, MAX_PAUSE)
        self._failed = 0 if cycle.granted else self._failed + 1
        self._tokens = self._burst - pause * self.rate
        self._burst_left, self._filled_at = self._burst, self._held_until
        self._busy, self._busy_for = False, 0.0
        self._cycle = _Cycle(self._number)

    def _next_rate(self, cycle: _Cycle, refused: Permit) -> float:
        if math.isinf(self.rate):
            self._searching = True
            return max(self._granted_rate(refused.at), FIRST_RATE)
        if cycle.is_random:
            proven = cycle.granted_in_burst / max(cycle.retry_after, 1.0)
            return max(self.rate * LEFT_OF_REFUSED, proven * LEFT_OF_GRANTED)
        if not cycle.granted and self._searching:
            return self.rate / 2
        if refused.in_burst and (cycle.granted or self._failed):
            return self.rate
        return self._slower(refused.at)

    def _slower(self, refused_at: float) -> float:
        if not self._searching:
            return self.rate * LEFT_OF_REFUSED
        self._searching = False
        granted = min(self._granted_rate(refused_at), self.rate)
        return max(granted * LEFT_OF_GRANTED, self.rate * LEFT_OF_RATE)

    def _next_burst(self, cycle: _Cycle, refused: Permit) -> int:
        if not cycle.granted:
            return 1
        if cycle.is_random:
            return min(max(self._burst * 2, 4), MAX_BURST)
        if refused.in_burst:
            return max(cycle.granted_in_burst, 1)
        return min(self._burst + (cycle.granted < MAX_BURST), MAX_BURST)

    def _granted_rate(self, at: float) -> float:
        return sum(at - 1.0 < granted_at <= at for granted_at in self._granted_at)

    def _fill(self, now: float) -> None:
        """Grow the rate, and let as many calls go as it allows since the last time."""
        passed = max(now - self._filled_at, 0.0)
        if self._busy:
            self._busy_for += passed
            self.rate = self._grown(passed)
        since = now - self._held_until
        if since > FORGET_AFTER and self._busy_for < HARDLY * since:
            self.rate = math.inf
            return
        most = max(self.rate * BACKLOG, 1.0, self._tokens)
        self._tokens = min(self._tokens + passed * self.rate, most)
        self._filled_at, self._busy = max(now, self._filled_at), False

    def _grown(self, seconds: float) -> float:
        if self._searching:
            doublings = min(seconds / DOUBLING, 10.0) if self._cycle.granted else 0.0
            return self.rate * 2**doublings
        return self.rate + GROWTH * seconds * (self.rate / (self.rate + HALF_SPEED)) ** 2
