"""`provbot doctor`: what is missing or wrong, in words that can be sent to a colleague. No secrets."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import typer

from bot import config, telemetry
from bot.app import service_app
from bot.chat.listener import Listener
from bot.config import Config
from bot.errors import ConfigError, Forbidden, Refused, ServiceAppRevoked, WebexError
from bot.store import access
from bot.store.database import Store, integrity
from bot.store.seal import Seal
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken, trust
from bot.webex.messages import MessagesApi
from bot.webex.transport import Carrier, transport

HARMLESS_MAC = (
    "00005E0053B4"  # from the range for documentation (RFC 7042); asking about it changes nothing
)


@dataclass(frozen=True)
class Check:
    """One thing that must be so, and what does not work while it is not."""

    name: str
    ask: Callable[[], Awaitable[object]]
    needed_for: str
    scope: str = ""


def run() -> bool:
    """Print a line for each check; whether all is well."""
    telemetry.silence()
    try:
        settings = config.load()
    except ConfigError as problem:
        _line("settings", problem=str(problem).replace("\n", "\n" + " " * 30))
        return False
    _line("settings", "complete")
    return asyncio.run(_examine(settings))


async def _examine(settings: Config) -> bool:
    try:
        store = Store(settings.database)
    except ConfigError as problem:
        _line("database", problem=str(problem))
        return False
    try:
        async with transport(trust(settings.ca_file)) as http:
            checks = _checks(settings, store, http)
            # Side by side: while nothing can be reached each of them tries for some seconds.
            answers = await asyncio.gather(
                *(check.ask() for check in checks), return_exceptions=True
            )
    finally:
        store.close()
    well = [_report(check, answer) for check, answer in zip(checks, answers, strict=True)]
    return all(well)


def _checks(settings: Config, store: Store, http: Carrier) -> list[Check]:
    bot_token = settings.bot_token.get_secret_value()
    messages = MessagesApi(Client(http, settings.api_url, FixedToken(bot_token)))
    token = service_app(settings, http, store, Seal(settings.keys))
    admin = Client(http, settings.api_url, token)
    calling = CallingApi(admin, Cache(time.monotonic), settings.org_id)
    return [
        Check("database", lambda: _database_is_whole(store), "everything"),
        Check("allowlist", lambda: _has_an_admin(store, settings), "changing who may do what"),
        Check("bot token", lambda: _is_a_bot(messages), "reading and answering messages"),
        Check("websocket service", lambda: _discovers(settings), "hearing messages"),
        *_approval_room(settings, messages),
        Check("service app", lambda: admin.get("people/me"), "every command but help"),
        Check("locations", calling.locations, "locations of owners", "spark-admin:locations_read"),
        Check(
            "models",
            calling.models,
            "add phone, activation code",
            "spark-admin:telephony_config_read",
        ),
        Check(
            "MAC check",
            lambda: calling.mac_state(HARMLESS_MAC),
            "add phone, create dect network",
            "spark-admin:telephony_config_write",
        ),
        Check(
            "devices",
            lambda: admin.get("devices", max=1),
            "devices, device",
            "spark-admin:devices_read",
        ),
        Check(
            "people",
            lambda: admin.get("people", email="nobody@example.com"),
            "finding people",
            "spark-admin:people_read",
        ),
        Check(
            "workspaces",
            lambda: admin.get("workspaces", max=1),
            "finding workspaces",
            "spark-admin:workspaces_read",
        ),
        Check(
            "licences",
            lambda: admin.get("licenses"),
            "warnings about licences (optional)",
            "spark-admin:licenses_read",
        ),
    ]


def _approval_room(settings: Config, messages: MessagesApi) -> list[Check]:
    """Only where there is one: a space that the bot cannot see shows no card to anybody."""
    room = settings.approval_room
    if not room:
        return []
    return [Check("approval space", lambda: messages.room(room), "approvals")]


async def _database_is_whole(store: Store) -> str:
    return await store.call(integrity)


async def _has_an_admin(store: Store, settings: Config) -> str:
    admins = {*await store.call(access.admins), *settings.admins}
    if not admins:
        raise Refused(
            "Nobody is admin. Set PROVBOT_ADMINS, or run: provbot access add YOU@example.com admin"
        )
    return ", ".join(sorted(admins))


async def _is_a_bot(messages: MessagesApi) -> str:
    me = await messages.me()
    if me.get("type") != "bot":
        raise Refused(f"WEBEX_BOT_TOKEN is the token of a {me.get('type')}, not of a bot.")
    return f"{me.get('displayName')} ({(me.get('emails') or [''])[0]})"


async def _discovers(settings: Config) -> str:
    token, context = settings.bot_token.get_secret_value(), trust(settings.ca_file)
    await Listener.open(token, name="doctor", u2c_url=settings.u2c_url, context=context)
    return "reachable"


def _report(check: Check, answer: object) -> bool:
    """A line for what was found: an answer, or whatever exception stands for it."""
    if isinstance(answer, BaseException):
        _line(check.name, problem=f"{_words(check, answer)} Needed for {check.needed_for}.")
        return False
    _line(check.name, answer if isinstance(answer, str) else "ok")
    return True


def _words(check: Check, problem: BaseException) -> str:
    if isinstance(problem, Forbidden) and check.scope:
        return f"The service app has no scope {check.scope}: add it on developer.webex.com, then authorize it again."
    if isinstance(problem, ServiceAppRevoked):
        return "The service app must be authorized again: Control Hub > Apps > Service Apps."
    if isinstance(problem, WebexError):
        return f"Webex answered {problem.status}: {problem.words.rstrip('.')}."
    known = isinstance(problem, ConfigError | Refused)
    return str(problem) if known else f"Not reachable ({type(problem).__name__})."


def _line(name: str, said: str = "", *, problem: str = "") -> None:
    mark = "WRONG" if problem else "ok"
    typer.echo(f"{mark:6} {name:22} {problem or said}")
