"""What people see and get of DECT requests: partial failure, Retry failed, Undo, the sheet."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.organization.entities import DectNetwork
from tests.journeys import cards
from tests.journeys.approving import approving, heard
from tests.journeys.gates import held
from tests.journeys.test_lists_told import confirm, file, has_card
from tests.journeys.world import ANA, ELI, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

KIM, JACK, OMAR = "kim@acme.example", "jack@acme.example", "omar@acme.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers, and a short pause between changes of handsets."""
    folder = tmp_path_factory.mktemp("world")
    async with approving(allowlist, folder, PROVBOT_DECT_SPACING="0.2") as world:
        yield world


def network(world: World, name: str) -> DectNetwork | None:
    networks = world.sandbox.cloud.organization.dect_networks.values()
    return next((each for each in networks if each.name == name), None)


async def planned(world: World, name: str, bases: str, members: str, room: str = "") -> Json:
    """The plan for these lines, from the form."""
    more = {"roomId": room, "mention": True} if room else {}
    form = await world.say(ELI, f"set up dect {name} at Lyon", **more)
    inputs = {"model": "DBS210", "bases": bases, "members": members}
    pressed = await world.client.press(ELI, form["id"], "Continue", inputs=inputs)
    return await world.answer(ELI, pressed["seq"], room=room or None, where=has_card)


async def test_what_failed_is_retried_and_all_is_undone(world: World):
    bases = "D82E3EEF9101\nD82E3EEF9102"
    plan = await planned(world, "Ward 1", bases, f"{KIM}; {OMAR}\n{JACK}")
    assert plan["text"].startswith("Set up the DECT network Ward 1 in Lyon: 2 base stations and 2")
    assert "Time needed" in cards.facts(plan)
    await world.client.fault(
        method="PUT", path="*/dectNetworks/*/handsets/*", status=400, message="No line.", times=1
    )

    seq, told = await confirm(world, ELI, plan)

    assert told["text"].startswith("Partly done: Set up the DECT network Ward 1 in Lyon")
    facts = cards.facts(told)
    assert (facts["Bases added"], facts["Handsets added"]) == ("2", "2")
    assert "The handset was added. The second line was not added: " in told["text"]
    assert cards.buttons(told) == ["Retry failed", "Undo", "Show network"]
    names = [name for each in await world.answers(ELI, seq) for name in each.get("fileNames") or ()]
    assert names == [f"{cards.code_of(told)}-handsets.html"]

    again = await world.press(ELI, told, "Retry failed")
    assert f"This is what {cards.code_of(told)} did not do." in again["text"]
    _, done = await confirm(world, ELI, again)
    assert cards.facts(done)["Second lines set"] == "1"
    ward = network(world, "Ward 1")
    assert ward is not None
    assert sorted(len(handset.lines) for handset in ward.handsets.values()) == [1, 2]

    undo = await world.press(ELI, told, "Undo")
    assert cards.facts(undo)["Delete network"] == "Ward 1"
    await confirm(world, ELI, undo)
    assert network(world, "Ward 1") is None


async def test_a_stop_leaves_the_rest_to_be_run(world: World):
    plan = await planned(world, "Ward 4", "D82E3EEF9401", f"{KIM}; {OMAR}\n{JACK}; {KIM}")
    async with held(world, "PUT", "/telephony/config/locations/*/handsets/*") as line:
        await world.client.press(ELI, plan["id"], "Confirm", validate=True)
        await line.reached()
        answer = await world.say(ELI, f"stop {cards.code_of(plan)}")
        assert "4 of 6 steps are done, and no other begins." in answer["text"]

    told = await world.answer(ELI, answer["seq"], where=has_card)
    assert told["text"].startswith("Stopped: Set up the DECT network Ward 4 in Lyon")
    assert (
        "Line 2 (Jack Doyle): The handset was added. The second line was not begun: Stopped"
        in (told["text"])
    )
    assert cards.facts(told)["Not begun"] == "1"
    assert cards.buttons(told) == ["Run the rest", "Undo", "Show network"]

    rest = await world.press(ELI, told, "Run the rest")
    _, done = await confirm(world, ELI, rest)

    assert cards.facts(done) == {"Second lines set": "1"}


async def test_the_sheet_of_a_request_in_a_space_reaches_its_requester_alone(world: World):
    room = await world.client.room(ELI, "Phone rollout")
    plan = await planned(world, "Ward 2", "D82E3EEF9201", f"{KIM}\n{JACK}", room)

    seq, told = await confirm(world, ELI, plan)

    assert "The pairing sheet was sent to Eli Novak in a direct message." in told["text"]
    sent = await file(world, ELI, "-handsets.html", seq)
    assert sent["roomType"] == "direct"
    page = (await world.client.file(ELI, sent)).decode()
    ward = network(world, "Ward 2")
    assert ward is not None
    codes = [handset.access_code for handset in ward.handsets.values()]
    assert len(codes) == 2
    assert all(code in page for code in codes)
    in_space = [each["text"] for each in await world.client.messages(ELI, room=room, after=seq)]
    assert not any(code in text for code in codes for text in in_space)
    shown = await world.press(ELI, told, "Show network")
    assert shown["text"].startswith("Ward 2")


async def test_a_long_list_has_its_files_and_its_approvers_see_it(world: World):
    lines = [f"D82E3EEF93{number:02X}" for number in range(12)]
    form = await world.say(TOM, "set up dect Ward 3 at Lyon")
    inputs = {"model": "DBS210", "bases": "\n".join(lines), "members": KIM}
    pressed = await world.client.press(TOM, form["id"], "Continue", inputs=inputs)
    plan = await world.answer(TOM, pressed["seq"], where=has_card)
    assert await file(world, TOM, f"{cards.code_of(plan)}-check.csv", pressed["seq"])

    waiting = await world.client.press(TOM, plan["id"], "Confirm", validate=True)
    card = await world.answer(
        ANA, waiting["seq"], where=lambda each: "Approve" in cards.buttons(each)
    )
    assert "Base stations" in cards.facts(card)
    assert "Row 1: base station D8:2E:3E:EF:93:00, handset" in card["text"]
    assert "Show list" in cards.buttons(card)
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Approve", validate=True)
    await heard(world, TOM, "✓ Set up the DECT network Ward 3", after=seq)

    result = await file(world, TOM, "-result.csv", seq)
    text = (await world.client.file(TOM, result)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["status"] for row in rows] == ["added"] * 12
    assert await file(world, TOM, "-handsets.html", seq)
