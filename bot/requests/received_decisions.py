"""Decisions of approvers, by button or typed: which request is meant, and was its plan seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.chat.event_reader import EventReader, IncomingEvent, request_code
from bot.core.errors import Refused, WebexError
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.core.models.text import clean
from bot.domain.pages import split_page
from bot.requests import decision_views, listings
from bot.requests.approvals import Approvals
from bot.requests.interaction import Reply
from bot.requests.transitions import DecisionInput
from bot.store import approvals as approvals_table
from cards.requests import MAX_REASON_LENGTH

ONE_DECISION = "Please decide on one request at a time: {verb} {code}, then {verb} {other}."
UNKNOWN_CARD = "I do not know that card. Please type “help” and use a new one."


@dataclass(frozen=True)
class ReceivedDecisions:
    """Finds the request that a decision is about, and hands both to `Approvals`."""

    approvals: Approvals
    reader: EventReader

    async def handle(self, incoming: IncomingEvent, inputs: Mapping[str, Any]) -> Reply:
        """Approve or reject; typed without a code, the only request that waits is meant."""
        code, verb = request_code(inputs), str(inputs.get("press", ""))
        if incoming.inputs is not None and not code:
            raise Refused(UNKNOWN_CARD)
        if other := request_code({"request": inputs.get("other", "")}):
            raise Refused(ONE_DECISION.format(verb=verb, code=code, other=other))
        reason = clean(str(inputs.get("reason", "")), MAX_REASON_LENGTH)
        decided = DecisionInput(verb, reason, named=bool(code))
        code = code or await self._only_waiting(verb, incoming)
        has_seen = partial(self._has_seen, incoming)
        return Reply(
            await self.approvals.decide(
                code,
                decided,
                incoming.sender,
                incoming.place,
                has_seen,
                repeat_notice=incoming.repeat_notice,
            )
        )

    async def _only_waiting(self, verb: str, incoming: IncomingEvent) -> str:
        """The code of the only request that waits for this approver.

        One that was asked for after the command was received is not meant: the command may be
        handled again after a crash.
        """
        now = self.approvals.clock()
        received_at = now - incoming.waited
        waiting = [
            request
            for request in await self.approvals.waiting_for(incoming.sender)
            if request.changed_at <= received_at
        ]
        if len(waiting) != 1:
            raise Refused(listings.which_to_decide(verb, waiting, now))
        return waiting[0].code

    async def _has_seen(self, incoming: IncomingEvent, request: Request) -> bool:
        """Whether the approver has seen the plan, on the pressed card or on one sent to them."""
        if incoming.card_id is None:
            return await self.approvals.has_card(request, incoming.sender)
        cards = await self.approvals.store.call(approvals_table.cards, request.code)
        if any(card.message_id == incoming.card_id for card in cards):
            return True
        try:
            card = await self.reader.messages.message(incoming.card_id)
        except WebexError:
            return False
        # If the answer to its posting was lost, the card was not noted, but it shows the plan.
        return card.get("personId") in self.reader.me and decision_views.is_approval(
            card, request.code
        )

    async def listing(self, sender: Sender, text: str = "") -> Reply:
        """List what waits for this approver, and send the cards that they do not have yet."""
        authorization = self.approvals.authorization
        authorization.check("approvals", await authorization.grants(sender))
        waiting = await self.approvals.waiting_for(sender)
        await self.approvals.send_missing_cards(waiting, sender)
        local = self.approvals.zones.local(sender)
        return Reply(listings.waiting_list(waiting, local, split_page(text)[1]))
