"""Run the steps of requests: each is sent once, and looked up if Webex's answer is lost.

Steps about one subject run one after another, whichever request they belong to; others run side by
side. A step is sent again only if Webex verifiably does not have its change.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TypeAlias

from bot.audit import SYSTEM_ACTOR
from bot.core import logs, masking, metrics
from bot.core.errors import (
    DatabaseUnavailable,
    LeadershipUnknown,
    NotFound,
    OutcomeUnknown,
    ProvbotError,
    Refused,
    WebexError,
    Withdrawn,
)
from bot.core.keyed_locks import KeyedLocks
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain import error_messages, unsupported
from bot.domain.error_messages import is_network_gone
from bot.domain.operation import Context, LookupInconclusive, NoBulk, Operation
from bot.domain.plan import Outcome, Plan, secrets_of, step_secret
from bot.domain.unsupported import Gap
from bot.requests import endings, journal, row_results, step_views
from bot.requests.form_secrets import MADE, FormSecrets
from bot.requests.lifecycle import State, StepState
from bot.requests.notifications import Notifications
from bot.requests.revalidation import SECRETS_FORGOTTEN, Revalidation
from bot.requests.runs import Execution, HalfDone, Observer, Run, Uncertain, all_or_stopped
from bot.requests.step_checks import STARTED_TOO_LATE, StepChecks, is_in_time
from bot.requests.step_lookups import LookupResult, StepLookups
from bot.requests.step_transitions import Conclude, RunState, StepResult, StepTransitions
from bot.requests.transitions import Transitions
from bot.requests.zones import Zones
from bot.webex.rate_limiter import behind_others, low_priority, withdrawn_by

log = logs.get_logger("executor")

MAX_CONCURRENT_STEPS = 128  # being sent; those about one subject run one by one
MAX_SENDS = 2

SENT_TWICE = "Webex did not make the change, although it was sent twice. Please try again later."
TOO_LATE_TO_RESEND = (
    "Webex did not make the change, and it is too late to send it again. Please ask again if you "
    "still want it."
)
OUTCOME_UNCLEAR = (
    "Webex did not confirm the change, and it could not be looked up. Please check in Control Hub "
    "before you ask again."
)
STOPPED_BEFORE_SENT = "It was stopped while it waited for Webex's rate limit, so it was not sent."
STOPPED_BEFORE_RESEND = (
    "Webex did not make the change. It was stopped before it was sent once more."
)
REMOVED_BY_ANOTHER = "Request {code} removed it meanwhile."
# What was done or why not; None means that nobody knows.
ChangeResult: TypeAlias = Outcome | ProvbotError | None


@dataclass(frozen=True)
class Executor:
    """Takes one approved request to its end."""

    transitions: Transitions
    steps: StepTransitions
    revalidation: Revalidation
    notifications: Notifications
    form_secrets: FormSecrets
    context: Context
    zones: Zones
    operations: Mapping[str, Operation]
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    follows: bool = True  # whether what was added is followed until it registers
    _subjects: KeyedLocks = field(default_factory=KeyedLocks)
    # A DECT network gets another subject with another name, but keeps its id and its pauses.
    _networks: KeyedLocks = field(default_factory=KeyedLocks)
    _slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_STEPS)
    )
    _runs: dict[str, Run] = field(default_factory=dict)

    @cached_property
    def _checks(self) -> StepChecks:
        return StepChecks(self.revalidation, self.form_secrets, self.clock, self.sleep)

    @cached_property
    def _lookups(self) -> StepLookups:
        return StepLookups(self.notifications, self.context, self.operations, self.sleep)

    async def execute(
        self,
        request: Request,
        planned: Plan,
        facts_checked_at: float | None,
        observe: Observer = lambda _state: None,
    ) -> Execution:
        """Run the steps in their turns. Refused if the request ended before the first began.

        Changes to the devices of one owner race in Webex: see docs/webex/provisioning.md §4.3.
        """
        state = await self.steps.resume(request)
        run = Run(state, planned, observe, facts_checked_at)
        self._runs[request.code] = run
        try:
            with low_priority(), behind_others() if planned.is_of_list else nullcontext():
                # A step of another subject can become due by what was run.
                while due := journal.due_by_subject(run.state.steps, run.given_up):
                    await all_or_stopped(run, due, partial(self._run_subject, run))
        finally:
            self._runs.pop(request.code, None)
            self.steps.states.end(request.code)
        return self._execution(run)

    async def _run_subject(self, run: Run, subject: str) -> None:
        """Run the steps about one subject that are due.

        Other requests get between them only while a step waits for its spacing.
        """
        until = 0.0
        while True:
            async with self._subjects.turn(subject), self._network_turn(run, subject):
                if _needs_fresh_facts(run.plan) and await self._has_changed(run, subject):
                    # Another request may have changed the same device: Webex would take a second
                    # deletion for the first one, and the phone that comes next would be one too
                    # many. While a handset waits for its pause, the same one may have been added.
                    run.facts_checked_at, run.facts_hold = None, False
                while steps := run.next_call(subject, self._bulk_limit):
                    until = await self._spaced_until(run, steps[0])
                    if until > self.clock():
                        break
                    with masking.during(self._secrets(run, steps[0]).values()):
                        await self._run_steps(run, [step.key for step in steps])
            if not steps:
                return
            await run.pause(until - self.clock(), self.sleep)

    def _network_turn(self, run: Run, subject: str) -> AbstractAsyncContextManager[None]:
        """The turn at the network of the next step, which may have been renamed meanwhile."""
        step = run.state.next_due(subject, run.given_up)
        network = run.network_of(step) if step else ""
        return self._networks.turn(network) if network else nullcontext()

    def _bulk_limit(self, run: Run, action: str) -> int:
        """How many steps of this action can be one call."""
        bulk = self.operations[run.request.operation].action(action).bulk
        return bulk.limit if bulk and action not in run.alone else 1

    async def _has_changed(self, run: Run, subject: str) -> bool:
        """Whether another request changed something of this subject since the facts were read."""
        last = await self.steps.last_change(subject, other_than=run.request.code)
        return run.facts_checked_at is not None and last >= run.facts_checked_at

    async def _run_steps(self, run: Run, keys: Sequence[str]) -> None:
        """Take the steps of one call to their ends, or give them up until the next start."""
        sends, is_alone = 0, len(keys) == 1
        while steps := run.unsettled(keys):
            if not is_alone and journal.step_of(steps[0]).action in run.alone:
                return
            if unknown := journal.with_state(steps, StepState.UNKNOWN):
                steps = await self._absent(run, unknown, sends)
                if not steps:
                    continue
            sends += 1
            await self._check_and_send(run, steps)

    async def _check_and_send(self, run: Run, steps: Sequence[StepRecord]) -> None:
        """Make the changes. Anything but a clear yes or no leaves the outcome unknown."""
        until = await self._spaced_until(run, steps[0])
        await run.pause(until - self.clock(), self.sleep)
        async with run.slots:
            objections = await self._checks.objections(run, steps)
            if objections:
                await self._withdraw(run, steps, objections)
                return
            async with self._slots:
                begun = [record for step in steps if (record := await self._begun(run, step))]
                results = await self._send_changes(run, begun) if begun else ()
        for step, result in zip(begun, results, strict=True):
            await self._note(run, step, result)
        if any(isinstance(result, WebexError) and is_network_gone(result) for result in results):
            code, why, conclude = run.request.code, row_results.NETWORK_GONE, self._conclude(run)
            run.follow(await self.steps.skip_rest(code, why, conclude))

    async def _note(self, run: Run, step: StepRecord, result: ChangeResult) -> None:
        """Write what became of a step that was sent."""
        if result is None:
            await self._settle(run, step, StepResult(StepState.UNKNOWN))
        elif isinstance(result, Outcome):
            await self._done(run, step, result)
        elif isinstance(result, NoBulk):
            not_sent = StepResult(StepState.PENDING)
            run.follow(await self.steps.settle(step, not_sent, self._conclude(run)))
        else:
            await self._failed(run, step, result)

    async def _begun(self, run: Run, step: StepRecord) -> StepRecord | None:
        """The step after its beginning is noted; None if the request was stopped or has ended."""
        run.follow(await self.steps.begin(step))
        begun = run.state.step(step.key)
        return begun if begun.state == StepState.RUNNING else None

    async def _withdraw(self, run: Run, steps: Sequence[StepRecord], objections: list[str]) -> None:
        """Send nothing more, neither these nor others; of a list, go on without a row's secret."""
        reason, step = " ".join(objections), steps[0]
        if step.state == StepState.UNKNOWN:
            for record in steps:
                await self._failed(run, record, Refused(reason))
        elif run.request.state == State.APPROVED:
            state = State.EXPIRED if objections == [STARTED_TOO_LATE] else State.CANCELLED
            ended = await self.transitions.apply(
                run.request, state, by=SYSTEM_ACTOR, outcome={"title": reason}
            )
            run.problems[step.key] = Refused(reason)
            run.follow(run.state.ended_unbegun(ended))
        else:
            sentence = step_views.without_claim(reason)
            is_alone = objections == [SECRETS_FORGOTTEN] and run.plan.on_refusal == "go on"
            only, conclude = step.key if is_alone else "", self._conclude(run)
            run.follow(await self.steps.skip_rest(run.request.code, sentence, conclude, only=only))

    async def _spaced_until(self, run: Run, step: StepRecord) -> float:
        """When a step may begin, also after restarts and changes by other requests; 0: at once."""
        approved = journal.step_of(step)
        earliest = await self.steps.earliest(approved)
        until = _in_reach(earliest, step, approved.spacing, self.clock())
        if until > self.clock() and until != step.not_before:
            run.follow(await self.steps.postpone(step, until))
        return until

    async def _send_changes(self, run: Run, steps: Sequence[StepRecord]) -> Sequence[ChangeResult]:
        """Send the changes in one call. What is not told of one is unknown."""
        request = run.request
        try:
            secrets, jobs = self._secrets(run, steps[0]), [run.job(step) for step in steps]
            action = self.operations[request.operation].action(jobs[0].step.action)
            local = partial(self.zones.of_requester, request)
            context = replace(self.context, local=local, person=request.requester.shown)
            with withdrawn_by(run.withdrawal):
                if action.bulk is None or len(jobs) == 1:
                    return [await action.run(jobs[0], secrets, context)]
                results = await action.bulk.run(jobs, secrets, context)
            # ValueError if a bulk call has other results than steps.
            return [result for _job, result in zip(jobs, results, strict=True)]
        except ProvbotError as error:
            return [_result_of_error(run, steps[0], error)] * len(steps)
        except Exception:  # an unexpected answer, after the change was sent
            log.exception("change_response_malformed", request=request.code)
            return [None] * len(steps)

    def _secrets(self, run: Run, step: StepRecord) -> dict[str, str]:
        """The secrets that the action of a step gets."""
        return secrets_of(journal.step_of(step), self.form_secrets.secrets(run.request.code))

    async def _absent(self, run: Run, steps: Sequence[StepRecord], sends: int) -> list[StepRecord]:
        """Find out what became of changes; returns those that are absent and may be sent again."""
        results = await self._lookups.look_up_repeatedly(run, steps)
        looks = zip(steps, results, strict=True)
        return [step for step, result in looks if await self._is_absent(run, step, result, sends)]

    async def _is_absent(
        self, run: Run, step: StepRecord, result: LookupResult, sends: int
    ) -> bool:
        """Write what the look-up tells of a step; True if it may be sent once more."""
        if isinstance(result, Outcome) and (other := await self.steps.removed_by(step)):
            await self._failed(run, step, Refused(REMOVED_BY_ANOTHER.format(code=other)))
        elif isinstance(result, Outcome):
            await self._done(run, step, result)
        elif isinstance(result, LookupInconclusive):
            await self._unclear(run, step, str(result))
        elif result is not None:
            run.problems[step.key] = Uncertain(OUTCOME_UNCLEAR)
            run.given_up.add(step.key)
        else:
            why_not = self._why_not_resend(run, sends)
            if not why_not:
                return True
            await self._failed(run, step, Refused(why_not))
        return False

    def _why_not_resend(self, run: Run, sends: int) -> str:
        """Why a change that is absent is not sent once more; empty if it may be."""
        if run.stopped.is_set() or run.request.stopped_by:
            return STOPPED_BEFORE_RESEND
        if not is_in_time(run.request, self.clock()):
            return TOO_LATE_TO_RESEND
        return "" if sends < MAX_SENDS else SENT_TWICE

    async def _done(self, run: Run, step: StepRecord, outcome: Outcome) -> None:
        if outcome.secret:
            run.outcomes[step.key] = outcome
        if outcome.secret and self.operations[run.request.operation].takes_list:
            # The rows of a list are told together, at the end: a restart must not lose them.
            made = {step_secret(step.key, MADE): outcome.secret.get_secret_value()}
            self.form_secrets.add(run.request.code, made, run.request.finish_by or self.clock())
        stored = outcome.model_dump(mode="json", exclude={"secret"}, exclude_defaults=True)
        action = self.operations[run.request.operation].action(journal.step_of(step).action)
        job = run.job(step)
        follow = action.follow(job, outcome) if self.follows else None
        removed = action.removes(job)
        result = StepResult(StepState.DONE, result=stored, follow=follow, removed=removed)
        await self._settle(run, step, result)

    async def _unclear(self, run: Run, step: StepRecord, reason: str) -> None:
        """Nobody can look up what became of it; from here on it is not sent again."""
        run.problems[step.key] = Uncertain(reason)
        await self._settle(run, step, StepResult(StepState.FAILED, reason=reason, unclear=True))

    async def _failed(self, run: Run, step: StepRecord, error: ProvbotError) -> None:
        """From here on the step is not sent any more."""
        run.problems[step.key] = error
        state, reason, reference, tracking_id = StepState.FAILED, str(error), "", ""
        if isinstance(error, Withdrawn):
            state, reason = StepState.SKIPPED, STOPPED_BEFORE_SENT
        if isinstance(error, WebexError):
            gap = self.gap(run.request, error)
            reason = gap.refusal(error.status) if gap else error_messages.for_storage(error)
            reference, tracking_id = error_messages.reference(error), error.tracking_id
        if run.plan.has_many_steps:
            reason = step_views.without_claim(reason)
        result = StepResult(state, reason=reason, reference=reference, tracking_id=tracking_id)
        await self._settle(run, step, result)

    async def _settle(self, run: Run, step: StepRecord, result: StepResult) -> None:
        metrics.STEPS.labels(journal.step_of(step).action, result.state.value).inc()
        run.follow(await self.steps.settle(step, result, self._conclude(run)))

    def gap(self, request: Request, error: Exception) -> Gap | None:
        """What the cloud lacks for the request, if that is why Webex does not know the call."""
        if not isinstance(error, NotFound):
            return None
        feature = self.operations[request.operation].feature
        return unsupported.gap(feature, government=self.context.government)

    async def stop(self, request: Request, by: Sender) -> RunState:
        """Begin no more steps of a request that runs. What has been sent takes its course."""
        plan = Plan.model_validate(request.plan)
        conclude = endings.conclusion(self.operations[request.operation], plan)
        state = await self.steps.stop(request.code, by, conclude)
        if run := self._runs.get(request.code):
            run.stop(state)
        return state

    def _conclude(self, run: Run) -> Conclude:
        return endings.conclusion(self.operations[run.request.operation], run.plan)

    def _execution(self, run: Run) -> Execution:
        """The end of a run, as people are told it."""
        request, steps = run.request, run.state.steps
        if request.state == State.DONE:
            outcome = endings.outcome(
                self.operations[request.operation], run.plan, run.all_outcomes()
            )
            return Execution(request, outcome, steps)
        was_begun = any(step.attempts for step in steps)
        if not was_begun and not run.problems:  # cancelled while it waited for its turn
            raise self.transitions.refusal(request, request.requester)
        if was_begun and run.plan.has_many_steps:
            outcomes = run.outcomes.items()
            made = {key: outcome for key, outcome in outcomes if outcome.secret is not None}
            return Execution(request, HalfDone(made, run.problems), steps)
        return Execution(request, next(iter(run.problems.values())), steps)


def _result_of_error(run: Run, step: StepRecord, error: ProvbotError) -> ChangeResult:
    """What became of changes whose call ended with this error; `step` is the first of them."""
    if isinstance(error, LeadershipUnknown):  # the run is resumed when the database answers
        raise DatabaseUnavailable(error.message) from error
    if isinstance(error, OutcomeUnknown):
        log.warning("outcome_unknown", request=run.request.code, tracking_id=error.tracking_id)
        return None
    if isinstance(error, NoBulk):
        run.alone.add(journal.step_of(step).action)
    return error


def _needs_fresh_facts(planned: Plan) -> bool:
    """Whether what another request changes before a step begins must be read first."""
    return planned.has_many_steps or planned.first.spacing > 0


def _in_reach(until: float, step: StepRecord, spacing: float, now: float) -> float:
    """When a step may begin: if the clock was set back, after one pause from now on."""
    if until <= now + spacing:
        return until
    has_waited = step.not_before is not None and step.not_before <= now
    return 0.0 if has_waited else now + spacing
