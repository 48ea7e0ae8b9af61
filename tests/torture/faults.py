"""What goes wrong meanwhile: faults, outages, restarts and power cuts, drawn from the seed."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.torture.records import Break
from tests.torture.stage import Stage

Order = dict[str, Any]
WATCH = 0.02  # seconds between looks whether the bot is connected
LONG_AGO = 120.0  # seconds that the mark is set back, to make a long silence of a short one
DEVICES = "/devices*"
STRAY = (401, 403, 404)  # of calls that are in order
READS = ("/messages/*", "/attachment/actions/*")  # shown later than the socket tells
DEMOTIONS = 4.0  # of a hundred faults
DEMOTED = ("technician", "engineer")

# Weight, and the order; numbers that differ are drawn when it is given.
FAULTS: tuple[tuple[int, Callable[[Random], Order]], ...] = (
    (
        4,
        lambda dice: {
            "what": "slow",
            "latency": dice.uniform(0.05, 0.4),
            "jitter": 0.3,
            "lasts": 2.0,
            "probability": 0.5,
        },
    ),
    (3, lambda dice: {"what": "too_many_requests", "lasts": 1.5, "probability": 0.3}),
    (3, lambda dice: {"what": "bad_gateway", "method": "GET", "lasts": 1.5, "probability": 0.3}),
    (
        2,
        lambda dice: {
            "what": "call",
            "status": 500,
            "lasts": 1.0,
            "probability": 0.2,
            "token": "service_app",
        },
    ),
    (
        2,
        lambda dice: {
            "what": "unavailable",
            "method": "POST",
            "path": "/messages",
            "lasts": 1.0,
            "probability": 0.3,
        },
    ),
    (
        3,
        lambda dice: {
            "what": "lost_answer",
            "method": "POST",
            "path": "/messages",
            "times": dice.randint(1, 4),
        },
    ),
    (
        3,
        lambda dice: {
            "what": "lost_answer",
            "method": dice.choice(("POST", "DELETE", "PATCH")),
            "path": DEVICES,
            "times": dice.randint(1, 3),
        },
    ),
    (
        2,
        lambda dice: {
            "what": "bad_gateway",
            "method": "POST",
            "path": DEVICES,
            "afterCommit": True,
            "times": 2,
        },
    ),
    (
        2,
        lambda dice: {
            "what": "lost_answer",
            "method": dice.choice(("POST", "PUT", "DELETE")),
            "path": "/telephony/*",
            "times": 1,
        },
    ),
    (
        2,
        lambda dice: {
            "what": dice.choice(("refused_base", "refused_handset")),
            "nth": dice.randint(1, 3),
            **dice.choice(({}, {"missing": True}, {"missing": True, "afterCommit": True})),
        },
    ),
    (2, lambda dice: {"what": "call", "drop": True, "method": "POST", "path": DEVICES, "times": 1}),
    (3, lambda dice: {"what": "duplicate", "lasts": 2.0}),
    (3, lambda dice: {"what": "reorder", "lasts": 2.0, "probability": 0.5}),
    (1, lambda dice: {"what": "gap", "lasts": 2.0}),
    (1, lambda dice: {"what": "binary", "lasts": 2.0}),
    (2, lambda dice: {"what": "early_event", "lasts": 2.0, "eachPath": True, "times": 1}),
    (2, lambda dice: {"what": "drop"}),
    (1, lambda dice: {"what": "close", "code": dice.choice((1001, 1011, 4000))}),
    (2, lambda dice: {"what": "shutdown", "seconds": 1.0}),
    (1, lambda dice: {"what": "offline", "lasts": dice.uniform(0.5, 2.0)}),
    (1, lambda dice: {"what": "outage", "lasts": dice.uniform(0.3, 1.5)}),
    (5, lambda dice: {"what": "call", "status": dice.choice(STRAY), "token": "bot", "times": 1}),
    (1, lambda dice: {"what": "call", "status": 401, "token": "service_app", "times": 1}),
    (
        2,
        lambda dice: {
            "what": "call",
            "status": 404,
            "method": "GET",
            "path": dice.choice(READS),
            "token": "bot",
            "lasts": dice.uniform(1.0, 5.0),
        },
    ),
)
LOCKS = 3.0  # of a hundred faults: another process keeps the database to itself
LOCKED = 8.0  # seconds
BREAKING = ("drop", "close", "offline", "outage", "shutdown")


@dataclass
class Weather:
    """Bad weather over a stage until it is told to clear up."""

    stage: Stage
    dice: Random
    pause: float  # mean seconds between two faults
    deaths: float  # how many of a hundred faults are power cuts
    restarts: float  # how many are restarts
    silence: float  # seconds that a long silence lasts; 0: the mark is set back instead
    figures: Counter[str] = field(default_factory=Counter)
    _locking: asyncio.Task[None] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # what befalls processes

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Meanwhile there are faults, but nothing befalls the processes or their database."""
        async with self._turn:
            await self._unlocked()
            yield

    async def blow(self) -> None:
        """Until cancelled; a restart that has begun is brought to its end."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                await asyncio.sleep(self.dice.expovariate(1 / self.pause))
                strike = asyncio.create_task(self._strike())
                try:
                    await asyncio.shield(strike)
                except asyncio.CancelledError:
                    await strike
                    raise
        finally:
            watching.cancel()
            await self._unlocked()

    async def _strike(self) -> None:
        roll = self.dice.uniform(0, 100)
        if roll > 100 - DEMOTIONS:
            await self._unlocked()
            self._demote()
        elif self._turn.locked():
            self._fault()
        elif roll > 100 - DEMOTIONS - LOCKS:
            await self._lock()
        elif roll < self.deaths:
            await self.power_cut()
        elif roll < self.deaths + self.restarts:
            await self.restart()
        else:
            self._fault()

    def _demote(self) -> None:
        """Somebody's role is taken away, whatever they are in the middle of."""
        self.figures["role taken"] += 1
        held = [role for role in self.stage.witness.record.roles if role.until == math.inf]
        self.stage.take(self.dice.choice([role for role in held if role.role in DEMOTED]))

    async def _lock(self) -> None:
        """Another process writes for long; the weather goes on meanwhile."""
        await self._unlocked()
        self.figures["lock"] += 1
        self._locking = asyncio.create_task(self._keep_locked())

    async def _keep_locked(self) -> None:
        began = time.time()
        await self.stage.keep_locked(LOCKED)
        self.stage.witness.record.hindered.append(Break(began, time.time(), "lock"))

    async def _unlocked(self) -> None:
        """Wait until the lock ends: a writer in this process would block the whole cloud."""
        if self._locking:
            await self._locking

    def _fault(self) -> None:
        weights = [weight for weight, _ in FAULTS]
        order = self.dice.choices([make for _, make in FAULTS], weights)[0](self.dice)
        self.figures[order["what"]] += 1
        if order["what"] in BREAKING:
            self._note(time.time(), time.time() + float(order.get("lasts", 0.0)), order["what"])
        if order["what"] == "lost_answer" and order["path"] == "/messages":
            self.stage.witness.record.lost_posts.append(time.time())
        self.stage.sandbox.fault(**order)

    async def power_cut(self) -> None:
        """kill -9; and the next start after a moment, or after what counts as a long silence."""
        self.figures["kill"] += 1
        await self._gone("kill", self.stage.kill)

    async def restart(self) -> None:
        """SIGTERM, and the next start."""
        self.figures["restart"] += 1
        await self._gone("restart", self._stop)

    async def _stop(self) -> None:
        status = await self.stage.stop()
        assert status == 0, f"The bot ended with {status}."

    async def _gone(self, why: str, end: Callable[[], Awaitable[object]]) -> None:
        async with self.alone():
            await self._end_and_start(why, end)

    async def _end_and_start(self, why: str, end: Callable[[], Awaitable[object]]) -> None:
        began = time.time()
        await end()
        is_long = self.dice.random() < 0.3
        if is_long:
            await self._be_silent()
        await asyncio.sleep(self.dice.uniform(0.0, 0.5))
        await self._start()
        self._note(began, time.time(), why, is_long=is_long)

    async def _be_silent(self) -> None:
        """For long by the clock, or so that the bot believes it."""
        self.figures["long silence"] += 1
        if self.silence:
            await asyncio.sleep(self.silence)
        else:
            self.stage.write("update marks set heard_until = heard_until - ?", LONG_AGO)

    async def _start(self) -> None:
        """Start the bot and wait until it is connected."""
        await self.stage.launch()
        await self.stage.client.until_online(60)

    def _note(self, since: float, until: float, why: str, *, is_long: bool = False) -> None:
        self.stage.witness.record.breaks.append(Break(since, until, why, is_long))

    async def _watch(self) -> None:
        """Write down when there was no socket."""
        gone: float | None = None
        while True:
            if not self.stage.online:
                gone = gone or time.time()
            elif gone:
                self._note(gone, time.time(), "no socket")
                gone = None
            await asyncio.sleep(WATCH)
