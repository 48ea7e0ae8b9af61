"""The running bot: receive events, keep the background tasks going, and shut down."""

import asyncio
import time
from dataclasses import dataclass

from bot.chat.inbox import Inbox
from bot.chat.listener import BOT_UNAUTHORIZED
from bot.chat.receiver import Receiver
from bot.core import logs, retry
from bot.core.errors import DatabaseUnavailable, TokenRefused, WebexError
from bot.core.outage import Outage
from bot.requests.access_asks import AccessAsks
from bot.requests.approvals import Approvals
from bot.requests.expiry import PlanExpiry
from bot.requests.following import Following
from bot.requests.interaction import Reply
from bot.requests.runner import Runner
from bot.requests.strangers import Strangers
from bot.requests.zones import ZoneReader
from bot.service.retention import Retention
from bot.webex.bot_token import BotToken
from bot.webex.client import TokenSource
from bot.webex.tokens import ServiceAppToken

log = logs.get_logger("bot")

APPROVALS_INTERVAL = 5.0  # seconds between checks for reminders and expired requests
# Seconds between checks whether the access token must be renewed, and whether a revoked service app
# is authorized again: within a minute it must work, even if nobody asks.
TOKEN_INTERVAL = 20.0
# Seconds. With closing the websocket twenty in all; container platforms kill after thirty.
FINISH_TIMEOUT, CANCEL_TIMEOUT = 14.0, 3.0
# Where another process is ready: it must lead within ten seconds, and resumes what is cancelled.
HAND_OVER_TIMEOUT = 4.0


@dataclass(frozen=True)
class Bot:
    """All parts of the bot. `token` is for the admin APIs."""

    receiver: Receiver
    inbox: Inbox[Reply]
    runner: Runner
    approvals: Approvals
    token: TokenSource
    retention: Retention
    bot_token: BotToken
    strangers: Strangers
    zone_reader: ZoneReader
    access_asks: AccessAsks
    expiry: PlanExpiry
    following: Following
    finish_timeout: float = FINISH_TIMEOUT

    async def run(self) -> None:
        """Resume unfinished work, and listen until cancelled. Raises TokenRefused."""
        await self.recover()
        background = [
            asyncio.create_task(work)
            for work in (
                self._run_timers(),
                self._renew_token(),
                self.retention.daily(),
                self.zone_reader.run(),
                self.expiry.run(),
                self.following.run(),
            )
        ]
        try:
            await self._listen()
        finally:
            for task in background:
                task.cancel()

    async def recover(self) -> None:
        """Resume unfinished work, even if the database is locked at first."""
        await retry.run(retry.BACKGROUND, self.runner.recover)
        await retry.run(retry.BACKGROUND, self.inbox.recover)

    async def _listen(self) -> None:
        """Listen until Webex refuses the bot's token, which it may do while the socket lives."""
        listening = asyncio.create_task(self.receiver.listen())
        refused = asyncio.create_task(self.bot_token.died())
        try:
            await asyncio.wait({listening, refused}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            refused.cancel()
            listening.cancel()  # it removes its registration before it ends
            await asyncio.wait({listening})
        if not listening.cancelled():
            listening.result()
        raise TokenRefused(BOT_UNAUTHORIZED)

    async def _renew_token(self) -> None:
        """Renew the access token even if nobody uses it: an unused refresh token expires."""
        while True:
            await asyncio.sleep(TOKEN_INTERVAL)
            try:
                await self.token.get()
            except WebexError as error:  # the readiness check reports it
                log.warning("access_token_unavailable", status=error.status, reason=error.message)
            except Exception:
                log.exception("token_renewal_failed")

    async def _run_timers(self) -> None:
        """Send what a crash prevented; then run the timers of requests and of access."""
        outage, recovered = Outage(), False
        while True:
            try:
                if not recovered:
                    await self.approvals.recover()
                    recovered = True
                await self.approvals.tick()
                await self.strangers.tick()
                await self.access_asks.tick()
                outage.end()
            except DatabaseUnavailable as error:
                if outage.begins(error):
                    log.warning("timer_waits", reason=str(error))
            except Exception:  # a problem with one request must not stop the timers
                log.exception("timer_failed")
            await asyncio.sleep(APPROVALS_INTERVAL)

    async def finish(self) -> None:
        """Let running work finish; cancel what takes too long, which the next start resumes."""
        deadline = time.monotonic() + self.finish_timeout
        await self.inbox.finish(self.finish_timeout)
        await self.runner.finish(max(deadline - time.monotonic(), 0.1))
        await self.inbox.cancel_pending()
        await asyncio.gather(self._cancel_pending(), self._close_token())

    async def _cancel_pending(self) -> None:
        try:
            await self.runner.cancel_pending(CANCEL_TIMEOUT)
            await self.strangers.close()
        except Exception:  # such as a full disk; the exit status must still tell why the run ended
            log.exception("pending_cancel_failed")

    async def _close_token(self) -> None:
        if isinstance(self.token, ServiceAppToken):
            await self.token.close()
