"""Check before each decision that a plan and the roles behind it are still what people saw."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.errors import Denied, Invalid, Refused, Unchecked
from bot.core.models.people import Grant, Sender
from bot.core.models.requests import Request
from bot.domain import policy
from bot.domain.forms import read_form
from bot.domain.lookup.dect_networks import IN_FORM
from bot.domain.plan import Plan
from bot.requests import approval_rules, differences
from bot.requests.authorization import Authorization
from bot.requests.form_secrets import FormSecrets
from bot.requests.lifecycle import State
from bot.requests.request_lists import RequestLists
from bot.requests.undo import PlanDecisions
from bot.store import approvals as approvals_table
from bot.store.database import Store

# A run follows Confirm or Approve within milliseconds, so facts that were checked then still count
# for this long. Approve never relies on Confirm: two people decide on what each of them sees.
FACTS_LIFETIME = 10.0  # seconds since their reading began
SECRETS_FORGOTTEN = (
    "provbot was restarted, and the password or code that you entered was not kept. Please ask "
    "again and enter it again."
)
CANNOT_CHECK = (
    "I cannot check who {email} is at the moment. Nothing was changed. Please try again in a "
    "minute."
)


@dataclass(frozen=True)
class Revalidation:
    """Reads roles and facts again, and says in sentences what is different."""

    store: Store
    authorization: Authorization
    form_secrets: FormSecrets
    lists: RequestLists
    decisions: PlanDecisions
    clock: Callable[[], float]

    async def differences(
        self, request: Request, shown: Plan, *, facts_checked_at: float | None = None
    ) -> list[str]:
        """What has changed since its plan was shown or approved; empty if nothing has.

        Roles are read each time, facts unless somebody checked them a moment ago.
        """
        changed = await self._changed_roles(request, shown)
        is_fresh = facts_checked_at is not None and self.clock() - facts_checked_at < FACTS_LIFETIME
        if changed or is_fresh:
            return changed
        if not set(shown.needs) <= self.form_secrets.secrets(request.code).keys():
            return [SECRETS_FORGOTTEN]
        requester = await self.authorization.identities.of(request.requester.person_id)
        # Without grants the context reaches nothing, and the plan says so.
        grants = await self.authorization.grants_or_none(requester)
        try:
            planned = await self.plan_again(request, shown, grants)
        except Invalid as invalid:
            return [problem.removesuffix(IN_FORM) for problem in invalid.problems.values()]
        except Refused as refusal:
            return [str(refusal)]
        return [] if shown.is_still(planned) else differences.differences(shown, planned)

    async def plan_again(self, request: Request, shown: Plan, grants: tuple[Grant, ...]) -> Plan:
        """The plan as it is with the facts of this moment. Invalid or Refused if there is none."""
        operation = self.authorization.operation(request.operation)
        secrets = self.form_secrets.secrets(request.code)
        rows = await self.lists.of(request.code) if operation.takes_list else None
        context = self.authorization.context(
            operation.name,
            grants,
            shown=shown,
            place=request.place,
            undoes=request.undoes,
            rows=rows,
        )
        with self.form_secrets.masked(request.code):
            return await operation.planned(
                read_form(operation.form, {**request.inputs, **secrets}), context
            )

    async def _changed_roles(self, request: Request, planned: Plan) -> list[str]:
        """The requester must still be allowed to ask, and each approver to approve."""
        requester = await self._account(request, request.requester)
        try:
            grants = await self.authorization.grants(requester)
            decision = await self.decisions.of(request, planned, grants)
        except Denied:
            return [f"{request.requester.email} is no longer allowed to do this."]
        if not decision.needs_approval:
            return []
        rule = self.authorization.rule(request.operation)
        votes = await self.store.call(approvals_table.votes, request.code)
        for vote in votes:
            voter = await self._account(request, vote.by)
            voter_grants = await self.authorization.grants_or_none(voter)
            if not policy.may_approve(rule, voter_grants, planned.locations):
                return [f"{vote.email} is no longer allowed to approve this."]
        if _is_open(request) or approval_rules.has_enough_votes(votes, rule):
            return []
        return ["It needs approval now."]

    async def _account(self, request: Request, person: Sender) -> Sender:
        """The person's account as it is now. A deleted account has no address.

        A run relies on what Confirm or Approve read a moment ago.
        """
        identities = self.authorization.identities
        since = identities.clock() if _is_open(request) else None
        try:
            return await identities.of(person.person_id, since=since)
        except Unchecked as error:
            if error.not_found:
                return Sender(person.person_id, "")
            raise Unchecked(CANNOT_CHECK.format(email=person.email)) from error


def _is_open(request: Request) -> bool:
    """Whether it is still to be confirmed or decided on."""
    return State(request.state) in (State.DRAFT, State.WAITING)
