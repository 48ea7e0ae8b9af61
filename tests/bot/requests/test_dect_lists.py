"""A DECT network is set up from a few lines: what people see of it from the plan to the undo."""

from typing import Any

import pytest

from bot.core.errors import Forbidden, Refused
from bot.core.models.files import FileMessage
from bot.core.models.requests import Request
from bot.requests.interaction import Reply
from tests.bot.requests.fixtures import DIRECT, ELI, GROUP, RequestFixture, text_of
from tests.bot.requests.lists import files, result_card, statuses, table, titles
from tests.fake_dect import refusal

BASES = "D82E3EEFA101\nD82E3EEFA102"
MEMBERS = "ann@example.com; bob@example.com\nbob@example.com"
INPUTS = {
    "location": "Lyon", "name": "Ward 3", "display_name": "Ward", "model": "DBS210",
    "bases": BASES, "members": MEMBERS,
}  # fmt: skip


TITLE = "Set up the DECT network Ward 3 in Lyon: 2 base stations and 2 handsets"
BUSY = Forbidden(403, "Busy.", "T-5")


async def plan(world: RequestFixture, place: Any = DIRECT, **inputs: str) -> Reply:
    return await world.ask("set up dect", INPUTS | inputs, ELI, place)


async def confirmed(world: RequestFixture, shown: Reply) -> Request:
    """The request after its end."""
    assert shown.request is not None, text_of(shown)
    assert shown.request.plan, text_of(shown)
    await world.press(shown, "confirm", ELI)
    await world.rest()
    return await world.row(shown.request.code)


def sheets(world: RequestFixture) -> list[FileMessage]:
    return files(world, "-handsets.html")


async def test_few_lines_need_no_files_and_end_with_a_pairing_sheet(world: RequestFixture):
    shown = await plan(world, GROUP)

    assert shown.files == ()
    assert text_of(shown).startswith(f"{TITLE}\n")
    assert "Time needed: about " in text_of(shown)
    request = await confirmed(world, shown)
    assert request.state == "done", request.outcome
    assert (files(world, "-check.csv"), files(world, "-result.csv")) == ([], [])
    (sheet,) = sheets(world)
    assert sheet.name == f"{request.code}-handsets.html"
    (sent,) = [message for message in world.messenger.posted if message.file is sheet]
    assert sent.email == ELI.email
    text = result_card(world).text
    assert text.startswith(f"✓ {TITLE}\n")
    assert "Bases added: 2\nHandsets added: 2\nSecond lines set: 1\n" in text
    assert "The pairing sheet was sent to eli@example.com in a direct message." in text
    assert titles(result_card(world)) == ["Undo", "Show network", "Another network"]


async def test_a_sheet_in_the_same_chat_is_named(world: RequestFixture):
    request = await confirmed(world, await plan(world))
    assert f"The pairing sheet is in {request.code}-handsets.html above." in result_card(world).text


async def test_no_code_reaches_the_space_or_the_database(world: RequestFixture):
    request = await confirmed(world, await plan(world, GROUP, access_code="7391"))

    page = sheets(world)[0].content.decode()
    assert "7391" in page
    in_space = [message.text for message in world.messenger.posted if message.place == GROUP]
    assert in_space
    assert not any("7391" in text for text in in_space)
    assert "7391" not in request.model_dump_json()


async def test_the_sheet_is_told_once_also_by_the_next_process(world: RequestFixture):
    shown = await plan(world, GROUP)
    assert shown.request is not None
    await world.press(shown, "confirm", ELI)
    world.messenger.unreachable.add(GROUP.room_id)
    await world.runner.finish(0.5)
    await world.runner.cancel_pending(0.0)
    assert len(sheets(world)) == 1
    world.messenger.unreachable.clear()

    world.restart()
    await world.runner.recover()
    await world.rest()

    assert len(sheets(world)) == 1
    assert "was sent to eli@example.com in a direct message" in result_card(world).text


async def test_what_failed_is_tried_again_in_the_network_that_is_there(world: RequestFixture):
    world.calling.troubles = [None, None, BUSY]  # of the handsets
    request = await confirmed(world, await plan(world))
    assert request.state == "partly", request.outcome
    text = result_card(world).text
    assert text.startswith(f"Partly done: {TITLE}\nBases added: 2\nFailed: 2\n")
    assert "Line 1 (Ann Alder): The base station was added. The handset was not added: " in text
    assert titles(result_card(world)) == ["Retry failed", "Undo", "Show network"]
    assert sheets(world) == []

    again = await world.press(request, "retry", ELI)

    assert text_of(again).startswith("Add 2 handsets to Ward 3\n")
    assert "DECT network: Ward 3 (is there already)" in text_of(again)
    assert f"This is what {request.code} did not do." in text_of(again)
    done = await confirmed(world, again)
    assert done.state == "done", done.outcome
    assert "Handsets added: 2\nSecond lines set: 1\n" in result_card(world).text
    (network,) = [net for net in world.calling.dect.held if net.name == "Ward 3"]
    assert len(world.calling.dect.stations[network.id]) == 2
    assert [len(each.lines) for each in world.calling.dect.sets[network.id]] == [2, 1]


