"""Rate limits with a token bucket for each access token, or for each API of each token.

Webex's limits differ by API and token (docs/webex/provisioning.md §1).
"""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sandbox.clock import Clock
from sandbox.errors import ApiError
from sandbox.settings import Settings

MAX_BUCKETS = 1000
# APIs whose name has two segments; the others have one.
TWO_SEGMENTS = ("telephony/config", "attachment/actions")
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


def api_of(path: str) -> str:
    """Return the API of a path below the base address, such as `people` or `telephony/config`."""
    segments = path.strip("/").split("/")
    first_two = "/".join(segments[:2])
    return first_two if first_two in TWO_SEGMENTS else segments[0]


class RateLimit:
    """Counts calls. Without ``rate_per_second`` in the settings there is no limit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def take(self, token: str, path: str, settings: Settings) -> None:
        """Count a call of this token, or raise 429 with the seconds until the next one.

        ``path`` is below the base address.
        """
        rate = settings.rate_per_second
        if not rate:
            return
        key = f"{token} {api_of(path)}" if settings.rate_per_api else token
        bucket = self._filled(key, rate, settings.rate_burst)
        if bucket.left < 1:
            wait = max(ceil((1 - bucket.left) / rate), 1)
            raise ApiError(429, TOO_MANY, headers={"Retry-After": str(wait)})
        bucket.left -= 1

    def _filled(self, key: str, rate: float, burst: int) -> Bucket:
        """Return the bucket as of now: it refills with time, up to the burst."""
        now = self._clock.now()
        bucket = self._buckets.pop(key, None) or Bucket(burst, now)
        gained = (now - bucket.at).total_seconds() * rate
        bucket.left, bucket.at = min(bucket.left + gained, burst), now
        self._buckets[key] = bucket
        if len(self._buckets) > MAX_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return bucket
