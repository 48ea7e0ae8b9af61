"""Moves of the steps of a request that runs; its state follows them in the same transaction."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from bot.audit import SYSTEM_ACTOR, moment
from bot.core import call_stats
from bot.core.models.followed import FollowedDevice, FollowTarget, Removed
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.lists.rows import row_number
from bot.domain.plan import Step
from bot.requests import journal
from bot.requests.lifecycle import ENDED, STEP_TRANSITIONS, UNDER_WAY, State, StepState
from bot.store import audit, followed, watched
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from bot.store.database import Store
from bot.store.sql import Database

STOPPED = "Stopped by {who}."  # why a step that was skipped never began
# What is stored of the end of a request, given its state and its steps.
Conclude: TypeAlias = Callable[[State, Sequence[StepRecord]], dict[str, Any]]


@dataclass(frozen=True)
class RunState:
    """A request and its steps, as one transaction left them."""

    request: Request
    steps: tuple[StepRecord, ...]
    known_layout: journal.Layout | None = field(default=None, compare=False, repr=False)

    @cached_property
    def layout(self) -> journal.Layout:
        """Where its steps are; the same after each move, so it is passed on."""
        return self.known_layout or journal.Layout.of(self.steps)

    def step(self, key: str) -> StepRecord:
        """The step with this key."""
        return self.steps[self.layout.positions[key]]

    def next_due(self, subject: str, given_up: Collection[str] = ()) -> StepRecord | None:
        """The next step about this subject; see `journal.due_by_subject`."""
        about_it = (self.steps[position] for position in self.layout.by_subject[subject])
        return journal.next_due(about_it, given_up, self.is_done)

    def with_first(
        self, first: StepRecord, limit: int, given_up: Collection[str] = ()
    ) -> list[StepRecord]:
        """The step and those right after it that can be sent, or looked up, together with it."""
        positions = self.layout.by_subject[journal.step_of(first).subject]
        about_it = (self.steps[position] for position in positions)
        return journal.with_same_call(first, about_it, limit, given_up, self.is_done)

    def is_done(self, key: str) -> bool:
        """Whether the step with this key is done."""
        return self.step(key).state == StepState.DONE

    def with_steps(self, changed: Iterable[StepRecord]) -> "RunState":
        """The same with these steps as they are now."""
        steps = list(self.steps)
        for step in changed:
            steps[self.layout.positions[step.key]] = step
        return RunState(self.request, tuple(steps), self.layout)

    def with_request(self, request: Request) -> "RunState":
        """The same with the request as it is now."""
        return RunState(request, self.steps, self.layout)

    def ended_unbegun(self, ended: Request) -> "RunState":
        """After the request `ended` before a step began: none ever does."""
        skipped = {"state": StepState.SKIPPED.value}
        pending = journal.with_state(self.steps, StepState.PENDING)
        after = self.with_steps(step.model_copy(update=skipped) for step in pending)
        return after.with_request(ended)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is done for it."""
        return self.request.state in ENDED


@dataclass(frozen=True)
class RunStates:
    """Reads requests with their steps; those that run, only if others have changed them.

    A run of a thousand steps looks at them at each move. Used in the store's thread.
    """

    # By code, as last read or written, with its mark in the database at that moment.
    _running: dict[str, tuple[RunState, int | None]] = field(default_factory=dict)

    def read(self, db: Database, code: str) -> RunState:
        """The request and its steps as they are."""
        known, mark = self._running.get(code, (None, None))
        if known is None:
            request = requests_table.find_or_fail(db, code)
            return RunState(request, tuple(steps_table.of(db, code)))
        if mark is not None and mark == watched.mark(db, code):
            return known
        request = requests_table.find_again(db, known.request)
        # Only this run adds to it, and stores it when the request changes its state: with its
        # plan, the row of a long list is half a megabyte.
        request = request.model_copy(update={"spent": known.request.spent})
        steps = steps_table.of_again(db, code, known.steps)
        return self.written(db, RunState(request, tuple(steps), known.layout))

    def written(self, db: Database, state: RunState) -> RunState:
        """Note a state that the database has now, if its request runs; returns the state."""
        code = state.request.code
        if code in self._running:
            self._running[code] = state, watched.mark(db, code)
        return state

    def begin(self, db: Database, request: Request) -> RunState:
        """Read a request whose run begins; it is kept until `end`."""
        code = request.code
        now = requests_table.find_again(db, request)  # its plan takes megabytes: one is enough
        state = RunState(now, tuple(steps_table.of(db, code)))
        watched.watch(db, {*self._running, code})
        self._running[code] = state, watched.mark(db, code)
        return state

    def end(self, code: str) -> None:
        """Forget a request whose run ended."""
        self._running.pop(code, None)


