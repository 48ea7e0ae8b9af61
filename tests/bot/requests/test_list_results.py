"""What people get of a list at its end: counts, files, codes; Retry failed and Undo."""

import json

import pytest

from bot.core.config import new_key
from bot.core.errors import Forbidden, PrivateRefusal, Refused
from bot.domain.lists.reader import read_file
from bot.requests.form_secrets import attach_persistence
from bot.store.encryption import Cipher
from bot.store.sql import Database, select
from tests.bot.requests.fixtures import ADA, ELI, GROUP, PHONE, RequestFixture, card, text_of
from tests.bot.requests.lists import (
    CODE,
    LINES,
    TAG,
    TWO_PHONES,
    files,
    open_lines,
    result_card,
    run_lines,
    shown_file,
    statuses,
    table,
    titles,
)
from tests.example_org import FREE_MAC
from tests.fake_calling import lost


async def test_confirm_runs_the_ready_rows(world: RequestFixture):
    code = await run_lines(world, LINES)

    request = await world.row(code)
    assert request.state == "done", request.outcome
    (result,) = files(world, "-result.csv")
    assert statuses(result) == ["added", "added", "wrong", "code sent"]
    text = result_card(world).text
    assert text.startswith("✓ Added 2 phones and got 1 activation code\n")
    assert "Added: 2\nCodes sent: 1\nLeft out: 1" in text


async def test_a_failed_row_is_told_with_its_number_and_tracking_id(world: RequestFixture):
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))

    code = await run_lines(world, TWO_PHONES)

    assert await world.state(code) == "partly"
    (result,) = files(world, "-result.csv")
    assert statuses(result) == ["failed", "added"]
    assert table(result)[0]["tracking id"] == "T-77"
    shown = result_card(world)
    assert shown.text.startswith(
        "Partly done: Add 2 phones\nAdded: 1\nFailed: 1\nRow 1 (Ann Alder): "
    )
    assert "tracking id T-77" in shown.text
    assert titles(shown) == ["Retry failed", "Undo"]


async def test_rows_that_webex_did_not_confirm_are_told_in_one_message(world: RequestFixture):
    world.calling.troubles = [lost(), lost()]

    code = await run_lines(world, TWO_PHONES)

    (checking,) = [text for text in world.messenger.texts if "did not confirm" in text]
    assert checking.startswith(f"{code}: Webex did not confirm ")
    assert await world.state(code) == "done"


async def test_codes_go_to_the_requester_alone(world: RequestFixture):
    await run_lines(world, LINES, GROUP)

    (sent,) = [
        message
        for message in world.messenger.posted
        if message.file and message.file.name.endswith("-codes.csv")
    ]
    assert sent.email == ELI.email
    assert sent.file is not None
    (row,) = table(sent.file)
    (made,) = world.calling.codes
    assert row["Row"] == "4"
    assert row["Owner"] == "Bob Birch"
    assert row["Activation code"].replace(" ", "") == made.code.get_secret_value()
    assert row["Valid until"]
    in_space = [message for message in world.messenger.posted if message is not sent]
    for message in in_space:
        content = message.file.content.decode() if message.file else ""
        assert made.code.get_secret_value() not in (message.text + content).replace(" ", "")
    assert "sent to eli@example.com in a direct message" in result_card(world).text


async def test_codes_that_cannot_be_sent_are_told_and_tried_again(world: RequestFixture):
    shown = await open_lines(world, CODE, GROUP)
    assert shown.request is not None
    await world.press(shown, "confirm", ELI)
    world.messenger.unreachable.add(ELI.email)
    world.messenger.troubles = []
    await world.runner.finish(0.2)

    assert "have not reached eli@example.com yet" in result_card(world).text
    world.messenger.unreachable.clear()
    await world.rest()

    assert len(files(world, "-codes.csv")) == 1
    assert len(files(world, "-result.csv")) == 1
    last = world.messenger.texts[-1]
    assert last.endswith("were sent to eli@example.com in a direct message now.")


async def left_untold(world: RequestFixture) -> str:
    """The code of a list in a space whose codes could not be sent when the process ended."""
    shown = await open_lines(world, f"{FREE_MAC} 8865 ann@example.com\n{CODE}", GROUP)
    assert shown.request is not None
    await world.press(shown, "confirm", ELI)
    world.messenger.unreachable.add(ELI.email)
    await world.runner.finish(0.2)
    await world.runner.cancel_pending(0.0)
    world.messenger.unreachable.clear()
    return shown.request.code


