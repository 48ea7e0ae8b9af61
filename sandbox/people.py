"""Accounts of the organization: people, the bot, the service app's machine account."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

PersonKind = Literal["person", "bot", "appuser"]


@dataclass(frozen=True)
class CastRole:
    """The role of a cast member for the bot. Role None: a stranger; location None: everywhere."""

    role: str | None
    location: str | None = None
    note: str = ""


@dataclass
class Person:
    """One account. Keys are uuids; ``licences`` are licence keys; ``avatar`` is an https URL.

    Not everybody has set a time zone; the API then leaves it out.
    """

    key: str
    email: str
    first_name: str
    last_name: str
    display_name: str
    nick_name: str
    kind: PersonKind
    org_key: str
    avatar: str
    created: datetime
    location_key: str | None = None
    licences: list[str] = field(default_factory=list)
    extension: str | None = None
    phone_number: str | None = None
    roles: list[str] = field(default_factory=list)
    time_zone: str | None = None
    calling_in_apps: bool = True
    cast: CastRole | None = None
    deleted: bool = False  # no call finds it; its messages stay

    @property
    def is_bot(self) -> bool:
        """Whether it is a bot; bots see less than people (docs/webex/messaging.md §2.1)."""
        return self.kind == "bot"

    def holds(self, licence_key: str) -> bool:
        """Whether the person has this licence."""
        return licence_key in self.licences and not self.deleted


def by_email(people: dict[str, Person], email: str) -> Person | None:
    """Return the person with this address, ignoring case."""
    address = email.strip().lower()
    return next((person for person in people.values() if person.email.lower() == address), None)
