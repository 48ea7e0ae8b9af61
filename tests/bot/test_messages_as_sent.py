"""Messages as people send them: with files, with mentions, and with several commands."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.models.people import Sender
from tests.bot.requests.fixtures import ROLES, SAM, TOM
from tests.bot.requests.harness import DispatchHarness, room_of

CSV = ["https://webex.example/v1/contents/phones.csv"]


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[DispatchHarness]:
    """With everybody on the list."""
    made = DispatchHarness(tmp_path / "provbot.db")
    await made.allow(*ROLES)
    yield made
    await made.rest()
    made.store.close()


async def says(harness: DispatchHarness, text: str, sender: Sender = TOM, **more: Any) -> list[str]:
    """The texts that answer a message."""
    mark = len(harness.messenger.posted)
    event = harness.typed(sender, text, room_of(sender), **more)
    assert await harness.live(harness.inbox.take(event))
    return [message.text for message in harness.messenger.posted[mark:]]


@pytest.mark.parametrize("text", ["", "qwertz uiop"])
async def test_a_file_that_is_not_read_is_named(harness: DispatchHarness, text):
    (answer,) = await says(harness, text, files=CSV)
    assert "I did not read “phones.csv”. Nothing was changed." in answer
    assert "“add phone MAC MODEL for WHO” a line" in answer


async def test_a_command_beside_a_file_is_answered(harness: DispatchHarness):
    preface, answer = await says(harness, "whoami", files=CSV)
    assert "so I ignored “phones.csv”" in preface
    assert TOM.email in answer


async def test_a_stranger_with_a_file_is_refused(harness: DispatchHarness):
    (answer,) = await says(harness, "", SAM, files=CSV)
    assert "not on the list" in answer


@pytest.mark.parametrize("files", [None, [], "x", {}])
async def test_a_message_without_files_is_not_about_files(harness: DispatchHarness, files):
    (answer,) = await says(harness, "whoami", files=files)
    assert "file" not in answer


async def test_the_name_of_a_mentioned_person_is_shown_not_the_id(harness: DispatchHarness):
    mention = (
        '<spark-mention data-object-type="person" data-object-id="Y2lzY29zcGFyazovL3VzL1A">'
        "Ann Alder</spark-mention>"
    )
    (answer,) = await says(harness, "", html=f"<p>qwertz {mention} uiop</p>")
    assert "Ann Alder" in answer
    (form,) = await says(harness, "", html=f"<p>add phone D82E3EEF4E5C 8865 for {mention}</p>")
    assert "PEOPLE:" not in answer
    assert "“PEOPLE:" not in form
