"""Deciding by typing, where a card cannot be pressed: the same as the buttons, and no more."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import BOB, approving, ask_for_network, became, card_of, networks
from tests.journeys.world import ANA, ELI, TESS, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAC = "D82E3EEF6A01"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Approvers hear of requests in direct messages."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


async def test_confirm_and_undo_work_by_typing(world: World):
    plan = await world.say(TOM, f"add phone {MAC} 8865 for bob@acme.example")
    code = cards.code_of(plan)
    assert plan["text"].endswith(f"Or type: confirm {code}, cancel {code}")
    async with world.nothing_changes():
        refused = await world.say(TESS, f"confirm {code}")
        assert "Only the person who asked for it can" in refused["text"]
        assert f"or type: confirm {code}" in (await world.say(TOM, "yes"))["text"]

    result = await world.say(TOM, f"confirm {code.lower()} please")

    assert result["text"].startswith("✓ Cisco 8865")
    assert len(await world.devices(MAC)) == 1
    await world.gone(TOM, plan)
    undo = await world.say(TOM, "undo")
    assert undo["text"].startswith("Delete the Cisco 8865 of Bob Keller")
    assert len(await world.devices(MAC)) == 1
    await world.press(TOM, undo, "Cancel")


async def test_confirm_alone_asks_which_of_two_plans(world: World):
    plans = [
        await world.say(ELI, f"add phone D82E3EEF6A0{last} 8865 for {who}@acme.example")
        for last, who in ((2, "kim"), (3, "bob"))
    ]
    async with world.nothing_changes():
        asked = await world.say(ELI, "confirm")
    for plan, name in zip(plans, ("Kim Larsen", "Bob Keller"), strict=True):
        assert f"confirm {cards.code_of(plan)} (Add a Cisco 8865 for {name}" in asked["text"]
        await world.press(ELI, plan, "Cancel")


async def test_approve_without_a_code_decides_on_the_only_request(world: World):
    waiting = await ask_for_network(world, TOM, "Fair")
    code = cards.code_of(waiting)
    await card_of(world, ANA, code)
    async with world.nothing_changes():
        assert f"approve {code}" in (await world.say(ANA, "ok"))["text"]

    await world.say(ANA, "approve it please")

    assert await became(world, code, "done", "failed") == "done"
    assert len(await networks(world, "Fair")) == 1


async def test_deny_without_a_code_carries_its_reason(world: World):
    waiting = await ask_for_network(world, TOM, "Yard")
    code = cards.code_of(waiting)
    await card_of(world, BOB, code)

    async with world.nothing_changes():
        await world.say(BOB, "deny because 7K3F was enough")

    assert world.state(code) == "rejected"
    (vote,) = world.rows("select * from decisions where request = ?", code)
    assert (vote["verdict"], vote["reason"]) == ("reject", "7K3F was enough")


async def test_what_was_done_is_still_listed_after_ten_forms(world: World):
    done = world.rows("select code from requests where state = 'done' and operation = 'add phone'")
    for _ in range(10):
        await world.say(TOM, "add phone")

    listing = await world.say(TOM, "requests")

    assert f"{done[0]['code']} · done" in listing["text"]
    opened = await world.press(TOM, listing, cards.buttons(listing)[0])
    assert list(cards.boxes(opened)) == ["mac", "model", "owner"]
