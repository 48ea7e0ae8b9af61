"""Calls to the REST API: what is repeated, what never is, and where the token goes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from bot.core.errors import (
    Conflict,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unreached,
    Unreadable,
    WebexError,
)
from bot.core.retry import MAX_LOCK_WAIT, READ
from bot.webex.client import PAGES_TIMEOUT, Client, FixedToken
from bot.webex.rate_limiter import WAIT_TIMEOUT
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

BASE = "https://api.example.test/v1"
HTML = httpx.Response(200, text="<html>Please log in</html>")
LOST = [
    httpx.ReadTimeout("slow"),
    httpx.ReadError("gone"),
    httpx.WriteError("gone"),
    httpx.RemoteProtocolError("gone"),
]
NEVER_SENT = [httpx.ConnectError("no"), httpx.ConnectTimeout("no"), httpx.PoolTimeout("no")]


class Cloud:
    """Gives the answers in order (the last one again and again) and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def tokens(self) -> list[str]:
        """The tokens it was shown."""
        return [request.headers["authorization"] for request in self.asked]


class Renewable:
    """A token source with another token each time it is told of a refusal."""

    def __init__(self) -> None:
        self.count = 1
        self.trouble: WebexError | None = None

    async def get(self) -> str:
        """The newest."""
        if self.trouble:
            raise self.trouble
        return f"token-{self.count}"

    async def renew(self, rejected: str) -> str:
        """Another one."""
        assert rejected == f"token-{self.count}"
        self.count += 1
        return await self.get()


