"""Benchmark: the memory of a bot over many messages, and after a crowd that has gone.

The second one also counts connections: how many a crowd opens, and whether a command opens new
ones although there was another a minute before.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

from bench.adds import burst
from bench.people import Guest, anything
from bench.single import one_by_one
from bench.stage import Stage

SILENCE = 3.0  # seconds of silence of the whole cloud
SAMPLES = 10
SETTLES = 2.0  # seconds


@dataclass
class Memory:
    """Resident memory in MiB, and the number of answered messages."""

    idle: float
    messages: int
    answered: int = 0
    samples: list[float] = field(default_factory=list)
    died: bool = False

    @property
    def grown(self) -> float:
        """Return the growth from the first sample, after the warm-up, to the last one."""
        return self.samples[-1] - self.samples[0]


async def memory(stage: Stage, messages: int, talkers: int) -> Memory:
    """Let people ask for help, and take ten samples."""
    await stage.at_rest(SETTLES)
    measured = Memory(stage.memory(), messages)
    guests = stage.crowd.guests(talkers)
    for _ in range(SAMPLES):
        turns = iter(range(messages // SAMPLES))
        counts = await asyncio.gather(*(_chat(stage, guest, turns) for guest in guests))
        measured.answered += sum(counts)
        measured.died = not stage.alive
        if measured.died:
            break
        measured.samples.append(stage.memory())
        stage.cloud.calls.clear()
    return measured


async def _chat(stage: Stage, guest: Guest, turns: Iterator[int]) -> int:
    """The number of answers. A person without an answer stops when the cloud has been silent."""
    answered = 0
    for _ in turns:
        guest.heard.clear()
        guest.say("help")
        if await guest.answer(0, anything, stage.quiet_after(SILENCE)) is None:
            break
        answered += 1
    return answered


@dataclass
class Aftermath:
    """A crowd and what is left of it. Memory in MiB."""

    people: int
    idle: float
    at_once: float
    connections: int  # open at the same time
    added: int = 0
    quiet: float = 0.0  # seconds
    later: float | None = None
    handshakes: int | None = None  # in a command less than a minute after another

    @property
    def kept(self) -> float | None:
        """Return the memory that was not given back."""
        return None if self.later is None else self.later - self.idle


async def crowd(stage: Stage, people: int, latency: float) -> Aftermath:
    """Let many people press at the same instant."""
    await stage.at_rest(SETTLES)
    idle = stage.memory()
    added = (await burst(stage, people, latency)).added
    return Aftermath(people, idle, stage.memory(), stage.connections.most, added)


async def afterwards(stage: Stage, left: Aftermath, quiet: float, gap: float) -> None:
    """Measure after `quiet` seconds, then while two people add a phone, `gap` seconds apart."""
    await asyncio.sleep(quiet)
    left.quiet, left.later = quiet, stage.memory()
    await one_by_one(stage, _unwatched)
    await asyncio.sleep(gap)
    before = stage.connections.made
    await one_by_one(stage, _unwatched)
    left.handshakes = stage.connections.made - before


def _unwatched(_what: str) -> AbstractAsyncContextManager[None]:
    return nullcontext()
