"""Who stands behind the addresses of approvers and admins, as far as Webex tells it soon.

What is read here is only for warnings and names: an address whose look-up fails counts as known.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.core.errors import Refused, WebexError
from bot.core.models.people import Sender
from bot.domain.ports import Accounts
from bot.webex.rate_limiter import short_wait

LOOK_UP_TIMEOUT = 3.0  # seconds for all look-ups of one message
MAX_LOOKED_UP = 50  # addresses at once
# Seconds. An address gets an account sooner than it loses one, and a typing mistake is corrected
# while people wait for it.
FOUND_LIFETIME, MISSING_LIFETIME = 3600.0, 60.0


@dataclass(frozen=True)
class Addresses:
    """Looks up accounts by address, and keeps the answers for a while."""

    accounts: Accounts
    clock: Callable[[], float]
    _kept: dict[str, tuple[float, Sender | None]] = field(default_factory=dict)  # until when

    async def nobody_at(self, emails: Sequence[str]) -> list[str]:
        """Return those of the addresses that no account has."""
        await self._look_up(emails)
        return [email for email in emails if self._kept.get(email, (0.0, True))[1] is None]

    async def named(self, emails: Sequence[str]) -> list[str]:
        """Return each as `Ada Fischer (ada@acme.example)`, or as the address."""
        await self._look_up(emails)
        people = [(email, self._kept.get(email, (0.0, None))[1]) for email in emails]
        return [
            f"{account.name} ({email})" if account and account.name else email
            for email, account in people
        ]

    async def _look_up(self, emails: Sequence[str]) -> None:
        now = self.clock()
        for email in [email for email, (until, _) in self._kept.items() if until <= now]:
            del self._kept[email]
        unread = [email for email in emails if email not in self._kept][:MAX_LOOKED_UP]
        try:
            with short_wait():
                async with asyncio.timeout(LOOK_UP_TIMEOUT):
                    await asyncio.gather(*(self._read(email) for email in unread))
        except TimeoutError:
            return

    async def _read(self, email: str) -> None:
        try:
            account = await self.accounts.account_at(email)
        except (WebexError, Refused):
            return
        lifetime = MISSING_LIFETIME if account is None else FOUND_LIFETIME
        self._kept[email] = self.clock() + lifetime, account
