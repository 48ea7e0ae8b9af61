"""The life of a request about a list: its check, its run, and its files."""

import csv
import io

from bot.core.models.files import FileMessage
from bot.domain.lists.reader import read_file
from bot.requests.interaction import Reply
from tests.bot.requests.fixtures import ELI, RequestFixture
from tests.example_org import FREE_MAC

LINES = f"""{FREE_MAC} 8865 ann@example.com
D82E3EEF4E61 8865 Lobby
D82E3EEF4E62 8865 nobody@example.com
8865 bob@example.com"""


def table(file: FileMessage) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


async def open_lines(world: RequestFixture, text: str) -> Reply:
    return await world.ask("add phones", {"rows": text}, ELI)


async def test_a_list_is_checked_row_by_row(world: RequestFixture):
    shown = await open_lines(world, LINES)

    assert shown.request is not None
    (check,) = shown.files
    assert check.name == f"{shown.request.code}-check.csv"
    assert [row["status"] for row in table(check)] == ["ready", "ready", "wrong", "ready"]
    assert "nobody@example.com" in table(check)[2]["reason"]


async def test_confirm_runs_the_ready_rows(world: RequestFixture):
    shown = await open_lines(world, LINES)

    await world.press(shown, "confirm", ELI)
    await world.rest()

    assert shown.request is not None
    request = await world.row(shown.request.code)
    assert request.state == "done", request.outcome
    (result,) = [message.file for message in world.messenger.posted if message.file]
    assert [row["status"] for row in table(result)] == ["added", "added", "wrong", "code sent"]


async def test_a_file_keeps_its_columns(world: RequestFixture):
    rows = read_file(f"Comment;Owner;Model;MAC\nx;ann@example.com;8865;{FREE_MAC}\n".encode())

    shown = await world.ask("add phones", {}, ELI, rows=rows)

    (check,) = shown.files
    (row,) = table(check)
    assert (row["Comment"], row["status"]) == ("x", "ready")
