"""Who lives in the organization: people, the bot, the service app's machine account."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

PersonKind = Literal["person", "bot", "appuser"]


@dataclass(frozen=True)
class CastRole:
    """What a member of the cast plays. Both None: a stranger to the bot, or a role everywhere."""

    role: str | None
    location: str | None = None
    note: str = ""


@dataclass
class Person:
    """One account. Keys are uuids; ``licences`` are licence keys; ``avatar`` is an https URL."""

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
    calling_in_apps: bool = True
    cast: CastRole | None = None

    @property
    def is_bot(self) -> bool:
        """Bots see less than people do (webex-messaging.md §2.1)."""
        return self.kind == "bot"


def by_email(people: dict[str, Person], email: str) -> Person | None:
    """The person with this address, whatever its case."""
    wanted = email.strip().lower()
    return next((person for person in people.values() if person.email.lower() == wanted), None)
