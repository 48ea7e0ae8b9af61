"""Who may do what: deny by default, for messages and for presses alike, as the list is now."""

from collections.abc import Mapping

import pytest

from tests.journeys import cards
from tests.journeys.world import ADA, ANA, ELI, SAM, TESS, TOM, VERA, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOOK = {
    "devices": "device",
    "device 0011223344F6": "Meeting Room North",
    "dect": "DECT network",
}
OWN = {"help": "What I can do", "whoami": "Roles:", "requests": "requests"}
CHANGE = {"add phone": "MAC address", "activation code": "For whom"}
DECT = {"create dect network": "Name on the handset"}
NO = "does not allow"
STRANGER = "not on the list of people I work for"


def denied(expected: str, *groups: Mapping[str, str]) -> dict[str, str]:
    return {text: expected for group in groups for text in group}


MATRIX: Mapping[str, Mapping[str, str]] = {
    VERA: {**OWN, **LOOK, **denied(NO, CHANGE, DECT)},
    TOM: {**OWN, **LOOK, **CHANGE, **DECT},
    TESS: {**OWN, "devices": "evice", "dect": "no DECT network in your", **CHANGE, **DECT},
    ELI: {**OWN, **LOOK, **CHANGE, **DECT},
    ANA: {**OWN, **denied(NO, LOOK, CHANGE, DECT)},
    ADA: {**OWN, **LOOK, **CHANGE, **DECT},
}
CELLS = [(who, text, expected) for who, row in MATRIX.items() for text, expected in row.items()]


def fits(expected: str, answer: Json) -> bool:
    return expected.lower() in answer["text"].lower()


@pytest.mark.parametrize(("person", "text", "expected"), CELLS)
async def test_a_message_is_answered_as_the_role_allows(
    world: World, person: str, text: str, expected: str
):
    async with world.nothing_changes():
        answer = await world.say(person, text)

    assert fits(expected, answer), answer["text"]


@pytest.mark.parametrize(("person", "text", "expected"), CELLS)
async def test_a_press_on_anothers_card_is_answered_by_the_pressers_role(
    world: World, person: str, text: str, expected: str
):
    """The card is the admin's, in a space where everybody can press it."""
    room = await world.client.room(ADA, "Phone rollout")
    card = await world.say(ADA, "help", roomId=room, mention=True)

    async with world.nothing_changes():
        answer = await world.craft(person, card, say=text)

    assert fits(expected, answer), answer["text"]


async def test_a_role_for_a_location_holds_only_there(world: World):
    refused = await world.say(TESS, "add phone D82E3EEF5101 8865 for bob@acme.example")
    unknown = await world.say(TESS, "add phone D82E3EEF5101 8865 for nobody@acme.example")
    sentence = cards.mistakes(refused)["owner"]
    assert "in your locations" in sentence
    assert cards.mistakes(unknown)["owner"] == sentence.replace("bob@", "nobody@")
    await world.press(TESS, unknown, "Cancel")

    plan = await world.press(TESS, refused, "Continue", owner="hugo@acme.example")
    assert cards.facts(plan)["Location"] == "Lyon"
    result = await world.press(TESS, plan, "Confirm")

    assert "now belongs to Hugo Petit" in result["text"]


async def test_a_role_for_a_location_sees_no_devices_of_others(world: World):
    everything = await world.say(TESS, "devices")
    assert "Berlin" not in everything["text"]
    assert "Austin" not in everything["text"]
    erins = await world.say(TESS, "device 001122334455")
    assert erins["text"].startswith("In your locations, no device has the MAC")
    berlins = await world.say(TESS, "devices 8845 in Berlin")
    assert berlins["text"].startswith("Berlin is not one of your locations\nYour locations: Lyon.")


async def test_a_role_for_a_location_does_not_see_the_owner_of_a_mac_elsewhere(world: World):
    form = await world.say(TESS, "add phone 001122334455 8865 for hugo@acme.example")

    assert cards.mistakes(form)["mac"].startswith(
        "00:11:22:33:44:55 is in use in a location that is not yours."
    )
    assert "ask an admin, or somebody who looks after that location" in form["text"]
    assert "Erin" not in form["text"]
    await world.press(TESS, form, "Cancel")


async def test_a_role_for_a_location_resolves_an_ambiguous_name(world: World):
    plan = await world.say(TESS, "add phone D82E3EEF5102 8865 for Meeting Room")

    assert cards.facts(plan)["For"] == "Meeting Room Lyon (workspace)"
    await world.press(TESS, plan, "Cancel")


async def test_a_role_for_a_location_cannot_choose_another(world: World):
    form = await world.say(TESS, "create dect network Hall at Berlin")
    assert list(cards.choices(form, "location")) == ["Lyon"]

    answer = await world.force(TESS, form, "Continue", location="Berlin")

    assert "not one of your locations. The location is Lyon." in cards.mistakes(answer)["location"]
    await world.press(TESS, answer, "Cancel")


async def test_grant_and_revoke_take_effect_while_the_bot_runs(world: World):
    assert "technician" in await world.access("add", SAM, "technician")
    plan = await world.say(SAM, "add phone D82E3EEF5103 8865 for bob@acme.example")
    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]

    await world.access("remove", SAM, "technician")

    for button in ("Confirm", "Change"):
        async with world.nothing_changes():
            answer = await world.press(SAM, plan, button)
        assert STRANGER in answer["text"]
    assert world.state(cards.code_of(plan)) == "draft"


async def test_a_role_narrowed_between_plan_and_confirm_is_checked_again(world: World):
    await world.access("add", SAM, "engineer")
    plan = await world.say(SAM, "add phone D82E3EEF5104 8865 for bob@acme.example")
    await world.access("remove", SAM)
    await world.access("add", SAM, "engineer", "--location", "Austin")

    async with world.nothing_changes():
        answer = await world.press(SAM, plan, "Confirm")

    assert "(engineer at Austin) does not allow “add phone” in Berlin" in answer["text"]
    await world.access("remove", SAM)


async def test_a_domain_can_hold_a_role(fresh: World):
    await fresh.access("add", "@acme.example", "viewer")

    assert "11 devices" in (await fresh.say(SAM, "devices"))["text"]
    assert NO in (await fresh.say(SAM, "add phone"))["text"]
    assert cards.facts(await fresh.say(TOM, "whoami"))["Roles"] == "viewer, technician"


async def test_a_removed_first_admin_stays_removed(fresh: World):
    await fresh.access("add", ELI, "admin")  # else she is the last one, and stays
    await fresh.access("remove", ADA)
    assert await fresh.stop() == 0

    await fresh.start()

    assert STRANGER in (await fresh.say(ADA, "help"))["text"]
