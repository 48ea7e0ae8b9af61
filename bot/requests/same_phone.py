"""Other open requests about the same phone: two people may be about to add one MAC."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.errors import WebexError
from bot.core.models.people import Grant
from bot.core.models.requests import Request
from bot.domain.fallback import read_or_error_briefly
from bot.domain.identity import same_account
from bot.domain.plan import Plan
from bot.requests import listings
from bot.requests.authorization import Authorization
from bot.requests.lifecycle import PLAN_LIFETIME, State
from bot.store import requests as requests_table
from bot.store.database import Store

MAX_TOLD = 2  # of several, the newest say enough
MAX_MACS = 5  # of one plan that are compared: a swap has two


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
        macs = dict.fromkeys(mac for step in planned.steps if (mac := step.details.get("mac")))
        since = self.clock() - PLAN_LIFETIME
        others: dict[str, Request] = {}
        for mac in [*macs][:MAX_MACS]:
            open_requests = await self.store.call_without_fsync(
                requests_table.open_about, mac, since
            )
            others |= {other.code: other for other in open_requests if _counts(other, request)}
        told = sorted(others.values(), key=lambda other: other.created_at, reverse=True)[:MAX_TOLD]
        return tuple(dict.fromkeys([await self._told(other, request, grants) for other in told]))

    async def _told(self, other: Request, request: Request, grants: tuple[Grant, ...]) -> str:
        ago = listings.age(self.clock() - other.created_at)
        if same_account(other.requester.person_id, request.requester.person_id):
            return f"Your request {other.code}, {ago}, is about the same MAC."
        note = " (not confirmed)" if other.state == State.DRAFT else ""
        context = self.authorization.context(request.operation, grants)
        if not all(context.reaches(place) for place in Plan.model_validate(other.plan).locations):
            return f"Another request{note} is about the same MAC."
        return f"{other.code} of {await self._name(other)}{note}, {ago}, is about the same MAC."

    async def _name(self, other: Request) -> str:
        """The requester's name, which is stored at their first press; else their address."""
        if other.requester.name:
            return other.requester.name
        email = other.requester.email
        person = await read_or_error_briefly(self.authorization.calling.person(email))
        return email if person is None or isinstance(person, WebexError) else person.name


def _counts(other: Request, request: Request) -> bool:
    """Whether the plan warns of it: not of an unconfirmed plan of the same person."""
    is_own = same_account(other.requester.person_id, request.requester.person_id)
    return other.code != request.code and not (is_own and other.state == State.DRAFT)
