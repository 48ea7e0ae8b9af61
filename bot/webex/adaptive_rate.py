"""How fast one token may call: learned from Webex's 429s. Pure; callers pass the time.

Webex publishes no limits: they differ by API and token, and change (docs/webex/provisioning.md §1).
So:

- Until Webex refuses a call, nothing is held back.
- A 429 holds back every call of the token until its Retry-After is over.
- From then on calls go one by one. The rate starts low and doubles each second until Webex refuses
  again. A binary search between the last good rate and the refused one finds the limit. After ten
  seconds a slightly higher rate is tried; each time that Webex refuses it, the pause doubles.
- Some refusals have nothing to do with the rate. The first call after a Retry-After shows how many,
  because a consistent limit grants this call. Refusals up to that share do not lower the rate.
- After two minutes without a refusal and with less than half of the rate in use, the limit is
  forgotten.

Times are seconds of any monotonic clock.
"""

import math
from dataclasses import dataclass, field

FIRST_RATE, MIN_RATE = 4.0, 0.1  # calls per second
# A review of the rate needs so many seconds and calls; far from a bad rate, so many calls alone.
REVIEW_INTERVAL, MIN_CALLS, MIN_CALLS_IF_RANDOM, ENOUGH_CALLS = 10.0, 30, 90, 200
MAX_REVIEW_INTERVAL = 60.0
MAX_HOLD = 80.0  # seconds; a refusal costs all calls a second, so refusals must become rare
BELOW_GRANTED = 0.95  # of the granted rate, after too many refusals
NEAR = 0.95  # of a rate that was too high: from here on in small steps
STEP, MAX_STEP = 0.02, 0.16  # of the rate; beyond a rate that was too high, doubled each time
BURST = 0.1  # seconds of the rate that may be made up for: a busy machine is late at times
FORGET_AFTER = 120.0
IN_USE = 0.5  # of the rate: at such a load, forgetting the limit would soon cause refusals
DECAY = 0.98  # weight that an answer to a first call keeps when the next one arrives
RARE = 0.05
PRIOR_GRANTS = 4.0  # first calls that count as granted before there are any


@dataclass(frozen=True)
class Permit:
    """A call that was let go; `is_first` after a Retry-After."""

    at: float
    is_first: bool


@dataclass
class Window:
    """The answers to the calls sent since a moment."""

    since: float = 0.0
    granted: float = 0.0
    refused: float = 0.0
    held: float = 0.0  # seconds in which nothing could be sent

    @property
    def answered(self) -> float:
        """The number of answers."""
        return self.granted + self.refused

    def seconds(self, now: float) -> float:
        """The seconds in which calls could be sent, at least one."""
        return max(now - self.since - self.held, 1.0)

    def add(self, permit: Permit, *, refused: bool) -> None:
        """Count an answer, unless its call was sent before this window: at another rate."""
        if permit.at >= self.since:
            self.granted += not refused
            self.refused += refused


@dataclass
class RandomRefusals:
    """Estimates the share of calls that Webex refuses whatever the rate."""

    granted: float = 0.0
    refused: float = 0.0

    @property
    def share(self) -> float:
        """Between zero and one half."""
        return min(self.refused / (self.granted + self.refused + PRIOR_GRANTS), 0.5)

    def add(self, *, refused: bool) -> None:
        """Count the answer to a first call after a Retry-After; about fifty of them count."""
        self.granted = self.granted * DECAY + (not refused)
        self.refused = self.refused * DECAY + refused


