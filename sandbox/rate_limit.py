"""Rate limits by token bucket, one bucket for each access token (webex-provisioning.md §1)."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sandbox.clock import Clock
from sandbox.problems import Problem
from sandbox.settings import Settings

KEPT = 1000
# The sentence of the official contract.
TOO_MANY = (
    "Too many requests have been sent in a given amount of time and the request has been rate"
    " limited. A Retry-After header should be present that specifies how many seconds you need to"
    " wait before a successful request can be made."
)


@dataclass
class Bucket:
    """What is left in it, and when that was counted."""

    left: float
    at: datetime


class RateLimit:
    """Counts calls. ``rate_per_second`` of the settings None: there is no limit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def take(self, token: str, settings: Settings) -> None:
        """Let a call of this token pass, or raise 429 with the whole seconds until the next may."""
        rate = settings.rate_per_second
        if not rate:
            return
        bucket = self._filled(token, rate, settings.rate_burst)
        if bucket.left < 1:
            wait = max(ceil((1 - bucket.left) / rate), 1)
            raise Problem(429, TOO_MANY, headers={"Retry-After": str(wait)})
        bucket.left -= 1

    def _filled(self, token: str, rate: float, burst: int) -> Bucket:
        """Return the bucket as it is now: it fills with time, up to the burst."""
        now = self._clock.now()
        bucket = self._buckets.pop(token, None) or Bucket(burst, now)
        gained = (now - bucket.at).total_seconds() * rate
        bucket.left, bucket.at = min(bucket.left + gained, burst), now
        self._buckets[token] = bucket
        if len(self._buckets) > KEPT:
            del self._buckets[next(iter(self._buckets))]
        return bucket
