"""`provbot audit`: verify and export the audit trail."""

from enum import StrEnum
from typing import Annotated

import typer

from bot import audit
from bot.cli import params
from bot.cli.database import reading
from bot.store import audit as audit_table

app = typer.Typer(help="Verify and export the audit trail.", no_args_is_help=True)


class Format(StrEnum):
    """Output formats of `audit export`."""

    JSONL = "jsonl"
    CSV = "csv"


@app.command()
def verify() -> None:
    """Find entries that were edited, removed or moved; exit status 1 if there are any."""
    with reading() as db:
        number, problems = audit.verified(db)
    for sentence in problems:
        typer.echo(sentence)
    if problems:
        raise typer.Exit(1)
    entries = "1 entry" if number == 1 else f"{number} entries"
    typer.echo(f"The audit trail is intact: {entries}.")


@app.command()
def export(
    since: Annotated[
        str,
        typer.Option(
            help="A date or time: 2026-11-20, 2026-11-20T09:00 (UTC).",
            parser=params.moment,
            metavar="TIME",
        ),
    ] = "",
    output_format: Annotated[
        Format, typer.Option("--format", **params.one_of(Format))
    ] = Format.JSONL,
) -> None:
    """Write the audit trail to standard output."""
    with reading() as db:
        for line in audit.export(audit_table.entries(db, since), output_format):
            typer.echo(line)
