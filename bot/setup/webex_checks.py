"""The checks of `provbot doctor` that ask Webex about network, clock, tokens and websocket.

They change nothing but one websocket registration, which they remove again.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from bot.chat import reconnect
from bot.chat.listener import Listener
from bot.core.config import Config
from bot.core.errors import Forbidden, NotFound, WebexError
from bot.core.models.text import clean
from bot.service.service_app import RefreshTokens
from bot.service.start_checks import account_of
from bot.setup import credentials
from bot.setup.credentials import AUTHORIZE_AGAIN, ServiceApp
from bot.setup.report import CheckResult, Status
from bot.store import approval_space as approval_space_table
from bot.store import bot_account
from bot.store.database import Store, instance
from bot.store.encryption import Cipher
from bot.webex.client import Client, FixedToken, ssl_context
from bot.webex.messaging import MessagesApi
from bot.webex.tokens import Credentials

MAX_SKEW = 30.0  # seconds
EXPIRES_SOON = 14 * 24 * 3600.0  # seconds before the end of a refresh token for a warning
CONNECT_TIMEOUT = 20.0  # seconds
# To renew the token may end the one in the settings, and there is no place yet for the new one.
NOT_RENEWED = CheckResult(
    "service app",
    "not checked: an empty database cannot keep its new refresh token",
    Status.UNKNOWN,
    "run `provbot doctor` again once `provbot run` has made the tables",
)


async def network(
    settings: Config, http: httpx.AsyncClient, clock: Callable[[], float] = time.time
) -> list[CheckResult]:
    """Check that the API responds, and compare the clocks."""
    route = route_to(settings.api_url)
    began = clock()
    try:
        answer = await http.get(f"{settings.api_url}/people/me")
    except httpx.RequestError as error:
        message = credentials.unreachable(settings.api_url, error)
        return [CheckResult("network", message, Status.FAILED, f"tried {route}")]
    milliseconds = round((clock() - began) * 1000)
    host = urlsplit(settings.api_url).hostname
    reached = CheckResult("network", f"{host} answers in {milliseconds} ms, {route}")
    return [reached, skew(answer.headers, clock())]


def route_to(url: str, proxies: Mapping[str, str] | None = None) -> str:
    """Return `directly` or `through the proxy HOST:PORT`, without its password."""
    configured = (getproxies() if proxies is None else proxies).get(urlsplit(url).scheme)
    if not configured or proxy_bypass(urlsplit(url).hostname or ""):
        return "directly"
    try:
        proxy = urlsplit(configured)
        port = proxy.port or 80
    except ValueError:  # not repeated, because it may contain a password
        return "through a proxy with an invalid address or port (HTTPS_PROXY)"
    return f"through the proxy {proxy.hostname}:{port}"


def skew(headers: Mapping[str, str], now: float) -> CheckResult:
    """Compare this machine's clock with Webex's `Date` header, because expiry depends on it."""
    try:
        webex_time = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        return CheckResult("clock", "Webex did not send the time", Status.UNKNOWN)
    offset = now - webex_time
    if abs(offset) <= MAX_SKEW:
        return CheckResult("clock", f"correct to {max(abs(offset), 1):.0f} s")
    direction = "ahead of" if offset > 0 else "behind"
    return CheckResult(
        "clock",
        f"{abs(offset):.0f} s {direction} Webex",
        Status.WARNING,
        "synchronize this machine's clock (NTP): expiry times depend on it",
    )


async def bot_token(settings: Config, http: httpx.AsyncClient, store: Store) -> CheckResult:
    """Check that the token is valid and belongs to a bot, and the database to that bot."""
    token = settings.bot_token.get_secret_value()
    me = await credentials.bot(http, settings.api_url, token, settings.cloud)
    account = account_of(me, settings.org_id)
    await store.call(bot_account.check, account, str(settings.database))
    message = f"{credentials.name_of(me)} ({credentials.email_of(me)})"
    if not (me.get("orgId") or settings.org_id):
        return CheckResult(
            "bot token",
            f"{message}; Webex does not say which organization it belongs to",
            Status.WARNING,
            "set WEBEX_ORG_ID: without it, a role for a whole domain also covers accounts of other"
            " organizations",
        )
    return CheckResult("bot token", message)


async def approval_space(settings: Config, http: httpx.AsyncClient, store: Store) -> CheckResult:
    """Check that the bot is a member of the approval space, of the setting or chosen in chat."""
    chosen = None if settings.approval_room else await store.call(approval_space_table.current)
    room_id = settings.approval_room or (chosen.room_id if chosen else "")
    if not room_id:
        return CheckResult("approval space", "none; approvers get direct messages")
    token = FixedToken(settings.bot_token.get_secret_value())
    messages = MessagesApi(Client(http, settings.api_url, token))
    by = "chosen in chat" if chosen else "set by PROVBOT_APPROVAL_ROOM"
    try:
        room = await messages.room(room_id)
    except (Forbidden, NotFound):
        if chosen is None:
            raise
        return CheckResult(
            "approval space",
            f"“{chosen.title}”, {by}, is gone, or the bot is not in it; approvers get direct "
            "messages",
            Status.FAILED,
            "add the bot again, or write “use this space for approvals” in another space",
        )
    return CheckResult("approval space", f"“{clean(str(room.get('title', '')), 80)}”, {by}")


async def websocket(settings: Config, store: Store) -> CheckResult:
    """Connect a websocket, through the proxy if there is one, and remove it again."""
    listener = await Listener.open(
        settings.bot_token.get_secret_value(),
        name=reconnect.DOCTOR,
        u2c_url=settings.u2c_url,
        context=ssl_context(settings.ca_file),
    )
    problem, names = await listener.try_connecting(CONNECT_TIMEOUT)
    if problem:
        return CheckResult(
            "websocket",
            f"cannot connect: {problem}",
            Status.FAILED,
            f"allow wss:// connections to {settings.cloud.sockets} in proxies and firewalls",
        )
    if reconnect.other_registrations(names, f"provbot-{await store.call(instance)}"):
        return CheckResult(
            "websocket",
            "connects, but another provbot is registered with this bot token",
            Status.WARNING,
            "run only one: two answer everything twice. After a crash, the other may be a leftover"
            " registration, which disappears on its own",
        )
    return CheckResult("websocket", "connects")


@dataclass(frozen=True)
class Admin:
    """A working token of the service app. `scopes` is empty if Webex did not name them."""

    token: str
    scopes: str
    result: CheckResult


async def service_app(settings: Config, http: httpx.AsyncClient, store: Store) -> Admin:
    """Return the renewed or fixed token, and when it expires. Raises CredentialError."""
    if settings.access_token is not None:
        return await _fixed(settings, http, settings.access_token.get_secret_value())
    # Config checks that these are set.
    assert settings.client_id  # noqa: S101
    assert settings.client_secret  # noqa: S101
    assert settings.refresh_token  # noqa: S101
    configured = settings.refresh_token.get_secret_value()
    stored_tokens = RefreshTokens(store, configured, Cipher(settings.keys))
    newest = await stored_tokens.load() or configured
    secret = settings.client_secret.get_secret_value()
    tokens = await credentials.service_app(
        http, settings.api_url, Credentials(settings.client_id, secret, newest)
    )
    await stored_tokens.save(tokens.refresh_token)
    return Admin(tokens.access_token, tokens.scopes, expiry(tokens, time.time()))


def expiry(tokens: ServiceApp, now: float) -> CheckResult:
    """Tell when the tokens expire, with a warning shortly before."""
    message = f"renewed; the access token is valid until {_day(now + tokens.access_lifetime)}"
    if not tokens.refresh_lifetime:
        return CheckResult("service app", message)
    message = f"{message}, the refresh token until {_day(now + tokens.refresh_lifetime)}"
    if tokens.refresh_lifetime < EXPIRES_SOON:
        hint = f"before that day, {AUTHORIZE_AGAIN}"
        return CheckResult("service app", message, Status.WARNING, hint)
    return CheckResult("service app", message)


async def _fixed(settings: Config, http: httpx.AsyncClient, token: str) -> Admin:
    await credentials.access_token(http, settings.api_url, token)
    client = Client(http, settings.api_url, FixedToken(token))
    try:
        until = _day(float((await client.get("authorizations/tokenExpiry"))["exp"]) / 1000)
    except (WebexError, LookupError, TypeError, ValueError):  # only informative
        until = "an unknown day"
    result = CheckResult(
        "service app",
        f"a fixed access token, which is not renewed; valid until {until}",
        Status.WARNING,
        "after the trial, run `provbot init` and enter a refresh token",
    )
    return Admin(token, "", result)


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
