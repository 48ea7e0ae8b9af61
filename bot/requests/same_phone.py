"""Other open requests about the same phone: two people may be about to add one MAC.

Or about a DECT network that is to be deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.errors import WebexError
from bot.core.models.people import Grant
from bot.core.models.requests import Request
from bot.domain.fallback import read_or_error_briefly
from bot.domain.identity import same_account
from bot.domain.plan import Plan
from bot.operations.actions.dect_steps import DELETE_NETWORK
from bot.requests import listings, views
from bot.requests.authorization import Authorization
from bot.requests.lifecycle import PLAN_LIFETIME, State
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from bot.store.database import Store

STILL_ADDING = (
    "{code} is still changing this DECT network. What it has added is deleted, too, and the rest of"
    " it fails."
)
MAX_TOLD = 2  # of several, the newest say enough
OWN_LIST = (
    "Your list {code} (not confirmed), {ago}, is about {same}. If this one replaces it, type:"
    " cancel {code}"
)


@dataclass(frozen=True)
class SamePhone:
    """Finds them for a plan that is shown. They are no part of it: each may end any moment."""

    store: Store
    authorization: Authorization
    clock: Callable[[], float]

    async def warnings(
        self, request: Request, planned: Plan, grants: tuple[Grant, ...]
    ) -> tuple[str, ...]:
        """A sentence for each, newest first; without names if the person may not see the place."""
        macs = _macs(planned)
        since = self.clock() - PLAN_LIFETIME
        open_requests = (
            await self.store.call_without_fsync(requests_table.open_about, macs, since)
            if macs
            else []
        )
        shown = [other for other in open_requests if _counts(other, request)][:MAX_TOLD]
        about_macs = [await self._sentence(other, request, macs, grants) for other in shown]
        return tuple(dict.fromkeys([*about_macs, *await self._of_network(request, planned)]))

    async def _of_network(self, request: Request, planned: Plan) -> list[str]:
        """Which requests are changing a network that the plan deletes."""
        deleted = [step.subject for step in planned.steps if step.action == DELETE_NETWORK]
        codes = [
            code
            for subject in deleted
            for code in await self.store.call_without_fsync(
                steps_table.under_way, subject, request.code
            )
        ]
        return [STILL_ADDING.format(code=code) for code in codes[:MAX_TOLD]]

    async def _sentence(
        self, other: Request, request: Request, macs: set[str], grants: tuple[Grant, ...]
    ) -> str:
        plan = Plan.model_validate(other.plan)
        number = len(macs & _macs(plan)) if plan.is_of_list else 1
        same = "the same MAC" if number <= 1 else f"{number:,} of the same MACs"
        ago = listings.age(self.clock() - other.created_at)
        if same_account(other.requester.person_id, request.requester.person_id):
            if other.state == State.DRAFT:
                return OWN_LIST.format(code=other.code, ago=ago, same=same)
            return f"Your request {other.code}, {ago}, is about {same}."
        note = " (not confirmed)" if other.state == State.DRAFT else ""
        context = self.authorization.context(request.operation, grants)
        if not all(context.reaches(place) for place in plan.locations):
            return f"Another request{note} is about {same}."
        return f"{other.code} of {await self._name(other)}{note}, {ago}, is about {same}."

    async def _name(self, other: Request) -> str:
        """The requester's name, which is stored at their first press; else their address."""
        if other.requester.name:
            return other.requester.name
        email = other.requester.email
        person = await read_or_error_briefly(self.authorization.calling.person(email))
        return email if person is None or isinstance(person, WebexError) else person.name


def _macs(planned: Plan) -> set[str]:
    """The MACs that its steps are about, as 12 upper-case hex digits."""
    macs = (step.details.get("mac", "") for step in planned.steps)
    return {mac.replace(":", "").upper() for mac in macs if mac}


def _counts(other: Request, request: Request) -> bool:
    """Whether the plan warns of it: not of an unconfirmed plan of the same person for one phone.

    Of two lists, each of the cards can be taken for the other.
    """
    is_own = same_account(other.requester.person_id, request.requester.person_id)
    is_list = other.operation == request.operation and views.is_of_list(other)
    is_counted = is_list or not (is_own and other.state == State.DRAFT)
    return other.code != request.code and is_counted
