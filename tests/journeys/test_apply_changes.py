"""A phone is asked to fetch its configuration: typed, by button, refused, and answered late."""

import asyncio

import pytest

from tests.journeys import cards
from tests.journeys.world import ADA, ELI, TESS, TOM, VERA, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERINS, DOOR, BOARD, IVYS = "001122334455", "0011223344C3", "0011223344F7", "0011223344B2"
FRANKS, ERINS_SECOND = "0011223344D4", "0011223344A1"


def applied(world: World, mac: str) -> int:
    """How often the phone was asked."""
    phones = world.sandbox.cloud.organization.phones.values()
    return next(phone.applied_changes for phone in phones if phone.mac == mac)


async def test_a_typed_command_shows_a_plan_and_confirm_asks_the_phone(world: World):
    before = applied(world, ERINS)
    async with world.nothing_changes():
        plan = await world.say(TOM, f"apply changes to {ERINS}")
    assert cards.facts(plan) == {
        "Device": "Erin Walsh · Cisco 8845",
        "MAC": "00:11:22:33:44:55",
        "Location": "Austin",
        "Status": "online",
    }
    (warning,) = cards.warnings(plan)
    assert "It may restart" in warning
    seq = await world.client.seq()

    result = await world.press(TOM, plan, "Confirm")

    assert "✓ The Cisco 8845 of Erin Walsh fetches its configuration" in result["text"]
    assert "Undo" not in cards.buttons(result)
    (call,) = await world.changes(seq)
    assert (call["method"], call["body"]) == ("POST", None)
    assert call["path"].endswith("/actions/applyChanges/invoke")
    assert applied(world, ERINS) == before + 1
    refused = await world.say(TOM, f"undo {cards.code_of(result)}")
    assert "This needs no undo" in refused["text"]


async def test_the_button_on_the_card_of_a_phone_opens_the_plan(world: World):
    card = await world.say(TOM, f"device {FRANKS}")
    assert cards.buttons(card) == ["Tag", "Apply changes", "Swap", "Move", "Delete"]

    plan = await world.press(TOM, card, "Apply changes")

    assert cards.facts(plan)["MAC"] == "00:11:22:33:44:D4"
    await world.press(TOM, plan, "Confirm")
    assert applied(world, FRANKS) == 1


@pytest.mark.parametrize(
    "text",
    ["let Frank Weber's phone fetch its configuration", "update the config of frank's phone"],
)
async def test_other_words_for_it_open_the_plan(world: World, text: str):
    plan = await world.say(TOM, text)
    assert cards.facts(plan)["MAC"] == "00:11:22:33:44:D4"
    await world.press(TOM, plan, "Cancel")


async def test_who_may_not_change_phones_has_no_button_and_is_refused(world: World):
    card = await world.say(VERA, f"device {ERINS}")
    assert cards.buttons(card) == []

    async with world.nothing_changes():
        answer = await world.say(VERA, f"apply changes to {ERINS}")
        elsewhere = await world.say(TESS, f"apply changes to {ERINS}")

    assert "Your role (viewer) does not allow “apply changes”" in answer["text"]
    assert "device" in cards.mistakes(elsewhere)
    await world.press(TESS, elsewhere, "Cancel")


@pytest.mark.parametrize(
    ("mac", "reason"), [(DOOR, "because the customer manages it"), (BOARD, "is not a desk phone")]
)
async def test_what_webex_does_not_configure_has_no_button_and_is_refused(
    world: World, mac: str, reason: str
):
    card = await world.say(ADA, f"device {mac}")
    assert "Apply changes" not in cards.buttons(card)

    async with world.nothing_changes():
        form = await world.say(ADA, f"apply changes to {mac}")

    assert reason in cards.mistakes(form)["device"]
    await world.press(ADA, form, "Cancel")


async def test_a_phone_that_is_offline_is_said_to_wait_for_its_connection(world: World):
    plan = await world.say(TOM, f"apply changes to {ERINS_SECOND}")
    (warning,) = cards.warnings(plan)
    assert warning.endswith("It fetches its configuration once it is connected.")
    assert "call" not in warning

    result = await world.press(TOM, plan, "Confirm")

    assert (
        "✓ The Cisco 8865 of Erin Walsh will fetch its configuration when it is online"
        in result["text"]
    )
    assert "once it is connected" in result["text"]
    assert "Erin Walsh fetches" not in result["text"]
    assert applied(world, ERINS_SECOND) == 1


async def test_a_9800_that_only_its_owner_lists_is_found_by_its_owner(world: World):
    card = await world.say(ELI, "devices ivy@acme.example")
    assert "Please use Control Hub for the Cisco 9841" in card["text"]

    plan = await world.press(ELI, card, "Apply changes")

    assert cards.facts(plan)["MAC"] == "00:11:22:33:44:B2"
    assert "Webex does not show the status" in cards.warnings(plan)[1]
    result = await world.press(ELI, plan, "Confirm")
    assert "fetches its configuration" in result["text"]
    assert applied(world, IVYS) == 1
    form = await world.say(ELI, f"apply changes to {IVYS}")
    assert "please type its owner instead" in cards.mistakes(form)["device"]
    await world.press(ELI, form, "Cancel")


async def test_a_9800_must_be_online(world: World):
    before = applied(world, IVYS)
    phones = world.sandbox.cloud.organization.phones.values()
    phone = next(phone for phone in phones if phone.mac == IVYS)
    phone.listed_from = phone.known_from  # it is Webex Aware now
    await world.client.report(IVYS, status="disconnected")
    plan = await world.say(ELI, f"apply changes to {IVYS}")
    (warning,) = cards.warnings(plan)
    assert "9800 series that are not online" in warning

    failed = await world.press(ELI, plan, "Confirm")

    assert "Phones of the 9800 series must be online for it" in failed["text"]
    assert "Nothing was changed" in failed["text"]
    assert applied(world, IVYS) == before
    await world.client.report(IVYS, status="connected")
    again = await world.say(ELI, f"resync {IVYS}")
    assert len(cards.warnings(again)) == 1
    await world.press(ELI, again, "Confirm")
    assert applied(world, IVYS) == before + 1


async def test_two_presses_ask_the_phone_once(world: World):
    before = applied(world, ERINS)
    plan = await world.say(TOM, f"sync the phone {ERINS}")
    data = cards.data_of(plan, "Confirm")

    await asyncio.gather(*(world.client.press(TOM, plan["id"], data=data) for _ in range(2)))
    await world.at_rest()

    assert applied(world, ERINS) == before + 1


async def test_a_lost_answer_is_not_sent_again_and_said_to_be_harmless(world: World):
    before = applied(world, ERINS)
    plan = await world.say(TOM, f"apply changes to {ERINS}")
    await world.client.fault(
        method="POST", path="/telephony/*applyChanges*", afterCommit=True, drop=True
    )
    seq = await world.client.seq()

    result = await world.press(TOM, plan, "Confirm")

    assert "nobody can look up whether the phone fetches" in result["text"]
    assert "Doing it twice does no harm" in result["text"]
    assert len(await world.changes(seq)) == 1
    assert applied(world, ERINS) == before + 1
