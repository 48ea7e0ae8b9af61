"""Refusals that tell whom to ask for a role, and have a button that asks.

Only accounts of our own organization are told who the admins are, and that alone: a group space may
have guests.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.chat.event_reader import IncomingEvent
from bot.chat.messenger import Answer
from bot.core.errors import Denied, Refused, Stranger, WebexError
from bot.core.models.people import Sender
from bot.core.models.text import join_words
from bot.requests.authorization import Authorization, OtherAccount
from bot.store import grants as grants_table
from bot.webex.rate_limiter import short_wait
from cards import access as cards

MAX_ADMINS = 3  # who are named
# Names of admins change rarely, and each refusal would read them again.
NAMES_LIFETIME = 3600.0  # seconds
PATIENCE = 3.0  # seconds for the names; without them the addresses are enough


class AskedAlready(Stranger):
    """The person has asked for access, and an admin has not decided yet."""


@dataclass(frozen=True)
class Refusals:
    """Makes the answers to people whose role does not suffice."""

    authorization: Authorization
    clock: Callable[[], float] = time.monotonic
    patience: float = PATIENCE
    _names: dict[str, tuple[float, str]] = field(default_factory=dict)

    async def answer(self, refusal: Refused, incoming: IncomingEvent) -> Answer:
        """The refusal; a card with the button, if a role is missing and the account may ask."""
        text = str(refusal)
        if not isinstance(refusal, Denied) or isinstance(refusal, OtherAccount | AskedAlready):
            return text
        try:
            account = await self.authorization.identities.of(incoming.sender.person_id)
        except Refused:
            return text
        if not self.may_ask(account):
            return text
        if incoming.place.direct and self._is_colleague(account):
            text = f"{text} {await self._admins()}".strip()
        return cards.refusal(text, wants=refusal.command)

    def may_ask(self, account: Sender) -> bool:
        """Whether the account may ask: it is of our organization, or the policy admits guests."""
        return self.authorization.guests or self._is_colleague(account)

    def _is_colleague(self, account: Sender) -> bool:
        """Whether the account is known to be of our own organization."""
        return account.org != "" and account.org in self.authorization.identities.own

    async def _admins(self) -> str:
        """The sentence that names a few admins; empty if there is none."""
        emails = await self.authorization.store.call(grants_table.admins)
        shown = [await self._described(email) for email in emails[:MAX_ADMINS]]
        if not shown:
            return ""
        verb = "The admin is" if len(shown) == 1 else "Admins are"
        return f"{verb} {join_words(shown, 'and')}."

    async def _described(self, email: str) -> str:
        read_at, name = self._names.get(email, (-NAMES_LIFETIME, ""))
        if self.clock() - read_at >= NAMES_LIFETIME:
            name = await self._read_name(email)
            self._names[email] = (self.clock(), name)
        return f"{name} ({email})" if name else email

    async def _read_name(self, email: str) -> str:
        try:
            with short_wait():
                async with asyncio.timeout(self.patience):
                    account = await self.authorization.identities.account_at(email)
        except (WebexError, Refused, TimeoutError):
            return ""
        return account.name if account else ""
