"""What the composition root itself does: the clocks, the tokens' keeper, the alarm to admins."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.core.clouds import COMMERCIAL, GOVERNMENT
from bot.core.config import Config
from bot.core.errors import (
    ConfigError,
    DatabaseUnavailable,
    TokenRefused,
    Unauthorized,
    Unavailable,
)
from bot.core.models.people import Grant, Place, Role
from bot.operations import POLICY
from bot.requests.approvals import Approvals
from bot.requests.notifications import Notifications
from bot.service.app import reach, read_policy, revoked
from bot.service.bot import APPROVALS_INTERVAL, Bot
from bot.service.lifecycle import until_stopped
from bot.service.service_app import RefreshTokens, service_app
from bot.store import grants
from bot.store.database import Store
from bot.webex.bot_token import BotToken
from bot.webex.client import Client, FixedToken, TokenSource
from bot.webex.http_client import http_client
from bot.webex.messaging import MessagesApi
from bot.webex.tokens import ServiceAppToken
from tests.database import migrated
from tests.fake_http import fake_http
from tests.fake_messenger import FakeMessenger
from tests.virtual_clock import virtually


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real file."""
    made = Store(migrated(tmp_path / "provbot.db"))
    yield made
    made.close()


@dataclass
class Stumbling:
    """In place of the approvals: fails in this order, and counts."""

    problems: list[Exception | None]
    calls: list[str] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def recover(self) -> None:
        """At the start."""
        await self._step("recover")

    async def tick(self) -> None:
        """Every few seconds."""
        await self._step("tick")

    async def _step(self, name: str) -> None:
        self.calls.append(name)
        problem = self.problems.pop(0) if self.problems else None
        if not self.problems:
            self.enough.set()
        if problem:
            raise problem


class Counting:
    """Strangers, of whom nothing is to be written."""

    async def tick(self) -> None:
        """Nothing."""


def test_the_periodic_tasks_survive_failures():
    approvals = Stumbling([KeyError("x"), None, Unavailable(503, "Down."), None, None])
    seconds = ticked(approvals)
    assert approvals.calls == ["recover", "recover", "tick", "tick", "tick"]
    assert 3 * APPROVALS_INTERVAL <= seconds < 4 * APPROVALS_INTERVAL


def test_the_periodic_tasks_log_an_outage_of_the_database_once():
    gone = [DatabaseUnavailable("Connection refused"), DatabaseUnavailable("the server is closed")]
    with capture_logs() as logs:
        ticked(Stumbling([*gone, None, None, *gone, None]))
    lines = [(line["event"], line["reason"], "exc_info" in line) for line in logs]
    assert lines == [("timer_waits", "Connection refused", False)] * 2


def ticked(approvals: "Stumbling") -> float:
    """How many seconds the timers needed until these approvals had enough."""
    bot = Bot(
        cast(Any, None),
        cast(Any, None),
        cast(Any, None),
        cast(Approvals, approvals),
        FixedToken(""),
        cast(Any, None),
        cast(Any, None),
        cast(Any, Counting()),
        cast(Any, None),
        cast(Any, Counting()),
        cast(Any, None),
        cast(Any, None),
    )

    async def work() -> None:
        clocks = asyncio.create_task(bot._run_timers())
        await approvals.enough.wait()
        clocks.cancel()
        with suppress(asyncio.CancelledError):
            await clocks

    return virtually(work)[1]


@dataclass
class Ending:
    """In place of inbox and runner: notes how it was ended."""

    steps: list[str] = field(default_factory=list)
    problem: Exception | None = None

    async def finish(self, within: float) -> None:
        """What runs."""
        self.steps.append("finish")

    async def cancel_pending(self, within: float = 0.0) -> None:
        """What is left."""
        self.steps.append("cancel")
        if self.problem:
            raise self.problem


async def ended(problem: BaseException) -> list[str]:
    """How a bot is ended whose run ended like that."""
    inbox, runner = Ending(), Ending(problem=DatabaseUnavailable("database or disk is full"))
    nothing = cast(Any, None)
    bot = Bot(
        nothing,
        cast(Any, inbox),
        cast(Any, runner),
        nothing,
        FixedToken(""),
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
    )
    running = asyncio.get_running_loop().create_future()
    running.set_exception(problem)
    try:
        await until_stopped(bot, running)
    finally:
        assert inbox.steps == runner.steps == ["finish", "cancel"]
    return runner.steps


