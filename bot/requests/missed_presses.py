"""After an outage, ask the people who have open cards to repeat a press that may be lost.

A press cannot be fetched later (docs/webex/messaging.md §5 item 7), but the card still works.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.chat.messenger import Messenger
from bot.core import logs
from bot.core.errors import WebexError
from bot.core.models.local_time import LocalTime
from bot.core.models.people import Place
from bot.core.models.requests import CardCopy, Request
from bot.core.models.text import join_words
from bot.domain.identity import key
from bot.requests.lifecycle import PLAN_LIFETIME, State
from bot.requests.listings import about
from bot.requests.zones import Zones
from bot.store import approvals as approvals_table
from bot.store import requests as requests_table
from bot.store.database import Store

log = logs.get_logger("missed_presses")

Recipient: TypeAlias = Place | str  # a space, or one person's email

MIN_OUTAGE = 30.0  # seconds; after a shorter one people press again anyway
MAX_NAMED = 3  # requests in one sentence; the others are counted
NOTICE = (
    "I was away {when}. If you pressed a button of {requests} in that time and got no answer, "
    "please press it again."
)


@dataclass(frozen=True)
class MissedPressNotice:
    """Sends one notice to each space or person with open cards."""

    store: Store
    messenger: Messenger
    zones: Zones
    clock: Callable[[], float] = time.time

    async def tell(self, since: float, until: float, *, force: bool = False) -> None:
        """Notify people of an outage between two moments, in Unix seconds of Webex's time.

        `force`: a received event was lost, so that a short outage counts too.
        """
        if until - since < MIN_OUTAGE and not force:
            return
        requests = await self.store.call(
            requests_table.in_states, [State.DRAFT.value, State.WAITING.value]
        )
        began = self.clock() - (until - since)  # by this machine's clock, which dates requests
        shown = [
            request
            for request in requests
            if request.card_id and not self._is_expired(request, began)
        ]
        cards = [
            card
            for request in shown
            for card in await self.store.call(approvals_table.cards, request.code)
        ]
        away = (since, until)
        by_code = {request.code: request for request in shown}
        await asyncio.gather(
            *(
                self._notify(
                    recipient,
                    named([by_code[code] for code in codes]),
                    away,
                    self._local(recipient, shown),
                )
                for recipient, codes in [*by_requester(shown), *by_approver(cards)]
            )
        )

    def _local(self, recipient: Recipient, shown: list[Request]) -> LocalTime:
        """How the recipient reads times; in a space, the only person who has a card there."""
        if isinstance(recipient, str):
            return self.zones.local(recipient)
        requesters = [request.requester for request in shown if request.place == recipient]
        people = {key(requester.person_id) for requester in requesters}
        return self.zones.local(requesters[0]) if len(people) == 1 else self.zones.at_location("")

    def _is_expired(self, request: Request, began: float) -> bool:
        return request.state == State.DRAFT and request.changed_at < began - PLAN_LIFETIME

    async def _notify(
        self, recipient: Recipient, requests: str, away: tuple[float, float], local: LocalTime
    ) -> None:
        text = NOTICE.format(requests=requests, when=span(*away, local))
        try:
            if isinstance(recipient, Place):
                await self.messenger.answer(recipient, text)
            else:
                await self.messenger.tell(recipient, text)
        except WebexError as error:
            log.warning("notification_failed", status=error.status)


def span(since: float, until: float, local: LocalTime) -> str:
    """`from 12:10 CET to 12:14 CET`, or `for a moment at 12:10 CET` within the same minute."""
    shown_since, shown_until = local.show(since), local.show(until)
    if shown_since == shown_until:
        return f"for a moment {local.phrase(since)}"
    return f"from {shown_since} to {shown_until}"


def named(requests: Sequence[Request]) -> str:
    """The newest requests with what they are about, and how many others there are."""
    newest_first = sorted(requests, key=lambda request: request.changed_at, reverse=True)
    shown = [f"{request.code} ({about(request)})" for request in newest_first[:MAX_NAMED]]
    hidden_count = len(requests) - len(shown)
    other_requests = f"{hidden_count} other request{'s' if hidden_count > 1 else ''}"
    return join_words([*shown, *([other_requests] if hidden_count else [])], "or")


def by_requester(requests: Iterable[Request]) -> list[tuple[Recipient, list[str]]]:
    """Group the requests by the place where their requester sees a card."""
    return _group((request.place, request.code) for request in requests)


def by_approver(cards: Iterable[CardCopy]) -> list[tuple[Recipient, list[str]]]:
    """Group the requests by the place where approvers see a card."""
    return _group(
        (Place(card.room_id, direct=False) if card.room_id else card.email, card.request)
        for card in cards
    )


def _group(pairs: Iterable[tuple[Recipient, str]]) -> list[tuple[Recipient, list[str]]]:
    codes: defaultdict[Recipient, list[str]] = defaultdict(list)
    for recipient, code in pairs:
        codes[recipient].append(code)
    return list(codes.items())
