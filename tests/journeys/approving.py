"""Asking for approval and deciding, as people do it: who asks, whose card, what became of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests import database
from tests.journeys import cards
from tests.journeys.world import Json, World, answering, inside, settled, until

BOB = "bob@acme.example"  # approves everywhere, as Ana does
HUGO = "hugo@acme.example"  # approves in Lyon
APPROVERS = ((BOB, "approver", ""), (HUGO, "approver", "Lyon"))
DECISION = ["Approve", "Reject"]


@asynccontextmanager
async def approving(
    allowlist: Path,
    folder: Path,
    *,
    room: str = "",
    policy: str = "",
    settings: Settings | None = None,
    **env: str,
) -> AsyncIterator[World]:
    """A world with more approvers; their cards in the space of that title, where one is named."""
    database.copy(allowlist, folder / "provbot.db")
    if policy:
        (folder / "policy.toml").write_text(policy)
        env["PROVBOT_POLICY"] = str(folder / "policy.toml")
    async with Sandbox(settings or Settings()) as sandbox:
        if room:
            env["PROVBOT_APPROVAL_ROOM"] = await sandbox.client.room("ana@acme.example", room)
        world = World(sandbox, folder, env)
        for grant in APPROVERS:
            give(world, *grant)
        async with inside(world):
            yield world


def give(world: World, who: str, role: str, location: str = "") -> None:
    """A role, as the command line would give it."""
    world.write(
        "insert into access (who, role, location, granted_at) values (?, ?, ?, 0)",
        who,
        role,
        location,
    )


def take(world: World, who: str, role: str) -> None:
    """Take the role away, as the command line would."""
    world.write("delete from access where who = ? and role = ?", who, role)


async def ask_for_network(
    world: World,
    person: str,
    name: str,
    location: str = "Berlin",
    *,
    code: str = "",
    room: str = "",
) -> Json:
    """Ask for a DECT network, and confirm the plan; the answer to that."""
    more = {"roomId": room, "mention": True} if room else {}
    form = await world.say(person, f"create dect network {name} at {location}", **more)
    plan = await world.press(person, form, "Continue", access_code=code)
    return await world.press(person, plan, "Confirm")


async def ask_to_delete(world: World, person: str, mac: str) -> Json:
    """Ask to delete a device, and confirm the plan; the answer to that."""
    plan = await world.say(person, f"delete device {mac}")
    return await world.press(person, plan, "Confirm")


async def card_of(
    world: World, approver: str, code: str, *, after: int = 0, room: str | None = None
) -> Json:
    """The approval card of a request."""
    return await world.answer(
        approver, after, room=room, where=lambda message: is_card(message, code)
    )


async def has_card(world: World, approver: str, code: str, room: str | None = None) -> bool:
    """Whether the approver sees an approval card of the request at this moment."""
    return any(
        is_card(message, code) for message in await world.client.messages(approver, room=room)
    )


async def no_card(world: World, approver: str, code: str, room: str | None = None) -> None:
    """Wait until no approval card of the request is left."""

    async def is_gone() -> bool:
        return not await has_card(world, approver, code, room)

    await until(is_gone, f"the card of {code} was taken away")


def is_card(message: Json, code: str) -> bool:
    """Whether it is the approval card of that request."""
    return (
        bool(message.get("attachments"))
        and cards.buttons(message) == DECISION
        and cards.data_of(message, "Approve")["request"] == code
    )


async def heard(
    world: World, person: str, text: str, *, after: int, room: str | None = None
) -> Json:
    """The first message with these words."""
    return await world.answer(
        person,
        after,
        room=room,
        where=lambda message: settled(message) and text in message.get("text", ""),
    )


async def became(world: World, code: str, *states: str) -> str:
    """Wait until the request is in one of these states; which one."""

    async def is_there() -> bool:
        return world.state(code) in states

    await until(is_there, f"{code} became {' or '.join(states)}")
    return world.state(code)


async def count_messages(
    world: World, person: str, text: str, after: int, room: str | None = None
) -> int:
    """How many of the bot's messages that stand have these words."""
    answers = await world.answers(person, after, room, where=answering)
    return len([answer for answer in answers if text in answer["text"]])


async def networks(world: World, name: str) -> list[Json]:
    """The DECT networks of that name."""
    networks = (await world.client.organization())["dectNetworks"]
    return [network for network in networks if network["name"] == name]


def verdicts(world: World, code: str) -> list[tuple[str, str]]:
    """Who decided what, in order."""
    rows = world.rows(
        "select email, verdict from decisions where request = ? order by at, rowid", code
    )
    return [(row["email"], row["verdict"]) for row in rows]
