"""Worlds to journey in: one for a whole module where nothing lasting happens, else one of one's own."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.world import ROLES, World, command, living

TAIL = 60  # lines of the bot's log that a failure shows


@pytest.fixture(scope="session")
def allowlist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with everybody's roles, put there by the real command line."""
    folder = tmp_path_factory.mktemp("allowlist")
    path = folder / "provbot.db"
    env = {**os.environ, "PROVBOT_DATABASE": str(path)}

    async def fill() -> None:
        first, *others = ROLES
        await command(env, folder, "access", "add", *first)  # makes the tables
        await asyncio.gather(*(command(env, folder, "access", "add", *words) for words in others))

    asyncio.run(fill())
    return path


def copy(source: Path, target: Path) -> None:
    """A database with all of it: some may still stand in the write-ahead log beside the file."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The world of a module."""
    folder = tmp_path_factory.mktemp("world")
    copy(allowlist, folder / "provbot.db")
    async with living(folder) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def world(shared: World) -> AsyncIterator[World]:
    """The world of the module, put in order after each journey."""
    yield shared
    await shared.client.clear_faults()
    await shared.at_rest()
    shared.check()


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(allowlist: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A world of one's own, to break."""
    copy(allowlist, tmp_path / "provbot.db")
    async with living(tmp_path) as world:
        yield world


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the bot's log with a failure."""
    report = yield
    if report.failed:
        values: dict[str, Any] = getattr(item, "funcargs", {})
        worlds = {id(one): one for one in values.values() if isinstance(one, World)}
        for one in worlds.values():
            lines = one.log.read_text().splitlines() if one.log.exists() else []
            report.sections.append(("the bot's log", "\n".join(lines[-TAIL:])))
    return report
