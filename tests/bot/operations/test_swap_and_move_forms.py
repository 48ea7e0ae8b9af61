"""The forms that ask what to swap and what to move, and the buttons that open them."""

from typing import Any

import pytest

from bot.core.models.webex import Device
from bot.domain.forms import clean_inputs, read_form
from bot.domain.operation import Caller, Permission
from bot.operations.delete_device import DELETE_DEVICE
from bot.operations.devices import DEVICE
from bot.operations.move_phone import MOVE_PHONE
from bot.operations.move_phone import Form as MoveForm
from bot.operations.move_phone import fields as move_fields
from bot.operations.swap_phone import SWAP_PHONE
from bot.operations.swap_phone import Form as SwapForm
from bot.operations.swap_phone import fields as swap_fields
from bot.operations.tag import TAG
from cards import render
from tests.bot.domain.two_phones import read
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.example_org import ANNS_PHONE, FREE_MAC, THIRD_PARTY
from tests.fake_calling import FakeCalling, lost

OLD = "00:00:5E:00:53:01"
EVERYTHING = Caller(
    "eli@example.com",
    ("engineer",),
    tuple(
        Permission(command.name, device_button=command.device_button)
        for command in (TAG, SWAP_PHONE, MOVE_PHONE, DELETE_DEVICE)
    ),
)


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def swap_form(calling: FakeCalling, **inputs: str) -> dict[str, Any]:
    """The fields of the form, by id."""
    return {field.id: field for field in await swap_fields(inputs, context(calling))}


async def test_the_swap_form_shows_what_was_typed(calling):
    shown = await swap_form(calling, device=OLD, mac=FREE_MAC, model="8865")
    assert [*shown] == ["device", "mac", "model"]
    assert (shown["device"].value, shown["mac"].value) == (OLD, FREE_MAC)
    assert shown["model"].value == "DMS Cisco 8865"


async def test_the_model_of_the_new_phone_may_stay_empty(calling):
    model = (await swap_form(calling, device=OLD))["model"]
    assert not model.required
    assert model.placeholder == "As the old one"
    form = read_form(SwapForm, clean_inputs(SwapForm, {"device": OLD, "mac": FREE_MAC}))
    assert form.problems == {}
    assert form.values["model"] == ""


async def test_an_unknown_model_is_told_beside_its_field(calling):
    model = (await swap_form(calling, device=OLD, model="8866"))["model"]
    assert "has no model “8866”" in model.error


async def test_the_swap_form_asks_for_what_is_missing():
    form = read_form(SwapForm, {})
    assert form.problems == {
        "device": "Please enter the MAC address or the name of the device.",
        "mac": "Please enter the MAC address of the new phone.",
    }


@pytest.mark.parametrize(
    ("inputs", "asks"),
    [
        ({"model": THIRD_PARTY.model}, True),
        ({"device": OLD, "model": THIRD_PARTY.model}, True),
        ({"device": OLD, "model": "8865"}, False),
        ({"device": OLD}, False),
        ({}, False),
    ],
)
async def test_the_password_is_asked_for_if_the_new_model_needs_one(calling, inputs, asks):
    assert ("password" in await swap_form(calling, **inputs)) is asks


async def test_the_password_is_asked_for_if_the_old_phone_needs_one(calling):
    calling.held[0] = ANNS_PHONE.model_copy(update={"product": THIRD_PARTY.display_name})
    assert "password" in await swap_form(calling, device=OLD)
    assert "password" not in await swap_form(calling, device=OLD, model="8865")
    assert "password" not in await swap_form(calling, device="Nobody")


async def test_the_form_opens_without_the_old_phone_if_it_cannot_be_read(calling):
    calling.broken["devices"] = [lost()]
    assert [*await swap_form(calling, device=OLD)] == ["device", "mac", "model"]


async def test_the_move_form_has_the_phone_and_its_new_owner(calling):
    shown = await move_fields({"device": OLD, "owner": "bob@example.com"}, context(calling))
    assert [(field.id, field.label, field.value) for field in shown] == [
        ("device", "Phone", OLD),
        ("owner", "New owner", "bob@example.com"),
    ]
    assert [*read_form(MoveForm, {}).problems] == ["device", "owner"]


async def buttons(device: Device, caller: Caller = EVERYTHING) -> dict[str, str]:
    """What the buttons of the card of a device type, by title."""
    calling = FakeCalling()
    calling.held[0] = device
    content = render.to_content(await DEVICE.answer("Ann Alder", caller, context(calling)))
    assert rules.violations(content) == []
    actions = [each for row in content["body"] for each in row.get("actions", [])]
    actions += content.get("actions", [])
    return {action["title"]: action["data"]["say"] for action in actions}


async def test_the_card_of_a_phone_offers_to_swap_and_to_move_it():
    shown = await buttons(ANNS_PHONE.model_copy(update={"type": "phone"}))
    assert [*shown] == ["Tag", "Swap", "Move", "Delete"]
    assert read(shown["Swap"]) == ("swap phone", {"device": OLD})
    assert read(shown["Move"]) == ("move phone", {"device": OLD})


async def test_a_room_device_is_neither_swapped_nor_moved():
    shown = await buttons(ANNS_PHONE.model_copy(update={"type": "roomdesk"}))
    assert [*shown] == ["Tag", "Delete"]


async def test_nobody_is_offered_what_their_role_does_not_allow():
    caller = Caller("tom@example.com", ("technician",), EVERYTHING.permissions[:2])
    assert [*await buttons(ANNS_PHONE, caller)] == ["Tag", "Swap"]
