"""Phones that Webex accepted without listing them: provbot knows its own requests."""

import pytest

from bot.core.errors import Refused, Unavailable, WebexError
from bot.core.models.people import Sender
from bot.domain.lookup.late_phones import EXPECTED_WITHIN
from bot.operations.devices import DEVICE, DEVICES, named_devices
from bot.requests.accepted_phones import REMEMBERED_FOR, REMOVAL_TOLD_FOR
from cards import render
from tests.bot.requests.fixtures import ELI, PHONE, TESS, TOM, RequestFixture, text_of
from tests.example_org import ANN, ANNS_PHONE, FREE_MAC

LATE = PHONE | {"model": "9861"}
SHOWN = "Cisco 9861 D8:2E:3E:EF:4E:5C"
ACCEPTED = f"{SHOWN} was accepted 2 min ago for Ann Alder ({{}}); Webex does not list it yet."


async def accepted(world: RequestFixture) -> str:
    """The code of a request whose phone Webex accepted two minutes ago."""
    world.calling.unlisted = {FREE_MAC}
    code = await world.confirmed("add phone", LATE)
    world.clock.now += 120
    return code


async def answer(world: RequestFixture, text: str, sender: Sender = TOM, question=DEVICES) -> str:
    grants = await world.authorization.grants(await world.known(sender))
    context = world.authorization.context(question.name, grants)
    caller = world.authorization.caller(sender.email, grants)
    return render.to_text(await question.answer(text, caller, context))


@pytest.mark.parametrize("question", [DEVICES, DEVICE], ids=["devices", "device"])
@pytest.mark.parametrize("text", ["D8:2E:3E:EF:4E:5C", "9861"])
async def test_a_search_tells_of_the_request(world: RequestFixture, question, text: str):
    code = await accepted(world)
    shown = await answer(world, text, question=question)
    assert shown.startswith(f"Not listed by Webex: {SHOWN}")
    assert ACCEPTED.format(code) in shown


@pytest.mark.parametrize("text", ["ann", "ann@example.com", "Ann Alder", ""])
async def test_a_list_of_other_devices_tells_of_it_as_well(world: RequestFixture, text: str):
    code = await accepted(world)
    shown = await answer(world, text)
    assert "Cisco 8845" in shown
    assert ACCEPTED.format(code) in shown
    assert ACCEPTED.format(code) in await answer(world, text or "ann", question=DEVICE)


@pytest.mark.parametrize("text", ["Lobby", "8865", "offline", "00:00:5E:00:53:99"])
async def test_a_search_for_others_does_not(world: RequestFixture, text: str):
    await accepted(world)
    assert "was accepted" not in await answer(world, text)


async def test_a_bare_name_tells_of_it(world: RequestFixture):
    await accepted(world)
    world.calling.held = [phone for phone in world.calling.held if phone.mac == FREE_MAC]
    grants = await world.authorization.grants(TOM)
    context = world.authorization.context("devices", grants)
    caller = world.authorization.caller(TOM.email, grants)
    card = await named_devices("Ann Alder", caller, context)
    assert card
    assert render.to_text(card).startswith("Not listed by Webex")


async def test_adding_it_again_is_answered_with_the_request(world: RequestFixture):
    code = await accepted(world)
    shown = text_of(await world.ask("add phone", LATE))
    assert ACCEPTED.format(code) in shown
    assert "Nothing needs to be added." in shown


@pytest.mark.parametrize(
    ("name", "more"), [("delete device", {}), ("tag", {"tags": "+lobby"})], ids=["delete", "tag"]
)
async def test_it_cannot_be_changed_yet(world: RequestFixture, name: str, more):
    code = await accepted(world)
    shown = text_of(await world.ask(name, {"device": "D8:2E:3E:EF:4E:5C"} | more))
    assert ACCEPTED.format(code) in shown
    assert "Until then it can be changed in Control Hub only." in shown


async def test_undo_says_what_to_do_until_webex_lists_it(world: RequestFixture):
    code = await accepted(world)
    with pytest.raises(Refused) as refused:
        await world.type("undo", code)
    told = str(refused.value)
    assert told.startswith(
        f"{code} cannot be undone now. Nothing was changed. {SHOWN} was accepted"
    )
    assert told.endswith(f"To try again later, type: undo {code}")
    assert text_of(await world.type("drafts")).startswith("No drafts")
    world.calling.unlisted = set()
    shown = await world.type("undo", code)
    assert text_of(shown).startswith("Delete the Cisco 9861 of Ann Alder")


