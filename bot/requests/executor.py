"""Run the steps of requests: each is sent once, and looked up if Webex's answer is lost.

Steps about one subject run one after another, whichever request they belong to; others run side by
side. A step is sent again only if Webex verifiably does not have its change.
"""

import asyncio
import math
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from bot.audit import SYSTEM_ACTOR
from bot.core import logs, masking, metrics
from bot.core.errors import (
    NotFound,
    OutcomeUnknown,
    ProvbotError,
    Refused,
    Unavailable,
    Unchecked,
    WebexError,
    Withdrawn,
)
from bot.core.lanes import Lanes
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain import error_messages, unsupported
from bot.domain.operation import (
    Action,
    Context,
    LookupInconclusive,
    LookupPending,
    Operation,
)
from bot.domain.plan import Outcome, Plan, secrets_of, step_secret
from bot.domain.unsupported import Gap
from bot.requests import endings, journal, step_views
from bot.requests.form_secrets import MADE, FormSecrets
from bot.requests.lifecycle import STEP_ENDED, State, StepState
from bot.requests.notifications import Notifications
from bot.requests.revalidation import SECRETS_FORGOTTEN, Revalidation
from bot.requests.runs import Execution, HalfDone, Observer, Run, Uncertain, all_or_stopped
from bot.requests.step_transitions import Conclude, RunState, StepResult, StepTransitions
from bot.requests.transitions import Transitions
from bot.requests.zones import Zones
from bot.webex.rate_limiter import behind_others, low_priority, withdrawn_by

log = logs.get_logger("executor")

MAX_CONCURRENT_STEPS = 128  # being sent; those about one subject run one by one
# Seconds before each look-up after a lost answer. A late change shows within two minutes
# (docs/webex/provisioning.md §10), so only the last look-up proves that it is absent.
LOOKUP_DELAYS: Sequence[float] = (0.0, 5.0, 15.0, 40.0, 60.0)
# Seconds before each attempt to read who the requester and the approvers are, between two steps:
# half done is worse than late, so an outage of an hour is waited for.
HALFWAY_DELAYS: Sequence[float] = (*LOOKUP_DELAYS, *[60.0] * 58)
MAX_SENDS = 2
ROLES_ONLY = math.inf  # as the time when the facts were checked: they are not read again

STARTED_TOO_LATE = (
    "It was approved, but could not start in time. Nothing was changed. Please ask again."
)
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
NOT_BEGUN_IN_TIME = "Its time was over before this could begin."
NOT_UNDERSTOOD = (
    "I did not understand Webex's answer, so I did not send the change. Please try again, or tell "
    "a provbot admin."
)


