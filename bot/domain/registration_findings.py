"""Takes what a read has shown, and decides what has come of the devices that are followed.

Each function notes in the `LookMemory` what it learns, and returns the states that are final.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.core.models.dect import BaseStation
from bot.core.models.followed import FollowedDevice, FollowKind, FollowState
from bot.core.models.mac import bare_mac, same_mac
from bot.core.models.webex import Device, DevicePage, OwnedDevices
from bot.domain import registration
from bot.domain.registration import (
    ACTIVATED,
    REGISTERED,
    Key,
    Sighting,
    is_owners,
    key_of,
)
from bot.domain.registration_reads import Cycle, LookMemory, Read, ReadKind, covered

MISSING_FOR = 60.0  # seconds: a 404 may be an error of Webex, or of a part that lags behind


@dataclass(frozen=True)
class Look:
    """What a look has shown: final states, and which devices the owners of codes had before."""

    sightings: list[Sighting] = field(default_factory=list)
    known: dict[Key, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunningLook:
    """A look under way: what waits, and all that is followed, whatever its state.

    `began` and `now` are Unix seconds: before the call, and after its answer.
    """

    memory: LookMemory
    waiting: Sequence[FollowedDevice]
    all_followed: Sequence[FollowedDevice]
    began: float
    now: float

    def succeeded(self, read: Read, answer: Any) -> Look:
        """Take what the call has answered."""
        self.memory.failures.pop(read, None)
        take: dict[ReadKind, Callable[[Read, Any], list[Sighting]]] = {
            ReadKind.PAGE: self._take_page,
            ReadKind.OWNER: self._take_owner,
            ReadKind.DEVICE: self._take_device,
            ReadKind.OWNED: self._take_owned,
            ReadKind.BASES: self._take_bases,
            ReadKind.BASE: self._take_base,
        }
        sightings = take[read.kind](read, answer)
        return Look([*sightings, *self._ended()], self._known())

    def failed(self, read: Read, *, is_missing: bool) -> Look:
        """Note that the call failed. `is_missing`: Webex says that there is nothing of the kind."""
        self.memory.failed(read, self.now)
        if read.kind is ReadKind.BASES and is_missing:  # of the network: is each of them gone?
            for device in covered(read, self.waiting):
                if self.memory.was_there(device, self.now):
                    self.memory.doubts[key_of(device)] = self.began
        return Look(self._ended())

    def _take_page(self, _read: Read, page: DevicePage) -> list[Sighting]:
        """A page of all devices; with the last one, all that wait were looked at."""
        memory = self.memory
        cycle = memory.cycle or Cycle(self.began)
        if page.next_link in cycle.links:  # it leads in a circle, so there is no last page
            page = page.model_copy(update={"next_link": "", "is_cut": True})
        devices = covered(Read(ReadKind.PAGE), self.waiting)
        cycle.add(page, _concerning(devices, page.devices))
        memory.cycle = cycle if page.next_link else None
        looking = replace(self, began=cycle.began)
        if page.next_link:
            memory.pages = max(memory.pages, cycle.pages + 1)
            return looking.listed(devices, cycle.records)
        memory.pages, memory.knows_pages = cycle.pages, True
        memory.lists_all = not page.is_cut
        devices = [device for device in devices if device.since <= cycle.began]
        return looking.listed_all(devices, cycle.records, is_whole=cycle.is_whole)

    def _take_owner(self, read: Read, page: DevicePage) -> list[Sighting]:
        """The devices of an owner."""
        is_whole = not (page.next_link or page.is_cut or page.has_unreadable)
        records = [record for record in page.devices if is_owners(record, read.subject)]
        return self.listed_all(covered(read, self.waiting), records, is_whole=is_whole)

    def _take_device(self, read: Read, record: Device | None) -> list[Sighting]:
        """A device, read by its id; None: Webex says that there is none."""
        sightings = []
        for device in self.waiting:
            if self.memory.known_id(device) != read.subject or not device.target.mac:
                continue
            if device.target.kind is FollowKind.PHONE:
                sightings += self._by_id(device, record)
        return sightings

    def _by_id(self, device: FollowedDevice, record: Device | None) -> list[Sighting]:
        key, memory = key_of(device), self.memory
        memory.doubts.pop(key, None)
        memory.tried_at[key] = memory.listed_at[key] = self.began
        if record is None:
            memory.absent.add(key)
            return self._missing(device)
        is_same = same_mac(record.mac or device.target.mac, device.target.mac)
        if is_same and is_owners(record, device.target.owner):
            return self._phone(device, record)
        return self._missing(device)

    def _missing(self, device: FollowedDevice) -> list[Sighting]:
        """It is not where it was: gone, if that is shown again and Webex must know it by now."""
        key, memory = key_of(device), self.memory
        if key in memory.owned or not memory.was_there(device, self.now):
            return []
        since = memory.missing.get(key, self.began)
        memory.missing[key] = min(since, self.began)  # a clock may be set back
        if self.began - since < MISSING_FOR:
            return []
        return [Sighting(device, FollowState.GONE, self.now)]

    def listed_all(
        self, devices: Sequence[FollowedDevice], records: Sequence[Device], *, is_whole: bool
    ) -> list[Sighting]:
        """All that `GET /devices` tells of these; not `is_whole`: as far as it could be read."""
        self.memory.tried_at |= {key_of(device): self.began for device in devices}
        if is_whole:
            self._note_absent(devices, records)
        return self.listed(devices, records, is_whole=is_whole)

    def _note_absent(self, devices: Sequence[FollowedDevice], records: Sequence[Device]) -> None:
        """Note what is not in the whole list; what was there may be gone."""
        memory, records_by_mac = self.memory, registration.by_mac(records)
        records_by_owner = registration.by_owner(records)
        for device in devices:
            key, is_phone = key_of(device), device.target.kind is FollowKind.PHONE
            memory.listed_at[key] = self.began
            own = records_by_owner.get(registration.comparable(device.target.owner), ())
            memory.listed_macs[device.target.owner] = frozenset(
                bare_mac(record.mac) for record in own
            )
            if is_phone and not registration.phone_in(device, records_by_mac, self.began):
                memory.absent.add(key)
                if memory.was_there(device, self.now) and memory.known_id(device):
                    memory.doubts[key] = self.began

    def listed(
        self,
        devices: Sequence[FollowedDevice],
        records: Sequence[Device],
        *,
        is_whole: bool = False,
    ) -> list[Sighting]:
        """What rows of `GET /devices` tell of these, be they all rows or not."""
        records_by_mac = registration.by_mac(records)
        phones = {
            key_of(device): (device, record)
            for device in devices
            if device.target.kind is FollowKind.PHONE
            and (record := registration.phone_in(device, records_by_mac, self.began))
        }
        self.memory.listed_at |= dict.fromkeys(phones, self.began)
        sightings = [sighting for phone in phones.values() for sighting in self._phone(*phone)]
        codes = [device for device in devices if device.target.kind is FollowKind.CODE]
        return sightings + self._codes(codes, records, ReadKind.OWNER, is_whole=is_whole)

    def _phone(self, device: FollowedDevice, record: Device) -> list[Sighting]:
        """A phone that is there."""
        key, memory = key_of(device), self.memory
        memory.absent.discard(key)
        memory.doubts.pop(key, None)
        memory.missing.pop(key, None)
        memory.seen[key] = record.id or device.target.device
        if record.status not in REGISTERED:
            memory.unregistered_at[key] = self.began
            return []
        before = memory.unregistered_at.get(key)
        return [registration.registered(device, record, self.now, before)]

    def _codes(
        self,
        codes: Sequence[FollowedDevice],
        records: Sequence[Device],
        shown_by: ReadKind,
        *,
        is_whole: bool,
    ) -> list[Sighting]:
        """On which new devices the codes were used, and which of these have registered."""
        memory, sightings = self.memory, []
        records_by_owner = registration.by_owner(records)
        uses = registration.uses_of(codes, records, self.all_followed)
        for code in codes:
            key, record = key_of(code), uses.get(key_of(code))
            if is_whole:
                own = records_by_owner.get(registration.comparable(code.target.owner), ())
                memory.ids.setdefault(key, set()).update(registration.old_ids(code, own))
            if record is not None and record.status in REGISTERED:
                before = memory.unregistered_at.get(key)
                sightings.append(registration.registered(code, record, self.now, before))
            elif record is not None:
                memory.used.setdefault(key, set()).add(shown_by)
                memory.unregistered_at[key] = self.began
            elif is_whole:
                memory.used.get(key, set()).discard(shown_by)
        return sightings

    def _take_owned(self, read: Read, owned: OwnedDevices) -> list[Sighting]:
        """The telephony devices of an owner, for phones that `GET /devices` does not list."""
        memory, records_by_mac = self.memory, registration.by_mac(owned.devices)
        devices = [device for device in covered(read, self.waiting) if memory.wants_owned(device)]
        memory.owned_at |= {key_of(device): self.began for device in devices}
        sightings = [
            sighting
            for device in devices
            for record in records_by_mac.get(bare_mac(device.target.mac), ())
            for sighting in self._unlisted_phone(device, record)
        ]
        codes = [device for device in devices if device.target.kind is FollowKind.CODE]
        return sightings + self._unlisted_codes(codes, read.subject, owned.devices)

    def _unlisted_phone(self, device: FollowedDevice, record: Device) -> list[Sighting]:
        key, memory = key_of(device), self.memory
        memory.owned.add(key)
        if not registration.is_active(record, was_inactive=key in memory.inactive):
            memory.unregistered_at[key] = self.began
            if record.activation != ACTIVATED:
                memory.inactive.add(key)
            return []
        before = memory.unregistered_at.get(key)
        return [registration.registered(device, record, self.now, before)]

    def _unlisted_codes(
        self, codes: Sequence[FollowedDevice], owner: str, rows: Iterable[Device]
    ) -> list[Sighting]:
        """The same for codes: rows of an owner have no owner, and say `activated`."""
        listed = self.memory.listed_macs.get(owner)
        if listed is None or not codes:
            return []
        kind, _, owner_id = owner.partition(":")
        holder = "person_id" if kind == "PEOPLE" else "workspace_id"
        records = [
            row.model_copy(
                update={
                    holder: owner_id,
                    "status": "connected" if row.activation == ACTIVATED else "activating",
                }
            )
            for row in rows
            if bare_mac(row.mac) not in listed
        ]
        return self._codes(codes, records, ReadKind.OWNED, is_whole=True)

    def _take_bases(self, read: Read, bases: Sequence[BaseStation]) -> list[Sighting]:
        """The base stations of a network."""
        memory, sightings = self.memory, []
        for device in covered(read, self.waiting):
            key = key_of(device)
            memory.tried_at[key] = memory.listed_at[key] = self.began
            base = next(
                (station for station in bases if same_mac(station.mac, device.target.mac)), None
            )
            if base is not None:
                sightings += self._base(device, base)
            if base is None and memory.was_there(device, self.now):
                memory.doubts[key] = self.began
            elif base is not None and base.lines_registered is None:
                memory.doubts[key] = self.began  # its details may list handsets
        return sightings

    def _take_base(self, read: Read, base: BaseStation | None) -> list[Sighting]:
        """A base station, read by its id; None: Webex says that there is none."""
        sightings = []
        for device in covered(read, self.waiting):
            if self.memory.known_id(device) != read.subject:
                continue
            self.memory.doubts.pop(key_of(device), None)
            sightings += self._missing(device) if base is None else self._base(device, base)
        return sightings

    def _base(self, device: FollowedDevice, base: BaseStation) -> list[Sighting]:
        key, memory = key_of(device), self.memory
        memory.seen[key] = base.id or device.target.device
        memory.missing.pop(key, None)
        if not registration.has_handsets(base):
            return []
        return [Sighting(device, FollowState.REGISTERED, self.now)]

    def _ended(self) -> list[Sighting]:
        """What nobody waits for any more."""
        memory = self.memory
        results = (
            registration.ended(
                device,
                memory.looked_at(device),
                self.now,
                is_used=bool(memory.used.get(key_of(device))),
            )
            for device in self.waiting
        )
        superseded = registration.superseded(self.waiting, self.all_followed, self.now)
        return [*superseded, *(sighting for sighting in results if sighting is not None)]

    def _known(self) -> dict[Key, frozenset[str]]:
        """The devices that owners of codes had before, after a complete look for the code."""
        memory = self.memory
        return {
            key_of(code): frozenset(memory.ids.get(key_of(code), ()))
            for code in self.waiting
            if code.target.kind is FollowKind.CODE
            and code.known is None
            and memory.looked_at(code) is not None
        }


def _concerning(devices: Sequence[FollowedDevice], records: Iterable[Device]) -> list[Device]:
    """The devices that may be one of these, or belong to their owners."""
    owners = {registration.comparable(device.target.owner) for device in devices}
    macs = {bare_mac(device.target.mac) for device in devices} - {""}
    return [
        record
        for record in records
        if bare_mac(record.mac) in macs or registration.comparable(record.owner_key) in owners
    ]
