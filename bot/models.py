"""Values that several parts share. Plain data, no I/O."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

_PAIRS = r"[0-9a-f]{2}(?P<a>[:.\- ])(?:[0-9a-f]{2}(?P=a)){4}[0-9a-f]{2}"
_QUADS = r"[0-9a-f]{4}(?P<b>[:.\- ])[0-9a-f]{4}(?P=b)[0-9a-f]{4}"
_HALVES = r"[0-9a-f]{6}[:.\- ][0-9a-f]{6}"
_LABEL = r"(?:\bmac(?:[ -]?address)?\s*[:=]?\s*)?"
# A group too many makes it no MAC, not a MAC with something else beside it.
_NO_GROUP_BEFORE = r"(?<![0-9a-z])(?<!\b[0-9a-f]{2}[:.\-])(?<!\b[0-9a-f]{4}[:.\-])"
_NO_GROUP_AFTER = r"(?![0-9a-z@]|[:.\-](?:[0-9a-f]{2}|[0-9a-f]{4})(?![0-9a-z]))"
# In `8865 d82e 3eef 4e5c` the first group is a model.
_NO_MODEL_FIRST = r"(?![6-9]\d{3}(?: [0-9a-f]{4}){3}(?![0-9a-z]))"
MAC_IN_TEXT = re.compile(
    rf"{_LABEL}{_NO_GROUP_BEFORE}{_NO_MODEL_FIRST}"
    rf"(?P<mac>{_PAIRS}|{_QUADS}|{_HALVES}|[0-9a-f]{{12}}){_NO_GROUP_AFTER}",
    re.IGNORECASE,
)
_MAC_LABEL = re.compile(r"^\s*mac(?:[ -]?address)?\s*[:=]?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s:.\-]+")
# Control and direction characters, and halves of characters, which neither SQLite nor JSON takes.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def parse_mac(text: str) -> str:
    """Twelve upper-case hex digits from any form people write; ValueError with a sentence."""
    bare = _SEPARATORS.sub("", _MAC_LABEL.sub("", text)).upper()
    if bare in ("0" * 12, "F" * 12):
        raise ValueError("No phone has that MAC address: please read the label again.")
    if not re.fullmatch("[0-9A-F]{12}", bare):
        raise ValueError(
            "A MAC address has twelve hex digits (0–9, A–F), for example D8:2E:3E:EF:4E:5C."
        )
    return bare


def show_mac(mac: str) -> str:
    """`D82E3EEF4E5C` → `D8:2E:3E:EF:4E:5C`; anything that is no MAC comes back as it was."""
    bare = _SEPARATORS.sub("", mac).upper()
    if not re.fullmatch("[0-9A-F]{12}", bare):
        return mac
    return ":".join(bare[i : i + 2] for i in range(0, 12, 2))


def same_mac(one: str | None, other: str) -> bool:
    """Webex answers with and without colons (webex-provisioning.md §4.5): compare the digits."""
    return _SEPARATORS.sub("", one or "").upper() == _SEPARATORS.sub("", other).upper()


def clean(text: str, limit: int = 500) -> str:
    """One line of text from outside without control or direction characters, cut at `limit`."""
    line = " ".join(_CONTROL.sub("", text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, end = list(words) or [""]
    return f"{', '.join(most)} {last} {end}" if most else end


Mac = Annotated[str, AfterValidator(parse_mac)]


class Value(BaseModel):
    """Base of immutable values read from Webex or from the database."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True)
class Sender:
    """The person who wrote or pressed: the id is the identity, the email what roles go by."""

    person_id: str
    email: str


@dataclass(frozen=True)
class Place:
    """Where to answer: a space and, in group spaces, the thread."""

    room_id: str
    direct: bool
    thread_id: str | None = None


class Role(StrEnum):
    """A person may hold several, each for the whole organization or for one location."""

    VIEWER = "viewer"
    TECHNICIAN = "technician"
    ENGINEER = "engineer"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True)
class Grant:
    """One row of the allowlist. `who` is an email or `@domain`; no location: everywhere."""

    who: str
    role: Role
    location: str = ""

    def reaches(self, location: str) -> bool:
        """Whether it holds in the location of that name. No name: only where it holds everywhere."""
        return not self.location or self.location.casefold() == location.casefold() != ""


class OwnerKind(StrEnum):
    """Who a phone can belong to; the values are those of `supportedFor`."""

    PERSON = "PEOPLE"
    WORKSPACE = "PLACE"


class Licence(StrEnum):
    """What a calling licence means for adding devices (webex-provisioning.md §7)."""

    STANDARD = "standard"
    PROFESSIONAL = "professional"
    OTHER = "other"
    NONE = "none"
    UNKNOWN = "unknown"  # the licences could not be read


class Owner(Value):
    """A person or workspace a device can belong to, with what decides about devices."""

    kind: OwnerKind
    id: str
    name: str
    email: str = ""
    location_id: str | None = None
    location: str = ""
    licence: Licence = Licence.UNKNOWN
    calling_type: str = ""  # workspaces: `webexCalling`, `freeCalling`, `none`, …
    takes_phones: bool = True  # workspaces: supportedDevices is `phones`

    @property
    def key(self) -> str:
        """What changes to this owner's devices are serialised by."""
        return f"{self.kind}:{self.id}"

    @property
    def field(self) -> dict[str, str]:
        """The one field that names the owner in a request body: never both."""
        return {"personId" if self.kind is OwnerKind.PERSON else "workspaceId": self.id}

    @property
    def described(self) -> str:
        """Name, and what kind of owner it is."""
        return f"{self.name} ({self.email or 'workspace'})"


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
    def wants_password(self) -> bool:
        """A SIP password goes with third-party models only (POST /devices)."""
        return self.manufacturer == "THIRD_PARTY" or self.managed_by == "CUSTOMER"

    @property
    def phone_os(self) -> bool:
        """9800 series: accepted with an empty answer, appears later (webex-provisioning.md §6)."""
        return self.type == "DESK_PHONE" or bool(re.search(r"\b98\d\d\b", self.model))


class Location(Value):
    """A location of the organization."""

    id: str
    name: str
    time_zone: str = "UTC"


class Device(Value):
    """A device as `GET /devices` or an owner's device list tells it."""

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


class DectNetwork(Value):
    """A DECT network of a location."""

    id: str
    name: str
    display_name: str = ""
    model: str = ""
    location_id: str = ""
    access_code: str | None = Field(None, repr=False)


class OwnedDevices(Value):
    """What an owner has already, and how many Webex allows them (None: not told)."""

    devices: tuple[Device, ...] = ()
    most: int | None = None


class MacState(Value):
    """A row of validateMacs; `words` are Webex's own where the MAC cannot be used."""

    available: bool
    words: str = ""


class ActivationCode(Value):
    """The answer of `POST /devices/activationCode`. `code` is a secret."""

    code: SecretStr
    expiry_time: str
