"""Rate limits with a token bucket for each access token (docs/webex/provisioning.md §1)."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sandbox.clock import Clock
from sandbox.errors import ApiError
from sandbox.settings import Settings

MAX_BUCKETS = 1000
# The text of the official contract.
TOO_MANY = (
    "Too many requests have been sent in a given amount of time and the request has been rate"
    " limited. A Retry-After header should be present that specifies how many seconds you need to"
    " wait before a successful request can be made."
)


@dataclass
class Bucket:
    """The remaining calls, and when they were counted."""

    left: float
    at: datetime


class RateLimit:
    """Counts calls. Without ``rate_per_second`` in the settings there is no limit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def take(self, token: str, settings: Settings) -> None:
        """Count a call of this token, or raise 429 with the seconds until the next one."""
        rate = settings.rate_per_second
        if not rate:
            return
        bucket = self._filled(token, rate, settings.rate_burst)
        if bucket.left < 1:
            wait = max(ceil((1 - bucket.left) / rate), 1)
            raise ApiError(429, TOO_MANY, headers={"Retry-After": str(wait)})
        bucket.left -= 1

    def _filled(self, token: str, rate: float, burst: int) -> Bucket:
        """Return the bucket as of now: it refills with time, up to the burst."""
        now = self._clock.now()
        bucket = self._buckets.pop(token, None) or Bucket(burst, now)
        gained = (now - bucket.at).total_seconds() * rate
        bucket.left, bucket.at = min(bucket.left + gained, burst), now
        self._buckets[token] = bucket
        if len(self._buckets) > MAX_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return bucket
