"""An organization that plays recorded answers to `CallingApi` by path."""

import json
from typing import Any

import httpx

from bot.core.models.webex import Owner, OwnerKind
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken
from tests.fake_http import fake_http

BASE = "https://api.example.test/v1"
ANN = {
    "id": "p1",
    "displayName": "Ann Alder",
    "emails": ["Ann@Example.com"],
    "locationId": "l1",
    "licenses": ["lic-msg", "lic-std"],
}
LOBBY = {
    "id": "w1", "displayName": "Lobby", "locationId": "l1", "supportedDevices": "phones",
    "calling": {"type": "webexCalling", "webexCalling": {"licenses": ["lic-pro"]}},
}  # fmt: skip
LICENCES = [
    {"id": "lic-msg", "name": "Messaging"},
    {"id": "lic-std", "name": "Webex Calling - Standard"},
    {"id": "lic-pro", "name": "WEBEX CALLING - PROFESSIONAL (2026)"},
    {"id": "lic-ws", "name": "Webex Calling - Workspaces"},
]


OWNER = Owner(kind=OwnerKind.PERSON, id="p1", name="Ann Alder")


class Organization:
    """Answers by path; remembers what it was asked; has a clock."""

    def __init__(self, **answers: Any) -> None:
        self.now = 0.0
        self.asked: list[httpx.Request] = []
        self.refuses: dict[str, int] = {}  # statuses by method
        self.links: dict[str, str] = {}  # to the next pages, by path
        self.answers: dict[str, Any] = {
            "/locations": {"items": [{"id": "l1", "name": "Berlin", "timeZone": "Europe/Berlin"}]},
            "/licenses": {"items": LICENCES},
            "/people": {"items": [{"id": "p1", "type": "person"}]},
            "/people/p1": ANN,
            "/workspaces": {"items": [LOBBY]},
            "/workspaces/w1": LOBBY,
        } | {"/" + path.replace("__", "/"): answer for path, answer in answers.items()}
        client = Client(fake_http(self._answer), BASE, FixedToken("service"))
        self.calling = CallingApi(client, Cache(lambda: self.now), "org-1")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.method in self.refuses:
            return httpx.Response(self.refuses[request.method])
        answer = self.answers.get(request.url.path.removeprefix("/v1"), 404)
        if isinstance(answer, int):
            return httpx.Response(answer, json={"message": "No."} if answer >= 400 else None)
        link = self.links.get(request.url.path.removeprefix("/v1"))
        headers = {"Link": f'<{link}>; rel="next"'} if link else {}
        return httpx.Response(200, json=answer, headers=headers)

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(request.url.path == f"/v1{path}" for request in self.asked)

    @property
    def body(self) -> Any:
        """What was sent last."""
        return json.loads(self.asked[-1].content)
