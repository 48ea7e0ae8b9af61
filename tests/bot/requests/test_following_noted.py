"""News of followed devices is told once, also where the database fails right after it."""

import pytest
import stamina

from bot.core.errors import DatabaseUnavailable
from bot.store import followed
from tests.bot.requests.fixtures import RequestFixture
from tests.bot.requests.telling import REGISTERED, added, seen_at_end, settle, tell

pytestmark = pytest.mark.usefixtures("engine")


async def told_twice(world: RequestFixture, note: object) -> list[str]:
    """What is told in two rounds, if the note of it fails at first."""
    call, failures = world.store.call, [DatabaseUnavailable("the server is gone")]

    async def failing(function, *args, **kwargs):
        if function is note and failures:
            raise failures.pop()
        return await call(function, *args, **kwargs)

    world.store.call = failing  # type: ignore[method-assign]
    with stamina.set_testing(True, attempts=2):
        told = [*await tell(world), *await tell(world)]
    assert failures == []
    return told


async def test_a_registration_is_told_once(world: RequestFixture):
    code = await added(world)
    await settle(world, code, REGISTERED, 0)
    assert len(await told_twice(world, followed.set_told)) == 1


async def test_a_late_phone_is_told_once(world: RequestFixture):
    code = await added(world)
    await seen_at_end(world, code)
    assert len(await told_twice(world, followed.set_late_told)) == 1