async def test_after_a_restart_a_lost_code_is_told_and_can_be_retried(world: RequestFixture):
    await left_untold(world)

    world.restart()
    await world.runner.recover()
    await world.rest()

    assert files(world, "-codes.csv") == []
    last = files(world, "-result.csv")[-1]
    assert statuses(last) == ["added", "unknown"]
    assert "If the code did not reach you, it is lost" in table(last)[1]["reason"]
    assert "1 activation code is lost" in result_card(world).text
    assert titles(result_card(world)) == ["Retry failed", "Undo"]


async def test_with_a_key_a_restart_keeps_the_codes(world: RequestFixture):
    cipher = Cipher((new_key(),))
    await attach_persistence(world.form_secrets, world.store, cipher, world.clock())
    code = await left_untold(world)

    world.restart()
    await attach_persistence(world.form_secrets, world.store, cipher, world.clock())
    await world.runner.recover()
    await world.rest()

    (sent,) = files(world, "-codes.csv")
    assert [row["Row"] for row in table(sent)] == ["2"]
    assert statuses(files(world, "-result.csv")[-1]) == ["added", "code sent"]
    assert world.form_secrets.secrets(code) == {}


async def test_retry_failed_checks_those_rows_again(world: RequestFixture):
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))
    code = await run_lines(world, f"{FREE_MAC} 8865 ann@example.com {TAG}\n{CODE}")
    failed = await world.row(code)

    shown = await world.press(failed, "retry", ELI)

    assert shown.request is not None
    assert shown.request.code != code
    assert text_of(shown).startswith("Add 1 phone\n")
    assert f"These are the rows that {code} did not do" in text_of(shown)
    (check,) = shown.files
    assert [(row["MAC"], row["Tags"]) for row in table(check)] == [("D8:2E:3E:EF:4E:5C", "lobby")]
    await world.press(shown, "confirm", ELI)
    await world.rest()
    assert statuses(files(world, "-result.csv")[-1]) == ["added"]
    assert world.calling.changes == 4  # the refused one, the code, the phone, and its tag


async def test_retry_keeps_the_numbers_of_the_rows(world: RequestFixture):
    world.calling.troubles += [None, Forbidden(403, "No licence.", "T-77")]
    code = await run_lines(world, TWO_PHONES)

    shown = await world.press(await world.row(code), "retry", ELI)

    assert shown.request is not None
    assert [step["key"] for step in (shown.request.plan or {})["steps"]] == ["row 2"]


async def test_a_second_press_on_retry_shows_the_same_plan(world: RequestFixture):
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))
    failed = await world.row(await run_lines(world, TWO_PHONES))

    first = await world.press(failed, "retry", ELI)
    second = await world.press(failed, "retry", ELI)

    assert first.request is not None
    assert second.request is not None
    assert first.request.code == second.request.code


async def test_a_retry_names_the_one_before_it(world: RequestFixture):
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))
    failed = await world.row(await run_lines(world, CODE))
    first = await world.press(failed, "retry", ELI)
    await world.press(first, "confirm", ELI)
    await world.rest()

    second = await world.press(failed, "retry", ELI)

    assert first.request is not None
    assert f"They were tried again before, by {first.request.code}" in text_of(second)


async def test_nobody_else_retries_a_list(world: RequestFixture):
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))
    failed = await world.row(await run_lines(world, TWO_PHONES))

    with pytest.raises(PrivateRefusal, match="can repeat request"):
        await world.press(failed, "retry", ADA)


async def test_a_list_without_failed_rows_has_nothing_to_retry(world: RequestFixture):
    done = await world.row(await run_lines(world, TWO_PHONES))

    assert titles(result_card(world)) == ["Undo"]
    with pytest.raises(Refused, match="has no rows that could be tried again"):
        await world.press(done, "retry", ELI)


async def test_passwords_of_failed_rows_are_made_again(world: RequestFixture):
    row = f"{FREE_MAC};Customer Managed IP Phone;ann@example.com;Abcd-1234"
    rows = read_file(f"MAC;Model;Owner;Password\n{row}\n".encode())
    shown = await world.ask("add phones", {}, ELI, rows=rows)
    assert shown.request is not None
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))
    await world.press(shown, "confirm", ELI)
    await world.rest()

    again = await world.press(await world.row(shown.request.code), "retry", ELI)

    assert "The passwords in your list were not kept" in text_of(again)
    await world.press(again, "confirm", ELI)
    await world.rest()
    (sent,) = files(world, "-codes.csv")
    assert table(sent)[0]["SIP password"] == world.calling.passwords[FREE_MAC]


