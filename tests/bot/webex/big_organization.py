"""An organization of any size, which answers page by page and counts its calls."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken
from tests.fake_http import fake_http

BASE = "https://api.example.test/v1"
PRO, STD, MESSAGING = "lic-pro", "lic-std", "lic-msg"
LICENCES = {
    PRO: "Webex Calling - Professional",
    STD: "Webex Calling - Standard",
    MESSAGING: "Basic Messaging",
}
Row = dict[str, Any]
Answer = Callable[[httpx.Request], httpx.Response | None]


def person(number: int, **facts: Any) -> Row:
    """Every tenth has Standard, every tenth has no calling."""
    licence = {0: STD, 1: MESSAGING}.get(number % 10, PRO)
    return {
        "id": f"p{number}",
        "displayName": f"Person {number}",
        "emails": [f"p{number}@example.com"],
        "locationId": f"l{number % 3}",
        "phoneNumbers": [],
        "extension": f"{1000 + number}",
        "type": "person",
        "licenses": [licence],
    } | facts


def workspace(number: int, **facts: Any) -> Row:
    """A workspace for desk phones."""
    return {
        "id": f"w{number}",
        "displayName": f"Room {number}",
        "locationId": "l1",
        "supportedDevices": "phones",
        "calling": {"type": "webexCalling", "webexCalling": {"licenses": [PRO]}},
    } | facts


def device(number: int) -> Row:
    """A phone; its MAC is its number."""
    return {"id": f"d{number}", "mac": f"{number:012X}", "product": "Cisco 8845", "tags": []}


class BigOrganization:
    """Answers by path. `special` answers come before; None leaves it to the usual one."""

    def __init__(self, people: int = 0, workspaces: int = 0, devices: int = 0) -> None:
        self.now = 0.0
        self.people = [person(number) for number in range(people)]
        self.workspaces = [workspace(number) for number in range(workspaces)]
        self.devices = [device(number) for number in range(devices)]
        self.licences_in_lists = False
        self.page = 100
        self.macs_at_most = 1_000_000
        self.taken: set[str] = set()
        self.special: Answer = lambda _request: None
        self.asked: list[httpx.Request] = []
        client = Client(fake_http(self._answer), BASE, FixedToken("service"))
        self.calling = CallingApi(client, Cache(lambda: self.now), "org-1")

    def calls(self) -> Counter[str]:
        """How often each path was asked for, without ids of people, and forget it."""
        paths = [request.url.path.removeprefix("/v1/") for request in self.asked]
        self.asked.clear()
        return Counter(
            "people/{id}" if path.startswith("people/") else path.rpartition("/actions/")[2]
            for path in paths
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.special(request) or self._usual(request)

    def _usual(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path.removeprefix("/v1/"), request.url.params
        if path == "telephony/config/devices/actions/validateMacs/invoke":
            return self._macs(request)
        if path == "people":
            return self._paged(request, self._people(query), read=self._listed_person)
        name, mac = query.get("displayName", "").lower(), query.get("mac", "")
        lists = {
            "workspaces": [row for row in self.workspaces if name in row["displayName"].lower()],
            "devices": [row for row in self.devices if mac in ("", row["mac"])],
            "locations": [{"id": f"l{number}", "name": f"Place {number}"} for number in range(3)],
        }
        return self._paged(request, lists[path]) if path in lists else self._single(request, path)

    def _single(self, request: httpx.Request, path: str) -> httpx.Response:
        kind, _, key = path.partition("/")
        if kind == "licenses" and not key:
            items = [{"id": known, "name": name} for known, name in LICENCES.items()]
            return httpx.Response(200, json={"items": items})
        if kind == "licenses":
            users = [
                {"id": row["id"], "email": row["emails"][0], "type": "INTERNAL"}
                for row in self.people
                if key in row["licenses"]
            ]
            return self._paged(request, users, "users", 300, consumedByUsers=len(users))
        records = {row["id"]: row for row in self.people} if kind == "people" else {}
        return httpx.Response(200, json=records[key]) if key in records else httpx.Response(404)

    def _people(self, query: httpx.QueryParams) -> list[Row]:
        email, name = query.get("email", "").lower(), query.get("displayName", "").lower()
        if not (email or name):
            return self.people
        return [
            row
            for row in self.people
            if email in ("", *row["emails"]) and row["displayName"].lower().startswith(name)
        ]

    def _paged(
        self, request: httpx.Request, listed: list[Row], key: str = "items", page: int = 0,
        read: Callable[[Row], Row] = dict, **facts: Any,
    ) -> httpx.Response:  # fmt: skip
        start, size = int(request.url.params.get("cursor", "0")), page or self.page
        link = f'<{request.url.copy_set_param("cursor", start + size)}>; rel="next"'
        headers = {"Link": link} if start + size < len(listed) else {}
        shown = [read(row) for row in listed[start : start + size]]
        return httpx.Response(200, json={key: shown} | facts, headers=headers)

    def _listed_person(self, row: Row) -> Row:
        return row if self.licences_in_lists else row | {"licenses": []}

    def _macs(self, request: httpx.Request) -> httpx.Response:
        macs = json.loads(request.content)["macs"]
        if len(macs) > self.macs_at_most:
            return httpx.Response(413, json={"message": "Too large."})
        taken = [
            {"mac": mac, "state": "UNAVAILABLE", "errorCode": 5675, "message": "in use"}
            for mac in macs
            if mac in self.taken
        ]
        body = {"status": "ERRORS", "macStatus": taken} if taken else {"status": "OK"}
        return httpx.Response(200, json=body)


def addresses(*numbers: int) -> list[str]:
    """The addresses of people of the big organization."""
    return [f"p{number}@example.com" for number in numbers]


def refuses(path: str, status: int = 403) -> Callable[[httpx.Request], httpx.Response | None]:
    """A Webex that refuses calls whose path begins so."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        is_refused = request.url.path.startswith(f"/v1/{path}")
        return httpx.Response(status, json={"message": "No."}) if is_refused else None

    return answer
