"""Refusals that tell whom to ask for a role, and have a button that asks.

Only accounts of our own organization are told who the admins are, and that alone: a group space may
have guests.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.chat.event_reader import IncomingEvent
from bot.chat.messenger import Answer
from bot.core.errors import Denied, Refused, Stranger, WebexError
from bot.core.models.access_asks import DISMISSED, GIVEN, AccessAsk
from bot.core.models.people import Grant, Sender
from bot.core.models.text import join_words
from bot.domain import policy
from bot.domain.command_parser import Unknown
from bot.domain.policy import Decision
from bot.requests.authorization import Authorization, OtherAccount
from bot.store import access_asks
from bot.store import grants as grants_table
from bot.webex.rate_limiter import short_wait
from cards import access as cards

MAX_ADMINS = 3  # who are named
# Names of admins change rarely, and each refusal would read them again.
NAMES_LIFETIME = 3600.0  # seconds
NAMES_TIMEOUT = 3.0  # seconds for the names; without them the addresses are enough
HOUR = 3600.0  # seconds
DAY = 24 * HOUR  # between two asks of one person
SMALL_COMMANDS = frozenset({"help", "whoami"})  # they tell nobody which role is needed

ASKED_BEFORE = (
    "Your request for access is open: no admin has decided yet. I will tell you here when one does."
)
DISMISSED_BEFORE = (
    "An admin has dismissed your request for access. You can ask again in {wait}. If you need a "
    "role before, please talk to an admin yourself."
)


class AskedAlready(Stranger):
    """The person has asked for access, and may not ask again yet."""


@dataclass(frozen=True)
class Refusals:
    """Makes the answers to people whose role does not suffice."""

    authorization: Authorization
    clock: Callable[[], float] = time.monotonic
    timeout: float = NAMES_TIMEOUT
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
        if not self.may_ask(account) or self.may_grant(await self._grants(account)):
            return text
        if incoming.place.direct and self._is_colleague(account):
            text = f"{text} {await self._admins()}".strip()
        latest = await self.authorization.store.call(access_asks.latest_of, account.person_id)
        if reason := why_not_again(latest, self.authorization.clock()):
            return f"{text} {reason}"
        return cards.refusal(text, wants=refusal.command, tried=_tried(incoming))

    def may_ask(self, account: Sender) -> bool:
        """Whether the account may ask: it is of our organization, or the policy admits guests."""
        return self.authorization.guests or self._is_colleague(account)

    def may_grant(self, grants: Iterable[Grant]) -> bool:
        """Whether these grants let somebody give roles, to themselves as well."""
        rules = self.authorization.policy
        return policy.decide("grant", grants, policy.EVERYWHERE, rules) > Decision.DENY

    async def _grants(self, account: Sender) -> tuple[Grant, ...]:
        return await self.authorization.grants_or_none(account)

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
                async with asyncio.timeout(self.timeout):
                    account = await self.authorization.identities.account_at(email)
        except (WebexError, Refused, TimeoutError):
            return ""
        return account.name if account else ""


def why_not_again(latest: AccessAsk | None, now: float) -> str:
    """Why the person may not ask at this time, after their latest ask; empty if they may."""
    if latest is None or latest.outcome == GIVEN or now - latest.asked_at >= DAY:
        return ""
    if latest.outcome != DISMISSED:
        return ASKED_BEFORE
    hours = math.ceil((latest.asked_at + DAY - now) / HOUR)
    return DISMISSED_BEFORE.format(wait="an hour" if hours == 1 else f"{hours} hours")


def _tried(incoming: IncomingEvent) -> str:
    """The command that somebody without a role typed; empty if it tells nothing."""
    verbs = [command.verb for command in incoming.commands if not isinstance(command, Unknown)]
    return next((verb for verb in verbs if verb not in SMALL_COMMANDS), "")
