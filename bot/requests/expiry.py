"""Plans that nobody confirmed in time: the card is replaced by one that says so, with “Ask again”.

Cards cannot be edited (docs/webex/messaging.md §3.5), so a message is deleted and another is posted
in its place: a space has as many messages as before. The price is one notification, a quarter of an
hour after the person left the plan; otherwise, its Confirm would promise what it cannot do.
Plans that expired long ago, before a long stop or an upgrade, are not announced: their cards say so
when they are pressed.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bot.audit import SYSTEM_ACTOR
from bot.chat.messenger import Messenger
from bot.core import logs, retry
from bot.core.errors import DatabaseUnavailable, Refused, WebexError
from bot.core.models.requests import Request
from bot.core.outage import Outage
from bot.requests import views
from bot.requests.form_secrets import FormSecrets
from bot.requests.lifecycle import PLAN_LIFETIME, State
from bot.requests.transitions import Transitions
from bot.store import requests as requests_table
from bot.store.database import Store

log = logs.get_logger("expiry")

INTERVAL = 10.0  # seconds between checks
GRACE = 30.0  # seconds in which a Confirm that was pressed in time is still being handled
ANNOUNCED_WITHIN = 3600.0  # seconds after the expiry
MAX_PER_CHECK = 5  # cards: posting waits for Webex's rate limit like everything else


@dataclass(frozen=True)
class PlanExpiry:
    """Expires plans and replaces their cards, also those that a crash left."""

    store: Store
    transitions: Transitions
    messenger: Messenger
    form_secrets: FormSecrets
    clock: Callable[[], float]
    _outage: Outage = field(default_factory=Outage)

    async def run(self) -> None:
        """Check for as long as the process lives."""
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await self.tick()
                self._outage.end()
            except DatabaseUnavailable as error:
                if self._outage.begins(error):
                    log.warning("plan_expiry_waits", reason=str(error))
            except Exception:  # the next check goes on
                log.exception("plan_expiry_failed")

    async def tick(self) -> None:
        """Expire the plans whose time is over, then replace the cards of expired plans."""
        until = self.clock() - PLAN_LIFETIME - GRACE
        for draft in await self.store.call(
            requests_table.outdated_plans, until - ANNOUNCED_WITHIN, until, MAX_PER_CHECK
        ):
            with suppress(Refused):  # somebody was faster
                await self.transitions.apply(draft, State.EXPIRED, by=SYSTEM_ACTOR)
                self.form_secrets.forget(draft.code)
        for request in await self.store.call(requests_table.untold_expired_plans, MAX_PER_CHECK):
            await self._replace_card(request)

    async def _replace_card(self, request: Request) -> None:
        """Post the new card, then delete the old. During an outage, the next check tries again."""
        card_id = None
        try:
            card_id = await self.messenger.answer(request.place, views.expired(request))
        except WebexError as error:
            log.warning("notification_failed", status=error.status, tracking_id=error.tracking_id)
            if not retry.is_refusal(error):
                return
        await self.store.call(requests_table.set_expiry_told, request.code, card_id)
        if card_id:
            await self.messenger.remove(request.card_id)
