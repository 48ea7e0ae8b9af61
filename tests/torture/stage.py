"""The stage of a run: a big organization, many people with roles, spaces, and the real bot."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from sandbox.chat_model import Room
from sandbox.cloud import Cloud
from sandbox.people import Person
from sandbox.seed import key_for
from sandbox.server import OBSERVERS, Sandbox
from sandbox.settings import Settings
from tests.journeys.dect_networks import placed_base, placed_handset, placed_network
from tests.journeys.programs import FASTER
from tests.journeys.world import ADA, SAM, World, command
from tests.torture.records import Finding, Held
from tests.torture.witness import Witness, observer

# Of each ten people: roles, and the only location they hold for. The first ones are the cast.
ROLES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("technician", ""),),
    (("engineer", ""),),
    (("technician", "Lyon"),),
    (("viewer", ""),),
    (("technician", ""), ("engineer", "Berlin")),
    (("technician", ""),),
    (("engineer", "Austin"),),
    (("technician", ""),),
    (("viewer", ""), ("technician", "Austin")),
    (("technician", ""),),
)
APPROVERS = (("ana@acme.example", ""), ("bob@acme.example", ""), ("hugo@acme.example", "Lyon"))
HANDSET_OWNERS = ("tom", "bob", "grace", "hugo", "kim", "lena")
SPACES = 6
# The bot keeps a longer pause than the sandbox checks: both read the clock at other moments.
OWN_ENV = {"PROVBOT_HTTP": "", "PROVBOT_DECT_SPACING": "1"}
WINDOW = 30.0  # seconds in which what was added is followed closely
DECT_SPACING = 0.8  # seconds


class Stage(World):
    """A world with a witness, in which everybody's roles are known at every moment."""

    def __init__(self, sandbox: Sandbox, folder: Path, witness: Witness, faster: float) -> None:
        super().__init__(
            sandbox,
            folder,
            {**OWN_ENV, "PROVBOT_FOLLOW_MINUTES": str(WINDOW / 60), FASTER: str(faster)},
        )
        self.witness = witness
        self.cloud: Cloud = sandbox.cloud
        self.rooms: list[Room] = []
        self.findings: list[Finding] = []
        self.strangers: set[str] = {SAM}
        self.alias, self.alias_of = (
            "",
            "",
        )  # an approver whose address is an alias of somebody else's

    def cast(self, people: list[Person]) -> None:
        """The attackers: two strangers, and an approver with an alias of a technician's address."""
        twin, stranger = people[-2:]
        whose = next(
            person for person in people[::10] if person.email not in (ADA, SAM, *dict(APPROVERS))
        )
        self.strangers.add(stranger.email)
        name, _, domain = whose.email.partition("@")
        self.alias, self.alias_of = f"{name}+1@{domain}", whose.email
        twin.email = self.alias

    def logged(self) -> str:
        """What the bot wrote."""
        return self.log.read_text()

    @property
    def online(self) -> bool:
        """Whether the bot has a socket."""
        return self.cloud.hub.is_online(self.cloud.bot_key)

    def give(self, who: str, role: str, location: str = "") -> None:
        """A role, as `provbot access add` writes it."""
        self.write(
            "insert into access (who, role, location, granted_at) values (?, ?, ?, 0)"
            " on conflict do nothing",
            who,
            role,
            location,
        )
        self.witness.record.roles.append(Held(who, role, location, time.time()))

    async def keep_locked(self, seconds: float) -> None:
        """Keep everybody else from writing to the bot's database for so long."""
        connection = await asyncio.to_thread(self._lock)  # the bot may be writing: a thread waits
        try:
            await asyncio.sleep(seconds)
        finally:
            connection.close()  # and nothing was written

    def _lock(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.database, timeout=60, isolation_level=None, check_same_thread=False
        )
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def take(self, held: Held) -> None:
        """The role is gone from now on."""
        self.write(
            "delete from access where who = ? and role = ? and location = ?",
            held.who,
            held.role,
            held.location,
        )
        roles = self.witness.record.roles
        roles[roles.index(held)] = replace(held, until=time.time())


