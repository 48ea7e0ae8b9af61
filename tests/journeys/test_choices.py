"""From a form to a plan with detours: choices, several mistakes at once, Change, Cancel."""

import pytest

from sandbox.client import ControlError
from tests.journeys import cards
from tests.journeys.world import ELI, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_ambiguous_owner_becomes_a_choice_and_the_choice_leads_to_the_plan(world: World):
    form = await world.say(TOM, "add phone D82E3EEF5301 8865 in Meeting Room")
    offered = cards.choices(form, "owner")
    assert list(offered) == [
        "Meeting Room North · Berlin · workspace",
        "Meeting Room South · Berlin · workspace",
        "Meeting Room Lyon · Lyon · workspace",
        "Somebody else (type the name)",
    ]
    assert cards.mistakes(form)["owner"] == "3 workspaces match “Meeting Room”. Which one?"
    assert cards.filled(form)["mac"] == "D8:2E:3E:EF:53:01"

    chosen = offered["Meeting Room South · Berlin · workspace"]
    plan = await world.press(TOM, form, "Continue", owner=chosen)
    assert cards.facts(plan)["For"] == "Meeting Room South (workspace)"
    result = await world.press(TOM, plan, "Confirm")

    assert "now belongs to Meeting Room South" in result["text"]


async def test_people_with_similar_names_are_distinguished_by_email(world: World):
    form = await world.say(TOM, "activation code 8865 for Bob")

    assert list(cards.choices(form, "owner")) == [
        "Bob Keller · Berlin · bob@acme.example",
        "Bob Kellner · Berlin · bkellner@acme.example",
        "Somebody else (type the name)",
    ]
    await world.press(TOM, form, "Cancel")


async def test_choosing_none_asks_for_the_owner_again(world: World):
    form = await world.say(TOM, "activation code 8865 for Lobby")

    somebody_else = cards.choices(form, "owner")["Somebody else (type the name)"]
    again = await world.press(TOM, form, "Continue", owner=somebody_else)

    assert cards.boxes(again)["owner"]["type"] == "Input.Text"
    assert "owner" not in cards.filled(again)
    assert cards.mistakes(again) == {}
    assert "Please fill in the empty box." in again["text"]
    plan = await world.press(TOM, again, "Continue", owner="jack@acme.example")
    assert cards.facts(plan)["For"] == "Jack Doyle (jack@acme.example)"
    await world.press(TOM, plan, "Cancel")


async def test_a_client_submits_no_form_with_a_gap(world: World):
    form = await world.say(TOM, "add phone 8865")

    with pytest.raises(ControlError) as refused:
        await world.press(TOM, form, "Continue", mac="D82E3EEF5313")

    assert refused.value.message == (
        "A client does not submit 'owner':"
        " Please enter an email, or the name of a person or workspace."
    )
    await world.press(TOM, form, "Cancel")


async def test_a_model_that_is_not_listed_can_be_typed(world: World):
    form = await world.say(TOM, "add phone D82E3EEF5311 for jack@acme.example")
    another_model = cards.choices(form, "model")["Another model (type its name)"]

    typed = await world.press(TOM, form, "Continue", model=another_model)
    assert cards.boxes(typed)["model"]["type"] == "Input.Text"
    assert cards.filled(typed) == {"mac": "D8:2E:3E:EF:53:11", "owner": "jack@acme.example"}
    wrong = await world.press(TOM, typed, "Continue", model="8866")
    assert "has no model “8866”" in cards.mistakes(wrong)["model"]
    again = await world.press(TOM, wrong, "Continue", model=another_model)
    plan = await world.press(TOM, again, "Continue", model="CP-8845-K9")
    assert cards.facts(plan)["Phone"] == "Cisco 8845"
    await world.press(TOM, plan, "Cancel")


