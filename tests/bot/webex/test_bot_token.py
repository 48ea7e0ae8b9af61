"""The bot's own token: a stray 401 costs a moment, a dead token is noticed within seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import httpx
import pytest

from bot.core.errors import Unauthorized, Unavailable
from bot.webex.bot_token import PAUSES, BotToken
from bot.webex.client import Client, FixedToken
from bot.webex.messaging import MessagesApi
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

BASE = "https://webex.example/v1"
MESSAGE = {"id": "m", "personId": "p", "roomId": "r"}
CALLS: dict[str, Callable[[MessagesApi], Awaitable[object]]] = {
    "GET messages/m": lambda api: api.message("m"),
    "GET attachment/actions/a": lambda api: api.action("a"),
    "GET people/p": lambda api: api.person("p"),
    "POST messages": lambda api: api.post(text="x", room_id="r"),
    "PUT messages/m": lambda api: api.edit("m", "r", "x"),
    "DELETE messages/m": lambda api: api.delete("m"),
}


class Cloud:
    """Answers well, but for the statuses that are left for people/me and for all other calls."""

    def __init__(self, me: Sequence[int] = (), others: Sequence[int] = ()) -> None:
        self.me, self.others = list(me), list(others)
        self.made: list[str] = []
        self.token = BotToken("bot", self._api(FixedToken("bot")).me)
        self.messages = self._api(self.token)

    def _api(self, token: BotToken | FixedToken) -> MessagesApi:
        return MessagesApi(Client(fake_http(self._answer), BASE, token))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.made.append(f"{request.method} {request.url.path.removeprefix('/v1/')}")
        left = self.me if self.made[-1] == "GET people/me" else self.others
        status = left.pop(0) if left else 200
        return httpx.Response(status, json=MESSAGE if status == 200 else {"message": "no"})


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("call", CALLS)
def test_a_stray_401_is_retried(call: str, times: int):
    async def work() -> list[str]:
        cloud = Cloud(others=[401] * times)
        await CALLS[call](cloud.messages)
        return [made for made in cloud.made if made != "GET people/me"]

    made, _ = virtually(work)
    assert made == [call] * (times + 1)


@pytest.mark.parametrize("me", [[401], [401, 401, 401], [500] * 4, [403], [404], [429]])
def test_a_stray_401_to_the_verification_does_not_end_the_process(me: list[int]):
    async def work() -> None:
        cloud = Cloud(me=me, others=[401])
        await cloud.messages.message("m")
        assert await cloud.token.get() == "bot"

    virtually(work)


def test_a_lasting_401_with_a_valid_token_counts_as_an_outage():
    async def work() -> None:
        with pytest.raises(Unavailable):
            await Cloud(others=[401] * 99).messages.message("m")

    virtually(work)


def test_an_invalid_token_is_detected_in_seconds_and_no_longer_sent():
    async def work() -> list[str]:
        cloud = Cloud(me=[401] * 99, others=[401] * 99)
        with pytest.raises(Unauthorized):
            await cloud.messages.message("m")
        await cloud.token.died()
        made = len(cloud.made)
        with pytest.raises(Unauthorized):
            await cloud.messages.post(text="x", room_id="r")
        assert not await cloud.token.is_valid()
        return cloud.made[made:]

    made_afterwards, seconds = virtually(work)
    assert made_afterwards == []
    assert seconds < 15


def test_calls_under_way_share_one_verification():
    async def work() -> list[str]:
        cloud = Cloud(me=[401] * 99, others=[401] * 99)
        calls = [call(cloud.messages) for call in CALLS.values()]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(end) for end in ends} == {Unauthorized}
        return cloud.made

    made, _ = virtually(work)
    assert made.count("GET people/me") == len(PAUSES)


def test_a_cancelled_call_does_not_cancel_the_shared_verification():
    async def work() -> None:
        cloud = Cloud(me=[401], others=[401, 401])
        first = asyncio.create_task(cloud.messages.message("m"))
        second = asyncio.create_task(cloud.messages.message("n"))
        await asyncio.sleep(0.5)
        first.cancel()
        assert await second == MESSAGE

    virtually(work)
