"""The files of tests/data/lists, and what is read from each, as JSON beside it.

After a change that alters what is read, `python -m tests.bot.domain.lists.corpus` writes the JSON
again; read the difference.
"""

import json
from pathlib import Path
from typing import Any

from bot.core.errors import Refused
from bot.domain.lists.columns import FOR_DECT, FOR_PHONES
from bot.domain.lists.reader import read_file
from bot.domain.lists.rows import ListRow

FOLDER = Path(__file__).parents[3] / "data" / "lists"
EXPECTED = ".expected.json"
FILES = sorted(
    path for path in FOLDER.iterdir() if path.is_file() and not path.name.endswith(EXPECTED)
)


def as_json(path: Path) -> dict[str, Any]:
    """What is read from a file: columns, rows and notes, or the sentence that refuses it.

    Lists of DECT have names that begin so.
    """
    required = FOR_DECT if path.name.startswith("dect-") else FOR_PHONES
    try:
        read = read_file(path.read_bytes(), required=required)
    except Refused as refusal:
        return {"refused": str(refusal)}
    return {"columns": [*read.columns], "rows": [*map(_row, read.rows)], "notes": [*read.notes]}


def _row(row: ListRow) -> dict[str, Any]:
    """What the row has; `kind` by its name, and the password open: here it is invented."""
    values = {
        "number": row.number,
        "mac": row.mac,
        "model": row.model,
        "owner": row.owner,
        "kind": row.kind.name.lower() if row.kind else "",
        "password": row.password.get_secret_value() if row.password else "",
        "tags": [*row.tags],
        "location": row.location,
        "base": row.base,
        "line2": row.line2,
        "display_name": row.display_name,
        "cells": [*row.cells],
        "problems": [*row.problems],
    }
    return {name: value for name, value in values.items() if value}


def expected(path: Path) -> dict[str, Any]:
    """What the JSON beside the file says."""
    value: dict[str, Any] = json.loads(path.with_name(path.name + EXPECTED).read_text("utf-8"))
    return value


def main() -> None:
    """Write the JSON beside each file."""
    for path in FILES:
        text = json.dumps(as_json(path), ensure_ascii=False, indent=1)
        path.with_name(path.name + EXPECTED).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
