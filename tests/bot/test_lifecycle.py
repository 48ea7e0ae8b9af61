"""The start of the process: what is waited for, what is refused, and signals that come early."""

import asyncio
import gc
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr

from bot.core import retry
from bot.core.config import Config
from bot.core.errors import ConfigError, TemporaryFailure
from bot.service import lifecycle
from bot.service.app import assemble
from bot.service.bot import Bot
from bot.store import lock
from bot.store.database import as_ours
from tests.virtual_clock import virtually


class Starting:
    """In place of `assemble`: fails so often, then makes a bot."""

    def __init__(self, *problems: Exception, hangs: bool = False) -> None:
        self.problems, self.hangs = list(problems), hangs
        self.attempts = 0
        self.taken_apart = 0
        self.begun = asyncio.Event()

    @asynccontextmanager
    async def __call__(self, _config: Config, _sleep: object) -> AsyncIterator[Bot]:
        """As `assemble`."""
        self.attempts += 1
        self.begun.set()
        if self.problems:
            raise self.problems.pop(0)
        if self.hangs:
            await asyncio.Event().wait()
        yield cast(Bot, None)
        self.taken_apart += 1


def config(folder: Path) -> Config:
    """Settings with a database in that folder."""
    values: dict[str, Any] = {
        "bot_token": SecretStr("bot"),
        "database_text": str(folder / "provbot.db"),
    }
    return Config(**values, access_token=SecretStr("fixed"))


IMPATIENT = replace(retry.START, timeout=0.01)


def start(folder: Path, make_bot: lifecycle.MakeBot, policy: retry.Policy = retry.START) -> float:
    """Start, and take apart again; how many seconds it took."""

    async def work() -> None:
        async with AsyncExitStack() as parts:
            await lifecycle.started(parts, config(folder), asyncio.sleep, make_bot, policy)
            assert lock.is_held(folder / "provbot.db")

    return virtually(work)[1]


def test_a_temporarily_locked_database_is_waited_for(tmp_path):
    starting = Starting(TemporaryFailure("It is locked."), TemporaryFailure("It is full."))
    assert 0 < start(tmp_path, starting) < (retry.START.timeout or 0)
    assert (starting.attempts, starting.taken_apart) == (3, 1)
    assert not lock.is_held(tmp_path / "provbot.db")


def test_after_a_time_limit_the_start_fails(tmp_path):
    starting = Starting(*[TemporaryFailure("It is full.")] * 999)
    with pytest.raises(TemporaryFailure, match=r"It is full\."):
        start(tmp_path, starting, IMPATIENT)
    assert not lock.is_held(tmp_path / "provbot.db")


def test_a_wrong_setting_is_not_waited_for(tmp_path):
    starting = Starting(ConfigError("It is damaged."))
    with pytest.raises(ConfigError, match=r"It is damaged\."):
        start(tmp_path, starting)
    assert starting.attempts == 1


def test_a_second_process_is_refused_immediately_and_opens_nothing(tmp_path):
    starting = Starting()
    with (
        lock.held(tmp_path / "provbot.db", ""),
        pytest.raises(lock.InUse, match=r"Another process already runs provbot with the database"),
    ):
        start(tmp_path, starting)
    assert starting.attempts == 0


@pytest.mark.parametrize("number", lifecycle.SIGNALS)
async def test_a_signal_before_webex_is_reached_ends_with_status_0(tmp_path, number):
    starting = Starting(hangs=True)
    running = asyncio.create_task(lifecycle.main(config(tmp_path), make_bot=starting))
    await starting.begun.wait()
    os.kill(os.getpid(), number)
    await asyncio.wait_for(running, 5)


async def test_a_signal_while_waiting_for_a_database_ends_with_status_0(tmp_path):
    starting = Starting(*[TemporaryFailure("It is locked.")] * 99)
    running = asyncio.create_task(lifecycle.main(config(tmp_path), make_bot=starting))
    await starting.begun.wait()
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 5)


class Waiting:
    """A bot that does nothing until it is cancelled."""

    def __init__(self) -> None:
        self.runs = asyncio.Event()

    @asynccontextmanager
    async def __call__(self, _config: Config, _sleep: object) -> AsyncIterator[Bot]:
        """As `assemble`."""
        yield cast(Bot, self)

    async def run(self) -> None:
        """As the bot's."""
        self.runs.set()
        await asyncio.Event().wait()

    async def finish(self) -> None:
        """As the bot's."""


async def test_while_the_bot_runs_its_free_memory_is_returned(tmp_path):
    def keepers() -> int:
        coroutines = [task.get_coro() for task in asyncio.all_tasks()]
        return sum("MemoryKeeper" in repr(coroutine) for coroutine in coroutines)

    bot = Waiting()
    running = asyncio.create_task(lifecycle.main(config(tmp_path), make_bot=bot))
    try:
        await asyncio.wait_for(bot.runs.wait(), 5)
        assert keepers() == 1
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 5)
        await asyncio.sleep(0)
        assert keepers() == 0
    finally:
        gc.unfreeze()  # the bot freezes what is loaded at its start


def test_the_limit_of_open_files_is_raised():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[0] // 2, before[1]))
        lifecycle.allow_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_limit_that_cannot_be_raised_stays(monkeypatch):
    def refused(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refused)
    lifecycle.allow_many_files()


def test_a_lock_during_the_setup_is_temporary(tmp_path, monkeypatch):
    """The file opens, and is locked a moment later."""

    async def locked(*_: object) -> None:
        raise as_ours(sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr("bot.service.app._build", locked)
    with pytest.raises(TemporaryFailure, match="database is locked"):
        start(tmp_path, assemble, IMPATIENT)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_imports_ends_with_status_0(tmp_path, number):
    """As process 1 of a container it would not even hear it."""
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "bot", "run"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "structlog" in line:  # the handler is there, and much is still to be loaded
            break
    process.send_signal(number)
    _, output = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in output
