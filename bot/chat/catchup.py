"""After an outage: fetches the messages and new spaces that the socket did not bring.

Everything goes into the same inbox as the socket's events. Sources: docs/webex/messaging.md §3.4
and §3.5 (rooms by last activity; messages newest first; in group spaces a bot may list only
messages that mention it; a bot lists its own memberships at once), §5 item 7. Presses of buttons
cannot be listed.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bot.chat import message_text
from bot.chat.events import JOINED, MESSAGE, Event, join_id
from bot.core import logs, retry
from bot.core.errors import WebexError
from bot.core.models.text import clean
from bot.store import checkpoint
from bot.store.database import Store
from bot.webex.messaging import MessagesApi, cluster_in, key_of
from bot.webex.responses import timestamp

log = logs.get_logger("catchup")

T = TypeVar("T")

SWEEP_INTERVAL = 300.0  # seconds between checks that the open socket still brings messages
SWEPT_ROOMS = 5  # the most active ones suffice to notice a dead socket
DELIVERY_TIMEOUT = 60.0  # seconds after which the socket no longer brings a message
MARGIN = 2 * SWEEP_INTERVAL  # seconds before the checkpoint: a dead socket is noticed late
MAX_AGE = 7 * 24 * 3600.0  # seconds; the inbox remembers handled events for as long
MAX_CONCURRENT_ROOMS = 4
MAX_TIME_LENGTH = 40  # of a time in a message


@dataclass(frozen=True)
class Gap:
    """A period without a socket, in Unix seconds, and the number of messages fetched for it."""

    since: float
    until: float
    fetched: int

    @property
    def seconds(self) -> float:
        """The length of the period."""
        return self.until - self.since


@dataclass
class CatchUp:
    """Knows up to when everything was received, and fetches the rest. `me` is the bot's REST id."""

    messages: MessagesApi
    store: Store
    take: Callable[[Event], Awaitable[bool]]  # whether the event was new to the inbox
    me: str
    clock: Callable[[], float]  # Webex's time, which dates the messages
    age_limit: float  # seconds; of older messages only the newest of each person is taken
    act_after: float = 0.0  # Unix seconds; the same for messages written before
    _received_until: float = 0.0
    _is_complete: bool = False  # nothing is missing between the checkpoint and `_received_until`
    _room_slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_ROOMS)
    )

    def connected(self) -> None:
        """Hold the checkpoint until the gap before this connection is filled."""
        self._is_complete = False

    def frame_received(self) -> None:
        """Note that the socket is alive."""
        self._received_until = self.clock()

    async def save_checkpoint(self) -> None:
        """Advance the checkpoint, so that a restart fetches no more than it has to."""
        if self._is_complete:
            await self.store.call(checkpoint.set_received_until, self._received_until)

    async def run(self) -> Gap:
        """Fetch everything since the checkpoint, however long it takes.

        The first start fetches nothing. The checkpoint stays until `filled`: if the process dies
        before, the next one begins at the same point.
        """
        now = self.clock()
        saved = await self.store.call(checkpoint.received_until)
        if saved is None:
            await self.store.call(checkpoint.set_received_until, now)
            return Gap(now, now, 0)
        since = max(fetch_since(saved, now, self.age_limit), now - MAX_AGE)
        fetched = await retry.run(retry.CATCH_UP, lambda: self._fetch_all(since))
        return Gap(min(saved, now), now, fetched)

    async def filled(self, gap: Gap) -> None:
        """Let the checkpoint advance again: the people who pressed a button in the gap know it."""
        self._received_until = max(self._received_until, gap.until)
        self._is_complete = True
        await self.save_checkpoint()

    async def sweep(self) -> bool:
        """Whether there is a message that the open socket should have brought and did not."""
        try:
            fetched = await self._fetch(self.clock() - MARGIN, max_rooms=SWEPT_ROOMS)
        except WebexError as error:
            log.warning("sweep_failed", status=error.status)
            return False
        return fetched > 0

    async def _fetch_all(self, since: float) -> int:
        fetched = await self._fetch(since)
        await self._take_joins(max(since, await self.store.call(checkpoint.began_at)))
        return fetched

    async def _take_joins(self, since: float) -> None:
        """Take the spaces that added the bot while it was offline. One call lists a hundred."""

        async def joins() -> list[Event]:
            async with aclosing(self.messages.memberships()) as memberships:
                return [join_event(row) async for row in memberships if is_join(row, since)]

        for event in await _list_or_skip(joins, "memberships"):
            await self.take(event)

    async def _fetch(self, since: float, max_rooms: int | None = None) -> int:
        """Take the messages; returns how many were new. A sweep takes only late ones."""
        rooms = [room async for room in self._active_rooms(since, max_rooms)]
        is_sweep = max_rooms is not None
        counts = await asyncio.gather(
            *(self._fetch_room(room, since, is_sweep=is_sweep) for room in rooms)
        )
        if sum(counts):
            log.info("caught_up", messages=sum(counts), rooms=len(rooms))
        return sum(counts)

    async def _active_rooms(
        self, since: float, max_rooms: int | None
    ) -> AsyncIterator[Mapping[str, Any]]:
        count = 0
        async with aclosing(self.messages.rooms()) as rooms:
            async for room in rooms:
                if _is_before(since, room, "lastActivity") or count == max_rooms:
                    return
                count += 1
                yield room

    async def _fetch_room(self, room: Mapping[str, Any], since: float, *, is_sweep: bool) -> int:
        direct = room.get("type") == "direct"
        until = self.clock() - DELIVERY_TIMEOUT if is_sweep else math.inf

        async def list_messages() -> list[Mapping[str, Any]]:
            async with self._room_slots:
                messages = self._messages_since(str(room["id"]), since, direct=direct)
                return [message async for message in messages]

        newest_first = (
            await list_messages()
            if is_sweep
            else await _list_or_skip(list_messages, "messages of a space")
        )
        async with self._room_slots:
            oldest = max(self.clock() - self.age_limit, self.act_after)
            due = [
                message
                for message in worth_answering(newest_first, self.me, oldest)
                if _is_before(until, message)
            ]
            return sum([await self._take(row, direct=direct, is_sweep=is_sweep) for row in due])

    async def _take(self, message: Mapping[str, Any], *, direct: bool, is_sweep: bool) -> bool:
        """Take a message; if it was received before, take its last edit.

        The socket names an edit by an id that cannot be listed, so that an edit may be taken twice:
        it is recognized by what it says. A sweep only looks for what the socket did not bring.
        """
        event = message_event(message, direct=direct)
        if await self.take(event):
            return True
        return not is_sweep and "updated" in message and await self.take(edit_event(event, message))

    async def _messages_since(
        self, room_id: str, since: float, *, direct: bool
    ) -> AsyncIterator[Mapping[str, Any]]:
        async with aclosing(self.messages.in_room(room_id, direct=direct)) as messages:
            async for message in messages:
                if _is_before(since, message):
                    return
                yield message


