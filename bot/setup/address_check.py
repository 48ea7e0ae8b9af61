"""What `provbot access add` says about an address: it works without Webex, so it only warns."""

import asyncio
from contextlib import suppress

from bot.core import config, logs
from bot.core.config import Config
from bot.core.errors import ConfigError
from bot.domain.identity import Identities, organizations
from bot.domain.lookup.addresses import CHECK_SPELLING, FOREIGN, UNKNOWN
from bot.webex.client import Client, FixedToken, ssl_context
from bot.webex.http_client import http_client
from bot.webex.messaging import MessagesApi

LOOK_UP_TIMEOUT = 5.0  # seconds for both calls: the role is stored by then


def warning(email: str) -> str:
    """A sentence if the address is doubtful; empty without settings, or if Webex does not tell."""
    try:
        settings = config.load()
    except ConfigError:
        return ""
    logs.silence()
    with suppress(Exception):  # whatever it is, `provbot doctor` explains it
        return asyncio.run(_looked_up(email, settings))
    return ""


async def _looked_up(email: str, settings: Config) -> str:
    token = FixedToken(settings.bot_token.get_secret_value())
    async with (
        asyncio.timeout(LOOK_UP_TIMEOUT),
        http_client(ssl_context(settings.ca_file)) as http,
    ):
        messages = MessagesApi(Client(http, settings.api_url, token))
        me = await messages.me()
        own = organizations(me.get("orgId"), settings.org_id)
        identities = Identities(messages, own)
        account = await identities.account_at(email)
    if account is None:
        return UNKNOWN.format(email=email, hint=CHECK_SPELLING)
    return "" if identities.is_ours(account) else FOREIGN.format(email=email)
