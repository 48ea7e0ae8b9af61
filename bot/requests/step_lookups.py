"""Look up what became of steps whose answer was lost: several of one call with the same reads."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.core import logs
from bot.core.errors import ProvbotError, Refused, Unavailable, WebexError
from bot.core.models.steps import StepRecord
from bot.domain.operation import BulkLookup, Context, LookupInconclusive, LookupPending, Operation
from bot.domain.plan import Outcome
from bot.requests import journal
from bot.requests.notifications import Notifications
from bot.requests.runs import Run

log = logs.get_logger("lookups")

# Seconds before each look-up after a lost answer. A late change shows within two minutes
# (docs/webex/provisioning.md §10), so only the last look-up proves that it is absent.
LOOKUP_DELAYS: Sequence[float] = (0.0, 5.0, 15.0, 40.0, 60.0)

# What was done, or why nobody can tell; None means that Webex does not have the change.
LookupResult: TypeAlias = Outcome | ProvbotError | LookupInconclusive | None


@dataclass(frozen=True)
class StepLookups:
    """Looks until it is clear what became of steps, or until it is given up."""

    notifications: Notifications
    context: Context
    operations: Mapping[str, Operation]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def look_up_repeatedly(
        self, run: Run, steps: Sequence[StepRecord]
    ) -> Sequence[LookupResult]:
        """What became of each of these steps of one action: else the result of the last look."""
        results: dict[str, LookupResult] = {step.key: None for step in steps}
        # A step whose earlier ones are not done never began; see a restore.
        left = [step for step in steps if run.has_done(journal.step_of(step).after)]
        for number, delay in enumerate(LOOKUP_DELAYS if left else ()):
            if number == 1 and (checking := run.first_checking()):
                await self.notifications.post_once(run.request, checking)
            await self.sleep(delay)
            looks = zip(left, await self._look_up(run, left), strict=True)
            results |= {step.key: result for step, result in looks}
            left = [step for step in left if not _is_clear(results[step.key])]
            if not left:
                break
        return [results[step.key] for step in steps]

    async def _look_up(self, run: Run, steps: Sequence[StepRecord]) -> Sequence[LookupResult]:
        """Look once."""
        code = run.request.code
        result: LookupResult = None
        context = replace(self.context, calling=self.context.calling.uncached())
        try:
            return await self._looks(run, steps, context)
        except LookupInconclusive as error:
            result = error
        except Refused as error:  # the object of the change is gone
            result = LookupInconclusive(str(error))
        except WebexError as error:
            log.warning("lookup_failed", request=code, status=error.status)
            result = error
        except Exception:  # an unexpected answer; the requester must hear of it all the same
            log.exception("lookup_response_malformed", request=code)
            result = Unavailable(502, "The answer was not understood.")
        return [result] * len(steps)

    async def _looks(
        self, run: Run, steps: Sequence[StepRecord], context: Context
    ) -> Sequence[BulkLookup]:
        jobs = [run.job(step) for step in steps]
        action = self.operations[run.request.operation].action(jobs[0].step.action)
        if action.bulk is None or len(jobs) == 1:
            return [await action.look_up(jobs[0], context)]
        return await action.bulk.look_up(jobs, context)


def _is_clear(result: LookupResult) -> bool:
    """Whether no later look can tell more."""
    is_pending = isinstance(result, LookupPending)
    return isinstance(result, Outcome | LookupInconclusive) and not is_pending
