"""The entities of an organization.

Keys are uuids; public ids are derived from them in the API layer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

OwnerKind = Literal["person", "workspace"]
MemberKind = Literal["person", "workspace", "virtual_line"]
Tier = Literal["professional", "standard", "basic"]
BaseState = Literal["offline", "starting", "online"]


@dataclass(frozen=True)
class Owner:
    """The person or workspace that a phone belongs to."""

    kind: OwnerKind
    key: str


@dataclass(frozen=True)
class Location:
    """A place of work.

    See docs/webex/provisioning.md §3; the shape is that of the official example.
    """

    key: str
    name: str
    address: dict[str, str]
    time_zone: str
    language: str
    latitude: str
    longitude: str


@dataclass(frozen=True)
class Licence:
    """A licence of the subscription; `tier` is its calling tier, or None."""

    key: str
    name: str
    total: int
    tier: Tier | None = None


@dataclass
class Workspace:
    """A workspace. `calling` and `supported_devices` as in the API; `licences` are licence keys."""

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
    """A desk phone, or a room device (`kind` roomdesk).

    `calling_key` and `webex_key` can be missing (docs/webex/provisioning.md §1). From `known_from`
    on the owner's telephony devices show it, from `listed_from` on `/devices` does. None means
    never: phones of the 9800 series that are not Webex Aware (provisioning.md §6).
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
    first_seen: datetime | None = None  # None, as `last_seen`: it never registered
    last_seen: datetime | None = None
    model_type: str = "MPP"
    applied_changes: int = 0  # how often Webex asked it to fetch its configuration

    def is_known(self, now: datetime) -> bool:
        """Whether the owner's telephony devices show it."""
        return self.known_from <= now

    def is_listed(self, now: datetime) -> bool:
        """Whether `/devices` shows it."""
        return self.listed_from is not None and self.listed_from <= now


@dataclass(frozen=True)
class Member:
    """The person, workspace or virtual line that a line of a DECT handset belongs to."""

    kind: MemberKind
    key: str


@dataclass(frozen=True)
class VirtualLine:
    """A line without a phone of its own; it can be the second line of a handset.

    See docs/webex/provisioning.md §5.
    """

    key: str
    name: str
    location_key: str
    extension: str


@dataclass
class BaseStation:
    """A DECT base station; ``mac`` in twelve upper-case digits.

    Webex does not know its ``state``. ``revision`` counts the changes of it, so that an interrupted
    start stays interrupted.
    """

    key: str
    mac: str
    state: BaseState = "offline"
    revision: int = 0


@dataclass
class Handset:
    """A DECT handset with one or two lines (provisioning.md §5).

    ``access_code`` is its own; it applies if the network has no default code. ``mac`` None: it was
    never paired. ``base_key`` None: it is registered with no base station.
    """

    key: str
    index: int
    name: str
    access_code: str
    lines: list[Member]
    mac: str | None = None
    base_key: str | None = None
    registered: datetime | None = None
    registering: bool = False


@dataclass
class DectNetwork:
    """A DECT network with its base stations and handsets, by key (provisioning.md §5).

    ``early_changes`` counts the changes of handsets that came too soon after the one before.
    """

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
    handsets_changed: datetime | None = None
    early_changes: int = 0

    @property
    def lines(self) -> int:
        """How many lines its handsets have in total."""
        return sum(len(handset.lines) for handset in self.handsets.values())

    def code_of(self, handset: Handset) -> str:
        """Return the pairing code of a handset: that of the network, or else its own."""
        return self.access_code if self.access_code_enabled else handset.access_code


@dataclass
class ActivationCode:
    """An issued activation code; `model` None: for RoomOS devices only (provisioning.md §4.4)."""

    code: str
    owner: Owner
    model: str | None
    expires: datetime
    seq: int
    used: bool = False
