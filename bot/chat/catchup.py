"""After an outage: what people wrote meanwhile is fetched and put into the same inbox, and so are
the spaces that let the bot in.

Sources: webex-messaging.md §3.4 and §3.5 (rooms by last activity, messages newest first; in group
spaces a bot may list only where it is mentioned; a bot's own memberships in one list), §5 item 7.
Presses of buttons cannot be listed.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import stamina

from bot import telemetry
from bot.chat import text
from bot.chat.events import SAID, WELCOMED, Event, welcome_id
from bot.errors import NotFound, RateLimited, Unauthorized, Unavailable, WebexError
from bot.store import marks
from bot.store.database import Store
from bot.webex.messages import MessagesApi, cluster_in, key_of

log = telemetry.get_logger("catchup")

SWEEP_EVERY = 300.0  # seconds between looks whether the open socket still brings what is said
SWEPT_ROOMS = 5  # the most active ones: enough to notice
DELIVERED_WITHIN = 60.0  # seconds; what the socket has not brought by then it will not bring
MARGIN = (
    2 * SWEEP_EVERY
)  # seconds before the mark: clocks differ, and a dead socket is noticed late
OLDEST = 7 * 24 * 3600.0  # seconds; the inbox knows for as long what was answered
ROOMS_AT_ONCE = 4


@dataclass(frozen=True)
class Missed:
    """Between when nothing was heard (Unix seconds), and how many messages had to be fetched."""

    since: float
    until: float
    fetched: int

    @property
    def seconds(self) -> float:
        """How long."""
        return self.until - self.since


@dataclass
class CatchUp:
    """Knows until when everything was heard, and fetches the rest. `me` is the bot's REST id."""

    messages: MessagesApi
    store: Store
    take: Callable[[Event], Awaitable[bool]]  # whether the inbox did not know it
    me: str
    clock: Callable[[], float]
    age_limit: float  # seconds; of what is older only the newest is taken, to be told so
    _heard: float = 0.0
    _whole: bool = False  # nothing is missing between the mark and `_heard`
    _rooms: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ROOMS_AT_ONCE))

    def connected(self) -> None:
        """From here on the mark stands still until the gap before is filled."""
        self._whole = False

    def alive(self) -> None:
        """A frame came."""
        self._heard = self.clock()

    async def keep(self) -> None:
        """Move the mark, now and then: a restart must not ask for more than it has to."""
        if self._whole:
            await self.store.call(marks.set_heard_until, self._heard)

    async def run(self) -> Missed:
        """Fetch what was said since the mark, for as long as it takes. Nothing before the first start ever.

        The mark stays until `filled`: whatever ends the process before, the next one begins with the same.
        """
        now = self.clock()
        mark = await self.store.call(marks.heard_until)
        fetched = 0
        if mark is None:
            await self.store.call(marks.set_heard_until, now)
        else:
            fetched = await self._until_done(max(mark - MARGIN, now - OLDEST))
        return Missed(now if mark is None else mark, now, fetched)

    async def filled(self, missed: Missed) -> None:
        """Whoever pressed in vain meanwhile knows it as well: from here on the mark moves."""
        self._heard = max(self._heard, missed.until)
        self._whole = True
        await self.keep()

    async def sweep(self) -> bool:
        """Whether something was said that the open socket should have brought and did not."""
        try:
            found = await self._fetch(self.clock() - MARGIN, most_rooms=SWEPT_ROOMS)
        except WebexError as problem:
            log.warning("sweep failed", status=problem.status)
            return False
        return found > 0

    async def _until_done(self, since: float) -> int:
        async for attempt in stamina.retry_context(
            on=_worth_waiting_for, attempts=None, timeout=None, wait_initial=1.0, wait_max=60.0
        ):
            with attempt:
                fetched = await self._fetch(since)
                await self._introduce(max(since, await self.store.call(marks.began_at)))
                return fetched
        raise AssertionError

    async def _introduce(self, since: float) -> None:
        """The bot is not told of the spaces that let it in while it was away. One call for a hundred."""
        try:
            async with aclosing(self.messages.memberships()) as memberships:
                found = [welcome_of(row) async for row in memberships if is_newcomer(row, since)]
        except (Unavailable, RateLimited, Unauthorized):
            raise
        except WebexError as problem:  # refused for good: what was said is fetched all the same
            log.warning("memberships not read", status=problem.status)
            return
        for event in found:
            await self.take(event)

    async def _fetch(self, since: float, most_rooms: int | None = None) -> int:
        """How many were new to the inbox; of a sweep only those that are late."""
        rooms = [room async for room in self._active(since, most_rooms)]
        taken = await asyncio.gather(
            *(self._room(room, since, sweep=most_rooms is not None) for room in rooms)
        )
        if sum(taken):
            log.info("caught up", messages=sum(taken), rooms=len(rooms))
        return sum(taken)

    async def _active(self, since: float, most: int | None) -> AsyncIterator[Mapping[str, Any]]:
        number = 0
        async with aclosing(self.messages.rooms()) as rooms:
            async for room in rooms:
                if _before(since, room, "lastActivity") or number == most:
                    return
                number += 1
                yield room

    async def _room(self, room: Mapping[str, Any], since: float, *, sweep: bool) -> int:
        direct = room.get("type") == "direct"
        until = self.clock() - DELIVERED_WITHIN if sweep else math.inf
        async with self._rooms:
            try:
                said = [row async for row in self._said(str(room["id"]), since, direct=direct)]
            except NotFound:
                return 0  # the bot was removed from it meanwhile
            wanted = worth_answering(said, self.me, self.clock() - self.age_limit)
            there = [row for row in wanted if _before(until, row)]
            return sum([await self.take(event_of(row, direct=direct)) for row in there])

    async def _said(
        self, room_id: str, since: float, *, direct: bool
    ) -> AsyncIterator[Mapping[str, Any]]:
        async with aclosing(self.messages.said_in(room_id, direct=direct)) as rows:
            async for row in rows:
                if _before(since, row):
                    return
                yield row


