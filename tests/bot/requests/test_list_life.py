"""The life of a request about a list, to its Confirm: check, Change, approval."""

from typing import Any

import pytest

from bot.core.errors import PrivateRefusal
from bot.core.models.mac import show_mac
from bot.core.models.people import Grant, Role
from bot.core.models.requests import Request
from bot.domain.lists.reader import read_file
from bot.store import grants as grants_table
from bot.store.sql import Database, select
from tests.bot.requests.fixtures import ADA, ELI, TOM, VERA, RequestFixture, card, text_of
from tests.bot.requests.lists import (
    CODE,
    LINES,
    files,
    open_lines,
    result_card,
    shown_file,
    statuses,
    table,
    titles,
)
from tests.example_org import ANN, ANNS_PHONE, FREE_MAC


async def test_a_list_is_checked_row_by_row(world: RequestFixture):
    shown = await open_lines(world, LINES)

    (check,) = shown.files
    assert shown.request is not None
    assert check.name == f"{shown.request.code}-check.csv"
    assert statuses(check) == ["ready", "ready", "wrong", "ready"]
    assert "nobody@example.com" in table(check)[2]["reason"]


async def test_card_and_file_agree_on_a_room_device_without_model(world: RequestFixture):
    rows = read_file(b"Workspace,Model\nBoardroom,\n")

    shown = await world.ask("add phones", {}, ELI, rows=rows)

    assert "Confirm runs the 1 ready row." in text_of(shown)
    assert statuses(shown.files[0]) == ["ready"]


async def test_lists_of_macs_say_whose_devices_they_are(world: RequestFixture):
    shown = await world.ask("delete devices", {"rows": ANNS_PHONE.mac}, ADA)

    assert f"Row 1: {show_mac(ANNS_PHONE.mac)}, Cisco 8845 of Ann Alder\n" in text_of(shown)
    assert table(shown.files[0])[0]["reason"] == "The Cisco 8845 of Ann Alder."
    await world.press(shown, "confirm", ADA)
    await world.rest()
    (result,) = files(world, "-result.csv")
    assert table(result)[0]["reason"] == "The Cisco 8845 of Ann Alder."


async def test_the_files_name_people_who_were_mentioned(world: RequestFixture):
    shown = await open_lines(world, f"{FREE_MAC} 8865 for {ANN.key}")
    assert table(shown.files[0])[0]["Owner"] == "Ann Alder"

    await world.press(shown, "confirm", ELI)
    await world.rest()

    (result,) = files(world, "-result.csv")
    assert table(result)[0]["Owner"] == "Ann Alder"


async def test_the_card_of_a_check_counts_and_names_the_wrong_rows(world: RequestFixture):
    shown = await open_lines(world, LINES)

    text = text_of(shown)
    assert text.startswith("Add 2 phones and get 1 activation code\n")
    assert "Row 3: I found no person or workspace called “nobody@example.com”" in text
    assert "Confirm runs the 3 ready rows and leaves out 1." in text
    assert [action["title"] for action in card(shown)["actions"]] == ["Confirm", "Change", "Cancel"]


async def test_a_list_without_a_ready_row_has_no_confirm(world: RequestFixture):
    shown = await open_lines(world, f"{FREE_MAC} 8865 nobody@example.com")

    assert text_of(shown).startswith("No row of this list can run\n")
    assert "Nothing was changed." in text_of(shown)
    assert [action["title"] for action in card(shown)["actions"]] == ["Change", "Cancel"]


async def test_a_press_on_an_old_card_does_not_post_the_same_file_again(world: RequestFixture):
    shown = await open_lines(world, LINES)

    again = await world.press(shown, "confirm", ELI, version=1)

    assert again.files == ()
    assert "Confirm runs the 3 ready rows" in text_of(again)


async def test_continue_that_is_handled_again_posts_the_file_again(world: RequestFixture):
    form = await world.ask("add phones", {}, ELI)
    assert form.request is not None
    await world.press(form, "continue", ELI, inputs={"rows": LINES})

    again = await world.press(form, "continue", ELI, inputs={"rows": LINES})

    assert [statuses(file) for file in again.files] == [["ready", "ready", "wrong", "ready"]]


