"""Lists that are typed or pasted into a message, and what the text beside a file is for."""

import csv
import io

import pytest

from tests.journeys import cards
from tests.journeys.world import ELI, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

FREE = ("D8:2E:3E:EF:91:01", "D8:2E:3E:EF:91:02", "D8:2E:3E:EF:91:03")
BOB, JACK = f"{FREE[0]} 8865 bob@acme.example", f"{FREE[1]} 8865 for jack@acme.example"


async def said(world: World, text: str, **fields: str) -> list[Json]:
    """All that the bot answers to a message of an engineer."""
    sent = await world.client.say(ELI, text, **fields)
    return await world.answers(ELI, sent["seq"], fields.get("roomId"))


async def checked(world: World, text: str, operation: str = "add phones") -> list[dict[str, str]]:
    """The rows of the check that is the answer to a message; its plan is cancelled."""
    check, plan = await said(world, text)
    code = str(cards.data_of(plan, "Cancel")["request"])
    assert world.rows("select operation from requests where code = ?", code) == [
        {"operation": operation}
    ]
    content = (await world.client.file(ELI, check)).decode("utf-8-sig")
    await world.press(ELI, plan, "Cancel")
    return list(csv.DictReader(io.StringIO(content)))


@pytest.mark.parametrize(
    "text",
    [
        f"add phones\n{BOB}\n{JACK}",
        f"Hi,\nplease add these phones:\n{BOB}\n{JACK}\nThanks\nEli",
        f"{BOB}\n{JACK}",
        f"add phone {BOB}\nadd phone {JACK}",
    ],
)
async def test_lines_in_a_message_are_checked_as_one_list(world: World, text: str):
    rows = await checked(world, text)
    assert [row["MAC"] for row in rows] == [*FREE[:2]]
    assert [row["status"] for row in rows] == ["ready", "ready"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"Hi, please add these:\n{BOB}\n{JACK}\nbecause of floor 3\nThanks, Eli", "of floor 3"),
        (f"add phones 8865\n{FREE[0]} bob@acme.example\n{FREE[1]} jack@acme.example", ""),
        (f"{BOB}\n8841 for jack@acme.example because of floor 3", "of floor 3"),
    ],
)
async def test_what_is_said_around_the_rows_counts(world: World, text: str, reason: str):
    check, plan = await said(world, text)
    rows = csv.DictReader(io.StringIO((await world.client.file(ELI, check)).decode("utf-8-sig")))
    assert [row["status"] for row in rows] == ["ready", "ready"]
    code = str(cards.data_of(plan, "Cancel")["request"])
    (kept,) = world.rows("select reason from requests where code = ?", code)
    assert reason in (kept["reason"] or "")
    await world.press(ELI, plan, "Cancel")


@pytest.mark.parametrize("text", ["help add phones", "help lists", "how do I add many phones?"])
async def test_questions_about_lists_open_no_request(world: World, text: str):
    requests = world.rows("select count(*) as number from requests")
    (answer,) = await said(world, text)
    assert answer["text"].startswith("add phones\nDoes: Add many phones at once")
    assert world.rows("select count(*) as number from requests") == requests


async def test_more_lines_than_commands_are_one_list(world: World):
    lines = [f"D8:2E:3E:EF:92:{number:02X} 8865 bob@acme.example" for number in range(12)]
    assert len(await checked(world, "\n".join(lines))) == len(lines)


async def test_cells_that_were_copied_keep_their_columns(world: World):
    cells = f"MAC\tModel\tOwner\n{FREE[0]}\t8865\tbob@acme.example\n\t8865\tjack@acme.example"
    rows = await checked(world, f"add phones\n{cells}")
    assert [(row["MAC"], row["Owner"]) for row in rows] == [
        (FREE[0], "bob@acme.example"),
        ("", "jack@acme.example"),
    ]


