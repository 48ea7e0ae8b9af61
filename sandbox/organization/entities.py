"""The things an organization holds. Keys are uuids; the public ids are made of them at the edge."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

OwnerKind = Literal["person", "workspace"]
MemberKind = Literal["person", "workspace", "virtual_line"]
Tier = Literal["professional", "standard", "basic"]


@dataclass(frozen=True)
class Owner:
    """Who a phone belongs to."""

    kind: OwnerKind
    key: str


@dataclass(frozen=True)
class Location:
    """A place of work (webex-provisioning.md §3; shape by the official example)."""

    key: str
    name: str
    address: dict[str, str]
    time_zone: str
    language: str
    latitude: str
    longitude: str


@dataclass(frozen=True)
class Licence:
    """A licence of the subscription; `tier` says what it means for calling, None: nothing."""

    key: str
    name: str
    total: int
    tier: Tier | None = None


@dataclass
class Workspace:
    """A room. `calling` and `supported_devices` as in the API; `licences` are licence keys."""

    key: str
    name: str
    location_key: str
    created: datetime
    calling: str = "webexCalling"
    supported_devices: str = "phones"
    licences: list[str] = field(default_factory=list)
    room_type: str = "notSet"
    capacity: int | None = None


@dataclass
class Phone:
    """A device: a desk phone, or a room device (`kind` roomdesk).

    `calling_key` and `webex_key` may be missing (webex-provisioning.md §1). `known_from` is when the
    owner's telephony devices show it; `listed_from` when `/devices` does, None: never, as with phones
    of the 9800 series that are not Webex Aware (§6).
    """

    key: str
    calling_key: str | None
    webex_key: str | None
    mac: str
    model: str
    product: str
    owner: Owner
    location_key: str
    created: datetime
    known_from: datetime
    listed_from: datetime | None
    primary: bool
    kind: str = "phone"
    manufacturer: str = "CISCO"
    managed_by: str = "CISCO"
    status: str = "disconnected"
    tags: list[str] = field(default_factory=list)
    error_codes: list[str] = field(default_factory=list)
    ip: str | None = None
    software: str | None = None
    serial: str | None = None
    last_seen: datetime | None = None
    model_type: str = "MPP"

    def is_known(self, now: datetime) -> bool:
        """Whether the owner's telephony devices show it."""
        return self.known_from <= now

    def is_listed(self, now: datetime) -> bool:
        """Whether `/devices` shows it."""
        return self.listed_from is not None and self.listed_from <= now


@dataclass(frozen=True)
class Member:
    """Who a line of a DECT handset belongs to."""

    kind: MemberKind
    key: str


@dataclass(frozen=True)
class VirtualLine:
    """A line that belongs to nobody's phone; it may be the second one of a handset (§5)."""

    key: str
    name: str
    location_key: str
    extension: str


@dataclass
class BaseStation:
    """A DECT base station; ``mac`` in twelve upper-case digits."""

    key: str
    mac: str


@dataclass
class Handset:
    """A DECT handset with one line or two. ``base_key`` None: not paired yet (§5).

    ``access_code`` is its own, which counts where the network has none for all.
    """

    key: str
    index: int
    name: str
    access_code: str
    lines: list[Member]
    mac: str | None = None
    base_key: str | None = None
    registered: datetime | None = None


@dataclass
class DectNetwork:
    """A DECT network with its base stations and handsets, by key (§5)."""

    key: str
    name: str
    display_name: str
    model: str
    location_key: str
    access_code: str
    access_code_enabled: bool
    chain_id: int
    base_stations: dict[str, BaseStation] = field(default_factory=dict)
    handsets: dict[str, Handset] = field(default_factory=dict)
    password: str | None = None
    password_enabled: bool = False

    @property
    def lines(self) -> int:
        """How many lines its handsets have together."""
        return sum(len(handset.lines) for handset in self.handsets.values())


@dataclass
class ActivationCode:
    """An activation code as issued; `model` None: for RoomOS devices only (§4.4)."""

    code: str
    owner: Owner
    model: str | None
    expires: datetime
    seq: int
    used: bool = False
