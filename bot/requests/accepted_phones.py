"""Phones of requests that Webex does not list: it accepted or removed them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.models.steps import StepRecord
from bot.core.models.webex import AcceptedPhone, LocationRef, RemovedPhone
from bot.domain.lists.rows import row_number
from bot.domain.plan import Plan
from bot.domain.policy import UNDO
from bot.requests import journal, listings
from bot.requests.lifecycle import State
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from bot.store.database import Store

# A phone that was sent to a site is plugged in within this time. What is not listed by then is not
# missed by anybody, or has been found in Control Hub.
REMEMBERED_FOR = 14 * 24 * 3600.0  # seconds
REMOVAL_TOLD_FOR = 24 * 3600.0  # seconds: later, people rarely miss a phone that was removed


@dataclass(frozen=True)
class StoredAcceptedPhones:
    """Reads them from the requests."""

    store: Store
    clock: Callable[[], float]

    async def recent(self) -> Sequence[AcceptedPhone]:
        """Those of the last two weeks, newest first."""
        now = self.clock()
        rows = await self.store.call_without_fsync(
            steps_table.awaiting_listing, now - REMEMBERED_FOR
        )
        return [_phone(step, locations, now - step.changed_at) for step, locations in rows]

    async def removed(self, mac: str) -> RemovedPhone | None:
        """The phone with this MAC, if a request removed it in the last day."""
        since = self.clock() - REMOVAL_TOLD_FOR
        code = await self.store.call_without_fsync(steps_table.last_removal, mac, since)
        request = await self.store.call_without_fsync(requests_table.find, code) if code else None
        if request is None or not request.plan:
            return None
        return RemovedPhone(
            code=request.code,
            is_half_done=request.state == State.PARTLY,
            is_undo=request.operation.startswith(UNDO),
            locations=Plan.model_validate(request.plan).locations,
        )


def _phone(record: StepRecord, locations: Sequence[LocationRef], age: float) -> AcceptedPhone:
    details = journal.step_of(record).details
    # The last one is that of the new owner; of a list with several, nobody knows whose it is.
    is_certain = len(locations) == 1 or not row_number(record.key)
    location = locations[-1] if locations and is_certain else LocationRef()
    return AcceptedPhone(
        code=record.request,
        age=age,
        ago=listings.age(age),
        mac=details["mac"],
        product=details["name"],
        owner=details["owner"],
        owner_name=details["owner_name"],
        location=location.name,
        location_id=location.id,
    )
