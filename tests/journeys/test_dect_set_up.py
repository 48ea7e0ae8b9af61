"""Set up a DECT network whole, and add to one: what is built, and what is said before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests import database
from tests.journeys import cards
from tests.journeys.approving import heard
from tests.journeys.dect_networks import placed_base, placed_network
from tests.journeys.test_lists_told import confirm, has_card
from tests.journeys.world import ELI, TESS, TOM, Json, World, inside

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPACING = 0.3  # seconds
BOB, KIM, HUGO, CAROL = (f"{name}@acme.example" for name in ("bob", "kim", "hugo", "carol"))
MACS = [f"D82E3EEF{number:04X}" for number in range(0x6100, 0x6120)]
SHOWN_10 = ":".join(MACS[10][at : at + 2] for at in range(0, 12, 2))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With a short pause between changes of handsets, which the cloud counts as well."""
    folder = tmp_path_factory.mktemp("world")
    database.copy(allowlist, folder / "provbot.db")
    async with Sandbox(Settings(dect_spacing_s=SPACING)) as sandbox:
        world = World(sandbox, folder, {"PROVBOT_DECT_SPACING": str(SPACING)})
        async with inside(world):
            yield world


async def network(world: World, name: str, location: str = "Berlin") -> Json:
    """The network as the cloud has it."""
    (there,) = [
        each
        for each in await world.client.dect()
        if (each["name"], each["location"]) == (name, location)
    ]
    return there


async def planned(world: World, person: str, command: str, **inputs: str) -> Json:
    """The plan of a form that opens with the command; a list stands behind its check."""
    form = await world.say(person, command)
    pressed = await world.client.press(person, form["id"], "Continue", inputs=inputs)
    return await world.answer(person, pressed["seq"], where=has_card)


async def test_the_whole_network_is_built_from_one_form_in_its_pace(world: World):
    world.said_in_secret.add("0417")
    form = await world.say(ELI, "set up dect Hall at Berlin")
    assert [*cards.boxes(form)] == [
        *("location", "name", "display_name", "model", "access_code", "bases", "members"),
    ]
    plan = await world.press(
        ELI, form, "Continue",
        display_name="Hall", model="DBS210", access_code="0417", bases="\n".join(MACS[:2]),
        members=f"{BOB}; Night Desk\n{HUGO}\nLobby Berlin; ; Front desk",
    )  # fmt: skip
    assert plan["text"].startswith(
        "Set up the DECT network Hall in Berlin: 2 base stations and 3 handsets"
    )
    facts = cards.facts(plan)
    assert facts["Access code"] == "one for all, as entered (never shown)"
    assert facts["Handsets"] == "3: Bob Keller, Hugo Petit and “Front desk” of Lobby Berlin"
    assert (facts["Second line"], facts["DECT network"]) == ("Night Desk", "Hall")
    assert "Webex wants 0.3 s between changes" in facts["Time needed"]
    assert any("Hugo Petit is in Lyon" in text for text in cards.warnings(plan))

    _, told = await confirm(world, ELI, plan)

    assert told["text"].startswith("✓ Set up the DECT network Hall in Berlin")
    hall = await network(world, "Hall")
    assert [base["mac"] for base in hall["baseStations"]] == MACS[:2]
    assert {handset["name"]: handset["lines"] for handset in hall["handsets"]} == {
        "Bob Keller": ["Bob Keller", "Night Desk"],
        "Hugo Petit": ["Hugo Petit"],
        "Front desk": ["Lobby Berlin"],
    }
    assert (hall["sharedCode"], hall["earlyChanges"]) == (True, 0)
    assert "0417" not in str(await world.client.messages(ELI))


async def test_the_same_again_adds_what_is_missing(world: World):
    members = f"{BOB}; Night Desk\n{KIM}"
    plan = await planned(
        world, ELI, "set up dect hall at Berlin",
        model="DBS110", bases=f"{MACS[0]}\n{MACS[2]}", members=members,
    )  # fmt: skip
    assert plan["text"].startswith("Add 1 base station and 1 handset to Hall")
    assert cards.facts(plan)["DECT network"] == "Hall (is there already)"
    assert "DBS210" in cards.facts(plan)["Model"]
    assert any("stay as they are" in text for text in cards.warnings(plan))

    await confirm(world, ELI, plan)

    hall = await network(world, "Hall")
    assert [base["mac"] for base in hall["baseStations"]] == MACS[:3]
    assert [handset["name"] for handset in hall["handsets"]][3:] == ["Kim Larsen"]

    again = await planned(
        world, ELI, "set up dect Hall at Berlin", model="DBS210", bases=MACS[2], members=members
    )
    assert again["text"].startswith("Nothing is left to do")
    assert "Confirm" not in cards.buttons(again)


async def test_a_network_that_somebody_made_meanwhile_gets_the_rest(world: World):
    plan = await planned(
        world, ELI, "set up dect Yard at Berlin", model="DBS210", bases=MACS[12], members=BOB
    )
    placed_network(world, "Yard", "Berlin")

    after = await world.press(ELI, plan, "Confirm")

    assert "No longer needed: Create the DECT network Yard in Berlin." in after["text"]
    assert "Line 0" not in after["text"]
    assert cards.facts(after)["DECT network"] == "Yard (is there already)"
    await confirm(world, ELI, after)
    yard = await network(world, "Yard")
    assert [base["mac"] for base in yard["baseStations"]] == [MACS[12]]


