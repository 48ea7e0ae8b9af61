"""Somebody without a role asks for access; admins answer, at the same time and after a crash."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import approving, give, take
from tests.journeys.crash import start_again_at_rest
from tests.journeys.world import ADA, ELI, SAM, VERA, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASK = "Ask for access"
DECISIONS = ["Viewer", "Technician", "Engineer", "Approver", "Dismiss"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world with two admins."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        give(world, ELI, "admin")
        yield world


def roles(world: World, who: str) -> list[str]:
    return [row["role"] for row in world.rows("select role from access where who = ?", who)]


def forget_asks(world: World) -> None:
    """As if a day had passed."""
    world.write("update access_asks set asked_at = asked_at - 90000")


async def card_of(world: World, admin: str, after: int, who: str = SAM) -> Json:
    """The card about an ask that this admin has."""
    return await world.answer(
        admin, after, where=lambda message: "asks for access" in message.get("text", "")
        and who in message["text"],
    )  # fmt: skip


async def asked(world: World, who: str = SAM, text: str = "help") -> tuple[int, Json]:
    """Be refused and ask for access: the number of the last message before, and the answer."""
    refusal = await world.say(who, text)
    assert cards.buttons(refusal) == [ASK]
    seq = await world.client.seq()
    return seq, await world.press(who, refusal, ASK)


async def test_a_stranger_asks_and_an_admin_gives_a_role(fresh: World):
    refusal = await fresh.say(SAM, "add phone")
    assert "The admin is Ada Fischer (ada@acme.example)." in refusal["text"]
    seq = await fresh.client.seq()
    answer = await fresh.press(SAM, refusal, ASK)
    assert answer["text"].startswith("I asked the admins")

    card = await card_of(fresh, ADA, seq)
    assert card["text"].startswith("Sam Stone asks for access")
    assert cards.facts(card) == {"Address": SAM, "Roles now": "none", "Tried": "add phone"}
    assert cards.buttons(card) == DECISIONS
    plan = await fresh.press(ADA, card, "Technician")
    assert "Give Sam Stone the role technician everywhere" in plan["text"]
    assert roles(fresh, SAM) == []
    seq = await fresh.client.seq()
    result = await fresh.press(ADA, plan, "Confirm")

    assert f"{SAM} is now a technician" in cards.plain(result["text"])
    assert "gave you the role technician" in (await fresh.answer(SAM, seq))["text"]
    assert cards.buttons(await fresh.say(SAM, "add phone")) == ["Continue", "Cancel"]
    again = await fresh.press(SAM, refusal, ASK)
    assert again["text"].startswith("You have a role now: technician everywhere.")
    asked_by_ada = await fresh.say(ADA, "approvals")
    assert f"grant {ADA} approver" in asked_by_ada["text"]
    assert not asked_by_ada.get("attachments")
    actions = [row["action"] for row in fresh.rows("select action from audit order by seq")]
    assert actions.index("asked for access") < actions.index("granted", len(actions) - 5)
    await fresh.gone(ADA, card)


async def test_two_admins_press_at_the_same_time(world: World):
    seq, _ = await asked(world)
    of_ada, of_eli = await card_of(world, ADA, seq), await card_of(world, ELI, seq)
    plans = await asyncio.gather(
        world.press(ADA, of_ada, "Viewer"), world.press(ELI, of_eli, "Viewer")
    )
    results = await asyncio.gather(
        world.press(ADA, plans[0], "Confirm"), world.press(ELI, plans[1], "Confirm")
    )
    texts = [cards.plain(result["text"]) for result in results]
    assert any(f"{SAM} is now a viewer everywhere" in text for text in texts)
    await world.at_rest()
    assert roles(world, SAM) == ["viewer"]
    assert len(world.rows("select 1 from audit where action = 'granted' and detail like ?",
                          f"%{SAM}%")) == 1  # fmt: skip
    await world.gone(ADA, of_ada)
    await world.gone(ELI, of_eli)
    take(world, SAM, "viewer")


async def test_an_admin_who_presses_too_late_hears_who_gave_the_role(world: World):
    seq, _ = await asked(world)
    card = await card_of(world, ELI, seq)
    await world.access("add", SAM, "viewer")  # the shell ends the ask as well

    late = await world.craft(ELI, card, access="give", ask=_id(world), role="technician")

    assert f"Sam Stone ({SAM}) has the role viewer everywhere now" in cards.plain(late["text"])
    await world.gone(ELI, card)
    take(world, SAM, "viewer")


async def test_a_dismissed_ask_is_answered_without_a_name(world: World):
    refusal = await world.say(SAM, "help")
    seq = await world.client.seq()
    await world.press(SAM, refusal, ASK)
    card = await card_of(world, ADA, seq)
    seq = await world.client.seq()
    answer = await world.press(ADA, card, "Dismiss")
    assert answer["text"].startswith(f"Dismissed. Sam Stone ({SAM})")
    told = await world.answer(SAM, seq)
    assert "gave you no role" in told["text"]
    assert "Ada" not in told["text"]
    again = await world.press(SAM, refusal, ASK)
    assert "An admin has dismissed your request for access." in again["text"]
    assert "You can ask again in 24 hours." in again["text"]
    await world.gone(ADA, card)
    forget_asks(world)


async def test_a_role_that_does_not_suffice_can_be_asked_for(world: World):
    refusal = await world.say(VERA, "add phone")
    assert cards.buttons(refusal) == [ASK]
    assert "Admins are Ada Fischer" in refusal["text"]
    seq = await world.client.seq()
    await world.press(VERA, refusal, ASK)
    card = await card_of(world, ADA, seq, VERA)
    assert cards.facts(card) == {
        "Address": VERA,
        "Roles now": "viewer everywhere",
        "Tried": "add phone",
    }
    assert cards.buttons(card) == DECISIONS[1:]  # viewer she is
    again = await world.press(VERA, refusal, ASK)
    assert again["text"].startswith("Your request for access is open")
    await world.press(ADA, card, "Dismiss")


async def test_an_ask_survives_a_power_cut(fresh: World):
    refusal = await fresh.say(SAM, "help")
    seq = await fresh.client.seq()
    await fresh.press(SAM, refusal, ASK)
    card = await card_of(fresh, ADA, seq)
    await start_again_at_rest(fresh)

    plan = await fresh.press(ADA, card, "Viewer")
    await start_again_at_rest(fresh)
    result = await fresh.press(ADA, plan, "Confirm")

    assert f"{SAM} is now a viewer" in cards.plain(result["text"])
    assert roles(fresh, SAM) == ["viewer"]


async def test_another_organization_gets_no_button(fresh: World):
    await fresh.client.change_person(SAM, external=True)
    refusal = await fresh.say(SAM, "help")
    assert "ada@" not in refusal["text"]
    assert not refusal.get("attachments")
    assert await fresh.answers(ADA, 0) == []


def _id(world: World) -> str:
    rows = world.rows("select id from access_asks order by asked_at desc")
    return str(rows[0]["id"])
