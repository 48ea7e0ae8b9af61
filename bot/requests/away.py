"""After an outage: who sees a card whose button may have been pressed in vain is told to press again.

A press cannot be fetched afterwards (webex-messaging.md §5 item 7), but the card still works.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bot import telemetry
from bot.chat.messenger import Messenger
from bot.errors import WebexError
from bot.models import Place, listed
from bot.requests import show
from bot.requests.lifecycle import PLAN_LIVES, State
from bot.store import approvals as card_rows
from bot.store import requests as rows
from bot.store.approvals import CardCopy
from bot.store.database import Store
from bot.store.requests import Request

log = telemetry.get_logger("away")

Where: TypeAlias = Place | str  # a space, or one person's email

WORTH_TELLING = 30.0  # seconds; shorter, and a person presses again anyway
AWAY = "I was away from {since} to {until}. If you pressed a button of {codes} in that time, it did not reach me: please press it again."


@dataclass(frozen=True)
class Away:
    """Tells them, each once."""

    store: Store
    messenger: Messenger

    async def tell(self, since: float, until: float) -> None:
        """Nothing was heard between these moments, in Unix seconds."""
        if until - since < WORTH_TELLING:
            return
        shown = await self.store.call(rows.in_states, [State.DRAFT.value, State.WAITING.value])
        alive = [one for one in shown if one.card_id and not self._is_over(one, since)]
        cards = [card for one in alive for card in await self.store.call(card_rows.cards, one.code)]
        times = {"since": show.when(since, until), "until": show.when(until, until)}
        await asyncio.gather(
            *(self._say(where, codes, times) for where, codes in [*askers(alive), *deciders(cards)])
        )

    def _is_over(self, request: Request, since: float) -> bool:
        return request.state == State.DRAFT and request.changed_at < since - PLAN_LIVES

    async def _say(self, where: Where, codes: list[str], times: Mapping[str, str]) -> None:
        words = AWAY.format(codes=listed(codes, "or"), **times)
        try:
            if isinstance(where, Place):
                await self.messenger.answer(where, words)
            else:
                await self.messenger.tell(where, words)
        except WebexError as problem:
            log.warning("not told", status=problem.status)


def askers(requests: Iterable[Request]) -> list[tuple[Where, list[str]]]:
    """Where cards of requesters are shown, and of which requests."""
    return _gathered((one.place, one.code) for one in requests)


def deciders(cards: Iterable[CardCopy]) -> list[tuple[Where, list[str]]]:
    """Where approval cards are shown, and of which requests."""
    return _gathered(
        (Place(card.room_id, direct=False) if card.room_id else card.email, card.request)
        for card in cards
    )


def _gathered(pairs: Iterable[tuple[Where, str]]) -> list[tuple[Where, list[str]]]:
    found: defaultdict[Where, list[str]] = defaultdict(list)
    for where, code in pairs:
        found[where].append(code)
    return list(found.items())
