"""What is typed on the command line, read: what it cannot be is refused in words."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import typer


def one_of(kind: type[StrEnum], metavar: str = "") -> dict[str, Any]:
    """Options of typer for a value out of a few: its own refusal speaks of "Value error"."""

    def read(text: str) -> StrEnum:
        if text in {*kind}:
            return kind(text)
        raise typer.BadParameter(f"“{text}” is none of: {', '.join(kind)}.")

    return {"parser": read, "metavar": metavar or "|".join(kind)}


def moment(text: str) -> str:
    """A day or moment as the trail writes it, so that the two can be compared; in UTC where no zone is named."""
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
        utc = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise typer.BadParameter(
            f"“{text}” is no day or moment such as 2026-11-20 or 2026-11-20T09:00 (UTC)."
        ) from problem
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