async def test_it_stops_cleanly_although_the_disk_is_full():
    assert await ended(asyncio.CancelledError())


@pytest.mark.parametrize("problem", [TokenRefused("x"), DatabaseUnavailable("disk I/O error")])
async def test_running_work_finishes_after_a_failed_run(problem):
    with pytest.raises(type(problem)) as caught:
        await ended(problem)
    assert caught.value is problem


async def test_each_admin_is_told_even_if_one_is_unreachable(store):
    for grant in (
        Grant("ada@example.com", Role.ADMIN),
        Grant("bea@example.com", Role.ADMIN),
        Grant("@example.com", Role.ADMIN),
        Grant("cleo@example.com", Role.ADMIN, "Lyon"),
        Grant("tom@example.com", Role.TECHNICIAN),
    ):
        await store.call(grants.add, grant, 1.0)
    messenger = FakeMessenger()
    messenger.unreachable = {"ada@example.com"}
    await Notifications(store, messenger).notify_admins(revoked(COMMERCIAL))
    assert [(message.email, message.text) for message in messenger.posted] == [
        ("bea@example.com", revoked(COMMERCIAL))
    ]


@pytest.mark.parametrize(
    "held", [(), (Grant("@example.com", Role.ADMIN),), (Grant("ada@example.com", Role.ADMIN),)]
)
async def test_without_a_reachable_admin_the_approval_space_is_told(store, held):
    for grant in held:
        await store.call(grants.add, grant, 1.0)
    messenger = FakeMessenger()
    messenger.unreachable = {"ada@example.com"}

    async def room() -> str:
        return "room-approvals"

    await Notifications(store, messenger, room).notify_admins(revoked(COMMERCIAL))
    (notice,) = messenger.posted
    assert notice.place == Place("room-approvals", direct=False)


async def test_the_admin_concerned_is_not_told(store):
    for who in ("ada@example.com", "bea@example.com"):
        await store.call(grants.add, Grant(who, Role.ADMIN), 1.0)
    messenger = FakeMessenger()
    await Notifications(store, messenger).notify_admins("hear, hear", exclude="ada@example.com")
    assert [message.email for message in messenger.posted] == ["bea@example.com"]


async def test_the_newest_refresh_token_is_kept_for_the_one_that_is_configured(store):
    tokens = RefreshTokens(store, "configured")
    assert await tokens.load() is None
    await tokens.save("newer")
    assert await tokens.load() == "newer"
    assert await RefreshTokens(store, "another").load() is None


def test_admins_are_sent_to_the_pages_of_their_own_cloud():
    for cloud, other in ((COMMERCIAL, GOVERNMENT), (GOVERNMENT, COMMERCIAL)):
        sentence = revoked(cloud)
        assert f"({cloud.control_hub})" in sentence
        assert f" on {cloud.portal}," in sentence
        assert other.portal not in sentence
        assert other.control_hub not in sentence


async def test_the_token_of_the_service_app_is_renewed_unless_it_is_fixed(store):
    async with http_client(ssl.create_default_context()) as http:
        values: dict[str, Any] = {"bot_token": SecretStr("bot"), "database_text": "x"}
        fixed = Config(**values, access_token=SecretStr("fixed"))
        assert service_app(fixed, http, store) == FixedToken("fixed")
        secrets: dict[str, Any] = {"client_secret": SecretStr("s"), "refresh_token": SecretStr("r")}
        renewed = Config(**values, client_id="id", **secrets)
        assert isinstance(service_app(renewed, http, store), ServiceAppToken)


def test_without_a_file_the_built_in_policy_is_in_force():
    assert read_policy(None).rules == POLICY


def test_a_policy_file_is_read_as_utf_8(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text('# Größe\n[tag]\nviewer = "do"\n', encoding="utf-8")
    assert read_policy(file).rules["tag"] != POLICY["tag"]


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_policy_file_that_cannot_be_read_is_named(tmp_path, content):
    file = tmp_path / "policy.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^PROVBOT_POLICY: .*policy\.toml cannot be read: "):
        read_policy(file)