async def test_a_row_that_is_wrong_by_now_is_named_with_its_number(world: RequestFixture):
    shown = await open_lines(world, LINES)
    world.calling.foreign_macs.add(FREE_MAC)

    again = await world.press(shown, "confirm", ELI)

    assert "Row 1 is wrong now." in text_of(again)
    (check,) = again.files
    assert statuses(check) == ["wrong", "ready", "wrong", "ready"]


async def test_a_file_keeps_its_columns(world: RequestFixture):
    rows = read_file(f"Comment;Owner;Model;MAC\nx;ann@example.com;8865;{FREE_MAC}\n".encode())

    shown = await world.ask("add phones", {}, ELI, rows=rows)

    (check,) = shown.files
    (row,) = table(check)
    assert (row["Comment"], row["status"]) == ("x", "ready")


async def test_ask_again_after_the_plan_expired_checks_the_same_file(world: RequestFixture):
    rows = read_file(f"Comment;Owner;Model;MAC\nx;ann@example.com;8865;{FREE_MAC}\n".encode())
    shown = await world.ask("add phones", {}, ELI, rows=rows)
    world.clock.now += 3600.0
    expired = await world.press(shown, "confirm", ELI)

    again = await world.press(expired, "again", ELI)

    (check,) = again.files
    assert table(check)[0]["Comment"] == "x"


def stored(db: Database) -> list[dict[str, Any]]:
    """What the database has of requests and their lists."""
    return [*select(db, "select * from requests"), *select(db, "select * from lists")]


@pytest.mark.parametrize(
    "text",
    [
        f"MAC,Model,Owner,PIN\n{FREE_MAC},8865,ann@example.com,Secret-77",
        f"MAC,Model,Owner,Password\n{FREE_MAC},8865,ann@example.com,Secret  77",  # refused
        f"MAC Model Owner Password\n{FREE_MAC} 8865 ann@example.com Secret-77",
        f"MAC;Model;Password\n{FREE_MAC};8865;Secret-77",  # no list: there is no owner
        f"{FREE_MAC} 8865 ann@example.com password: Secret-77\nD82E3EEF4E61 8865 Lobby",
    ],
)
async def test_pasted_lines_that_may_have_secrets_are_not_stored(world: RequestFixture, text: str):
    shown = await open_lines(world, text)

    assert shown.request is not None
    assert "Secret" not in str(await world.store.call(stored))
    assert "Secret" not in str((card(shown), shown.files))
    form = await world.press(shown, "change", ELI)
    assert "Secret" not in str(card(form))


async def test_a_list_that_replaces_a_longer_one_says_so(world: RequestFixture):
    rows = read_file(f"Owner;Model;MAC\nann@example.com;8865;{FREE_MAC}\nLobby;8865;\n".encode())
    shown = await world.ask("add phones", {}, ELI, rows=rows)
    form = await world.press(shown, "change", ELI)
    assert "they replace your list of 2 rows." in text_of(form)

    plan = await world.press(form, "continue", ELI, inputs={"rows": CODE})

    assert "This replaces your list of 2 rows." in text_of(plan)
    again = await world.press(plan, "change", ELI)
    plan = await world.press(again, "continue", ELI, inputs={"rows": CODE})
    assert "This replaces your list of 2 rows." in text_of(plan)
    again = await world.press(plan, "change", ELI)
    longer = await world.press(again, "continue", ELI, inputs={"rows": f"{CODE}\n8865 Lobby"})
    assert "This replaces" not in text_of(longer)


async def test_a_list_names_the_unconfirmed_list_of_the_same_phones(world: RequestFixture):
    first = await open_lines(world, LINES)

    second = await open_lines(world, LINES)

    assert first.request is not None
    assert (
        f"Your list {first.request.code} (not confirmed), just now, is about 2 of the same MACs. If"
        f" this one replaces it, type: cancel {first.request.code}"
    ) in text_of(second)
    await world.press(first, "cancel", ELI)
    third = await world.press(second, "confirm", ELI, version=1)
    assert "not confirmed" not in text_of(third)


async def waiting_list(world: RequestFixture) -> Request:
    """A list of a technician that waits for approval."""
    shown = await world.ask("add phones", {"rows": LINES}, TOM)
    await world.allow(Grant(VERA.email, Role.APPROVER))
    assert shown.request is not None
    await world.press(shown, "confirm", TOM)
    return await world.row(shown.request.code)


