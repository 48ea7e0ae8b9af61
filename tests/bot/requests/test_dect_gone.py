"""A DECT network that is deleted while base stations and handsets are added to it."""

from tests.bot.requests.fixtures import ELI, RequestFixture, text_of
from tests.bot.requests.lists import result_card, titles
from tests.bot.requests.test_dect_lists import TITLE, confirmed, plan
from tests.fake_dect import refusal

GONE = refusal(404, "[Error 27455] DECT network does not exist.", 27455)


async def test_what_is_gone_with_a_network_is_told(world: RequestFixture):
    members = "ann@example.com; bob@example.com\nbob@example.com; ann@example.com"
    shown = await world.ask("add handset", {"network": "Warehouse", "members": members}, ELI)
    world.calling.troubles = [None, GONE]  # the handsets are added, no second line

    await confirmed(world, shown)

    text = result_card(world).text
    assert (
        "The DECT network was deleted meanwhile, so nothing more could be added to it (2 rows).\n"
        "Everything that was added to it before was deleted with it.\n"
        "To set the network up again, type: set up dect\n"
    ) in text
    assert titles(result_card(world)) == []


async def test_the_form_for_a_network_that_is_gone_says_that_the_lines_are_kept(
    world: RequestFixture,
):
    shown = await world.ask(
        "add handset", {"network": "Warehouse", "members": "ann@example.com"}, ELI
    )
    world.calling.troubles = [GONE]
    request = await confirmed(world, shown)
    world.calling.dect.held.clear()

    form = await world.press(request, "retry", ELI)

    assert "There is no DECT network yet." in text_of(form)
    assert "Your list stays as it is if you leave" in text_of(form)


async def test_a_retry_sets_up_all_of_a_network_that_is_gone(world: RequestFixture):
    world.calling.troubles = [None, None, None, GONE]  # a second line is not set
    request = await confirmed(world, await plan(world))
    assert "“Retry failed” sets the network up again" in result_card(world).text
    assert titles(result_card(world)) == ["Retry failed"]
    world.calling.dect.held.clear()

    again = await world.press(request, "retry", ELI)

    assert text_of(again).startswith(f"{TITLE}\n")


async def test_a_deletion_names_the_request_that_is_still_adding(world: RequestFixture):
    delete = {"network": "Warehouse"}
    before = await world.ask("delete dect network", delete, ELI)
    assert "still changing" not in text_of(before)
    shown = await world.ask(
        "add handset", {"network": "Warehouse", "members": "ann@example.com"}, ELI
    )
    adding = await world.put(shown, "approved", "running")

    plan = await world.ask("delete dect network", delete, ELI)

    assert f"{adding.code} is still changing this DECT network." in text_of(plan)
