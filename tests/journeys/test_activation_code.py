"""The requester gets an activation code in a direct message; a space sees only that it was sent."""

import re

import pytest

from tests.journeys import cards
from tests.journeys.world import ELI, TOM, Json, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

GROUPED = re.compile(r"\b\d{4} \d{4} \d{4} \d{4}\b")


def newest_code(world: World) -> str:
    digits = world.sandbox.cloud.organization.codes[-1].code
    return " ".join(digits[i : i + 4] for i in range(0, 16, 4))


async def test_a_typed_command_leads_to_the_code_in_groups_of_four(world: World):
    plan = await world.say(TOM, "activation code 8845 for hugo@acme.example")
    assert cards.facts(plan) == {
        "Phone": "Cisco 8845",
        "For": "Hugo Petit (hugo@acme.example)",
        "Location": "Lyon",
        "Number": "ext. 2113 · +33465710113",
    }

    answer = await world.press(TOM, plan, "Confirm")

    assert newest_code(world) in answer["text"]
    assert re.search(
        r"Valid until: \d+ \w+( \d{4})?, \d\d:\d\d CES?T", answer["text"].replace("\n", " ")
    )
    standing = await world.answers(TOM, plan["seq"])
    assert [message["id"] for message in standing] == [answer["id"]]
    assert world.state(cards.code_of(plan)) == "done"


async def test_asking_for_another_code_keeps_the_first(world: World):
    plan = await world.say(TOM, "activation code 8845 for hugo@acme.example")
    code = await world.press(TOM, plan, "Confirm")

    form = await world.press(TOM, code, "Another code")

    assert cards.buttons(form) == ["Continue", "Cancel"]
    assert cards.filled(form) == {"model": "DMS Cisco 8845"}
    standing = await world.answers(TOM, plan["seq"])
    assert [message["id"] for message in standing] == [code["id"], form["id"]]
    await world.press(TOM, form, "Cancel")


async def test_the_undo_of_a_code_says_why_there_is_none(world: World):
    plan = await world.say(TOM, "activation code 8845 for hugo@acme.example")
    await world.press(TOM, plan, "Confirm")

    async with world.nothing_changes():
        answer = await world.say(TOM, f"undo {cards.code_of(plan)}")

    told = "cannot be undone. A code that is not used expires on its own."
    assert answer["text"].startswith(f"{cards.code_of(plan)} (")
    assert told in answer["text"]


async def test_the_form_leads_to_a_code_for_a_workspace_whose_calling_is_reset(world: World):
    form = await world.say(ELI, "activation code")
    assert list(cards.boxes(form)) == ["model", "owner"]

    plan = await world.press(
        ELI, form, "Continue", model="DMS Cisco 8865", owner="Warehouse Austin"
    )
    assert any("free calling" in text for text in cards.warnings(plan))
    answer = await world.press(ELI, plan, "Confirm")

    assert newest_code(world) in answer["text"]
    (warehouse,) = [
        workspace
        for workspace in (await world.client.organization())["workspaces"]
        if workspace["name"] == "Warehouse Austin"
    ]
    assert warehouse["calling"] == "freeCalling"


async def test_a_room_device_gets_a_code_without_a_model(world: World):
    plan = await world.say(TOM, "activation code in Boardroom")
    assert cards.facts(plan)["Device"] == "any Room, Board or Desk device"
    before = await world.client.seq()

    answer = await world.press(TOM, plan, "Confirm")

    (call,) = await world.changes(before)
    assert list(call["body"]) == ["workspaceId"]
    assert newest_code(world) in answer["text"]
    assert "choose Webex in its setup assistant" in answer["text"]


async def test_a_person_gets_a_room_device_by_words_or_by_the_choice_in_the_form(world: World):
    plan = await world.say(TOM, "code for a desk pro for erin@acme.example")
    assert cards.facts(plan)["Device"] == "any Room, Board or Desk device"
    await world.press(TOM, plan, "Cancel")

    form = await world.say(TOM, "activation code for erin@acme.example")
    assert cards.mistakes(form) == {}
    assert "I read: Owner erin@acme.example." in form["text"]
    room_device = cards.choices(form, "model")["Room or Desk device (no model)"]
    plan = await world.press(TOM, form, "Continue", model=room_device, owner="erin@acme.example")
    assert cards.facts(plan)["Device"] == "any Room, Board or Desk device"
    await world.press(TOM, plan, "Cancel")


async def test_the_space_sees_only_that_a_code_was_sent(world: World):
    room = await world.client.room(TOM, "Field team")
    plan = await world.say(
        TOM, "activation code 8865 for kim@acme.example", roomId=room, mention=True
    )
    before = plan["seq"]
    pressed = await world.client.press(TOM, plan["id"], "Confirm")

    alone = await world.answer(TOM, pressed["seq"])
    assert newest_code(world) in alone["text"]
    assert alone["roomType"] == "direct"

    (seen,) = await world.answers(TOM, before, room)
    assert "The code was sent to Tom Berger in a direct message." in seen["text"]
    everything = await world.client.messages(TOM, room=room)
    assert not GROUPED.search(str(everything))
    assert newest_code(world).replace(" ", "") not in str(everything)


async def test_another_code_is_a_different_one(world: World):
    async def ask(message: Json) -> str:
        await world.press(TOM, message, "Confirm")
        return newest_code(world)

    first = await ask(await world.say(TOM, "activation code 7821 for bob@acme.example"))
    second = await ask(await world.say(TOM, "activation code 7821 for bob@acme.example"))

    assert first != second


async def test_a_model_without_activation_codes_is_explained(world: World):
    form = await world.say(TOM, "activation code Cisco 192 for bob@acme.example")

    assert "does not take an activation code" in cards.mistakes(form)["model"]
    await world.press(TOM, form, "Cancel")


async def test_the_code_typed_on_a_phone_brings_the_device_online(world: World):
    plan = await world.say(TOM, "activation code 8865 for lena@acme.example")
    await world.press(TOM, plan, "Confirm")

    phone = await world.client.activate(newest_code(world))

    assert (phone["owner"], phone["displayName"]) == ("Lena Hofer", "Cisco 8865")
    registering = await world.say(TOM, f"device {phone['mac']}")
    assert cards.facts(registering)["Status"] == "activating"
    assert "Lena Hofer" in registering["text"]

    async def is_connected() -> bool:
        (device,) = await world.devices(phone["mac"])
        return bool(device["connectionStatus"] == "connected")

    await until(is_connected, "the phone registered")
    assert cards.facts(await world.say(TOM, f"device {phone['mac']}"))["Status"] == "online"
