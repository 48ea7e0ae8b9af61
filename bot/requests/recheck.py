"""Whether a plan is still what was shown, and everybody still who they were: asked again before it counts."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot import access
from bot.access import Decision
from bot.errors import Invalid, Refused
from bot.operation import Operation, Plan, read_form
from bot.requests import approvals, show
from bot.requests.gate import Gate
from bot.requests.lifecycle import State
from bot.requests.vault import Vault
from bot.store import approvals as verdict_rows
from bot.store.database import Store
from bot.store.requests import Request

# Confirm or Approve and run follow one another within milliseconds: asked once, the answer stands
# this long. From Confirm to Approve it never does: two people decide on what each of them sees.
FRESH = 5.0
FORGOTTEN = "A password or code that you gave is not kept over a restart. Please ask again and give it once more."


@dataclass(frozen=True)
class Recheck:
    """Reads roles and facts afresh. Answers what is different, as sentences; nothing: all is as shown."""

    store: Store
    gate: Gate
    vault: Vault
    clock: Callable[[], float]
    _good: dict[str, float] = field(default_factory=dict)

    async def changes(self, request: Request) -> list[str]:
        """What is not as it was when the plan was shown or approved. Roles are read each time."""
        return await self._people(request) or await self._kept_facts(request)

    def believe(self, request: Request) -> None:
        """The facts were read a moment ago and are as shown."""
        now = self.clock()
        self._good[request.code] = now
        for code in [code for code, at in self._good.items() if now - at >= FRESH]:
            del self._good[code]

    async def _kept_facts(self, request: Request) -> list[str]:
        deciding = State(request.state) is State.WAITING
        if not deciding and self.clock() - self._good.get(request.code, 0.0) < FRESH:
            return []
        found = await self._facts(request)
        if not found:
            self.believe(request)
        return found

    async def _people(self, request: Request) -> list[str]:
        """The requester's role, and the roles of those who approved."""
        planned = Plan.model_validate(request.plan)
        try:
            grants = await self.gate.grants(request.requester.email)
            decision = self.gate.check(request.operation, grants, planned.location)
        except Refused:
            return [f"{request.requester.email} may not do this any more."]
        if decision is Decision.DO:
            return []
        return await self._approved(request, planned)

    async def _approved(self, request: Request, planned: Plan) -> list[str]:
        """Each who approved must still be allowed to; and before it runs they must be enough."""
        rule = self.gate.rule(request.operation)
        given = await self.store.call(verdict_rows.verdicts, request.code)
        for one in given:
            rows = await self.gate.rows(one.email)
            if not access.approvers(rule, rows, planned.location):
                return [f"{one.email} may not approve this any more."]
        undecided = State(request.state) in (State.DRAFT, State.WAITING)
        return [] if undecided or approvals.enough(given, rule) else ["It needs approval now."]

    async def _facts(self, request: Request) -> list[str]:
        shown = Plan.model_validate(request.plan)
        operation: Operation = self.gate.operation(request.operation)
        secrets = self.vault.secrets(request.code)
        if not set(shown.needs) <= secrets.keys():
            return [FORGOTTEN]
        # Without any grants the context reaches nothing, and the plan says so.
        grants = await self.gate.rows(request.requester.email)
        context = self.gate.context(operation.name, grants, shown=shown)
        try:
            now = await operation.plan(
                read_form(operation.form, {**request.inputs, **secrets}), context
            )
        except Invalid as problem:
            return list(problem.problems.values())
        except Refused as problem:
            return [str(problem)]
        return [] if now.digest() == request.digest else show.differences(shown, now)