async def test_after_its_run_the_file_tells_the_result(world: RequestFixture):
    code = await run_lines(world, LINES)
    world.restart()

    shown = await world.press(await world.row(code), "list", ELI)

    assert statuses(shown_file(shown)) == ["added", "added", "wrong", "code sent"]


async def test_a_request_of_a_list_has_a_button_for_its_file(world: RequestFixture):
    code = await run_lines(world, LINES)

    shown = await world.type("request", code, ELI)

    assert "Show list" in [action["title"] for action in card(shown)["actions"]]


async def test_the_undo_of_a_list_deletes_its_phones_and_leaves_codes(world: RequestFixture):
    code = await run_lines(world, LINES)

    shown = await world.press(await world.row(code), "undo", ELI)

    text = text_of(shown)
    assert text.startswith(f"Undo {code}: Add 2 phones and get 1 activation code\n")
    assert "Activation codes are not taken back" in text
    assert "Delete: Cisco 8865 D8:2E:3E:EF:4E:61 · Lobby\nDelete: Cisco 8865 " in text
    assert shown.request is not None
    steps = (shown.request.plan or {})["steps"]
    assert [step["action"] for step in steps] == ["delete device", "delete device"]
    await world.press(shown, "confirm", ELI)
    await world.rest()
    assert await world.state(shown.request.code) == "done"


async def test_the_undo_of_a_list_says_what_stays_and_can_be_repeated(world: RequestFixture):
    late = "D82E3EEF4E61"
    world.calling.unlisted.add(late)
    code = await run_lines(world, f"{FREE_MAC} 8865 ann@example.com\n{late} 9861 Lobby")

    plan = await world.press(await world.row(code), "undo", ELI)
    assert "⚠ 1 device can be taken back only later, and will stay for now.\n" in text_of(plan)
    await world.press(plan, "confirm", ELI)
    await world.rest()
    told = result_card(world).text
    assert told.startswith(f"✓ {code} is partly undone: Add 2 phones\n")
    assert "1 device stayed.\nWebex does not list the Cisco 9861 D8:2E:3E:EF:4E:61 yet" in told
    assert f"To take back the rest later, type: undo {code}" in told
    assert "undone by" not in text_of(await world.type("request", code, ELI))

    world.calling.unlisted.clear()
    again = await world.type("undo", code, ELI)
    assert "Delete: Cisco 9861 D8:2E:3E:EF:4E:61 · Lobby\n" in text_of(again)
    await world.press(again, "confirm", ELI)
    await world.rest()
    assert result_card(world).text.startswith(f"✓ {code} is undone: Add 2 phones\n")
    assert {device.id for device in world.calling.held} == {"dev-1", "dev-2"}


async def test_the_undo_of_a_long_list_is_told_with_a_file(world: RequestFixture):
    macs = [f"D82E3EEF40{number:02X}" for number in range(24)]
    code = await run_lines(world, "\n".join(f"{mac} 8865 Lobby" for mac in macs))

    world.calling.asked.clear()
    shown = await world.press(await world.row(code), "undo", ELI)
    assert world.calling.asked.count("devices_with_macs") == 1
    assert "devices" not in world.calling.asked
    await world.press(shown, "confirm", ELI)
    await world.rest()

    assert "and 16 more" in text_of(shown)
    (file,) = files(world, "-steps.csv")
    assert statuses(file) == ["done"] * len(macs)
    assert {device.id for device in world.calling.held} == {"dev-1", "dev-2"}


async def test_what_is_left_of_a_list_can_be_retried_from_its_details(world: RequestFixture):
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))
    code = await run_lines(world, TWO_PHONES)

    shown = await world.type("request", code, ELI)

    buttons = [action["title"] for action in card(shown)["actions"]]
    assert buttons == ["Retry failed", "Undo", "Show list", "Not registered yet"]
    assert "Row 1: Add a Cisco 8865 for Ann Alder" in text_of(shown)


