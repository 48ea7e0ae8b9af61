"""How the end of a request about a list is told: codes in private, a file, and a card."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.chat.messenger import Answer
from bot.core import logs, masking
from bot.core.errors import WebexError
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.plan import Plan, step_secret
from bot.requests import journal, list_files, list_rows, list_secrets, list_views
from bot.requests.form_secrets import MADE
from bot.requests.handouts import Handouts
from bot.requests.notifications import Notifications
from bot.requests.request_lists import RequestLists

log = logs.get_logger("list_results")

# What was posted, or has yet to come.
CODES, HANDOUT, FILE, CARD, LATE = "codes", "handout", "file", "card", "late"


@dataclass
class _Delivery:
    """An end that is being told: what was posted of it, and the steps whose secrets are lost."""

    lost: Sequence[str]
    posted: set[str] = field(default_factory=set)
    handout: Sequence[str] | None = None  # what the card says of it, once it was tried


@dataclass(frozen=True)
class ListResults:
    """Tells requesters what became of their rows. It can be told again at any time."""

    lists: RequestLists
    notifications: Notifications
    handouts: Handouts
    # By code: a second attempt of this process posts only what the first one could not.
    _deliveries: dict[str, _Delivery] = field(default_factory=dict)

    async def tell(self, request: Request, planned: Plan, steps: Sequence[StepRecord]) -> None:
        """Send the codes to the requester alone; post the file and the card where it was asked.

        WebexError if something could not be delivered. If it is the codes, the card says so.
        """
        delivery = await self._begin(request, steps)
        error = await self._tell_secrets(request, steps, delivery)
        if delivery.handout is None:
            delivery.handout = await self._hand_out(request, planned, steps, delivery)
        await self._tell_rows(request, planned, steps, delivery, delivered=error is None)
        if error is not None:
            delivery.posted.add(LATE)
            raise error
        if LATE in delivery.posted:
            late = list_secrets.now_sent(request, steps, delivery.lost)
            await self.notifications.messenger.answer(request.place, late)
        self._deliveries.pop(request.code, None)
        journal.forget_steps()

    async def _begin(self, request: Request, steps: Sequence[StepRecord]) -> _Delivery:
        code = request.code
        if code not in self._deliveries:
            known = list_secrets.made(steps, self.lists.form_secrets.secrets(code))
            was_delivered = await self.lists.delivered(code) is not None
            posted = {HANDOUT, *([] if known else [CODES])} if was_delivered else set()
            lost = await self.lists.lost_secrets(code, steps)
            self._deliveries[code] = _Delivery(lost, posted)
        return self._deliveries[code]

    async def _tell_secrets(
        self, request: Request, steps: Sequence[StepRecord], delivery: _Delivery
    ) -> WebexError | None:
        """Send codes and passwords to the requester; the error, if Webex does not take them."""
        if CODES in delivery.posted:
            return None
        known = list_secrets.made(steps, self.lists.form_secrets.secrets(request.code))
        file = list_secrets.file(request, steps, known, await self.lists.of(request.code))
        if file is None:
            return None
        bare = (secret.replace(" ", "") for secret in known.values())
        try:
            with masking.during((*known.values(), *bare)):  # a refusal may repeat them
                await self.notifications.notify_privately(request, file)
        except WebexError as error:
            log.warning("codes_not_delivered", request=request.code, status=error.status)
            return error
        delivery.posted.add(CODES)
        names = [step_secret(key, MADE) for key in known]
        await self.lists.note_delivered(request.code, delivery.lost, names)
        return None

    async def _hand_out(
        self, request: Request, planned: Plan, steps: Sequence[StepRecord], delivery: _Delivery
    ) -> Sequence[str]:
        """Send the requester what the operation hands out; what the card says of it."""
        if HANDOUT in delivery.posted:  # by an earlier process
            return self.handouts.sent(request)
        is_sent, sentences = await self.handouts.deliver(request, planned, steps)
        if is_sent:
            await self.lists.note_delivered(request.code, delivery.lost, ())
        return sentences

    async def _tell_rows(
        self,
        request: Request,
        planned: Plan,
        steps: Sequence[StepRecord],
        delivery: _Delivery,
        *,
        delivered: bool,
    ) -> None:
        answers = list_rows.answers(planned, steps, delivery.lost)
        rows = await self.lists.of(request.code)
        if rows is not None and not rows.is_short:
            await self._once(
                FILE, delivery, request, list_files.result_file(request, rows, answers)
            )
        notes = list_secrets.sentences(request, steps, delivery.lost, delivered=delivered)
        follow_ups = self.handouts.operations[request.operation].follow_ups(planned)
        card = list_views.result(
            request, planned, steps, answers, [*notes, *(delivery.handout or ())], follow_ups
        )
        await self._once(CARD, delivery, request, card)

    async def _once(self, name: str, delivery: _Delivery, request: Request, answer: Answer) -> None:
        if name not in delivery.posted:
            await self.notifications.messenger.answer(request.place, answer)
            delivery.posted.add(name)