@dataclass(frozen=True)
class StepResult:
    """What came of a step. `unclear`: it may have been done although it failed."""

    state: StepState
    result: dict[str, Any] | None = None  # its outcome, without secrets
    reason: str = ""
    unclear: bool = False
    reference: str = ""
    tracking_id: str = ""
    follow: FollowTarget | None = None  # what it added, to be followed until it registers
    removed: Removed | None = None  # what is followed no more

    def columns(self) -> dict[str, Any]:
        """The columns of the journal but the state."""
        return {
            "result": self.result,
            "reason": self.reason,
            "unclear": int(self.unclear),
            "reference": self.reference,
            "tracking_id": self.tracking_id,
        }


@dataclass(frozen=True)
class _Entry:
    """The audit entry of a transition: which steps moved, what else is said, and who did it."""

    moved: Sequence[str] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    by: Sender = SYSTEM_ACTOR


@dataclass(frozen=True)
class StepTransitions:
    """Writes what becomes of the steps. No other code changes their state."""

    store: Store
    clock: Callable[[], float]
    states: RunStates = field(default_factory=RunStates)

    async def read(self, code: str) -> RunState:
        """The request and its steps as they are."""
        return await self.store.call_without_fsync(self.states.read, code)

    async def resume(self, request: Request) -> RunState:
        """A run begins. After a restart, the outcome of steps that were being sent is unknown."""
        return await self.store.call(_resume, self.states, request, self.clock())

    async def earliest(self, step: Step) -> float:
        """When a step may begin, in Unix seconds; 0 if at once."""
        if not step.spacing:
            return 0.0
        network, since = step.details.get("network", ""), self.clock() - step.spacing
        find = steps_table.last_spaced
        last = await self.store.call_without_fsync(find, step.subject, network, since)
        return 0.0 if last is None else last + step.spacing

    async def last_change(self, subject: str, other_than: str) -> float:
        """When another request last moved a step of this subject, in Unix seconds; 0: never."""
        return await self.store.call_without_fsync(steps_table.last_change, subject, other_than)

    async def removed_by(self, step: StepRecord) -> str:
        """The other request that did the same removal since the step was sent; empty if none.

        A device that is gone tells nothing about who removed it.
        """
        return await self.store.call_without_fsync(steps_table.removed_by, step)

    async def begin(self, step: StepRecord) -> RunState:
        """Note that a step is about to be sent.

        If the request was stopped or has ended, nothing is noted: then the step is not `running`.
        """
        return await self.store.call(_begin, self.states, step, self.clock())

    async def postpone(self, step: StepRecord, until: float) -> RunState:
        """Note before which time, in Unix seconds, the step must not begin."""
        return await self.store.call(_postpone, self.states, step, until)

    async def settle(self, step: StepRecord, result: StepResult, conclude: Conclude) -> RunState:
        """Note what came of a step; the request may end with it."""
        spent = call_stats.current().drain()
        return await self.store.call(
            _settle, self.states, step, result, conclude, spent, self.clock()
        )

    async def skip_rest(
        self, code: str, reason: str, conclude: Conclude, *, only: str = ""
    ) -> RunState:
        """Skip the steps that have not begun; the request may end with it.

        `only` is the key of a step that is skipped alone, with those that need it.
        """
        skipping = _Skipping(code, reason, only)
        return await self.store.call(_skip_rest, self.states, skipping, conclude, self.clock())

    async def stop(self, code: str, by: Sender, conclude: Conclude) -> RunState:
        """Skip what has not begun, as a person wants it. The request keeps who that was."""
        return await self.store.call(_stop, self.states, code, by, conclude, self.clock())


