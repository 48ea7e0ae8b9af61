"""The command line: provbot run | demo | sandbox | doctor | health | access."""

import asyncio
import getpass
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlite_utils import Database

from bot import app as bot_app
from bot import audit, config, demo, policy, probe, telemetry, typed
from bot.access import named, normal_who
from bot.errors import ConfigError, Refused, TokenRefused, WebexError
from bot.models import Grant, Role, Sender
from bot.requests import allowlist, timeline
from bot.requests.lifecycle import State
from bot.store import access as rows
from bot.store import approvals as approval_rows
from bot.store import audit as audit_rows
from bot.store import requests as request_rows
from bot.store import restoring
from bot.store.database import connect, copy, transaction
from bot.store.requests import Request

app = typer.Typer(
    help="Provision Webex Calling devices by chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
audit_app = typer.Typer(help="The audit trail.", no_args_is_help=True)
requests_app = typer.Typer(help="What was asked for.", no_args_is_help=True)
access_app = typer.Typer(help="Who may do what: the allowlist.", no_args_is_help=True)
key_app = typer.Typer(help="What secrets are encrypted with.", no_args_is_help=True)
app.add_typer(access_app, name="access")
app.add_typer(audit_app, name="audit")
app.add_typer(key_app, name="key")
app.add_typer(requests_app, name="requests")

CONFIG_IS_WRONG, TOKEN_IS_REFUSED = 2, 3  # exit status
SHELL = Sender(
    "", f"shell:{getpass.getuser()}"
)  # who acts on the command line, for the audit trail


class Style(StrEnum):
    """What `audit export` writes."""

    JSONL = "jsonl"
    CSV = "csv"


ROLES = ", ".join(Role)
Who = Annotated[str, typer.Argument(help="An email, or a whole @domain.")]
Where = Annotated[str, typer.Option("--location", help="Name of the only location it holds for.")]


@app.callback()
def before() -> None:
    """Whatever the command is."""
    config.complete_proxies()


@app.command()
def run() -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    try:
        settings = config.load()
        telemetry.configure(settings.log, settings.log_level)
        asyncio.run(bot_app.main(settings))
    except TokenRefused as problem:  # restarting would not help: a person must set a new one
        raise _stopped(str(problem), TOKEN_IS_REFUSED) from problem
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem


@app.command(name="demo")
def run_demo(
    listen: Annotated[
        str, typer.Option(help="Address the page listens on; 0.0.0.0 inside a container.")
    ] = demo.LOOPBACK,
) -> None:
    """Run the bot with a Webex cloud of its own on this machine, and a page to chat on."""
    sys.exit(demo.run(listen))


@app.command(name="sandbox")
def run_sandbox(
    port: Annotated[int, typer.Option(help="HTTPS port of the cloud; 0 is any.")] = 8443,
    page_port: Annotated[int, typer.Option(help="Port of the page; 0 is any.")] = demo.PAGE_PORT,
    scenario: Annotated[
        str, typer.Option(help="What goes wrong and when: a name, or a TOML file.")
    ] = "",
) -> None:
    """Run the Webex cloud alone, for a bot of yours, and say how to point one at it."""
    demo.run_cloud_alone(port, page_port, scenario)


@app.command(name="init")
def run_init(
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: everything is in the environment.")
    ] = False,
    sandbox: Annotated[
        str, typer.Option(help="Address of a sandbox's page, to rehearse with its cloud.")
    ] = "",
) -> None:
    """Set provbot up: what to make in Webex, which scopes to tick; tries it, and writes `.env`."""
    from bot import init  # not above: nothing else needs it

    if not yes and not sys.stdin.isatty():
        raise _stopped("This wants a terminal. Without one: set the variables, and use --yes.")
    try:
        well = init.run(init.Nobody() if yes else init.Terminal(), config.environment(), sandbox)
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem
    raise typer.Exit(0 if well else 1)


