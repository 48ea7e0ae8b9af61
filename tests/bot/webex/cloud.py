"""A Webex that limits calls by a token bucket and refuses some by chance, on virtual time."""

import asyncio
import random
from dataclasses import dataclass, field
from math import ceil

from bot.core.errors import RateLimited
from bot.webex.rate_limiter import RateLimiter
from tests.virtual_clock import virtually

MOST_IN_VAIN = 1000  # calls, beside twice as many as are granted


@dataclass
class Limited:
    """Counts the calls. Allows `rate` calls a second and `burst` at once.

    `chance` is the probability of a 429 at any rate.
    """

    rate: float = 0.0
    burst: float = 10.0
    chance: float = 0.0
    latency: float = 0.1
    retry_after: float = 1.0
    seed: int = 1
    sent: int = 0
    granted: int = 0
    by_chance: int = 0
    too_early: int = 0  # calls that were sent inside a Retry-After that had been answered
    held_until: float = -1.0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a simulation
        self._left, self._at = self.burst, 0.0

    async def call(self) -> None:
        """One call, there and back."""
        loop = asyncio.get_running_loop()
        self.sent += 1
        # A client that ignores Retry-After would be refused forever: the test should fail instead.
        assert self.sent <= MOST_IN_VAIN + 3 * self.granted, "called again and again"
        self.too_early += loop.time() < self.held_until - 1e-6
        await asyncio.sleep(self.latency / 2)
        wait = self._wait(loop.time())
        await asyncio.sleep(self.latency / 2)
        if wait:
            self.held_until = max(self.held_until, loop.time() + wait)
            raise RateLimited(429, "Later.", retry_after=wait)
        self.granted += 1

    def _wait(self, now: float) -> float:
        if self._random.random() < self.chance:
            self.by_chance += 1
            return self.retry_after
        if not self.rate:
            return 0.0
        self._left = min(self._left + (now - self._at) * self.rate, self.burst)
        self._at = now
        if self._left < 1:
            return max(float(ceil((1 - self._left) / self.rate)), 1.0)
        self._left -= 1
        return 0.0


@dataclass
class Crowd:
    """Many callers that share one rate limiter."""

    cloud: Limited
    limiter: RateLimiter = field(default_factory=RateLimiter)

    def work(self, calls: int, at_once: int) -> float:
        """So many calls, so many of them at the same time; how many seconds it took."""

        async def worker(rest: list[int]) -> None:
            while rest:
                rest.pop()
                await self.limiter.run(self.cloud.call)

        async def everybody() -> None:
            rest = list(range(calls))
            await asyncio.gather(*(worker(rest) for _ in range(at_once)))

        return virtually(everybody)[1]
