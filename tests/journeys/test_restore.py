"""After a restore: what was done since the backup is not done a second time."""

from pathlib import Path

import pytest

from tests.database import sqlite_only
from tests.journeys.approving import ask_for_network, networks
from tests.journeys.world import ANA, TOM, VERA, Json, World, command, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), sqlite_only]


async def restored(world: World, backup: Path) -> None:
    """Stop the bot, put the copy in its place, start again."""
    assert await world.stop() == 0
    await command(world.env, world.database.parent, "restore", str(backup))
    await world.start()


def is_result(message: Json) -> bool:
    """What tells an approver how the request ended."""
    return "is done" in str(message["text"])


async def test_messages_from_before_a_restore_are_not_acted_on(fresh: World, tmp_path):
    await ask_for_network(fresh, TOM, "Twice")
    [request] = fresh.rows("select code from requests where state = 'waiting'")
    code, backup = request["code"], tmp_path / "backup.db"
    await command(fresh.env, fresh.database.parent, "backup", str(backup))
    approval = await fresh.say(ANA, f"approve {code}")
    assert "Twice" in approval["text"]
    await fresh.answer(ANA, approval["seq"], where=is_result)  # told after the requester was
    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]
    await fresh.at_rest()
    assert await networks(fresh, "Twice")
    seq, changes = await fresh.client.seq(), await fresh.changes()

    await restored(fresh, backup)

    for person in (ANA, VERA):
        message = await fresh.answer(person, seq)
        assert "Since then provbot was restored from a backup" in message["text"]
        assert "Nothing was done now" in message["text"]
    await fresh.at_rest()
    assert fresh.state(code) == "waiting"
    assert await fresh.changes() == changes

    async def is_answered() -> bool:
        return "11 devices" in (await fresh.say(VERA, "devices"))["text"]

    async def times_told() -> int:
        return sum("restored" in answer["text"] for answer in await fresh.answers(VERA, seq))

    await until(is_answered, "what is written later was answered")
    told = await times_told()
    await fresh.kill()
    await fresh.start()
    assert await is_answered()
    assert await times_told() == told
