"""An organization behind the real client that refuses, spoils or delays single calls.

Time is virtual.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.domain.forms import read_form
from bot.domain.lists.reader import read_pasted
from bot.domain.lists.rows import ROWS
from bot.domain.operation import Context, Job, Operation
from bot.domain.plan import Outcome, Plan
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken
from tests.fake_http import fake_http

LATER = 700.0  # seconds from plan to Confirm: all that was kept is asked for again
BASE = "https://api.example.test/v1"
MAC = "D82E3EEF4E5C"
PERSON = {
    "id": "p1",
    "type": "person",
    "displayName": "Olive Owner",
    "emails": ["olive@example.com"],
    "locationId": "l1",
}
ROOM = {
    "id": "w1", "displayName": "Lobby", "locationId": "l1", "supportedDevices": "phones",
    "calling": {"type": "webexCalling", "webexCalling": {"licenses": ["pro"]}},
}  # fmt: skip
DEVICE = {
    "id": "d1",
    "displayName": "Olive Owner",
    "product": "Cisco 8851",
    "mac": "00005E005301",
    "personId": "p1",
    "locationId": "l1",
    "tags": ["front"],
    "type": "phone",
    "connectionStatus": "connected",
}
ANSWERS: dict[str, Any] = {
    "GET telephony/config/supportedDevices": {
        "devices": [
            {
                "model": "DMS Cisco 8851",
                "displayName": "Cisco 8851",
                "type": "MPP",
                "onboardingMethod": ["MAC_ADDRESS", "ACTIVATION_CODE"],
            },
        ]
    },
    "GET locations": {"items": [{"id": "l1", "name": "Berlin", "timeZone": "Europe/Berlin"}]},
    "GET licenses": {
        "items": [
            {"id": "std", "name": "Webex Calling - Standard"},
            {"id": "pro", "name": "Webex Calling - Professional"},
        ]
    },
    "GET people": {"items": [PERSON]},
    "GET people/p1": PERSON | {"licenses": ["std"]},
    "GET workspaces": {"items": [ROOM]},
    "GET workspaces/w1": ROOM,
    "POST telephony/config/devices/actions/validateMacs/invoke": {"status": "OK"},
    "GET devices": {"items": [DEVICE]},
    "GET devices/d1": DEVICE,
    "GET telephony/config/people/p1/devices": {
        "devices": [{"mac": "00005E005301"}],
        "maxDeviceCount": 1,
    },
    "GET telephony/config/workspaces/w1/devices": {"devices": [], "maxDeviceCount": 5},
    "GET telephony/config/dectNetworks": {"dectNetworks": []},
    "POST devices": {"id": "d2", "mac": MAC},
    "POST devices/activationCode": {
        "code": "5414011256173816",
        "expiryTime": "2026-12-22T09:06:40.100Z",
    },
    "PATCH devices/d1": DEVICE,
    "DELETE devices/d1": {},
    "POST telephony/config/locations/l1/dectNetworks": {"dectNetworkId": "n1"},
}
Spoil = Callable[[Any], httpx.Response]


def _status(number: int) -> Spoil:
    headers = {"retry-after": "1"} if number in (423, 429) else {}
    return lambda _body: httpx.Response(number, headers=headers, json={"message": "No."})


def _raise(problem: Exception) -> Spoil:
    def spoil(_body: Any) -> httpx.Response:
        raise problem

    return spoil


def _with_list(value: Any) -> Spoil:
    return lambda body: httpx.Response(200, json=dict.fromkeys(body, value))


SPOILT: dict[str, Spoil] = {
    **{
        str(number): _status(number)
        for number in (400, 401, 403, 404, 405, 409, 410, 423, 429, 451, 500, 502, 503)
    },
    "no connection": _raise(httpx.ConnectError("no")),
    "no answer": _raise(httpx.ReadTimeout("slow")),
    "empty": lambda _body: httpx.Response(200),
    "204": lambda _body: httpx.Response(204),
    "html": lambda _body: httpx.Response(200, text="<html>Please log in</html>"),
    "{}": lambda _body: httpx.Response(200, json={}),
    "[]": lambda _body: httpx.Response(200, json=[]),
    "a word": lambda _body: httpx.Response(200, json="ok"),
    "null in it": _with_list(None),
    "a word in it": _with_list("x"),
    "words in it": _with_list(["x", 1]),
    "truncated": lambda body: httpx.Response(200, text=json.dumps(body)[:-9]),
}


@dataclass
class Broken:
    """Answers correctly, except the calls that match the pattern `call`. Records the changes."""

    call: str = ""
    spoil: Spoil | None = None
    slow: float = 0.0
    answers: dict[str, Any] = field(default_factory=lambda: dict(ANSWERS))
    asked: list[str] = field(default_factory=list)
    tags: tuple[str, ...] = ("front",)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """One call."""
        name = f"{request.method} {request.url.path.removeprefix('/v1/')}"
        self.asked.append(name)
        body = self.answers[name]
        if self.call and re.fullmatch(self.call, name):
            if self.spoil is not None:
                return self.spoil(body)
            await asyncio.sleep(self.slow)
        if name == "GET people" and "Lobby" in str(request.url):
            body = {"items": []}
        if name == "PATCH devices/d1":
            tags = json.loads(request.content)["value"]
            self.answers["GET devices/d1"] = DEVICE | {"tags": [*DEVICE["tags"], *tags]}
        return httpx.Response(200, json=body)

    @property
    def changes(self) -> list[str]:
        """What was sent to change something."""
        return [
            name
            for name in self.asked
            if not name.startswith("GET ") and "validateMacs" not in name
        ]

    def calling(self, clock: Callable[[], float]) -> CallingApi:
        """The real thing in front of it."""
        return CallingApi(Client(fake_http(self), BASE, FixedToken("t")), Cache(clock), None)


@dataclass
class Life:
    """What became of a request."""

    shown: Plan
    now: Plan
    outcome: Outcome


async def live(
    operation: Operation,
    inputs: dict[str, str],
    broken: Broken,
    *,
    at: tuple[str, ...] = ("plan", "confirm", "run"),
    places: tuple[str, ...] = (),
) -> Life:
    """Plan, plan again as Confirm does, and run; the fault lasts for the steps in `at`."""
    call = broken.call
    calling = broken.calling(asyncio.get_running_loop().time)
    secrets = {name: value for name, value in inputs.items() if name in operation.secrets}
    required = operation.row_fields
    rows = None if required is None else read_pasted(inputs[ROWS], required=required)

    def context(step: str, shown: Plan | None = None) -> Context:
        broken.call = call if step in at else ""
        reaches = places.__contains__ if places else lambda _name: True
        return Context(
            calling.uncached() if shown else calling, reaches, bool(places), shown=shown, rows=rows
        )

    shown = await operation.plan(read_form(operation.form, inputs), context("plan"))
    await asyncio.sleep(LATER)
    now = await operation.plan(read_form(operation.form, inputs), context("confirm", shown))
    outcome = await operation.actions[0].run(Job.only(shown), secrets, context("run"))
    return Life(shown, now, outcome)