@dataclass
class AdaptiveRate:
    """What was learned about one token's limit: ask `wait`, `take` a permit, report its answer."""

    rate: float = math.inf  # calls per second
    _held_until: float = -math.inf
    _tokens: float = 0.0  # calls that may go at once
    _filled_at: float = 0.0
    _searching: bool = True  # for the limit, by doubling the rate
    _step: float = STEP
    _good: float = 0.0  # the last rate with none but random refusals
    _bad: float = math.inf  # the last rate with too many refusals
    _hold_for: float = REVIEW_INTERVAL  # seconds to stay at a good rate near a bad one
    _held_since: float = -math.inf
    _busy: bool = False  # a call had to wait since the last review
    _next_is_first: bool = False  # the next call is the first after a Retry-After
    _refused_at: float = -math.inf
    _used_at: float = -math.inf  # when most of the rate was in use
    _doubled_at: float = -math.inf
    _window: Window = field(default_factory=Window)
    _random: RandomRefusals = field(default_factory=RandomRefusals)

    def wait(self, now: float, ahead: int = 0) -> float:
        """Seconds until a call with `ahead` others before it may go; 0 means now."""
        held = max(self._held_until - now, 0.0)
        self._adapt(now)
        if math.isinf(self.rate):
            return held
        self._fill(now)
        missing = ahead + 1 - self._tokens
        # Clocks count in fractions: a difference this small is none.
        return held + (missing / self.rate if missing > 1e-6 else 0.0)

    def take(self, now: float) -> Permit:
        """Let a call go."""
        permit = Permit(now, self._next_is_first)
        self._tokens, self._next_is_first = self._tokens - 1, False
        return permit

    def queued(self) -> None:
        """Note that a call has to wait because of the rate."""
        self._busy = True

    def granted(self, permit: Permit) -> None:
        """Webex answered the call, with anything but 429."""
        self._count(permit, refused=False)

    def refused(self, permit: Permit, now: float, retry_after: float) -> None:
        """Webex answered 429: it did nothing, and no call may be sent for so many seconds."""
        self._count(permit, refused=True)
        # A call that was under way at the last refusal tells nothing new.
        if permit.at >= self._refused_at:
            self._judge(now)
            self._refused_at = now
        self._hold(now, now + retry_after)

    def _count(self, permit: Permit, *, refused: bool) -> None:
        self._window.add(permit, refused=refused)
        if permit.is_first:
            self._random.add(refused=refused)

    def _judge(self, now: float) -> None:
        if math.isinf(self.rate):
            self.rate, self._searching, self._doubled_at = FIRST_RATE, True, now
            self._good, self._bad = 0.0, math.inf
            self._start_window(now)
        elif self._searching or self._single_refusal_counts():
            self._slow_down(now)

    def _single_refusal_counts(self) -> bool:
        """Whether one refusal is evidence. With random refusals only reviews decide."""
        return self._window.answered >= MIN_CALLS and self._random.share < RARE

    def _hold(self, now: float, until: float) -> None:
        """Send nothing until then, and do not make up for it: the calls must not go all at once."""
        self._window.held += max(until - max(self._held_until, now), 0.0)
        self._held_until = max(self._held_until, until)
        self._tokens, self._filled_at, self._next_is_first = 1.0, self._held_until, True

    def _fill(self, now: float) -> None:
        gained = max(now - self._filled_at, 0.0) * self.rate
        self._tokens = min(self._tokens + gained, max(self.rate * BURST, 1.0))
        self._filled_at = max(now, self._filled_at)

    def _adapt(self, now: float) -> None:
        """Review the rate if it is time."""
        if math.isinf(self.rate):
            return
        if now - max(self._refused_at, self._held_until, self._used_at) > FORGET_AFTER:
            self.rate = math.inf
        elif self._searching:
            self._search(now)
        elif self._review_is_due(now):
            self._review(now)

    def _search(self, now: float) -> None:
        """Double the rate each second while calls wait."""
        if self._busy and now - max(self._doubled_at, self._held_until) >= 1.0:
            self._fill(now)
            self._good, self.rate = self.rate, self.rate * 2
            self._doubled_at, self._busy = now, False

    def _review_is_due(self, now: float) -> bool:
        passed, answered = now - self._window.since, self._window.answered
        has_enough = answered >= ENOUGH_CALLS and self.rate < self._bad * NEAR
        min_calls = MIN_CALLS if self._random.share < RARE else MIN_CALLS_IF_RANDOM
        return has_enough or passed >= (
            REVIEW_INTERVAL if answered >= min_calls else MAX_REVIEW_INTERVAL
        )

    def _review(self, now: float) -> None:
        if self._is_too_fast():
            self._slow_down(now)
            return
        if self._window.answered >= IN_USE * self.rate * self._window.seconds(now):
            self._used_at = now
        if self._busy and self._may_go_faster(now):
            self._fill(now)
            self._good, self.rate = self.rate, self._faster()
            self._held_since = now
        self._start_window(now)

    def _may_go_faster(self, now: float) -> bool:
        return self.rate < self._bad * NEAR or now - self._held_since >= self._hold_for

    def _is_too_fast(self) -> bool:
        """Whether there were more refusals than random ones, chance set aside."""
        usual = self._random.share * self._window.answered
        return self._window.refused > usual + math.sqrt(usual) + 0.5

    def _faster(self) -> float:
        """Halfway to the bad rate; near it in small steps, beyond it in growing ones."""
        if self.rate < self._bad * NEAR:
            return (self.rate + self._bad) / 2
        if self.rate > self._bad / NEAR:  # the limit was raised
            self._step, self._hold_for = min(self._step * 2, MAX_STEP), REVIEW_INTERVAL
        return self.rate * (1 + self._step)

    def _slow_down(self, now: float) -> None:
        """Go back to the last good rate, or to the granted one plus random refusals.

        If nothing at all is granted, as in an outage, the rate is not the cause.
        """
        if not self._searching and not self._window.granted:
            self._start_window(now)
            return
        granted_rate = self._window.granted / self._window.seconds(now)
        granted = granted_rate / (1 - self._random.share) * BELOW_GRANTED
        confirmed = self._bad * NEAR <= self.rate <= self._bad / NEAR
        self._hold_for = min(self._hold_for * 2, MAX_HOLD) if confirmed else REVIEW_INTERVAL
        self._held_since = now
        self._bad, self._step = self.rate, STEP
        self.rate = min(max(granted, self._good, self.rate / 2, MIN_RATE), self.rate)
        self._good, self._searching = 0.0, False
        self._start_window(now)

    def _start_window(self, now: float) -> None:
        self._window, self._busy = Window(now), False
