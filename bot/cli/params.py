"""Parsers for the arguments and options of the command line."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import typer


def one_of(choices: type[StrEnum], metavar: str = "") -> dict[str, Any]:
    """Return typer options for a choice; typer's own message would say "Value error"."""

    def parse(text: str) -> StrEnum:
        if text in {*choices}:
            return choices(text)
        raise typer.BadParameter(f"“{text}” is not one of: {', '.join(choices)}.")

    return {"parser": parse, "metavar": metavar or "|".join(choices)}


def moment(text: str) -> str:
    """Return a date or time in the format of the audit trail; UTC unless it names a time zone."""
    if not text:
        return ""
    try:
        parsed = datetime.fromisoformat(text)
        utc = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"“{text}” is not a date or time such as 2026-11-20 or 2026-11-20T09:00 (UTC)."
        ) from error
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
