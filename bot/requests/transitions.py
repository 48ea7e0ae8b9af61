"""The one place where a request changes state: the table of lifecycle, by compare-and-set.

Each step, and each decision, is written together with its entry in the audit trail, or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from bot import tally
from bot.audit import moment
from bot.errors import Refused
from bot.models import Sender
from bot.requests.lifecycle import ENDED, State, in_words, may_become, stage
from bot.store import approvals, audit
from bot.store import requests as rows
from bot.store.database import Store
from bot.store.requests import Moved, Request


@dataclass(frozen=True)
class Decided:
    """A person's verdict on a request, with the reason that goes with it."""

    verdict: str
    reason: str = ""


class Ledger:
    """Requests as rows, moved along the table and no other way."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock

    async def find(self, code: str) -> Request:
        """By code; Refused with a sentence where there is none."""
        found = await self._store.call(rows.find, code)
        if found is None:
            raise Refused(
                f"I know no request {code.strip().upper()[:12]}. Type “requests” to see yours."
            )
        tally.current().facts["request"] = found.code
        return found

    async def move(
        self,
        before: Request,
        to: State,
        *,
        by: Sender,
        decided: Decided | None = None,
        **values: Any,
    ) -> Request:
        """One step; Refused with the state in words where somebody else was first."""
        if not may_become(State(before.state), to):
            raise Refused(said(before))
        if to in ENDED:
            values.setdefault("told", 0)  # until the requester has heard it
        step = _Step(before, to, by, decided, values | _spent(before, to), self._clock())
        try:
            after = await self._store.call(step.write)
        except Moved as moved:
            raise Refused(said(moved.request or before)) from moved
        tally.current().facts["request"] = after.code
        return after


def _spent(before: Request, to: State) -> dict[str, Any]:
    """What this step took of Webex's time, to be kept with the others of its stage."""
    more = tally.current().take()
    at = stage(State(before.state), to)
    return {"spent": tally.added(before.spent, at, more)} if more else {}


@dataclass(frozen=True)
class _Step:
    before: Request
    to: State
    by: Sender
    decided: Decided | None
    values: dict[str, Any]
    now: float

    def write(self, db: Database) -> Request:
        """State, verdict and audit entry, in one transaction."""
        if self.decided and not self._note(db, self.decided):
            raise Refused(
                f"You have decided on {self.before.code} already; it needs somebody else as well."
            )
        after = rows.change(
            db, self.before, by=self.by.email, now=self.now, state=self.to.value, **self.values
        )
        if self.to is not State.DRAFT:
            self._audit(db, after)
        return after

    def _note(self, db: Database, decided: Decided) -> bool:
        return approvals.decide(
            db,
            self.before.code,
            self.by,
            verdict=decided.verdict,
            reason=decided.reason,
            now=self.now,
        )

    def _audit(self, db: Database, after: Request) -> None:
        """What became of the request: its plan when it is confirmed, its outcome when it ends."""
        detail: dict[str, Any] = {"operation": after.operation, "version": after.version}
        if self.decided:
            detail |= {"verdict": self.decided.verdict, "reason": self.decided.reason}
        if self.before.state == State.DRAFT and after.plan:
            detail |= {"title": after.plan["title"], "facts": after.plan["facts"]}
        if after.outcome and self.values.get("outcome"):
            detail |= {"outcome": after.outcome.get("title", "")}
        action = self.decided.verdict if self.decided else after.state
        if self.before.state == State.DRAFT and self.to is State.APPROVED:
            action = "confirmed"  # by the requester alone: the policy asks nobody else
        audit.append(
            db, at=moment(self.now), actor=self.by, action=action, request=after.code,
            digest=after.digest or "", detail=detail,
        )  # fmt: skip


def said(request: Request) -> str:
    """Where the request stands and who brought it there, for a press that came too late."""
    return in_words(request.code, State(request.state), request.changed_by, request.changed_at)
