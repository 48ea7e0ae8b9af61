"""Telling people what became of a request: in the space it was asked in, directly, and to those who decide."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

import stamina

from bot import telemetry
from bot.chat.messenger import Answer, Messenger
from bot.errors import WebexError
from bot.models import Place
from bot.requests.lifecycle import ENDED, State
from bot.store import approvals as rows
from bot.store import requests as request_rows
from bot.store.approvals import CardCopy
from bot.store.database import Store
from bot.store.requests import Request

log = telemetry.get_logger("announce")

TELL_FOR = 900.0  # seconds; after that it is told at the next start


@dataclass(frozen=True)
class Announcer:
    """Posts at least once: what could not be posted, or noted as posted, is posted at the next start."""

    store: Store
    messenger: Messenger
    approval_room: str | None = None
    _asking: set[str] = field(default_factory=set)  # requests whose cards are being posted
    _replacing: set[str] = field(default_factory=set)  # messages that are being replaced

    async def requester(self, request: Request, words: str, answer: Answer) -> None:
        """Where it was asked; and, in words, in a direct message where that is another place.

        A request goes on only where it was asked, so that buttons would be in vain elsewhere.
        """
        if not request.place.direct:
            await self._try(self.messenger.tell(request.requester.email, words))
        if State(request.state) in ENDED:
            await self.insist(request, answer)
            await self.store.call(request_rows.set_told, request.code)
        else:  # more will be heard: no need to wait for this word
            await self._try(self.messenger.answer(request.place, answer))
        await self.messenger.remove(request.card_id)  # the one that said it waits

    async def insist(self, request: Request, answer: Answer) -> None:
        """Where it was asked, tried for a quarter of an hour."""
        async for attempt in stamina.retry_context(
            on=WebexError, attempts=None, timeout=TELL_FOR, wait_initial=1.0, wait_max=60.0
        ):
            with attempt:
                await self.messenger.answer(request.place, answer)

    async def ask(self, request: Request, card: Answer, emails: list[str]) -> None:
        """Post the approval card wherever it is not shown yet: in the space, or to each one directly."""
        if request.code in self._asking:
            return
        self._asking.add(request.code)
        try:
            await self._ask(request, card, emails)
        finally:
            self._asking.discard(request.code)

    async def decided(self, request: Request, text: str) -> list[CardCopy]:
        """Replace every copy of the approval card by one final message; answers which were."""
        copies = await self.store.call(rows.cards, request.code)
        mine = [copy for copy in copies if copy.message_id not in self._replacing]
        self._replacing.update(copy.message_id for copy in mine)
        try:
            done = await asyncio.gather(*(self._try(self._replace(copy, text)) for copy in mine))
        finally:
            self._replacing.difference_update(copy.message_id for copy in mine)
        return [copy for copy, replaced in zip(mine, done, strict=True) if replaced]

    async def deciders(self, request: Request, text: str) -> None:
        """Tell those who approved what became of it."""
        given = await self.store.call(rows.verdicts, request.code)
        if given and self.approval_room:
            await self._try(self.messenger.answer(Place(self.approval_room, direct=False), text))
        elif given:
            await self.emails([one.email for one in given], text)

    async def remind(self, text: str, emails: list[str]) -> None:
        """Say it where the cards are."""
        if self.approval_room:
            await self._try(self.messenger.answer(Place(self.approval_room, direct=False), text))
        else:
            await self.emails(emails, text)

    async def emails(self, emails: list[str], text: str) -> None:
        """One direct message each."""
        await asyncio.gather(*(self._try(self.messenger.tell(email, text)) for email in emails))

    async def _ask(self, request: Request, card: Answer, emails: list[str]) -> None:
        shown = await self.store.call(rows.cards, request.code)
        if self.approval_room:
            if not shown:
                await self._try(self._ask_room(request, self.approval_room, card))
            return
        there = {copy.email for copy in shown}
        missing = [email for email in emails if email not in there]
        await asyncio.gather(*(self._try(self._ask_one(request, email, card)) for email in missing))

    async def _ask_room(self, request: Request, room_id: str, card: Answer) -> None:
        message = await self.messenger.answer(Place(room_id, direct=False), card)
        copy = CardCopy(message_id=message, request=request.code, room_id=room_id, email="")
        await self.store.call(rows.add_card, copy)

    async def _ask_one(self, request: Request, email: str, card: Answer) -> None:
        message = await self.messenger.tell(email, card)
        copy = CardCopy(message_id=message, request=request.code, room_id="", email=email)
        await self.store.call(rows.add_card, copy)

    async def _replace(self, copy: CardCopy, text: str) -> None:
        if copy.email:
            await self.messenger.tell(copy.email, text)
        else:
            await self.messenger.answer(Place(copy.room_id, direct=False), text)
        await self.messenger.remove(copy.message_id)
        await self.store.call(rows.drop_card, copy.message_id)

    async def _try(self, posting: Awaitable[object]) -> bool:
        """One who cannot be reached must not keep the others from hearing it."""
        try:
            await posting
        except WebexError as problem:
            log.warning("not told", status=problem.status, tracking_id=problem.tracking_id)
            return False
        return True
