"""Benchmark: a list of many phones, from the file to its result, while others ask for help."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bench.limits import API, Limit
from bench.people import Guest, Heard, Wanted, anything, with_button
from bench.stage import Stage
from sandbox import crowd
from sandbox.chat_model import Draft, File
from sandbox.organization.entities import Owner

SETTLES = 2.0  # seconds
PATIENCE = 60.0  # seconds of silence
LOOK_EVERY = 0.1  # seconds between two looks at the memory
PAGE = 100  # rows; the sandbox's own pages are short, so that tests need few rows
ONE_IN = 10  # so many rows are for a workspace
ADMIN = "service_app"
CONFIRM, RESULT = with_button("Confirm"), with_button("Undo")


@dataclass
class Phase:
    """The check or the run of a list. `calls` are those of the admin APIs, by API."""

    seconds: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)  # seconds for `help`, of another person

    def allowed(self, limit: Limit) -> float:
        """The seconds that the limit requires for the calls of the busiest API."""
        busiest = max(self.calls.values(), default=0)
        return max((busiest - limit.burst) / limit.per_second, 0.0)


@dataclass
class Listed:
    """A list of `rows` phones. Memory in MiB; `idle_waits` are seconds for `help` before it."""

    rows: int
    limit: Limit
    idle: float = 0.0
    peak: float = 0.0
    after: float = 0.0
    quiet: float = 0.0  # seconds before the last look at the memory
    idle_waits: list[float] = field(default_factory=list)
    check: Phase = field(default_factory=Phase)
    run: Phase = field(default_factory=Phase)
    added: int = 0

    @property
    def busy_waits(self) -> list[float]:
        """Seconds for `help` while the list was checked and while it ran."""
        return [*self.check.waits, *self.run.waits]

    @property
    def calls_for_a_row(self) -> float:
        """The admin calls of check and run together."""
        return sum((*self.check.calls.values(), *self.run.calls.values())) / self.rows

    @property
    def reached(self) -> float:
        """The share of the allowed rate that was reached."""
        took = self.check.seconds + self.run.seconds
        allowed = self.check.allowed(self.limit) + self.run.allowed(self.limit)
        return allowed / took if took else 0.0


@dataclass(frozen=True)
class Helps:
    """How somebody asks for help: so often before the list, and how long they pause in seconds."""

    idle: int
    pause: float


async def listed(stage: Stage, rows: int, limit: Limit, helps: Helps, quiet: float) -> Listed:
    """Let one person send a list as a file and confirm it; another asks for help meanwhile.

    The memory is looked at once more after `quiet` seconds.
    """
    seen, pause = Listed(rows, limit, quiet=quiet), helps.pause
    sender, helper = stage.crowd.guests(2)
    file, owners = _list(stage, rows)
    await _ask_for_help(helper, pause, seen.idle_waits, helps.idle)
    await stage.at_rest()
    unlimited = stage.cloud.settings
    stage.cloud.apply_settings(
        replace(
            unlimited,
            rate_per_second=limit.per_second,
            rate_burst=limit.burst,
            rate_per_api=True,
            page_cap=PAGE,
        )
    )
    seen.idle = seen.peak = stage.memory()
    async with _watched_memory(stage, seen):
        async with _phase(stage, seen.check, helper, pause):
            card = await _answer(stage, sender, CONFIRM, lambda: _send(sender, file))
        async with _phase(stage, seen.run, helper, pause):
            await _answer(stage, sender, RESULT, lambda: sender.press(card.message, "Confirm", {}))
        await stage.at_rest(SETTLES)
    stage.cloud.apply_settings(unlimited)
    await asyncio.sleep(quiet)
    seen.after = stage.memory()
    phones = {phone.mac for owner in owners for phone in stage.cloud.organization.phones_of(owner)}
    seen.added = len(phones)
    return seen


def _list(stage: Stage, rows: int) -> tuple[File, list[Owner]]:
    """A list of phones for as many people and workspaces."""
    organization = stage.cloud.organization
    rooms = crowd.add_workspaces(organization, rows // ONE_IN, stage.cloud.clock.now())
    people = stage.crowd.people(rows - len(rooms))
    owners = [(person.email, Owner("person", person.key)) for person in people]
    owners += [(room.name, Owner("workspace", room.key)) for room in rooms]
    lines = ["mac,model,owner", *(f"{stage.mac()},8865,{name}" for name, _ in owners)]
    file = File("phones.csv", "text/csv", "\n".join(lines).encode())
    return file, [owner for _, owner in owners]


def _send(guest: Guest, file: File) -> float:
    at = time.perf_counter()
    draft = Draft(text="add phones", files=(file,))
    guest.cloud.chat.post(guest.person.key, guest.room, draft)
    return at


async def _answer(stage: Stage, guest: Guest, wanted: Wanted, ask: Callable[[], float]) -> Heard:
    start = len(guest.heard)
    ask()
    heard = await guest.answer(start, wanted, stage.quiet_after(PATIENCE))
    said = [each.message.content.text for each in guest.heard[start:]]
    assert heard is not None, f"the list was not answered: {said}\n{stage.log_tail()}"
    return heard


@asynccontextmanager
async def _phase(stage: Stage, phase: Phase, helper: Guest, pause: float) -> AsyncIterator[None]:
    """Measure the body, while somebody asks for help again and again."""
    seq, began = stage.now, time.perf_counter()
    async with _meanwhile(_ask_for_help(helper, pause, phase.waits)):
        yield
    phase.seconds = time.perf_counter() - began
    for call in stage.calls(seq):
        if call.path.startswith(API) and call.token == ADMIN:
            api = call.path.removeprefix(API).split("/")[0]
            phase.calls[api] = phase.calls.get(api, 0) + 1


@asynccontextmanager
async def _meanwhile(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _ask_for_help(guest: Guest, pause: float, waits: list[float], times: int = 10**6) -> None:
    for _ in range(times):
        guest.heard.clear()
        at = guest.say("help")
        heard = await guest.answer(0, anything, partial(_past, at + PATIENCE))
        waits.append(heard.at - at if heard else PATIENCE)
        await asyncio.sleep(pause)


def _past(end: float) -> bool:
    return time.perf_counter() > end


@asynccontextmanager
async def _watched_memory(stage: Stage, seen: Listed) -> AsyncIterator[None]:
    async def watch() -> None:
        while True:
            seen.peak = max(seen.peak, stage.memory())
            await asyncio.sleep(LOOK_EVERY)

    async with _meanwhile(watch()):
        yield
