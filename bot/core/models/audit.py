"""Entries of the audit trail."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, Field

from bot.core.models.base import Value


class AuditEntry(Value):
    """One entry. Both hashes: SHA-256 in hex; `at`: ISO 8601 in UTC; `detail`: JSON.

    `previous_hash`, of the entry before, is stored and exported as `before`.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    seq: int
    at: str
    actor_id: str
    actor: str
    action: str
    request: str
    digest: str
    detail: str
    previous_hash: str = Field(alias="before")
    hash: str

    @property
    def facts(self) -> dict[str, Any]:
        """The detail; empty if it cannot be read: somebody has edited it (`audit verify`)."""
        try:
            return dict(json.loads(self.detail))
        except (ValueError, TypeError):
            return {}

    @property
    def about(self) -> str:
        """The first of outcome, title, who, why, reason, operation and method in the detail.

        Empty if it has none of them; `not readable` if it cannot be read.
        """
        detail = self.facts
        if not detail and self.detail != "{}":
            return "not readable"
        names = ("outcome", "title", "who", "why", "reason", "operation", "method")
        return next((str(detail[name]) for name in names if detail.get(name)), "")


@dataclass(frozen=True)
class TrailFilter:
    """Which entries are meant: all if it is empty.

    `people` are addresses, of those who did it or whom it is about. `since` and `until` are ISO
    8601 in UTC; `until` is exclusive.
    """

    request: str = ""
    people: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