@app.command(name="doctor")
def run_doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Examine tokens, scopes, network, clock, database and more; exit status 1 if something is wrong."""
    from bot import doctor  # not above: `provbot run` need not load it

    sys.exit(0 if doctor.run(as_json=as_json) else 1)


@app.command(name="guide")
def write_guide(
    to: Annotated[Path, typer.Option(help="The file to write, HTML.")],
    address: Annotated[
        str, typer.Option(help="The bot's address; without it Webex is asked.")
    ] = "",
) -> None:
    """Write the technicians' page for this bot, with a QR code that opens the chat; one sheet when printed."""
    from bot import guide  # here, not above: `run` starts without

    try:
        name, email = ("Provbot", address) if address else guide.who_am_i()
        to.write_text(guide.page(name, email), encoding="utf-8")
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem
    except WebexError as problem:
        words = problem.words.rstrip(".")
        raise _stopped(f"Webex answered {problem.status}: {words}.") from problem
    except OSError as problem:
        raise _stopped(f"{to} cannot be written: {problem.strerror}.") from problem
    typer.echo(f"Written to {to}. Open it in a browser, and print it on one sheet.")


@app.command()
def health(
    ready: Annotated[
        bool,
        typer.Option("--ready", help="Ask whether it can do its work, not only whether it lives."),
    ] = False,
) -> None:
    """Ask the bot that runs on this machine how it is; exit status 1 if not well."""
    try:
        address = config.http_address()
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem
    if not address:
        raise _stopped("PROVBOT_HTTP is empty: the bot tells nobody how it is.")
    well, said = probe.ask(address, "/readyz" if ready else "/healthz")
    typer.echo(said)
    raise typer.Exit(0 if well else 1)


@app.command(name="policy")
def show_policy() -> None:
    """Show which role may do what, and what needs approval."""
    try:
        typer.echo(policy.describe(bot_app.read_policy(config.PolicyConfig().policy)))
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A file that does not exist yet.")]) -> None:
    """Copy the database, also while the bot runs. The copy holds the refresh token, encrypted where PROVBOT_KEY is set."""
    try:
        with closing(_database(_there())) as db:
            copy(db.conn, file)
    except OSError as problem:
        raise _stopped(f"{file} cannot be written: {problem.strerror}.") from problem
    typer.echo(f"Copied to {file}.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A copy made by `provbot backup`.")]) -> None:
    """Put a copy in the place of the database; the one that is there is kept beside it. Stop the bot first."""
    path = config.DatabaseConfig().database
    try:
        kept = restoring.restore(file, path, time.time())
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem
    except OSError as problem:
        raise _stopped(f"{path} cannot be written: {problem.strerror}.") from problem
    typer.echo(f"Restored from {file}." + (f" What was there is in {kept}." if kept else ""))


@key_app.command()
def new() -> None:
    """Print a fresh key for PROVBOT_KEY. To change keys: NEW,OLD, a restart, and then NEW alone."""
    typer.echo(config.new_key())


@audit_app.command()
def verify() -> None:
    """Find entries of the audit trail that were edited, removed or moved; exit status 1 if any."""
    with _reading() as db:
        number, wrong = audit.verified(db)
    for sentence in wrong:
        typer.echo(sentence)
    if wrong:
        raise typer.Exit(1)
    typer.echo(f"The audit trail is whole: {number} entries.")


@audit_app.command()
def export(
    since: Annotated[
        str,
        typer.Option(
            help="A day or moment: 2026-11-20, 2026-11-20T09:00 (UTC)",
            parser=typed.moment,
            metavar="MOMENT",
        ),
    ] = "",
    style: Annotated[Style, typer.Option("--format", **typed.one_of(Style))] = Style.JSONL,
) -> None:
    """Write the audit trail to standard output."""
    with _reading() as db:
        for text in audit.export(audit_rows.entries(db, since), style):
            typer.echo(text)


@requests_app.command(name="list")
def list_requests(
    state: Annotated[
        State | None, typer.Option(help="Only those in this state.", **typed.one_of(State))
    ] = None,
) -> None:
    """Show the requests, the oldest first."""
    states = [state.value] if state else [each.value for each in State]
    with _reading() as db:
        found = request_rows.in_states(db, states)
    for one in found:
        title = one.plan["title"] if one.plan else one.operation
        when = audit.moment(one.created_at)[:16].replace("T", " ")
        typer.echo(f"{one.code}  {one.state:10} {when}  {one.requester.email:32} {title}")


