"""A process that could not lead ends before it is ready, so that an update stops there."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.core.config import new_key
from tests.journeys.replicas import Replicas, replicated
from tests.journeys.world import PATIENCE, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replicas]:
    """One process leads, and another one is ready."""
    async with replicated(tmp_path_factory.mktemp("world"), PROVBOT_KEY=new_key()) as running:
        yield running


async def run(world: Replicas, **changes: str) -> tuple[int | None, str]:
    """One more process to its end: exit status and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=world.env | changes, cwd=world.log.parent,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert b"Traceback" not in printed
    assert b'"standby"' not in printed
    return process.returncode, printed.decode()


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"PROVBOT_KEY": new_key()}, 2, "Set PROVBOT_KEY to the key that encrypted it"),
        ({"PROVBOT_KEY": ""}, 2, "Set PROVBOT_KEY to the key that encrypted it"),
        ({"WEBEX_BOT_TOKEN": "wrong"}, 3, "create a new one"),
        ({"PROVBOT_POLICY": "/nowhere.toml"}, 2, "cannot be read"),
    ],
    ids=["another key", "no key", "bot token", "policy"],
)
async def test_a_wrong_secret_ends_it_with_the_status_of_a_leader(world, changes, status, words):
    # The leader keeps the newest refresh token, encrypted.
    await until(lambda: _is_kept(world), "the token was stored")
    ended, printed = await run(world, **changes)
    assert ended == status
    assert words in printed


async def _is_kept(world: Replicas) -> bool:
    return bool(world.rows("select value from tokens"))


async def test_another_bot_does_not_stand_by(world: Replicas):
    (noted,) = world.rows("select bot, bot_email from instance")
    assert noted["bot_email"] == "provbot@webex.bot"
    world.write("update instance set bot = 'another', bot_email = 'another@webex.bot'")
    try:
        ended, printed = await run(world, PROVBOT_ADMINS="other@acme.example")
    finally:
        world.write("update instance set bot = ?, bot_email = ?", *noted.values())
    assert ended == 2
    assert "belongs to another bot, another@webex.bot. This one does not start" in printed


async def test_without_webex_it_is_ready_nevertheless(world: Replicas):
    third = await world.add()
    third.env["WEBEX_API_URL"] = "https://127.0.0.1:1/v1"
    await third.launch(world.log.parent)
    await until(third.is_standby, "it is ready")
    assert "standby_unchecked" in third.events()
    assert await third.end(signal.SIGTERM) == 0