def settle(cloud: Cloud, count: int) -> list[Person]:
    """So many people to play; where the seed has too few, more of the same kind are hired."""
    seeded = [person for person in cloud.people.values() if person.kind == "person"]
    for number in range(count - len(seeded)):
        like = seeded[number % len(seeded)]
        email = f"{like.first_name.lower()}{number}@acme.example"
        name = f"{like.display_name} {number}"
        key = key_for("account", email)
        cloud.people[key] = replace(
            like, key=key, email=email, display_name=name, cast=None, roles=[],
            licences=list(like.licences), extension=f"9{number:04d}", phone_number=None,
        )  # fmt: skip
    return [person for person in cloud.people.values() if person.kind == "person"][:count]


def _spaces(cloud: Cloud, people: list[Person]) -> list[Room]:
    """Some spaces, each with a part of the people."""
    ada = next(person for person in people if person.email == ADA)
    rooms = []
    for number in range(SPACES):
        members = [person.key for person in people[number::SPACES] if person is not ada]
        rooms.append(cloud.chat.create_group(ada.key, f"Space {number}", (cloud.bot_key, *members)))
    return rooms


Build: TypeAlias = Callable[[Sandbox, Witness], AbstractAsyncContextManager[Stage]]


@asynccontextmanager
async def single(
    sandbox: Sandbox, witness: Witness, folder: Path, faster: float
) -> AsyncIterator[Stage]:
    """A stage with one process and SQLite."""
    yield Stage(sandbox, folder, witness, faster)


@asynccontextmanager
async def stage(build: Build, people: int, seed: int) -> AsyncIterator[tuple[Stage, list[Person]]]:
    """Everything in place, the bot not started yet."""
    witness = Witness()
    look = observer(witness)
    OBSERVERS.append(look)
    try:
        settings = Settings(
            page_cap=1000, owner_device_limit=100_000, phone_registers_s=None, seed=seed,
            dect_spacing_s=DECT_SPACING,
            kept_messages=1_000_000, kept_presses=1_000_000, kept_unacked=100_000,
        )  # fmt: skip
        async with Sandbox(settings) as sandbox, build(sandbox, witness) as scene:
            cast = settle(sandbox.cloud, people)
            scene.cast(cast)
            scene.rooms = _spaces(sandbox.cloud, cast)
            await _allow(scene, cast)
            _place_networks(scene)
            witness.watch(sandbox.cloud)
            try:
                yield scene, cast
            finally:
                await scene.kill()
    finally:
        OBSERVERS.remove(look)


def _place_networks(scene: Stage) -> None:
    """DECT networks with base stations and handsets to remove, named as those of the play."""
    for number, place in enumerate(("Berlin", "Lyon", "Austin")):
        network = placed_network(scene, f"zz{900_000 + number}", place)
        for part, name in enumerate(HANDSET_OWNERS):
            placed_base(scene, network, f"D82E3F00{number:02}{part:02}")
            handset = f"zz{910_000 + 10 * number + part}"
            placed_handset(scene, network, handset, f"{name}@acme.example")


async def _allow(scene: Stage, cast: list[Person]) -> None:
    await command(
        scene.env, scene.database.parent, "access", "add", ADA, "admin"
    )  # makes the tables
    for number, person in enumerate(cast):
        if person.email not in {ADA, scene.alias, *scene.strangers}:
            for role, location in ROLES[number % len(ROLES)]:
                scene.give(person.email, role, location)
    scene.witness.record.roles.append(Held(ADA, "admin"))  # by PROVBOT_ADMINS
    scene.give(scene.alias, "approver")
    for who, location in APPROVERS:
        scene.give(who, "approver", location)
