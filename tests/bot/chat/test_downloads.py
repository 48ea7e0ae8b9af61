"""Files that people send: what is downloaded, how long it is tried, and what people hear."""

import httpx
import pytest

from bot.chat.downloads import PICTURE, ReceivedFile, download
from bot.chat.files import SentFile
from bot.core.errors import Refused, Unavailable, WebexError
from bot.webex.client import Client, FixedToken
from bot.webex.http_client import MAX_BYTES
from bot.webex.messaging import MessagesApi
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

URL = "https://webexapis.com/v1/contents/Y2lzY29zcGFyazovL3VzL0NPTlRFTlQvYS8w"
CSV = b"mac,model,owner\r\n"
HEADERS = {"content-disposition": 'attachment; filename="phones.csv"', "content-type": "text/csv"}
SCANNED = httpx.Response(200, headers=HEADERS, content=CSV)


class Contents:
    """A Webex whose file is answered by these answers, at last by the last."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)
        self.messages = MessagesApi(
            Client(fake_http(self._play), "https://webex.example/v1", FixedToken("bot"))
        )

    def _play(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def download(self, url: str = URL, name: str = "") -> tuple[ReceivedFile, float]:
        """The file, and how many seconds that took."""
        return virtually(lambda: download(self.messages, SentFile(url, name), 1_048_576))

    def picture_refusal(self) -> str:
        """The sentence in place of a picture."""
        file = SentFile(URL, "IMG_1.jpg")
        with pytest.raises(Refused) as raised:
            virtually(lambda: download(self.messages, file, 1_048_576, PICTURE))
        return str(raised.value)

    def refusal(self, name: str = "phones.csv") -> str:
        """The sentence in place of the file."""
        with pytest.raises(Refused) as raised:
            self.download(name=name)
        return str(raised.value)


def locked(retry_after: str) -> httpx.Response:
    """The answer while the file is scanned."""
    return httpx.Response(423, headers={"retry-after": retry_after})


def test_a_file_is_downloaded_with_its_name_and_type():
    webex = Contents(SCANNED)
    file, _ = webex.download()
    assert file == ReceivedFile(SentFile(URL, "phones.csv", "text/csv", len(CSV)), CSV)
    (request,) = webex.requests
    assert str(request.url) == f"https://webex.example/v1/contents/{URL.rpartition('/')[2]}"
    assert request.headers["authorization"] == "Bearer bot"
    assert request.headers["accept"] == "*/*"
    assert request.extensions[MAX_BYTES] == 1_048_576
    assert "mac,model" not in repr(file)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=UTF-8''a%E2%80%AEb.csv", "ab.csv"),
        ('attachment; filename="../../etc/x\u0007.csv"', "../../etc/x.csv"),
        ("", "as it was called"),
    ],
)
def test_the_name_of_a_file_is_cleaned(disposition, name):
    headers = HEADERS | {"content-disposition": disposition.encode()}
    file, _ = Contents(httpx.Response(200, headers=headers)).download(name="as it was called")
    assert file.file.name == name


@pytest.mark.parametrize(
    "url", ["", "x", "https://evil.example/x", "https://evil.example/contents/../people/me"]
)
def test_an_address_without_an_id_is_not_called(url):
    webex = Contents(SCANNED)
    with pytest.raises(Refused, match="I cannot find the file; perhaps it was deleted"):
        webex.download(url)
    assert webex.requests == []


def test_a_file_that_is_known_to_be_too_large_is_not_downloaded():
    webex = Contents(SCANNED)
    file = SentFile(URL, "phones.csv", size=1_048_577)
    with pytest.raises(Refused, match=r"“phones.csv” has more than 1 MB. Nothing was changed."):
        virtually(lambda: download(webex.messages, file, 1_048_576))
    assert webex.requests == []


def test_a_file_is_awaited_while_it_is_scanned():
    file, seconds = Contents(locked("20"), locked("0"), locked("30"), SCANNED).download()
    assert file.content == CSV
    assert 51 <= seconds < 53


@pytest.mark.parametrize("retry_after", ["1", "25", "600"])
def test_a_scan_that_lasts_too_long_is_not_awaited(retry_after):
    webex = Contents(locked(retry_after))
    assert webex.refusal() == (
        "Webex is still scanning “phones.csv” for viruses, so I cannot read it yet. Nothing was"
        " changed. Please send it again in a few minutes."
    )
    assert len(webex.requests) <= 61


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (403, "Webex does not let me read “phones.csv”. Nothing was changed."),
        (404, "I cannot find “phones.csv”; perhaps it was deleted. Nothing was changed."),
        (410, "Webex removed “phones.csv”, because it found a virus in it"),
        (413, "“phones.csv” has more than 1 MB. Nothing was changed."),
        (428, "Webex cannot scan “phones.csv” for viruses, perhaps because of a password"),
    ],
)
def test_a_file_that_webex_does_not_give_is_asked_for_once(status, text):
    webex = Contents(httpx.Response(status, json={"message": "Something about a/b/c."}))
    sentence = webex.refusal()
    assert sentence.startswith(text)
    assert "Nothing was changed." in sentence
    assert len(webex.requests) == 1
    assert "unscannable" not in str(webex.requests[0].url)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (428, "Please send a new picture, or the list without a password or as CSV."),
        (413, "Please send a smaller picture, or only the rows and columns of the list"),
        (410, "Please check the file before you send it again."),
    ],
)
def test_a_file_without_a_name_may_be_of_either_kind(status, text):
    assert text in Contents(httpx.Response(status)).refusal(name="")


def test_each_scan_is_told_while_it_is_awaited():
    scans: list[int] = []
    webex = Contents(locked("5"), locked("5"), httpx.Response(502), SCANNED)
    file = SentFile(URL, "phones.csv")
    virtually(lambda: download(webex.messages, file, 1_048_576, on_scan=lambda: scans.append(1)))
    assert len(scans) == 2


def test_a_sentence_without_a_name_begins_with_a_capital():
    assert Contents(httpx.Response(413)).refusal(name="").startswith("The file has more than 1 MB")


@pytest.mark.parametrize(
    "trouble", [httpx.Response(502), httpx.ReadError("half"), httpx.ReadTimeout("slow")]
)
def test_a_file_that_breaks_off_is_downloaded_again(trouble):
    file, _ = Contents(trouble, trouble, SCANNED).download()
    assert file.content == CSV


@pytest.mark.parametrize("trouble", [httpx.Response(503), httpx.ReadTimeout("slow")])
def test_a_webex_that_gives_nothing_is_left_after_a_while(trouble):
    webex = Contents(trouble)
    with pytest.raises(Unavailable):
        webex.download()
    assert 5 <= len(webex.requests) <= 10


def test_other_errors_are_told_as_everywhere():
    with pytest.raises(WebexError, match="400"):
        Contents(httpx.Response(400, json={"message": "Bad."})).download()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (410, "Webex removed “IMG_1.jpg”"),
        (428, "Webex cannot scan “IMG_1.jpg” for viruses, so I did not open it."),
        (413, "“IMG_1.jpg” has more than 1 MB. Nothing was changed. Please send a smaller picture"),
    ],
)
def test_the_advice_for_a_picture_speaks_of_no_list(status, sentence):
    refusal = Contents(httpx.Response(status)).picture_refusal()
    assert refusal.startswith(sentence)
    assert "CSV" not in refusal
