"""The operations of lists, from the form to the result: each row is changed once."""

import csv
import io

import pytest

from sandbox.organization.entities import Phone
from tests.journeys import cards
from tests.journeys.world import ADA, ELI, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

FREE = ("D8:2E:3E:EF:81:01", "D8:2E:3E:EF:81:02")


def bare(mac: str) -> str:
    return mac.replace(":", "")


def phone(world: World, mac: str) -> Phone:
    phones = world.sandbox.cloud.organization.phones.values()
    return next(each for each in phones if each.mac == bare(mac))


async def filled(world: World, person: str, command: str, **inputs: str) -> tuple[Json, Json]:
    """The check and the plan after the form of a command was filled in."""
    form = await world.say(person, command)
    assert "rows" in cards.boxes(form), form["text"]
    pressed = await world.client.press(person, form["id"], "Continue", inputs=inputs, validate=True)
    check, plan = await world.answers(person, pressed["seq"])
    return check, plan


async def confirmed(world: World, person: str, plan: Json) -> tuple[str, list[Json]]:
    """The code of the request, and what was said once all rows were done."""
    code = str(cards.data_of(plan, "Confirm")["request"])
    pressed = await world.client.press(person, plan["id"], "Confirm", validate=True)
    return code, await world.answers(person, pressed["seq"])


async def statuses(world: World, person: str, message: Json) -> list[str]:
    """What a file of the bot says of each row."""
    text = (await world.client.file(person, message)).decode("utf-8-sig")
    return [row["status"] for row in csv.DictReader(io.StringIO(text))]


async def result(world: World, person: str, answers: list[Json]) -> list[str]:
    """What the file of the result says of each row."""
    files = [each for each in answers if str(each.get("fileNames")).find("-result.csv") > 0]
    assert len(files) == 1, [each["text"] for each in answers]
    return await statuses(world, person, files[0])


async def test_phones_are_added_and_deleted_by_the_undo(world: World):
    lines = f"{FREE[0]} 8865 bob@acme.example\n{FREE[1]} 8865 nobody@acme.example"
    check, plan = await filled(world, ELI, "add phones", rows=lines)
    assert await statuses(world, ELI, check) == ["ready", "wrong"]

    code, answers = await confirmed(world, ELI, plan)

    assert await result(world, ELI, answers) == ["added", "wrong"]
    assert len(await world.devices(bare(FREE[0]))) == 1
    undo = await world.say(ELI, f"undo {code}")
    await confirmed(world, ELI, undo)
    assert await world.devices(bare(FREE[0])) == []


async def test_codes_go_to_the_requester_alone(world: World):
    before = len(world.sandbox.cloud.organization.codes)
    check, plan = await filled(
        world,
        ELI,
        "activation codes",
        model="DMS Cisco 8865",
        rows="bob@acme.example\nLobby Berlin",
    )
    assert await statuses(world, ELI, check) == ["ready", "ready"]
    assert cards.facts(plan)["Codes for"] == "2 × Cisco 8865"

    code, answers = await confirmed(world, ELI, plan)

    assert await result(world, ELI, answers) == ["code sent", "code sent"]
    assert len(world.sandbox.cloud.organization.codes) == before + 2
    undo = await world.say(ELI, f"undo {code}")
    assert "Codes that are not used expire on their own." in undo["text"]


async def test_devices_are_tagged_and_the_undo_brings_their_tags_back(world: World):
    mac = "00:11:22:33:44:55"
    before = list(phone(world, mac).tags)
    lines = f"{mac}\n{FREE[0]}"
    check, plan = await filled(world, ELI, "tag devices", tags="+audit -desk", rows=lines)
    assert await statuses(world, ELI, check) == ["ready", "wrong"]

    code, answers = await confirmed(world, ELI, plan)

    assert await result(world, ELI, answers) == ["tagged", "wrong"]
    assert "audit" in phone(world, mac).tags
    undo = await world.say(ELI, f"undo {code}")
    await confirmed(world, ELI, undo)
    assert sorted(phone(world, mac).tags) == sorted(before)


async def test_devices_are_deleted_and_added_again_with_their_tags(world: World):
    _, plan = await filled(world, ELI, "add phones", rows=f"{FREE[1]} 8865 bob@acme.example")
    await confirmed(world, ELI, plan)
    phone(world, FREE[1]).tags = ["floor 2"]
    check, plan = await filled(world, ADA, "delete devices", rows=f"{FREE[1]}\n{FREE[0]}")
    assert await statuses(world, ADA, check) == ["ready", "wrong"]

    code, answers = await confirmed(world, ADA, plan)

    assert await result(world, ADA, answers) == ["deleted", "wrong"]
    assert await world.devices(bare(FREE[1])) == []
    undo = await world.say(ADA, f"undo {code}")
    await confirmed(world, ADA, undo)
    assert phone(world, FREE[1]).tags == ["floor 2"]


@pytest.mark.parametrize(
    ("command", "inputs"),
    [
        ("activation codes", {"model": "DMS Cisco 8865", "rows": "bob@acme.example"}),
        ("tag devices", {"tags": "+audit", "rows": "00:11:22:33:44:55"}),
        ("delete devices", {"rows": "00:11:22:33:44:55"}),
    ],
)
async def test_a_technician_asks_for_a_list(world: World, command: str, inputs: dict[str, str]):
    _, plan = await filled(world, TOM, command, **inputs)
    async with world.nothing_changes():
        code, _ = await confirmed(world, TOM, plan)
    assert world.state(code) == "waiting"
    await world.say(TOM, f"cancel {code}")


async def test_what_may_be_secret_in_pasted_lines_is_neither_stored_nor_shown(world: World):
    world.said_in_secret.add("Pin-4711-x")
    lines = f"MAC,Model,Owner,Desk PIN\n{FREE[0]},8865,bob@acme.example,Pin-4711-x"
    check, plan = await filled(world, ELI, "add phones", rows=lines)
    assert b"Pin-4711-x" not in await world.client.file(ELI, check)
    form = await world.press(ELI, plan, "Change")
    assert "Pin-4711-x" not in str(form)
    await world.press(ELI, form, "Cancel")
    world.check()