def skip(
    db: Database, steps: Iterable[StepRecord], now: float, reason: str = ""
) -> list[StepRecord]:
    """Note that these steps never begin; returns them as they are then."""
    return [_move(db, step, StepState.SKIPPED, now, reason=reason) for step in steps]


def was_skipped_by_stop(step: StepRecord) -> bool:
    """Whether the step never began because a person stopped the request."""
    return step.state == StepState.SKIPPED and step.reason.startswith(STOPPED.partition("{")[0])


def _move(db: Database, step: StepRecord, to: StepState, now: float, **values: Any) -> StepRecord:
    """Change the state of a step; StaleStep if it is not in that state any more."""
    if to not in STEP_TRANSITIONS[StepState(step.state)]:
        raise steps_table.StaleStep(step)
    return steps_table.change(db, step, now=now, state=to.value, **values)


def _resume(db: Database, states: RunStates, request: Request, now: float) -> RunState:
    before = states.begin(db, request)
    running = journal.with_state(before.steps, StepState.RUNNING)
    if not running:
        return before
    moved = [_move(db, step, StepState.UNKNOWN, now) for step in running]
    after = before.with_steps(moved)
    return _follow(db, states, after, now, entry=_Entry([step.key for step in running]))


def _begin(db: Database, states: RunStates, step: StepRecord, now: float) -> RunState:
    before = states.read(db, step.request)
    current = before.step(step.key)
    is_wanted = not before.request.stopped_by and before.request.state in UNDER_WAY
    if not is_wanted or StepState.RUNNING not in STEP_TRANSITIONS[StepState(current.state)]:
        return before
    attempts = current.attempts + 1
    begun = _move(db, current, StepState.RUNNING, now, attempts=attempts, begun_at=now)
    return _follow(db, states, before.with_steps([begun]), now, entry=_Entry([step.key]))


def _postpone(db: Database, states: RunStates, step: StepRecord, until: float) -> RunState:
    before = states.read(db, step.request)
    current = before.step(step.key)
    if current.state != step.state:
        return before
    # It keeps its time: the pause after its last change must not begin again.
    postponed = steps_table.change(db, current, now=current.changed_at, not_before=until)
    return states.written(db, before.with_steps([postponed]))


def _settle(  # noqa: PLR0913 - what came of the step, and what becomes of the request
    db: Database,
    states: RunStates,
    step: StepRecord,
    result: StepResult,
    conclude: Conclude,
    spent: dict[str, float],
    now: float,
) -> RunState:
    before = states.read(db, step.request)
    stopper = before.request.stopped_by
    if result.state == StepState.PENDING and stopper:
        # What had not begun was skipped when the request was stopped.
        result = StepResult(StepState.SKIPPED, reason=STOPPED.format(who=stopper))
    moved = _move(db, step, result.state, now, **result.columns())
    if result.removed:  # what was added again since stays
        followed.remove(db, result.removed, moved.begun_at or now, now)
    if result.follow:
        followed.add(db, _followed(moved, result.follow))
    state = before.with_steps([moved])
    stops = (state.request.plan or {}).get("on_refusal", "stop") == "stop"
    never: list[StepRecord] = []
    if moved.state == StepState.FAILED:
        never = skip(db, journal.blocked(state.steps, state.layout.after, stop=stops), now)
    merged = call_stats.merge_spent(state.request.spent, "run", spent)
    state = state.with_request(state.request.model_copy(update={"spent": merged}))
    detail: dict[str, Any] = {"skipped": [other.key for other in never]} if never else {}
    title = (moved.result or {}).get("title") or moved.reason
    detail |= {"outcome": title} if title else {}
    after = state.with_steps(never)
    return _follow(db, states, after, now, conclude, _Entry([step.key], detail))


