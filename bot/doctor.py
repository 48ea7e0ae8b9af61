"""`provbot doctor`: what is missing or wrong, in a table that can be sent to a colleague. No secrets."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import typer

from bot import checks_here, checks_webex, config, findings, telemetry
from bot.config import Config
from bot.errors import ConfigError, Refused, Unauthorized, WebexError
from bot.findings import Finding, Mark
from bot.store.database import Store
from bot.webex.client import trust
from bot.webex.transport import Carrier, transport


@dataclass(frozen=True)
class Check:
    """One thing to look at, and what does not work while it is not as it must be."""

    name: str
    ask: Callable[[], Awaitable[Finding]]
    needed_for: str


def run(*, as_json: bool = False) -> bool:
    """Print what was found; whether nothing is wrong."""
    telemetry.silence()
    found, secrets = _examined()
    if as_json:
        typer.echo(findings.as_json(found, secrets))
    else:
        typer.echo(_header())
        typer.echo(findings.table(found, secrets))
    return findings.is_well(found)


def _header() -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    return f"provbot {version('provbot')} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC · Python {python} on {sys.platform}\n"


def _examined() -> tuple[list[Finding], list[str]]:
    try:
        settings = config.load()
    except ConfigError as problem:
        lines = str(problem).splitlines()
        return [Finding("settings", line, Mark.WRONG) for line in lines], []
    first = [Finding("settings", "complete"), checks_here.env_file(), checks_here.policy(settings)]
    return [*first, *asyncio.run(_examine(settings))], _secrets(settings)


def _secrets(settings: Config) -> list[str]:
    held = (settings.bot_token, settings.client_secret, settings.refresh_token, settings.access_token)  # fmt: skip
    return [*(one.get_secret_value() for one in held if one), *settings.keys]


async def _examine(settings: Config) -> list[Finding]:
    try:
        store = Store(settings.database)
    except ConfigError as problem:
        return [Finding("database", str(problem), Mark.WRONG, "everything needs it")]
    try:
        async with transport(trust(settings.ca_file)) as http:
            # Side by side: while nothing can be reached each of them tries for some seconds.
            here, way, there, admin = await asyncio.gather(
                _each(_local(settings, store)),
                checks_webex.network(settings, http),
                _each(_remote(settings, store, http)),
                _service_app(settings, store, http),
            )
    finally:
        store.close()
    return [*here, *way, *there, *admin]


def _local(settings: Config, store: Store) -> list[Check]:
    return [
        Check("database", lambda: checks_here.database(settings, store), "everything"),
        Check("encryption", lambda: checks_here.opens(settings, store), "provisioning"),
        Check("disk", lambda: checks_here.disk(settings), "everything"),
        Check("admins", lambda: checks_here.admins(settings, store), "changing who may do what"),
        Check("provbot itself", lambda: checks_here.running(store), "answering"),
    ]


def _remote(settings: Config, store: Store, http: Carrier) -> list[Check]:
    return [
        Check("bot token", lambda: checks_webex.bot_token(settings, http), "reading and answering messages"),
        Check("websocket", lambda: checks_webex.websocket(settings, store), "hearing messages"),
        Check("approval space", lambda: checks_webex.approval_space(settings, http), "approvals"),
    ]  # fmt: skip


async def _service_app(settings: Config, store: Store, http: Carrier) -> list[Finding]:
    """The token first: without it nothing can be said of scopes."""
    try:
        admin = await checks_webex.service_app(settings, http, store)
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is what the table must tell
        return [_wrong("service app", problem, "every command but help and whoami")]
    return [admin.finding, *await checks_webex.scopes(settings, http, admin)]


async def _each(checks: list[Check]) -> list[Finding]:
    answers = await asyncio.gather(*(check.ask() for check in checks), return_exceptions=True)
    return [
        _wrong(check.name, answer, check.needed_for)
        if isinstance(answer, BaseException)
        else answer
        for check, answer in zip(checks, answers, strict=True)
    ]


def _wrong(name: str, problem: BaseException, needed_for: str) -> Finding:
    said, todo = _words(name, problem)
    return Finding(
        name, said, Mark.WRONG, "; ".join(filter(None, (todo, f"needed for {needed_for}")))
    )


def _words(name: str, problem: BaseException) -> tuple[str, str]:
    """What is wrong, and what to do where that is known."""
    if isinstance(problem, ConfigError | Refused):
        return str(problem), ""
    if name == "bot token" and isinstance(problem, Unauthorized):
        return "Webex does not accept WEBEX_BOT_TOKEN.", checks_webex.BOT_AGAIN
    if name == "service app" and isinstance(problem, WebexError) and problem.status in (400, 401):
        return checks_webex.refused(problem)
    if isinstance(problem, WebexError):
        return f"Webex answered {problem.status}: {problem.words.rstrip('.')}.", ""
    return f"Not reachable ({type(problem).__name__}).", ""
