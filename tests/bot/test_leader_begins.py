"""What a process does between taking the lease and its first change."""

import asyncio
import math
from collections.abc import Callable

import pytest

from bot.service.leader import leading
from tests.bot.fake_lease import IdleStore, Lease


class UpgradedStore(IdleStore):
    """In place of the store: it upgrades its database until the lease was renewed twice."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def lead(self, _epoch: int, _fence: Callable[[], None]) -> None:
        """Returns after the upgrade."""
        while self._lease.calls.count("renew") < 2:  # noqa: ASYNC110 - it is called in a thread
            await asyncio.sleep(0.001)


def test_the_lease_is_renewed_during_an_upgrade_of_the_database():
    lease = Lease()

    async def begin() -> None:
        async with leading(lease.leadership(), UpgradedStore(lease)):  # type: ignore[arg-type] # `lead` only
            assert lease.free_at > lease.now

    asyncio.run(begin())
    assert lease.calls[:3] == ["take", "renew", "renew"]


@pytest.mark.parametrize(
    ("renewed_at", "is_owed"), [(0.0, True), (-math.inf, False)], ids=["lost", "given back"]
)
def test_who_cannot_begin_leaves_it_to_the_next_to_tell_of_lost_presses(
    renewed_at: float, *, is_owed: bool
):
    lease = Lease(renewed_at=renewed_at)

    async def fail() -> None:
        async with leading(lease.leadership(), BegunStore()):  # type: ignore[arg-type] # `lead` only
            raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(fail())
    taken = lease.taken()
    assert taken is not None
    assert taken.ran_out is is_owed


class BegunStore(IdleStore):
    """In place of the store: there is nothing to upgrade."""

    async def lead(self, _epoch: int, _fence: Callable[[], None]) -> None:
        """Returns at once."""
