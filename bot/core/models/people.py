"""People: their addresses, their roles, and where they write."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.models.text import CONTROL, join_words
from bot.core.models.webex import LocationRef

_NAME = r"[^\s@<>()\[\]\\\",;:*“”„«»]"
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_DOMAIN = rf"@{_LABEL}(?:\.{_LABEL})+"
_WHO = re.compile(rf"{_NAME}*{_DOMAIN}")
_ADDRESS = re.compile(rf"(?:(?!=){_NAME})+{_DOMAIN}")  # without the key of `for=ann@x.example`
_QUOTES = "'‘’‚`´"  # around an address; within one, the straight one is a letter of it


def normalize_who(who: str) -> str:
    """An email or `@domain` in the form that is stored; ValueError with a sentence otherwise."""
    text = CONTROL.sub("", who.lower()).replace("’", "'").strip()
    address = text.strip(" <>.,;" + _QUOTES)
    if _WHO.fullmatch(address) and address.isprintable():
        return address
    candidates = addresses_in(text)
    if len(candidates) == 1 and text.count("@") == text.count(candidates[0]):
        return candidates[0]
    raise ValueError(
        "WHO is an email such as ann@example.com, or a whole domain such as @example.com."
        + (f" Did you mean {join_words(candidates)}?" if candidates else "")
    )


def addresses_in(text: str) -> list[str]:
    """The emails in a text, in lower case, each once: `Ann <Ann@x.example>` → `ann@x.example`."""
    addresses = _ADDRESS.findall(CONTROL.sub("", text.lower()).replace("’", "'"))
    return list(dict.fromkeys(address.lstrip(_QUOTES + ".") for address in addresses))


@dataclass(frozen=True)
class Sender:
    """The person who wrote or pressed. The id is their identity; roles are held by email.

    `org` is the key of their organization, empty if it was not read. `name` is what Webex shows of
    them, for messages only: people can choose their names themselves. `zone` is the name of their
    time zone as Webex gave it, empty if it gave none; None if the account was not read.
    """

    person_id: str
    email: str
    org: str = field(default="", compare=False)
    name: str = field(default="", compare=False)
    zone: str | None = field(default=None, compare=False)

    @property
    def shown(self) -> str:
        """The name, or the address if the name is not known."""
        return self.name or self.email


@dataclass(frozen=True)
class Place:
    """Where to answer: a space and, in group spaces, the thread."""

    room_id: str
    direct: bool
    thread_id: str | None = None


@dataclass(frozen=True)
class Space:
    """A group space; the title is for messages, and empty if it could not be read."""

    room_id: str
    title: str = ""


class Role(StrEnum):
    """What a grant allows. A person may hold several, for the whole organization or a location."""

    VIEWER = "viewer"
    TECHNICIAN = "technician"
    ENGINEER = "engineer"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True)
class Grant:
    """One row of the allowlist. `who` is an email or `@domain`; no location: everywhere.

    The id identifies the location. Its name is shown, and compared while the id is not known.
    """

    who: str
    role: Role
    location: str = ""
    location_id: str = ""

    @property
    def for_domain(self) -> bool:
        """Whether it covers everybody with an address of that domain."""
        return self.who.startswith("@")

    @property
    def where(self) -> LocationRef:
        """The location that it covers; empty: everywhere."""
        return LocationRef(self.location, self.location_id)

    @property
    def described(self) -> str:
        """The role and where it holds, in words."""
        return f"{self.role} {f'in {self.location}' if self.location else 'everywhere'}"

    @property
    def is_admin_everywhere(self) -> bool:
        """Whether it gives the role of admin for the whole organization."""
        return self.role is Role.ADMIN and not self.where

    def reaches(self, where: LocationRef) -> bool:
        """Whether it covers that location; for an empty one, whether it covers everything."""
        return not self.where or self.where.is_same(where)

    def is_same(self, other: "Grant") -> bool:
        """Whether both give the same role to the same people for the same place."""
        same_place = self.where.is_same(other.where) or not (self.where or other.where)
        return (self.who, self.role) == (other.who, other.role) and same_place
