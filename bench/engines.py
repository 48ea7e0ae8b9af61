"""Benchmark: the same bot on SQLite and on PostgreSQL, in turn, so that both meet the same machine.

The PostgreSQL server runs on this machine and flushes to disk, as SQLite does. Its own CPU time is
not the bot's, and its network has no length.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import ClientSession

from bench.adds import Burst, burst, warm_up
from bench.postgres import new_database, server, transactions
from bench.replicas import STANDBY, Replica
from bench.single import Work, own_work
from bench.stage import PROVBOT, Stage, cpu_of, resident, stage
from bot.core.models.database_address import DatabaseAddress, PostgresAddress
from bot.store import events
from bot.store.database import Store
from tests.postgres_server import Server

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
DATABASE = "bench"
AT_ONCE = 100  # calls of the store that share a transaction, or few of them
SETTLES = 3.0  # seconds after a start
MINUTE = 60.0


@dataclass(frozen=True)
class Rounds:
    """How often each is done. `people` press at once; `quiet` are seconds without any message."""

    calls: int
    groups: int
    adds: int
    crowds: int
    people: int
    latencies: tuple[float, ...]
    quiet: float


@dataclass
class Calls:
    """Calls of the store that wait for the flush to disk: how long, and our own CPU time."""

    waits: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure what the body does."""
        began, before = time.perf_counter(), time.process_time()
        yield
        self.waits.append(time.perf_counter() - began)
        self.cpu += time.process_time() - before


@dataclass
class Idle:
    """A process while nobody types: MiB, and in a minute CPU seconds and transactions."""

    memory: float
    cpu: float
    transactions: float | None = None


@dataclass
class Engine:
    """What was measured with one engine, in seconds."""

    name: str
    calls: Calls = field(default_factory=Calls)  # one alone
    groups: Calls = field(default_factory=Calls)  # `AT_ONCE` of them
    works: list[Work] = field(default_factory=list)
    alone: list[Burst] = field(default_factory=list)
    crowds: dict[float, list[Burst]] = field(default_factory=dict)
    leader: Idle | None = None
    standby: Idle | None = None

    def work(self, command: str) -> list[float]:
        """The CPU time of the bot for each of these commands."""
        return [spent for work in self.works for spent in work.spent[command]]


async def engines(rounds: Rounds) -> list[Engine]:
    """Measure the store alone, then a bot on each, then both while nobody types."""
    seen = [Engine(SQLITE), Engine(POSTGRES)]
    with server() as started:
        await _stores(started, seen, rounds)
        async with AsyncExitStack() as stack:
            more = {"PROVBOT_DATABASE": new_database(started, DATABASE)}
            stages = [
                await stack.enter_async_context(stage(PROVBOT)),
                await stack.enter_async_context(stage(PROVBOT, more=more)),
            ]
            for place in stages:
                await place.start()
            await _idle(started, seen, stages, rounds.quiet)
            await _talk(seen, stages, rounds)
    return seen


async def _stores(started: Server, seen: Sequence[Engine], rounds: Rounds) -> None:
    """Call the stores in turn: one call alone, then many at once."""
    with TemporaryDirectory(prefix="bench-") as folder:
        addresses: tuple[DatabaseAddress, ...] = (
            Path(folder) / "provbot.db",
            PostgresAddress(new_database(started, "store")),
        )
        pairs = [(engine, Store(at)) for engine, at in zip(seen, addresses, strict=True)]
        for number in range(rounds.calls):
            for engine, store in pairs:
                with engine.calls.timed():
                    await _claim(store, f"{number}")
        for number in range(rounds.groups):
            for engine, store in pairs:
                names = (f"{number} {each}" for each in range(AT_ONCE))
                with engine.groups.timed():
                    await asyncio.gather(*(_claim(store, name) for name in names))
        for _, store in pairs:
            store.close()


async def _claim(store: Store, name: str) -> None:
    """Store a message, and wait until it survives a power cut."""
    assert await store.call(events.claim, name, "message", {"text": "help"}, 1.0)


async def _idle(
    started: Server, seen: Sequence[Engine], stages: Sequence[Stage], quiet: float
) -> None:
    """Look at both while nobody types, then at the one on PostgreSQL with a standby."""
    sqlite, postgres = seen
    await asyncio.sleep(SETTLES)
    alone = transactions(started, DATABASE)
    sqlite.leader, postgres.leader = await _quiet([place.pid for place in stages], quiet)
    postgres.leader.transactions = (transactions(started, DATABASE) - alone) * MINUTE / quiet
    async with ClientSession() as http:
        standby = Replica(stages[1], http)
        try:
            await standby.start()
            await standby.is_now(STANDBY)
            await asyncio.sleep(SETTLES)
            both = transactions(started, DATABASE)
            [postgres.standby] = await _quiet([standby.process.pid], quiet)
            each_minute = (transactions(started, DATABASE) - both) * MINUTE / quiet
            postgres.standby.transactions = each_minute - postgres.leader.transactions
        finally:
            await standby.end()


async def _quiet(processes: Sequence[int], seconds: float) -> list[Idle]:
    before = [cpu_of(process) for process in processes]
    await asyncio.sleep(seconds)
    return [
        Idle(resident(process), (cpu_of(process) - cpu) * MINUTE / seconds)
        for process, cpu in zip(processes, before, strict=True)
    ]


async def _talk(seen: Sequence[Engine], stages: Sequence[Stage], rounds: Rounds) -> None:
    """Let one person after the other add a phone, then crowds; with both bots in turn."""
    pairs = list(zip(seen, stages, strict=True))
    for _, place in pairs:
        await warm_up(place)
    for _, (engine, place) in product(range(rounds.adds), pairs):
        engine.works.append(await own_work(place, 1))
        engine.alone.append(await burst(place, 1, 0.0))
    for latency, _, (engine, place) in product(rounds.latencies, range(rounds.crowds), pairs):
        crowds = engine.crowds.setdefault(latency, [])
        crowds.append(await burst(place, rounds.people, latency))