async def test_the_trail_names_the_subject_of_each_row(world: RequestFixture):
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))

    code = await run_lines(world, TWO_PHONES)

    entries = await world.store.call(
        lambda db: list(select(db, "select action, detail from audit where request = ?", [code]))
    )
    steps = [json.loads(row["detail"]) for row in entries if row["action"] == "step failed"]
    assert [(each["step"], each["what"], each["mac"]) for each in steps] == [
        ("row 1", "Add a Cisco 8865 for Ann Alder", FREE_MAC)
    ]


async def test_a_list_that_is_stopped_before_its_first_row_can_run_later(world: RequestFixture):
    first = await world.ask("add phone", PHONE, ELI)
    shown = await open_lines(
        world, "D82E3EEF4E61 8865 ann@example.com\nD82E3EEF4E62 8865 Ann Alder"
    )
    world.calling.gate.clear()  # the phone of the same owner that comes first does not end
    await world.press(first, "confirm", ELI)
    await world.press(shown, "confirm", ELI)

    assert shown.request is not None
    stopped = await world.type("stop", shown.request.code, ELI)
    assert text_of(stopped) == f"{shown.request.code} is stopped. Nothing was changed."
    await world.runner.finish(0.2)
    told = next(m for m in world.messenger.posted if m.card and m.text.startswith("Stopped: "))
    world.calling.gate.set()

    assert told.text.startswith("Stopped: Add 2 phones\nNot begun: 2\n")
    assert told.text.count("Nothing was changed.") == 1
    assert titles(told) == ["Run the rest"]
    assert statuses(files(world, "-result.csv")[-1]) == ["not begun", "not begun"]


async def test_after_a_restart_only_rows_whose_password_is_lost_are_left_out(world: RequestFixture):
    lines = (
        f"{FREE_MAC};8865;ann@example.com;",
        "D82E3EEF4E61;8865;ann@example.com;",
        "D82E3EEF4E62;Customer Managed IP Phone;ann@example.com;Abcd-1234",
        "D82E3EEF4E63;8865;ann@example.com;",
    )
    rows = read_file("\n".join(("MAC;Model;Owner;Password", *lines)).encode())
    shown = await world.ask("add phones", {}, ELI, rows=rows)
    world.calling.gate.clear()
    await world.press(shown, "confirm", ELI)
    await world.runner.finish(0.2)
    world.calling.gate.set()  # for the first row, not for the next
    world.calling.gate.clear()
    await world.runner.finish(0.2)
    await world.runner.cancel_pending(0.0)
    world.calling.gate.set()

    world.restart()
    await world.runner.recover()
    await world.rest()

    assert statuses(files(world, "-result.csv")[-1]) == ["added", "added", "not begun", "added"]
    assert "was not kept" in result_card(world).text
    assert titles(result_card(world)) == ["Run the rest", "Undo"]


async def test_ask_again_says_that_the_passwords_of_a_list_are_gone(world: RequestFixture):
    row = f"{FREE_MAC};Customer Managed IP Phone;ann@example.com;Abcd-1234"
    rows = read_file(f"MAC;Model;Owner;Password\n{row}\n".encode())
    shown = await world.ask("add phones", {}, ELI, rows=rows)
    world.clock.now += 3600.0
    expired = await world.press(shown, "confirm", ELI)
    world.restart()
    assert expired.request is not None

    again = await world.press(await world.row(expired.request.code), "again", ELI)

    assert "The passwords in your list were not kept" in text_of(again)


async def test_what_was_lost_stays_known_after_other_codes_were_sent(world: RequestFixture):
    shown = await open_lines(world, "8865 bob@example.com\n8865 Bob Birch")
    assert shown.request is not None
    world.calling.gate.clear()
    await world.press(shown, "confirm", ELI)
    await world.runner.finish(0.2)
    world.calling.gate.set()  # for the first code, not for the next
    world.calling.gate.clear()
    await world.runner.finish(0.2)
    await world.runner.cancel_pending(0.0)
    world.restart()
    await world.store.call(pending_again, shown.request.code)
    world.calling.gate.set()
    await world.runner.recover()
    await world.rest()
    world.restart()
    request = await world.row(shown.request.code)

    again = await world.press(request, "list", ELI)

    assert statuses(shown_file(again)) == ["unknown", "code sent"]
    retried = await world.press(request, "retry", ELI)
    assert [step["key"] for step in ((retried.request or request).plan or {})["steps"]] == ["row 1"]


def pending_again(db: Database, code: str) -> None:
    """Let the second row be as it is before it is sent."""
    db.execute("update steps set state = 'pending' where request = ? and key = 'row 2'", [code])
