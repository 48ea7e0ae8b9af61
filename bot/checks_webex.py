"""What `provbot doctor` asks Webex: tokens, scopes, clock, proxy, websocket. Only reads, and one registration that it gives back."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bot import trial
from bot.app import RefreshTokens
from bot.chat.listener import Listener
from bot.config import Config
from bot.errors import Forbidden, Refused, Unauthorized, WebexError
from bot.findings import Finding, Mark
from bot.scopes import SCOPES, Scope
from bot.store.database import Store, instance
from bot.store.seal import Seal
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken, trust
from bot.webex.messages import MessagesApi
from bot.webex.tokens import Credentials, exchange
from bot.webex.transport import Carrier, NoAnswer, NotSent

MOST_SKEW = 30.0  # seconds
SOON = 14 * 24 * 3600.0  # seconds before its end in which a refresh token is worth a warning
DOCTOR = "provbot-doctor"  # the name of its registration
CONNECTS_WITHIN = 20.0  # seconds
# From the range for documentation (RFC 7042); asking about it changes nothing.
HARMLESS_MAC = "00005E0053B4"
AGAIN = "have a Full Admin authorize it again (Control Hub > Apps > Service Apps), generate new tokens, and run `provbot init`"

BOT_AGAIN = (
    "copy it again, whole, or make a new one (developer.webex.com > My Apps, your bot, Regenerate)"
)


# The way there


async def network(
    settings: Config, http: Carrier, clock: Callable[[], float] = time.time
) -> list[Finding]:
    """Whether the API answers at all, by which way, and how far the clocks are apart."""
    try:
        began = clock()
        answer = await http.send("GET", f"{settings.api_url}/people/me", {}, None)
    except (NotSent, NoAnswer) as problem:
        cloud = trial.Cloud(settings.api_url)
        said = trial.unreached(cloud, problem)
        return [Finding("network", said, Mark.WRONG, f"{way(settings.api_url)} was tried")]
    took = round((clock() - began) * 1000)
    host = urlsplit(settings.api_url).hostname
    reached = Finding("network", f"{host} answers in {took} ms, {way(settings.api_url)}")
    return [reached, skew(answer.headers, clock())]


def way(url: str, proxies: Mapping[str, str] | None = None) -> str:
    """`directly`, or `by the proxy HOST:PORT`; its password is not told."""
    found = (getproxies() if proxies is None else proxies).get(urlsplit(url).scheme)
    if not found or proxy_bypass(urlsplit(url).hostname or ""):
        return "directly"
    try:
        proxy = urlsplit(found)
        port = proxy.port or 80
    except ValueError:  # not repeated: a password may stand in it
        return "by a proxy whose port or address cannot be (HTTPS_PROXY)"
    return f"by the proxy {proxy.hostname}:{port}"


def skew(headers: Mapping[str, str], now: float) -> Finding:
    """How far this machine's clock is from Webex's `Date`: lifetimes and expiries hang on it."""
    try:
        theirs = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        return Finding("clock", "Webex did not say what time it is", Mark.UNKNOWN)
    off = now - theirs
    if abs(off) <= MOST_SKEW:
        return Finding("clock", f"right to {max(abs(off), 1):.0f} s")
    said = f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} Webex"
    return Finding(
        "clock", said, Mark.WARNING, "set this machine's clock (NTP): expiries are reckoned with it"
    )


# The bot


async def bot_token(settings: Config, http: Carrier) -> Finding:
    """It lives, and is a bot's."""
    me = await _bot(settings, http).me()
    if me.get("type") != "bot":
        raise Refused(f"WEBEX_BOT_TOKEN is the token of a {me.get('type')}, not of a bot.")
    email = str((me.get("emails") or [""])[0])
    return Finding("bot token", f"{me.get('displayName')} ({email})")


async def approval_space(settings: Config, http: Carrier) -> Finding:
    """A space that the bot cannot see shows no card to anybody."""
    if not settings.approval_room:
        return Finding("approval space", "none: approvers get direct messages")
    room = await _bot(settings, http).room(settings.approval_room)
    return Finding("approval space", f"“{room.get('title', '')}”")


async def websocket(settings: Config, store: Store) -> Finding:
    """A socket of its own comes into service, by whatever proxy there is; it is given back at once."""
    listener = await Listener.open(
        settings.bot_token.get_secret_value(),
        name=DOCTOR,
        u2c_url=settings.u2c_url,
        context=trust(settings.ca_file),
    )
    problem, others = await listener.tried(CONNECTS_WITHIN)
    if problem:
        return Finding("websocket", f"does not come into service: {problem}", Mark.WRONG, "proxies and firewalls must let wss:// of *.wbx2.com pass")  # fmt: skip
    mine = f"provbot-{await store.call(instance)}"
    strangers = {name for name in others if name.startswith("provbot-")} - {mine, DOCTOR}
    if strangers:
        return Finding("websocket", "works, but another provbot is registered with this bot's token", Mark.WARNING, "two that run answer everything twice; after a crash it may be what is left of one: then it passes")  # fmt: skip
    return Finding("websocket", "comes into service")


def _bot(settings: Config, http: Carrier) -> MessagesApi:
    token = FixedToken(settings.bot_token.get_secret_value())
    return MessagesApi(Client(http, settings.api_url, token))


# The service app


@dataclass(frozen=True)
class Admin:
    """A token of the service app that works. `scopes` is empty where Webex did not name them."""

    token: str
    scopes: str
    finding: Finding


