"""The command line of `provbot`: arguments, output and exit status, but no decisions."""

import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.cli import access, audit, database, exit_status, key, requests, run
from bot.core import config
from bot.core.errors import ConfigError, WebexError
from bot.domain import policy_file
from bot.operations import COMMANDS
from bot.service.app import read_policy
from bot.setup import demo, healthcheck

GOV = "Run Webex for Government instead of commercial Webex."


class _Group(TyperGroup):
    """A group of commands that end with a sentence when the database or the disk fails."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with exit_status.explained():
            return super().invoke(ctx)


app = typer.Typer(
    help="Provision Webex Calling devices by chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    cls=_Group,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"provbot {metadata.version('provbot')}")
        raise typer.Exit


@app.callback()
def before_each_command(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Prepare the environment for every command."""
    config.complete_proxies()


app.command()(run.run)


@app.command(name="demo")
def run_demo(
    listen: Annotated[
        str, typer.Option(help="Address that the page listens on; 0.0.0.0 in a container.")
    ] = demo.LOOPBACK,
    gov: Annotated[bool, typer.Option("--gov", help=GOV)] = False,
) -> None:
    """Run a Webex cloud on this machine, the bot in it, and a page to chat on."""
    sys.exit(demo.run(listen, gov=gov))


@app.command(name="sandbox")
def run_sandbox(
    port: Annotated[int, typer.Option(help="HTTPS port of the cloud; 0: any free port.")] = 8443,
    page_port: Annotated[
        int, typer.Option(help="Port of the page; 0: any free port.")
    ] = demo.PAGE_PORT,
    scenario: Annotated[
        str, typer.Option(help="Faults to play: the name of a scenario, or a TOML file.")
    ] = "",
    gov: Annotated[bool, typer.Option("--gov", help=GOV)] = False,
) -> None:
    """Run the Webex cloud alone, for your own bot, and print how to connect the bot to it."""
    demo.run_sandbox(port, page_port, scenario, gov=gov)


@app.command(name="init")
def run_init(
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing; take all answers from the environment.")
    ] = False,
    sandbox: Annotated[
        str,
        typer.Option(
            help="URL of a running sandbox's chat page; sets up against it instead of Webex."
        ),
    ] = "",
) -> None:
    """Set provbot up: explain what to create in Webex, test each answer, and write `.env`."""
    from bot.setup import init  # here, because `provbot run` does not need it

    if not yes and not sys.stdin.isatty():
        raise _stopped(
            "`provbot init` needs a terminal."
            " Without one, set the environment variables and use --yes."
        )
    try:
        passed = init.run(
            init.NonInteractive() if yes else init.Terminal(), config.environment(), sandbox
        )
    except ConfigError as error:
        raise _stopped(str(error)) from error
    raise typer.Exit(0 if passed else 1)


@app.command(name="doctor")
def run_doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Check tokens, scopes, network, clock, database and more.

    Changes nothing but the stored refresh token. Status 1 if a check fails; warnings leave 0.
    """
    from bot.setup import doctor  # here, because `provbot run` does not need it

    sys.exit(0 if doctor.run(as_json=as_json) else 1)


@app.command(name="guide")
def write_guide(
    to: Annotated[Path, typer.Option(help="The HTML file to write.")],
    address: Annotated[
        str, typer.Option(help="The bot's address; by default, Webex is asked for it.")
    ] = "",
) -> None:
    """Write a printable page for technicians, with a QR code that opens the chat with the bot."""
    from bot.setup import guide  # here, because `provbot run` does not need it

    try:
        name, email = ("Provbot", address) if address else guide.who_am_i()
        page = guide.page(name, email, government=config.government())
        to.write_text(page, encoding="utf-8")
    except ConfigError as error:
        raise _stopped(str(error)) from error
    except WebexError as error:
        raise _stopped(f"Webex answered {error.status}: {error.message.rstrip('.')}.") from error
    except OSError as error:
        raise _stopped(f"{to} cannot be written: {error.strerror}.") from error
    typer.echo(f"Written to {to}. Open it in a browser and print it on one sheet.")


@app.command()
def health(
    ready: Annotated[
        bool,
        typer.Option("--ready", help="Check that the bot can do its work, not only that it runs."),
    ] = False,
) -> None:
    """Check the bot that runs on this machine; exit status 1 if it is unhealthy."""
    address = config.http_address()
    if not address:
        raise _stopped("PROVBOT_HTTP is empty, so the bot has no health endpoint.")
    healthy, answer = healthcheck.check(address, "/readyz" if ready else "/healthz")
    typer.echo(answer)
    raise typer.Exit(0 if healthy else 1)


@app.command(name="policy")
def show_policy() -> None:
    """Show which role may use which command, and what needs approval."""
    typer.echo(policy_file.describe(read_policy(config.PolicyConfig().policy), COMMANDS))


app.command()(database.backup)
app.command()(database.restore)
app.command(name="migrate-database")(database.migrate_database)
app.command(name="mark-restored")(database.mark_restored)
app.command(name="change-bot")(database.change_bot)
app.add_typer(access.app, name="access")
app.add_typer(audit.app, name="audit")
app.add_typer(key.app, name="key")
app.add_typer(requests.app, name="requests")


def _stopped(sentence: str) -> SystemExit:
    return exit_status.stopped(sentence, exit_status.CONFIG_IS_WRONG)
