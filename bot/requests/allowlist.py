"""The allowlist for operations: each change is stored together with its audit entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bot.audit import CURRENT_REQUEST, moment
from bot.core.errors import Refused
from bot.core.models.people import Grant, Role, Sender
from bot.domain.policy import LAST_ADMIN
from bot.store import access_asks, accounts, audit
from bot.store import grants as grants_table
from bot.store.database import Store
from bot.store.grants import LastAdmin
from bot.store.sql import Database

CONFIGURED = Sender("", "PROVBOT_ADMINS")


@dataclass(frozen=True)
class StoredAllowlist:
    """Changes the stored grants on behalf of the requester of the running request."""

    store: Store
    clock: Callable[[], float]

    async def grants(self) -> list[Grant]:
        """Return all grants."""
        return await self.store.call(grants_table.grants)

    async def add(self, grant: Grant) -> bool:
        """Add a grant; True if it is new."""
        request, actor = CURRENT_REQUEST.get()
        return await self.store.call(add, grant, actor, request=request, now=self.clock())

    async def remove(self, grant: Grant) -> bool:
        """Remove a grant; True if it existed. Refused if no admin would be left."""
        request, actor = CURRENT_REQUEST.get()
        return await self.store.call(remove, grant, actor, request=request, now=self.clock())


def add(db: Database, grant: Grant, actor: Sender, *, request: str, now: float) -> bool:
    """Add a grant and its audit entry; True if it is new.

    The address is then bound to the next account that uses it, and no longer to an earlier one. If
    the person asked for access, that ends the ask.
    """
    new, another = grants_table.add(db, grant, now), accounts.forget(db, grant.who)
    asked = access_asks.answer(db, grant.who, grant.described, actor.email)
    if new or another:
        detail = _detail(grant) | ({"asked": True} if asked else {})
        _note(db, "granted", detail, actor, request, now)
    return new


def remove(db: Database, grant: Grant, actor: Sender, *, request: str, now: float) -> bool:
    """Remove a grant and add its audit entry; True if it existed."""
    try:
        was_removed = grants_table.revoke(db, grant)
    except LastAdmin as error:
        raise Refused(LAST_ADMIN.format(who=error.who)) from None
    if was_removed and all(remaining.who != grant.who for remaining in grants_table.grants(db)):
        accounts.forget(db, grant.who)
    if was_removed:
        _note(db, "revoked", _detail(grant), actor, request, now)
    return was_removed


def seed_admins(db: Database, emails: Iterable[str], now: float) -> None:
    """Make each email an admin the first time it is seen, so that a revoked admin stays revoked."""
    for email in emails:
        if grants_table.first_seen(db, email, now):
            add(db, Grant(email, Role.ADMIN), CONFIGURED, request="", now=now)


def _note(
    db: Database, action: str, detail: dict[str, Any], actor: Sender, request: str, now: float
) -> None:
    audit.append(db, at=moment(now), actor=actor, action=action, request=request, detail=detail)


def _detail(grant: Grant) -> dict[str, Any]:
    return {"who": grant.who, "role": grant.role.value, "location": grant.location}