async def service_app(settings: Config, http: Carrier, store: Store) -> Admin:
    """Its token, renewed or fixed, and until when it lives. Raises where there is none."""
    if settings.access_token is not None:
        return await _fixed(settings, http, settings.access_token.get_secret_value())
    assert settings.client_id and settings.client_secret and settings.refresh_token  # noqa: S101, PT018 - Config insists
    configured = settings.refresh_token.get_secret_value()
    kept = RefreshTokens(store, configured, Seal(settings.keys))
    newest = await kept.load() or configured
    given = Credentials(settings.client_id, settings.client_secret.get_secret_value(), newest)
    body = await exchange(http, f"{settings.api_url}/access_token", given, newest)
    if not isinstance(body, dict) or not body.get("access_token"):
        raise Refused("The token service answered without a token.")
    await kept.save(str(body.get("refresh_token") or newest))
    return Admin(str(body["access_token"]), str(body.get("scope") or ""), _lives(body, time.time()))


def refused(problem: WebexError) -> tuple[str, str]:
    """What is wrong with what the service app was given, and what to do."""
    words = problem.words.rstrip(".")
    if "client" in words.lower():
        return trial.which(problem), ""
    said = f"Webex does not accept the refresh token: it was not copied whole, or the service app must be authorized again. Webex said: {words}."
    return said, f"copy it again, whole, or {AGAIN}"


def _lives(body: Mapping[str, Any], now: float) -> Finding:
    left = float(body.get("refresh_token_expires_in") or 0)
    said = f"renewed; the access token lives until {_day(now + float(body.get('expires_in') or 0))}"
    if not left:
        return Finding("service app", said)
    said = f"{said}, the refresh token until {_day(now + left)}"
    if left < SOON:
        return Finding("service app", said, Mark.WARNING, f"before that day {AGAIN}")
    return Finding("service app", said)


async def _fixed(settings: Config, http: Carrier, token: str) -> Admin:
    client = Client(http, settings.api_url, FixedToken(token))
    try:
        await client.get("people/me")
    except Unauthorized as problem:
        raise Refused("Webex does not accept this access token. It lives for a short time only: make a new one.") from problem  # fmt: skip
    try:
        until = _day(float((await client.get("authorizations/tokenExpiry"))["exp"]) / 1000)
    except (WebexError, LookupError, TypeError, ValueError):  # nothing hangs on it
        until = "a day that Webex did not name"
    said = f"a fixed access token that nobody renews; it lives until {until}"
    return Admin(token, "", Finding("service app", said, Mark.WARNING, "for more than a trial give provbot the refresh token: `provbot init`"))  # fmt: skip


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


# Its scopes


async def scopes(settings: Config, http: Carrier, admin: Admin) -> list[Finding]:
    """Each by a call that changes nothing, or by the list that came with the token."""
    client = Client(http, settings.api_url, FixedToken(admin.token))
    asking = _harmless(client, CallingApi(client, Cache(time.monotonic), settings.org_id))
    answers = await asyncio.gather(*(_asked(asking.get(scope.name)) for scope in SCOPES))
    return [
        judged(scope, answer, admin.scopes) for scope, answer in zip(SCOPES, answers, strict=True)
    ]


def _harmless(client: Client, calling: CallingApi) -> dict[str, Callable[[], Awaitable[object]]]:
    """No call proves devices_write or one_time_password without changing something."""
    return {
        "spark-admin:devices_read": lambda: client.get("devices", max=1),
        "spark-admin:telephony_config_read": calling.models,
        "spark-admin:telephony_config_write": lambda: calling.mac_state(HARMLESS_MAC),
        "spark-admin:people_read": lambda: client.get("people", email="nobody@example.com"),
        "spark-admin:workspaces_read": lambda: client.get("workspaces", max=1),
        "spark-admin:locations_read": calling.locations,
        "spark-admin:licenses_read": lambda: client.get("licenses"),
    }


async def _asked(ask: Callable[[], Awaitable[object]] | None) -> Exception | bool:
    """Whether it was answered; what went wrong; False where there is nothing to ask."""
    if ask is None:
        return False
    try:
        await ask()
    except Exception as problem:  # noqa: BLE001 - whatever it is, the table must tell
        return problem
    return True


def judged(scope: Scope, answer: Exception | bool, granted: str) -> Finding:
    """What is to be thought of a scope, by the answer of its call and the list of the token."""
    if answer is True:
        return Finding(scope.name, "works")
    if isinstance(answer, Exception) and not isinstance(answer, Forbidden):
        return Finding(scope.name, f"could not be tried: {answer}", Mark.WRONG, f"needed for {scope.breaks or scope.dims}")  # fmt: skip
    if scope.name in granted.split():
        return _listed(scope, refused=bool(answer))
    if not granted and not answer:
        return Finding(scope.name, "cannot be tried without changing something", Mark.UNKNOWN, f"needed for {scope.breaks}")  # fmt: skip
    return _missing(scope)


def _listed(scope: Scope, *, refused: bool) -> Finding:
    if refused:
        return Finding(scope.name, f"is there, but Webex refuses; without it: {scope.breaks or scope.dims}", Mark.WRONG, f"the one who authorized it may not do this: {AGAIN}")  # fmt: skip
    return Finding(scope.name, "is in the token's list")


def _missing(scope: Scope) -> Finding:
    mark = Mark.WRONG if scope.breaks else Mark.WARNING
    said = f"missing; without it: {scope.breaks or scope.dims}"
    return Finding(scope.name, said, mark, f"tick it on the service app's page, {AGAIN}")
