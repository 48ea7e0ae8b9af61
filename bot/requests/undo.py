"""What the policy says about a plan, and when an undo needs no approval although it asks for one.

People may take back what they have just done themselves. Anything that is not verified to be
exactly that follows the policy.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.models.people import Grant
from bot.core.models.requests import Request
from bot.domain import policy
from bot.domain.identity import same_account
from bot.domain.plan import Outcome, Plan, Undo
from bot.domain.policy import Decision
from bot.operations.undo import NOTHING_LEFT
from bot.requests import views
from bot.requests.authorization import Authorization
from bot.requests.lifecycle import PLAN_LIFETIME, UNDER_WAY, State
from bot.requests.listings import about
from bot.store import approvals as approvals_table
from bot.store import requests as requests_table
from bot.store.database import Store
from bot.store.sql import Database

UNDO_TOO_LATE = (
    "The time in which you can undo {code} without approval is over. Nothing was confirmed. To ask"
    " for approval, confirm this plan."
)


NOT_UNDOABLE = "{code} ({about}) cannot be undone."
NOT_UNDOABLE_NOW = (
    "{code} cannot be undone now. Nothing was changed. {why} To try again later, type: undo {code}"
)
NOT_UNDOABLE_ANY_MORE = "{code} cannot be undone any more. Nothing was changed. {why}"
LAST_UNDOABLE = (
    "The newest request that can be undone is {code} ({about}). To undo it, type: undo {code}"
)
FREE_UNDO = "The undo of {code} does the same and needs no approval. Type: undo {code}"
UNDO_BEING_MADE = (
    "{code} is the undo of {original}. I am still checking what it would change. Please wait for"
    " its plan."
)
UNDO_REST = (
    "{code} is the undo of {original}, and did a part of it. To take back the rest, type: undo"
    " {original}"
)
MAX_READ = 20  # of the newest changes of a person, to find one that can be undone


@dataclass(frozen=True)
class PlanDecision:
    """What the policy says about a plan.

    `undoes` is the request whose undo needs no approval, up to `until` in Unix seconds.
    """

    decision: Decision
    undoes: str = ""
    until: float = 0.0

    @property
    def needs_approval(self) -> bool:
        """Whether somebody else must approve it."""
        return self.decision is Decision.ASK

    @property
    def reason(self) -> str:
        """Why no approval was needed although the policy asks for it, for the audit trail."""
        return f"undo of {self.undoes} by the person who did it" if self.undoes else ""

    def status(self, now: float) -> str:
        """What the plan's card says: who decides, and until when the plan can be confirmed."""
        if self.needs_approval:
            return "needs approval"
        if not self.undoes:
            return views.OPEN_FOR
        minutes = int(min(max((self.until - now) / 60, 1), PLAN_LIFETIME / 60))
        unit = "minute" if minutes == 1 else "minutes"
        return f"undo of {self.undoes}, needs no approval. Confirm within {minutes} {unit}."


@dataclass(frozen=True)
class PlanDecisions:
    """Decides on plans with the roles, the policy and the requests of this moment."""

    store: Store
    authorization: Authorization
    clock: Callable[[], float]

    async def of(
        self, request: Request, planned: Plan, grants: tuple[Grant, ...], at: float | None = None
    ) -> PlanDecision:
        """Decide on the plan of a request, as the time was `at`. Denied if the policy says no."""
        decision = self.authorization.check(request.operation, grants, planned.reach)
        if decision is not Decision.ASK or not request.undoes:
            return PlanDecision(decision)
        original = await self.store.call(_own_change, request)
        if original is None or not self._may_still_do(original, grants):
            return PlanDecision(decision)
        until = original.changed_at + self.authorization.undo_minutes * 60.0
        if not _is_in_time(request, self.clock() if at is None else at, until):
            return PlanDecision(decision)
        if not is_exactly_undone(original, request, planned):
            return PlanDecision(decision)
        return PlanDecision(Decision.DO, original.code, until)

    async def too_late_note(self, request: Request, shown: Plan, grants: tuple[Grant, ...]) -> str:
        """Say that an undo needs approval now, if its card says that it needs none; else empty."""
        if not request.undoes or not (await self.of(request, shown, grants)).needs_approval:
            return ""
        before = await self.of(request, shown, grants, at=request.planned_at)
        return "" if before.needs_approval else UNDO_TOO_LATE.format(code=request.undoes)

    async def free_undo_note(
        self, request: Request, planned: Plan, grants: tuple[Grant, ...]
    ) -> str:
        """Name the undo that does the same without approval; empty if there is none."""
        if request.undoes:
            return ""
        since = self.clock() - self.authorization.undo_minutes * 60.0
        for original in await self.store.call(_own_changes, request, since):
            if is_exactly_undone(original, request, planned) and self._may_still_do(
                original, grants
            ):
                return FREE_UNDO.format(code=original.code)
        return ""

    def _may_still_do(self, original: Request, grants: tuple[Grant, ...]) -> bool:
        """Whether the original operation needs no approval at its place, by the rules of now."""
        locations = Plan.model_validate(original.plan).locations
        rules = self.authorization.policy
        decision = policy.decide_everywhere(original.operation, grants, locations, rules)
        return decision is Decision.DO


