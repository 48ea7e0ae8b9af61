"""Files in messages: what is said about them, and where their names come from."""

import asyncio
from collections.abc import Awaitable

import httpx
import pytest

from bot.chat.files import MAX_NAMED, NAME_TIMEOUT, NamedFiles, named
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
    return asyncio.run(named(messages(answer, []), [URL])).described


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
    asyncio.run(named(messages(httpx.Response(200), calls), [URL]))
    content_id = URL.rpartition("/")[2]
    assert calls == [f"HEAD https://webex.example/v1/contents/{content_id}"]


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/x", "https://evil.example/contents/../people/me", "x"]
)
def test_an_address_without_an_id_is_not_called(url):
    calls: list[str] = []
    files = asyncio.run(named(messages(httpx.Response(200), calls), [url]))
    assert (files.described, calls) == ("the file", [])


@pytest.mark.parametrize("status", [401, 403, 404, 410, 423, 428, 500])
def test_a_file_whose_name_cannot_be_read_is_the_file(status):
    answer = httpx.Response(status, headers={"retry-after": "30"})
    calls: list[str] = []
    assert asyncio.run(named(messages(answer, calls), [URL] * 2)).described == "the 2 files"
    assert len(calls) == 2


def test_nobody_waits_for_the_name_of_a_file():
    async def work() -> str:
        files = await named(messages(asyncio.sleep(999, httpx.Response(200)), []), [URL])
        return files.described

    text, seconds = virtually(work)
    assert text == "the file"
    assert NAME_TIMEOUT <= seconds < NAME_TIMEOUT + 1


def test_of_many_files_the_number_is_told():
    calls: list[str] = []
    answer = httpx.Response(200, headers={"content-disposition": "attachment; filename=a.csv"})
    files = asyncio.run(named(messages(answer, calls), [URL] * 9))
    assert files.described == "the 9 files"
    assert len(calls) == MAX_NAMED


@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (["phones.csv"], "one “add phone MAC MODEL for WHO” a line"),
        (["Phones.XLSX"], "one “add phone MAC MODEL for WHO” a line"),
        (["label.jpg"], "Type “help” to see all commands."),
        ([], "Type “help” to see all commands."),
    ],
)
def test_the_answer_says_what_to_type(names, advice):
    answer = NamedFiles(names, 1).not_read
    assert "Nothing was changed." in answer
    assert advice in answer


def test_two_files_are_both_named():
    assert NamedFiles(["a.csv", "b.png"], 2).ignored == (
        "I cannot read files or pictures yet, so I ignored “a.csv” and “b.png”. This is about your"
        " text:"
    )
