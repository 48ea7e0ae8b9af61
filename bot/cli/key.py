"""`provbot key`: keys for PROVBOT_KEY."""

import typer

from bot.core import config

app = typer.Typer(help="Keys that encrypt secrets in the database.", no_args_is_help=True)


@app.command()
def new() -> None:
    """Print a new key for PROVBOT_KEY.

    To replace a key, set PROVBOT_KEY to NEW,OLD, restart the bot, and then set it to NEW.
    """
    typer.echo(config.new_key())
