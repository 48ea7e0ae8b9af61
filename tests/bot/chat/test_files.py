"""Files in messages: what is said about them, and where their names come from."""

import asyncio
from collections.abc import Awaitable

import httpx
import pytest

from bot.chat.files import MAX_NAMED, NAME_TIMEOUT, SentFile, SentFiles, describe
from bot.webex.client import Client, FixedToken
from bot.webex.messaging import MessagesApi
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

URL = "https://webexapis.com/v1/contents/Y2lzY29zcGFyazovL3VzL0NPTlRFTlQvYS8w"


def messages(answer: httpx.Response | Awaitable[httpx.Response], seen: list[str]) -> MessagesApi:
    """The messages of a Webex that answers every call like this; `seen` gets the calls."""

    def play(request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        seen.append(f"{request.method} {request.url}")
        return answer

    return MessagesApi(Client(fake_http(play), "https://webex.example/v1", FixedToken("bot")))


def described(disposition: str) -> str:
    """How a file is named whose headers have this disposition."""
    answer = httpx.Response(200, headers={"content-disposition": disposition})
    return asyncio.run(describe(messages(answer, []), [URL])).described


@pytest.mark.parametrize(
    ("disposition", "text"),
    [
        ('attachment; filename="phones.csv"', "“phones.csv”"),
        ("attachment; filename=phones.csv", "“phones.csv”"),
        ("attachment; filename=\"_.csv\"; filename*=UTF-8''B%C3%BCro.csv", "“Büro.csv”"),
        ("attachment; filename*=UTF-8''a%E2%80%AEb.csv", "“ab.csv”"),
        (f'attachment; filename="{"x" * 99}.csv"', f"“{'x' * 59}…”"),
        ("attachment", "the file"),
        ("", "the file"),
        ("attachment; filename*=UTF-8''%ff.csv", "“\ufffd.csv”"),
        ("attachment; filename*=nonsense", "the file"),
    ],
)
def test_a_file_is_named_by_its_header(disposition, text):
    assert described(disposition) == text


def test_only_the_id_of_the_address_is_used():
    calls: list[str] = []
    asyncio.run(describe(messages(httpx.Response(200), calls), [URL]))
    content_id = URL.rpartition("/")[2]
    assert calls == [f"HEAD https://webex.example/v1/contents/{content_id}"]


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/x", "https://evil.example/contents/../people/me", "x"]
)
def test_an_address_without_an_id_is_not_called(url):
    calls: list[str] = []
    files = asyncio.run(describe(messages(httpx.Response(200), calls), [url]))
    assert (files.described, calls) == ("the file", [])


@pytest.mark.parametrize("status", [401, 403, 404, 410, 423, 428, 500])
def test_a_file_whose_name_cannot_be_read_is_the_file(status):
    answer = httpx.Response(status, headers={"retry-after": "30"})
    calls: list[str] = []
    assert asyncio.run(describe(messages(answer, calls), [URL] * 2)).described == "the 2 files"
    assert len(calls) == 2


def test_nobody_waits_for_the_name_of_a_file():
    async def work() -> str:
        files = await describe(messages(asyncio.sleep(999, httpx.Response(200)), []), [URL])
        return files.described

    text, seconds = virtually(work)
    assert text == "the file"
    assert NAME_TIMEOUT <= seconds < NAME_TIMEOUT + 1


def test_of_many_files_the_number_is_told():
    calls: list[str] = []
    answer = httpx.Response(200, headers={"content-disposition": "attachment; filename=a.csv"})
    files = asyncio.run(describe(messages(answer, calls), [URL] * 12))
    assert files.described == "the 12 files"
    assert len(calls) == MAX_NAMED


def test_a_file_without_a_name_does_not_hide_the_others():
    answers = [httpx.Response(423), httpx.Response(200, headers={"content-disposition": "x"})]
    named = httpx.Response(200, headers={"content-disposition": "attachment; filename=a.csv"})

    def play(request: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else named

    webex = MessagesApi(Client(fake_http(play), "https://webex.example/v1", FixedToken("bot")))
    files = asyncio.run(describe(webex, [URL] * 3))
    assert [file.name for file in files.named] == ["", "", "a.csv"]


@pytest.mark.parametrize(
    ("name", "media_type", "is_list"),
    [
        ("phones.csv", "text/csv", True),
        ("Phones.XLSX", "application/octet-stream", True),
        ("phones.xls", "", True),
        ("phones", "text/plain", True),
        ("phones", "application/octet-stream", True),
        ("", "", True),
        ("", "image/png", False),
        ("label.jpg", "", False),
        ("label.jpg", "image/jpeg", False),
        ("plan.pdf", "application/pdf", False),
        ("notes.docx", "application/octet-stream", False),
        ("phones.csv", "image/jpeg", True),
    ],
)
def test_a_list_is_told_by_its_name_or_type(name, media_type, is_list):
    assert SentFile(URL, name, media_type).may_be_list is is_list


def test_the_first_list_is_taken():
    picture, first, second = (SentFile(URL, name) for name in ("a.png", "b.csv", "c.csv"))
    files = SentFiles([picture, first, second], 3)
    assert files.first_list is first
    assert files.others_ignored(first) == (
        "I read “b.csv”, and ignored the others: I read one list at a time."
    )
    assert SentFiles([first], 1).others_ignored(first) == ""
    assert SentFiles([picture], 1).first_list is None


@pytest.mark.parametrize(
    ("name", "media_type", "is_picture"),
    [
        ("IMG_0001.JPG", "", True),
        ("a.heic", "application/octet-stream", True),
        ("", "image/webp", True),
        ("phones.csv", "image/png", False),
        ("a.gif", "", False),
        ("", "", False),
    ],
)
def test_a_picture_is_told_by_its_name_or_else_by_its_type(name, media_type, is_picture):
    assert SentFile(URL, name, media_type).may_be_picture is is_picture


def test_all_pictures_are_taken():
    files = [SentFile(URL, name) for name in ("a.csv", "b.png", "c.jpg")]
    assert SentFiles(files, 3).pictures == files[1:]
    assert SentFiles(files[:1], 1).pictures == []


def test_the_answer_says_what_to_type():
    answer = SentFiles([SentFile(URL, "label.pdf")], 1).not_read
    assert answer.startswith(
        "I read only photos of labels and lists of phones (CSV or .xlsx), so I did not read"
        " “label.pdf”. Nothing was changed."
    )
    assert "“add phone MAC MODEL for WHO”" in answer


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a.jpg", "b.png"], "Your text asks for something else, so I ignored “a.jpg” and “b.png”"),
        (["a.pdf"], "I read only photos of labels and lists of phones, so I ignored “a.pdf”."),
        (["a.jpg", "b.csv"], "Your text asks for something else, so I ignored “a.jpg” and “b.csv”"),
        ([""], "I read only photos of labels and lists of phones, so I ignored the file."),
    ],
)
def test_files_beside_another_command_are_ignored(names, sentence):
    files = SentFiles([SentFile(URL, name) for name in names], len(names))
    assert files.ignored.startswith(sentence)
    assert files.ignored.endswith("This is about your text:")
