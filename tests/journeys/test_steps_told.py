"""What people read about a change of several steps: in chat, on the server, and in the trail."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import approving, card_of, heard
from tests.journeys.world import ADA, ANA, TESS, TOM, Json, World, command

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "DMS Cisco 8845"
KIM, JACK = "kim@acme.example", "jack@acme.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


async def half_done(world: World, old: str, new: str) -> Json:
    """Swap a phone with tags; Webex refuses the new one. The answer."""
    await world.client.place_phone(old, MODEL, ownerEmail="bob@acme.example")
    phones = world.sandbox.cloud.organization.phones.values()
    next(phone for phone in phones if phone.mac == old).tags = ["lobby"]
    plan = await world.say(TOM, f"swap {old} with {new} 8865")
    await world.client.fault(
        method="POST", path="/devices", status=400, message="Device model is not supported."
    )
    return await world.press(TOM, plan, "Confirm")


async def test_what_is_half_done_is_told_step_by_step_wherever_it_is_asked(
    world: World, tmp_path: Path
):
    told = await half_done(world, "D82E3EEF8201", "D82E3EEF8202")
    code = cards.code_of(told)

    card = await world.say(TOM, f"request {code}")
    details = cards.plain(card["text"])
    assert cards.buttons(card) == cards.buttons(told) == ["Put the old one back"]
    again = (await world.say(TOM, f"confirm {code}"))["text"]
    listed = (await world.say(TOM, "requests"))["text"]
    trail = (await world.say(ADA, f"audit {code}"))["text"]
    shown = await command(world.env, tmp_path, "requests", "show", code)

    refused = "Webex does not support this model in your organization."
    assert "needs approval" not in told["text"]
    assert "State: partly done" in details
    assert "1. Delete the Cisco 8845 of Bob Keller · done at" in details
    assert "2. Add a Cisco 8865 for Bob Keller · not done at" in details
    assert f"· {refused} Please choose one from the list. · Webex 400 · POST devices" in details
    assert "3. Put the tag lobby on it · not begun" in details
    assert again.startswith(f"{code} has ended. 1 of 3 done: Delete the Cisco 8845 of Bob Keller.")
    assert f"{code} · partly done" in listed
    assert "step started" in trail
    assert "partly done" in trail
    assert "step         1. Delete the Cisco 8845 of Bob Keller · done" in shown
    assert "step         3. Put the tag lobby on it · not begun" in shown
    assert "1 of 3 done" in shown
    for text in (told["text"], details, again, listed, trail, shown):
        assert "Nothing was changed" not in text


async def test_an_approver_sees_the_steps_and_both_locations_and_hears_the_end(world: World):
    await world.client.place_phone("D82E3EEF8203", MODEL, ownerEmail=KIM)
    plan = await world.say(TOM, f"move D82E3EEF8203 to {JACK}")
    waiting = await world.press(TOM, plan, "Confirm")
    code = cards.code_of(waiting)
    card = await card_of(world, ANA, code)
    assert "1. Delete the Cisco 8845 of Kim Larsen" in cards.plain(card["text"])
    assert cards.facts(card)["Location"] == "Lyon and Berlin"
    seq = await world.client.seq()
    await world.client.fault(method="POST", path="/devices", status=400, message="No.")

    await world.client.press(ANA, card["id"], "Approve")

    told = await heard(world, ANA, f"{code} is partly done (1 of 2 done)", after=seq)
    refused = "The second (Add a Cisco 8845 for Jack Doyle) was refused: Webex says “No”."
    assert f"{refused} Nothing else was changed." in told["text"]
    half_done = await heard(world, TOM, "Partly done: Move the Cisco 8845 of Kim", after=seq)
    assert "Putting it back needs approval again." in half_done["text"]


async def test_the_plan_of_a_technician_lists_its_steps(world: World):
    await world.client.place_phone("D82E3EEF8204", MODEL, ownerEmail=KIM)
    plan = await world.say(TESS, "swap D82E3EEF8204 with D82E3EEF8205")
    shown = cards.plain(plan["text"])
    assert "1. Delete the Cisco 8845 of Kim Larsen\n2. Add a Cisco 8845 for Kim Larsen" in shown
    await world.press(TESS, plan, "Cancel")