def fetch_since(saved: float, now: float, age_limit: float) -> float:
    """When to begin. A checkpoint in the future came from a wrong clock: then use the age limit."""
    return saved - MARGIN if saved <= now + MARGIN else now - age_limit - MARGIN


async def _list_or_skip(work: Callable[[], Awaitable[list[T]]], label: str) -> list[T]:
    """The list, or nothing if Webex refuses it for minutes, as in a space that removed the bot."""
    try:
        return await retry.run(retry.LIST, work)
    except WebexError as error:
        if not retry.is_refusal(error):
            raise
        log.warning("list_failed", what=label, status=error.status)
        return []


def worth_answering(
    newest_first: Iterable[Mapping[str, Any]], me: str, limit: float
) -> list[Mapping[str, Any]]:
    """The people's messages, oldest first; of those before `limit` only each person's newest."""
    to_answer: list[Mapping[str, Any]] = []
    authors_seen: set[str] = set()
    for message in newest_first:
        person_id = str(message.get("personId"))
        email = str(message.get("personEmail", ""))
        if person_id == me or email.endswith(("@webex.bot", "@sparkbot.io")):
            continue
        too_old = _is_before(limit, message)
        if not too_old or person_id not in authors_seen:
            to_answer.append(message)
        if too_old:
            authors_seen.add(person_id)
    return to_answer[::-1]


def message_event(message: Mapping[str, Any], *, direct: bool) -> Event:
    """The event that the socket would have brought for a REST message."""
    return Event(
        id=key_of(str(message["id"])),
        kind=MESSAGE,
        room=key_of(str(message["roomId"])),
        actor=key_of(str(message["personId"])),
        direct=direct,
        host="",
        cluster=cluster_in(str(message["id"])),
    )


def edit_event(event: Event, message: Mapping[str, Any]) -> Event:
    """The event of the last edit of a message, whose own event is given."""
    updated = clean(str(message["updated"]), MAX_TIME_LENGTH)
    return replace(
        event, id=f"{event.id} edited {updated}", message=event.id, at=timestamp(updated)
    )


def is_join(membership: Mapping[str, Any], since: float) -> bool:
    """Whether the bot joined this group space at or after `since`."""
    created = timestamp(membership.get("created"))
    return membership.get("roomType") != "direct" and created is not None and created >= since


def join_event(membership: Mapping[str, Any]) -> Event:
    """The event that the socket would have brought for the bot's own membership."""
    room_id = str(membership["roomId"])
    return Event(
        id=join_id(key_of(room_id)),
        kind=JOINED,
        room=key_of(room_id),
        actor="",
        direct=False,
        host="",
        cluster=cluster_in(room_id),
        at=timestamp(membership.get("created")),
    )


def _is_before(moment: float, row: Mapping[str, Any], name: str = "created") -> bool:
    """Whether the row's time is before `moment`. A row without a readable time counts as new."""
    created = message_text.sent_at({"created": row.get(name)})
    return created is not None and created < moment