async def test_when_webex_lists_it_the_ordinary_answers_take_over(world: RequestFixture):
    await accepted(world)
    world.calling.unlisted = set()
    assert "was accepted" not in await answer(world, "D8:2E:3E:EF:4E:5C", question=DEVICE)
    assert "was accepted" not in await answer(world, "ann")
    assert "Ann Alder already has this phone" in text_of(await world.ask("add phone", LATE))


async def test_a_phone_that_was_deleted_since_is_forgotten(world: RequestFixture):
    await accepted(world)
    world.calling.held = [phone for phone in world.calling.held if phone.mac != FREE_MAC]
    assert "was accepted" not in await answer(world, "D8:2E:3E:EF:4E:5C")


async def test_without_the_check_of_the_mac_it_counts_as_there(world: RequestFixture):
    code = await accepted(world)
    world.calling.broken["mac_state"] = [Unavailable(503, "Down.", "T-7")] * 9
    assert ACCEPTED.format(code) in await answer(world, "D8:2E:3E:EF:4E:5C")


async def test_after_a_day_it_should_be_listed(world: RequestFixture):
    await accepted(world)
    world.clock.now += EXPECTED_WITHIN
    shown = await answer(world, "D8:2E:3E:EF:4E:5C")
    assert "but Webex still does not list it. Please look in Control Hub" in shown
    assert "still does not list it" in await answer(world, "ann")
    assert "was accepted" not in await answer(world, "")
    world.clock.now += REMEMBERED_FOR
    assert "No device has the MAC" in await answer(world, "D8:2E:3E:EF:4E:5C")


async def test_it_is_told_to_those_who_may_see_the_location(world: RequestFixture):
    await accepted(world)
    for text in ("D8:2E:3E:EF:4E:5C", "9861", ""):
        assert "was accepted" not in await answer(world, text, TESS)
    shown = text_of(await world.ask("add phone", LATE | {"owner": "Store Room"}, TESS))
    assert ANN.name not in shown
    assert "I cannot see the device" in shown


SWAP = {"device": ANNS_PHONE.mac, "mac": "D8:2E:3E:EF:4E:5C", "model": "8865"}
REMOVED = "It was removed by {0}. To put it back, type: undo {0}"


async def test_a_phone_that_a_swap_replaced_is_told_by_its_mac(world: RequestFixture):
    code = await world.confirmed("swap phone", SWAP)
    for question in (DEVICES, DEVICE):
        shown = await answer(world, ANNS_PHONE.mac, question=question)
        assert REMOVED.format(code) in shown
        assert "9800" not in shown
    form = await world.ask("tag", {"device": ANNS_PHONE.mac, "tags": "+vip"})
    assert REMOVED.format(code) in text_of(form)


async def test_a_phone_that_a_half_done_swap_removed_is_told(world: RequestFixture):
    world.calling.troubles = [None, WebexError(400, "No such model.", "T-1")]
    code = await world.confirmed("swap phone", SWAP)
    assert await world.state(code) == "partly"
    shown = await answer(world, ANNS_PHONE.mac)
    assert f"It was removed by {code} (partly done). To put it back, type: undo {code}" in shown


async def test_a_removal_is_not_told_in_other_locations(world: RequestFixture):
    await world.confirmed("swap phone", SWAP)
    assert "removed" not in await answer(world, ANNS_PHONE.mac, TESS)


async def test_a_removal_is_not_told_for_ever(world: RequestFixture):
    await world.confirmed("swap phone", SWAP)
    world.clock.now += REMOVAL_TOLD_FOR + 1
    assert "removed" not in await answer(world, ANNS_PHONE.mac)


async def test_the_undo_that_removed_a_phone_is_not_taken_back(world: RequestFixture):
    swap = await world.row(await world.confirmed("swap phone", SWAP))
    undo = await world.type("undo", swap.code)
    await world.press(undo, "confirm")
    await world.rest()
    assert undo.request
    shown = await answer(world, SWAP["mac"])
    assert f"It was removed by {undo.request.code}." in shown
    assert "put it back" not in shown


async def test_each_phone_of_a_list_is_known_with_its_own_owner(world: RequestFixture):
    macs = (FREE_MAC, "D82E3EEF4E61")
    world.calling.unlisted = {*macs}
    rows = f"{macs[0]} 9861 ann@example.com\n{macs[1]} 9861 Meeting Room South"
    code = await world.confirmed("add phones", {"rows": rows}, ELI)

    shown = await answer(world, "9861")

    assert f"{SHOWN} was accepted just now for Ann Alder ({code})" in shown
    assert f"was accepted just now for Meeting Room South ({code})" in shown
    # Their locations are those of the whole list, so that nobody else is told where each is.
    assert "was accepted" not in await answer(world, "9861", TESS)
