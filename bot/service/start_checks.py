"""What must be right before this process writes: the key, the bot's token, and its database.

A standby looks as well, before it is ready: a faulty update must not replace the processes that
work.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from bot.chat.listener import BOT_UNAUTHORIZED
from bot.core import logs
from bot.core.config import Config
from bot.core.errors import TokenRefused, Unauthorized, WebexError
from bot.service.service_app import readable, unlocked
from bot.store import bot_account
from bot.store.bot_account import BotAccount
from bot.store.database import Store
from bot.webex.client import Client, FixedToken, ssl_context
from bot.webex.http_client import http_client
from bot.webex.messaging import MessagesApi, key_of

log = logs.get_logger("start_checks")

ANSWER_TIMEOUT: Final = 5.0  # seconds; without an answer, the standby does not wait any longer


def account_of(me: Mapping[str, Any], org_id: str | None) -> BotAccount:
    """Return the bot's account as Webex tells it, and the organization of the settings."""
    emails = me.get("emails") or [""]
    return BotAccount(key_of(str(me.get("id", ""))), str(emails[0]), key_of(org_id or ""))


async def prepare_database(config: Config, store: Store, me: Mapping[str, Any]) -> None:
    """Note whose database it is, and then encrypt its secrets: the first that a leader writes.

    Raises ConfigError if it belongs to another bot, and if no key fits.
    """
    account = account_of(me, config.org_id)
    await store.call(bot_account.claim, account, str(config.database))
    await unlocked(config, store)


async def check_standby(config: Config, store: Store) -> None:
    """Raise what the start of a leader would end with; it is no failure if Webex does not answer.

    Raises ConfigError, and TokenRefused.
    """
    await readable(config, store)
    me = await _own_account(config)
    if me:
        account = account_of(me, config.org_id)
        await store.call(bot_account.check, account, str(config.database))


async def _own_account(config: Config) -> Mapping[str, Any]:
    token = FixedToken(config.bot_token.get_secret_value())
    async with http_client(ssl_context(config.ca_file)) as http:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                return await MessagesApi(Client(http, config.api_url, token)).me()
        except Unauthorized as error:
            raise TokenRefused(BOT_UNAUTHORIZED) from error
        except (WebexError, TimeoutError) as error:
            log.warning("standby_unchecked", reason=type(error).__name__)
            return {}
