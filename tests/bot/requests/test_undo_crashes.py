"""The undo of a swap, killed at each durable effect: nothing twice, nothing lost, told truly."""

from pathlib import Path
from typing import Any

import pytest

from bot.core.models.people import Grant, Role
from bot.store import requests as requests_table
from tests.bot.requests import harness as harnesses
from tests.bot.requests.fixtures import TOM
from tests.bot.requests.harness import CrashingCalling, DispatchHarness
from tests.example_org import ANN, FREE_MAC

OLD_MAC = "00005E005301"
ONCE = [("delete_device", ""), ("add_phone", OLD_MAC), ("add_tags", "")]
MAX_EFFECTS = 120


async def confirm_undo(harness: DispatchHarness, effects: int, made: list[tuple[str, str]]) -> bool:
    """Swap Ann's phone and confirm the undo; False if the process died after so many effects.

    Then another process goes on, and Webex delivers the message once more.
    """
    await harness.says(TOM, f"swap {OLD_MAC} with {FREE_MAC} 8865")
    await harness.says(TOM, "confirm")
    assert isinstance(harness.calling, CrashingCalling)
    harness.calling.watch = lambda name, wanted: made.append((name, mac_of(wanted)))
    await harness.says(TOM, "undo")
    confirm = harness.typed(TOM, "confirm", harnesses.room_of(TOM))
    survived = await harness.live(harness.inbox.take(confirm), crash_timer=effects)
    if not survived:
        harness.restart()
        assert await harness.pick_up()
        assert await harness.live(harness.inbox.take(confirm))
    return survived


def mac_of(wanted: dict[str, Any]) -> str:
    """The MAC that a call adds; empty for other calls."""
    return str(wanted.get("mac") or wanted.get("body", {}).get("mac", ""))


async def test_an_undo_that_is_killed_anywhere_ends_as_if_it_had_not_been(tmp_path: Path):
    for effects in range(MAX_EFFECTS):
        made: list[tuple[str, str]] = []
        path = tmp_path / f"{effects}.db"
        async with harnesses.opened(path, Grant(TOM.email, Role.TECHNICIAN)) as harness:
            survived = await confirm_undo(harness, effects, made)
            undo = requests_table.last_done(harness.db, TOM.person_id, harness.clock())
            assert undo
            assert undo.undoes, f"the undo is not done, killed after {effects}"
            old = harness.calling.phone(OLD_MAC)
            assert old
            assert (old.person_id, old.tags) == (ANN.id, ("front",))
            assert harness.calling.phone(FREE_MAC) is None
            assert made == ONCE
            assert any("is undone" in message.text for message in harness.messenger.posted)
        if survived:
            return
    pytest.fail("it never survived")
