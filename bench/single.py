"""Benchmark: one person alone, for the calls of each command and the bot's own work."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

from bench.people import Guest, Heard, Wanted, anything
from bench.stage import Stage
from sandbox.call_log import Call

ID = re.compile(r"[A-Za-z0-9_-]{40,}|[0-9a-f-]{36}")
SILENCE = 30.0  # seconds
COMMANDS = ("help", "message", "press")  # a press is one on the card that the message led to

Watch = Callable[[str], AbstractAsyncContextManager[None]]


async def one_by_one(stage: Stage, watch: Watch) -> None:
    """Let a new person ask for help, add a phone and confirm; watch each to its last call."""
    (guest,), (owner,) = stage.crowd.guests(1), stage.crowd.people(1)
    manner, mac = stage.manner, stage.mac()
    # Not watched: the bot reads the organization of a person whose role comes from their domain
    # once in five minutes.
    guest.say("help")
    await _answered(stage, guest, anything)
    async with watch("help"):
        guest.say("help")
        await _answered(stage, guest, anything)
    async with watch("message"):
        guest.say(manner.typed(mac, owner.email))
        card = await _answered(stage, guest, manner.is_card)
    async with watch("press"):
        guest.press(card.message, manner.button, manner.filled(mac, owner.email))
        await _answered(stage, guest, manner.is_result)


async def _answered(stage: Stage, guest: Guest, wanted: Wanted) -> Heard:
    heard = await guest.answer(0, wanted, stage.quiet_after(SILENCE))
    assert heard is not None, "one person alone was not answered"
    await stage.at_rest()
    return heard


async def round_trips(stage: Stage) -> dict[str, list[Call]]:
    """The calls that each command caused, in order."""
    made: dict[str, list[Call]] = {}

    @asynccontextmanager
    async def watch(what: str) -> AsyncIterator[None]:
        seq = stage.now
        yield
        made[what] = stage.calls(seq)

    await one_by_one(stage, watch)
    return made


def in_words(calls: Sequence[Call]) -> str:
    """Count the calls of each kind, without ids."""
    counts = Counter(
        f"{call.method} {ID.sub('{id}', call.path.removeprefix('/v1'))}" for call in calls
    )
    return ", ".join(f"{call} ×{n}" if n > 1 else call for call, n in counts.items())


@dataclass(frozen=True)
class Work:
    """CPU seconds of the bot's process for each event, until its last call."""

    spent: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in COMMANDS})

    def median(self, *names: str) -> float:
        """The median event of these kinds, in seconds."""
        return median(spent for name in names or COMMANDS for spent in self.spent[name])


async def own_work(stage: Stage, rounds: int) -> Work:
    """The cost of an event when the API responds immediately."""
    work = Work()

    @asynccontextmanager
    async def watch(what: str) -> AsyncIterator[None]:
        before = stage.cpu()
        yield
        work.spent[what].append(stage.cpu() - before)

    for _ in range(rounds):
        await one_by_one(stage, watch)
    return work
