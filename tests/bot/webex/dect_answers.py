"""A DECT API with answers of the tests: what is sent, and how answers are read."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from bot.core.errors import WebexError
from bot.core.models.dect import HandsetSettings, NetworkRef
from bot.webex.cache import Cache
from bot.webex.client import Client, FixedToken
from bot.webex.dect import DectApi
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

BASE = "https://api.example.test/v1"
HALL = NetworkRef("l1", "n1")
NETWORK = "telephony/config/locations/l1/dectNetworks/n1"
ROW = {
    "id": "n1",
    "name": "Hall",
    "displayName": "Hall",
    "model": "DMS Cisco DBS210",
    "defaultAccessCodeEnabled": True,
    "defaultAccessCode": "0042",
    "numberOfBaseStations": 2,
    "numberOfHandsetsAssigned": 5,
    "numberOfLines": 7,
    "location": {"id": "l1", "name": "Berlin"},
}
LINE: dict[str, Any] = {
    "memberId": "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9jODhiZGIwNC1jZjU5LTRjMjMtODQ4OC00NTNhOTE3ZDFlMjk",
    "firstName": "Ann",
    "lastName": "Alder",
    "external": "+1 408 857-1272",
    "extension": "3459",
    "lastRegistrationTime": "1611229671234",
    "hostIP": "10.0.0.45",
    "location": {"id": "l1", "name": "Berlin"},
    "memberType": "PEOPLE",
}
HANDSET = {
    "id": "h1",
    "index": "1",
    "defaultDisplayName": "Ann",
    "customDisplayName": "Ann mobile",
    "accessCode": "0788",
    "lines": [LINE],
}
ANN = HandsetSettings(line1="p1", display_name="Ann")
BOB = HandsetSettings(line1="p2", line2="v1", display_name="Bob")


class Webex:
    """Answers by method and path: a body, a status, or what raises; keeps what it was asked."""

    def __init__(self, answers: dict[str, Any], status: int = 200) -> None:
        self.answers, self.status = answers, status
        self.asked: list[httpx.Request] = []
        client = Client(fake_http(self._answer), BASE, FixedToken("service"))
        self.dect = DectApi(client, Cache(lambda: 0.0), "org-1")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path.removeprefix("/v1/")
        answer = self.answers.get(f"{request.method} {path}", 404)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return httpx.Response(answer)
        return httpx.Response(self.status, json=answer, headers={"trackingid": "ROUTER_1"})

    @property
    def sent(self) -> tuple[str, str, Any]:
        """Method, path and body of the last call."""
        last = self.asked[-1]
        body = json.loads(last.content) if last.content else None
        return last.method, last.url.path.removeprefix("/v1/"), body


def raised(webex: Webex, ask: Callable[[DectApi], Awaitable[object]]) -> WebexError | None:
    """How a call ends, with all waits of its retries."""

    async def work() -> WebexError | None:
        try:
            await ask(webex.dect)
        except WebexError as problem:
            return problem
        return None

    return virtually(work)[0]
