"""The command line: provbot run | demo | doctor | access."""

import asyncio
import sys
import time
from typing import Annotated

import typer
from sqlite_utils import Database

from bot import app as bot_app
from bot import config, demo, doctor, telemetry
from bot.access import normal_who
from bot.errors import ConfigError
from bot.models import Grant, Role
from bot.store import access as rows
from bot.store.database import connect

app = typer.Typer(
    help="Provision Webex Calling devices by chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
access_app = typer.Typer(help="Who may do what: the allowlist.", no_args_is_help=True)
app.add_typer(access_app, name="access")

CONFIG_IS_WRONG = 2  # exit status

Who = Annotated[str, typer.Argument(help="An email, or a whole @domain.")]
Where = Annotated[str, typer.Option("--location", help="Name of the only location it holds for.")]


@app.command()
def run() -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    try:
        settings = config.load()
        telemetry.configure(settings.log)
        asyncio.run(bot_app.main(settings))
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem


@app.command(name="demo")
def run_demo() -> None:
    """Run the bot with a Webex cloud of its own on this machine, and a page to chat on."""
    sys.exit(demo.run())


@app.command(name="doctor")
def run_doctor() -> None:
    """Say in plain words what is missing or wrong; exit status 1 if something is."""
    sys.exit(0 if doctor.run() else 1)


@access_app.command()
def add(who: Who, role: Role, location: Where = "") -> None:
    """Give WHO a role, everywhere or for one location."""
    grant = Grant(_who(who), role, location.strip())
    new = rows.add(_database(), grant, time.time())
    typer.echo(f"{_line(grant)}{'' if new else '   (was there already)'}")


@access_app.command()
def remove(
    who: Who,
    role: Annotated[
        Role | None, typer.Argument(help="Only this role; all of them if left out.")
    ] = None,
    location: Annotated[
        str | None, typer.Option("--location", help="Only for this location.")
    ] = None,
) -> None:
    """Take roles away from WHO."""
    gone = rows.remove(_database(), _who(who), role, location)
    for grant in gone:
        typer.echo(f"removed  {_line(grant)}")
    if not gone:
        raise _stopped(
            f"{who} holds no such role. `provbot access list` shows who holds what.", status=1
        )


@access_app.command(name="list")
def list_grants() -> None:
    """Show who holds which roles."""
    for grant in rows.grants(_database()):
        typer.echo(_line(grant))


def _database() -> Database:
    try:
        return connect(config.DatabaseConfig().database)
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem


def _who(who: str) -> str:
    try:
        return normal_who(who)
    except ValueError as problem:
        raise _stopped(str(problem)) from problem


def _line(grant: Grant) -> str:
    return f"{grant.who:40} {grant.role:12} {grant.location or '(everywhere)'}"


def _stopped(sentence: str, status: int = CONFIG_IS_WRONG) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(status)
