"""How fast one token may call: learnt from what Webex refuses with 429. Pure; clocks are handed in.

Webex publishes no limits: they differ by API and token, and change (webex-provisioning.md §1). So:

- Until something is refused, nothing is held back.
- A 429 holds back every call of the token until its Retry-After is over.
- From then on calls are let out one by one, at a pace that begins low and doubles each second until
  Webex refuses again. Between the last good pace and the bad one it is found by halves; then it
  is tried a little higher after ten seconds, and each time that was too much after twice as many.
- Some refusals have nothing to do with the pace. The first call after a Retry-After tells how many:
  a limit that keeps its word grants it. That share is not taken for a sign of going too fast.
- After two minutes in which nothing was refused and not even half of the pace was needed the limit
  is forgotten.

Times are seconds of any clock that only goes forward.
"""

import math
from dataclasses import dataclass, field

FIRST_PACE, SLOWEST = 4.0, 0.1  # calls a second
# A look at the pace wants so many seconds and calls; far from a bad pace, so many calls alone.
LOOK_EVERY, FEWEST, MORE, ENOUGH = 10.0, 30, 90, 200
LOOK_AT_LAST = 60.0
KEPT_AT_MOST = 80.0  # seconds; a refusal costs all calls a second, so they must become seldom
UNDER = 0.95  # of what was granted, where too much was refused
NEAR = 0.95  # of the pace at which too much was refused: from here on in small steps
STEP, LARGEST_STEP = 0.02, 0.16  # of the pace; beyond what was bad once, doubled each time
STORED = 0.1  # seconds of the pace that may be made up for: a busy machine is late now and then
FORGOTTEN_AFTER = 120.0
NEEDED = 0.5  # of the pace: who makes use of so much would soon be refused without it
REMEMBERED = 0.98  # weight that an answer to a first call keeps when the next one comes
SELDOM = 0.05
DOUBT = 4.0  # first calls that are granted in imagination, before there are any


@dataclass(frozen=True)
class Sent:
    """A call that was let out; `first` after a Retry-After."""

    at: float
    first: bool


@dataclass
class _Count:
    """What became of the calls that were sent since a moment."""

    since: float = 0.0
    granted: float = 0.0
    refused: float = 0.0
    held: float = 0.0  # seconds in which nothing could be sent

    @property
    def answered(self) -> float:
        """All of them."""
        return self.granted + self.refused

    def seconds(self, now: float) -> float:
        """In which calls could be sent, one at least."""
        return max(now - self.since - self.held, 1.0)

    def note(self, sent: Sent, *, refused: bool) -> None:
        """What was under way before tells of another pace."""
        if sent.at >= self.since:
            self.granted += not refused
            self.refused += refused


@dataclass
class _Share:
    """Of all calls, how many are refused whatever the pace."""

    granted: float = 0.0
    refused: float = 0.0

    @property
    def value(self) -> float:
        """Between nothing and half."""
        return min(self.refused / (self.granted + self.refused + DOUBT), 0.5)

    def note(self, *, refused: bool) -> None:
        """How the first call after a Retry-After was answered; the last fifty or so count."""
        self.granted = self.granted * REMEMBERED + (not refused)
        self.refused = self.refused * REMEMBERED + refused


