"""Lists that are sent as files: read once, checked row by row, and never for strangers."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.database import copy
from tests.journeys import cards
from tests.journeys.world import ELI, SAM, TOM, VERA, Json, World, living

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST = (
    b"MAC,Model,Owner\n"
    b"D8:2E:3E:EF:71:01,8865,bob@acme.example\n"
    b"D8:2E:3E:EF:71:02,8865,nobody@acme.example\n"
)


async def send(
    world: World, name: str, content: bytes, person: str = ELI, **fields: str
) -> list[Json]:
    """All that the bot answers to a file."""
    sent = await world.client.send_file(person, name, content, **fields)
    return await world.answers(person, sent["seq"] - 1, fields.get("roomId"))


async def rows_of(world: World, message: Json, person: str = ELI) -> list[dict[str, str]]:
    """The rows of a file that the bot sent."""
    text = (await world.client.file(person, message)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


async def downloads(world: World, after: int, method: str = "GET") -> list[Json]:
    """The calls of the bot for a file."""
    calls = await world.client.calls(after)
    return [call for call in calls if "/contents/" in call["path"] and call["method"] == method]


async def posts(world: World, after: int) -> list[Json]:
    """The calls of the bot that post a message."""
    calls = await world.client.calls(after)
    return [call for call in calls if call["method"] == "POST" and call["path"] == "/v1/messages"]


def workbook(*rows: tuple[Any, ...]) -> bytes:
    """An Excel workbook with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


async def test_a_list_is_checked_and_confirmed(fresh: World):
    check, plan = await send(fresh, "phones.csv", LIST)

    code = str(cards.data_of(plan, "Confirm")["request"])
    assert check["fileNames"] == [f"{code}-check.csv"]
    rows = await rows_of(fresh, check)
    assert [row["status"] for row in rows] == ["ready", "wrong"]
    assert "nobody@acme.example" in rows[1]["reason"]
    await fresh.press(ELI, plan, "Confirm")
    await fresh.at_rest()
    assert [device["mac"] for device in await fresh.devices("D82E3EEF7101")] == ["D82E3EEF7101"]


async def test_an_excel_workbook_is_read(world: World):
    content = workbook(
        ("Owner", "Model", "MAC Address", "Comment"),
        ("bob@acme.example", "8865", "D8:2E:3E:EF:72:01", "by the window"),
        ("jack@acme.example", "8865", None, None),
    )
    check, plan = await send(world, "Phones Süd.xlsx", content)
    rows = await rows_of(world, check)
    assert [(row["Comment"], row["status"]) for row in rows] == [
        ("by the window", "ready"),
        ("", "ready"),
    ]
    await world.press(ELI, plan, "Cancel")


async def test_a_file_is_read_once_it_is_scanned(world: World):
    await world.client.fault(what="content_scan", times=4, retry_after=0)
    seq = await world.client.seq()
    check, plan = await send(world, "phones.csv", LIST)
    assert len(await rows_of(world, check)) == 2
    assert [call["status"] for call in await downloads(world, seq)] == [423, 423, 423, 200]
    first = (await posts(world, seq))[0]
    assert first["body"]["text"] == "⏳ Reading your file …"
    await world.press(ELI, plan, "Cancel")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"status": 410}, "Webex removed “phones.csv”, because it found a virus"),
        ({"status": 428}, "Webex cannot scan “phones.csv” for viruses"),
        ({"status": 404}, "I cannot find “phones.csv”; perhaps it was deleted."),
        ({"status": 423, "retry_after": 90}, "Webex is still scanning “phones.csv” for viruses"),
    ],
)
async def test_a_file_that_webex_does_not_give_changes_nothing(
    world: World, fault: dict[str, int], sentence: str
):
    await world.client.fault(method="GET", path="/contents/*", times=0, **fault)
    async with world.nothing_changes():
        seq = await world.client.seq()
        (answer,) = await send(world, "phones.csv", LIST)
    assert answer["text"].startswith(sentence)
    assert "Nothing was changed." in answer["text"]
    (call,) = await downloads(world, seq)
    assert "unscannable" not in str(call)


async def test_a_file_that_breaks_off_is_downloaded_again(world: World):
    await world.client.fault(method="GET", path="/contents/*", times=1, drop=True)
    _, plan = await send(world, "phones.csv", LIST)
    await world.press(ELI, plan, "Cancel")


