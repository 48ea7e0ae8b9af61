"""Benchmark: a long list, from the file to its result, while others ask for help.

A list of phones, or of the base stations and handsets of a DECT network.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest

from bench.limits import API, Limit
from bench.meanwhile import ask_for_help, look_again, meanwhile
from bench.people import Guest, Heard, Wanted, with_button
from bench.stage import Stage
from sandbox import crowd
from sandbox.chat_model import Draft, File
from sandbox.organization.entities import Owner

SETTLES = 2.0  # seconds
SILENCE = 60.0  # seconds of silence
LOOK_EVERY = 0.1  # seconds between two looks at the memory
PAGE = 100  # rows; the sandbox's own pages are short, so that tests need few rows
ONE_IN = 10  # so many rows are for a workspace
ADMIN = "service_app"
CONFIRM, RESULT = with_button("Confirm"), with_button("Undo")
NETWORK = "Plant"


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
    """A list of so many rows. Memory in MiB; `idle_waits` are seconds for `help` before it.

    `what` names them in the plural; `rows` also counts each base station and each handset.
    """

    rows: int
    limit: Limit
    what: str = "phones"
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


@dataclass(frozen=True)
class Sheet:
    """A file to send, and the text beside it. `macs` are those in it.

    `added` counts the rows whose phone or handset exists.
    """

    caption: str
    file: File
    macs: Sequence[str]
    added: Callable[[], int]


async def listed(stage: Stage, sheet: Sheet, seen: Listed, helps: Helps) -> None:
    """Let one person send a list as a file and confirm it; another asks for help meanwhile.

    The memory is looked at once more after the quiet seconds.
    """
    pause = helps.pause
    sender, helper = stage.crowd.guests(2)
    await ask_for_help(helper, pause, seen.idle_waits, helps.idle)
    await stage.at_rest()
    unlimited, limit = stage.cloud.settings, seen.limit
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
    async with meanwhile(look_again(partial(_look, stage, seen), LOOK_EVERY)):
        async with _phase(stage, seen.check, helper, pause):
            card = await answer_to(stage, sender, CONFIRM, partial(send, sender, sheet))
        async with _phase(stage, seen.run, helper, pause):
            press = partial(sender.press, card.message, "Confirm", {})
            await answer_to(stage, sender, RESULT, press)
        await stage.at_rest(SETTLES)
    stage.cloud.apply_settings(unlimited)
    await asyncio.sleep(seen.quiet)
    seen.after = stage.memory()
    seen.added = sheet.added()


def phones_listed(stage: Stage, rows: int) -> Sheet:
    """A list of phones for as many people and workspaces."""
    organization = stage.cloud.organization
    rooms = crowd.add_workspaces(organization, rows // ONE_IN, stage.cloud.clock.now())
    people = stage.crowd.people(rows - len(rooms))
    owners = [(person.email, Owner("person", person.key)) for person in people]
    owners += [(room.name, Owner("workspace", room.key)) for room in rooms]
    macs = [stage.mac() for _ in owners]
    lines = [f"{mac},8865,{name}" for mac, (name, _) in zip(macs, owners, strict=True)]

    def added() -> int:
        return len({phone.mac for _, owner in owners for phone in organization.phones_of(owner)})

    return Sheet("add phones", _file("phones.csv", "mac,model,owner", lines), macs, added)


def network_listed(stage: Stage, bases: int, handsets: int) -> Sheet:
    """A list of the base stations and handsets of a new DECT network."""
    organization = stage.cloud.organization
    macs = [stage.mac() for _ in range(bases)]
    rows = zip_longest(macs, stage.crowd.people(handsets))
    lines = [f"{mac or ''},{owner.email if owner else ''}" for mac, owner in rows]

    def added() -> int:
        networks = organization.dect_networks.values()
        network = next((each for each in networks if each.name == NETWORK), None)
        return len(network.base_stations) + len(network.handsets) if network else 0

    caption = f"set up dect {NETWORK} at Lyon DBS210"
    return Sheet(caption, _file("dect.csv", "base mac,owner", lines), macs, added)


def _file(name: str, head: str, lines: Sequence[str]) -> File:
    return File(name, "text/csv", "\n".join([head, *lines]).encode())


def send(guest: Guest, sheet: Sheet) -> float:
    """Send the file; return the time."""
    at = time.perf_counter()
    draft = Draft(text=sheet.caption, files=(sheet.file,))
    guest.cloud.chat.post(guest.person.key, guest.room, draft)
    return at


async def answer_to(stage: Stage, guest: Guest, wanted: Wanted, ask: Callable[[], float]) -> Heard:
    """Ask, and wait for that answer; fail if the bot answers nothing for a while."""
    start = len(guest.heard)
    ask()
    heard = await guest.answer(start, wanted, stage.quiet_after(SILENCE))
    said = [each.message.content.text for each in guest.heard[start:]]
    assert heard is not None, f"nobody answered as wanted: {said}\n{stage.log_tail()}"
    return heard


@asynccontextmanager
async def _phase(stage: Stage, phase: Phase, helper: Guest, pause: float) -> AsyncIterator[None]:
    """Measure the body, while somebody asks for help again and again."""
    seq, began = stage.now, time.perf_counter()
    async with meanwhile(ask_for_help(helper, pause, phase.waits)):
        yield
    phase.seconds = time.perf_counter() - began
    for call in stage.calls(seq):
        if call.path.startswith(API) and call.token == ADMIN:
            api = call.path.removeprefix(API).split("/")[0]
            phase.calls[api] = phase.calls.get(api, 0) + 1


def _look(stage: Stage, seen: Listed) -> None:
    seen.peak = max(seen.peak, stage.memory())
