"""A DECT network: with one access code for all, or one per user; typed and by form."""

import pytest

from sandbox.organization.dect_stations import add_base_station
from tests.journeys import cards
from tests.journeys.world import ADA, ELI, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def network(world: World, name: str) -> list[Json]:
    networks = (await world.client.organization())["dectNetworks"]
    return [network for network in networks if network["name"] == name]


async def test_the_form_leads_to_a_network_with_one_access_code_that_nobody_sees(world: World):
    world.said_in_secret.add("8362")
    form = await world.say(ELI, "create dect network")
    assert list(cards.boxes(form)) == ["location", "name", "display_name", "model", "access_code"]
    assert list(cards.choices(form, "location")) == ["Austin", "Berlin", "Lyon"]

    plan = await world.press(
        ELI, form, "Continue",
        location="Lyon", name="Hall 4", display_name="Hall4", model="DBS110", access_code="8362",
    )  # fmt: skip
    assert "never shown" in cards.facts(plan)["Access code"]
    assert "up to 30 lines" in cards.facts(plan)["Model"]
    result = await world.press(ELI, plan, "Confirm")

    assert "The DECT network Hall 4 was created in Lyon" in result["text"]
    (made,) = await network(world, "Hall 4")
    assert made["accessCodeEnabled"] is True
    assert (made["model"], made["displayName"]) == ("DMS Cisco DBS110", "Hall4")
    codes = [
        created.access_code for created in world.sandbox.cloud.organization.dect_networks.values()
    ]
    assert "8362" in codes
    assert "8362" not in str(await world.client.messages(ELI))


async def test_a_typed_command_needs_only_continue_for_codes_per_user(world: World):
    form = await world.say(ELI, "create dect network Night shift at berlin")
    assert cards.filled(form) == {"location": "Berlin", "name": "Night shift", "model": "DBS210"}

    plan = await world.press(ELI, form, "Continue")
    assert cards.facts(plan)["Access code"] == "one per user"
    assert "250 base stations and 1000 lines" in cards.facts(plan)["Model"]
    result = await world.press(ELI, plan, "Confirm")

    assert "shows the codes that Webex gives; Control Hub has all of them" in result["text"]
    assert "“add base MAC to Night shift”" in result["text"]
    (made,) = await network(world, "Night shift")
    assert (made["accessCodeEnabled"], made["location"]) == (False, "Berlin")


async def test_an_access_code_can_begin_with_zeros(world: World):
    world.said_in_secret.add("0079")
    form = await world.say(ADA, "create dect network Zeros at Austin")
    plan = await world.press(ADA, form, "Continue", access_code="0079")
    await world.press(ADA, plan, "Confirm")

    codes = [
        created.access_code for created in world.sandbox.cloud.organization.dect_networks.values()
    ]
    assert "0079" in codes


async def test_with_approval_the_plan_is_shown_and_nothing_runs(world: World):
    form = await world.say(TOM, "create dect network Tom's at Berlin")
    plan = await world.press(TOM, form, "Continue")
    assert "needs approval" in plan["text"]

    async with world.nothing_changes():
        answer = await world.press(TOM, plan, "Confirm")

    assert "Waiting for approval" in answer["text"]
    assert await network(world, "Tom's") == []


async def test_a_code_typed_into_the_command_is_kept_as_a_secret(world: World):
    world.said_in_secret.add("7305")
    form = await world.say(ELI, "create dect network Typed at Lyon access code 7305")
    assert "7305" not in str(form["attachments"]) + form["text"]
    plan = await world.press(ELI, form, "Continue")

    assert cards.facts(plan)["Access code"].startswith("one for all")
    assert cards.facts(plan)["Location"] == "Lyon"
    await world.press(ELI, plan, "Cancel")


async def test_a_refused_code_is_dropped_so_that_an_empty_box_means_none(world: World):
    form = await world.say(ELI, "create dect network Dropped at Lyon")
    again = await world.press(ELI, form, "Continue", access_code="12")
    assert "exactly four digits" in again["text"]

    plan = await world.press(ELI, again, "Continue")

    assert cards.facts(plan)["Access code"] == "one per user"
    await world.press(ELI, plan, "Cancel")


async def test_a_code_replaced_by_a_dash_means_codes_per_user(world: World):
    world.said_in_secret.add("5926")
    form = await world.say(ELI, "create dect network Dash at Lyon")
    plan = await world.press(ELI, form, "Continue", access_code="5926")
    again = await world.press(ELI, plan, "Change")
    assert "5926" not in str(again)

    plan = await world.press(ELI, again, "Continue", access_code="-")

    assert cards.facts(plan)["Access code"] == "one per user"
    await world.press(ELI, plan, "Cancel")


async def created(world: World, name: str) -> Json:
    """The result of a new network in Lyon."""
    form = await world.say(ELI, f"create dect network {name} at Lyon")
    plan = await world.press(ELI, form, "Continue")
    return await world.press(ELI, plan, "Confirm")


async def test_a_new_network_is_taken_back_while_nothing_is_in_it(world: World):
    result = await created(world, "Wrong place")
    assert cards.buttons(result) == [
        "Undo", "Add base", "Add handset", "Show network", "Another network",
    ]  # fmt: skip
    form = await world.press(ELI, result, "Add handset")
    assert form["text"].startswith("Add handsets\n")
    await world.press(ELI, form, "Cancel")

    plan = await world.press(ELI, result, "Undo")
    assert cards.facts(plan) == {"Delete network": "Wrong place · Lyon", "Location": "Lyon"}
    undone = await world.press(ELI, plan, "Confirm")

    assert "is undone: Create the DECT network Wrong place in Lyon" in undone["text"]
    assert cards.facts(undone)["Deleted network"] == "Wrong place · Lyon"
    assert await network(world, "Wrong place") == []


async def test_a_new_network_in_which_something_is_by_now_stays(world: World):
    result = await created(world, "In use")
    organization = world.sandbox.cloud.organization
    made = next(each for each in organization.dect_networks.values() if each.name == "In use")
    add_base_station(organization, made, "D82E3E0D0001")

    async with world.nothing_changes():
        refused = await world.press(ELI, result, "Undo")

    assert "has 1 base station that this request did not add" in refused["text"]
    assert "type “delete dect network In use”" in refused["text"]
    assert len(await network(world, "In use")) == 1
