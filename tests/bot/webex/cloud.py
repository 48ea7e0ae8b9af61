"""A Webex that limits calls by token buckets and refuses some by chance, on virtual time."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from math import ceil

from bot.core.errors import RateLimited
from bot.webex.rate_limiter import RateLimiter, api_of
from tests.virtual_clock import RepeatableLoop

MOST_WASTED = 1000  # calls, beside twice as many as are granted

# What an add needs: token and path, one after another.
ADMIN, BOT = "admin", "bot"
PEOPLE, DEVICES, MESSAGES = "people", "devices", "messages"
TELEPHONY, ACTIONS = "telephony/config/numbers", "attachment/actions"
AN_ADD = (
    (BOT, ACTIONS), (ADMIN, PEOPLE), (ADMIN, TELEPHONY), (ADMIN, PEOPLE), (BOT, MESSAGES),
    (BOT, MESSAGES), (ADMIN, TELEPHONY), (ADMIN, PEOPLE), (ADMIN, TELEPHONY), (ADMIN, DEVICES),
    (ADMIN, TELEPHONY), (BOT, MESSAGES), (BOT, MESSAGES), (BOT, MESSAGES),
)  # fmt: skip


@dataclass
class Cloud:
    """Counts the calls. Allows `rate` calls a second of each token, and `burst` at once.

    With `per_api` each API of a token has its own limit. `chance` is the probability of a 429 at
    any rate. `outages` are from, to and Retry-After by API. Times are in virtual seconds.
    """

    rate: float = 0.0
    burst: float = 10.0
    per_api: bool = False
    chance: float = 0.0
    latency: float = 0.1
    retry_after: float = 1.0
    outages: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    seed: int = 1
    sent: int = 0
    granted: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_chance: int = 0
    too_early: int = 0  # calls that were sent inside a Retry-After of their API
    waited: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a simulation
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._held_until: dict[tuple[str, str], float] = {}

    @property
    def needed(self) -> int:
        """The calls that a client cannot do without."""
        return self.granted.total() + self.by_chance

    @property
    def allowed(self) -> float:
        """The seconds that the limit requires for the calls that were granted."""
        calls: Counter[str] = Counter()
        for (token, api), count in self.granted.items():
            calls[f"{token} {api}" if self.per_api else token] += count
        return max((max(calls.values()) - self.burst) / self.rate, 0.0)

    async def call(self, token: str, path: str) -> None:
        """One call, there and back."""
        loop, place = asyncio.get_running_loop(), (token, api_of(path))
        self.sent += 1
        # A client that ignores Retry-After would be refused forever: the test should fail instead.
        assert self.sent <= MOST_WASTED + 3 * self.granted.total(), "called again and again"
        self.too_early += loop.time() < self._held_until.get(place, -1.0) - 1e-6
        await asyncio.sleep(self.latency / 2)
        wait = self._wait(place, loop.time())
        await asyncio.sleep(self.latency / 2)
        if wait is not None:
            self.refused[place] += 1
            until = loop.time() + wait
            self._held_until[place] = max(self._held_until.get(place, 0.0), until)
            raise RateLimited(429, "Later.", retry_after=wait)
        self.granted[place] += 1

    def _wait(self, place: tuple[str, str], now: float) -> float | None:
        begins, ends, retry_after = self.outages.get(place[1], (0.0, 0.0, 0.0))
        if begins <= now < ends:
            return retry_after
        if self._random.random() < self.chance:
            self.by_chance += 1
            return self.retry_after
        if not self.rate:
            return None
        key = place if self.per_api else (place[0], "")
        left, at = self._buckets.get(key, (self.burst, 0.0))
        left = min(left + (now - at) * self.rate, self.burst)
        self._buckets[key] = (left - (left >= 1), now)
        return None if left >= 1 else max(float(ceil((1 - left) / self.rate)), 1.0)


@dataclass
class Crowd:
    """People whose calls share the rate limiters of two tokens."""

    cloud: Cloud
    limiters: dict[str, RateLimiter] = field(
        default_factory=lambda: {ADMIN: RateLimiter(), BOT: RateLimiter()}
    )

    async def call(self, token: str, path: str) -> None:
        """One call, and how long it took from the person's view."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self.limiters[token].run(path, lambda: self.cloud.call(token, path))
        self.cloud.waited.setdefault(path, []).append((began, loop.time() - began))

    def work(
        self,
        tasks: int,
        at_once: int,
        calls: Sequence[tuple[str, str]] = ((ADMIN, PEOPLE),),
        priority: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> float:
        """So many tasks of these calls, so many at the same time; the seconds they took."""

        async def worker(rest: Iterator[int]) -> None:
            for _ in rest:
                for token, path in calls:
                    await self.call(token, path)

        async def everybody() -> float:
            rest = iter(range(tasks))
            with priority():
                await asyncio.gather(*(worker(rest) for _ in range(at_once)))
            return asyncio.get_running_loop().time()

        with asyncio.Runner(loop_factory=RepeatableLoop) as runner:
            return runner.run(everybody())
