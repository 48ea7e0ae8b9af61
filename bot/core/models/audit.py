"""Entries of the audit trail."""

import json

from bot.core.models.base import Value


class AuditEntry(Value):
    """One entry. `before`, `hash`: SHA-256 in hex; `at`: ISO 8601 in UTC; `detail`: JSON."""

    seq: int
    at: str
    actor_id: str
    actor: str
    action: str
    request: str
    digest: str
    detail: str
    before: str
    hash: str

    @property
    def about(self) -> str:
        """The most telling words of the detail."""
        try:
            detail = dict(json.loads(self.detail))
        except (ValueError, TypeError):  # somebody has edited it: for `provbot audit verify`
            return "not readable"
        names = ("outcome", "title", "who", "why", "reason", "operation", "method")
        return next((str(detail[name]) for name in names if detail.get(name)), "")
