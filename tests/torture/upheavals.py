"""What happens to replicas meanwhile: the leader is killed, frozen, stopped or cut off."""

import asyncio
import math
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from statistics import median

from tests.journeys.world import until
from tests.torture.faults import Weather
from tests.torture.records import Break, FailOver, Finding
from tests.torture.replicas import Replica, Replicas

LOOK_EVERY = 0.05  # seconds between looks who leads
FENCED_STATUS = 1
FENCED_WITHIN = 15.0  # seconds in which a former leader that goes on must end
TIMEOUT = 120.0  # seconds until another leads: the weather may refuse each of its attempts
# Seconds that the leader stands still or is cut off: shorter than its lease, about as long, longer.
SPANS = ((1.0, 4.0), (5.0, 8.0), (8.0, 20.0))


@dataclass
class Upheavals:
    """Upheavals of the replicas until cancelled, one each so many commands on average."""

    stage: Replicas
    weather: Weather
    dice: Random
    every: int
    figures: Counter[str]

    async def happen(self) -> None:
        """Until cancelled; what has begun is brought to its end."""
        while True:
            await self._commands(self.dice.expovariate(1 / self.every))
            strike = asyncio.create_task(self.strike())
            try:
                await asyncio.shield(strike)
            except asyncio.CancelledError:
                await strike
                raise

    async def _commands(self, count: float) -> None:
        deeds = self.stage.witness.record.deeds
        end = len(deeds) + count
        while len(deeds) < end:
            await self.stage.witness.news(1.0)

    async def strike(self) -> None:
        """One of them, once all processes are ready."""
        kinds: tuple[tuple[int, Callable[[Replica], Awaitable[None]]], ...] = (
            (3, self.killed), (3, self.frozen), (2, self.stopped), (2, self.cut_off),
            (1, self.disconnected), (1, self.all_cut_off), (1, self.standby_killed),
        )  # fmt: skip
        async with self.weather.alone():
            leader = await self._all_ready()
            (work,) = self.dice.choices([work for _, work in kinds], [each for each, _ in kinds])
            self.figures[work.__name__.replace("_", " ")] += 1
            await work(leader)

    async def _all_ready(self) -> Replica:
        async def leader() -> Replica | None:
            found, _ = self.stage.lease()  # whether it has a socket or waits for one
            others = [each for each in self.stage.replicas if each is not found]
            ready = [await self.stage.is_ready(each) for each in others]
            return found if all(ready) else None

        found: Replica = await until(leader, "all but the leader are ready", TIMEOUT)
        return found

    # One after another

    async def killed(self, leader: Replica) -> None:
        """SIGKILL; it is started again while its lease still holds, or later."""
        _, epoch = self.stage.lease()
        began = time.time()
        await leader.end(signal.SIGKILL)
        await asyncio.gather(
            self._next_leads("killed", began, epoch),
            self._later(self.dice.uniform(0.0, 12.0), self.stage.launch_one, leader),
        )

    async def stopped(self, leader: Replica) -> None:
        """SIGTERM; and it is started again."""
        _, epoch = self.stage.lease()
        began = time.time()
        _, status = await asyncio.gather(
            self._next_leads("stopped", began, epoch), leader.end(signal.SIGTERM)
        )
        if status != 0:
            self._find(f"a leader that was asked to stop ended with {status}")
        await self.stage.launch_one(leader)

    async def frozen(self, leader: Replica) -> None:
        """SIGSTOP, and SIGCONT before or after another leads."""

        async def thaw(_replica: Replica) -> None:
            leader.send(signal.SIGCONT)

        leader.send(signal.SIGSTOP)
        await self._stands_aside("frozen", leader, thaw)

    async def cut_off(self, leader: Replica) -> None:
        """It does not reach the database for a while, and is refused or hears nothing."""

        async def heal(_replica: Replica) -> None:
            leader.wire.heal()

        self.dice.choice((leader.wire.refuse, leader.wire.fall_silent))()
        await self._stands_aside("cut off", leader, heal)

    async def _stands_aside(
        self, why: str, leader: Replica, back: Callable[[Replica], Awaitable[None]]
    ) -> None:
        _, epoch = self.stage.lease()
        began, seconds = time.time(), self.dice.uniform(*self.dice.choice(SPANS))
        coming_back = asyncio.create_task(self._later(seconds, back, leader))

        async def is_over() -> bool:
            return coming_back.done() or self.stage.lease()[1] != epoch

        await until(is_over, "it came back, or another leads", TIMEOUT)
        if self.stage.lease()[1] != epoch or await self._is_too_late(epoch):
            await self._next_leads(why, began, epoch)
            await coming_back
            await self._fenced(leader)
            self._note_end(f"leader {why}")
            await self.stage.launch_one(leader)
        await coming_back

    async def _is_too_late(self, epoch: int) -> bool:
        """Whether it came back, and another had taken its lease in the same moment."""
        await asyncio.sleep(2.0)
        return self.stage.lease()[1] != epoch

    async def _fenced(self, replica: Replica) -> None:
        """It comes back, finds that another leads, and ends at once."""
        try:
            status = await replica.ended(FENCED_WITHIN)
        except TimeoutError:
            self._find("a former leader went on")
            return
        if status != FENCED_STATUS:
            self._find(f"a former leader ended with {status}")

    async def disconnected(self, leader: Replica) -> None:
        """An administrator ends its connections, again and again for a moment."""
        for _ in range(self.dice.randint(1, 5)):
            self.stage.end_backends(leader)
            await asyncio.sleep(self.dice.uniform(0.0, 0.7))

    async def all_cut_off(self, leader: Replica) -> None:
        """The database is gone for all of them, and comes back."""
        _, epoch = self.stage.lease()
        began = time.time()
        for replica in self.stage.replicas:
            replica.wire.refuse()
        await asyncio.sleep(self.dice.uniform(1.0, 14.0))
        for replica in self.stage.replicas:
            replica.wire.heal()
        self.stage.witness.record.hindered.append(Break(began, time.time(), "all cut off"))
        if await self._is_too_late(epoch):
            await self._next_leads("all cut off", began, epoch)
            await self._fenced(leader)
            self._note_end("leader all cut off")
            await self.stage.launch_one(leader)

    async def standby_killed(self, leader: Replica) -> None:
        """Nobody notices."""
        standby = self.dice.choice([each for each in self.stage.replicas if each is not leader])
        await standby.end(signal.SIGKILL)
        await asyncio.sleep(self.dice.uniform(0.0, 5.0))
        await self.stage.launch_one(standby)

    async def _next_leads(self, why: str, began: float, epoch: int) -> None:
        """Wait until a process leads in a later epoch, and has a socket."""

        async def leads() -> bool:
            later = self.stage.lease()[1] > epoch
            return later and await self.stage.leader() is not None

        until_now = began + TIMEOUT
        while not await leads():
            if time.time() > until_now:
                self._find(f"nobody led after it was {why}")
                return
            await asyncio.sleep(LOOK_EVERY)
        connected = self.stage.connected_at(self.stage.lease()[1]) or time.time()
        record, is_long = self.stage.witness.record, why != "stopped"
        record.fail_overs.append(FailOver(why, began, connected - began))
        record.breaks.append(Break(began, connected, f"leader {why}", is_long))

    async def _later(
        self, seconds: float, work: Callable[[Replica], Awaitable[None]], replica: Replica
    ) -> None:
        await asyncio.sleep(seconds)
        await work(replica)

    def _note_end(self, why: str) -> None:
        """The end of a former leader: what it did at the end, it may not have noted."""
        now = time.time()
        self.stage.witness.record.breaks.append(Break(now, now, why))

    def _find(self, what: str) -> None:
        self.stage.findings.append(Finding("state", "replicas", what))


def fail_over_summary(fail_overs: list[FailOver]) -> str:
    """How long it took until another one led, for people."""
    if not fail_overs:
        return "none"
    seconds = sorted(each.seconds for each in fail_overs)
    p95 = seconds[math.ceil(len(seconds) * 0.95) - 1]
    kinds = dict(sorted(Counter(each.why for each in fail_overs).items()))
    return (
        f"{len(seconds)} {kinds}, until the next had a socket: median {median(seconds):.1f} s,"
        f" p95 {p95:.1f} s, longest {seconds[-1]:.1f} s"
    )
