"""The audit trail: who did what when, and whether anybody has touched it since."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from bot.models import Sender
from bot.store import audit as rows
from bot.store.audit import Entry
from bot.store.database import Store

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
SELF = Sender("", "provbot")  # who acted, where it was not a person
# Which request the calls of this task belong to, and who asked for them.
RUNNING: ContextVar[tuple[str, Sender]] = ContextVar("RUNNING", default=("", SELF))


@dataclass(frozen=True)
class Trail:
    """Adds entries. What must stand or fall with a change of state is added by the ledger instead."""

    store: Store
    clock: Callable[[], float]

    async def record(
        self,
        actor: Sender,
        action: str,
        *,
        request: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an entry by itself."""
        at = moment(self.clock())
        await self.store.call(
            rows.append, at=at, actor=actor, action=action, request=request, detail=detail
        )

    async def record_call(self, method: str, path: str, status: int, tracking_id: str) -> None:
        """A changing call to the admin APIs; its body may hold secrets and is left out."""
        request, actor = RUNNING.get()
        detail = {"method": method, "path": path, "status": status, "tracking_id": tracking_id}
        await self.record(actor, "call", request=request, detail=detail)

    async def last(self, limit: int) -> list[Entry]:
        """The newest entries, newest first."""
        return await self.store.call(rows.last, limit)


def moment(seconds: float) -> str:
    """Unix seconds → `2026-11-20T09:06:40.100Z`."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def verified(db: Database) -> tuple[int, list[str]]:
    """How many entries there are, and what is wrong: of one snapshot, while the bot goes on writing."""
    db.execute("BEGIN")  # to read only: `transaction` would keep everybody else from writing
    try:
        head = rows.head(db)
        return head[0], list(verify(rows.entries(db), head))
    finally:
        db.conn.rollback()


def verify(entries: Iterable[Entry], head: tuple[int, str]) -> Iterator[str]:
    """A sentence for each thing that is wrong with the chain; nothing where it is whole."""
    number, before = 0, ""
    for entry in entries:
        yield from _check(entry, number, before)
        number, before = entry.seq, entry.hash
    if number < head[0]:
        yield f"Entries {number + 1} to {head[0]} are missing at the end."
    elif (number, before) != head:
        yield f"Entry {number} is not the last one that was written."


def _check(entry: Entry, number: int, before: str) -> Iterator[str]:
    if entry.hash != rows.seal(entry.model_dump()):
        yield f"Entry {entry.seq} ({entry.at}, {entry.actor}, {entry.action}) was edited: its hash does not fit."
    if entry.seq != number + 1:
        yield f"Between entry {number} and entry {entry.seq} something was removed."
    elif entry.before != before:
        yield f"Entry {entry.seq} ({entry.at}) does not follow entry {number}: one of them was replaced or moved."


def export(entries: Iterable[Entry], style: str) -> Iterator[str]:
    """Lines of `jsonl` or `csv`."""
    if style == "jsonl":
        yield from (entry.model_dump_json() for entry in entries)
        return
    yield _csv(Entry.model_fields)
    yield from (_csv(str(value) for value in entry.model_dump().values()) for entry in entries)


def _csv(values: Iterable[str]) -> str:
    out = io.StringIO()
    # A cell that begins like a formula must not become one in a spreadsheet.
    safe = ("'" + value if value.startswith(FORMULA) else value for value in values)
    csv.writer(out).writerow(safe)  # what the line ends with is what makes it quote line breaks
    return out.getvalue().removesuffix("\r\n")
