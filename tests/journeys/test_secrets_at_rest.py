"""The refresh token in the database of the real bot: encrypted where there is a key, and no start with a wrong one."""

import base64

import pytest

from tests.journeys.world import VERA, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW = (base64.urlsafe_b64encode(name * 8).decode() for name in (b"old-", b"new-"))


def on_disk(world: World) -> bytes:
    """Every byte of the database and of what lies beside it."""
    there = sorted(world.database.parent.glob(f"{world.database.name}*"))
    return b"".join(one.read_bytes() for one in there)


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

    for key, said in ((OLD, "a key that is not in PROVBOT_KEY"), ("", "PROVBOT_KEY is not set")):
        fresh._env["PROVBOT_KEY"] = key
        await fresh.launch()
        assert await fresh.ended() == 2
        assert f"{said}. Set PROVBOT_KEY to the key it was written with" in fresh.log.read_text()
    fresh._env["PROVBOT_KEY"] = NEW
    await fresh.start()
    assert await knows_devices(fresh)
