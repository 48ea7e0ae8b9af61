"""What a request removes is awaited no more, and nobody is told that it is late."""

import pytest

from bot.core.models.followed import Removed
from bot.store import followed
from tests.bot.domain.followed_devices import NOW, base, phone
from tests.bot.requests.fixtures import ADA, ELI, RequestFixture
from tests.bot.requests.telling import added, devices, seen_at_end, tell
from tests.example_org import FREE_MAC


async def test_a_phone_that_was_deleted_is_not_late(world: RequestFixture):
    code = await added(world)
    world.clock.now += 5
    await world.confirmed("delete device", {"device": FREE_MAC}, ADA)

    (device,) = await devices(world, code)
    assert device.state == "gone"
    await seen_at_end(world, code)
    assert await tell(world) == []


@pytest.mark.parametrize("removal", ["remove base", "delete dect network"])
async def test_a_base_station_that_was_removed_is_not_late(world: RequestFixture, removal: str):
    code = await world.confirmed("add base", {"network": "Warehouse", "bases": FREE_MAC}, ELI)
    world.clock.now += 5
    inputs = {"base": FREE_MAC} if removal == "remove base" else {"network": "Warehouse"}
    await world.confirmed(removal, inputs, ADA)

    assert [device.state for device in await devices(world, code)] == ["gone"]


@pytest.mark.parametrize(
    ("removed", "before", "states"),
    [
        (Removed(mac="000000000001"), NOW + 5, ["gone", "waiting", "waiting"]),
        (Removed(mac="000000000001"), NOW - 5, ["waiting", "waiting", "waiting"]),
        (Removed(network="net-1"), NOW + 5, ["waiting", "gone", "waiting"]),
        (Removed(), NOW + 5, ["waiting", "waiting", "waiting"]),
    ],
)
async def test_it_is_what_was_added_before(world: RequestFixture, removed, before, states):
    waiting = [phone(1), base(2), phone(3)]
    for device in waiting:
        await world.store.call(followed.add, device)

    await world.store.call(followed.remove, removed, before, NOW + 9)

    left = {device.step for device in await world.store.call(followed.waiting)}
    assert ["waiting" if each.step in left else "gone" for each in waiting] == states
