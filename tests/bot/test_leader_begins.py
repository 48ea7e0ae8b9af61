"""What a process does between taking the lease and its first change."""

import asyncio
from collections.abc import Callable

from bot.service.leader import leading
from tests.bot.test_leader import Lease


class UpgradedStore:
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