def _followed(step: StepRecord, target: FollowTarget) -> FollowedDevice:
    at, begun = step.changed_at, target.model_copy(update={"begun_at": step.begun_at})
    return FollowedDevice(
        request=step.request, step=step.key, target=begun, since=at, changed_at=at
    )


@dataclass(frozen=True)
class _Skipping:
    """Which steps of a request never begin, and why; `only` as in `skip_rest`."""

    code: str
    reason: str
    only: str

    def covers(self, step: StepRecord) -> bool:
        """Whether the step is one of them."""
        return self.only in ("", step.key) or self.only in journal.step_of(step).after


def _skip_rest(
    db: Database, states: RunStates, skipping: _Skipping, conclude: Conclude, now: float
) -> RunState:
    before = states.read(db, skipping.code)
    pending = journal.with_state(before.steps, StepState.PENDING)
    never = skip(db, filter(skipping.covers, pending), now, skipping.reason)
    after = before.with_steps(never)
    return _follow(db, states, after, now, conclude, _Entry(detail={"why": skipping.reason}))


def _stop(
    db: Database, states: RunStates, code: str, by: Sender, conclude: Conclude, now: float
) -> RunState:
    before = states.read(db, code)
    if before.request.state not in UNDER_WAY or before.request.stopped_by:
        return before
    requests_table.set_stopped(db, code, by.email)
    never = journal.with_state(before.steps, StepState.PENDING)
    _audit(db, before.request, "stop", by, now, {"skipped": [step.key for step in never]})
    never = skip(db, never, now, STOPPED.format(who=by.shown))
    stopped = before.request.model_copy(update={"stopped_by": by.email})
    after = before.with_request(stopped).with_steps(never)
    return _follow(db, states, after, now, conclude, _Entry(by=by))


def _follow(
    db: Database,
    states: RunStates,
    run: RunState,
    now: float,
    conclude: Conclude | None = None,
    entry: _Entry = _Entry(),
) -> RunState:
    """Let the request follow its steps, and write the audit entry of the move."""
    request, steps = run.request, run.steps
    state = journal.request_state(steps, stopped=bool(request.stopped_by))
    # The entry of the request tells of its step as well, if both have the same state now.
    if state == request.state or any(run.step(key).state != state for key in entry.moved):
        for key in entry.moved:
            action = f"step {run.step(key).state}"
            facts = {"step": key, **_row_facts(run.step(key)), **entry.detail}
            _audit(db, request, action, entry.by, now, facts)
        entry = _Entry(by=entry.by)
    if state == request.state:
        return states.written(db, run)
    values: dict[str, Any] = {"state": state.value, "spent": request.spent}
    if state in ENDED and conclude:
        values |= {"outcome": conclude(state, steps), "told": 0}
    after = requests_table.change(db, request, by=entry.by.email, now=now, **values)
    outcome = {"outcome": values["outcome"].get("title", "")} if "outcome" in values else {}
    step = {"step": ", ".join(entry.moved)} if entry.moved and len(steps) > 1 else {}
    version = {"version": after.version}
    _audit(db, after, state.value, entry.by, now, {**version, **step, **entry.detail, **outcome})
    return states.written(db, run.with_request(after))


def _row_facts(step: StepRecord) -> dict[str, str]:
    """What the row of a list is about: its key is only a number."""
    if not row_number(step.key):
        return {}
    approved = journal.step_of(step)
    mac = approved.details.get("mac", "")
    return {"what": approved.title, **({"mac": mac} if mac else {})}


def _audit(
    db: Database, request: Request, action: str, by: Sender, now: float, detail: dict[str, Any]
) -> None:
    audit.append(
        db,
        at=moment(now),
        actor=by,
        action=action,
        request=request.code,
        digest=request.digest or "",
        detail={"operation": request.operation} | detail,
    )
