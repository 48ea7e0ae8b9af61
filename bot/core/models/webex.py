"""Things of the Webex organization: locations, owners, phone models, devices."""

import base64
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pydantic import SecretStr

from bot.core.models.base import Value

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@lru_cache(1000)  # an event names its person, space and organization ten times
def uuid_in(public: str) -> str:
    """The uuid of a REST id, the same in each cluster and encoding; empty if there is none."""
    inside = id_parts(public)[2] or (public if _UUID.fullmatch(public) else "")
    return inside.lower() if _UUID.fullmatch(inside) else inside


def id_parts(public: str) -> list[str]:
    """The parts of `ciscospark://CLUSTER/KIND/KEY` (docs/webex/messaging.md §0.4)."""
    try:
        text = base64.b64decode(public + "=" * (-len(public) % 4)).decode()
    except ValueError:
        return ["", "", ""]
    parts = text.removeprefix("ciscospark://").split("/", 2)
    return parts if text.startswith("ciscospark://") and len(parts) == 3 else ["", "", ""]


@dataclass(frozen=True)
class LocationRef:
    """A reference to a location: its id, and the name to show. An empty one is false."""

    name: str = ""
    id: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.id)

    def is_same(self, other: "LocationRef") -> bool:
        """Compares ids if both are known, as names can change; else names."""
        if self.id and other.id:
            return (uuid_in(self.id) or self.id) == (uuid_in(other.id) or other.id)
        return self.name.casefold() == other.name.casefold() != ""


class OwnerKind(StrEnum):
    """The kinds of owners; the values are those of `supportedFor`."""

    PERSON = "PEOPLE"
    WORKSPACE = "PLACE"


class Licence(StrEnum):
    """What a calling licence means for adding devices (docs/webex/provisioning.md §7)."""

    STANDARD = "standard"
    PROFESSIONAL = "professional"
    OTHER = "other"
    NONE = "none"
    UNKNOWN = "unknown"  # the licences could not be read


class Line(Value):
    """How to call an owner: the digits of the extension, and the number with its plus sign."""

    extension: str = ""
    number: str = ""


class Owner(Value):
    """A person or workspace, with all that decides about their devices."""

    kind: OwnerKind
    id: str
    name: str
    email: str = ""
    location_id: str | None = None
    location: str = ""
    licence: Licence = Licence.UNKNOWN
    calling_type: str = ""  # workspaces: `webexCalling`, `freeCalling`, `none`, …
    # Workspaces: what `supportedDevices` allows. If it is missing or unknown, Webex decides.
    takes_phones: bool = True
    takes_room_devices: bool = True
    foreign: bool = False  # people: of another organization, whose owners nobody here administers
    has_number: bool | None = None  # people: a number or an extension; None: unknown
    line: Line | None = None  # people: how to call them; None: unknown
    partial: bool = False  # from a list without email and licences: read it by key before use
    time_zone: str = ""  # people: the name of their own, if they have set one

    @property
    def where(self) -> LocationRef:
        """The location of the owner."""
        return LocationRef(self.location, self.location_id or "")

    @property
    def key(self) -> str:
        """The key by which changes to this owner's devices run one after another."""
        return f"{self.kind}:{self.id}"

    @property
    def field(self) -> dict[str, str]:
        """The field that names the owner in a request body, which takes only one of the two."""
        return {"personId" if self.kind is OwnerKind.PERSON else "workspaceId": self.id}

    @property
    def described(self) -> str:
        """The name, with the email or `workspace`."""
        kind = "workspace" if self.kind is OwnerKind.WORKSPACE else self.email
        return f"{self.name} ({kind})" if kind else self.name


class Member(Value):
    """An owner as lists of lines and numbers show them: with extension and number, both digits."""

    owner: Owner
    extension: str = ""
    number: str = ""

    @property
    def line(self) -> Line | None:
        """How to call the owner; None without extension and number."""
        if not (self.extension or self.number):
            return None
        return Line(extension=self.extension, number=f"+{self.number}" if self.number else "")


