"""The approval space chosen in chat: by an admin, in the space itself, with a plan first."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import (
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
from tests.journeys.crash import start_again
from tests.journeys.world import ADA, ANA, NAMES, TOM, Json, World, command

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPACE = "Phone rollout"
USE, STOP = "use this space for approvals", "stop using this space for approvals"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers, who get direct messages at first."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


async def told(world: World, text: str, space: str, who: str = ADA) -> Json:
    """Write it in the space; the plan, or the refusal."""
    return await world.say(who, text, roomId=space, mention=True)


async def confirmed(world: World, text: str, space: str) -> Json:
    """The same, confirmed."""
    return await world.press(ADA, await told(world, text, space), "Confirm")


async def test_an_admin_chooses_the_space_and_gives_it_up_again(world: World):
    space = await world.client.room(ADA, SPACE)
    give(world, BOB, "admin")
    before = await ask_for_network(world, TOM, "Before")
    seq = await world.client.seq()

    plan = await told(world, USE, space)
    assert plan["text"].startswith(f"Post approval cards in the space “{SPACE}”")
    assert cards.facts(plan)["Until now"] == "direct messages to each approver"
    assert any("may not decide, but see the cards" in text for text in cards.warnings(plan))
    result = await world.press(ADA, plan, "Confirm")
    assert f"Approval cards are posted in the space “{SPACE}”" in result["text"]
    await heard(world, BOB, f"{NAMES[ADA]}: Approval cards are posted", after=seq)
    assert f"are posted in the space “{SPACE}”" in (await world.say(ADA, "access"))["text"]

    await start_again(world)
    waiting = await ask_for_network(world, TOM, "Inside")
    code = cards.code_of(waiting)
    await card_of(world, ANA, code, room=space)
    assert not await has_card(world, ANA, code)
    assert await has_card(world, ANA, cards.code_of(before))  # it stays where it was asked
    assert not await has_card(world, ANA, cards.code_of(before), space)

    undone = await world.press(ADA, result, "Undo")
    assert undone["text"].startswith("Send approval cards as direct messages")
    await world.press(ADA, undone, "Confirm")
    after = cards.code_of(await ask_for_network(world, TOM, "After"))
    await card_of(world, ANA, after)
    for request, room in ((code, space), (after, None), (cards.code_of(before), None)):
        await world.say(TOM, f"cancel {request}")
        await no_card(world, ANA, request, room)
    take(world, BOB, "admin")
    trail = await command(world.env, world.database.parent, "audit", "export")
    assert trail.count('"action":"approval space"') == 2


async def test_only_in_a_space_and_only_by_admins(world: World):
    space = await world.client.room(ADA, SPACE)
    async with world.nothing_changes():
        direct = await world.say(ADA, USE)
        other = await told(world, USE, space, TOM)
        none = await told(world, STOP, space)
        form = await world.say(ADA, "approval space")
    assert direct["text"].startswith("This is a direct message")
    assert "In this space" not in str(form["attachments"])
    assert "does not allow “approval space”" in other["text"]
    assert none["text"] == "Approvers get direct messages already. Nothing was changed."

    await confirmed(world, USE, space)
    assert "posted in this space already" in (await told(world, USE, space))["text"]
    elsewhere = await world.say(ADA, STOP)
    assert elsewhere["text"].startswith(f"Approval cards are posted in “{SPACE}”.")
    stopped = await confirmed(world, STOP, space)
    assert "Approval cards are sent as direct messages" in stopped["text"]


async def test_a_space_that_is_gone_is_told_and_can_be_given_up_from_anywhere(
    allowlist: Path, tmp_path: Path
):
    async with approving(allowlist, tmp_path) as world:
        chat, bot = world.sandbox.cloud.chat, world.sandbox.cloud.bot_key
        await confirmed(world, USE, await world.client.room(ADA, SPACE))
        (room,) = [room for room in chat.rooms_of(bot) if room.title == SPACE]
        chat.close(room.creator_key, room)

        seq = await world.client.seq()
        waiting = await ask_for_network(world, TOM, "Gone")
        assert waiting["text"].startswith("Waiting for approval")
        await card_of(world, ANA, cards.code_of(waiting))
        admin = await heard(world, ADA, "I cannot post in the approval space", after=seq)
        assert "write “use this space for approvals” in another one" in admin["text"]
        assert "I could not post there the last time" in (await world.say(ADA, "access"))["text"]

        plan = await world.say(ADA, STOP)
        assert plan["text"].startswith("Send approval cards as direct messages")
        await world.press(ADA, plan, "Confirm")
        assert "Approvers get direct messages." in (await world.say(ADA, "access"))["text"]


async def test_the_setting_wins(allowlist: Path, tmp_path: Path):
    async with approving(allowlist, tmp_path, room=SPACE) as world:
        refused = await told(world, USE, await world.client.room(ADA, SPACE))
        assert "is set by PROVBOT_APPROVAL_ROOM, so chat cannot change it." in refused["text"]
        assert world.rows("select room_id from approval_space") == []
        listed = await world.say(ADA, "access")
        assert f"in the space “{SPACE}”, set by PROVBOT_APPROVAL_ROOM." in listed["text"]