# What was done, or why nobody can tell; None means that Webex does not have the change.
LookupResult: TypeAlias = Outcome | ProvbotError | LookupInconclusive | None


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
    _subjects: Lanes = field(default_factory=Lanes)
    _slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_STEPS)
    )
    _runs: dict[str, Run] = field(default_factory=dict)

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
                await self._run_all(run)
        finally:
            self._runs.pop(request.code, None)
            self.steps.states.end(request.code)
        return self._execution(run)

    async def _run_all(self, run: Run) -> None:
        """Run what is due, until nothing is: a step of another subject can become due by it."""
        while due := journal.due_by_subject(run.state.steps, run.given_up):
            await all_or_stopped(run, due, partial(self._run_subject, run))

    async def _run_subject(self, run: Run, subject: str) -> None:
        """Run the steps about one subject that are due, without letting other requests between."""
        async with self._subjects.turn(subject):
            if run.plan.has_many_steps and await self._has_changed(run, subject):
                # Another request may have changed the same device: Webex would take a second
                # deletion for the first one, and the phone that comes next would be one too many.
                run.facts_checked_at, run.facts_hold = None, False
            while step := run.state.next_due(subject, run.given_up):
                with masking.during(self._secrets(run, step).values()):
                    await self._run_step(run, step.key)

    async def _has_changed(self, run: Run, subject: str) -> bool:
        """Whether another request changed something of this subject since the facts were read."""
        last = await self.steps.last_change(subject, other_than=run.request.code)
        return run.facts_checked_at is not None and last >= run.facts_checked_at

    async def _run_step(self, run: Run, key: str) -> None:
        """Take one step to its end, or give it up until the next start."""
        sends = 0
        while key not in run.given_up:
            step = run.state.step(key)
            if step.state in STEP_ENDED:
                return
            if step.state == StepState.UNKNOWN and not await self._is_absent(run, step, sends):
                continue
            sends += 1
            await self._send(run, step)

    async def _send(self, run: Run, step: StepRecord) -> None:
        """Make the change. Anything but a clear yes or no leaves the outcome unknown."""
        await self._wait_for_spacing(run, step)
        async with run.slots:
            objections = await self._objections(run, step)
            if objections:
                await self._withdraw(run, step, objections)
                return
            async with self._slots:
                run.follow(await self.steps.begin(step))
                step = run.state.step(step.key)
                if step.state != StepState.RUNNING:  # the request was stopped or has ended
                    return
                result = await self._change(run, step)
        if result is None:
            await self._settle(run, step, StepResult(StepState.UNKNOWN))
        elif isinstance(result, Outcome):
            await self._done(run, step, result)
        else:
            await self._failed(run, step, result)

    def _in_time(self, request: Request) -> bool:
        """Days later, after a restart, nobody expects the change any more."""
        return self.clock() <= (request.finish_by or 0.0)

    async def _objections(self, run: Run, step: StepRecord) -> list[str]:
        """Why a step must not be sent: it is too late, or something is not as approved.

        Once another step was sent, the facts of the plan may not be those of before, as it may have
        changed them; roles still count.
        """
        request = run.request
        late = self._lateness(run, step)
        if late:
            return [late]
        if not any(each.attempts and each.key != step.key for each in run.state.steps):
            return await self._first_objections(run, step)
        if not set(journal.step_of(step).needs) <= self.form_secrets.secrets(request.code).keys():
            return [SECRETS_FORGOTTEN]
        objections: list[str] = []
        for delay in HALFWAY_DELAYS:
            await self._pause(run, delay)
            objections, is_certain = await self._differences(run, ROLES_ONLY)
            if is_certain:
                break
        return objections

    async def _first_objections(self, run: Run, step: StepRecord) -> list[str]:
        """The same before any was sent. The facts are read once for all that begin together."""
        async with run.facts_lock:
            holds = run.facts_hold and step.state == StepState.PENDING
            checked_at = ROLES_ONLY if holds else run.facts_checked_at
            objections, _ = await self._differences(run, checked_at)
            run.facts_hold = not objections
            return objections

    async def _differences(
        self, run: Run, facts_checked_at: float | None
    ) -> tuple[list[str], bool]:
        """What is not as approved, and whether that is certain: not if it could not be read."""
        request, differences = run.request, self.revalidation.differences
        try:
            found = await differences(request, run.plan, facts_checked_at=facts_checked_at)
        except Unchecked as error:
            return [str(error)], False
        except WebexError as error:
            return [error_messages.for_storage(error)], False
        except sqlite3.OperationalError:  # the work is resumed when the database answers again
            raise
        except Exception:  # an unexpected answer; nothing was sent, and the requester must hear it
            log.exception("revalidation_response_malformed", request=request.code)
            return [NOT_UNDERSTOOD], False
        return found, True

    def _lateness(self, run: Run, step: StepRecord) -> str:
        """Why it is too late to begin the step; empty if it is not, or if it was sent already."""
        request = run.request
        if request.state == State.APPROVED:
            run_by = request.run_by
            return STARTED_TOO_LATE if run_by is not None and self.clock() > run_by else ""
        is_late = step.state == StepState.PENDING and not self._in_time(request)
        return NOT_BEGUN_IN_TIME if is_late else ""

    async def _withdraw(self, run: Run, step: StepRecord, objections: list[str]) -> None:
        """Send nothing more, neither this step nor others; of a list, go on without its secret."""
        reason = " ".join(objections)
        if step.state == StepState.UNKNOWN:
            await self._failed(run, step, Refused(reason))
        elif run.request.state == State.APPROVED:
            state = State.EXPIRED if objections == [STARTED_TOO_LATE] else State.CANCELLED
            ended = await self.transitions.apply(
                run.request, state, by=SYSTEM_ACTOR, outcome={"title": reason}
            )
            run.problems[step.key] = Refused(reason)
            run.follow(run.state.ended_unbegun(ended))
        else:
            told = step_views.without_claim(reason)
            is_alone = objections == [SECRETS_FORGOTTEN] and run.plan.on_refusal == "go on"
            only, conclude = step.key if is_alone else "", self._conclude(run)
            run.follow(await self.steps.skip_rest(run.request.code, told, conclude, only=only))

    async def _wait_for_spacing(self, run: Run, step: StepRecord) -> None:
        """Keep the time between changes of one subject, also over restarts and other requests."""
        approved = journal.step_of(step)
        until = await self.steps.earliest(approved.subject, approved.spacing)
        if until > self.clock():
            run.follow(await self.steps.postpone(step, until))
            await self._pause(run, until - self.clock())

    async def _pause(self, run: Run, seconds: float) -> None:
        """Sleep until the time is over or somebody stops the request."""
        if seconds <= 0:
            return
        waits = {
            asyncio.ensure_future(self.sleep(seconds)),
            asyncio.ensure_future(run.stopped.wait()),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _change(self, run: Run, step: StepRecord) -> Outcome | ProvbotError | None:
        """Send the change. The result says what was done or why not; None means nobody knows."""
        request, secrets = run.request, self._secrets(run, step)
        try:
            local = partial(self.zones.of_requester, request)
            context = replace(self.context, local=local, person=request.requester.shown)
            with withdrawn_by(run.withdrawal):
                return await self._action(run, step).run(run.job(step), secrets, context)
        except OutcomeUnknown as error:
            log.warning("outcome_unknown", request=request.code, tracking_id=error.tracking_id)
        except ProvbotError as error:
            return error
        except Exception:  # an unexpected answer, after the change was sent
            log.exception("change_response_malformed", request=request.code)
        return None

    def _secrets(self, run: Run, step: StepRecord) -> dict[str, str]:
        """The secrets that the action of a step gets."""
        return secrets_of(journal.step_of(step), self.form_secrets.secrets(run.request.code))

    def _action(self, run: Run, step: StepRecord) -> Action:
        name = journal.step_of(step).action
        actions = self.operations[run.request.operation].actions
        return next(action for action in actions if action.name == name)

    async def _is_absent(self, run: Run, step: StepRecord, sends: int) -> bool:
        """Find out what became of a change; True if it is absent and may be sent once more."""
        result = await self._look_up_repeatedly(run, step)
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
        if not self._in_time(run.request):
            return TOO_LATE_TO_RESEND
        return "" if sends < MAX_SENDS else SENT_TWICE

    async def _look_up_repeatedly(self, run: Run, step: StepRecord) -> LookupResult:
        """Look until the result is clear; else the result of the last look counts."""
        if not run.has_done(journal.step_of(step).after):  # so it never began; see a restore
            return None
        result: LookupResult = None
        for number, delay in enumerate(LOOKUP_DELAYS):
            if number == 1 and (checking := run.first_checking()):
                await self.notifications.post_once(run.request, checking)
            await self.sleep(delay)
            result = await self._look_up_once(run, step)
            is_pending = isinstance(result, LookupPending)
            if isinstance(result, Outcome | LookupInconclusive) and not is_pending:
                break
        return result

    async def _look_up_once(self, run: Run, step: StepRecord) -> LookupResult:
        """Look once."""
        code = run.request.code
        context = replace(self.context, calling=self.context.calling.uncached())
        try:
            return await self._action(run, step).look_up(run.job(step), context)
        except LookupInconclusive as error:
            return error
        except Refused as error:  # the object of the change is gone
            return LookupInconclusive(str(error))
        except WebexError as error:
            log.warning("lookup_failed", request=code, status=error.status)
            return error
        except Exception:  # an unexpected answer; the requester must hear of it all the same
            log.exception("lookup_response_malformed", request=code)
            return Unavailable(502, "The answer was not understood.")

    async def _done(self, run: Run, step: StepRecord, outcome: Outcome) -> None:
        if outcome.secret:
            run.outcomes[step.key] = outcome
        if outcome.secret and self.operations[run.request.operation].takes_list:
            # The rows of a list are told together, at the end: a restart must not lose them.
            made = {step_secret(step.key, MADE): outcome.secret.get_secret_value()}
            self.form_secrets.add(run.request.code, made, run.request.finish_by or self.clock())
        stored = outcome.model_dump(mode="json", exclude={"secret"}, exclude_defaults=True)
        await self._settle(run, step, StepResult(StepState.DONE, result=stored))

    async def _unclear(self, run: Run, step: StepRecord, reason: str) -> None:
        """Nobody can look up what became of it; from here on it is not sent again."""
        run.problems[step.key] = Uncertain(reason)
        await self._settle(run, step, StepResult(StepState.FAILED, reason=reason, unclear=True))

    async def _failed(self, run: Run, step: StepRecord, problem: ProvbotError) -> None:
        """From here on the step is not sent any more."""
        run.problems[step.key] = problem
        state, reason, reference, tracking_id = StepState.FAILED, str(problem), "", ""
        if isinstance(problem, Withdrawn):
            state, reason = StepState.SKIPPED, STOPPED_BEFORE_SENT
        if isinstance(problem, WebexError):
            gap = self.gap(run.request, problem)
            reason = gap.refusal(problem.status) if gap else error_messages.for_storage(problem)
            reference, tracking_id = error_messages.reference(problem), problem.tracking_id
        if run.plan.has_many_steps:
            reason = step_views.without_claim(reason)
        result = StepResult(state, reason=reason, reference=reference, tracking_id=tracking_id)
        await self._settle(run, step, result)

    async def _settle(self, run: Run, step: StepRecord, result: StepResult) -> None:
        metrics.STEPS.labels(journal.step_of(step).action, result.state.value).inc()
        run.follow(await self.steps.settle(step, result, self._conclude(run)))

    def gap(self, request: Request, problem: Exception) -> Gap | None:
        """What the cloud lacks for the request, if that is why Webex does not know the call."""
        if not isinstance(problem, NotFound):
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
