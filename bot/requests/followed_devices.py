"""What requests added and has not registered yet, for the question `followed`."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.models.followed import FollowedDevice
from bot.store import followed
from bot.store.database import Store


@dataclass(frozen=True)
class StoredFollowedDevices:
    """Reads them for the person with this id."""

    store: Store
    person_id: str

    async def listed(self, code: str, *, everybody: bool) -> Sequence[FollowedDevice]:
        """See `FollowedDevices`."""
        person_id = None if everybody else self.person_id
        return await self.store.call_without_fsync(followed.listed, person_id, code)