async def test_what_is_wrong_is_left_out_and_said(world: World):
    taken = placed_network(world, "Taken", "Lyon")
    placed_base(world, taken, MACS[8])
    plan = await planned(
        world, ELI, "set up dect Small at Berlin",
        model="DBS110",
        bases="\n".join([*MACS[9:11], MACS[8], "001122334455"]),
        members=f"{KIM}\n{CAROL}\nNight Desk\nnobody@acme.example",
    )  # fmt: skip
    assert plan["text"].startswith(
        "Set up the DECT network Small in Berlin: 1 base station and 2 handsets"
    )
    for sentence in (
        f"Line 2: The base station {SHOWN_10} is left out: ",
        "for 1 base station at most, and this row would make 2",
        "is a base station of the DECT network Taken in Lyon",
        "Night Desk is a virtual line, which can only be the second line",
        "is in use by the Cisco 8845 of Erin Walsh",
        "I found no person or workspace called “nobody@acme.example”",
    ):
        assert sentence in plan["text"]


async def test_a_base_station_and_a_handset_are_added_by_one_line_each(world: World):
    placed_network(world, "Dock", "Lyon")
    plan = await world.say(TOM, f"add base {MACS[16]} to the dock")
    assert plan["text"].startswith(f"Add base station {cards.facts(plan)['Base station']} to Dock")
    _, told = await confirm(world, TOM, plan)
    assert cards.facts(told)["Bases added"] == "1"

    plan = await world.say(TOM, f"add handset for {KIM} to Dock")
    assert plan["text"].startswith("Add a handset of Kim Larsen to Dock")
    _, told = await confirm(world, TOM, plan)
    dock = await network(world, "Dock", "Lyon")
    assert [handset["lines"] for handset in dock["handsets"]] == [["Kim Larsen"]]

    undo = await world.press(TOM, told, "Undo")
    await confirm(world, TOM, undo)
    assert (await network(world, "Dock", "Lyon"))["handsets"] == []


async def test_a_network_alone_is_set_up_and_taken_back(world: World):
    plan = await world.say(ELI, "set up dect Bare at Lyon DBS210")
    assert plan["text"].startswith("Set up the DECT network Bare in Lyon")
    told = await world.press(ELI, plan, "Confirm")
    assert told["text"].startswith("✓ Set up the DECT network Bare in Lyon"), told["text"]
    assert (await network(world, "Bare", "Lyon"))["baseStations"] == []
    undo = await world.press(ELI, told, "Undo")
    await world.press(ELI, undo, "Confirm")
    await world.at_rest()
    networks = world.sandbox.cloud.organization.dect_networks.values()
    assert not any(each.name == "Bare" for each in networks)


async def test_a_plan_never_moves_to_a_network_with_a_similar_name(world: World):
    gruppe = placed_network(world, "Gruppe")
    placed_network(world, "Gruppe2")
    plan = await world.say(ELI, f"add handset for {KIM} to Gruppe")
    del world.sandbox.cloud.organization.dect_networks[gruppe.key]
    seq = await world.client.seq()

    form = await world.press(ELI, plan, "Confirm")

    gone = "The DECT network Gruppe, which the plan was for, is not there any more."
    assert gone in form["text"]
    assert await world.changes(seq) == []
    again = await world.say(ELI, f"add handset for {KIM} to Gruppe")
    assert "I found no DECT network called “Gruppe”. Did you mean" in again["text"]
    chosen = cards.choices(again, "network")["Gruppe2 · Lyon · DBS210"]
    plan = await world.press(ELI, again, "Continue", network=chosen)
    assert cards.facts(plan)["DECT network"] == "Gruppe2"


async def test_a_network_whose_name_repeats_is_chosen(world: World):
    placed_network(world, "Gate", "Lyon")
    second = placed_network(world, "Gate 2", "Austin")
    second.name = "Gate"
    form = await world.say(TOM, f"add base {MACS[18]} to Gate")
    assert "2 DECT networks match “Gate”. Which one?" in form["text"]
    wanted = cards.choices(form, "network")["Gate · Lyon · DBS210"]
    plan = await world.press(TOM, form, "Continue", network=wanted)
    await confirm(world, TOM, plan)
    gate = await network(world, "Gate", "Lyon")
    assert [base["mac"] for base in gate["baseStations"]] == [MACS[18]]


async def test_people_of_one_location_find_only_its_networks(world: World):
    placed_network(world, "Pier", "Austin")
    form = await world.say(TESS, f"add base {MACS[20]} to Pier")
    assert "I found no DECT network called “Pier” in your locations." in form["text"]
    assert "Pier ·" not in str(cards.choices(form, "network"))


async def test_a_file_sets_up_a_network(world: World):
    content = (
        "base mac;owner;line 2;display name\n"
        f"{MACS[24]};{BOB};;Bob DECT\n{MACS[25]};;;\n;Lobby Berlin;Night Desk;\nnot a mac;;;\n"
    )
    seq = await world.client.seq()
    await world.client.send_file(
        ELI, "dect.csv", content.encode(), text="set up dect Annex at Berlin model DBS210"
    )
    check = await heard(world, ELI, "Set up the DECT network Annex in Berlin", after=seq)
    assert cards.facts(check)["Wrong"] == "1"
    await confirm(world, ELI, check)
    await world.at_rest()
    annex = await network(world, "Annex")
    assert [base["mac"] for base in annex["baseStations"]] == [MACS[24], MACS[25]]
    assert {handset["name"]: handset["lines"] for handset in annex["handsets"]} == {
        "Bob DECT": ["Bob Keller"],
        "Lobby Berlin": ["Lobby Berlin", "Night Desk"],
    }
