"""`provbot access`: read and change the allowlist."""

import getpass
import os
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import exit_status, params
from bot.cli.database import changing, reading
from bot.core import config
from bot.core.errors import Refused
from bot.core.models.people import Grant, Role, Sender, normalize_who
from bot.core.models.text import clean, fold, fold_loosely, join_words
from bot.core.models.webex import LocationRef
from bot.domain.policy import find_grants
from bot.requests import allowlist
from bot.setup import address_check
from bot.store import grants
from bot.store.database import connect, postgres
from bot.store.sql import Database, transaction

app = typer.Typer(help="The allowlist: show, add and remove roles.", no_args_is_help=True)

SHELL = Sender("", f"shell:{getpass.getuser()}")  # the actor in the audit trail
CREATED = (
    "There was no database, so I created {path}. If the bot uses another one, set PROVBOT_DATABASE"
    " to its path, and run this again."
)
CREATED_TABLES = (
    "There were no tables of provbot in {address}, so I created them. If the bot uses another"
    " database, set PROVBOT_DATABASE to its address, and run this again."
)
MAX_NAMES = 20  # locations in one sentence

Who = Annotated[str, typer.Argument(metavar="WHO", help="An email address, or a whole @domain.")]
ROLE_PARSER = params.one_of(Role, "ROLE")


@app.command()
def add(
    who: Who,
    role: Annotated[Role, typer.Argument(help=", ".join(Role), **ROLE_PARSER)],
    location: Annotated[
        str | None, typer.Option("--location", help="Grant the role for this location only.")
    ] = None,
) -> None:
    """Grant WHO a role, everywhere or for one location."""
    address = _address(who)
    with closing(_database()) as db, transaction(db):
        location_ref = LocationRef() if location is None else _location(db, location.strip())
        grant = Grant(address, role, location_ref.name, location_ref.id)
        is_new = allowlist.add(db, grant, SHELL, request="", now=time.time())
    typer.echo(f"{_line(grant)}{'' if is_new else '   (already granted)'}")
    warning = "" if grant.for_domain else address_check.warning(address)
    if warning:
        typer.echo(f"Warning: {warning}", err=True)


@app.command()
def remove(
    who: Who,
    role: Annotated[
        Role | None,
        typer.Argument(help="The role to remove; by default, all roles.", **ROLE_PARSER),
    ] = None,
    location: Annotated[
        str | None, typer.Option("--location", help="Remove roles for this location only.")
    ] = None,
) -> None:
    """Remove roles from WHO."""
    address = _address(who)
    with changing() as db:
        matches = find_grants(grants.grants(db), address, role, location)
        for grant in matches:
            try:
                with transaction(db):
                    allowlist.remove(db, grant, SHELL, request="", now=time.time())
            except Refused as error:
                raise exit_status.stopped(str(error), exit_status.FAILED) from error
            typer.echo(f"removed  {_line(grant)}")
    if not matches:
        raise exit_status.stopped(
            f"{who} does not hold that role. `provbot access list` shows all roles.",
            exit_status.FAILED,
        )


@app.command(name="list")
def list_grants() -> None:
    """Show who holds which roles."""
    with reading() as db:
        all_grants = grants.grants(db)
    for grant in all_grants:
        typer.echo(_line(grant))


def _database() -> Database:
    """The database; says so if it did not exist: the bot may use another one."""
    address = config.database()
    if isinstance(address, Path):
        is_new = not os.path.lexists(address)
        created = CREATED.format(path=address.absolute())
    else:
        is_new = bool(postgres().is_new(address))
        created = CREATED_TABLES.format(address=address)
    db = connect(address)
    if is_new:
        typer.echo(created, err=True)
    return db


def _location(db: Database, text: str) -> LocationRef:
    """Find a location by name or id among those that the bot last read from Webex."""
    if not text:
        raise exit_status.stopped(
            "--location is empty. For a role in all locations, leave it out.",
            exit_status.CONFIG_IS_WRONG,
        )
    locations = grants.locations(db)
    if not locations:
        typer.echo(
            "The bot has not read your locations from Webex yet,"
            f" so “{text}” is saved without a check.",
            err=True,
        )
        return LocationRef(text)
    for folded in (str, fold, fold_loosely):
        matches = [
            location
            for location in locations
            if text == location.id or folded(text) == folded(location.name)
        ]
        if len(matches) == 1:
            return matches[0]
    names = join_words(sorted(location.name for location in locations)[:MAX_NAMES], "and")
    raise exit_status.stopped(
        f"There is no location “{text}”. The bot last read these from Webex: {names}."
        " Nothing was changed.",
        exit_status.FAILED,
    )


def _address(who: str) -> str:
    try:
        return normalize_who(who)
    except ValueError as error:
        raise exit_status.stopped(str(error), exit_status.CONFIG_IS_WRONG) from error


def _line(grant: Grant) -> str:
    return f"{grant.who:40} {grant.role:12} {clean(grant.location) or '(everywhere)'}"
