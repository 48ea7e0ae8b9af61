"""The worlds of journeys: one for a module whose tests leave no trace, else one for each test."""

import asyncio
import os
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests import database
from tests.coverage_env import unmeasured
from tests.database import copy
from tests.journeys.world import ROLES, World, command, living

TAIL = 60  # lines of the bot's log that a failure shows


@pytest.fixture(scope="session")
def allowlist(forks: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with everybody's roles, put there by the real command line."""
    path = tmp_path_factory.mktemp("allowlist") / "provbot.db"
    env = {**unmeasured(os.environ), "PROVBOT_DATABASE": database.setting(path)}

    async def add_everybody() -> None:
        for grant in ROLES:
            await command(env, path.parent, "access", "add", *grant)

    asyncio.run(add_everybody())
    return path


@pytest.fixture(scope="session", autouse=True)
def all_are_forks(forks: None) -> None:
    """Each journey's bot is a fork."""


@pytest.fixture(scope="module")
def pace() -> dict[str, Any]:
    """Settings of the bots of a module: at the pace of production, or faster."""
    return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    allowlist: Path, pace: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The world of a module."""
    folder = tmp_path_factory.mktemp("world")
    copy(allowlist, folder / "provbot.db")
    async with living(folder, **pace) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def world(shared: World) -> AsyncIterator[World]:
    """The world of the module, put in order after each journey."""
    yield shared
    await shared.client.clear_faults()
    await shared.at_rest()
    shared.check()


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(allowlist: Path, pace: dict[str, Any], tmp_path: Path) -> AsyncIterator[World]:
    """A world of one's own, to break."""
    copy(allowlist, tmp_path / "provbot.db")
    async with living(tmp_path, **pace) as world:
        yield world


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the bot's log with a failure."""
    report = yield
    if report.failed:
        values: dict[str, Any] = getattr(item, "funcargs", {})
        worlds = {id(value): value for value in values.values() if isinstance(value, World)}
        for log in [log for world in worlds.values() for log in world.logs]:
            lines = log.read_text().splitlines() if log.exists() else []
            report.sections.append(("the bot's log", "\n".join(lines[-TAIL:])))
    return report
