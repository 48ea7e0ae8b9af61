"""An inbox over a real database, in front of a stand-in for the dispatch that fails on demand."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from bot.chat.event_reader import IncomingEvent
from bot.chat.events import MESSAGE, Event
from bot.chat.inbox import Inbox
from bot.core.errors import (
    Conflict,
    DatabaseUnavailable,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    Unreached,
    WebexError,
)
from bot.core.models.people import Place, Sender
from bot.requests.interaction import Reply
from bot.store import events
from bot.store.database import Store
from tests.bot.requests.inline_store import CrashTimer, InlineStore
from tests.virtual_clock import virtually

DONE = ["begin a", "answer a", "post a", "end a"]


def event(name: str, actor: str = "ann", room: str = "room") -> Event:
    """A direct message."""
    return Event(name, MESSAGE, room, actor, direct=True, host="")


@dataclass
class Answering:
    """Stands in for the dispatch: records each stage in `order`, raises the given exceptions."""

    failing: dict[str, list[Exception]] = field(default_factory=dict)  # by id, while it is read
    answering: list[Exception] = field(default_factory=list)
    posting: list[Exception] = field(default_factory=list)
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    async def read(self, event: Event) -> IncomingEvent:
        """Read an event; wait first if it is slow."""
        self.order.append(f"begin {event.id}")
        if event.id in self.slow:
            await self.slow[event.id].wait()
        _fail(self.failing.get(event.id, []))
        return IncomingEvent(event.id, Sender("ann", "ann@example.com"), Place("room", direct=True))

    async def answer(self, incoming: IncomingEvent, _waited: float) -> tuple[Reply, ...]:
        """Return the reply."""
        self.order.append(f"answer {incoming.event_id}")
        _fail(self.answering)
        return (Reply(incoming.event_id),)

    async def post(self, incoming: IncomingEvent, _reply: Reply) -> None:
        """Post the reply."""
        self.order.append(f"post {incoming.event_id}")
        _fail(self.posting)
        self.order.append(f"end {incoming.event_id}")

    def notice_while_reading(self, _event: Event) -> AbstractContextManager[None]:
        """Post no notice."""
        return nullcontext()

    async def tell_unreadable(self, event: Event, _waited: float, why: WebexError) -> None:
        """Record that Webex never returned the event."""
        self.order.append(f"unread {event.id} {why.status}")


def answering_with(stage: str, problems: list[Exception]) -> Answering:
    """A stand-in that fails while it reads, or while it posts."""
    if stage == "reading":
        return Answering(failing={"a": problems})
    return Answering(posting=problems)


def _fail(problems: list[Exception]) -> None:
    if problems:
        raise problems.pop(0)


def inbox(store: Store, answering: Answering) -> Inbox[Reply]:
    """An inbox in front of the stand-in."""
    return Inbox(store, answering)


async def unhandled(store: Store) -> set[str]:
    """The ids of the events that are not handled."""
    return {str(row.event["id"]) for row in await store.call(events.unhandled)}


def hours(
    tmp_path: Path, answering: Answering, kind: type[InlineStore] = InlineStore
) -> tuple[set[str], float]:
    """Take one event: the ids that stay unhandled, and the seconds until the inbox is finished."""

    async def work() -> set[str]:
        store = kind(tmp_path / "provbot.db", CrashTimer())  # a thread would not know of this time
        try:
            box = inbox(store, answering)
            await box.take(event("a"))
            await box.finish(1e6)
            return await unhandled(store)
        finally:
            store.close()

    return virtually(work)


OUTAGES = [
    Unavailable(503, "Down."),
    OutcomeUnknown(504, "?"),
    RateLimited(429, "Slow.", retry_after=9),
    DatabaseUnavailable("database is locked"),
]
REFUSALS = [
    *(WebexError(status, "No.") for status in (400, 405, 409, 410, 415, 451)),
    Forbidden(403, "No."),
    NotFound(404, "No."),
    Conflict(409, "No."),
    Unreached(401, "For a moment."),
]
