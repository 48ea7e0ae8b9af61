"""DECT networks, their base stations and handsets (docs/webex/provisioning.md §5).

Access codes pair a handset with a network, so they are secrets.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field, SecretStr

from bot.core.errors import WebexError
from bot.core.models.base import Value
from bot.core.models.webex import Line, LocationRef, Owner, uuid_in

MAX_NAME, MAX_DISPLAY_NAME, MAX_HANDSET_NAME = 40, 11, 16  # characters
MAX_BULK = 50  # base stations or handsets in one call


@dataclass(frozen=True)
class NetworkRef:
    """Which network a call is about: its id, and the id of its location."""

    location_id: str
    id: str


class DectModel(Value):
    """A row of the list of base station models. None: Webex does not tell the limit."""

    model: str
    display_name: str
    base_stations: int | None = None
    lines: int | None = None


class DectNetwork(Value):
    """A DECT network of a location. Counts that Webex does not tell are None."""

    id: str
    name: str
    display_name: str = ""
    model: str = ""
    location_id: str = ""
    location: str = ""
    has_shared_code: bool | None = None  # False: one code for each handset; None: unknown
    access_code: SecretStr | None = None  # the shared one
    base_stations: int | None = None
    handsets: int | None = None
    lines: int | None = None

    @property
    def ref(self) -> NetworkRef:
        """The reference for calls about it."""
        return NetworkRef(self.location_id, self.id)

    @property
    def where(self) -> LocationRef:
        """Its location."""
        return LocationRef(self.location, self.location_id)


class MemberNetwork(Value):
    """A network in which a person or workspace has handsets. Its location is not told."""

    id: str
    name: str
    handsets: int | None = None


class NetworkChange(Value):
    """What to change in a network; None keeps a value. `access_code` is for all handsets.

    `one_code_per_handset` lets Webex make the codes instead.
    """

    name: str | None = Field(None, min_length=1, max_length=MAX_NAME)
    display_name: str | None = Field(None, max_length=MAX_DISPLAY_NAME)
    access_code: SecretStr | None = None
    one_code_per_handset: bool = False


class MemberKind(StrEnum):
    """The kinds of members of lines; the values are those of `memberType`."""

    PERSON = "PEOPLE"
    WORKSPACE = "PLACE"
    VIRTUAL_LINE = "VIRTUAL_LINE"
    UNKNOWN = ""


class LineMember(Value):
    """A person, workspace or virtual line that has, or can have, a line of a handset."""

    id: str
    kind: MemberKind = MemberKind.UNKNOWN
    name: str = ""
    extension: str = ""  # digits
    number: str = ""  # digits, with a plus sign
    location_id: str = ""
    location: str = ""

    @property
    def line(self) -> Line | None:
        """How to call the member; None without extension and number."""
        if not (self.extension or self.number):
            return None
        return Line(extension=self.extension, number=self.number)

    def is_member(self, member_id: str) -> bool:
        """Whether this is the member with that id, in whatever encoding."""
        return bool(self.id) and same_id(self.id, member_id)

    def is_owner(self, owner: Owner) -> bool:
        """Whether this is the person or workspace."""
        return self.is_member(owner.id)


class HandsetLine(LineMember):
    """A line of a handset. `last_registered` is in Unix seconds; None: not yet, as far as known."""

    last_registered: float | None = None
    host_ip: str = ""


class Handset(Value):
    """A handset of a network. Without base station and MAC it has not been paired."""

    id: str
    index: str = ""
    display_name: str = ""
    default_display_name: str = ""  # what it shows without one of its own
    access_code: SecretStr | None = None
    lines: tuple[HandsetLine, ...] = ()
    base_station_id: str = ""
    mac: str = ""
    is_primary: bool | None = None  # among the devices of its first member; None: unknown

    @property
    def shown_name(self) -> str:
        """What it shows."""
        return self.display_name or self.default_display_name

    @property
    def is_paired(self) -> bool:
        """Whether it has been registered at a base station, as far as Webex tells."""
        has_registered = any(line.last_registered is not None for line in self.lines)
        return bool(self.base_station_id or self.mac) or has_registered

    def may_be_of(self, member_id: str) -> bool:
        """Whether the member has a line here, or may: Webex left out an id."""
        return not self.lines or any(
            not line.id or line.is_member(member_id) for line in self.lines
        )


class BaseStation(Value):
    """A base station. Webex tells no status of it, only how many lines are registered there.

    `handsets` is None in lists, which do not have them.
    """

    id: str
    mac: str
    lines_registered: int | None = None
    handsets: tuple[Handset, ...] | None = None


@dataclass(frozen=True)
class NetworkContents:
    """A network as it is now, with what is in it; `network` is None if it is gone.

    A list that could not be read is its error.
    """

    network: DectNetwork | None
    base_stations: tuple[BaseStation, ...] | WebexError = ()
    handsets: tuple[Handset, ...] | WebexError = ()


class HandsetSettings(Value):
    """What a handset is added with, or set to. Without a second member it has one line."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")

    line1: str = Field(alias="line1MemberId", min_length=1)
    line2: str | None = Field(None, alias="line2MemberId", min_length=1)
    display_name: str = Field(alias="customDisplayName", min_length=1, max_length=MAX_HANDSET_NAME)

    @property
    def body(self) -> dict[str, Any]:
        """The body of a call; `model_validate` reads it back from a planned call."""
        return self.model_dump(by_alias=True, exclude_none=True)

    @property
    def with_one_line(self) -> "HandsetSettings":
        """The same without the second line: Webex may refuse two lines at once (error 5302)."""
        return self.model_copy(update={"line2": None})


@dataclass(frozen=True)
class AddResult:
    """What became of one base station or handset that was sent in a list.

    `name` is its MAC (12 hex digits) or its display name, as it was sent.
    """

    name: str
    id: str = ""  # of a base station that was added
    refusal: WebexError | None = None
    is_unknown: bool = False  # the answer does not tell, so it must be looked up

    @property
    def is_added(self) -> bool:
        """Whether Webex says that it was added."""
        return self.refusal is None and not self.is_unknown


def same_id(first: str, second: str) -> bool:
    """Whether two ids are those of the same thing: Webex writes them with and without padding."""
    return (uuid_in(first) or first) == (uuid_in(second) or second)
