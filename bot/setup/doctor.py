"""`provbot doctor`: check the whole setup, and print a table without secrets."""

import asyncio
import sys
from collections.abc import Awaitable
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx
import typer

from bot.core import config, logs
from bot.core.config import Config
from bot.core.errors import ConfigError, DatabaseError, Refused, WebexError
from bot.core.models.database_address import PostgresAddress
from bot.setup import call_checks, local_checks, postgres_checks, report, webex_checks
from bot.setup.credentials import CredentialError
from bot.setup.report import CheckResult, Status
from bot.store.database import Store, open_as_it_is
from bot.webex.client import ssl_context
from bot.webex.http_client import http_client


class Check(NamedTuple):
    """A check, and what does not work while it fails."""

    name: str
    result: Awaitable[CheckResult]
    needed_for: str


def run(*, as_json: bool = False) -> bool:
    """Run all checks and print the results; whether none failed."""
    logs.silence()
    results, secrets = _results()
    if as_json:
        typer.echo(report.as_json(results, secrets))
    else:
        python = ".".join(map(str, sys.version_info[:3]))
        typer.echo(
            f"provbot {version('provbot')} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
            f" · Python {python} on {sys.platform}\n"
        )
        typer.echo(report.table(results, secrets))
    return report.passed(results)


def _results() -> tuple[list[CheckResult], list[str]]:
    """Return the results, and the secrets to mask in them."""
    try:
        settings = config.load()
    except ConfigError as error:
        problems = str(error).splitlines()
        return [CheckResult("settings", problem, Status.FAILED) for problem in problems], []
    results = [
        CheckResult("settings", "complete"),
        local_checks.cloud(settings),
        local_checks.env_file(),
        local_checks.policy(settings),
        local_checks.time_zone(settings),
        local_checks.lists(settings),
        local_checks.photos(),
        local_checks.following(settings),
        *postgres_checks.password_file(config.database_password_file()),
        *asyncio.run(_with_database(settings)),
    ]
    return results, _secrets(settings)


def _secrets(settings: Config) -> list[str]:
    tokens = (
        settings.bot_token,
        settings.client_secret,
        settings.refresh_token,
        settings.access_token,
    )
    database = settings.database
    passwords = database.secrets if isinstance(database, PostgresAddress) else []
    values = (token.get_secret_value() for token in tokens if token)
    return [*values, *settings.keys, *passwords]


async def _with_database(settings: Config) -> list[CheckResult]:
    on_postgres = isinstance(settings.database, PostgresAddress)
    with ExitStack() as opened:
        try:
            store = Store(settings.database, opening=open_as_it_is if on_postgres else None)
            opened.callback(store.close)
            is_empty = on_postgres and await postgres_checks.is_empty(store)
        except (ConfigError, DatabaseError) as error:
            return [CheckResult("database", str(error), Status.FAILED, "needed for everything")]
        if not is_empty:
            return await _with_installation(settings, store)
        on_server = await _run(_on_server(store))
        # What a new installation holds, which the other checks read.
        folder = opened.enter_context(TemporaryDirectory(prefix="provbot-"))
        new = Store(Path(folder, "provbot.db"))
        opened.callback(new.close)
        return [*on_server, *await _with_installation(settings, new, is_new=True)]


async def _with_installation(
    settings: Config, store: Store, *, is_new: bool = False
) -> list[CheckResult]:
    """Run the other checks; `is_new`: the database has no tables yet, and the store is another."""
    async with http_client(ssl_context(settings.ca_file)) as http:
        # Side by side, because each waits for some seconds if nothing can be reached.
        local, network, remote, service_app = await asyncio.gather(
            _run(_of_both(settings, store) if is_new else _local(settings, store)),
            webex_checks.network(settings, http),
            _run(_remote(settings, store, http)),
            _service_app(settings, store, http, is_new=is_new),
        )
    return [*local, *network, *remote, *service_app]


def _on_server(store: Store) -> list[Check]:
    return [
        Check("database", postgres_checks.database(store), "everything"),
        Check("database connection", postgres_checks.connection(store), "everything"),
        Check("provbot process", postgres_checks.running(store), "answering"),
    ]


def _of_both(settings: Config, store: Store) -> list[Check]:
    return [
        Check("encryption", local_checks.encryption(settings, store), "provisioning"),
        Check("admins", local_checks.admins(settings, store), "granting roles"),
    ]


def _local(settings: Config, store: Store) -> list[Check]:
    path = settings.database
    if isinstance(path, PostgresAddress):
        return [*_on_server(store), *_of_both(settings, store)]
    encryption, admins = _of_both(settings, store)
    return [
        Check("database", local_checks.database(path, store), "everything"),
        encryption,
        Check("disk", local_checks.disk(path), "everything"),
        admins,
        Check("provbot process", local_checks.running(path), "answering"),
    ]


def _remote(settings: Config, store: Store, http: httpx.AsyncClient) -> list[Check]:
    return [
        Check("bot token", webex_checks.bot_token(settings, http, store), "messages"),
        Check("websocket", webex_checks.websocket(settings, store), "receiving messages"),
        Check("approval space", webex_checks.approval_space(settings, http, store), "approvals"),
    ]


async def _service_app(
    settings: Config, store: Store, http: httpx.AsyncClient, *, is_new: bool
) -> list[CheckResult]:
    """Check the token, and then its scopes."""
    if is_new and settings.access_token is None:
        return [webex_checks.NOT_RENEWED]
    try:
        admin = await webex_checks.service_app(settings, http, store)
    except Exception as error:  # noqa: BLE001 - any failure is the result of the check
        return [_failed("service app", error, "all commands but help and whoami")]
    return [admin.result, *await call_checks.scopes(settings, http, admin)]


async def _run(checks: list[Check]) -> list[CheckResult]:
    results = await asyncio.gather(*(check.result for check in checks), return_exceptions=True)
    return [
        _failed(check.name, result, check.needed_for)
        if isinstance(result, BaseException)
        else result
        for check, result in zip(checks, results, strict=True)
    ]


def _failed(name: str, error: BaseException, needed_for: str) -> CheckResult:
    message, hint = _explained(error)
    hints = "; ".join(filter(None, (hint, f"needed for {needed_for}")))
    return CheckResult(name, message, Status.FAILED, hints)


def _explained(error: BaseException) -> tuple[str, str]:
    """Return a message, and a hint if there is one."""
    if isinstance(error, CredentialError):
        return error.message, error.hint
    if isinstance(error, DatabaseError):
        return f"The database cannot be used: {error}.", ""
    if isinstance(error, ConfigError | Refused):
        return str(error), ""
    if isinstance(error, WebexError):
        return f"Webex answered {error.status}: {error.message.rstrip('.')}.", ""
    return f"Not reachable ({type(error).__name__}).", ""