def _own_change(db: Database, request: Request) -> Request | None:
    """The request that is undone, if its requester did it alone, and this is its only undo."""
    original = requests_table.find(db, request.undoes)
    if original is None or original.state != State.DONE or not original.plan:
        return None
    if not same_account(original.requester.person_id, request.requester.person_id):
        return None
    undoing = requests_table.undoing(db, original.code)
    is_only_undo = undoing is not None and undoing.code == request.code
    was_approved = bool(approvals_table.votes(db, original.code))
    return original if is_only_undo and not was_approved else None


def _own_changes(db: Database, request: Request, since: float) -> list[Request]:
    """What the requester did alone and in this space since then, and did not take back."""
    return [
        change
        for change in requests_table.done(db, request.requester.person_id, MAX_READ, since)
        if change.plan
        and change.changed_at > since
        and change.place.room_id == request.place.room_id
        and _is_not_undone(db, change)
        and not approvals_table.votes(db, change.code)
    ]


def _is_not_undone(db: Database, change: Request) -> bool:
    """Whether its undo can still be confirmed; one whose plan is open is shown again."""
    undoing = requests_table.undoing(db, change.code)
    return undoing is None or undoing.state == State.DRAFT


def _is_in_time(request: Request, now: float, until: float) -> bool:
    """The time counts until Confirm; from then on a request only waits for its turn."""
    return now < until or State(request.state) in UNDER_WAY


def why_not_now(code: str, why: str) -> str:
    """That an undo has no plan; it is worth another try unless nothing is left for it."""
    is_over = why.startswith(NOTHING_LEFT)
    return (NOT_UNDOABLE_ANY_MORE if is_over else NOT_UNDOABLE_NOW).format(code=code, why=why)


def not_undoable(db: Database, request: Request, why: str) -> str:
    """What the request was, why nothing takes it back, and which earlier change can be undone."""
    sentences = [NOT_UNDOABLE.format(code=request.code, about=about(request)), why]
    last = _last_undoable(db, request)
    if last:
        sentences.append(LAST_UNDOABLE.format(code=last.code, about=about(last)))
    return " ".join(filter(None, sentences))


def _last_undoable(db: Database, request: Request) -> Request | None:
    """The last change by the same person in the same space that was not undone and can be."""
    for change in requests_table.done(db, request.requester.person_id, MAX_READ):
        is_here = change.place.room_id == request.place.room_id and not change.undoes
        if is_here and undo_of(change) and _is_not_undone(db, change):
            return change
    return None


def lost_by_undo(db: Database, request: Request) -> str:
    """What the undo `request` cannot bring back; empty if nothing, or if it is no undo."""
    original = requests_table.find(db, request.undoes) if request.undoes else None
    undo = undo_of(original) if original else None
    return undo.note if undo else ""


def undo_of(request: Request) -> Undo | None:
    """What takes back the change of a request; None if nothing does."""
    return Outcome.model_validate(request.outcome or {"title": ""}).undo


def is_exactly_undone(original: Request, request: Request, planned: Plan) -> bool:
    """Whether the plan is about exactly what the original request made, where it made it."""
    undo, before = undo_of(original), Plan.model_validate(original.plan)
    if undo is None or not undo.made or undo.operation != request.operation:
        return False
    target = planned.first.details | {"subject": planned.first.subject}
    is_same = all(target.get(name) == value != "" for name, value in undo.made.items())
    places = zip(planned.locations, before.locations, strict=True)
    return is_same and all(now.is_same(then) for now, then in places)
