"""What people hear of followed devices, if the process is killed at each durable effect."""

from pathlib import Path

import pytest

from bot.store.sql import Database
from tests.bot.requests.fixtures import ROLES
from tests.bot.requests.harness import DispatchHarness
from tests.bot.requests.lists import run_lines
from tests.bot.requests.telling import (
    REGISTERED,
    THREE,
    added,
    devices,
    look,
    seen_at_end,
    settle,
    summed_up,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]


async def kill_at_each_effect(tmp_path: Path, play) -> int:
    """Play a story in one world after another, each killed one effect later, until none is."""
    for effects in range(100):
        harness = DispatchHarness(tmp_path / f"{effects}.db")
        await harness.allow(*ROLES)
        survived = await play(harness, effects)
        harness.store.close()
        if survived:
            return effects
    raise AssertionError("It never ended.")


async def told_in_spite_of_death(harness: DispatchHarness, effects: int) -> bool:
    """Tell, die after so many effects, and tell again; whether it did not die."""
    survived = await harness.live(harness.following.news.tell(), crash_timer=effects)
    if not survived:
        harness.restart()
        await harness.pick_up()
        await harness.live(harness.following.news.tell())
    return survived


async def test_a_registration_is_told_whenever_the_process_dies(tmp_path: Path):
    async def play(harness: DispatchHarness, effects: int) -> bool:
        code = await added(harness)
        await settle(harness, code, REGISTERED, 0)
        survived = await told_in_spite_of_death(harness, effects)
        told = [text for text in harness.messenger.texts if " is registered" in text]
        assert 1 <= len(told) <= 2
        assert survived <= (len(told) == 1)
        assert (await devices(harness, code))[0].told
        return survived

    assert await kill_at_each_effect(tmp_path, play) >= 5


async def test_lateness_is_told_whenever_the_process_dies(tmp_path: Path):
    async def play(harness: DispatchHarness, effects: int) -> bool:
        code = await added(harness)
        await seen_at_end(harness, code)
        survived = await harness.live(harness.following.news.tell(), crash_timer=effects)
        if not survived:
            harness.restart()
            look(harness, await devices(harness, code))
            await harness.live(harness.following.news.tell())
        told = [text for text in harness.messenger.texts if text.startswith("Not registered yet")]
        assert 1 <= len(told) <= 2
        assert (await devices(harness, code))[0].late_told
        return survived

    assert await kill_at_each_effect(tmp_path, play) >= 5


@pytest.mark.parametrize("edits", [0, 10])
async def test_a_summary_stands_once_or_twice_whenever_the_process_dies(tmp_path: Path, edits: int):
    """Edited, posted again after ten edits, and replaced by the last message."""

    async def play(harness: DispatchHarness, effects: int) -> bool:
        code = await run_lines(harness, THREE)
        await settle(harness, code, REGISTERED, 0)
        survived = await told_in_spite_of_death(harness, effects)
        await harness.store.call(_set_edits, edits)
        for passes, numbers in ((60.0, (1,)), (60.0, (2,))):
            await settle(harness, code, REGISTERED, *numbers)
            harness.clock.now += passes
            survived &= await told_in_spite_of_death(harness, effects)
        standing = [each.text for each in summed_up(harness)]
        assert len([text for text in standing if text.startswith("✓ 3 of 3")]) in (1, 2)
        assert len(standing) == 1 if survived else len(standing) <= 4
        assert all(device.told for device in await devices(harness, code))
        return survived

    assert await kill_at_each_effect(tmp_path, play) >= 8


def _set_edits(db: Database, edits: int) -> None:
    db.execute("update followed_messages set edits = ?", [edits])
