"""Whether steps may be sent: in time, by people who still may, and with facts that still hold."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.core import logs
from bot.core.errors import DatabaseUnavailable, Unchecked, WebexError
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain import error_messages
from bot.requests import journal
from bot.requests.form_secrets import FormSecrets
from bot.requests.lifecycle import State, StepState
from bot.requests.revalidation import SECRETS_FORGOTTEN, Revalidation
from bot.requests.runs import Run
from bot.requests.step_lookups import LOOKUP_DELAYS

log = logs.get_logger("checks")

# Seconds before each attempt to read who the requester and the approvers are, between two steps:
# half done is worse than late, so an outage of an hour is waited for.
HALFWAY_DELAYS: Sequence[float] = (*LOOKUP_DELAYS, *[60.0] * 58)
ROLES_ONLY = math.inf  # as the time when the facts were checked: they are not read again
STARTED_TOO_LATE = (
    "It was approved, but could not start in time. Nothing was changed. Please ask again."
)
NOT_BEGUN_IN_TIME = "The time of the request ended before this could begin."
NOT_UNDERSTOOD = (
    "I did not understand Webex's answer, so I did not send the change. Please try again, or tell "
    "a provbot admin."
)


def is_in_time(request: Request, now: float) -> bool:
    """Days later, after a restart, nobody expects the change any more. `now` is in Unix seconds."""
    return now <= (request.finish_by or 0.0)


@dataclass(frozen=True)
class StepChecks:
    """Says why steps must not be sent."""

    revalidation: Revalidation
    form_secrets: FormSecrets
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def objections(self, run: Run, steps: Sequence[StepRecord]) -> list[str]:
        """Why these steps must not be sent: it is too late, or something is not as approved.

        Once another step was sent, the facts of the plan may not be those of before, as it may have
        changed them; roles still count.
        """
        request, step, keys = run.request, steps[0], {step.key for step in steps}
        late = self._lateness(run, step)
        if late:
            return [late]
        if not any(record.attempts and record.key not in keys for record in run.state.steps):
            return await self._first_objections(run, step)
        if not set(journal.step_of(step).needs) <= self.form_secrets.secrets(request.code).keys():
            return [SECRETS_FORGOTTEN]
        objections: list[str] = []
        for delay in HALFWAY_DELAYS:
            await run.pause(delay, self.sleep)
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
            changes = await differences(request, run.plan, facts_checked_at=facts_checked_at)
        except Unchecked as error:
            return [str(error)], False
        except WebexError as error:
            return [error_messages.for_storage(error)], False
        except DatabaseUnavailable:  # the work is resumed when the database answers again
            raise
        except Exception:  # an unexpected answer; nothing was sent, and the requester must hear it
            log.exception("revalidation_response_malformed", request=request.code)
            return [NOT_UNDERSTOOD], False
        return changes, True

    def _lateness(self, run: Run, step: StepRecord) -> str:
        """Why it is too late to begin the step; empty if it is not, or if it was sent already."""
        request = run.request
        if request.state == State.APPROVED:
            run_by = request.run_by
            return STARTED_TOO_LATE if run_by is not None and self.clock() > run_by else ""
        is_late = step.state == StepState.PENDING and not is_in_time(request, self.clock())
        return NOT_BEGUN_IN_TIME if is_late else ""