async def test_a_file_that_is_too_large_is_not_downloaded(world: World):
    seq = await world.client.seq()
    (answer,) = await send(world, "phones.csv", b"x" * 1_048_577)
    assert answer["text"].startswith("“phones.csv” has more than 1 MB. Nothing was changed.")
    assert await downloads(world, seq) == []


async def test_a_file_whose_size_is_not_told_is_cut_off(world: World):
    await world.client.fault(method="HEAD", path="/contents/*", times=0, status=503)
    (answer,) = await send(world, "phones.csv", b"x" * 1_048_577)
    assert answer["text"].startswith("The list has more than 1 MB. Nothing was changed.")


async def test_a_document_is_named_and_not_downloaded(world: World):
    seq = await world.client.seq()
    (answer,) = await send(world, "a.pdf", b"%PDF-")
    assert answer["text"].startswith(
        "I read only photos of labels and lists of phones (CSV or .xlsx), so I did not read"
        " “a.pdf”. Nothing was changed."
    )
    assert await downloads(world, seq) == []


async def test_a_photo_with_the_name_of_a_list_is_told_by_its_content(world: World):
    (answer,) = await send(world, "phones.csv", b"\x89PNG\r\n\x1a\n\x00")
    assert answer["text"].startswith("The file is a picture. I read lists as CSV or .xlsx only.")


async def test_the_file_of_a_stranger_is_not_asked_for(world: World):
    seq = await world.client.seq()
    (answer,) = await send(world, "phones.csv", LIST, SAM)
    assert "not on the list of people I work for" in answer["text"]
    assert await downloads(world, seq, "HEAD") + await downloads(world, seq) == []


async def test_the_file_of_a_viewer_is_not_downloaded(world: World):
    seq = await world.client.seq()
    (answer,) = await send(world, "phones.csv", LIST, VERA)
    assert "does not allow “add phones”" in answer["text"]
    assert await downloads(world, seq) == []


async def test_in_a_space_a_list_is_answered_in_the_thread_of_the_file(world: World):
    room = await world.client.room(TOM, "Field team")
    sent = await world.client.send_file(
        TOM, "phones.csv", LIST, roomId=room, mention="true", text="add phones"
    )
    check, plan = await world.answers(TOM, sent["seq"] - 1, room)
    assert [message["parentId"] for message in (check, plan)] == [sent["id"]] * 2
    assert len(await rows_of(world, check, TOM)) == 2
    await world.press(TOM, plan, "Cancel")
    ignored = await world.client.send_file(TOM, "phones.csv", LIST, roomId=room)
    assert await world.answers(TOM, ignored["seq"] - 1, room) == []


async def test_a_result_that_comes_back_leaves_out_what_is_done(world: World):
    mac = "D8:2E:3E:EF:71:0A"
    content = f"MAC,Model,Owner\n{mac},8865,bob@acme.example\n,8865,nobody@acme.example\n"
    _, plan = await send(world, "phones.csv", content.encode())
    pressed = await world.client.press(ELI, plan["id"], "Confirm", validate=True)
    result = next(
        each
        for each in await world.answers(ELI, pressed["seq"])
        if str(each.get("fileNames")).find("-result.csv") > 0
    )
    done = await world.client.file(ELI, result)

    check, plan = await send(world, result["fileNames"][0], done.replace(b"nobody", b"jack"))

    assert [row["status"] for row in await rows_of(world, check)][-1] == "ready"
    assert cards.facts(plan)["Rows"] == "1"
    assert "I left out 1 row, whose status is “added”." in plan["text"]
    await world.press(ELI, plan, "Cancel")


async def test_a_list_has_no_more_rows_than_the_setting_allows(allowlist: Path, tmp_path: Path):
    copy(allowlist, tmp_path / "provbot.db")
    async with living(tmp_path, PROVBOT_BULK_ROWS="2") as world:
        (answer,) = await send(world, "phones.csv", LIST + b",8865,jack@acme.example\n")
        assert answer["text"].startswith("The list has more than 2 rows. Nothing was changed.")
        check, _ = await send(world, "phones.csv", LIST)
        assert len(await rows_of(world, check)) == 2


async def test_no_cell_of_a_list_is_in_the_log(world: World):
    _, plan = await send(world, "phones.csv", LIST.replace(b"nobody", b"wanda.unheard"))
    await world.press(ELI, plan, "Cancel")
    assert "wanda.unheard" not in world.log.read_text()