def worth_answering(
    newest_first: Iterable[Mapping[str, Any]], me: str, limit: float
) -> list[Mapping[str, Any]]:
    """What people said, oldest first; of what each said before `limit` only the newest."""
    found: list[Mapping[str, Any]] = []
    told: set[str] = set()
    for row in newest_first:
        who = str(row.get("personId"))
        if who == me or str(row.get("personEmail", "")).endswith(("@webex.bot", "@sparkbot.io")):
            continue
        too_old = _before(limit, row)
        if not too_old or who not in told:
            found.append(row)
        if too_old:
            told.add(who)
    return found[::-1]


def event_of(row: Mapping[str, Any], *, direct: bool) -> Event:
    """The event that the socket would have brought for a REST message."""
    return Event(
        id=key_of(str(row["id"])),
        kind=SAID,
        room=key_of(str(row["roomId"])),
        actor=key_of(str(row["personId"])),
        direct=direct,
        host="",
        cluster=cluster_in(str(row["id"])),
    )


def is_newcomer(membership: Mapping[str, Any], since: float) -> bool:
    """Whether the bot came into that group space after a moment."""
    at = text.moment_of(membership.get("created"))
    return membership.get("roomType") != "direct" and at is not None and at >= since


def welcome_of(membership: Mapping[str, Any]) -> Event:
    """The event that the socket would have brought for the bot's own membership."""
    room = str(membership["roomId"])
    return Event(
        id=welcome_id(key_of(room)),
        kind=WELCOMED,
        room=key_of(room),
        actor="",
        direct=False,
        host="",
        cluster=cluster_in(room),
        at=text.moment_of(membership.get("created")),
    )


def _worth_waiting_for(problem: Exception) -> bool:
    return isinstance(problem, WebexError) and not isinstance(problem, Unauthorized)


def _before(moment: float, row: Mapping[str, Any], name: str = "created") -> bool:
    """Whether its time lies before a moment; one without a readable time counts as new."""
    at = text.said_at({"created": row.get(name)})
    return at is not None and at < moment