@dataclass
class Listening:
    """In place of the hearing: listens until it is cancelled, and says goodbye."""

    goodbyes: int = 0

    async def listen(self) -> None:
        """Until cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            self.goodbyes += 1


@dataclass
class Resting:
    """In place of all that has nothing to do."""

    async def recover(self) -> None:
        """Nothing was left."""

    async def tick(self) -> None:
        """Nothing waits."""

    async def run(self) -> None:
        """Nothing is missing."""

    async def daily(self) -> None:
        """Nothing is old."""


async def refused() -> object:
    """Who we are, with a dead token."""
    raise Unauthorized(401, "The token is not accepted.")


def running_bot(hearing: Listening, token: BotToken) -> Bot:
    """One that only listens."""
    resting: Any = Resting()
    return Bot(
        cast(Any, hearing),
        resting,
        resting,
        resting,
        FixedToken(""),
        resting,
        token,
        resting,
        resting,
        resting,
        resting,
        resting,
    )


def test_a_revoked_token_ends_the_run_although_the_socket_is_open():
    hearing = Listening()

    async def work() -> None:
        token = BotToken("bot", refused)
        running = asyncio.create_task(running_bot(hearing, token).run())
        await asyncio.sleep(5)
        assert not running.done()
        assert not await token.is_valid()
        with pytest.raises(TokenRefused):
            await running

    _, seconds = virtually(work)
    assert hearing.goodbyes == 1
    assert seconds < 20


def test_a_cancelled_run_deletes_its_registration():
    hearing = Listening()

    async def work() -> None:
        running = asyncio.create_task(running_bot(hearing, BotToken("bot", refused)).run())
        await asyncio.sleep(5)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    virtually(work)
    assert hearing.goodbyes == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_the_start_goes_on_after_any_stray_answer(status: int):
    left = [status] * 2

    async def work() -> str:
        def play(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(left.pop(0) if left else 200, json={"id": "me"})

        def api(token: TokenSource) -> MessagesApi:
            return MessagesApi(Client(fake_http(play), "https://webex.example/v1", token))

        async def discover() -> Any:
            return "the socket"

        token = BotToken("bot", api(FixedToken("bot")).me)
        listener, me = await reach(api(token), discover)
        assert cast(Any, listener) == "the socket"
        return str(me["id"])

    assert virtually(work)[0] == "me"


def test_a_start_with_an_invalid_token_ends_within_seconds():
    async def work() -> None:
        def play(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(401, json={"message": "no"})

        def api(token: TokenSource) -> MessagesApi:
            return MessagesApi(Client(fake_http(play), "https://webex.example/v1", token))

        async def discover() -> Any:
            raise Unavailable(503, "Service discovery failed: HTTPError")

        token = BotToken("bot", api(FixedToken("bot")).me)
        with pytest.raises(TokenRefused):
            await reach(api(token), discover)

    _, seconds = virtually(work)
    assert seconds < 20


class LockedStore:
    """In place of a store; no more of it is used than `call`."""

    async def call(self, *_: object) -> None:
        """Fails."""
        raise DatabaseUnavailable("database is locked")


async def test_a_refresh_token_that_cannot_be_read_is_no_refusal():
    with pytest.raises(Unavailable):
        await RefreshTokens(cast(Store, LockedStore()), "configured").load()


def test_a_start_waits_for_a_locked_database():
    problems = [DatabaseUnavailable("database is locked")] * 3
    picked_up: list[str] = []

    class Left:
        """In place of runner and inbox: something was left by the process before."""

        def __init__(self, name: str) -> None:
            self.name = name

        async def recover(self) -> None:
            """Pick it up."""
            if problems:
                raise problems.pop()
            picked_up.append(self.name)

    async def work() -> None:
        nothing = cast(Any, None)
        inbox, runner = cast(Any, Left("inbox")), cast(Any, Left("runner"))
        rest = [nothing] * 7
        bot = Bot(nothing, inbox, runner, nothing, FixedToken(""), *rest)
        await bot.recover()

    virtually(work)
    assert picked_up == ["runner", "inbox"]
