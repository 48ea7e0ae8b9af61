"""The allowlist as operations see it: every change goes into the audit trail with it, or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from bot.audit import RUNNING, moment
from bot.models import Grant, Role, Sender
from bot.store import access as rows
from bot.store import audit
from bot.store.database import Store

CONFIGURED = Sender("", "PROVBOT_ADMINS")


@dataclass(frozen=True)
class StoredAllowlist:
    """Rows, changed on behalf of whoever asked for the request that is running."""

    store: Store
    clock: Callable[[], float]

    async def grants(self) -> list[Grant]:
        """All of them."""
        return await self.store.call(rows.grants)

    async def add(self, grant: Grant) -> bool:
        """Whether the grant is new."""
        request, actor = RUNNING.get()
        return await self.store.call(add, grant, actor, request=request, now=self.clock())

    async def remove(self, grant: Grant) -> bool:
        """Whether it was there. Refused where nobody would be admin any more."""
        request, actor = RUNNING.get()
        return await self.store.call(remove, grant, actor, request=request, now=self.clock())


def add(db: Database, grant: Grant, actor: Sender, *, request: str, now: float) -> bool:
    """Put a grant on the list, with its entry in the trail."""
    new = rows.add(db, grant, now)
    if new:
        _note(db, "granted", grant, actor, request, now)
    return new


def remove(db: Database, grant: Grant, actor: Sender, *, request: str, now: float) -> bool:
    """Take a grant off the list, with its entry in the trail."""
    gone = rows.revoke(db, grant)
    if gone:
        _note(db, "revoked", grant, actor, request, now)
    return gone


def seed_admins(db: Database, emails: Iterable[str], now: float) -> None:
    """Make each email an admin the first time it is seen, so that a later revoke stays revoked."""
    for email in emails:
        if rows.first_seen(db, email, now):
            add(db, Grant(email, Role.ADMIN), CONFIGURED, request="", now=now)


def _note(db: Database, action: str, grant: Grant, actor: Sender, request: str, now: float) -> None:
    detail = {"who": grant.who, "role": grant.role.value, "location": grant.location}
    audit.append(db, at=moment(now), actor=actor, action=action, request=request, detail=detail)
