"""The approval space: set by PROVBOT_APPROVAL_ROOM, or by an admin in chat."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.audit import CURRENT_REQUEST, moment
from bot.core.errors import WebexError
from bot.core.models.people import Sender, Space
from bot.core.models.text import clean
from bot.domain.identity import key
from bot.store import approval_space, audit
from bot.store.database import Store
from bot.store.sql import Database
from bot.webex.rate_limiter import short_wait

READ_TIMEOUT = 5.0  # seconds for a read that only makes a warning or a name
MAX_MEMBERS = 500  # that are read: five pages of Webex; a space of approvers has fewer
MEMBERS_LIFETIME = 300.0  # seconds; people join and leave rarely
MAX_TITLE_LENGTH = 80


class Spaces(Protocol):
    """Reads spaces with the bot's own token."""

    async def room(self, room_id: str) -> dict[str, Any]:
        """`GET /rooms/{id}`."""
        ...

    async def members(self, room_id: str, limit: int) -> list[dict[str, Any]]:
        """`GET /memberships?roomId=`."""
        ...


@dataclass(frozen=True)
class StoredApprovalSpace:
    """Where approval cards are posted. Changes are stored together with their audit entry."""

    store: Store
    spaces: Spaces
    configured: str | None
    clock: Callable[[], float]
    _closed: set[str] = field(default_factory=set)  # spaces that refused the last card
    _members: dict[str, tuple[float, list[Sender]]] = field(default_factory=dict)  # by space

    @property
    def is_configured(self) -> bool:
        """Whether PROVBOT_APPROVAL_ROOM is set: chat cannot change it."""
        return bool(self.configured)

    async def room_id(self) -> str:
        """The id of the space; empty if approvers get direct messages."""
        if self.configured:
            return self.configured
        space = await self.store.call(approval_space.current)
        return space.room_id if space else ""

    async def current(self) -> Space | None:
        """The space with its title as far as it is known; None: approvers get direct messages."""
        if not self.configured:
            return await self.store.call(approval_space.current)
        try:
            return Space(self.configured, await self.title(self.configured))
        except (WebexError, TimeoutError):
            return Space(self.configured)

    async def title(self, room_id: str) -> str:
        """The title of a space. WebexError or TimeoutError if it cannot be read soon."""
        with short_wait():
            async with asyncio.timeout(READ_TIMEOUT):
                room = await self.spaces.room(room_id)
        return clean(str(room.get("title") or ""), MAX_TITLE_LENGTH)

    async def members(self, room_id: str) -> list[Sender] | None:
        """The members but bots, as far as Webex lists them; None if it does not, or not soon."""
        read_at, members = self._members.get(room_id, (-MEMBERS_LIFETIME, []))
        if self.clock() - read_at < MEMBERS_LIFETIME:
            return members
        try:
            with short_wait():
                async with asyncio.timeout(READ_TIMEOUT):
                    rows = await self.spaces.members(room_id, MAX_MEMBERS)
        except (WebexError, TimeoutError):
            return None
        members = [_member(row) for row in rows if not _is_bot(row)]
        self._members.clear()  # one space is used at a time
        self._members[room_id] = self.clock(), members
        return members

    def note_posting(self, room_id: str, *, refused: bool) -> None:
        """Remember whether Webex refused the last card in this space."""
        (self._closed.add if refused else self._closed.discard)(room_id)

    def is_known_closed(self, room_id: str) -> bool:
        """Whether Webex refused the last card in this space, since the start."""
        return room_id in self._closed

    async def use(self, space: Space | None) -> None:
        """Use this space from now on; None: direct messages."""
        request, actor = CURRENT_REQUEST.get()
        await self.store.call(_use, space, actor, request, self.clock())


def _use(db: Database, space: Space | None, actor: Sender, request: str, now: float) -> None:
    if space is None:
        approval_space.use_none(db)
    else:
        approval_space.use(db, space, now)
    detail = {"space": space.title if space else "", "room_id": space.room_id if space else ""}
    audit.append(
        db, at=moment(now), actor=actor, action="approval space", request=request, detail=detail
    )


def _is_bot(row: dict[str, Any]) -> bool:
    return str(row.get("personEmail") or "").lower().endswith("@webex.bot")


def _member(row: dict[str, Any]) -> Sender:
    email = str(row.get("personEmail") or "").strip().lower()
    return Sender(str(row.get("personId") or ""), email, key(str(row.get("personOrgId") or "")))