class PhoneModel(Value):
    """A row of `GET /telephony/config/supportedDevices`."""

    model: str
    display_name: str
    type: str = ""
    manufacturer: str = "CISCO"
    managed_by: str = "CISCO"
    supported_for: frozenset[str] = frozenset()
    onboarding: frozenset[str] = frozenset()

    @property
    def customer_managed(self) -> bool:
        """Whether people enter its settings on it: Webex manages only phones of `CISCO`."""
        return self.managed_by != "CISCO"

    @property
    def wants_password(self) -> bool:
        """Whether POST /devices needs a SIP password: only for third-party models."""
        return self.manufacturer == "THIRD_PARTY" or self.managed_by == "CUSTOMER"

    @property
    def phone_os(self) -> bool:
        """Whether it is of the 9800 series, which Webex accepts with an empty answer.

        See docs/webex/provisioning.md §6.
        """
        return self.type == "DESK_PHONE" or bool(re.search(r"\b98\d\d\b", self.model))


class Location(Value):
    """A location of the organization."""

    id: str
    name: str
    time_zone: str = ""  # its name in the IANA database, such as `Europe/Berlin`
    org_id: str = ""  # of our organization

    @property
    def ref(self) -> LocationRef:
        """The reference that roles and plans use."""
        return LocationRef(self.name, self.id)


class Device(Value):
    """A device from `GET /devices` or from the list of an owner."""

    id: str = ""
    name: str = ""
    product: str = ""
    mac: str = ""
    serial: str = ""
    person_id: str | None = None
    workspace_id: str | None = None
    location_id: str | None = None
    status: str = ""
    tags: tuple[str, ...] = ()
    type: str = ""
    ip: str = ""
    software: str = ""
    last_seen: str = ""
    managed_by: str = "CISCO"
    calling_id: str = ""  # of `telephony/config/devices`; empty: unknown
    errors: tuple[str, ...] = ()  # codes of what it reports (`bot.domain.device_errors`)
    created: str = ""  # ISO 8601, as `first_seen`
    first_seen: str = ""
    activation: str = ""  # `activationState` in the list of an owner, in upper case

    @property
    def customer_managed(self) -> bool:
        """Whether people enter its settings on it: Webex manages only phones of `CISCO`."""
        return self.managed_by != "CISCO"

    @property
    def listed_id(self) -> str:
        """The id in `GET /devices`; empty if only the list of an owner was read: it has another."""
        return "" if self.id == self.calling_id else self.id

    @property
    def owner_key(self) -> str:
        """The `Owner.key` of its owner; empty if it has none."""
        if self.person_id:
            return f"{OwnerKind.PERSON}:{self.person_id}"
        return f"{OwnerKind.WORKSPACE}:{self.workspace_id}" if self.workspace_id else ""

    def at(self, location: str) -> LocationRef:
        """The reference to its location, whose name is given."""
        return LocationRef(location, self.location_id or "")


class SipSettings(Value):
    """What must be entered on a phone that Webex does not manage; an empty value is unknown."""

    user_name: str = ""
    line_id: str = ""
    domain: str = ""
    outbound_proxy: str = ""


class AcceptedPhone(Value):
    """A phone of a request that Webex accepted without listing it. `age` is in seconds."""

    code: str  # of the request
    age: float
    ago: str  # the age in words
    mac: str
    product: str
    owner: str  # the key of the owner
    owner_name: str
    location: str = ""
    location_id: str = ""

    @property
    def where(self) -> LocationRef:
        """The location of its owner."""
        return LocationRef(self.location, self.location_id)

    @property
    def device(self) -> Device:
        """The phone as searches compare it."""
        return Device(
            name=self.owner_name,
            product=self.product,
            mac=self.mac,
            location_id=self.location_id,
        )


class RemovedPhone(Value):
    """A phone that a request removed. `locations` are those of the request."""

    code: str  # of the request
    is_half_done: bool = False  # whether other steps of the request were not done
    is_undo: bool = False  # an undo is not taken back
    locations: tuple[LocationRef, ...] = ()


class OwnedDevices(Value):
    """The devices of an owner, and how many Webex allows (None: unknown)."""

    devices: tuple[Device, ...] = ()
    most: int | None = None


class DevicePage(Value):
    """A page of `GET /devices`. `next_link` is the address of the next one; empty: the last."""

    devices: tuple[Device, ...] = ()
    next_link: str = ""
    has_unreadable: bool = False
    is_cut: bool = False  # whether there may be more, to which Webex gives no link


class MacState(Value):
    """A row of validateMacs; `words` is Webex's text for a MAC that cannot be used."""

    available: bool
    message: str = ""


class ActivationCode(Value):
    """The answer of `POST /devices/activationCode`. `code` is a secret."""

    code: SecretStr
    expiry_time: str
