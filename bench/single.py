"""One person alone: the calls that a command takes, and the bot's own work."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

from bench.people import Guest, Heard, Wanted, anything
from bench.stage import Stage
from sandbox.calls import Call

ID = re.compile(r"[A-Za-z0-9_-]{40,}|[0-9a-f-]{36}")
PATIENCE = 5.0  # seconds
COMMANDS = ("help", "message", "press")  # a press is one on the card that the message led to

Watch = Callable[[str], AbstractAsyncContextManager[None]]


async def one_by_one(stage: Stage, watch: Watch) -> None:
    """A new person asks for help, asks for a phone, and presses; each is watched to its last call."""
    (guest,), (owner,) = stage.crowd.guests(1), stage.crowd.people(1)
    manner, mac = stage.manner, stage.mac()
    async with watch("help"):
        guest.say("help")
        await _answered(stage, guest, anything)
    async with watch("message"):
        guest.say(manner.said(mac, owner.email))
        card = await _answered(stage, guest, manner.is_card)
    async with watch("press"):
        guest.press(card.message, manner.button, manner.filled(mac, owner.email))
        await _answered(stage, guest, manner.is_result)


async def _answered(stage: Stage, guest: Guest, wanted: Wanted) -> Heard:
    heard = await guest.answer(0, wanted, stage.quiet_after(PATIENCE))
    assert heard is not None, "one person alone was not answered"
    await stage.at_rest()
    return heard


async def round_trips(stage: Stage) -> dict[str, list[Call]]:
    """The calls that each of the commands led to, in their order."""
    made: dict[str, list[Call]] = {}

    @asynccontextmanager
    async def watch(what: str) -> AsyncIterator[None]:
        seq = stage.now
        yield
        made[what] = stage.calls(seq)

    await one_by_one(stage, watch)
    return made


def in_words(calls: Sequence[Call]) -> str:
    """Each kind of call once, without ids, with how often."""
    counts = Counter(
        f"{call.method} {ID.sub('{id}', call.path.removeprefix('/v1'))}" for call in calls
    )
    return ", ".join(f"{call} ×{n}" if n > 1 else call for call, n in counts.items())


@dataclass(frozen=True)
class Work:
    """CPU seconds of the bot's process, one for each event, from the event to its last call."""

    spent: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in COMMANDS})

    def median(self, *names: str) -> float:
        """The median event of these kinds, in seconds."""
        return median(spent for name in names or COMMANDS for spent in self.spent[name])


async def own_work(stage: Stage, rounds: int) -> Work:
    """What an event costs where the API takes no time."""
    work = Work()

    @asynccontextmanager
    async def watch(what: str) -> AsyncIterator[None]:
        before = stage.cpu()
        yield
        work.spent[what].append(stage.cpu() - before)

    for _ in range(rounds):
        await one_by_one(stage, watch)
    return work
