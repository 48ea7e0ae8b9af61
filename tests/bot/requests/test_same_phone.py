"""Two open requests about one phone know of each other."""

from dataclasses import replace

import pytest

from bot.core.errors import Unavailable
from bot.core.models.webex import Licence
from bot.requests.interaction import Reply
from bot.requests.lifecycle import PLAN_LIFETIME
from tests.bot.requests.fixtures import ELI, PHONE, TESS, TOM, RequestFixture, text_of
from tests.example_org import ANNS_PHONE, BERLIN, LYON, SOUTHS_PHONE, person

LYONS_PHONE = PHONE | {"owner": "hugo@example.com"}


async def code_of_toms_plan(world: RequestFixture) -> str:
    world.calling.owners += [
        person("tom", "Tom Berger", BERLIN, Licence.PROFESSIONAL),
        person("hugo", "Hugo Petit", LYON, Licence.PROFESSIONAL),
    ]
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    assert "about the same MAC" not in text_of(shown)
    return shown.request.code


async def test_the_second_plan_names_the_first(world: RequestFixture):
    code = await code_of_toms_plan(world)
    world.clock.now += 125
    shown = await world.ask("add phone", PHONE | {"owner": "Lobby"}, ELI)
    told = f"{code} of Tom Berger (not confirmed), 2 min ago, is about the same MAC."
    assert told in text_of(shown)


async def test_a_request_of_ones_own_counts_once_it_is_confirmed(world: RequestFixture):
    await code_of_toms_plan(world)
    shown = await world.ask("add phone", PHONE)
    assert "about the same MAC" not in text_of(shown)
    request = await world.put(shown, "approved", "running")
    again = await world.ask("add phone", PHONE)
    assert f"Your request {request.code}, just now, is about the same MAC." in text_of(again)


async def test_a_confirmed_request_of_somebody_else_has_no_note(world: RequestFixture):
    code = await code_of_toms_plan(world)
    await world.put(Reply(None, request=await world.row(code)), "approved", "running")
    shown = await world.ask("add phone", PHONE, ELI)
    assert f"{code} of Tom Berger, just now, is about the same MAC." in text_of(shown)


async def test_ones_own_plans_do_not_hide_those_of_others(world: RequestFixture):
    code = await code_of_toms_plan(world)
    for _ in range(2):
        await world.ask("add phone", PHONE, ELI)
    shown = await world.ask("add phone", PHONE, ELI)
    assert text_of(shown).count("about the same MAC") == 1
    assert code in text_of(shown)


async def test_a_plan_for_a_location_that_one_may_not_see_has_no_name(world: RequestFixture):
    code = await code_of_toms_plan(world)
    shown = await world.ask("add phone", LYONS_PHONE, TESS)
    assert "Another request (not confirmed) is about the same MAC." in text_of(shown)
    assert code not in text_of(shown)
    assert "Tom" not in text_of(shown)


async def test_a_person_who_cannot_be_read_is_named_by_address(world: RequestFixture):
    code = await code_of_toms_plan(world)
    shown = await world.ask("add phone", PHONE | {"owner": "Lobby"}, ELI)
    world.calling.broken["person"] = [Unavailable(503, "Down.", "T-7")] * 9
    again = await world.press(shown, "open", ELI)
    told = f"{code} of tom@example.com (not confirmed), just now, is about the same MAC."
    assert told in text_of(again)


async def test_the_name_that_a_press_stored_needs_no_read(world: RequestFixture):
    tom = replace(TOM, name="Tom B.")
    form = await world.press(await world.ask("add phone", PHONE), "change", tom)
    await world.press(form, "continue", tom, inputs=PHONE)
    world.calling.broken["person"] = [Unavailable(503, "Down.", "T-7")] * 9
    shown = await world.ask("add phone", PHONE | {"owner": "Lobby"}, ELI)
    assert "of Tom B. (not confirmed), just now, is about the same MAC" in text_of(shown)


@pytest.mark.parametrize("end", ["cancel", "time"])
async def test_a_request_that_has_ended_is_not_told(world: RequestFixture, end: str):
    await code_of_toms_plan(world)
    if end == "cancel":
        await world.type("cancel")
    else:
        world.clock.now += PLAN_LIFETIME + 1
    shown = await world.ask("add phone", PHONE, ELI)
    assert "about the same MAC" not in text_of(shown)


async def test_it_is_no_part_of_the_plan(world: RequestFixture):
    await code_of_toms_plan(world)
    shown = await world.ask("add phone", PHONE, ELI)
    world.clock.now += 125
    await world.press(shown, "confirm", ELI)
    await world.rest()
    assert shown.request
    assert await world.state(shown.request.code) == "done"


async def test_the_other_hears_at_confirm_who_has_the_phone(world: RequestFixture):
    await code_of_toms_plan(world)
    first = await world.ask("add phone", PHONE)
    second = await world.ask("add phone", PHONE, ELI)
    third = await world.ask("add phone", PHONE | {"owner": "Lobby"}, ELI)
    await world.press(first, "confirm", TOM)
    await world.rest()

    assert "Ann Alder already has this phone" in text_of(await world.press(second, "confirm", ELI))
    refused = text_of(await world.press(third, "confirm", ELI))
    assert "is in use by the Cisco 8865 of Ann Alder" in refused
    assert "To move that phone, type: move D8:2E:3E:EF:4E:5C to Lobby" in refused
    assert world.calling.changes == 1


@pytest.mark.parametrize("changes", [{}, {"mac": "D82E3EEF4E5D"}, {"device": SOUTHS_PHONE.mac}])
async def test_a_swap_is_about_the_old_phone_and_the_new_one(world: RequestFixture, changes):
    swap = {"device": ANNS_PHONE.mac, "mac": PHONE["mac"], "model": "8865"}
    first = await world.ask("swap phone", swap)
    assert first.request
    shown = await world.ask("swap phone", swap | changes, ELI)
    assert text_of(shown).count("is about the same MAC.") == 1
    assert first.request.code in text_of(shown)
    other = {"device": SOUTHS_PHONE.mac, "mac": "D82E3EEF4E5E", "model": "8865"}
    if "device" not in changes:
        assert "about the same MAC" not in text_of(await world.ask("swap phone", other, ELI))


async def test_lists_about_the_same_phones_are_told_in_one_sentence(world: RequestFixture):
    macs = [f"D82E3EEF40{number:02X}" for number in range(30)]
    rows = "\n".join(f"{mac} 8865 Lobby" for mac in macs)
    first = await world.ask("add phones", {"rows": rows}, TOM)
    assert first.request

    shown = await world.ask("add phones", {"rows": f"{rows}\n{PHONE['mac']} 8865 Lobby"}, ELI)

    assert text_of(shown).count("of the same MACs") == 1
    assert "just now, is about 30 of the same MACs." in text_of(shown)
    assert first.request.code in text_of(shown)
