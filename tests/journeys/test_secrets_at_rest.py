"""Secrets in the real bot's database are encrypted with a key; a wrong key prevents the start."""

import base64
from pathlib import Path

import pytest

from tests.database import all_rows, on_postgres
from tests.journeys import cards
from tests.journeys.approving import approving, ask_for_network, card_of, heard
from tests.journeys.crash import start_again_at_rest
from tests.journeys.world import ANA, TOM, VERA, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW = (base64.urlsafe_b64encode(name * 8).decode() for name in (b"old-", b"new-"))


def on_disk(world: World) -> bytes:
    """Every byte of the database and of what lies beside it; on PostgreSQL its rows."""
    if on_postgres():
        return str([*all_rows(world.database)]).encode()
    files = sorted(world.database.parent.glob(f"{world.database.name}*"))
    return b"".join(file.read_bytes() for file in files)


async def knows_devices(world: World) -> bool:
    return "11 devices" in (await world.say(VERA, "devices"))["text"]


async def test_a_key_is_set_changed_and_lost(fresh: World):
    token = fresh.sandbox.env["WEBEX_SERVICE_APP_REFRESH_TOKEN"].encode()
    assert await knows_devices(fresh)
    assert token in on_disk(fresh)
    await fresh.kill()

    fresh._env["PROVBOT_KEY"] = OLD
    await fresh.start()
    assert token not in on_disk(fresh)
    assert await knows_devices(fresh)
    await fresh.kill()

    fresh._env["PROVBOT_KEY"] = f"{NEW},{OLD}"
    await fresh.start()
    assert await fresh.stop() == 0
    fresh._env["PROVBOT_KEY"] = NEW
    await fresh.start()
    assert await knows_devices(fresh)
    assert token not in on_disk(fresh)
    assert await fresh.stop() == 0

    for key, problem in ((OLD, "a key that is not in PROVBOT_KEY"), ("", "PROVBOT_KEY is not set")):
        fresh._env["PROVBOT_KEY"] = key
        await fresh.launch()
        assert await fresh.ended() == 2
        assert f"{problem}. Set PROVBOT_KEY to the key that encrypted it" in fresh.log.read_text()
    fresh._env["PROVBOT_KEY"] = NEW
    await fresh.start()
    assert await knows_devices(fresh)


async def test_with_a_key_a_typed_code_survives_a_kill(allowlist: Path, tmp_path: Path):
    async with approving(allowlist, tmp_path, PROVBOT_KEY=NEW) as world:
        world.said_in_secret.add("7391")
        code = cards.code_of(await ask_for_network(world, TOM, "Ash", code="7391"))
        card = await card_of(world, ANA, code)
        (row,) = world.rows("select request, sealed from secrets")
        assert row["request"] == code
        assert row["sealed"].startswith("fernet:")
        await start_again_at_rest(world)
        seq = await world.client.seq()

        await world.client.press(ANA, card["id"], "Approve")

        await heard(world, TOM, "The DECT network Ash was created", after=seq)
        await world.at_rest()
        (made,) = [call for call in await world.changes(seq) if call["method"] == "POST"]
        assert made["status"] == 201
        assert world.rows("select * from secrets") == []
