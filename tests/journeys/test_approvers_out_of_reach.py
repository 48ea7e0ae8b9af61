"""Approvers whom nobody can reach: requester and admins hear it at once, and what to do."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import (
    APPROVERS,
    BOB,
    approving,
    ask_for_network,
    card_of,
    give,
    has_card,
    heard,
    no_card,
    take,
)
from tests.journeys.world import ADA, ANA, NAMES, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANNA = "anna@acme.example"  # a typing mistake for Ana
ROBOT = "robot@acme.example"  # an account that takes no messages from bots
SPACE = "Phone rollout"
ASK_ADMIN = f"Please ask {NAMES[ADA]} ({ADA}) to name another approver: grant WHO approver."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world without approvers; each journey names its own."""
    async with approving(
        allowlist, tmp_path_factory.mktemp("world"), TESTS_INTERVALS_BY="10"
    ) as world:
        people = world.sandbox.cloud.people
        bob = next(person for person in people.values() if person.email == BOB)
        robot = replace(bob, key=str(uuid4()), email=ROBOT, kind="bot")
        people[robot.key] = robot
        for who in (ANA, *(grant[0] for grant in APPROVERS)):
            take(world, who, "approver")
        yield world


@pytest.mark.parametrize(
    ("who", "cause"),
    [
        (ANNA, f"Webex finds nobody with the address {ANNA}."),
        (ROBOT, f"Webex does not let me write to {ROBOT}."),
    ],
)
async def test_an_approver_out_of_reach_is_told_at_once_and_another_is_asked(
    world: World, who: str, cause: str
):
    give(world, who, "approver")
    seq = await world.client.seq()
    async with world.nothing_changes():
        waiting = await ask_for_network(world, TOM, f"Reach {who[:3]}")
        code = cards.code_of(waiting)
        for text in (waiting["text"], (await heard(world, ADA, cause, after=seq))["text"]):
            assert "nobody could be asked" in text
        assert cause in waiting["text"]
        assert ASK_ADMIN in waiting["text"]
        # Half-time.
        world.write("update requests set approve_by = approve_by - 7260 where code = ?", code)
        reminded = await heard(world, TOM, f"⏰ {code} still waits", after=waiting["seq"])
        assert cause in reminded["text"]
        await heard(world, ADA, cause, after=waiting["seq"])
    take(world, who, "approver")
    give(world, ANA, "approver")
    await card_of(world, ANA, code)
    again = await heard(world, TOM, "Waiting for approval", after=reminded["seq"])
    await world.press(TOM, again, "Cancel")
    take(world, ANA, "approver")


async def test_an_approver_who_leaves_after_being_asked_is_told(world: World):
    give(world, ANA, "approver")
    waiting = await ask_for_network(world, TOM, "Leaving")
    code = cards.code_of(waiting)
    await card_of(world, ANA, code)
    take(world, ANA, "approver")

    now = await heard(world, TOM, "nobody could be asked", after=waiting["seq"])

    assert "The people I asked are no longer approvers." in now["text"]
    assert ASK_ADMIN in now["text"]
    told = await heard(world, ADA, f"{code} waits for approval", after=waiting["seq"])
    assert "Please name an approver: grant WHO approver at Berlin." in told["text"]
    await world.press(TOM, now, "Cancel")


async def test_an_account_that_is_gone_by_the_reminder_is_told(world: World):
    give(world, ANA, "approver")
    waiting = await ask_for_network(world, TOM, "Gone")
    code = cards.code_of(waiting)
    await card_of(world, ANA, code)
    await world.client.change_person(ANA, newEmail="former@acme.example")
    try:
        world.write("update requests set approve_by = approve_by - 7260 where code = ?", code)
        reminded = await heard(world, TOM, f"⏰ {code} still waits", after=waiting["seq"])
        assert f"Webex finds nobody with the address {ANA}." in reminded["text"]
        await heard(world, ADA, f"nobody with the address {ANA}", after=waiting["seq"])
        await no_card(world, "former@acme.example", code)
    finally:
        await world.client.change_person("former@acme.example", newEmail=ANA)
    await world.say(TOM, f"cancel {code}")
    take(world, ANA, "approver")


async def test_nobody_who_could_approve_is_told_to_admins(world: World):
    seq = await world.client.seq()
    form = await world.say(TOM, "create dect network Nobody at Berlin")
    plan = await world.press(TOM, form, "Continue")
    async with world.nothing_changes():
        answer = await world.press(TOM, plan, "Confirm")
    assert "there is nobody who could give it for Berlin. Nothing was changed." in answer["text"]
    assert ASK_ADMIN in answer["text"]
    told = await heard(world, ADA, "too few people may give it", after=seq)
    assert "Please name an approver: grant WHO approver at Berlin." in told["text"]
    await world.press(TOM, plan, "Cancel")


@pytest.mark.parametrize("end", ["removed", "deleted"])
async def test_a_space_that_is_gone_is_told_and_approvers_are_asked_directly(
    allowlist: Path, tmp_path: Path, end: str
):
    async with approving(allowlist, tmp_path, room=SPACE, TESTS_INTERVALS_BY="10") as world:
        chat, bot = world.sandbox.cloud.chat, world.sandbox.cloud.bot_key
        space = await world.client.room(ANA, SPACE)
        (room,) = [room for room in chat.rooms_of(bot) if room.title == SPACE]
        first = await ask_for_network(world, TOM, "Before")
        code = cards.code_of(first)
        await card_of(world, ANA, code, room=space)
        if end == "removed":
            chat.remove(room.creator_key, room, bot)
        else:
            chat.close(room.creator_key, room)

        waiting = await ask_for_network(world, TOM, "After")
        assert waiting["text"].startswith("Waiting for approval")
        await card_of(world, ANA, cards.code_of(waiting))
        cause = "I cannot post in the approval space: it was deleted, or I was removed from it."
        await heard(world, ADA, cause, after=first["seq"])

        # The card of the first was in the space: the reminder finds that out.
        assert not await has_card(world, ANA, code)
        seq = await world.client.seq()
        world.write("update requests set approve_by = approve_by - 7260 where code = ?", code)
        for who in (ANA, BOB):
            await card_of(world, who, code)
        await heard(world, ADA, f"{code} waits for approval", after=seq)
