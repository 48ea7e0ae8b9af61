"""Between plan and Confirm the world may change: then nothing runs, and what changed is shown."""

import pytest

from tests.journeys import cards
from tests.journeys.world import ELI, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

STANDARD = "Webex Calling - Standard"
MESSAGING = "Messaging - Basic Messaging"


async def test_a_mac_taken_meanwhile(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF5501 8865 for bob@acme.example")
    await world.client.place_phone("D82E3EEF5501", "DMS Cisco 7821", workspace="Lobby Lyon")

    async with world.nothing_changes():
        form = await world.press(TOM, plan, "Confirm")

    assert "is in use by the Cisco 7821 of Lobby Lyon" in cards.mistakes(form)["mac"]
    assert cards.filled(form)["owner"] == "bob@acme.example"
    await world.gone(TOM, plan)
    assert "Lobby Lyon" in (await world.press(TOM, form, "Show"))["text"]
    plan = await world.press(TOM, form, "Continue", mac="D82E3EEF5502")
    assert "now belongs to" in (await world.press(TOM, plan, "Confirm"))["text"]


async def test_two_people_about_to_add_one_phone(world: World):
    first = await world.say(TOM, "add phone D82E3EEF5509 8865 for lena@acme.example")
    code = cards.code_of(first)
    second = await world.say(ELI, "add phone D82E3EEF5509 8865 for lena@acme.example")
    told = cards.warnings(second)
    assert [
        text
        for text in told
        if f"{code} of Tom Berger (not confirmed)" in text and "same MAC" in text
    ]
    await world.press(TOM, first, "Confirm")

    form = await world.press(ELI, second, "Confirm")

    assert "already has this phone, the Cisco 8865" in cards.mistakes(form)["mac"]
    shown = await world.press(ELI, form, "Show")
    assert cards.facts(shown)["MAC"] == "D8:2E:3E:EF:55:09"
    await world.press(ELI, form, "Cancel")


async def test_a_licence_that_now_switches_calling_off_in_the_apps(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF5503 8865 for jack@acme.example")
    assert cards.warnings(plan) == []
    await world.client.change_person("jack@acme.example", licences=[STANDARD, MESSAGING])

    async with world.nothing_changes():
        again = await world.press(TOM, plan, "Confirm")

    assert "This has changed since you saw it:" in again["text"]
    assert any("switches calling off" in text for text in cards.warnings(again))
    assert cards.buttons(again) == ["Confirm", "Change", "Cancel"]
    assert world.state(cards.code_of(again)) == "draft"
    result = await world.press(TOM, again, "Confirm")
    assert "now belongs to Jack Doyle" in result["text"]


async def test_a_removed_licence(world: World):
    plan = await world.say(ELI, "activation code 8865 for hugo@acme.example")
    await world.client.change_person("hugo@acme.example", licences=[MESSAGING])

    async with world.nothing_changes():
        form = await world.press(ELI, plan, "Confirm")

    assert "has no Webex Calling licence" in cards.mistakes(form)["owner"]
    await world.press(ELI, form, "Cancel")


async def test_an_owner_who_moved_to_another_location(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF5504 8865 for omar@acme.example")
    assert cards.facts(plan)["Location"] == "Austin"
    await world.client.change_person("omar@acme.example", location="Lyon")

    async with world.nothing_changes():
        again = await world.press(TOM, plan, "Confirm")

    assert "Location: now “Lyon”, before “Austin”." in again["text"]
    assert cards.facts(again)["Location"] == "Lyon"
    await world.press(TOM, again, "Cancel")


async def test_a_name_of_a_dect_network_taken_meanwhile(world: World):
    first = await world.press(
        ELI, await world.say(ELI, "create dect network Annex at Lyon"), "Continue"
    )
    second = await world.press(
        ELI, await world.say(ELI, "create dect network annex at Lyon"), "Continue"
    )
    await world.press(ELI, first, "Confirm")

    async with world.nothing_changes():
        form = await world.press(ELI, second, "Confirm")

    assert "Lyon already has a DECT network called “annex”" in cards.mistakes(form)["name"]
    await world.press(ELI, form, "Cancel")