async def test_the_undo_of_a_set_up_names_the_retry_that_must_be_undone_first(
    world: RequestFixture,
):
    world.calling.troubles = [None, None, BUSY]  # of the handsets
    request = await confirmed(world, await plan(world))
    retry = await confirmed(world, await world.press(request, "retry", ELI))

    with pytest.raises(Refused) as refused:
        await world.press(request, "undo", ELI)

    assert (
        f"The DECT network Ward 3 has 2 handsets of {retry.code}, so it is not deleted."
        f" To take that back first, type “undo {retry.code}”."
    ) in str(refused.value)
    undone = await confirmed(world, await world.press(retry, "undo", ELI))
    assert undone.state == "done", undone.outcome
    await confirmed(world, await world.press(request, "undo", ELI))
    assert [net.name for net in world.calling.dect.held] == ["Warehouse"]


async def test_a_second_line_that_failed_is_tried_again_alone(world: RequestFixture):
    world.calling.troubles = [None, None, None, BUSY]
    request = await confirmed(world, await plan(world))
    assert "The handset was added. The second line was not added: " in result_card(world).text
    changes = world.calling.changes

    done = await confirmed(world, await world.press(request, "retry", ELI))

    assert done.state == "done", done.outcome
    assert world.calling.changes == changes + 1
    assert "Second lines set: 1\n" in result_card(world).text


async def test_the_undo_of_a_network_that_the_request_created_deletes_it(world: RequestFixture):
    request = await confirmed(world, await plan(world))

    undo = await world.press(request, "undo", ELI)

    assert text_of(undo).startswith(f"Undo {request.code}: {TITLE}\n")
    assert "Delete network: Ward 3" in text_of(undo)
    assert "Deleting Ward 3 also deletes 2 base stations and 2 handsets." in text_of(undo)
    done = await confirmed(world, undo)
    assert done.state == "done", done.outcome
    assert [net.name for net in world.calling.dect.held] == ["Warehouse"]


async def test_a_code_that_was_not_kept_is_asked_for_again(world: RequestFixture):
    world.calling.troubles = [BUSY]  # the network is not created
    request = await confirmed(world, await plan(world, access_code="7391"))
    text = result_card(world).text
    assert text.startswith(f"Not done: {TITLE}\nNot begun: 2\nThe first (Create the DECT network")
    assert text.count("Webex does not allow me to do this.") == 1

    form = await world.press(request, "retry", ELI)

    assert "The password or code that you entered was not kept." in text_of(form)
    assert "Your list stays as it is if you leave both boxes empty." in text_of(form)
    assert form.request is not None
    inputs = {**INPUTS, "bases": "", "members": "", "access_code": "7391"}
    shown = await world.press(form, "continue", ELI, inputs=inputs)
    assert text_of(shown).startswith(TITLE)
    assert (await confirmed(world, shown)).state == "done"


async def test_a_network_that_is_deleted_meanwhile_is_told_once(world: RequestFixture):
    gone = refusal(404, "[Error 27455] DECT network does not exist.", 27455)
    world.calling.troubles = [None, None, gone]  # when the handsets are sent

    request = await confirmed(world, await plan(world))

    assert request.state == "partly", request.outcome
    text = result_card(world).text
    assert text.startswith(
        f"Partly done: {TITLE}\nBases added: 2\nFailed: 2\n"
        "The DECT network was deleted meanwhile, so nothing more could be added to it (2 rows)."
    )
    assert text.count("DECT network was deleted") == 1
    assert "does not exist" not in text


async def test_a_list_that_is_not_short_has_its_files(world: RequestFixture):
    bases = "\n".join(f"D82E3EEFB1{number:02X}" for number in range(20))
    shown = await plan(world, bases=bases, members="")

    request = await confirmed(world, shown)

    assert request.state == "done", request.outcome
    (check,) = shown.files
    assert check.name == f"{request.code}-check.csv"
    (result,) = files(world, "-result.csv")
    assert statuses(result) == ["added"] * 20
    assert table(result)[0]["base mac"] == "D8:2E:3E:EF:B1:00"
    assert "Bases added: 20\n" in result_card(world).text


async def test_another_handset_of_the_same_network(world: RequestFixture):
    shown = await world.ask(
        "add handset", {"network": "Warehouse", "members": "bob@example.com"}, ELI
    )
    request = await confirmed(world, shown)
    assert request.state == "done", request.outcome
    assert titles(result_card(world)) == ["Undo", "Show network", "Add another"]

    form = await world.press(request, "another", ELI)

    assert f"As in {request.code}: dect network." in text_of(form)
    assert "Warehouse" in text_of(form)


async def test_the_button_shows_the_network(world: RequestFixture):
    await confirmed(world, await plan(world))
    (show,) = [
        action["data"] for action in result_card(world).card["actions"]  # type: ignore[index]
        if action["title"] == "Show network"
    ]  # fmt: skip
    assert show["say"] == "dect Ward 3 in Lyon"