@dataclass
class Pace:
    """What was learnt of one token's limit. Ask `wait`, note `sent`, then how it was answered."""

    rate: float = math.inf  # calls a second
    _held_until: float = -math.inf
    _left: float = 0.0  # calls that may be let out at once
    _filled_at: float = 0.0
    _searching: bool = True  # for the limit, by doubling the pace
    _step: float = STEP
    _good: float = 0.0  # the last pace at which nothing was refused but what always is
    _bad: float = math.inf  # the last one at which too much was
    _kept_for: float = LOOK_EVERY  # seconds at a good pace, near a bad one
    _kept_since: float = -math.inf
    _busy: bool = False  # whether somebody had to wait since the last look
    _is_first: bool = False  # the next call is the first after a Retry-After
    _refused_at: float = -math.inf
    _needed_at: float = -math.inf  # when most of the pace was made use of
    _doubled_at: float = -math.inf
    _count: _Count = field(default_factory=_Count)
    _share: _Share = field(default_factory=_Share)

    def wait(self, now: float, ahead: int = 0) -> float:
        """Seconds until a call may be let out that has so many ahead of it; 0: now."""
        held = max(self._held_until - now, 0.0)
        self._adapt(now)
        if math.isinf(self.rate):
            return held
        self._fill(now)
        missing = ahead + 1 - self._left
        # Clocks count in fractions: what is that near to a whole call is one.
        return held + (missing / self.rate if missing > 1e-6 else 0.0)

    def sent(self, now: float) -> Sent:
        """A call is let out."""
        sent = Sent(now, self._is_first)
        self._left, self._is_first = self._left - 1, False
        return sent

    def queued(self) -> None:
        """A call has to wait: the pace is what holds it back."""
        self._busy = True

    def granted(self, sent: Sent) -> None:
        """Webex answered it, with whatever but 429."""
        self._note(sent, refused=False)

    def refused(self, sent: Sent, now: float, retry_after: float) -> None:
        """Webex answered 429: nothing was done, and nothing may be sent for so many seconds."""
        self._note(sent, refused=True)
        # What was under way already when another was refused brings no news.
        if sent.at >= self._refused_at:
            self._judge(now)
            self._refused_at = now
        self._hold(now, now + retry_after)

    def _note(self, sent: Sent, *, refused: bool) -> None:
        self._count.note(sent, refused=refused)
        if sent.first:
            self._share.note(refused=refused)

    def _judge(self, now: float) -> None:
        if math.isinf(self.rate):
            self.rate, self._searching, self._doubled_at = FIRST_PACE, True, now
            self._good, self._bad = 0.0, math.inf
            self._count_anew(now)
        elif self._searching or self._is_clear():
            self._slow_down(now)

    def _is_clear(self) -> bool:
        """Whether a single refusal tells enough; where some are refused at any pace, looks decide."""
        return self._count.answered >= FEWEST and self._share.value < SELDOM

    def _hold(self, now: float, until: float) -> None:
        """What Webex could have granted meanwhile is not made up for: nobody wakes in a herd."""
        self._count.held += max(until - max(self._held_until, now), 0.0)
        self._held_until = max(self._held_until, until)
        self._left, self._filled_at, self._is_first = 1.0, self._held_until, True

    def _fill(self, now: float) -> None:
        gained = max(now - self._filled_at, 0.0) * self.rate
        self._left = min(self._left + gained, max(self.rate * STORED, 1.0))
        self._filled_at = max(now, self._filled_at)

    def _adapt(self, now: float) -> None:
        """Look at the pace, if it is time."""
        if math.isinf(self.rate):
            return
        if now - max(self._refused_at, self._held_until, self._needed_at) > FORGOTTEN_AFTER:
            self.rate = math.inf
        elif self._searching:
            self._search(now)
        elif self._may_look(now):
            self._look(now)

    def _search(self, now: float) -> None:
        """Twice as fast each second, while somebody wants to go faster."""
        if self._busy and now - max(self._doubled_at, self._held_until) >= 1.0:
            self._fill(now)
            self._good, self.rate = self.rate, self.rate * 2
            self._doubled_at, self._busy = now, False

    def _may_look(self, now: float) -> bool:
        passed, answered = now - self._count.since, self._count.answered
        hurry = answered >= ENOUGH and self.rate < self._bad * NEAR
        fewest = FEWEST if self._share.value < SELDOM else MORE
        return hurry or passed >= (LOOK_EVERY if answered >= fewest else LOOK_AT_LAST)

    def _look(self, now: float) -> None:
        if self._is_too_fast():
            self._slow_down(now)
            return
        if self._count.answered >= NEEDED * self.rate * self._count.seconds(now):
            self._needed_at = now
        if self._busy and self._may_go_faster(now):
            self._fill(now)
            self._good, self.rate = self.rate, self._faster()
            self._kept_since = now
        self._count_anew(now)

    def _may_go_faster(self, now: float) -> bool:
        return self.rate < self._bad * NEAR or now - self._kept_since >= self._kept_for

    def _is_too_fast(self) -> bool:
        """Whether more was refused than is refused anyway, chance set aside."""
        usual = self._share.value * self._count.answered
        return self._count.refused > usual + math.sqrt(usual) + 0.5

    def _faster(self) -> float:
        """Half of the way to where it was too fast; near that in small steps, beyond it in growing ones."""
        if self.rate < self._bad * NEAR:
            return (self.rate + self._bad) / 2
        if self.rate > self._bad / NEAR:  # it was raised
            self._step, self._kept_for = min(self._step * 2, LARGEST_STEP), LOOK_EVERY
        return self.rate * (1 + self._step)

    def _slow_down(self, now: float) -> None:
        """To the last good pace, or to what was granted; what is refused at any pace comes on top.

        Where nothing at all is granted, as in an outage, the pace is not what it is refused for.
        """
        if not self._searching and not self._count.granted:
            self._count_anew(now)
            return
        granted = self._count.granted / self._count.seconds(now) / (1 - self._share.value) * UNDER
        confirmed = self._bad * NEAR <= self.rate <= self._bad / NEAR
        self._kept_for = min(self._kept_for * 2, KEPT_AT_MOST) if confirmed else LOOK_EVERY
        self._kept_since = now
        self._bad, self._step = self.rate, STEP
        self.rate = min(max(granted, self._good, self.rate / 2, SLOWEST), self.rate)
        self._good, self._searching = 0.0, False
        self._count_anew(now)

    def _count_anew(self, now: float) -> None:
        self._count, self._busy = _Count(now), False
