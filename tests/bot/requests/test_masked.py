"""Webex repeats a secret in its refusal: nobody reads it, and nothing on disk holds it."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bot.core.errors import OutcomeUnknown, Unavailable, WebexError
from bot.core.models.webex import MacState
from bot.domain import error_messages
from bot.domain.lists.reader import read_file
from bot.requests.interaction import Reply
from bot.store.sql import select
from bot.webex import responses
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.approving import APPROVERS
from tests.bot.requests.fixtures import ELI, GROUP, PHONE, TOM, RequestFixture, text_of
from tests.bot.requests.strategies import ANA
from tests.example_org import FREE_MAC, THIRD_PARTY
from tests.fake_calling import FakeCalling
from tests.fake_dect import FakeDect

PASSWORD = 'Sup3r"Secret/9x'
CODE = "7391"
DECT = {"location": "Lyon", "name": "Hall", "model": "DBS210", "access_code": CODE}
SIP = PHONE | {"model": THIRD_PARTY.display_name, "password": PASSWORD}
BODIES = {
    "message": lambda text: {"message": text, "trackingId": text},
    "errors": lambda text: {"errors": [{"description": text}], "message": text},
    "error_description": lambda text: {"error": "x", "error_description": text},
    "nested": lambda text: {"message": {"inner": [text]}},
}
ASKED = [("add phone", SIP, PASSWORD), ("create dect network", DECT, CODE)]


def echo(secret: str) -> str:
    """A refusal that repeats a secret in each form."""
    return (
        f"'{secret}' {secret.upper()} {json.dumps(secret)} {quote(secret, safe='')} does not meet "
        "the policy"
    )


@dataclass
class Echoing(FakeCalling):
    """An organization whose refusals repeat what was sent, as `wire` reads them."""

    secret: str = ""
    status: int = 400
    body: str = "message"
    refuses: set[str] = field(default_factory=set)
    then: str = ""  # refused as well once the change was
    mac_message: str = ""  # of a MAC that is in use

    def refusal(self) -> WebexError:
        message = echo(self.secret)
        content = json.dumps(BODIES[self.body](message)).encode()
        return responses.error(self.status, {"trackingid": f"T-{self.secret}"}, content)

    def refuse(self, method: str) -> None:
        """Fail if the test says so."""
        if method in self.refuses:
            self.refuses |= {self.then}
            problem = self.refusal()
            if method in ("add_phone", "create_dect_network") and isinstance(problem, Unavailable):
                raise OutcomeUnknown(problem.status, problem.message, problem.tracking_id)
            raise problem

    def ask(self, method: str) -> None:
        super().ask(method)
        self.refuse(method)

    async def mac_state(self, mac: str) -> MacState:
        """In use, if there is a message about it."""
        if self.mac_message:
            return MacState(available=False, message=self.mac_message)
        return await super().mac_state(mac)

    async def add_phone(self, body: Mapping[str, Any], *, password: str | None = None) -> Any:
        """Refused."""
        self.refuse("add_phone")
        return await super().add_phone(body, password=password)

    def _new_dect(self) -> FakeDect:
        return EchoingDect(self)


@dataclass
class EchoingDect(FakeDect):
    """Its networks."""

    calls: Echoing

    async def create_network(self, location_id: str, settings: Mapping[str, Any]) -> str:
        """Refused."""
        self.calls.refuse("create_dect_network")
        return await super().create_network(location_id, settings)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With an organization that repeats secrets."""
    async with worlds.world(tmp_path / "provbot.db", calling=Echoing()) as made:
        await made.allow(*APPROVERS)
        yield made


def echoing(world: RequestFixture) -> Echoing:
    assert isinstance(world.calling, Echoing)
    return world.calling


def leaks(secret: str, text: str) -> list[str]:
    """The forms of a secret that occur in it. Four digits can also occur in hashes and times."""
    if secret.isdigit():
        return re.findall(rf"(?<![\w.:-]){secret}(?![\w.:-])", text)
    forms = {secret, secret.upper(), json.dumps(secret)[1:-1], quote(secret, safe=""), secret[:8]}
    return sorted(form for form in forms if form.lower() in text.lower())


