"""The machine's clock is wrong, then corrected: nothing is lost, and nothing is late by mistake."""

import asyncio
import sys

import pytest

from tests.journeys.world import PATIENCE, VERA, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MINUTES, HOURS = 60, 3600
SHIFTED = """
import runpy, time
right = time.time
time.time = lambda: right() + {off}
runpy.run_module("bot", run_name="__main__")
"""


async def start(world: World, off: int) -> None:
    """Start the bot on a machine whose clock is off by so many seconds."""
    with world.log.open("ab") as log:
        world._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SHIFTED.format(off=off), "run",
            env=world.env, cwd=world.database.parent, stdout=log, stderr=log,
        )  # fmt: skip
    await world.client.until_online(PATIENCE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (15 * MINUTES, 15 * MINUTES), (15 * MINUTES, 0), (-15 * MINUTES, 15 * MINUTES),
        (25 * HOURS, 25 * HOURS), (0, -25 * HOURS), (0, 8 * 24 * HOURS),
    ],
)  # fmt: skip
async def test_messages_during_an_absence_are_answered_once_and_not_as_late(
    fresh: World, before: int, after: int
):
    assert await fresh.stop() == 0
    await start(fresh, before)
    seq = await fresh.client.seq()
    assert "2 devices" in (await fresh.say(VERA, "devices erin"))["text"]
    await fresh.at_rest()
    await fresh.kill()
    message = await fresh.client.say(VERA, "devices")

    await start(fresh, after)

    assert "11 devices" in (await fresh.answer(VERA, message["seq"]))["text"]
    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]
    assert len(await fresh.answers(VERA, seq)) == 3
