"""Decides which read is the next one, of all that could show whether something has registered.

All reads together are few (`CALLS_PER_MINUTE`), whatever is followed. What covers many devices at
once goes first: the pages of `GET /devices`, or its devices of an owner where that takes fewer
calls. One of four calls is for what only other reads show: phones that `GET /devices` does not
list, and base stations.

Up to 300 devices, that is three pages, each device is seen once a minute. In a larger organization
the pages are read one after another, four a minute, so that all of 1,000 devices are seen within
two and a half minutes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from bot.core.models.dect import NetworkRef
from bot.core.models.followed import FollowedDevice, FollowKind
from bot.core.models.webex import Device, DevicePage
from bot.domain.registration import SETTLING, Key, ends_at, is_phone_os, key_of, may_be_unlisted

CALLS_PER_MINUTE = 4
MINUTE = 60.0
OTHERS_AFTER = 3  # reads of `GET /devices` in a row, if others are due
FEW_OWNERS = 3  # beside a look at the first page, they are all asked within a minute
# Seconds between two looks: up to an age in seconds, and then for the rest of the window.
PACES, LAST_PACE = ((8.0, 5.0), (18.0, 10.0), (600.0, 15.0)), 30.0
LATE_PACE, LATE_CODE_PACE = 900.0, 3600.0  # after the window
HOLD = 20.0  # seconds that news wait for a look that was asked for
UNLISTED_PACE = 60.0  # of looks whether `GET /devices` lists a phone by now that it did not list
MAX_DELAY_DOUBLINGS, FORGIVEN_AFTER = 4, 3600.0  # seconds


class ReadKind(Enum):
    """What is read."""

    PAGE = "a page of all devices"
    OWNER = "the devices of an owner"
    DEVICE = "a device"
    OWNED = "the telephony devices of an owner"
    BASES = "the base stations of a network"
    BASE = "a base station"


@dataclass(frozen=True)
class Read:
    """A call to make. `subject` is the key of the owner or the id of the device."""

    kind: ReadKind
    subject: str = ""
    network: NetworkRef | None = None
    link: str = field(default="", compare=False)  # to the page; empty: the first one


@dataclass
class Cycle:
    """The pages of `GET /devices` as far as they were read, one after another."""

    began: float
    link: str = ""
    pages: int = 0
    is_whole: bool = True
    records: list[Device] = field(default_factory=list)  # that may be what is followed
    links: set[str] = field(default_factory=set)  # to the pages after the first one

    def add(self, page: DevicePage, records: Iterable[Device]) -> None:
        """Keep these devices of the next page."""
        self.link, self.pages = page.next_link, self.pages + 1
        self.links.add(page.next_link)
        self.records += records
        self.is_whole &= not (page.has_unreadable or page.is_cut)


@dataclass
class LookMemory:
    """What looks have shown since the process started. Times are Unix seconds."""

    calls: list[float] = field(default_factory=list)
    asked_at: dict[Key, float] = field(default_factory=dict)  # the time since which to look once
    tried_at: dict[Key, float] = field(default_factory=dict)  # when looks began, also partial ones
    listed_at: dict[Key, float] = field(default_factory=dict)  # when complete looks began
    owned_at: dict[Key, float] = field(default_factory=dict)
    unregistered_at: dict[Key, float] = field(default_factory=dict)
    absent: set[Key] = field(default_factory=set)  # phones that `GET /devices` does not list
    seen: dict[Key, str] = field(default_factory=dict)  # the ids of those that were there
    # Codes of devices that are activating, each with the kinds of reads that show it.
    used: dict[Key, set[ReadKind]] = field(default_factory=dict)
    owned: set[Key] = field(default_factory=set)  # phones that the list of their owner shows
    inactive: set[Key] = field(default_factory=set)  # those that it showed in another state
    doubts: dict[Key, float] = field(default_factory=dict)  # looked for by id, since when
    missing: dict[Key, float] = field(default_factory=dict)  # by its id, since when
    ids: dict[Key, set[str]] = field(default_factory=dict)  # of devices older than a code
    listed_macs: dict[str, frozenset[str]] = field(default_factory=dict)  # by owner
    cycle: Cycle | None = None
    pages: int = 1  # of `GET /devices`, as far as it is known
    knows_pages: bool = False
    lists_all: bool = True  # whether its pages were whole
    lists_in_a_row: int = 0
    failures: dict[Read, tuple[int, float]] = field(default_factory=dict)  # until when to wait

    def looked_at(self, device: FollowedDevice) -> float | None:
        """When the last complete look at it began; None: there was none."""
        listed = self.listed_at.get(key_of(device))
        if listed is None or not self.wants_owned(device):
            return listed
        owned = self.owned_at.get(key_of(device))
        return None if owned is None else min(listed, owned)

    def want(self, device: FollowedDevice, since: float) -> None:
        """Look at it soon, if no look has begun at that time or later, nor was it asked for."""
        before = self.asked_at.get(key_of(device), 0.0)
        if not self.is_wanted(device) or since - before >= HOLD:
            self.asked_at[key_of(device)] = since

    def is_wanted(self, device: FollowedDevice) -> bool:
        """Whether a look was asked for, and no complete one has begun since."""
        return _is_before(self.looked_at(device), self.asked_at.get(key_of(device)))

    def is_awaited(self, device: FollowedDevice, now: float) -> bool:
        """Whether a look was asked for so lately that it is still to come."""
        return self.is_wanted(device) and 0 <= now - self.asked_at[key_of(device)] < HOLD

    def wants_owned(self, device: FollowedDevice) -> bool:
        """Whether the telephony devices of its owner must be read, too."""
        if device.target.kind is FollowKind.PHONE:
            key = key_of(device)
            return key in self.absent and may_be_unlisted(device, self.listed_at.get(key, 0.0))
        return device.target.kind is FollowKind.CODE and is_phone_os(device.target.model)

    def known_id(self, device: FollowedDevice) -> str:
        """The id that it has or had in `GET /devices`; empty: unknown."""
        return self.seen.get(key_of(device)) or device.target.device

    def was_there(self, device: FollowedDevice, now: float) -> bool:
        """Whether Webex must know it by now, unless it is gone."""
        return key_of(device) in self.seen or now - device.since >= SETTLING

    def forget_others(self, waiting: Sequence[FollowedDevice], now: float) -> None:
        """Forget what is not followed any more."""
        keys = {key_of(device) for device in waiting}
        for by_key in (
            self.asked_at, self.tried_at, self.listed_at, self.owned_at, self.unregistered_at,
            self.seen, self.doubts, self.missing, self.ids, self.used,
        ):  # fmt: skip
            for key in by_key.keys() - keys:
                by_key.pop(key)
        self.absent &= keys
        self.owned &= keys
        self.inactive &= keys
        owners = {device.target.owner for device in waiting}
        self.listed_macs = {key: macs for key, macs in self.listed_macs.items() if key in owners}
        self.failures = {
            read: (count, until)
            for read, (count, until) in self.failures.items()
            if now < until + FORGIVEN_AFTER
        }

    def failed(self, read: Read, now: float) -> None:
        """Wait for 1, 2, 4 … minutes before that read is tried again."""
        count = self.failures.get(read, (0, 0.0))[0]
        self.failures[read] = count + 1, now + MINUTE * 2 ** min(count, MAX_DELAY_DOUBLINGS)
        if read.kind is ReadKind.PAGE:
            self.cycle = None

    def may_try(self, read: Read, now: float) -> bool:
        """Whether it has not failed just now."""
        return now >= self.failures.get(read, (0, 0.0))[1]


def next_read(
    waiting: Sequence[FollowedDevice], memory: LookMemory, now: float, window: float
) -> Read | None:
    """The next read; None if nothing is due, or the calls of this minute are used up."""
    # Times in the future are of a clock that was set back.
    memory.calls = [called_at for called_at in memory.calls if 0 <= now - called_at < MINUTE]
    if not waiting or len(memory.calls) >= CALLS_PER_MINUTE:
        return None
    listed = _next_listed(waiting, memory, now, window)
    other = _next_other(waiting, memory, now, window)
    if listed and not (other and memory.lists_in_a_row >= OTHERS_AFTER):
        memory.lists_in_a_row += 1
        return listed
    memory.lists_in_a_row = 0
    return other


def covered(read: Read, waiting: Iterable[FollowedDevice]) -> list[FollowedDevice]:
    """The devices of the owner or network that is read; of a page, all phones and codes."""
    if read.kind in (ReadKind.BASES, ReadKind.BASE):
        return [device for device in waiting if _network(device) == read.network]
    devices = [device for device in waiting if device.target.kind is not FollowKind.BASE]
    if read.kind in (ReadKind.OWNER, ReadKind.OWNED):
        return [device for device in devices if device.target.owner == read.subject]
    return devices


def _next_listed(
    waiting: Sequence[FollowedDevice], memory: LookMemory, now: float, window: float
) -> Read | None:
    """The read that covers most of what `GET /devices` lists and is due."""
    due = [
        device
        for device in waiting
        if device.target.kind is not FollowKind.BASE
        and (
            _is_due(device, memory.tried_at.get(key_of(device)), now, window, memory)
            or _is_before(memory.tried_at.get(key_of(device)), memory.asked_at.get(key_of(device)))
        )
    ]
    due.sort(key=lambda device: memory.tried_at.get(key_of(device), 0.0))
    owners = list(dict.fromkeys(device.target.owner for device in due))
    page = Read(ReadKind.PAGE, link=memory.cycle.link if memory.cycle else "")
    if _is_list_cheaper(len(owners), memory) and memory.may_try(page, now):
        return page
    memory.cycle = None
    for owner in owners:
        read = _of_owner(owner, waiting)
        if memory.may_try(read, now):
            return read
    return None


def _is_list_cheaper(owners: int, memory: LookMemory) -> bool:
    if not memory.lists_all or owners < 2:
        return False
    if memory.knows_pages or memory.pages == 1:
        return owners >= memory.pages
    # That there is a second page is enough to know that few owners do not need the list.
    return owners > max(memory.pages, FEW_OWNERS)


def _of_owner(owner: str, waiting: Iterable[FollowedDevice]) -> Read:
    """The device itself, if it is the only one of the owner and Webex has told its id."""
    own = covered(Read(ReadKind.OWNER, owner), waiting)
    if len(own) == 1 and own[0].target.kind is FollowKind.PHONE and (id_ := own[0].target.device):
        return Read(ReadKind.DEVICE, id_)
    return Read(ReadKind.OWNER, owner)


def _next_other(
    waiting: Sequence[FollowedDevice], memory: LookMemory, now: float, window: float
) -> Read | None:
    """The read that was made longest ago, of those that `GET /devices` does not replace."""
    reads: dict[Read, float] = {}
    for device in waiting:
        key = key_of(device)
        if key in memory.doubts and memory.known_id(device):
            reads[_by_id(device, memory)] = memory.doubts[key]
        if network := _network(device):
            read, last = Read(ReadKind.BASES, network=network), memory.tried_at.get(key)
        elif memory.wants_owned(device) and key in memory.listed_at:
            read, last = Read(ReadKind.OWNED, device.target.owner), memory.owned_at.get(key)
        else:
            continue
        if _is_due(device, last, now, window) or _is_before(last, memory.asked_at.get(key)):
            reads[read] = min(last or 0.0, reads.get(read, now))
    possible = [read for read in reads if memory.may_try(read, now)]
    return min(possible, key=lambda read: reads[read], default=None)


def _by_id(device: FollowedDevice, memory: LookMemory) -> Read:
    if network := _network(device):
        return Read(ReadKind.BASE, memory.known_id(device), network)
    return Read(ReadKind.DEVICE, memory.known_id(device))


def _network(device: FollowedDevice) -> NetworkRef | None:
    target = device.target
    is_base = target.kind is FollowKind.BASE
    return NetworkRef(target.location, target.network) if is_base else None


def _is_due(
    device: FollowedDevice,
    last: float | None,
    now: float,
    window: float,
    memory: LookMemory | None = None,
) -> bool:
    if last is None or last > now:  # the clock was set back
        return True
    if last < ends_at(device) <= now:  # the last look, with which it ends
        return True
    pace = _pace(device, last - device.since, window)
    if memory and device.target.kind is FollowKind.PHONE and memory.wants_owned(device):
        pace = max(pace, UNLISTED_PACE)
    return now - last >= pace


def _is_before(last: float | None, asked_at: float | None) -> bool:
    """Whether the last look began before one was asked for."""
    return asked_at is not None and (last is None or last < asked_at)


def _pace(device: FollowedDevice, age: float, window: float) -> float:
    if age >= window:
        return LATE_CODE_PACE if device.target.kind is FollowKind.CODE else LATE_PACE
    return next((pace for limit, pace in PACES if age < limit), LAST_PACE)
