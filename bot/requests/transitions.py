"""The only code that changes the states of requests and of their steps, as lifecycle allows.

Each transition and each vote is written in one transaction with its audit entry. A step that also
moves its request has one entry, that of the request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.audit import SYSTEM_ACTOR, moment
from bot.core import call_stats
from bot.core.errors import PrivateRefusal, Refused
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.domain.identity import same_account
from bot.domain.plan import Plan
from bot.requests.decision_views import who_changed
from bot.requests.journal import with_state
from bot.requests.lifecycle import ENDED, State, StepState, describe, is_allowed, stage
from bot.requests.step_transitions import skip
from bot.requests.views import half_done_outcome, was_stopped
from bot.requests.zones import Zones
from bot.store import approvals, audit
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from bot.store.database import Store
from bot.store.requests import StaleVersion
from bot.store.sql import Database


@dataclass(frozen=True)
class DecisionInput:
    """A person's verdict on a request, with its reason."""

    verdict: str
    reason: str = ""
    named: bool = True  # whether the person named the request; else it is the only one that waits


class Transitions:
    """Finds requests and applies transitions to them."""

    def __init__(self, store: Store, clock: Callable[[], float], zones: Zones) -> None:
        self._store, self.clock, self._zones = store, clock, zones

    async def find(self, code: str) -> Request:
        """Return the request with this code; Refused if there is none."""
        request = await self._store.call(find_or_refuse, code)
        call_stats.current().facts["request"] = request.code
        return request

    async def apply(
        self,
        before: Request,
        to: State,
        *,
        by: Sender,
        decided: DecisionInput | None = None,
        why: str = "",
        flush: bool = True,
        **values: Any,
    ) -> Request:
        """Change the state; Refused with the state in words if somebody else was faster.

        `why` goes into the audit trail: why no approval was needed. Without `flush`, a power cut
        may undo it until the next transaction that is flushed.
        """
        if not is_allowed(State(before.state), to):
            raise self.refusal(before, by)
        if to in ENDED:
            values.setdefault("told", 0)  # until the requester is notified
        values |= _spent(before, to)
        transition = _Transition(before, to, by, decided, why, values, self.clock())
        try:
            call = self._store.call if flush else self._store.call_without_fsync
            after = await call(transition.write)
        except StaleVersion as moved:
            raise self.refusal(moved.request or before, by) from moved
        call_stats.current().facts["request"] = after.code
        return after

    async def keep_form(self, request: Request) -> Request:
        """Store the inputs and the reason of a draft that has no plan, or no longer."""
        return await self.apply(
            request,
            State.DRAFT,
            by=request.requester,
            inputs=request.inputs,
            reason=request.reason,
            plan=None,
            digest=None,
        )

    async def keep_plan(self, request: Request, planned: Plan) -> Request:
        """Store the plan of a draft, with its inputs and its reason."""
        return await self.apply(
            request,
            State.DRAFT,
            by=request.requester,
            inputs=request.inputs,
            reason=request.reason,
            plan=planned.model_dump(mode="json"),
            digest=planned.digest(),
            planned_at=self.clock(),
        )

    def refusal(self, request: Request, reader: Sender) -> PrivateRefusal:
        """The state and who caused it, in words for somebody whose press came too late."""
        is_system = request.changed_by == SYSTEM_ACTOR.email and not was_stopped(request)
        by = "" if is_system else who_changed(request)
        at = self._zones.of(request, reader).phrase(request.changed_at)
        outcome = half_done_outcome(request)
        return PrivateRefusal(describe(request.code, State(request.state), by, at, outcome))


def find_or_refuse(db: Database, code: str) -> Request:
    """The request with this code, within the caller's transaction; Refused if there is none."""
    request = requests_table.find(db, code)
    if request is None:
        raise Refused(
            f"There is no request {code.strip().upper()[:12]}. Type “requests” to see yours."
        )
    return request


def _spent(before: Request, to: State) -> dict[str, Any]:
    """The call statistics of this transition, added to those of its stage."""
    spent = call_stats.current().drain()
    stage_name = stage(State(before.state), to)
    return {"spent": call_stats.merge_spent(before.spent, stage_name, spent)} if spent else {}


@dataclass(frozen=True)
class _Transition:
    before: Request
    to: State
    by: Sender
    decided: DecisionInput | None
    why: str
    values: dict[str, Any]
    now: float

    def write(self, db: Database) -> Request:
        """Write state, vote and audit entry in one transaction."""
        if self.decided and not self._record_vote(db, self.decided):
            raise Refused(
                f"You have decided on {self.before.code} already."
                " It also needs a decision by somebody else."
            )
        after = requests_table.change(
            db, self.before, by=self.by.email, now=self.now, state=self.to.value,
            **self._newest_name(), **self.values,
        )  # fmt: skip
        if self.to is not State.DRAFT:
            self._write_journal(db, after)
            self._audit(db, after)
        return after

    def _write_journal(self, db: Database, after: Request) -> None:
        """The journal begins at Confirm; what is not begun when a request ends never is."""
        if self.before.state == State.DRAFT and self.to in (State.WAITING, State.APPROVED):
            steps_table.create(db, after.code, (after.plan or {})["steps"], self.now)
        elif self.to in ENDED:
            skip(db, with_state(steps_table.of(db, after.code), StepState.PENDING), self.now)

    def _newest_name(self) -> dict[str, str]:
        """The requester's name, as read for the press that made this transition."""
        is_requester = same_account(self.by.person_id, self.before.requester.person_id)
        return {"requester_name": self.by.name} if is_requester and self.by.name else {}

    def _record_vote(self, db: Database, decided: DecisionInput) -> bool:
        return approvals.decide(
            db,
            self.before.code,
            self.by,
            verdict=decided.verdict,
            reason=decided.reason,
            now=self.now,
        )

    def _audit(self, db: Database, after: Request) -> None:
        """Add the audit entry, with the plan at Confirm and the outcome at the end."""
        detail: dict[str, Any] = {"operation": after.operation, "version": after.version}
        if self.decided:
            detail |= {"verdict": self.decided.verdict, "reason": self.decided.reason}
        if self.why:
            detail |= {"no_approval": self.why}
        if self.before.state == State.DRAFT and after.plan:
            detail |= {"title": after.plan["title"], "facts": after.plan["facts"]}
            detail |= {"reason": after.reason} if after.reason else {}
        if after.outcome and self.values.get("outcome"):
            detail |= {"outcome": after.outcome.get("title", "")}
        action = self.decided.verdict if self.decided else after.state
        if self.before.state == State.DRAFT and self.to is State.APPROVED:
            action = "confirmed"  # the policy requires no approval
        audit.append(
            db,
            at=moment(self.now),
            actor=self.by,
            action=action,
            request=after.code,
            digest=after.digest or "",
            detail=detail,
        )