@requests_app.command(name="show")
def show_request(code: str) -> None:
    """Show one request: its plan, its decisions, what became of it, and where its time went."""
    with _reading() as db:
        one = request_rows.find(db, code)
        verdicts = approval_rows.verdicts(db, one.code) if one else []
        steps = audit_rows.steps(db, one.code) if one else []
    if one is None:
        raise _stopped(f"There is no request {code}.", status=1)
    for name, value in _described(one):
        typer.echo(f"{name:12} {value}")
    for given in verdicts:
        typer.echo(f"{given.verdict:12} {given.email} {audit.moment(given.at)} {given.reason}")
    for line in timeline.lines(one, steps, verdicts, time.time()):
        typer.echo(f"{'time':12} {line}")


def _described(one: Request) -> list[tuple[str, str]]:
    plan = one.plan or {"title": one.operation, "facts": [], "warnings": []}
    outcome = one.outcome or {}
    support = [("for support", outcome["reference"])] if "reference" in outcome else []
    return [
        ("request", one.code),
        ("state", f"{one.state} ({one.changed_by}, {audit.moment(one.changed_at)})"),
        ("asked by", f"{one.requester.email}, {audit.moment(one.created_at)}"),
        ("what", plan["title"]),
        *((str(name), str(value)) for name, value in plan["facts"] if value),
        *(("warning", str(text)) for text in plan["warnings"]),
        ("outcome", outcome.get("title", "")),
        *support,
    ]


@access_app.command()
def add(
    who: Who,
    role: Annotated[Role, typer.Argument(help=ROLES, **typed.one_of(Role, "ROLE"))],
    location: Where = "",
) -> None:
    """Give WHO a role, everywhere or for one location."""
    grant = Grant(_who(who), role, location.strip())
    with closing(_database(config.DatabaseConfig().database)) as db, transaction(db):
        new = allowlist.add(db, grant, SHELL, request="", now=time.time())
    typer.echo(f"{_line(grant)}{'' if new else '   (was there already)'}")


@access_app.command()
def remove(
    who: Who,
    role: Annotated[
        Role | None,
        typer.Argument(
            help="Only this role; all of them if left out.", **typed.one_of(Role, "ROLE")
        ),
    ] = None,
    location: Annotated[
        str | None, typer.Option("--location", help="Only for this location.")
    ] = None,
) -> None:
    """Take roles away from WHO."""
    address = _who(who)
    with closing(_database(_there())) as db:
        wanted = named(rows.grants(db), address, role, location)
        for grant in wanted:
            _remove(db, grant)
            typer.echo(f"removed  {_line(grant)}")
    if not wanted:
        raise _stopped(
            f"{who} holds no such role. `provbot access list` shows who holds what.", status=1
        )


@access_app.command(name="list")
def list_grants() -> None:
    """Show who holds which roles."""
    with _reading() as db:
        held = rows.grants(db)
    for grant in held:
        typer.echo(_line(grant))


def _remove(db: Database, grant: Grant) -> None:
    try:
        with transaction(db):
            allowlist.remove(db, grant, SHELL, request="", now=time.time())
    except Refused as problem:
        raise _stopped(str(problem), status=1) from problem


def _there() -> Path:
    """The database that is there: a new one would be empty, and a copy of it no backup."""
    path = config.DatabaseConfig().database
    try:
        path.stat()
    except FileNotFoundError as problem:
        raise _stopped(
            f"There is no database {path}. PROVBOT_DATABASE says where it is;"
            " it is looked for in this directory."
        ) from problem
    except OSError:  # who opens it says why
        pass
    return path


def _database(path: Path) -> Database:
    try:
        return connect(path)
    except ConfigError as problem:
        raise _stopped(str(problem)) from problem


@contextmanager
def _reading() -> Iterator[Database]:
    """To look at only: also where nothing may be written, as beside a backup."""
    try:
        with restoring.reading(_there()) as db:
            yield db
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
