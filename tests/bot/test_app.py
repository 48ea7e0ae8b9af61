"""What the composition root itself does: the clocks, the tokens' keeper, the alarm to admins."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any, cast

import pytest
from pydantic import SecretStr

from bot.access import POLICY
from bot.app import (
    REVOKED,
    TICK,
    Bot,
    RefreshTokens,
    read_policy,
    service_app,
    tell_admins,
    until_stopped,
)
from bot.config import Config
from bot.errors import ConfigError, TokenRefused, Unavailable
from bot.models import Grant, Role
from bot.requests.board import Board
from bot.store import access
from bot.store.database import Store
from bot.webex.client import FixedToken
from bot.webex.tokens import ServiceAppToken
from bot.webex.transport import transport
from tests.fakes import FakeMessenger
from tests.virtual import virtually


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real file."""
    made = Store(tmp_path / "provbot.db")
    yield made
    made.close()


@dataclass
class Stumbling:
    """In place of a board: fails in this order, and counts."""

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


def test_the_clocks_go_on_whatever_happens():
    board = Stumbling([KeyError("x"), None, Unavailable(503, "Down."), None, None])
    bot = Bot(
        cast(Any, None),
        cast(Any, None),
        cast(Any, None),
        cast(Board, board),
        FixedToken(""),
        cast(Any, None),
    )

    async def work() -> None:
        clocks = asyncio.create_task(bot._watch_the_clocks())
        await board.enough.wait()
        clocks.cancel()
        with suppress(asyncio.CancelledError):
            await clocks

    _, seconds = virtually(work)
    assert board.calls == ["recover", "recover", "tick", "tick", "tick"]
    assert 3 * TICK <= seconds < 4 * TICK


@dataclass
class Ending:
    """In place of inbox and runner: notes how it was ended."""

    steps: list[str] = field(default_factory=list)
    problem: Exception | None = None

    async def finish(self, within: float) -> None:
        """What runs."""
        self.steps.append("finish")

    async def park(self, within: float = 0.0) -> None:
        """What is left."""
        self.steps.append("park")
        if self.problem:
            raise self.problem


async def ended(problem: BaseException) -> list[str]:
    """How a bot is ended whose run ended like that."""
    inbox, runner = Ending(), Ending(problem=OperationalError("database or disk is full"))
    nothing = cast(Any, None)
    bot = Bot(nothing, cast(Any, inbox), cast(Any, runner), nothing, FixedToken(""), nothing)
    running = asyncio.get_running_loop().create_future()
    running.set_exception(problem)
    try:
        await until_stopped(bot, running)
    finally:
        assert inbox.steps == runner.steps == ["finish", "park"]
    return runner.steps


async def test_asked_to_stop_it_stops_well_though_the_disk_is_full():
    assert await ended(asyncio.CancelledError())


@pytest.mark.parametrize("problem", [TokenRefused("x"), OperationalError("disk I/O error")])
async def test_a_run_that_breaks_lets_what_was_begun_come_to_its_end(problem):
    with pytest.raises(type(problem)) as found:
        await ended(problem)
    assert found.value is problem


async def test_admins_are_told_each_even_if_one_cannot_be(store):
    for grant in (
        Grant("ada@example.com", Role.ADMIN), Grant("bea@example.com", Role.ADMIN),
        Grant("@example.com", Role.ADMIN), Grant("cleo@example.com", Role.ADMIN, "Lyon"),
        Grant("tom@example.com", Role.TECHNICIAN),
    ):  # fmt: skip
        await store.call(access.add, grant, 1.0)
    messenger = FakeMessenger()
    messenger.unreachable = {"ada@example.com"}
    await tell_admins(store, messenger)
    assert [(one.email, one.words) for one in messenger.said] == [("bea@example.com", REVOKED)]


async def test_the_newest_refresh_token_is_kept_for_the_one_that_is_configured(store):
    tokens = RefreshTokens(store, "configured")
    assert await tokens.load() is None
    await tokens.save("newer")
    assert await tokens.load() == "newer"
    assert await RefreshTokens(store, "another").load() is None


async def test_the_token_of_the_service_app_is_renewed_unless_it_is_fixed(store):
    async with transport(ssl.create_default_context()) as http:
        values: dict[str, Any] = {"bot_token": SecretStr("bot"), "database": Path("x")}
        fixed = Config(**values, access_token=SecretStr("fixed"))
        assert service_app(fixed, http, store) == FixedToken("fixed")
        secrets: dict[str, Any] = {"client_secret": SecretStr("s"), "refresh_token": SecretStr("r")}
        renewed = Config(**values, client_id="id", **secrets)
        assert isinstance(service_app(renewed, http, store), ServiceAppToken)


def test_without_a_file_the_built_in_policy_is_in_force():
    assert read_policy(None) is POLICY


def test_a_policy_file_is_read_as_utf_8(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text('# Größe\n[tag]\nviewer = "do"\n', encoding="utf-8")
    assert read_policy(file)["tag"] != POLICY["tag"]


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_policy_file_that_cannot_be_read_is_named(tmp_path, content):
    file = tmp_path / "policy.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^PROVBOT_POLICY: .*policy\.toml cannot be read: "):
        read_policy(file)
