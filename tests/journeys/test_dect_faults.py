"""DECT requests whose calls fail, get lost or are not there, and how they are taken back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import approving
from tests.journeys.dect_networks import placed_base, placed_handset, placed_network
from tests.journeys.test_lists_told import confirm, has_card
from tests.journeys.world import ADA, ELI, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

KIM, JACK, OMAR = "kim@acme.example", "jack@acme.example", "omar@acme.example"
BULK = "*/dectNetworks/*/handsets/bulk"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers, and a short pause between changes of handsets."""
    folder = tmp_path_factory.mktemp("world")
    async with approving(allowlist, folder, PROVBOT_DECT_SPACING="0.2") as world:
        yield world


async def planned(world: World, name: str, members: str, command: str = "add handset") -> Json:
    """The plan for handsets of these members in a network that is there."""
    form = await world.say(ELI, f"{command} to {name}")
    inputs = {"network": name, "members": members}
    pressed = await world.client.press(ELI, form["id"], "Continue", inputs=inputs)
    return await world.answer(ELI, pressed["seq"], where=has_card)


async def test_without_a_call_for_several_handsets_each_is_added_alone(world: World):
    network = placed_network(world, "Dock 1")
    plan = await planned(world, "Dock 1", f"{KIM}\n{JACK}")
    await world.client.fault(method="POST", path=BULK, status=405, times=1)

    _, told = await confirm(world, ELI, plan)

    assert cards.facts(told)["Handsets added"] == "2"
    assert len(network.handsets) == 2


async def test_without_a_call_for_one_handset_second_lines_are_set(world: World):
    network = placed_network(world, "Dock 10")
    plan = await planned(world, "Dock 10", f"{KIM}; {OMAR}\n{JACK}")
    await world.client.fault(method="GET", path="*/dectNetworks/*/handsets/*", status=404, times=99)

    _, told = await confirm(world, ELI, plan)
    await world.client.clear_faults()

    assert cards.facts(told)["Second lines set"] == "1"
    assert sorted(len(each.lines) for each in network.handsets.values()) == [1, 2]


async def test_a_lost_answer_for_several_handsets_makes_no_doubles(world: World):
    network = placed_network(world, "Dock 2")
    plan = await planned(world, "Dock 2", f"{KIM}\n{JACK}")
    await world.client.fault(method="POST", path=BULK, status=502, afterCommit=True, times=1)

    _, told = await confirm(world, ELI, plan)

    assert cards.facts(told)["Handsets added"] == "2"
    assert len(network.handsets) == 2


async def test_one_refused_mac_does_not_hold_up_the_others(world: World):
    network = placed_network(world, "Dock 3")
    form = await world.say(ELI, "add base to Dock 3")
    macs = "D82E3E0D0301\nD82E3E0D0302\nD82E3E0D0303"
    pressed = await world.client.press(
        ELI, form["id"], "Continue", inputs={"network": "Dock 3", "bases": macs}
    )
    plan = await world.answer(ELI, pressed["seq"], where=has_card)
    path = "*/dectNetworks/*/baseStations"
    await world.client.fault(method="POST", path=path, status=400, times=1)
    await world.client.fault(what="refused_base", mac="D82E3E0D0302", times=1)

    _, told = await confirm(world, ELI, plan)

    assert cards.facts(told)["Bases added"] == "2"
    assert "Webex refused this base station without a reason." in told["text"]
    added = sorted(base.mac for base in network.base_stations.values())
    assert added == ["D82E3E0D0301", "D82E3E0D0303"]


async def test_what_was_added_to_a_network_is_taken_back_without_the_rest(world: World):
    network = placed_network(world, "Dock 4")
    placed_base(world, network, "D82E3E0D0401")
    placed_handset(world, network, "Old", OMAR)
    plan = await planned(world, "Dock 4", f"{KIM}; {OMAR}\n{JACK}")
    _, told = await confirm(world, ELI, plan)
    assert sorted(len(each.lines) for each in network.handsets.values()) == [1, 1, 2]

    undo = await world.press(ELI, told, "Undo")
    await confirm(world, ELI, undo)

    assert [each.name for each in network.handsets.values()] == ["Old"]
    assert len(network.base_stations) == 1


async def test_a_removed_handset_gets_both_lines_back(world: World):
    network = placed_network(world, "Dock 5")
    before = placed_handset(world, network, "Pair", KIM, second=OMAR)
    plan = await world.say(ELI, f"remove handset of {KIM} from Dock 5")
    result = await world.press(ELI, plan, "Confirm")
    assert network.handsets == {}

    undo = await world.press(ELI, result, "Undo")
    assert any("must be paired again" in text for text in cards.warnings(undo))
    await confirm(world, ELI, undo)

    (handset,) = network.handsets.values()
    assert (handset.name, handset.lines) == ("Pair", before.lines)


async def test_an_old_name_comes_back(world: World):
    network = placed_network(world, "Dock 6", code="4714")
    plan = await world.say(ELI, "rename dect network Dock 6 to Pier 6")
    result = await world.press(ELI, plan, "Confirm")

    undo = await world.press(ELI, result, "Undo")
    await world.press(ELI, undo, "Confirm")

    assert (network.name, network.access_code) == ("Dock 6", "4714")


async def test_a_lost_answer_for_an_access_code_is_compared_at_once(world: World):
    world.said_in_secret.add("0816")
    network = placed_network(world, "Dock 7", code="4715")
    plan = await world.say(ELI, "set the access code of Dock 7 to 0816")
    path = "*/dectNetworks/*"
    await world.client.fault(method="PUT", path=path, status=502, afterCommit=True, times=1)

    result = await world.press(ELI, plan, "Confirm")

    assert "has a new access code" in result["text"]
    assert network.access_code == "0816"


async def test_a_network_that_is_deleted_meanwhile_ends_the_request_at_once(world: World):
    network = placed_network(world, "Dock 8")
    plan = await planned(world, "Dock 8", f"{KIM}; {OMAR}\n{JACK}")
    gone = {"message": "DECT network does not exist.", "errorCode": 27455}
    await world.client.fault(method="POST", path=BULK, status=404, body=gone, times=1)

    _, told = await confirm(world, ELI, plan)

    assert "The DECT network was deleted meanwhile" in told["text"]
    assert network.handsets == {}


async def test_two_who_ask_for_the_same_handset_add_one(world: World):
    network = placed_network(world, "Dock 9")
    typed = f"add handset for {KIM} to Dock 9"
    plans = {person: await world.say(person, typed) for person in (ELI, ADA)}
    before = await world.client.seq()

    for person, plan in plans.items():
        await world.client.press(person, plan["id"], "Confirm")

    told = [(await world.answers(person, before))[-1]["text"] for person in plans]
    assert len(network.handsets) == 1
    assert [text.startswith("✓") for text in sorted(told)] == [False, True]
    assert "has the handset “Kim Larsen” in this network already" in min(told)
