"""Remove base stations and handsets, change and delete DECT networks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.settings import Settings
from tests.journeys import cards
from tests.journeys.approving import approving, card_of, heard, networks
from tests.journeys.dect_networks import placed_base, placed_handset, placed_network
from tests.journeys.world import ADA, ANA, ELI, TESS, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASE, OTHER_BASE = "D82E3EEF8D01", "D82E3EEF8D02"
SHOWN = "D8:2E:3E:EF:8D:01"
KIM, JACK, OMAR = "kim@acme.example", "jack@acme.example", "omar@acme.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers, and a short pause between changes of handsets."""
    folder = tmp_path_factory.mktemp("world")
    settings = Settings(dect_spacing_s=0.15)
    async with approving(allowlist, folder, settings=settings, PROVBOT_DECT_SPACING="0.2") as world:
        yield world


async def test_a_base_station_is_found_by_its_mac_alone_and_removed(world: World):
    network = placed_network(world, "Dock")
    placed_base(world, network, BASE)
    placed_base(world, network, OTHER_BASE)

    plan = await world.say(ELI, f"remove base {BASE.lower()}")

    assert plan["text"].startswith(f"Remove the base station {SHOWN} from Dock")
    assert cards.facts(plan)["Other bases"] == "1"
    seq = await world.client.seq()
    result = await world.press(ELI, plan, "Confirm")
    assert f"✓ The base station {SHOWN} was removed from Dock" in result["text"]
    assert [base.mac for base in network.base_stations.values()] == [OTHER_BASE]
    assert [call["method"] for call in await world.changes(seq)] == ["DELETE"]


async def test_a_removed_base_station_is_added_again_by_undo(world: World):
    network = placed_network(world, "Dock")
    placed_base(world, network, BASE)
    plan = await world.say(ELI, f"remove base {BASE} from Dock")
    result = await world.press(ELI, plan, "Confirm")
    assert not network.base_stations

    undo = await world.press(ELI, result, "Undo")
    await world.press(ELI, undo, "Confirm")

    assert [base.mac for base in network.base_stations.values()] == [BASE]


async def test_without_a_mac_the_form_has_a_choice_of_the_base_stations(world: World):
    network = placed_network(world, "Dock")
    placed_base(world, network, BASE)
    placed_base(world, network, OTHER_BASE)
    form = await world.say(ELI, "remove base from Dock")
    assert "Which base station of Dock in Lyon?" in form["text"]

    plan = await world.press(ELI, form, "Continue", base=SHOWN)

    assert plan["text"].startswith(f"Remove the base station {SHOWN} from Dock")


async def test_a_technician_of_lyon_neither_sees_nor_removes_what_is_elsewhere(world: World):
    placed_base(world, placed_network(world, "Dock", "Berlin"), BASE)
    async with world.nothing_changes():
        form = await world.say(TESS, f"remove base {BASE}")
    assert "in any DECT network in your locations" in form["text"]


async def test_the_handsets_of_two_people_are_removed_with_one_call(world: World):
    network = placed_network(world, "Ramp")
    placed_handset(world, network, "Kim", KIM)
    placed_handset(world, network, "Jack", JACK, second=OMAR)
    placed_handset(world, network, "Omar", OMAR)

    plan = await world.say(ELI, f"remove handset of {KIM} and {JACK} from Ramp")

    assert plan["text"].startswith("Remove 2 DECT handsets from Ramp")
    seq = await world.client.seq()
    await world.client.press(ELI, plan["id"], "Confirm")
    await heard(world, ELI, "✓ Removed 2 DECT handsets from Ramp", after=seq)
    assert [handset.name for handset in network.handsets.values()] == ["Omar"]
    (call,) = await world.changes(seq)
    assert (call["method"], call["path"].rpartition("/")[2]) == ("DELETE", "handsets")

    undo = await world.say(ELI, "undo")
    seq = await world.client.seq()
    await world.client.press(ELI, undo["id"], "Confirm")
    await heard(world, ELI, "is undone: Remove 2 DECT handsets from Ramp", after=seq)
    lines = {handset.name: len(handset.lines) for handset in network.handsets.values()}
    assert lines == {"Omar": 1, "Kim": 1, "Jack": 2}
    assert network.early_changes == 0


async def test_handsets_in_two_networks_are_a_choice(world: World):
    ramp, hall = placed_network(world, "Ramp"), placed_network(world, "Gate", "Berlin")
    placed_handset(world, ramp, "Kim", KIM)
    placed_handset(world, hall, "Kim upstairs", KIM)
    form = await world.say(ELI, f"remove handset of {KIM}")
    assert "Kim Larsen has 2 handsets, in Gate in Berlin and Ramp in Lyon." in form["text"]
    (choice,) = [
        value for title, value in cards.choices(form, "network").items() if "upstairs" in title
    ]

    plan = await world.press(ELI, form, "Continue", network=choice)
    await world.press(ELI, plan, "Confirm")

    assert len(ramp.handsets) == 1
    assert not hall.handsets


async def test_all_handsets_of_an_owner_go_from_all_networks(world: World):
    ramp, gate = placed_network(world, "Ramp"), placed_network(world, "Gate", "Berlin")
    placed_handset(world, ramp, "Kim", KIM)
    placed_handset(world, ramp, "Kim 2", KIM)
    placed_handset(world, gate, "Kim upstairs", KIM)

    plan = await world.say(ELI, f"remove all handsets of {KIM}")
    seq = await world.client.seq()
    await world.client.press(ELI, plan["id"], "Confirm")

    await heard(world, ELI, "✓ Removed 3 DECT handsets", after=seq)
    assert [len(network.handsets) for network in (ramp, gate)] == [0, 0]