async def test_an_edited_list_replaces_its_plan(world: World):
    sent = await world.client.say(ELI, f"add phones\n{BOB}")
    _, first = await world.answers(ELI, sent["seq"])
    edited = await world.client.edit(ELI, sent["id"], f"add phones\n{BOB}\n{JACK}")
    *_, plan = await world.answers(ELI, edited["seq"])
    assert "Add 2 phones" in plan["text"]
    await world.gone(ELI, first)
    assert world.state(cards.code_of(first)) == "cancelled"
    await world.press(ELI, plan, "Cancel")


async def test_a_password_in_a_line_is_left_out(world: World):
    preface, check, plan = await said(world, f"add phones\n{BOB} password: Sup3rSecret77\n{JACK}")
    assert "Your message has a password." in preface["text"]
    content = (await world.client.file(ELI, check)).decode()
    assert content.count(",ready,") == 2
    assert "Sup3rSecret77" not in content
    await world.press(ELI, plan, "Cancel")


async def test_other_lists_are_typed_too(world: World):
    rows = await checked(
        world, "activation codes 8865\nbob@acme.example\njack@acme.example", "activation codes"
    )
    assert [row["status"] for row in rows] == ["ready", "ready"]
    unknown = f"{FREE[1]}\n{FREE[2]}"
    for text, operation in (
        (f"delete devices\n{unknown}", "delete devices"),
        (f"delete device {FREE[1]}\ndelete device {FREE[2]}", "delete devices"),
        (f"tag devices +hall\n{unknown}", "tag devices"),
        (f"tag {FREE[1]} +hall\ntag {FREE[2]} +hall", "tag devices"),
    ):
        rows = await checked(world, text, operation)
        assert [row["status"] for row in rows] == ["wrong", "wrong"]


async def test_a_list_that_is_not_to_be_added_opens_nothing(world: World):
    before = world.rows("select count(*) as count from requests")
    async with world.nothing_changes():
        (answer,) = await said(world, f"please do not add these yet:\n{BOB}\n{JACK}")
    assert "should not be done" in answer["text"]
    assert world.rows("select count(*) as count from requests") == before


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("here are the phones for floor 3", "add phones"),
        ("please delete these", "delete devices"),
        ("activation code 8865", "activation codes"),
    ],
)
async def test_the_text_beside_a_file_says_what_it_is_for(world: World, text: str, operation: str):
    content = b"MAC,Owner,Model\nD8:2E:3E:EF:93:01,bob@acme.example,8865\n"
    sent = await world.client.send_file(ELI, "phones.csv", content, text=text)
    _, plan = await world.answers(ELI, sent["seq"] - 1)
    code = str(cards.data_of(plan, "Cancel")["request"])
    assert world.rows("select operation from requests where code = ?", code) == [
        {"operation": operation}
    ]
    await world.press(ELI, plan, "Cancel")


async def test_a_file_beside_another_command_is_ignored(world: World):
    sent = await world.client.send_file(ELI, "phones.csv", b"MAC\n", text="devices erin")
    preface, answer = await world.answers(ELI, sent["seq"] - 1)
    assert "I ignored “phones.csv”" in preface["text"]
    assert "erin" in answer["text"]


async def test_failed_rows_are_retried_by_typing(world: World):
    macs = ("D8:2E:3E:EF:94:01", "D8:2E:3E:EF:94:02")
    lines = "\n".join(f"{mac} 8865 bob@acme.example" for mac in macs)
    _, plan = await said(world, lines)
    await world.client.fault(method="POST", path="/devices", status=400, message="No.", times=1)
    pressed = await world.client.press(ELI, plan["id"], "Confirm", validate=True)
    await world.answers(ELI, pressed["seq"])

    *_, again = await said(world, f"retry failed {cards.code_of(plan)}")

    assert again["text"].startswith("Add 1 phone\n")
    confirmed = await world.client.press(ELI, again["id"], "Confirm", validate=True)
    await world.answers(ELI, confirmed["seq"])
    assert [len(await world.devices(mac.replace(":", ""))) for mac in macs] == [1, 1]
