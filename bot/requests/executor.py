"""Run the steps of one request, and resume after a database failure.

If Webex's answer to a change is lost, the change is looked up first. It is sent again only if Webex
verifiably does not have it.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from bot.audit import SYSTEM_ACTOR
from bot.core import logs, retry
from bot.core.errors import (
    NotFound,
    OutcomeUnknown,
    ProvbotError,
    Refused,
    Unavailable,
    Unchecked,
    WebexError,
)
from bot.core.lanes import Lanes
from bot.core.models.requests import Request
from bot.domain import error_messages, unsupported
from bot.domain.operation import Action, Context, Job, LookupInconclusive, LookupPending, Operation
from bot.domain.plan import Outcome, Plan
from bot.domain.unsupported import Gap
from bot.requests.form_secrets import FormSecrets
from bot.requests.lifecycle import State
from bot.requests.notifications import Notifications
from bot.requests.revalidation import Revalidation
from bot.requests.transitions import Transitions
from bot.requests.zones import Zones
from bot.webex.rate_limiter import low_priority

log = logs.get_logger("executor")

MAX_CONCURRENT_REQUESTS = 128  # of different owners; requests for one owner run one by one
# Seconds before each look-up after a lost answer. A late change shows within two minutes
# (docs/webex/provisioning.md §10), so only the last look-up proves that it is absent.
LOOKUP_DELAYS: Sequence[float] = (0.0, 5.0, 15.0, 40.0, 60.0)
MAX_SENDS = 2

CHECKING = (
    "Webex did not confirm the change. I am checking whether it was made, and will tell you within "
    "a few minutes. Please do not ask again until then."
)
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
NOT_UNDERSTOOD = (
    "I did not understand Webex's answer, so I did not send the change. Please try again, or tell "
    "a provbot admin."
)


# What was done, or why nobody can tell; None means that Webex does not have the change.
LookupResult: TypeAlias = Outcome | ProvbotError | LookupInconclusive | None


@dataclass(frozen=True)
class Uncertain:
    """Nobody knows whether the change was made."""

    reason: str


@dataclass(frozen=True)
class Execution:
    """How the run of a request ended. A ProvbotError says why nothing was done."""

    request: Request
    result: Outcome | ProvbotError | Uncertain


@dataclass(frozen=True)
class Executor:
    """Takes one approved request to its end. The steps return a Request until there is an end."""

    transitions: Transitions
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
        default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
    )

    async def execute(self, request: Request, facts_checked_at: float | None) -> Execution:
        """Run the request when its turn comes. Refused if it was cancelled while it waited.

        Changes to the devices of one owner race in Webex: see docs/webex/provisioning.md §4.3.
        """
        planned, sends = Plan.model_validate(request.plan), 0
        step: Request | Execution = request
        async with self._subjects.turn(planned.first.subject), self._slots:
            with low_priority():
                if request.state == State.RUNNING:  # the process ended during the call
                    step = await self.transitions.apply(request, State.UNKNOWN, by=SYSTEM_ACTOR)
                while isinstance(step, Request):
                    if step.state == State.UNKNOWN:
                        may_send = sends < MAX_SENDS and self._in_time(step)
                        step = await self._look_up(step, planned, may_send=may_send)
                    else:
                        sends += 1
                        step = await self._send(step, planned, facts_checked_at)
        return step

    def gap(self, request: Request, problem: Exception) -> Gap | None:
        """What the cloud lacks for the request, if that is why Webex does not know the call."""
        if not isinstance(problem, NotFound):
            return None
        feature = self.operations[request.operation].feature
        return unsupported.gap(feature, government=self.context.government)

    def _action(self, request: Request, planned: Plan) -> Action:
        actions = self.operations[request.operation].actions
        return next(action for action in actions if action.name == planned.first.action)

    def _in_time(self, request: Request) -> bool:
        """Weeks later, after a restart, nobody expects the change any more."""
        return self.clock() <= (request.run_by or 0.0)

    async def _send(
        self, request: Request, planned: Plan, facts_checked_at: float | None
    ) -> Request | Execution:
        """Make the change. Anything but a clear yes or no leaves the outcome unknown."""
        objections = await self._objections(request, facts_checked_at)
        if objections:
            return await self._withdraw(request, objections)
        if request.state == State.APPROVED:
            request = await self.transitions.apply(request, State.RUNNING, by=SYSTEM_ACTOR)
        result = await self._change(request, planned)
        if isinstance(result, Outcome):
            return await self._done(request, result)
        if isinstance(result, ProvbotError):
            return await self._failed(request, result)
        return await self.transitions.apply(request, State.UNKNOWN, by=SYSTEM_ACTOR)

    async def _objections(self, request: Request, facts_checked_at: float | None) -> list[str]:
        """Why the change must not be sent: it is too late, or something is not as approved."""
        approved = request.state == State.APPROVED
        if approved and request.run_by is not None and self.clock() > request.run_by:
            return [STARTED_TOO_LATE]
        try:
            return await self.revalidation.differences(request, facts_checked_at=facts_checked_at)
        except Unchecked as error:
            return [str(error)]
        except WebexError as error:
            return [error_messages.for_storage(error)]
        except Exception:  # an unexpected answer; nothing was sent, and the requester must hear it
            log.exception("revalidation_response_malformed", request=request.code)
            return [NOT_UNDERSTOOD]

    async def _withdraw(self, request: Request, objections: list[str]) -> Execution:
        reason = " ".join(objections)
        if request.state != State.APPROVED:
            return await self._failed(request, Refused(reason))
        state = State.EXPIRED if objections == [STARTED_TOO_LATE] else State.CANCELLED
        ended = await self.transitions.apply(
            request, state, by=SYSTEM_ACTOR, outcome={"title": reason}
        )
        return Execution(ended, Refused(reason))

    async def _change(self, request: Request, planned: Plan) -> Outcome | ProvbotError | None:
        """Send the change. The result says what was done or why not; None means nobody knows."""
        secrets = self.form_secrets.secrets(request.code)
        try:
            local = partial(self.zones.of_requester, request)
            context = replace(self.context, local=local, person=request.requester.shown)
            return await self._action(request, planned).run(Job.only(planned), secrets, context)
        except OutcomeUnknown as error:
            log.warning("outcome_unknown", request=request.code, tracking_id=error.tracking_id)
        except ProvbotError as error:
            return error
        except Exception:  # an unexpected answer, after the change was sent
            log.exception("change_response_malformed", request=request.code)
        return None

    async def _look_up(
        self, request: Request, planned: Plan, *, may_send: bool
    ) -> Request | Execution:
        """Find out what became of a change. If it is absent, it may be sent once more."""
        result = await self._look_up_repeatedly(request, planned)
        if isinstance(result, Outcome):
            return await self._done(request, result)
        if isinstance(result, LookupInconclusive):
            failed = await self._failed(request, Refused(str(result)))
            return Execution(failed.request, Uncertain(str(result)))
        if result is not None:
            return Execution(request, Uncertain(OUTCOME_UNCLEAR))
        if may_send:
            return await self.transitions.apply(request, State.RUNNING, by=SYSTEM_ACTOR)
        return await self._failed(
            request, Refused(SENT_TWICE if self._in_time(request) else TOO_LATE_TO_RESEND)
        )

    async def _look_up_repeatedly(self, request: Request, planned: Plan) -> LookupResult:
        """Look until the result is clear; else the result of the last look counts."""
        result: LookupResult = None
        for number, delay in enumerate(LOOKUP_DELAYS):
            if number == 1:
                await self.notifications.post_once(request, f"{request.code}: {CHECKING}")
            await self.sleep(delay)
            result = await self._look_up_once(request, planned)
            is_pending = isinstance(result, LookupPending)
            if isinstance(result, Outcome | LookupInconclusive) and not is_pending:
                break
        return result

    async def _look_up_once(self, request: Request, planned: Plan) -> LookupResult:
        """Look once."""
        context = replace(self.context, calling=self.context.calling.uncached())
        try:
            return await self._action(request, planned).look_up(Job.only(planned), context)
        except LookupInconclusive as error:
            return error
        except Refused as error:  # the object of the change is gone
            return LookupInconclusive(str(error))
        except WebexError as error:
            log.warning("lookup_failed", request=request.code, status=error.status)
            return error
        except Exception:  # an unexpected answer; the requester must hear of it all the same
            log.exception("lookup_response_malformed", request=request.code)
            return Unavailable(502, "The answer was not understood.")

    async def _done(self, request: Request, outcome: Outcome) -> Execution:
        stored = outcome.model_dump(mode="json", exclude={"secret"})
        ended = await self.transitions.apply(request, State.DONE, by=SYSTEM_ACTOR, outcome=stored)
        return Execution(ended, outcome)

    async def _failed(self, request: Request, problem: ProvbotError) -> Execution:
        """From here on nothing more is sent for this request."""
        outcome = {"title": str(problem)}
        if isinstance(problem, WebexError):
            gap = self.gap(request, problem)
            reason = gap.refusal(problem.status) if gap else error_messages.for_storage(problem)
            outcome = {
                "title": reason,
                "reference": error_messages.reference(problem),
            }
        ended = await self.transitions.apply(
            request, State.FAILED, by=SYSTEM_ACTOR, outcome=outcome
        )
        return Execution(ended, problem)


async def resume_after_failures(
    work: Callable[[], Awaitable[None]],
    resume: Callable[[], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Do the work; after each database failure pause and resume, for about an hour."""
    for pause in retry.RESUME.pauses():
        try:
            return await work()
        except sqlite3.OperationalError as error:
            log.warning("database_failed", why=str(error))
        await sleep(pause)
        work = resume
    return await work()
