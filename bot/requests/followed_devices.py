"""What requests added and has not registered yet, for the questions `followed` and `device`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.core.models.followed import FollowedDevice, FollowedEntry, FollowState
from bot.core.models.mac import bare_mac
from bot.core.models.requests import Request
from bot.domain.identity import same_account
from bot.requests import following_views
from bot.requests.registration_polling import RegistrationPolling
from bot.store import followed
from bot.store import requests as requests_table
from bot.store.database import Store
from bot.store.sql import Database


@dataclass(frozen=True)
class StoredFollowedDevices:
    """Reads them for the person with this id. A question makes them due for the next poll."""

    store: Store
    person_id: str
    polling: RegistrationPolling

    @property
    def is_on(self) -> bool:
        """See `FollowedDevices`."""
        return self.polling.window > 0

    async def listed(self, code: str, *, everybody: bool) -> Sequence[FollowedDevice]:
        """See `FollowedDevices`."""
        person_id = None if everybody else self.person_id
        devices = await self.store.call_without_fsync(followed.listed, person_id, code)
        self._want(devices)
        return devices

    async def entries(self, devices: Sequence[FollowedDevice]) -> Sequence[FollowedEntry]:
        """See `FollowedDevices`."""
        codes = {device.request for device in devices}
        requests = await self.store.call_without_fsync(_requests, codes)
        return [self._entry(device, requests[device.request]) for device in devices]

    def _entry(self, device: FollowedDevice, request: Request) -> FollowedEntry:
        is_own = same_account(request.requester.person_id, self.person_id)
        return FollowedEntry(
            device=device,
            added_by="" if is_own else request.requester.shown,
            new_code=following_views.new_code(request, device),
            looked_at=self.polling.looked_at(device),
        )

    async def sees(self, code: str, *, everybody: bool) -> bool:
        """See `FollowedDevices`."""
        request = await self.store.call_without_fsync(requests_table.find, code)
        if request is None:
            return False
        return everybody or same_account(request.requester.person_id, self.person_id)

    async def look_soon(self, mac: str) -> None:
        """See `FollowedDevices`."""
        self._want(await self.store.call_without_fsync(followed.with_mac, bare_mac(mac)))

    def _want(self, devices: Sequence[FollowedDevice]) -> None:
        waiting = [device for device in devices if device.state is FollowState.WAITING]
        self.polling.want(waiting, self.polling.clock())


def _requests(db: Database, codes: Collection[str]) -> dict[str, Request]:
    return {code: requests_table.find_or_fail(db, code) for code in codes}
