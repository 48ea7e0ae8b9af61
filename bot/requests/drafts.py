"""The requester's side of a request: form → plan → Confirm. Each step checks roles and state."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.audit import SYSTEM_ACTOR
from bot.chat.progress import UsedCard
from bot.core import call_stats
from bot.core.errors import Denied, Invalid, PrivateRefusal, Refused, WebexError
from bot.core.models.people import Grant, Place, Sender
from bot.core.models.requests import Request
from bot.domain import error_messages
from bot.domain.forms import NONE_OF_THESE, clean_inputs
from bot.domain.lists.rows import ReadList
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.requests import decision_views, differences, form_fields, lifecycle, list_files, views
from bot.requests.approvals import Approvals
from bot.requests.authorization import Authorization
from bot.requests.form_secrets import FormSecrets
from bot.requests.interaction import ButtonPress, Reply, check_owner, with_reason
from bot.requests.lifecycle import State
from bot.requests.plan_cards import PlanCards
from bot.requests.recent_models import with_recent_models
from bot.requests.request_lists import RequestLists, taken_lines
from bot.requests.revalidation import Revalidation
from bot.requests.runner import Runner
from bot.requests.transitions import Transitions
from bot.requests.undo import lost_by_undo, not_undoable, undo_of, why_not_now
from bot.store import requests as requests_table
from bot.store.database import Store
from bot.store.sql import Database

TYPE_IT = "Please fill in the empty box."
NOTHING_TO_RUN = "No row of this list can run. Nothing was changed. Please correct the list first."
NOTHING_TO_CHANGE = "This plan has nothing that you could change. Please confirm or cancel it."


@dataclass(frozen=True)
class Drafts:
    """Opens requests, reads forms, shows plans, and handles Confirm, Change and Cancel."""

    store: Store
    authorization: Authorization
    transitions: Transitions
    runner: Runner
    approvals: Approvals
    revalidation: Revalidation
    form_secrets: FormSecrets
    lists: RequestLists
    plan_cards: PlanCards
    clock: Callable[[], float]

    async def open(  # noqa: PLR0913 - who asked for what, where
        self,
        name: str,
        inputs: Mapping[str, Any],
        sender: Sender,
        place: Place,
        event_id: str,
        *,
        note: str = "",
        read_note: str = "",
        rows: ReadList | None = None,
    ) -> Reply:
        """Open a request; show its plan if the command was complete, else its form.

        An input `reason` is for the approver. With a `note` the form always comes first, so that
        the person reads it. `read_note` tells what was read, on either card; `rows` are of a file.
        """
        grants, request = await self.store.call_without_fsync(
            self._opened, name, sender, place, event_id
        )
        if request.version > 1:  # the same event after a crash: its answer may be lost
            return await self._open_again(request, grants)
        if rows is not None:
            await self.lists.keep(request.code, rows)
        request = with_reason(request, inputs)
        if self.authorization.gap(request):
            return await self._open_form(self._with_inputs(request, inputs), grants)
        return await self._fill(request, inputs, grants, first=True, note=note, read_note=read_note)

    async def fill_in(
        self, request: Request, inputs: Mapping[str, Any], note: str = "", read_note: str = ""
    ) -> Reply:
        """Fill in an open form with all these inputs, as `open` does."""
        grants = await self.authorization.grants(request.requester)
        request = with_reason(request, inputs)
        return await self._fill(request, inputs, grants, first=True, note=note, read_note=read_note)

    def _opened(
        self, db: Database, name: str, sender: Sender, place: Place, event_id: str, undoes: str = ""
    ) -> tuple[tuple[Grant, ...], Request]:
        """Check the permission and create the request in one transaction; an undo exists once."""
        grants = self.authorization.grants_or_deny(db, sender)
        self.authorization.check(name, grants)
        create = requests_table.create
        if undoes:
            create = partial(requests_table.create_undo, code=undoes)
        return grants, create(
            db, operation=name, event_id=event_id, requester=sender, place=place, now=self.clock()
        )

    async def press(self, request: Request, press: ButtonPress, grants: tuple[Grant, ...]) -> Reply:
        """Handle a press by the requester in the space of the request."""
        if request.state == State.WAITING and press.kind == "cancel":
            return await self._cancel(request, press.sender, press.repeat_notice)
        if request.state != State.DRAFT or request.version != press.version:
            # Continue may be handled again after a crash that came before the file of a list.
            return await self._show_again(request, grants, with_file=press.kind == "continue")
        if press.repeat_notice and press.kind == "confirm" and not self._is_stale(request):
            return await self._show_again(request, grants, press.repeat_notice)
        steps: dict[str, Callable[[], Awaitable[Reply]]] = {
            "continue": lambda: self._continue(request, press, grants),
            "try": lambda: self._open_form(request, grants, anyway=True),
            "continue anyway": lambda: self._continue(request, press, grants),
            "open": lambda: self._open_again(request, grants),
            "change": lambda: self._open_form(request, grants),
            "cancel": lambda: self._cancel(request, press.sender, press.repeat_notice),
            "confirm": lambda: self._confirm(request, grants, press.card_id),
        }
        if press.kind not in steps:
            raise Refused("I do not know that button. Please use the newest card, or type “help”.")
        return await steps[press.kind]()

    async def _continue(
        self, request: Request, press: ButtonPress, grants: tuple[Grant, ...]
    ) -> Reply:
        if press.kind == "continue" and self.authorization.gap(request):
            return await self._open_form(self._with_inputs(request, press.inputs), grants)
        with self.runner.progress.while_running(request.place, views.lookup_progress(request)):
            return await self._fill(request, press.inputs, grants)

    async def open_undo(self, request: Request, press: ButtonPress) -> Reply:
        """Open the request that takes back this one; asked again, show the same one."""
        undo = undo_of(request)
        if undo is None:
            why = self.authorization.operation(request.operation).without_undo
            raise Refused(await self.store.call(not_undoable, request, why))
        grants, undoing = await self.store.call_without_fsync(
            self._opened, undo.operation, press.sender, request.place, press.event_id, request.code
        )
        if undoing.version > 1:
            return await self._show_undo_again(undoing, grants)
        try:
            return await self._fill(undoing, undo.inputs, grants, first=True, note=undo.note)
        except Invalid as invalid:
            with suppress(Refused):  # another press was faster
                await self.transitions.apply(undoing, State.CANCELLED, by=press.sender, told=1)
            raise Refused(why_not_now(request.code, str(invalid))) from invalid
        except Refused:
            shown = await self.transitions.find(undoing.code)
            if shown.version == undoing.version:
                raise
            return await self._show_undo_again(shown, grants)  # another press was faster

    async def _show_undo_again(self, undoing: Request, grants: tuple[Grant, ...]) -> Reply:
        if undoing.state != State.DRAFT:
            state = self.transitions.refusal(undoing, undoing.requester)
            raise PrivateRefusal(f"{undoing.code} is the undo of {undoing.undoes}. {state}")
        return await self._open_again(undoing, grants)

    def _is_stale(self, request: Request) -> bool:
        return lifecycle.is_stale(request.planned_at or 0.0, self.clock())

    async def cancel(self, request: Request, sender: Sender, repeat_notice: str = "") -> Reply:
        """Cancel a request of this person; Refused once it runs, as its change may be sent."""
        check_owner(request, sender, "cancel")
        if request.state in (State.RUNNING, State.UNKNOWN):
            raise self.transitions.refusal(request, sender)
        return await self._cancel(request, sender, repeat_notice)

    async def _show_again(
        self,
        request: Request,
        grants: tuple[Grant, ...],
        note: str = "",
        *,
        with_file: bool = False,
    ) -> Reply:
        """Answer a press on an old card: with the newest card of a draft, else with the state.

        `with_file`: the check of a list is posted once more.
        """
        if views.is_expired_plan(request):
            return Reply(views.expired(request), request)
        if request.state != State.DRAFT:
            raise self.transitions.refusal(request, request.requester)
        if request.plan is None:
            return await self._open_form(request, grants, note)
        planned = Plan.model_validate(request.plan)
        notes = (note,) if note else ()
        too_late = await self.revalidation.decisions.too_late_note(request, planned, grants)
        if too_late:  # a plan of its own, as it leads to something else than the card says
            return await self._show_plan(request, planned, grants, (*notes, too_late))
        return await self.plan_cards.card(request, planned, grants, notes, with_file=with_file)

    async def _open_again(self, request: Request, grants: tuple[Grant, ...]) -> Reply:
        """Show the newest card of a draft; a plan that is too old to be confirmed is made again."""
        if request.plan and self._is_stale(request):
            return await self._fill(request, request.inputs, grants)
        return await self._show_again(request, grants, with_file=True)

    async def _fill(
        self,
        request: Request,
        raw_inputs: Mapping[str, Any],
        grants: tuple[Grant, ...],
        *,
        first: bool = False,
        note: str = "",
        read_note: str = "",
    ) -> Reply:
        """Store the inputs; show the plan, or the form with the mistakes marked."""
        operation = self.authorization.operation(request.operation)
        self.authorization.check(operation.name, grants)
        before = None if first else request.inputs
        request = self._with_inputs(request, raw_inputs)
        request, typed = form_fields.without_typed(request)
        request, lines = taken_lines(request, operation)
        context = self.authorization.context(
            operation.name, grants, place=request.place, undoes=request.undoes
        )
        with self.form_secrets.masked(request.code):
            try:
                rows = await self.lists.read(request, operation, lines)
                context = replace(context, rows=rows)
                is_missing = rows is None and form_fields.is_incomplete(operation, request.inputs)
                # What was read is looked up at once: the phone may have an owner already.
                if typed or (first and (note or (is_missing and not read_note))):
                    note = note or (
                        TYPE_IT if typed else form_fields.read_back(operation, request.inputs)
                    )
                    mistakes = form_fields.wrong_inputs(operation, request.inputs)
                    return await self._show_form(operation, request, context, mistakes, note, typed)
                values = request.inputs | self.form_secrets.secrets(request.code)
                form = form_fields.read_submitted(operation, values, raw_inputs, before)
                planned = await operation.planned(form, context)
            except Invalid as invalid:
                return await self._show_mistakes(
                    operation, request, context, invalid, read_note if first else None
                )
            return await self._show_plan(request, planned, grants, read_note=read_note)

    async def _show_mistakes(
        self,
        operation: Operation,
        request: Request,
        context: Context,
        invalid: Invalid,
        read_note: str | None,
    ) -> Reply:
        """Show the form; after a command that only lacks something, without mistakes.

        `read_note` tells what was read beside a command; None after a form. Invalid if an undo
        cannot be planned: its form has nothing that the person could correct.
        """
        if read_note is not None and request.undoes:
            raise invalid
        if read_note is not None and form_fields.only_lacks_inputs(operation, invalid):
            read = read_note or form_fields.read_back(operation, request.inputs)
            return await self._show_form(operation, request, context, Invalid({}), read)
        mistakes = form_fields.without_missing(operation, invalid) if read_note else invalid
        return await self._show_form(operation, request, context, mistakes, read_note or "")

    def _with_inputs(self, request: Request, raw_inputs: Mapping[str, Any]) -> Request:
        """The request with clean inputs; secrets are kept apart from it."""
        operation = self.authorization.operation(request.operation)
        inputs = clean_inputs(operation.form, raw_inputs, operation.secrets)
        entered = {name: inputs.pop(name) for name in operation.secrets & inputs.keys()}
        self.form_secrets.keep(request.code, entered)
        return request.model_copy(update={"inputs": inputs})

    async def _show_plan(
        self,
        request: Request,
        planned: Plan,
        grants: tuple[Grant, ...],
        changes: tuple[str, ...] = (),
        read_note: str = "",
    ) -> Reply:
        self.authorization.check(request.operation, grants, planned.reach)
        after, warnings = await asyncio.gather(  # in one transaction
            self.transitions.keep_plan(request, planned),
            self.plan_cards.same_phone.warnings(request, planned, grants),
        )
        is_known = list_files.is_same_check(request.plan, planned)
        return await self.plan_cards.card(
            after, planned, grants, changes, warnings, read_note=read_note, with_file=not is_known
        )

    async def _show_form(
        self,
        operation: Operation,
        request: Request,
        context: Context,
        invalid: Invalid,
        note: str = "",
        typed: Collection[str] = (),
    ) -> Reply:
        """Show the form, with a sentence at each wrong field; `typed` are text boxes.

        Refused if the operation has no form.
        """
        if not operation.has_inputs:
            raise Refused(str(invalid))
        self.form_secrets.drop(request.code, invalid.problems)
        secrets = self.form_secrets.secrets(request.code)
        context = await with_recent_models(self.store, request, operation, context)
        shown_inputs = request.inputs | dict.fromkeys(typed, NONE_OF_THESE)
        fields = [
            form_fields.with_error(operation, field, invalid, secrets)
            for field in await operation.fields(shown_inputs, context)
        ]
        fields, list_note = await self.lists.in_form(request, operation, fields)
        after = await self.transitions.keep_form(request)
        if any(field.error for field in fields) and note == form_fields.read_back(
            operation, request.inputs
        ):
            note = ""  # it repeats the inputs: mistakes come first
        note = " ".join(filter(None, (note, list_note)))
        gap = self.authorization.gap(after)
        return Reply(views.form(operation, after, fields, note, invalid.commands, gap), after)

    async def _open_form(
        self, request: Request, grants: tuple[Grant, ...], note: str = "", *, anyway: bool = False
    ) -> Reply:
        """Show the form, if any; unless `anyway`, say first what the cloud lacks for it."""
        gap = self.authorization.gap(request)
        if gap and not anyway:
            after = await self.transitions.keep_form(request)
            return Reply(views.unsupported(after, gap), after)
        operation = self.authorization.operation(request.operation)
        if not operation.has_inputs:
            return await self._show_unchangeable(request, grants)
        context = self.authorization.context(operation.name, grants, place=request.place)
        note = note or await self.store.call(lost_by_undo, request)
        return await self._show_form(operation, request, context, Invalid({}), note)

    async def _show_unchangeable(self, request: Request, grants: tuple[Grant, ...]) -> Reply:
        """Show the plan of an operation that has no form; make it, if there is none."""
        if request.plan is None:
            return await self._fill(request, {}, grants)
        planned = Plan.model_validate(request.plan)
        return await self.plan_cards.card(request, planned, grants, (NOTHING_TO_CHANGE,))

    async def _cancel(self, request: Request, sender: Sender, repeat_notice: str = "") -> Reply:
        waited = request.state == State.WAITING
        if repeat_notice and waited:
            local = self.approvals.zones.of_requester(request)
            needed = self.authorization.rule(request.operation).approvers
            return Reply(decision_views.waiting(request, local, repeat_notice, needed), request)
        if repeat_notice and request.state == State.DRAFT:
            grants = await self.authorization.grants(sender)
            return await self._show_again(request, grants, repeat_notice)
        after = await self.transitions.apply(request, State.CANCELLED, by=sender, told=1)
        self.form_secrets.forget(request.code)
        if waited:
            await self.approvals.cancelled(after)
        return Reply(f"{request.code} is cancelled. Nothing was changed.", after)

    async def _confirm(self, request: Request, grants: tuple[Grant, ...], card_id: str) -> Reply:
        """Check role, age and facts again, then run the plan or ask for approval.

        If the facts changed, show the new plan. If it fails and the card is gone, show it again.
        """
        self._check_has_steps(request)
        if self._is_stale(request):
            expired = await self.transitions.apply(request, State.EXPIRED, by=SYSTEM_ACTOR, told=1)
            return Reply(views.expired(expired), expired)
        shown = Plan.model_validate(request.plan)
        decision = await self.revalidation.decisions.of(request, shown, grants)
        card = UsedCard(request.card_id or card_id)
        try:
            if not decision.needs_approval:
                return await self._start_run(request, shown, grants, decision.reason, card)
            return await self._ask_for_approval(request, shown, grants, card)
        except (WebexError, Refused) as error:
            now = await self.transitions.find(request.code)
            if not card.gone or isinstance(error, Denied) or now.version != request.version:
                raise
            is_webex_error = isinstance(error, WebexError)
            call_stats.current().outcome = "webex_error" if is_webex_error else "refused"
            return await self._show_again(request, grants, error_messages.sentence(error))

    def _check_has_steps(self, request: Request) -> None:
        """Refused if the request has no plan, or if its plan has no steps."""
        if request.plan is None or request.planned_at is None:
            raise self.transitions.refusal(request, request.requester)
        if not request.plan["steps"]:
            raise Refused(NOTHING_TO_RUN)

    async def _ask_for_approval(
        self, request: Request, shown: Plan, grants: tuple[Grant, ...], card: UsedCard
    ) -> Reply:
        """Check the facts once more and ask the approvers, behind a progress message."""
        if too_late := await self.revalidation.decisions.too_late_note(request, shown, grants):
            return await self._show_plan(request, shown, grants, (too_late,))
        text = views.ask_progress(request)
        with self.runner.progress.while_running(request.place, text, card):
            changed = await self._reply_if_facts_changed(request, shown, grants)
            return changed or Reply(*await self.approvals.request_approval(request))

    async def _start_run(
        self, request: Request, shown: Plan, grants: tuple[Grant, ...], why: str, card: UsedCard
    ) -> Reply:
        """Check the facts once more and run the plan, behind a progress message.

        `why` says why no approval was needed although the policy asks for it.
        """
        posting, confirmed, checked_at = self.runner.announce(request), None, self.clock()
        try:
            with self.runner.progress.removing(card, posting):
                changed = await self._reply_if_facts_changed(request, shown, grants)
                if changed:
                    return changed
                rule = self.authorization.rule(request.operation)
                confirmed = await self.transitions.apply(
                    request, State.APPROVED, by=request.requester, why=why, reason=request.reason,
                    run_by=self.clock() + rule.run_by, finish_by=self.clock() + rule.finish_by,
                    flush=False,  # no fsync: the first step's transaction flushes
                )  # fmt: skip
        finally:
            if confirmed is None:
                self.runner.progress.remove_soon(posting)
        with_card = confirmed.model_copy(update={"card_id": None if card.gone else card.message_id})
        self.runner.start(with_card, posting, facts_checked_at=checked_at)
        return Reply(None, confirmed)

    async def _reply_if_facts_changed(
        self, request: Request, shown: Plan, grants: tuple[Grant, ...]
    ) -> Reply | None:
        """The new plan or form, if the facts are not those of the plan that was shown."""
        try:
            planned = await self.revalidation.plan_again(request, shown, grants)
        except Invalid as invalid:
            operation = self.authorization.operation(request.operation)
            context = self.authorization.context(
                operation.name, grants, shown=shown, place=request.place, undoes=request.undoes
            )
            return await self._show_form(operation, request, context, invalid)
        if shown.is_still(planned):
            return None
        return await self._show_plan(
            request, planned, grants, tuple(differences.differences(shown, planned))
        )
