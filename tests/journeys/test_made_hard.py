"""Whatever the page's switches did to it, the bot is well again when they are off."""

import pytest

from tests.journeys.world import PATIENCE, TOM, VERA, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    "name",
    [
        "too_many_requests",
        "server_errors",
        "lost_answers",
        "duplicate_events",
        "expired_token",
    ],
)
async def test_the_bot_answers_during_faults_and_afterwards(world: World, name: str):
    await world.client.difficulty(name)
    hard = await world.say(VERA, "devices")
    await world.client.difficulty(name, on=False)

    after = await world.say(VERA, "devices")

    assert hard["text"]
    assert "11 devices" in after["text"]


async def test_a_revoked_service_app_is_reported_and_works_after_renewal(fresh: World):
    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]
    await fresh.client.difficulty("revoked_service_app")
    assert "authorized again" in (await fresh.say(VERA, "devices"))["text"]
    await fresh.client.difficulty("revoked_service_app", on=False)

    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]


async def test_the_bot_recovers_after_an_outage(fresh: World):
    await fresh.client.fault(what="outage", lasts=3)

    async def is_cut_off() -> bool:
        return not (await fresh.client.settings())["botOnline"]

    await until(is_cut_off, "the cloud noticed that the bot is gone")
    await fresh.client.until_online(PATIENCE)

    assert "Roles: technician" in (await fresh.say(TOM, "whoami"))["text"]
