"""A press on the card of a request: who may press, and what the buttons of ended ones open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.core import call_stats
from bot.core.errors import Refused
from bot.core.models.people import Grant
from bot.core.models.requests import Request
from bot.domain.lists.rows import row_number
from bot.domain.plan import Plan, Step
from bot.requests import journal, lifecycle, list_rows, views
from bot.requests.drafts import Drafts
from bot.requests.interaction import (
    ButtonPress,
    Reply,
    check_owner,
    check_place,
    check_presser,
    with_name,
    with_reason,
)
from bot.requests.lifecycle import State, StepState
from bot.requests.list_downloads import ListDownloads
from bot.requests.stopping import BEFORE_RUN, Stopping, can_be_stopped, may_stop_all
from bot.requests.transitions import find_or_refuse
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from bot.store.sql import Database

FOLLOW_UPS = ("again", "undo", "retry")  # what the buttons of an ended request open
NOTHING_TO_RETRY = "{code} has no rows that could be tried again. Nothing was changed."
REENTER_SECRETS = "The password or code that you entered was not kept. Please enter it again."


@dataclass(frozen=True)
class Presses:
    """Handles all presses on cards of requests, apart from those of approvers."""

    drafts: Drafts

    async def press(self, press: ButtonPress) -> Reply:
        """Handle a press. Refused or PrivateRefusal if the person or the place is wrong."""
        grants, request = await self.drafts.store.call(self._read, press)
        call_stats.current().facts["request"] = request.code
        if press.kind == "list":
            downloads = ListDownloads(self.drafts.lists, self.drafts.authorization)
            return Reply(await downloads.file(request, press.sender, grants), to=press.sender)
        if request.state == State.DONE and press.kind == "another":
            return await self._another(request, press)
        # From here on, the requester alone may press, or an admin who stops the request.
        may_stop_it = press.kind == "stop" and can_be_stopped(request) and may_stop_all(grants)
        (check_place if may_stop_it else check_presser)(request, press)
        request = with_reason(with_name(request, press.sender.name), press.inputs)
        if press.kind == "stop":
            return await self._stop(request, press, grants)
        if State(request.state) in lifecycle.ENDED and press.kind in FOLLOW_UPS:
            return await self._follow_up(request, press)
        return await self.drafts.press(request, press, grants)

    async def _stop(self, request: Request, press: ButtonPress, grants: tuple[Grant, ...]) -> Reply:
        if request.state in BEFORE_RUN:
            return await self.drafts.cancel(request, press.sender, press.repeat_notice)
        return await Stopping(self.drafts.runner).stop(request, press.sender, grants)

    def _read(self, db: Database, press: ButtonPress) -> tuple[tuple[Grant, ...], Request]:
        """The person's grants, then the request: a stranger does not learn which codes exist."""
        grants = self.drafts.authorization.grants_or_deny(db, press.sender)
        return grants, find_or_refuse(db, press.request)

    async def _follow_up(self, request: Request, press: ButtonPress) -> Reply:
        """Open a new request for “Ask again” or “Undo”, under the same policy."""
        progress = self.drafts.runner.progress
        with progress.while_running(request.place, views.lookup_progress(request)):
            if press.kind == "undo":
                return await self.drafts.open_undo(request, press)
            if press.kind == "retry":
                return await self._retry(request, press)
            used = request.card_id if views.is_expired_plan(request) else None
            return replace(await self._ask_again(request, press), replaces=used)

    async def _ask_again(self, request: Request, press: ButtonPress) -> Reply:
        if request.undoes:
            undone = await self.drafts.transitions.find(request.undoes)
            return await self.drafts.open_undo(undone, press)
        rows = await self.drafts.lists.of(request.code)
        planned = Plan.model_validate(request.plan) if request.plan else None
        of_form, of_rows = _secrets(planned.steps if planned else (), is_list=rows is not None)
        # The card of an expired plan is pressed once: a second press shows the same new plan.
        is_expired = views.is_expired_plan(request)
        return await self.drafts.open(
            request.operation,
            {**request.inputs, "reason": request.reason},
            press.sender,
            request.place,
            f"again#{request.code}" if is_expired else press.event_id,
            note=REENTER_SECRETS if of_form else "",
            rows=list_rows.noting_lost_passwords(rows) if rows and of_rows else rows,
        )

    async def _retry(self, request: Request, press: ButtonPress) -> Reply:
        """Check those rows of a list again that were not done; a second press shows the same plan.

        Refused if there are none.
        """
        lists, store = self.drafts.lists, self.drafts.store
        rows = await lists.of(request.code)
        steps = await store.call(steps_table.of, request.code)
        lost = await lists.lost_secrets(request.code, steps)
        answers = list_rows.answers(Plan.model_validate(request.plan), steps, lost) if rows else {}
        numbers = list_rows.to_retry(answers)
        if rows is None or not numbers:
            raise Refused(NOTHING_TO_RETRY.format(code=request.code))
        event_id = await store.call_without_fsync(
            requests_table.id_of_another, request.code, press.sender, press.place, "retry"
        )
        retries = await store.call_without_fsync(requests_table.retries, request.code)
        tried_by = [retry.code for retry in retries if retry.state in lifecycle.CONFIRMED]
        why = list_rows.why_again(request.code, tried_by, is_short=rows.is_short)
        boxes = self.drafts.authorization.operation(request.operation).boxes
        left = [journal.step_of(step) for step in steps if step.state != StepState.DONE]
        of_form, _ = _secrets(left, is_list=True)
        return await self.drafts.open(
            request.operation,
            {**_without_rows(request.inputs, boxes), "reason": request.reason},
            press.sender,
            request.place,
            event_id,
            note=REENTER_SECRETS if of_form else "",
            rows=list_rows.only(rows, numbers, steps, why),
        )

    async def _another(self, request: Request, press: ButtonPress) -> Reply:
        """Open the form of “Add another”, which keeps a part of the inputs.

        A second press shows the same form. Everybody who sees the result in its space may use it;
        the requester also in the direct message with the code.
        """
        if request.place.room_id != press.place.room_id:
            check_owner(request, press.sender, "again")
        operation = self.drafts.authorization.operation(request.operation)
        inputs = {name: text for name, text in request.inputs.items() if name in operation.kept}
        note = views.kept(request, operation, inputs)
        event_id = await self.drafts.store.call_without_fsync(
            requests_table.id_of_another, request.code, press.sender, press.place
        )
        progress = self.drafts.runner.progress
        with progress.while_running(press.place, views.lookup_progress(request)):
            return await self.drafts.open(
                operation.name, inputs, press.sender, press.place, event_id, note=note
            )


def _without_rows(inputs: Mapping[str, str], boxes: Collection[str]) -> dict[str, str]:
    """The inputs of a list without its lines: not all of them are tried again."""
    return {name: text for name, text in inputs.items() if name not in boxes}


def _secrets(steps: Iterable[Step], *, is_list: bool) -> tuple[bool, bool]:
    """Whether steps need secrets that were entered in the form, and such of the rows of a list."""
    needing = [bool(is_list and row_number(step.key)) for step in steps if step.needs]
    return False in needing, True in needing
