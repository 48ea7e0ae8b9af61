"""Owners, devices and holders of roles as people write them, through the whole bot."""

import pytest

from tests.journeys import cards
from tests.journeys.world import ADA, SAM, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOB = "Bob Keller (bob@acme.example)"


@pytest.mark.parametrize(
    ("written", "owner"),
    [
        ("for Bob Keller <bob@acme.example>", BOB),
        ("for Keller, Bob <bob@acme.example>", BOB),
        (f"for {BOB}", BOB),
        ("for BOB@ACME.EXAMPLE, thanks!", BOB),
        ("for Keller", BOB),
        ("for Keller, Bob", BOB),
        ("for Bob Keller's desk", BOB),
        ("for Bob Keller in Berlin", BOB),
        ("for 1107", BOB),
        ("for +49 30 23125107", BOB),
        ("for bob keller, he is in Berlin", BOB),
        ("for lam", "Grace Lam (grace@acme.example)"),
        ("for bkellner", "Bob Kellner (bkellner@acme.example)"),
        ("for Grase Lam please", "Grace Lam (grace@acme.example)"),
        ("in the lobby in Berlin", "Lobby Berlin (workspace)"),
    ],
)
async def test_an_owner_is_found_as_people_write_it(world: World, written: str, owner: str):
    plan = await world.say(TOM, f"add phone 6C5E3BA0B1C2 8865 {written}")

    assert cards.facts(plan)["For"] == owner
    await world.press(TOM, plan, "Cancel")


async def test_a_plan_says_how_a_misspelt_name_was_read(world: World):
    plan = await world.say(TOM, "add phone 6C5E3BA0B1C2 8865 for Grase Lam")
    assert cards.facts(plan)["Spelling"] == "I read “grase” as Grace Lam"
    await world.press(TOM, plan, "Cancel")

    plan = await world.say(TOM, "add phone 6C5E3BA0B1C2 8865 for Grace Lam")
    assert "Spelling" not in cards.facts(plan)
    await world.press(TOM, plan, "Cancel")


async def test_an_owner_who_may_have_no_device_has_none_to_remove(world: World):
    plan = await world.say(TOM, "add phone 6C5E3BA0B1C2 8865 in Warehouse Austin")
    assert any("no devices so far" in warning for warning in cards.warnings(plan))

    refused = await world.press(TOM, plan, "Confirm")
    assert "allows this owner no devices, so there is none to remove" in refused["text"]
    assert "Show devices" not in cards.buttons(refused)


async def test_a_misspelt_phone_is_no_part_of_the_owner(world: World):
    plan = await world.say(TOM, "add fone 8865 6C5E3BA0B1C2 for bob keller")

    assert cards.facts(plan)["For"] == BOB
    await world.press(TOM, plan, "Cancel")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("for Bob Kellr", ["Bob Keller", "Bob Kellner"]),
        ("for bob@acme.example and jack@acme.example", ["Bob Keller", "Jack Doyle"]),
        ("for bob@acme.example in Lobby Lyon", ["Bob Keller", "Lobby Lyon"]),
        ("for bob@acme.example in Austin", ["Bob Keller"]),
    ],
)
async def test_what_is_not_clear_is_a_choice_that_leads_on(
    world: World, written: str, names: list[str]
):
    form = await world.say(TOM, f"add phone 6C5E3BA0B1C2 8865 {written}")
    offered = cards.choices(form, "owner")
    assert [title.split(" · ")[0] for title in offered][:-1] == names

    again = await world.press(TOM, form, "Continue", owner=[*offered.values()][-1])
    assert "Please fill in the empty box." in again["text"]
    plan = await world.press(TOM, again, "Continue", owner="jack@acme.example")
    assert cards.facts(plan)["For"] == "Jack Doyle (jack@acme.example)"
    await world.press(TOM, plan, "Cancel")


async def test_an_owner_without_a_number_is_told_before_and_after_webex_refuses(world: World):
    plan = await world.say(TOM, "add phone 6C5E3BA0B1C2 8865 for nora@acme.example")
    assert cards.facts(plan)["Note"].startswith(
        "Nora Quist has neither a phone number nor an extension, so Webex may refuse the phone."
    )

    refused = await world.press(TOM, plan, "Confirm")
    assert "This owner has no phone number or extension yet." in refused["text"]
    assert await world.devices("6C5E3BA0B1C2") == []


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("devices for Erin", "2 devices for “Erin”"),
        ("devices at Austin", "Phones in Austin: 2"),
        ("devices erin@acme.example", "2 devices for “erin@acme.example”"),
        ("devices #lab", "Phones tagged #lab: 3"),
        ("show erin's 8845", "Erin Walsh"),
        ("device 3344.a1", "Erin Walsh"),
        ("device 1107", "Bob Keller has no device"),
        ("what's up with erins phone", "2 devices of Erin Walsh"),
        ("devices ofline", "No devices for “ofline”\nDid you mean offline?"),
        ("reboot the phone of grace", "I cannot restart phones yet"),
    ],
)
async def test_devices_are_found_as_people_write_them(world: World, written: str, title: str):
    assert (await world.say(TOM, written))["text"].startswith(title)


async def test_a_new_phone_can_be_added_where_no_device_has_the_mac(world: World):
    answer = await world.say(TOM, "device 6C5E3BA0B1C2")

    form = await world.press(TOM, answer, "Add phone")

    assert cards.filled(form)["mac"] == "6C:5E:3B:A0:B1:C2"
    await world.press(TOM, form, "Cancel")


async def test_a_role_goes_to_the_address_of_the_person_who_is_named(world: World):
    plan = await world.say(ADA, "grant Sam Stone viewer at Lyon")

    assert cards.facts(plan)["Who"] == SAM
    await world.press(ADA, plan, "Cancel")


async def test_a_person_of_another_organization_is_named_beside_the_field(fresh: World):
    await fresh.client.change_person("carol@acme.example", external=True)

    form = await fresh.say(TOM, "add phone 6C5E3BA0B1C2 8865 for carol@acme.example")

    assert cards.mistakes(form)["owner"].startswith(
        "Carol Dubois (carol@acme.example) belongs to another organization"
    )
    assert cards.filled(form)["owner"] == "carol@acme.example"