def answer(status: int, body: Any = None, **headers: str) -> httpx.Response:
    """An answer in JSON; `retry_after="7"` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, json={"ok": True} if body is None else body)


Work = Callable[[Client], Awaitable[Any]]


def ask(cloud: Cloud, work: Work, tokens: Any = None) -> tuple[Any, float]:
    """Result and seconds, with a client on that cloud."""

    async def run() -> Any:
        return await work(Client(fake_http(cloud), BASE, tokens or FixedToken("secret")))

    return virtually(run)


def get(client: Client) -> Awaitable[Any]:
    """A read."""
    return client.get("people", email="ann@example.com", orgId=None)


def query(client: Client) -> Awaitable[Any]:
    """A POST that changes nothing."""
    return client.query("validateMacs", {"macs": []})


def change(client: Client) -> Awaitable[Any]:
    """A POST that does."""
    return client.change("POST", "devices", {"mac": "x"})


async def pages(client: Client) -> list[Any]:
    """All items of a list."""
    return [item async for item in client.pages("people", max=2)]


async def rows(client: Client) -> Any:
    """A list in one answer."""
    return (await client.get("people", lists="items"))["items"]


READS = [get, query, pages]


def test_a_call_carries_token_tracking_id_and_given_parameters():
    cloud = Cloud(answer(200))
    assert ask(cloud, get)[0] == {"ok": True}
    (request,) = cloud.asked
    assert str(request.url) == f"{BASE}/people?email=ann%40example.com"
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["trackingid"].startswith("provbot_")


def test_a_change_carries_its_body_scope_and_type():
    cloud = Cloud(answer(200))
    ask(
        cloud,
        lambda client: client.change(
            "PATCH",
            "devices/1",
            [{"op": "add"}],
            content_type="application/json-patch+json",
            params={"orgId": "o", "x": None},
        ),
    )
    (request,) = cloud.asked
    assert (request.method, str(request.url)) == ("PATCH", f"{BASE}/devices/1?orgId=o")
    assert request.headers["content-type"] == "application/json-patch+json"
    assert request.content == b'[{"op":"add"}]'


@pytest.mark.parametrize("work", READS)
@pytest.mark.parametrize(
    "trouble", [answer(status) for status in (500, 502, 503, 504, 302)] + [HTML, *LOST, *NEVER_SENT]
)
def test_a_read_is_retried_during_an_outage(work, trouble):
    cloud = Cloud(trouble, trouble, answer(200, {"items": [{"id": 1}]}))
    assert ask(cloud, work)[0]
    assert len(cloud.asked) == 3


@pytest.mark.parametrize("work", READS)
def test_a_read_is_given_up_after_some_tries(work):
    cloud = Cloud(answer(503, {"message": "No."}))
    with pytest.raises(Unavailable):
        ask(cloud, work)
    assert len(cloud.asked) == READ.attempts


@pytest.mark.parametrize(
    ("status", "kind"), [(400, WebexError), (403, WebexError), (404, NotFound), (409, Conflict)]
)
@pytest.mark.parametrize("work", [*READS, change])
def test_a_definite_refusal_is_not_retried(work, status, kind):
    cloud = Cloud(answer(status))
    with pytest.raises(kind):
        ask(cloud, work)
    assert len(cloud.asked) == 1


@pytest.mark.parametrize(
    "trouble", [answer(status) for status in (500, 502, 503, 504, 302, 101)] + [HTML, *LOST]
)
def test_a_change_whose_outcome_is_unknown_is_never_sent_again(trouble):
    cloud = Cloud(trouble, answer(200))
    with pytest.raises(OutcomeUnknown):
        ask(cloud, change)
    assert len(cloud.asked) == 1


@pytest.mark.parametrize("trouble", NEVER_SENT)
def test_a_change_that_was_not_sent_is_retried(trouble):
    cloud = Cloud(trouble, answer(200))
    assert ask(cloud, change)[0] == {"ok": True}
    assert len(cloud.asked) == 2


def test_a_change_that_cannot_be_sent_says_that_nothing_was_done():
    cloud = Cloud(httpx.ConnectError("no"))
    with pytest.raises(Unreached):
        ask(cloud, change)
    assert len(cloud.asked) == READ.attempts


def test_a_lost_answer_after_a_retry_ends_it():
    cloud = Cloud(httpx.ConnectError("no"), httpx.ReadTimeout("slow"), answer(200))
    with pytest.raises(OutcomeUnknown):
        ask(cloud, change)
    assert len(cloud.asked) == 2


@pytest.mark.parametrize("work", [*READS, change])
@pytest.mark.parametrize("status", [429, 423])
def test_every_call_waits_as_long_as_webex_asks(work, status):
    cloud = Cloud(answer(status, retry_after="7"), answer(200, {"items": [{"id": 1}]}))
    result, seconds = ask(cloud, work)
    assert result
    assert len(cloud.asked) == 2
    assert 7 <= seconds < 8


@pytest.mark.parametrize("work", [*READS, change])
@pytest.mark.parametrize(
    ("status", "too_long"), [(429, WAIT_TIMEOUT + 1), (423, MAX_LOCK_WAIT + 1)]
)
def test_a_wait_that_is_too_long_for_a_person_is_raised(work, status, too_long):
    cloud = Cloud(answer(status, retry_after=str(too_long)), answer(200))
    with pytest.raises(RateLimited) as caught:
        ask(cloud, work)
    assert caught.value.retry_after == too_long
    assert len(cloud.asked) == 1


def test_a_refusal_of_one_call_holds_back_the_others():
    cloud = Cloud(answer(429, retry_after="7"), answer(200, {"items": [{"id": 1}]}))

    async def work(client: Client) -> None:
        first = asyncio.create_task(client.get("people"))
        await asyncio.sleep(1)  # it was refused meanwhile
        await asyncio.gather(first, *(change(client) for _ in range(5)))

    _, seconds = ask(cloud, work)
    assert 7 <= seconds < 10
    assert len(cloud.asked) == 7


def test_lists_follow_the_link_unchanged():
    cloud = Cloud(
        answer(
            200,
            {"items": [{"id": 1}, {"id": 2}]},
            link=f'<{BASE}/people?cursor=b&max=2>; rel="next"',
        ),
        answer(200, {"items": []}, link=f'<{BASE}/people?cursor=c&max=2>; rel="next"'),
        answer(200, {"items": [{"id": 3}]}),
    )
    assert [item["id"] for item in ask(cloud, pages)[0]] == [1, 2, 3]
    assert [str(request.url) for request in cloud.asked] == [
        f"{BASE}/people?max=2",
        f"{BASE}/people?cursor=b&max=2",
        f"{BASE}/people?cursor=c&max=2",
    ]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1/people",
        "http://api.example.test/v1/people",
        "https://api.example.test.evil.example/v1/people",
        "https://api.example.test/v1evil/people",
        "https://api.example.test@evil.example/v1/people",
    ],
)
def test_the_token_never_follows_a_link_to_another_host(link):
    cloud = Cloud(answer(200, {"items": [{"id": 1}]}, link=f'<{link}>; rel="next"'))
    with pytest.raises(Unavailable):
        ask(cloud, pages)
    assert {request.url.host for request in cloud.asked} == {"api.example.test"}
    assert len(cloud.asked) == 1


NO_LIST: list[Any] = [
    None,
    {},
    [],
    "items",
    {"items": None},
    {"items": {}},
    {"items": "x"},
    {"items": [1, "x"]},
    {"other": []},
]


@pytest.mark.parametrize("body", NO_LIST)
@pytest.mark.parametrize("work", [pages, rows])
def test_an_answer_without_its_list_is_retried_and_is_no_empty_list(work, body):
    nothing = httpx.Response(200) if body is None else httpx.Response(200, json=body)
    cloud = Cloud(nothing)
    with pytest.raises(Unreadable):
        ask(cloud, work)
    assert len(cloud.asked) == READ.attempts
    assert ask(Cloud(nothing, answer(200, {"items": [{"id": 1}]})), work)[0] == [{"id": 1}]


def test_an_empty_list_is_valid():
    for work in (pages, rows):
        assert ask(Cloud(answer(200, {"items": []})), work)[0] == []


def test_an_empty_answer_to_a_read_is_retried():
    cloud = Cloud(httpx.Response(200), answer(200))
    assert ask(cloud, get)[0] == {"ok": True}


def linked(cursor: object) -> httpx.Response:
    """A page with a link to another one."""
    return answer(200, {"items": [{"id": 1}]}, link=f'<{BASE}/people?cursor={cursor}>; rel="next"')


def test_a_circular_link_ends():
    cloud = Cloud(linked(1), linked(2), linked(1))
    items, _ = ask(cloud, pages)
    assert len(items) == len(cloud.asked) == 3
    cloud = Cloud(answer(200, {"items": [{"id": 1}]}, link=f'<{BASE}/people?max=2>; rel="next"'))
    items, _ = ask(cloud, pages)
    assert len(items) == len(cloud.asked) == 1


def test_links_without_an_end_are_followed_for_200_pages():
    cloud = Cloud(*(linked(number) for number in range(300)))
    items, _ = ask(cloud, pages)
    assert len(items) == len(cloud.asked) == 200


def test_the_last_page_is_the_one_without_a_link():
    async def is_last(client: Client) -> list[bool]:
        return [page.is_last async for page in client.page_by_page("people", max_pages=3)]

    assert ask(Cloud(linked(1), answer(200, {"items": []})), is_last)[0] == [False, True]
    assert ask(Cloud(linked(1), linked(1)), is_last)[0] == [False, False]
    assert ask(Cloud(*(linked(number) for number in range(9))), is_last)[0] == [False] * 3


@pytest.mark.parametrize("work", [*READS, change])
def test_a_refused_token_is_renewed_once(work):
    cloud = Cloud(answer(401), answer(200, {"items": [{"id": 1}]}))
    assert ask(cloud, work, Renewable())[0]
    assert cloud.tokens == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("work", [*READS, change])
def test_a_token_that_is_refused_twice_ends_the_call(work):
    cloud = Cloud(answer(401))
    with pytest.raises(Unauthorized):
        ask(cloud, work, Renewable())
    assert len(cloud.asked) == 2


@pytest.mark.parametrize("work", [*READS, change])
def test_a_fixed_token_is_not_renewed(work):
    cloud = Cloud(answer(401))
    with pytest.raises(Unauthorized):
        ask(cloud, work)
    assert len(cloud.asked) == 1


def test_a_change_refused_and_then_lost_is_unknown_and_not_sent_a_third_time():
    cloud = Cloud(answer(401), httpx.ReadTimeout("slow"), answer(200))
    with pytest.raises(OutcomeUnknown):
        ask(cloud, change, Renewable())
    assert len(cloud.asked) == 2


def test_without_a_token_a_change_is_known_not_to_be_made():
    cloud, tokens = Cloud(answer(200)), Renewable()
    tokens.trouble = Unavailable(503, "The token service did not answer.")
    with pytest.raises(Unreached):
        ask(cloud, change, tokens)
    assert not cloud.asked


def test_errors_carry_status_words_and_tracking_id():
    cloud = Cloud(answer(400, {"message": "Bad thing."}, trackingid="T-1"))
    with pytest.raises(WebexError) as caught:
        ask(cloud, change)
    problem = caught.value
    assert (problem.status, problem.message, problem.tracking_id) == (400, "Bad thing.", "T-1")


def test_a_redirect_is_not_followed_with_the_token():
    cloud = Cloud(httpx.Response(302, headers={"location": "https://evil.example/"}))
    with pytest.raises(OutcomeUnknown):
        ask(cloud, change)
    assert [request.url.host for request in cloud.asked] == ["api.example.test"]


@pytest.mark.parametrize("work", [get, query, change, pages])
@pytest.mark.parametrize("status", [400, 403, 409])
def test_a_token_that_webex_echoes_is_masked(work, status):
    cloud = Cloud(
        answer(status, {"message": "Token s3rv1ce-app is odd", "trackingId": "T-s3rv1ce-app"})
    )
    with pytest.raises(WebexError) as problem:
        ask(cloud, work, FixedToken("s3rv1ce-app"))
    assert "s3rv1ce" not in f"{problem.value.message} {problem.value.tracking_id}"


@pytest.mark.parametrize("pause", [60.0, 120.0])
def test_an_endless_list_is_given_up(pause):
    """Each page comes in time; there is always one more."""

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(pause)
        number = int(request.url.params.get("cursor", "0"))
        more = {"link": f'<{BASE}/people?cursor={number + 1}>; rel="next"'}
        return httpx.Response(200, json={"items": [{"id": "1"}]}, headers=more)

    async def listing() -> None:
        client = Client(fake_http(slow), BASE, FixedToken("t"))
        with pytest.raises(Unavailable, match="too long"):
            _ = [row async for row in client.pages("people")]

    _, seconds = virtually(listing)
    assert seconds <= PAGES_TIMEOUT + 1


def test_the_time_that_the_reader_takes_is_not_counted():
    async def at_once(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("cursor", "0"))
        link = {"link": f'<{BASE}/people?cursor={number + 1}>; rel="next"'} if number < 5 else {}
        return httpx.Response(200, json={"items": [{"id": number}]}, headers=link)

    async def listing() -> list[int]:
        ids = []
        async for row in Client(fake_http(at_once), BASE, FixedToken("t")).pages("people"):
            await asyncio.sleep(PAGES_TIMEOUT)
            ids.append(row["id"])
        return ids

    assert virtually(listing)[0] == [0, 1, 2, 3, 4, 5]
