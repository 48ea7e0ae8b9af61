"""Webex accounts and the allowlist, in memory."""

from dataclasses import dataclass, field
from typing import Any

from bot.core.errors import NotFound
from bot.core.models.people import Grant, Sender
from bot.domain.identity import Directory
from bot.domain.ports import Allowlist
from bot.webex.messaging import key_of


@dataclass
class FakeAllowlist:
    """The allowlist in memory."""

    held: list[Grant] = field(default_factory=list)

    async def grants(self) -> list[Grant]:
        """All of them."""
        return list(self.held)

    async def add(self, grant: Grant) -> bool:
        """Whether the grant is new."""
        new = not any(held.is_same(grant) for held in self.held)
        self.held += [grant] if new else []
        return new

    async def remove(self, grant: Grant) -> bool:
        """Whether the grant was there."""
        rest = [held for held in self.held if not held.is_same(grant)]
        removed = rest != self.held
        self.held = rest
        return removed


OWN_ORG, OTHER_ORG = "org-own", "org-other"


@dataclass
class FakePeople:
    """Accounts by id. People who were not added have an id made from their address, in our org."""

    emails: dict[str, str] = field(default_factory=dict)
    orgs: dict[str, str | None] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)  # display names, by account
    troubles: list[Exception | None] = field(default_factory=list)  # one for each read, in order
    malformed: dict[str, dict[str, Any]] = field(default_factory=dict)  # answers, by account
    deleted: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)

    def meet(self, sender: Sender) -> None:
        """Give the account this address, unless a test changed it before."""
        self.emails.setdefault(sender.person_id, sender.email)

    async def person(self, person_id: str) -> dict[str, Any]:
        """By id, in the form of people or in that of the socket."""
        person_id = key_of(person_id) or person_id
        self.read.append(person_id)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble:
            raise trouble
        if person_id in self.deleted:
            raise NotFound(404, "There is no such person.")
        if person_id in self.malformed:
            return self.malformed[person_id]
        email = self.emails.get(person_id, f"{person_id.removeprefix('id-').title()}@Example.com")
        org = self.orgs.get(person_id, OWN_ORG)
        name = {"displayName": self.names[person_id]} if person_id in self.names else {}
        return {"id": person_id, "emails": [email], "orgId": org, **name}

    async def people(self, email: str) -> list[dict[str, Any]]:
        """By address; nobody for an address that was never met."""
        if self.troubles:
            raise self.troubles.pop(0) or LookupError
        ids = [key for key, address in self.emails.items() if address.lower() == email]
        return [await self.person(key) for key in ids]


def _is_a_directory(fake: FakePeople) -> Directory:
    return fake


def _is_an_allowlist(fake: FakeAllowlist) -> Allowlist:
    return fake
