"""The Webex account behind a person id, with its present address and organization.

The account is the identity. An address can change, or pass to another account.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.core import logs
from bot.core.errors import NotFound, Unavailable, Unchecked, WebexError
from bot.core.models.people import Sender
from bot.core.models.text import clean
from bot.webex.messaging import key_of

log = logs.get_logger("identity")

# Seconds: long enough for one read while a person fills in forms, short enough to notice a changed
# address or a deleted account soon. Before each change the account is read again.
CACHE_LIFETIME = 300.0
MAX_NAME_LENGTH = 60
SECOND_READ_PAUSE = 1.0  # seconds before the second read: one odd answer is no reason to refuse


class Directory(Protocol):
    """Reads accounts with the bot's own token, which may read all addresses."""

    async def person(self, person_id: str) -> Mapping[str, Any]:
        """`GET /people/{id}`."""
        ...

    async def people(self, email: str) -> list[dict[str, Any]]:
        """`GET /people?email=`."""
        ...


def key(public: str) -> str:
    """The uuid inside an id, the same in each cluster and encoding; else the id itself."""
    return key_of(public) or public


def same_account(person_id: str, other: str) -> bool:
    """Whether two person ids name the same account."""
    return key(person_id) == key(other) != ""


@dataclass(frozen=True)
class Identities:
    """Reads accounts, and keeps each for a few minutes. `own` are the keys of our organizations."""

    directory: Directory
    own: frozenset[str] = frozenset()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    note: Callable[[Sender], None] = lambda _account: None  # called with each account that is read
    _kept: dict[str, tuple[float, Sender]] = field(default_factory=dict)

    async def of(self, person_id: str, *, since: float | None = None) -> Sender:
        """The account, as read `since` then or minutes ago; Unchecked if it cannot be read."""
        account = self.known(person_id, since=since)
        return account or self._keep(person_id, await self._read(person_id))

    def known(self, person_id: str, *, since: float | None = None) -> Sender | None:
        """The account, if it was read `since` then or minutes ago."""
        read_at, account = self._kept.get(key(person_id), (0.0, None))
        oldest = self.clock() - CACHE_LIFETIME
        if account and read_at > (oldest if since is None else max(since, oldest)):
            return replace(account, person_id=person_id)
        return None

    async def read_ahead(self, person_id: str) -> None:
        """Read the account early; an error is ignored, and met again by `of`."""
        with suppress(WebexError, Unchecked):
            self._keep(person_id, await self.directory.person(person_id))

    def _keep(self, person_id: str, answer: Mapping[str, Any]) -> Sender:
        sender = _account(person_id, answer)
        self._forget_old()
        self.note(sender)
        self._kept.pop(key(person_id), None)  # the latest stands last
        self._kept[key(person_id)] = (self.clock(), sender)
        return sender

    def is_ours(self, sender: Sender) -> bool:
        """Whether the account is of our own organization; true if that is not known."""
        return not self.own or sender.org in self.own

    async def is_ours_at(self, email: str) -> bool | None:
        """Whether this address belongs to our organization; None if no account has it."""
        account = await self.account_at(email)
        return self.is_ours(account) if account else None

    async def account_at(self, email: str) -> Sender | None:
        """The account with exactly this address; None if there is none."""
        for person in await self.directory.people(email):
            account = _account(str(person["id"]), person)
            self.note(account)
            return account
        return None

    async def _read(self, person_id: str) -> Mapping[str, Any]:
        try:
            return await self.directory.person(person_id)
        except Unavailable as problem:  # the client has tried several times already
            raise _unchecked_error(problem) from problem
        except WebexError:
            await self.sleep(SECOND_READ_PAUSE)
        try:
            return await self.directory.person(person_id)
        except WebexError as problem:
            raise _unchecked_error(problem) from problem

    def _forget_old(self) -> None:
        """Forget the accounts that were read long ago: they stand first."""
        oldest = self.clock() - CACHE_LIFETIME
        while self._kept:
            account, (read_at, _) = next(iter(self._kept.items()))
            if read_at > oldest:
                break
            del self._kept[account]


def organizations(*ids: Any) -> frozenset[str]:
    """The keys of these organizations, without empty ones."""
    return frozenset(key(public) for public in ids if isinstance(public, str) and public)


def _unchecked_error(problem: WebexError) -> Unchecked:
    log.warning("account_read_failed", status=problem.status, tracking_id=problem.tracking_id)
    unchecked = Unchecked()
    unchecked.not_found = isinstance(problem, NotFound)
    return unchecked


def _account(person_id: str, person: Mapping[str, Any]) -> Sender:
    """The account of an answer; Unchecked if it has no address: roles are held by address."""
    emails = person.get("emails")
    first = next(iter(emails), None) if isinstance(emails, Iterable) else None
    if not isinstance(first, str) or "@" not in first:
        log.warning("account_without_address")
        raise Unchecked()
    org = person.get("orgId")
    # `timezone` in the specification, `timeZone` in SDKs (docs/webex/messaging.md §3.3).
    zone = person.get("timezone") or person.get("timeZone")
    return Sender(
        person_id,
        first.strip().lower(),
        key(org) if isinstance(org, str) else "",
        _name(person.get("displayName")),
        zone if isinstance(zone, str) else "",
    )


def _name(display_name: Any) -> str:
    """The name for messages; empty if it could be taken for an address, which tells who it is."""
    name = clean(display_name, MAX_NAME_LENGTH) if isinstance(display_name, str) else ""
    return "" if "@" in name or "＠" in name else name
