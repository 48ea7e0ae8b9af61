"""What the requester alone gets at the end of a request: a file made of what Webex has then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.core import logs
from bot.core.errors import ProvbotError
from bot.core.models.files import FileMessage
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.operation import Context, Handout, Operation
from bot.domain.plan import Plan
from bot.requests import journal
from bot.requests.lifecycle import StepState
from bot.requests.notifications import Notifications
from bot.requests.zones import Zones

log = logs.get_logger("handouts")

SENT_HERE = "The {name} is in {file} above."
SENT = "The {name} was sent to {who} in a direct message."
NOT_MADE = "The {name} is missing, as Webex did not give what it needs."
NOT_SENT = "The {name} has not reached {who}, as Webex did not take the direct message."


@dataclass(frozen=True)
class Handouts:
    """Makes and delivers what operations hand out."""

    notifications: Notifications
    operations: Mapping[str, Operation]
    context: Context
    zones: Zones

    async def deliver(
        self, request: Request, planned: Plan, steps: Sequence[StepRecord]
    ) -> tuple[bool, list[str]]:
        """Send it to the requester. Whether it was sent, and what the card says of it.

        A failure holds nothing up: the card says how to get it later.
        """
        handout = self.operations[request.operation].handout
        if handout is None:
            return False, []
        failed = NOT_MADE
        try:
            file = await self._made(handout, request, planned, steps)
            if file is None:
                return False, []
            failed = NOT_SENT
            await self.notifications.notify_privately(request, file)
        except ProvbotError as error:
            log.warning("handout_failed", request=request.code, why=type(error).__name__)
        except Exception:  # an unexpected answer; the result must be told all the same
            log.exception("handout_failed", request=request.code)
        else:
            return True, self.sent(request)
        sentence = failed.format(name=handout.name, who=request.requester.shown)
        return False, [f"{sentence} {handout.otherwise(planned)}"]

    def sent(self, request: Request) -> list[str]:
        """What the card says of a handout that has reached the requester."""
        handout = self.operations[request.operation].handout
        if handout is None:
            return []
        text = SENT_HERE if request.place.direct else SENT
        file, who = handout.file_name(request.code), request.requester.shown
        sentence = text.format(name=handout.name, file=file, who=who)
        return [f"{sentence} {handout.advice}"]

    async def _made(
        self, handout: Handout, request: Request, planned: Plan, steps: Sequence[StepRecord]
    ) -> FileMessage | None:
        done = journal.with_state(steps, StepState.DONE)
        values = {step.key: (step.result or {}).get("values", {}) for step in done}
        local = partial(self.zones.of_requester, request)
        context = replace(self.context, local=local, person=request.requester.shown)
        return await handout.make(request.code, planned, values, context)