async def test_another_device_can_be_typed(world: World):
    form = await world.say(TOM, "tag Walsh +visited")
    another = cards.choices(form, "device")["Another device (type its name)"]

    typed = await world.press(TOM, form, "Continue", device=another)
    assert cards.filled(typed) == {"tags": "+visited"}
    plan = await world.press(TOM, typed, "Continue", device="00:11:22:33:44:55")
    assert cards.facts(plan)["MAC"] == "00:11:22:33:44:55"
    await world.press(TOM, plan, "Cancel")


async def test_the_value_of_that_choice_cannot_be_typed(world: World):
    form = await world.say(TOM, "add phone D82E3EEF5312 8865 for Meeting Room")
    value = cards.choices(form, "owner")["Somebody else (type the name)"]

    plan = await world.say(TOM, f"add phone D82E3EEF5312 8865 for {value}")

    assert "I found no person or workspace called" in cards.mistakes(plan)["owner"]
    await world.press(TOM, form, "Cancel")
    await world.press(TOM, plan, "Cancel")


async def test_several_mistakes_are_reported_at_once_and_inputs_are_kept(world: World):
    form = await world.say(TOM, "add phone")

    again = await world.press(
        TOM, form, "Continue", mac="D8:2E:3E", model="DMS Cisco 8865", owner="nobody@acme.example"
    )

    assert cards.mistakes(again).keys() == {"mac", "owner"}
    assert cards.filled(again) == {
        "mac": "D8:2E:3E",
        "model": "DMS Cisco 8865",
        "owner": "nobody@acme.example",
    }
    assert "Please correct these 2 fields:" in again["text"]
    await world.gone(TOM, form)

    plan = await world.press(TOM, again, "Continue", mac="D82E3EEF5302", owner="jack@acme.example")
    assert cards.facts(plan)["For"] == "Jack Doyle (jack@acme.example)"
    await world.press(TOM, plan, "Cancel")


async def test_all_mistakes_in_a_dect_network_are_reported_at_once(world: World):
    world.said_in_secret.add("12a4")
    form = await world.say(ELI, "create dect network")

    again = await world.force(
        ELI, form, "Continue",
        location="Paris", name="x" * 41, display_name="twelve chars", model="9999",
        access_code="12a4",
    )  # fmt: skip

    assert cards.mistakes(again).keys() == {
        "location", "name", "display_name", "model", "access_code",
    }  # fmt: skip
    assert cards.filled(again)["name"] == "x" * 41
    assert "12a4" not in str(again)
    await world.press(ELI, again, "Cancel")


async def test_change_shows_the_form_as_it_was_filled_in(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF5303 8865 for jack@acme.example")

    form = await world.press(TOM, plan, "Change")
    assert cards.filled(form) == {
        "mac": "D8:2E:3E:EF:53:03",
        "model": "DMS Cisco 8865",
        "owner": "jack@acme.example",
    }
    assert cards.mistakes(form) == {}
    await world.gone(TOM, plan)
    after = await world.press(TOM, form, "Continue", mac="D82E3EEF5304")
    await world.press(TOM, after, "Confirm")

    assert cards.code_of(after) == cards.code_of(plan)
    assert await world.devices("D82E3EEF5303") == []
    assert len(await world.devices("D82E3EEF5304")) == 1


@pytest.mark.parametrize("text", ["add phone", "add phone D82E3EEF5305 8865 for jack@acme.example"])
async def test_cancel_ends_the_request_and_removes_the_card(world: World, text: str):
    card = await world.say(TOM, text)

    async with world.nothing_changes():
        answer = await world.press(TOM, card, "Cancel")

    code = cards.code_of(answer)
    assert answer["text"] == f"{code} is cancelled. Nothing was changed."
    assert world.state(code) == "cancelled"
    await world.gone(TOM, card)


async def test_cancel_works_with_any_inputs(world: World):
    form = await world.say(TOM, "add phone zz-zz-zz")

    answer = await world.press(TOM, form, "Cancel")

    assert "is cancelled" in answer["text"]
