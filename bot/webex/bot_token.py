"""The bot's own token: nobody renews it. A 401 is verified by asking Webex who we are.

A stray 401 means that nothing was done, so the call may be made again. A dead token ends the
process.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.core import logs
from bot.core.errors import Unauthorized, Unreached, WebexError

log = logs.get_logger("bot_token")

# Seconds before each question. People/me may answer a stray 401 too, so one refusal proves nothing;
# eleven seconds leave time to finish what runs, and to end within half a minute.
PAUSES = (0.0, 2.0, 4.0, 5.0)


class BotToken:
    """A TokenSource that tells a stray 401 from a dead token.

    `get_own_account` raises Unauthorized on a 401.
    """

    def __init__(
        self,
        value: str,
        get_own_account: Callable[[], Awaitable[object]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._value, self._get_own_account, self._sleep = value, get_own_account, sleep
        self._verification: asyncio.Task[bool] | None = None
        self._is_dead = asyncio.Event()

    async def get(self) -> str:
        """The token; Unauthorized once it is known to be dead."""
        if self._is_dead.is_set():
            raise _dead()
        return self._value

    async def renew(self, rejected: str) -> str:  # noqa: ARG002 - the Protocol's signature
        """Raise Unreached if the token is valid, so that the call is retried, else Unauthorized."""
        if await self.is_valid():
            raise Unreached(401, "Webex refused the bot's token for a moment.")
        raise _dead()

    async def is_valid(self) -> bool:
        """Whether Webex still accepts the token. Concurrent callers share one verification."""
        if self._verification is None or self._verification.done():
            self._verification = asyncio.create_task(self._verify())
        return await asyncio.shield(self._verification)

    async def died(self) -> None:
        """Returns when the token is known to be dead."""
        await self._is_dead.wait()

    async def _verify(self) -> bool:
        if self._is_dead.is_set():
            return False
        for pause in PAUSES:
            await self._sleep(pause)
            try:
                await self._get_own_account()
            except Unauthorized:
                continue
            except WebexError as problem:  # an outage says nothing about the token
                log.warning("token_verification_failed", status=problem.status)
            return True
        self._is_dead.set()
        return False


def _dead() -> Unauthorized:
    return Unauthorized(401, "The bot's token is not accepted.")
