"""Lists that come as files of messages: who may have them read, and what they open."""

import pytest

from bot.core.errors import RateLimited, WebexError
from bot.core.models.people import Sender
from bot.store.sql import select
from tests.bot.requests.fixtures import ELI, SAM, VERA
from tests.bot.requests.harness import DispatchHarness, room_of
from tests.example_org import FREE_MAC
from tests.fake_messenger import PostedMessage

NAME = "phones.csv"
ROWS = f"MAC,Model,Owner\n{FREE_MAC},8865,ann@example.com\n,8865,nobody@example.com\n".encode()


async def sends(
    harness: DispatchHarness, *names: str, text: str = "", sender: Sender = ELI
) -> list[PostedMessage]:
    """What is answered to a message with files of these names."""
    urls = [f"https://webex.example/v1/contents/{name}" for name in names or (NAME,)]
    return await harness.answers(harness.typed(sender, text, room_of(sender), files=urls), sender)


def opened(harness: DispatchHarness) -> list[str]:
    """The operations of all requests."""
    query = "select operation from requests order by rowid"
    return [row["operation"] for row in select(harness.db, query)]


@pytest.mark.parametrize(
    "text", ["", "add phones", "Please add these phones", "qwertz uiop", "import this csv"]
)
async def test_a_list_opens_a_request_with_its_check(harness: DispatchHarness, text):
    harness.messages.files[NAME] = ROWS
    check, plan = await sends(harness, text=text)
    assert opened(harness) == ["add phones"]
    assert check.file is not None
    assert b"nobody@example.com" in check.file.content
    assert "Add 1 phone" in plan.text
    assert harness.messages.downloads == [NAME]


async def test_a_stranger_costs_no_download(harness: DispatchHarness):
    harness.messages.files[NAME] = ROWS
    (answer,) = await sends(harness, sender=SAM)
    assert "not on the list" in answer.text
    assert (harness.messages.downloads, opened(harness)) == ([], [])


async def test_nobody_has_a_list_read_who_may_not_use_it(harness: DispatchHarness):
    harness.messages.files[NAME] = ROWS
    (answer,) = await sends(harness, sender=VERA)
    assert "does not allow “add phones”" in answer.text
    assert (harness.messages.downloads, opened(harness)) == ([], [])


@pytest.mark.parametrize("text", ["whoami", "device 00:11", "don't add these phones"])
async def test_a_list_beside_another_command_is_ignored(harness: DispatchHarness, text):
    harness.messages.files[NAME] = ROWS
    preface, *_ = await sends(harness, text=text)
    assert preface.text.startswith("Your text asks for something else, so I ignored “phones.csv”.")
    assert (harness.messages.downloads, opened(harness)) == ([], [])


async def test_rows_in_the_text_come_before_a_file(harness: DispatchHarness):
    harness.messages.files[NAME] = ROWS
    preface, *_ = await sends(harness, text=f"add phones\n{FREE_MAC} 8865 bob@example.com")
    assert "I ignored “phones.csv”" in preface.text
    assert harness.messages.downloads == []
    assert opened(harness)


async def test_the_first_list_of_several_files_is_read(harness: DispatchHarness):
    harness.messages.files |= {NAME: ROWS, "b.xlsx": b""}
    preface, check, _ = await sends(harness, "label.png", NAME, "b.xlsx")
    assert preface.text == "I read “phones.csv”, and ignored the others: I read one list at a time."
    assert check.file is not None
    assert harness.messages.downloads == [NAME]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7", "The file is a PDF. I read lists as CSV or .xlsx only."),
        (b"", "The file is empty."),
        (WebexError(410, "Gone."), "Webex removed “phones.csv”, because it found a virus"),
        (
            RateLimited(423, "Locked.", retry_after=99.0),
            "Webex is still scanning “phones.csv” for viruses",
        ),
    ],
)
async def test_an_unreadable_file_opens_nothing(harness: DispatchHarness, content, sentence):
    harness.messages.files[NAME] = content
    (answer,) = [each for each in await sends(harness) if not each.text.startswith("⏳")]
    assert answer.text.startswith(sentence)
    assert "Nothing was changed." in answer.text
    assert opened(harness) == []


async def test_a_webex_that_fails_is_told_as_everywhere(harness: DispatchHarness):
    harness.messages.files[NAME] = WebexError(400, "Bad content.")
    (answer,) = await sends(harness)
    assert "That did not work" in answer.text
    assert "Bad content" in answer.text


@pytest.mark.parametrize("step", range(0, 24, 2))
async def test_killed_at_any_step_a_list_opens_one_request(harness: DispatchHarness, step):
    harness.messages.files[NAME] = ROWS
    url = f"https://webex.example/v1/contents/{NAME}"
    event = harness.typed(ELI, "", room_of(ELI), files=[url])
    if not await harness.live(harness.inbox.take(event), crash_timer=step):
        harness.restart()
        assert await harness.pick_up()
    assert opened(harness) in (["add phones"], [])
    if opened(harness):
        assert any(message.file for message in harness.messenger.posted)
        assert any("Add 1 phone" in message.text for message in harness.messenger.standing)
