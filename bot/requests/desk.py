"""The requester's side of a request: form → plan → Confirm. Every step is checked as if it were the first."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adaptivecardbuilder import AdaptiveCard

from bot.access import Decision
from bot.errors import Invalid, Refused
from bot.models import Grant, Place, Sender
from bot.operation import Context, Operation, Plan, read_form, tidy
from bot.requests import lifecycle, show
from bot.requests.gate import Gate
from bot.requests.ledger import Ledger
from bot.requests.lifecycle import State
from bot.requests.runner import Runner
from bot.requests.vault import CLEAR, Vault
from bot.store import requests as rows
from bot.store.database import Store
from bot.store.requests import Request
from cards.forms import Field

MOST_LISTED = 10


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


class Desk:
    """Opens requests, takes forms, shows plans, hears Confirm, Change and Cancel."""

    def __init__(
        self, store: Store, gate: Gate, runner: Runner, vault: Vault, clock: Callable[[], float]
    ) -> None:
        self._store, self._gate, self._runner, self._vault = store, gate, runner, vault
        self._clock = clock
        self._ledger = Ledger(store, clock)
        self._operations = runner.operations

    async def open(
        self, name: str, given: Mapping[str, Any], sender: Sender, place: Place, event_id: str
    ) -> Shown:
        """A new request; straight to the plan when everything was given."""
        grants = await self._gate.grants(sender.email)
        self._gate.check(name, grants)
        request = await self._store.call(
            rows.create,
            operation=name,
            event_id=event_id,
            requester=sender,
            place=place,
            now=self._clock(),
        )
        if request.version > 1:  # the same event once more, after a crash: the answer may be lost
            return await self._show_again(request, grants)
        return await self._fill(request, given, grants, first=True)

    async def press(self, press: Press) -> Shown:
        """A button of a request's card."""
        request = await self._ledger.find(press.request)
        self._check_presser(request, press)
        if press.kind == "again" and State(request.state) in lifecycle.ENDED:
            return await self.open(
                request.operation, request.inputs, press.sender, request.place, press.event_id
            )
        grants = await self._gate.grants(press.sender.email)
        if request.state != State.DRAFT or request.version != press.version:
            return await self._show_again(request, grants)
        steps: dict[str, Callable[[], Awaitable[Shown]]] = {
            "continue": lambda: self._fill(request, press.inputs, grants),
            "change": lambda: self._change(request, grants),
            "cancel": lambda: self._cancel(request, press.sender),
            "confirm": lambda: self._confirm(request, grants, press.card_id),
        }
        if press.kind not in steps:
            raise Refused("I do not know that button. Please use the newest card, or type “help”.")
        return await steps[press.kind]()

    async def cancel(self, code: str, sender: Sender) -> Shown:
        """The typed command; without a code, the only open draft there is."""
        if not code:
            drafts = [one for one in await self._mine(sender) if one.state == State.DRAFT]
            if len(drafts) != 1:
                raise Refused(show.which([one.code for one in drafts]))
            return await self._cancel(drafts[0], sender)
        request = await self._ledger.find(code)
        self._check_owner(request, sender)
        return await self._cancel(request, sender)

    async def listing(self, sender: Sender) -> Shown:
        """The person's own requests."""
        return Shown(show.listing(await self._mine(sender)))

    async def details(self, code: str, sender: Sender) -> Shown:
        """One of them."""
        request = await self._ledger.find(code)
        self._check_owner(request, sender)
        return Shown(show.details(request))

    async def _mine(self, sender: Sender) -> list[Request]:
        return await self._store.call(rows.mine, sender.person_id, MOST_LISTED)

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
            raise Refused(lifecycle.in_words(request.code, State(request.state)))
        if request.plan is None:
            return await self._change(request, grants)
        planned = Plan.model_validate(request.plan)
        decision = self._gate.check(request.operation, grants, planned.location)
        return Shown(show.plan(request, planned, asks=decision is Decision.ASK), request)

    async def _fill(
        self,
        request: Request,
        given: Mapping[str, Any],
        grants: tuple[Grant, ...],
        *,
        first: bool = False,
    ) -> Shown:
        """Take the inputs; show the plan, or the form with what is still wrong."""
        operation = self._operations[request.operation]
        self._gate.check(operation.name, grants)
        inputs = tidy(operation.form, given)
        self._vault.keep(
            request.code, {name: inputs.pop(name) for name in operation.secrets & inputs.keys()}
        )
        request = replace_inputs(request, inputs)
        context = self._gate.context(operation.name, grants)
        if first and _gaps(operation, inputs):
            return await self._ask(operation, request, context, {}, only_given=True)
        try:
            planned = await self._plan(operation, request, context)
        except Invalid as problem:
            return await self._ask(
                operation, request, context, problem.problems, choices=problem.choices
            )
        return await self._show_plan(request, planned, grants)

    async def _plan(self, operation: Operation, request: Request, context: Context) -> Plan:
        secrets = self._vault.secrets(request.code)
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
        decision = self._gate.check(request.operation, grants, planned.location)
        after = await self._ledger.move(
            request, State.DRAFT, by=request.requester.email, inputs=request.inputs,
            plan=planned.model_dump(mode="json"), digest=planned.digest(), planned_at=self._clock(),
        )  # fmt: skip
        card = show.plan(after, planned, asks=decision is Decision.ASK, changes=changes)
        return Shown(card, after)

    async def _ask(
        self, operation: Operation, request: Request, context: Context, problems: Mapping[str, str],
        *, choices: Mapping[str, list[Any]] | None = None, only_given: bool = False,
    ) -> Shown:  # fmt: skip
        """The form. On the first look only what was given is judged: an empty box is no mistake yet."""
        if only_given:
            filled = read_form(operation.form, request.inputs)
            problems = {
                name: why for name, why in filled.problems.items() if name in request.inputs
            }
        kept = self._vault.secrets(request.code)
        fields = [
            _marked(field, problems, choices or {}, kept)
            for field in await operation.fields(request.inputs, context)
        ]
        after = await self._ledger.move(
            request,
            State.DRAFT,
            by=request.requester.email,
            inputs=request.inputs,
            plan=None,
            digest=None,
        )
        return Shown(show.form(operation, after, fields), after)

    async def _change(self, request: Request, grants: tuple[Grant, ...]) -> Shown:
        operation = self._operations[request.operation]
        context = self._gate.context(operation.name, grants)
        return await self._ask(operation, request, context, {})

    async def _cancel(self, request: Request, sender: Sender) -> Shown:
        after = await self._ledger.move(request, State.CANCELLED, by=sender.email)
        self._vault.forget(request.code)
        return Shown(f"{request.code} is cancelled. Nothing was changed.", after)

    async def _confirm(self, request: Request, grants: tuple[Grant, ...], card_id: str) -> Shown:
        """Role, age and facts are read afresh; if they changed, the plan is shown again instead."""
        if request.plan is None or request.planned_at is None:
            raise Refused(lifecycle.in_words(request.code, State.DRAFT))
        shown, sender = Plan.model_validate(request.plan), request.requester
        if lifecycle.stale(request.planned_at, self._clock()):
            await self._ledger.move(request, State.EXPIRED, by="provbot")
            raise Refused(
                f"{request.code} is older than 15 minutes and has expired. Nothing was changed; please ask again."
            )
        decision = self._gate.check(request.operation, grants, shown.location)
        changed = await self._changed(request, shown, grants)
        if changed:
            return changed
        if decision is Decision.ASK:
            raise Refused(
                f"“{request.operation}” needs the approval of somebody else for your role, and asking for approvals is not possible yet. Nothing was changed. Please ask an engineer or admin to do it."
            )
        confirmed = await self._ledger.move(request, State.APPROVED, by=sender.email)
        # The pressed card is the one to take away, whether or not its id was noted in time.
        self._runner.start(confirmed.model_copy(update={"card_id": card_id}))
        return Shown(None, confirmed)

    async def _changed(
        self, request: Request, shown: Plan, grants: tuple[Grant, ...]
    ) -> Shown | None:
        """The new plan or form, if the facts are not what the shown plan was made of."""
        operation = self._operations[request.operation]
        context = self._gate.context(operation.name, grants, fresh=True)
        try:
            now = await self._plan(operation, request, context)
        except Invalid as problem:
            return await self._ask(
                operation, request, context, problem.problems, choices=problem.choices
            )
        if now.digest() == request.digest:
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


def _marked(
    field: Field,
    problems: Mapping[str, str],
    choices: Mapping[str, list[Any]],
    kept: Mapping[str, str],
) -> Field:
    placeholder = (
        f"Kept. Type to change it, {CLEAR} for none" if field.id in kept else field.placeholder
    )
    return replace(
        field,
        error=problems.get(field.id, ""),
        choices=choices.get(field.id, field.choices),
        value="" if field.id in choices else field.value,
        placeholder=placeholder,
        required=field.required and field.id not in kept,
    )
