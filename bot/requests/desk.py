"""The requester's side of a request: form → plan → Confirm. Every step is checked as if it were the first."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adaptivecardbuilder import AdaptiveCard
from sqlite_utils import Database

from bot import access
from bot.access import Decision
from bot.audit import SELF
from bot.errors import Invalid, Refused
from bot.models import Grant, Place, Sender
from bot.operation import Context, Operation, Outcome, Plan, read_form, tidy
from bot.requests import lifecycle, show, timeline
from bot.requests.board import Board
from bot.requests.gate import Gate
from bot.requests.ledger import Ledger, said
from bot.requests.lifecycle import State
from bot.requests.recheck import Recheck
from bot.requests.runner import Runner
from bot.requests.vault import CLEAR, Vault
from bot.store import approvals as verdict_rows
from bot.store import audit as audit_rows
from bot.store import requests as rows
from bot.store.database import Store
from bot.store.requests import Request
from cards.forms import Field

MOST_LISTED = 10
ONCE_MORE = "The password or code that you gave is not kept: please give it once more."


@dataclass(frozen=True)
class Press:
    """What a button of ours submitted, and who pressed it where. Nothing in it is believed."""

    request: str
    version: int
    kind: str
    inputs: Mapping[str, Any]
    sender: Sender
    room_id: str
    event_id: str
    card_id: str = ""


@dataclass(frozen=True)
class Shown:
    """What to answer. The card of `request` that it replaces can go; None: the runner answers."""

    answer: AdaptiveCard | str | None
    request: Request | None = None


@dataclass(frozen=True)
class Desk:
    """Opens requests, takes forms, shows plans, hears Confirm, Change and Cancel."""

    store: Store
    gate: Gate
    ledger: Ledger
    runner: Runner
    board: Board
    recheck: Recheck
    vault: Vault
    clock: Callable[[], float]

    async def open(
        self, name: str, given: Mapping[str, Any], sender: Sender, place: Place, event_id: str,
        *, note: str = "",
    ) -> Shown:  # fmt: skip
        """A new request; straight to the plan when everything was given.

        With a `note` the form comes first: the person reads it before going on.
        """
        grants, request = await self.store.lightly(self._opened, name, sender, place, event_id)
        if request.version > 1:  # the same event once more, after a crash: the answer may be lost
            return await self._show_again(request, grants)
        return await self._fill(request, given, grants, first=True, note=note)

    def _opened(
        self, db: Database, name: str, sender: Sender, place: Place, event_id: str
    ) -> tuple[tuple[Grant, ...], Request]:
        """Who may not is told so, and who may has a request: in one transaction."""
        grants = self.gate.admitted(db, sender.email)
        self.gate.check(name, grants)
        return grants, rows.create(
            db, operation=name, event_id=event_id, requester=sender, place=place, now=self.clock()
        )

    async def press(self, press: Press) -> Shown:
        """A button of a request's card."""
        request = await self.ledger.find(press.request)
        self._check_presser(request, press)
        if State(request.state) in lifecycle.ENDED and press.kind in ("again", "undo"):
            return await self._follow_up(request, press)
        if request.state == State.WAITING and press.kind == "cancel":
            return await self._cancel(request, press.sender)
        grants = await self.gate.grants(press.sender.email)
        if request.state != State.DRAFT or request.version != press.version:
            return await self._show_again(request, grants)
        steps: dict[str, Callable[[], Awaitable[Shown]]] = {
            "continue": lambda: self._continue(request, press, grants),
            "change": lambda: self._change(request, grants),
            "cancel": lambda: self._cancel(request, press.sender),
            "confirm": lambda: self._confirm(request, grants, press.card_id),
        }
        if press.kind not in steps:
            raise Refused("I do not know that button. Please use the newest card, or type “help”.")
        return await steps[press.kind]()

    async def _continue(self, request: Request, press: Press, grants: tuple[Grant, ...]) -> Shown:
        with self.runner.lines.during(request.place, show.looking_words(request)):
            return await self._fill(request, press.inputs, grants)

    async def _follow_up(self, request: Request, press: Press) -> Shown:
        """“Ask again” and “Undo”: a request of its own, under the same policy."""
        name, inputs, note = request.operation, request.inputs, ""
        if press.kind == "undo":
            undo = Outcome.model_validate(request.outcome or {"title": ""}).undo
            if undo is None:
                raise Refused(f"{request.code} cannot be undone.")
            name, inputs, note = undo.operation, undo.inputs, undo.note
        elif request.plan and Plan.model_validate(request.plan).needs:
            note = ONCE_MORE
        with self.runner.lines.during(request.place, show.looking_words(request)):
            return await self.open(
                name, inputs, press.sender, request.place, press.event_id, note=note
            )

    async def cancel(self, code: str, sender: Sender) -> Shown:
        """The typed command; without a code, the only open draft there is."""
        if not code:
            drafts = [one for one in await self._mine(sender) if one.state == State.DRAFT]
            if len(drafts) != 1:
                raise Refused(show.which([one.code for one in drafts]))
            return await self._cancel(drafts[0], sender)
        request = await self.ledger.find(code)
        self._check_owner(request, sender)
        return await self._cancel(request, sender)

    async def listing(self, sender: Sender) -> Shown:
        """The person's own requests."""
        return Shown(show.listing(await self._mine(sender)))

    async def details(self, code: str, sender: Sender) -> Shown:
        """One of them."""
        request = await self.ledger.find(code)
        grants = await self.gate.grants(sender.email)
        may_see_all = access.decide("audit", grants, "", self.gate.policy) is not Decision.DENY
        if not may_see_all and request.requester.person_id != sender.person_id:
            raise Refused(
                f"{request.code} is somebody else's request: only they, and those who may read the audit trail, can look at it."
            )
        steps = await self.store.call(audit_rows.steps, request.code)
        given = await self.store.call(verdict_rows.verdicts, request.code)
        return Shown(show.details(request, timeline.lines(request, steps, given, self.clock())))

    async def _mine(self, sender: Sender) -> list[Request]:
        return await self.store.call(rows.mine, sender.person_id, MOST_LISTED)

    def _check_presser(self, request: Request, press: Press) -> None:
        self._check_owner(request, press.sender)
        if request.place.room_id != press.room_id:
            raise Refused(
                f"{request.code} was asked for in another space. Please use the card there."
            )

    @staticmethod
    def _check_owner(request: Request, sender: Sender) -> None:
        if request.requester.person_id != sender.person_id:
            raise Refused(
                f"{request.code} is somebody else's request: only they can go on with it. Nothing was changed."
            )

    async def _show_again(self, request: Request, grants: tuple[Grant, ...]) -> Shown:
        """For a press on an old card: the newest one while it is open, else how it ended."""
        if request.state != State.DRAFT:
            raise Refused(said(request))
        if request.plan is None:
            return await self._change(request, grants)
        planned = Plan.model_validate(request.plan)
        decision = self.gate.check(request.operation, grants, planned.location)
        return Shown(show.plan(request, planned, asks=decision is Decision.ASK), request)

    async def _fill(
        self,
        request: Request,
        given: Mapping[str, Any],
        grants: tuple[Grant, ...],
        *,
        first: bool = False,
        note: str = "",
    ) -> Shown:
        """Take the inputs; show the plan, or the form with what is still wrong."""
        operation = self.runner.operations[request.operation]
        self.gate.check(operation.name, grants)
        inputs = tidy(operation.form, given)
        self.vault.keep(
            request.code, {name: inputs.pop(name) for name in operation.secrets & inputs.keys()}
        )
        request = replace_inputs(request, inputs)
        context = self.gate.context(operation.name, grants)
        if first and (note or _gaps(operation, inputs)):
            return await self._ask(
                operation, request, context, _given_wrong(operation, inputs), note
            )
        try:
            planned = await self._plan(operation, request, context)
        except Invalid as problem:
            return await self._ask(operation, request, context, problem)
        return await self._show_plan(request, planned, grants)

    async def _plan(self, operation: Operation, request: Request, context: Context) -> Plan:
        secrets = self.vault.secrets(request.code)
        return await operation.plan(
            read_form(operation.form, {**request.inputs, **secrets}), context
        )

    async def _show_plan(
        self,
        request: Request,
        planned: Plan,
        grants: tuple[Grant, ...],
        changes: tuple[str, ...] = (),
    ) -> Shown:
        decision = self.gate.check(request.operation, grants, planned.location)
        after = await self.ledger.move(
            request, State.DRAFT, by=request.requester, inputs=request.inputs,
            plan=planned.model_dump(mode="json"), digest=planned.digest(), planned_at=self.clock(),
        )  # fmt: skip
        card = show.plan(after, planned, asks=decision is Decision.ASK, changes=changes)
        return Shown(card, after)

    async def _ask(
        self,
        operation: Operation,
        request: Request,
        context: Context,
        wrong: Invalid,
        note: str = "",
    ) -> Shown:
        """The form, with a sentence at each field that is wrong."""
        self.vault.drop(request.code, wrong.problems)
        kept = self.vault.secrets(request.code)
        fields = [
            _marked(field, wrong, kept) for field in await operation.fields(request.inputs, context)
        ]
        after = await self.ledger.move(
            request,
            State.DRAFT,
            by=request.requester,
            inputs=request.inputs,
            plan=None,
            digest=None,
        )
        return Shown(show.form(operation, after, fields, note), after)

    async def _change(self, request: Request, grants: tuple[Grant, ...]) -> Shown:
        operation = self.runner.operations[request.operation]
        context = self.gate.context(operation.name, grants)
        return await self._ask(operation, request, context, Invalid({}))

    async def _cancel(self, request: Request, sender: Sender) -> Shown:
        waited = request.state == State.WAITING
        after = await self.ledger.move(request, State.CANCELLED, by=sender, told=1)
        self.vault.forget(request.code)
        if waited:
            await self.board.cancelled(after)
        return Shown(f"{request.code} is cancelled. Nothing was changed.", after)

    async def _confirm(self, request: Request, grants: tuple[Grant, ...], card_id: str) -> Shown:
        """Role, age and facts are read afresh; if they changed, the plan is shown again instead."""
        if request.plan is None or request.planned_at is None:
            raise Refused(said(request))
        if lifecycle.stale(request.planned_at, self.clock()):
            await self.ledger.move(request, State.EXPIRED, by=SELF, told=1)
            raise Refused(
                f"{request.code} is older than 15 minutes and has expired. Nothing was changed; please ask again."
            )
        shown = Plan.model_validate(request.plan)
        decision = self.gate.check(request.operation, grants, shown.location)
        known = request.model_copy(update={"card_id": request.card_id or card_id})
        go_on = self._run if decision is Decision.DO else self._ask_for_approval
        return await go_on(known, shown, grants)

    async def _ask_for_approval(
        self, request: Request, shown: Plan, grants: tuple[Grant, ...]
    ) -> Shown:
        """Announced while the facts are read again."""
        with self.runner.lines.during(request.place, show.asking_words(request)):
            changed = await self._changed(request, shown, grants)
            if changed:
                return changed
            asked = await self.board.ask(request)
            return Shown(show.waiting(asked), asked)

    async def _run(self, request: Request, shown: Plan, grants: tuple[Grant, ...]) -> Shown:
        """Announced while the facts are read again; taken back where they have changed."""
        line, confirmed = self.runner.announce(request), None
        try:
            changed = await self._changed(request, shown, grants)
            if changed:
                return changed
            run_by = self.clock() + self.gate.rule(request.operation).run_by
            confirmed = await self.ledger.move(
                request, State.APPROVED, by=request.requester, run_by=run_by
            )
        finally:
            if confirmed is None:
                self.runner.lines.over(line)
        self.runner.start(confirmed.model_copy(update={"card_id": request.card_id}), line)
        return Shown(None, confirmed)

    async def _changed(
        self, request: Request, shown: Plan, grants: tuple[Grant, ...]
    ) -> Shown | None:
        """The new plan or form, if the facts are not what the shown plan was made of."""
        operation = self.runner.operations[request.operation]
        context = self.gate.context(operation.name, grants, shown=shown)
        try:
            now = await self._plan(operation, request, context)
        except Invalid as problem:
            return await self._ask(operation, request, context, problem)
        if now.digest() == request.digest:
            self.recheck.believe(request)
            return None
        return await self._show_plan(request, now, grants, tuple(show.differences(shown, now)))


def replace_inputs(request: Request, inputs: Mapping[str, str]) -> Request:
    """The request with other inputs, not stored yet."""
    return request.model_copy(update={"inputs": dict(inputs)})


def _gaps(operation: Operation, inputs: Mapping[str, str]) -> bool:
    return any(
        info.is_required() and not inputs.get(name)
        for name, info in operation.form.model_fields.items()
    )


def _given_wrong(operation: Operation, inputs: Mapping[str, str]) -> Invalid:
    """On the first look only what was given is judged: an empty box is no mistake yet."""
    problems = read_form(operation.form, inputs).problems
    return Invalid({name: why for name, why in problems.items() if name in inputs})


def _marked(field: Field, wrong: Invalid, kept: Mapping[str, str]) -> Field:
    placeholder = (
        f"Kept. Type to change it, {CLEAR} for none" if field.id in kept else field.placeholder
    )
    return replace(
        field,
        error=wrong.problems.get(field.id, field.error),
        choices=wrong.choices.get(field.id, field.choices),
        value="" if field.id in wrong.choices else field.value,
        placeholder=placeholder,
        required=field.required and field.id not in kept,
    )
