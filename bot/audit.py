"""The audit trail: who did what and when, in a chain of hashes that shows tampering."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.core import logs, retry
from bot.core.errors import DatabaseUnavailable
from bot.core.models.audit import AuditEntry, TrailFilter
from bot.core.models.people import Sender
from bot.domain.tables import csv_line
from bot.store import audit as audit_table
from bot.store.database import Store
from bot.store.sql import Database, snapshot

log = logs.get_logger("audit")

SYSTEM_ACTOR = Sender("", "provbot")  # the actor of steps that no person takes
# The request that the calls of this task belong to, and its requester.
CURRENT_REQUEST: ContextVar[tuple[str, Sender]] = ContextVar("RUNNING", default=("", SYSTEM_ACTOR))


@dataclass(frozen=True)
class Trail:
    """Adds entries that belong to no change of state; Transitions adds the others."""

    store: Store
    clock: Callable[[], float]

    async def record(
        self,
        actor: Sender,
        action: str,
        *,
        request: str = "",
        detail: Mapping[str, Any] | None = None,
        flush: bool = True,
    ) -> None:
        """Add an entry in a transaction of its own; without `flush`, a power cut may undo it."""
        at, call = moment(self.clock()), self.store.call if flush else self.store.call_without_fsync
        await call(
            audit_table.append, at=at, actor=actor, action=action, request=request, detail=detail
        )

    async def record_call(self, method: str, path: str, status: int, tracking_id: str) -> None:
        """Record a changing call to the admin APIs, without its body, which may hold secrets."""
        request, actor = CURRENT_REQUEST.get()
        detail = {"method": method, "path": path, "status": status, "tracking_id": tracking_id}
        # The end of the step follows at once, and is flushed.
        record = partial(
            self.record, actor, "call", request=request, detail=detail, flush=not request
        )
        try:
            await retry.run(retry.NOTE_CALL, record)
        except DatabaseUnavailable:  # Webex's answer must not be lost for it
            log.exception("call_not_recorded", request=request)

    async def search(
        self, trail_filter: TrailFilter, limit: int, offset: int = 0
    ) -> list[AuditEntry]:
        """Return the newest entries that pass the filter, newest first."""
        return await self.store.call(audit_table.search, trail_filter, limit, offset)

    async def count(self, trail_filter: TrailFilter) -> int:
        """Count the entries that pass the filter."""
        return await self.store.call(audit_table.count, trail_filter)

    async def actors(self) -> list[str]:
        """Return the addresses of people who did something lately."""
        return await self.store.call(audit_table.actors)


def moment(seconds: float) -> str:
    """Unix seconds → `2026-11-20T09:06:40.100Z`."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def verified(db: Database) -> tuple[int, list[str]]:
    """Count and verify the entries of one snapshot, while the bot goes on writing."""
    with snapshot(db):  # `transaction` would block all writers
        return audit_table.head(db)[0], faults(db)


def faults(db: Database) -> list[str]:
    """Return a sentence for each fault, in the transaction of the caller."""
    return list(verify(audit_table.entries(db), audit_table.head(db)))


def verify(entries: Iterable[AuditEntry], head: tuple[int, str]) -> Iterator[str]:
    """Yield a sentence for each fault of the chain."""
    number, previous_hash = 0, ""
    for entry in entries:
        yield from _check(entry, number, previous_hash)
        number, previous_hash = entry.seq, entry.hash
    if number < head[0]:
        yield f"Entries {number + 1} to {head[0]} are missing at the end."
    elif (number, previous_hash) != head:
        yield f"Entry {number} is not the last one that was written."


def _check(entry: AuditEntry, number: int, previous_hash: str) -> Iterator[str]:
    if entry.hash != audit_table.row_hash(entry.model_dump()):
        yield (
            f"Entry {entry.seq} ({entry.at}, {entry.actor}, {entry.action}) was edited: its hash "
            "does not match."
        )
    if entry.seq != number + 1:
        yield f"Between entry {number} and entry {entry.seq} something was removed."
    elif entry.previous_hash != previous_hash:
        yield (
            f"Entry {entry.seq} ({entry.at}) does not follow entry {number}: one of them was "
            "replaced or moved."
        )


def export(entries: Iterable[AuditEntry], style: str) -> Iterator[str]:
    """Yield the entries as lines of `jsonl` or `csv`."""
    if style == "jsonl":
        yield from (entry.model_dump_json() for entry in entries)
        return
    fields = AuditEntry.model_fields.items()
    yield csv_line(field.alias or name for name, field in fields)
    yield from (csv_line(str(value) for value in entry.model_dump().values()) for entry in entries)