async def check(world: RequestFixture, secret: str) -> None:
    """Nobody was told it, and no row holds it; Webex's words are in none either."""
    assert leaks(secret, "\n".join(world.messenger.texts)) == []
    files = [posted.file.content.decode() for posted in world.messenger.posted if posted.file]
    assert leaks(secret, "\n".join(files)) == []
    rows = await world.store.call(
        lambda db: [
            json.dumps(row, default=str)
            for table in ("requests", "steps", "lists", "decisions", "audit", "secrets")
            for row in select(db, f"select * from {table}")  # noqa: S608 - our own
        ]
    )
    text = "\n".join(rows)
    assert leaks(secret, text) == []
    assert "does not meet the policy" not in text


async def failed_quietly(world: RequestFixture, shown: Reply | None, secret: str) -> None:
    if shown is not None and shown.answer is not None:
        assert leaks(secret, text_of(shown)) == []
    await world.rest()
    await check(world, secret)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 503])
@pytest.mark.parametrize(("name", "inputs", "secret"), ASKED)
async def test_secrets_are_masked_in_a_refused_change(
    world: RequestFixture, name, inputs, secret, status, body
):
    calling = echoing(world)
    calling.secret, calling.status, calling.body = secret, status, body
    calling.refuses = {"add_phone", "create_dect_network"}
    code = await world.confirmed(name, inputs, ELI, GROUP)
    await check(world, secret)
    assert await world.state(code) in ("failed", "unknown")


@pytest.mark.parametrize("status", [400, 503])
async def test_the_password_of_a_row_is_masked_in_a_refused_change(world: RequestFixture, status):
    calling = echoing(world)
    calling.secret, calling.status, calling.refuses = PASSWORD, status, {"add_phone"}
    quoted = PASSWORD.replace('"', '""')
    of_rows = [
        f'{mac},{SIP["model"]},{owner},"{quoted}"'
        for mac, owner in ((FREE_MAC, "ann@example.com"), (f"{FREE_MAC[:-1]}D", "Lobby"))
    ]
    rows = read_file("\n".join(["mac,model,owner,password", *of_rows]).encode())
    assert rows.rows[0].password is not None
    shown = await world.ask("add phones", {}, ELI, GROUP, rows=rows)
    await world.press(shown, "confirm", ELI)
    await failed_quietly(world, shown, PASSWORD)
    assert shown.request
    assert await world.state(shown.request.code) in ("failed", "unknown")


@pytest.mark.parametrize("method", ["mac_state", "models", "person", "devices_of", "locations"])
@pytest.mark.parametrize("moment", ["continue", "confirm"])
async def test_secrets_are_masked_in_a_refused_read_before_the_change(
    world: RequestFixture, method: str, moment: str
):
    calling = echoing(world)
    calling.secret, calling.status = PASSWORD, 400
    shown = None
    try:
        if moment == "continue":
            calling.refuses = {method}
            shown = await world.ask("add phone", SIP, TOM, GROUP)
        else:
            asked = await world.ask("add phone", SIP, TOM, GROUP)
            calling.refuses = {method}
            shown = await world.press(asked, "confirm", TOM)
    except WebexError as problem:
        shown = Reply(error_messages.support_details(problem) + error_messages.for_person(problem))
    await failed_quietly(world, shown, PASSWORD)


@pytest.mark.parametrize("method", ["owner", "devices_of", "mac_state"])
async def test_secrets_are_masked_in_a_refused_look_up_after_it(world: RequestFixture, method: str):
    calling = echoing(world)
    calling.secret, calling.status = PASSWORD, 503
    asked = await world.ask("add phone", SIP, TOM, GROUP)
    calling.refuses, calling.then = {"add_phone"}, method
    await failed_quietly(world, await world.press(asked, "confirm", TOM), PASSWORD)


async def test_webexs_message_about_a_mac_is_not_repeated(world: RequestFixture):
    echoing(world).mac_message = echo(PASSWORD)
    shown = await world.ask("add phone", SIP, TOM, GROUP)
    assert "does not accept D8:2E:3E:EF:4E:5C" in text_of(shown)
    await failed_quietly(world, shown, PASSWORD)


async def test_approvers_see_no_secret(world: RequestFixture):
    calling = echoing(world)
    calling.secret, calling.refuses = CODE, {"create_dect_network"}
    request = await world.asked("create dect network", DECT, TOM, GROUP)
    await world.decide(request.code, "approve", ANA)
    await world.rest()
    await check(world, CODE)
    assert await world.state(request.code) == "failed"
