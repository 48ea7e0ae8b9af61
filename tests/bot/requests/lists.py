"""Lists as people paste them, and what they get of them."""

import csv
import io

from bot.core.models.files import FileMessage
from bot.requests.interaction import Reply
from tests.bot.requests.fixtures import DIRECT, ELI, RequestFixture
from tests.example_org import FREE_MAC
from tests.fake_messenger import PostedMessage

LINES = f"""{FREE_MAC} 8865 ann@example.com
D82E3EEF4E61 8865 Lobby
D82E3EEF4E62 8865 nobody@example.com
8865 bob@example.com"""
TWO_PHONES = f"{FREE_MAC} 8865 ann@example.com\nD82E3EEF4E61 8865 Lobby"
TAG = "#lobby"
CODE = "8865 bob@example.com"


def table(file: FileMessage) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


def statuses(file: FileMessage) -> list[str]:
    return [row["status"] for row in table(file)]


async def open_lines(world: RequestFixture, text: str, place=DIRECT) -> Reply:
    return await world.ask("add phones", {"rows": text}, ELI, place)


async def run_lines(world: RequestFixture, text: str, place=DIRECT) -> str:
    """The code of a list that was confirmed and has ended."""
    shown = await open_lines(world, text, place)
    assert shown.request is not None
    await world.press(shown, "confirm", ELI)
    await world.rest()
    return shown.request.code


def files(world: RequestFixture, ending: str) -> list[FileMessage]:
    return [
        message.file
        for message in world.messenger.posted
        if message.file and message.file.name.endswith(ending)
    ]


def result_card(world: RequestFixture) -> PostedMessage:
    """The last card."""
    return [message for message in world.messenger.posted if message.card][-1]


def titles(message: PostedMessage) -> list[str]:
    return [action["title"] for action in (message.card or {}).get("actions", [])]


def shown_file(shown: Reply) -> FileMessage:
    assert isinstance(shown.answer, FileMessage)
    return shown.answer