async def test_an_approver_sees_what_a_list_would_do_and_its_file(world: RequestFixture):
    request = await waiting_list(world)

    asked = next(m for m in world.messenger.posted if m.email == VERA.email and m.card)
    assert titles(asked) == ["Approve", "Reject", "Show list"]
    assert "Wrong: 1" in asked.text
    assert "Row 1: D8:2E:3E:EF:4E:5C, Cisco 8865 for Ann Alder" in asked.text
    shown = await world.press(request, "list", VERA, room="direct-vera")
    assert shown.to is not None
    assert shown.to.email == VERA.email
    assert statuses(shown_file(shown)) == ["ready", "ready", "wrong", "ready"]


async def test_nobody_else_gets_the_file_of_a_list(world: RequestFixture):
    request = await waiting_list(world)

    with pytest.raises(PrivateRefusal, match="can see its list"):
        await world.press(request, "list", ELI)


async def test_an_approver_who_lost_the_role_gets_no_file(world: RequestFixture):
    request = await waiting_list(world)
    await world.store.call(grants_table.revoke, Grant(VERA.email, Role.APPROVER))

    with pytest.raises(PrivateRefusal, match="can see its list"):
        await world.press(request, "list", VERA)


async def test_change_fills_in_the_lines(world: RequestFixture):
    shown = await open_lines(world, LINES)

    form = await world.press(shown, "change", ELI)

    box = next(part for part in card(form)["body"] if part.get("id") == "rows")
    assert box["value"] == LINES


async def test_change_of_a_file_keeps_the_list_until_there_is_another(world: RequestFixture):
    rows = read_file(f"Comment;Owner;Model;MAC\nx;ann@example.com;8865;{FREE_MAC}\n".encode())
    shown = await world.ask("add phones", {}, ELI, rows=rows)

    form = await world.press(shown, "change", ELI)

    assert "Your list stays as it is if you leave the box empty." in text_of(form)
    box = next(part for part in card(form)["body"] if part.get("id") == "rows")
    assert "value" not in box
    assert "isRequired" not in box
    again = await world.press(form, "continue", ELI, inputs={"rows": ""})
    assert text_of(again).startswith("Add 1 phone\n")
    form = await world.press(again, "change", ELI)
    other = await world.press(form, "continue", ELI, inputs={"rows": CODE})
    assert text_of(other).startswith("Get 1 activation code\n")


async def test_lines_that_are_no_list_stay_in_the_box(world: RequestFixture):
    shown = await open_lines(world, "Hi all,")

    box = next(part for part in card(shown)["body"] if part.get("id") == "rows")
    assert box["value"] == "Hi all,"
    assert "list has no rows" in text_of(shown)


async def test_a_list_that_is_too_long_for_the_box_is_not_put_back(world: RequestFixture):
    shown = await open_lines(world, "\n".join(f"8865 {'ü' * 100}" for _ in range(40)))

    form = await world.press(shown, "change", ELI)

    box = next(part for part in card(form)["body"] if part.get("id") == "rows")
    assert "value" not in box
    assert "Your list stays as it is if you leave the box empty." in text_of(form)


async def test_a_list_that_changed_before_its_approval_names_the_rows(world: RequestFixture):
    request = await waiting_list(world)
    world.calling.foreign_macs.add(FREE_MAC)

    await world.decide(request.code, "approve", VERA)
    await world.rest()

    assert await world.state(request.code) == "cancelled"
    told = result_card(world)
    assert told.text.startswith("Not done: Add 2 phones and get 1 activation code\n")
    assert "Row 1 is wrong now. Row 1: D8:2E:3E:EF:4E:5C is in use" in told.text
    assert titles(told) == ["Ask again"]
    again = await world.press(await world.row(request.code), "again", TOM)
    assert [statuses(file) for file in again.files] == [["wrong", "ready", "wrong", "ready"]]


async def test_a_rejected_list_can_be_asked_for_again(world: RequestFixture):
    request = await waiting_list(world)
    await world.decide(request.code, "reject", VERA, "Not this week.")
    await world.rest()

    again = await world.press(await world.row(request.code), "again", TOM)

    assert [statuses(file) for file in again.files] == [["ready", "ready", "wrong", "ready"]]