async def test_one_refused_removal_does_not_hold_up_the_others(world: World):
    ramp, gate = placed_network(world, "Ramp"), placed_network(world, "Gate", "Berlin")
    placed_handset(world, ramp, "Kim", KIM)
    placed_handset(world, gate, "Jack", JACK)
    plan = await world.say(ELI, f"remove handset of {KIM} and {JACK}")
    path = "/telephony/config/locations/*/handsets/*"
    await world.client.fault(method="DELETE", path=path, status=403, times=1)
    seq = await world.client.seq()
    await world.client.press(ELI, plan["id"], "Confirm")

    told = await heard(world, ELI, "1 of 2 done", after=seq)

    assert len(ramp.handsets) + len(gate.handsets) == 1
    assert "Undo" in cards.buttons(told)


async def test_the_second_line_of_a_handset_does_not_make_it_theirs(world: World):
    network = placed_network(world, "Ramp")
    placed_network(world, "Gate", "Berlin")
    placed_handset(world, network, "Jack", JACK, second=KIM)
    async with world.nothing_changes():
        form = await world.say(ELI, f"remove handset of {KIM}")
    assert "has only the second line of a handset of Jack Doyle in Ramp in Lyon" in form["text"]


async def test_a_technician_needs_approval_to_remove_a_handset(world: World):
    network = placed_network(world, "Ramp")
    placed_handset(world, network, "Kim", KIM)
    plan = await world.say(TOM, "remove Kim Larsen's handset from Ramp")
    async with world.nothing_changes():
        waiting = await world.press(TOM, plan, "Confirm")
    assert waiting["text"].startswith("Waiting for approval")
    seq = await world.client.seq()
    await world.client.say(ANA, f"approve {cards.code_of(plan)}")
    await heard(world, TOM, "✓ The handset", after=seq)
    assert not network.handsets


async def test_an_engineer_deletes_a_network_with_approval_and_all_is_counted(world: World):
    network = placed_network(world, "Shed")
    placed_base(world, network, BASE)
    placed_handset(world, network, "Kim", KIM)
    plan = await world.say(ELI, "delete dect network Shed at Lyon")
    assert cards.facts(plan)["Base stations"] == "1"
    assert cards.facts(plan)["Handsets"] == "1, with 1 line"
    waiting = await world.press(ELI, plan, "Confirm")
    code = cards.code_of(waiting)
    card = await card_of(world, ANA, code)
    assert cards.facts(card)["Owners"] == "Kim Larsen"
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Approve")
    told = await heard(world, ELI, "✓ The DECT network Shed in Lyon was deleted", after=seq)
    assert "Undo" not in cards.buttons(told)
    assert await networks(world, "Shed") == []


async def test_what_was_added_before_approval_makes_it_another_plan(world: World):
    network = placed_network(world, "Shed")
    placed_handset(world, network, "Kim", KIM)
    waiting = await world.press(ELI, await world.say(ELI, "delete dect network Shed"), "Confirm")
    card = await card_of(world, ANA, cards.code_of(waiting))
    placed_handset(world, network, "Jack", JACK)
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Approve")
    told = await heard(world, ELI, "Handsets", after=seq)
    assert "2, with 2 lines" in told["text"]
    assert len(await networks(world, "Shed")) == 1


async def test_a_technician_may_not_delete_a_network(world: World):
    placed_network(world, "Shed")
    async with world.nothing_changes():
        refused = await world.say(TOM, "delete dect network Shed")
    assert "does not allow “delete dect network”" in refused["text"]


async def test_a_network_is_renamed_and_keeps_its_access_code(world: World):
    network = placed_network(world, "Yard", code="4711")
    plan = await world.say(ELI, "rename dect network Yard to Back Yard")
    assert plan["text"].startswith("Rename the DECT network Yard in Lyon to Back Yard")
    result = await world.press(ELI, plan, "Confirm")
    assert (network.name, network.access_code) == ("Back Yard", "4711")

    undo = await world.press(ELI, result, "Undo")
    await world.press(ELI, undo, "Confirm")

    assert (network.name, network.access_code) == ("Yard", "4711")


async def test_a_typed_access_code_is_set_and_shown_nowhere(world: World):
    world.said_in_secret.add("0815")
    network = placed_network(world, "Yard", code="4712")
    plan = await world.say(ELI, "set the access code of Yard to 0815")
    assert "0815" not in plan["text"]
    result = await world.press(ELI, plan, "Confirm")
    assert network.access_code == "0815"
    assert "Undo" not in cards.buttons(result)
    assert "0815" not in result["text"]


async def test_a_new_access_code_comes_to_the_requester_alone(world: World):
    network = placed_network(world, "Yard", code="4713")
    room = await world.client.room(ADA, "Phone rollout")
    plan = await world.say(ADA, "new access code for Yard", roomId=room, mention=True)
    seq = await world.client.seq()
    pressed = await world.client.press(ADA, plan["id"], "Confirm")
    told = await heard(world, ADA, "✓ ", after=pressed["seq"], room=room)
    code = network.access_code
    assert code != "4713"
    assert code not in str(told)
    secret = await heard(world, ADA, code, after=seq)
    assert secret["roomId"] != room
