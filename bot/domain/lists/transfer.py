"""What the bot and the process that reads a list say to each other: options and rows as JSON.

The JSON has the passwords of the rows, so it must reach no log.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import SecretStr

from bot.core.errors import Refused
from bot.core.models.webex import OwnerKind
from bot.domain.lists.column_names import Field
from bot.domain.lists.reader import read_file
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.lists.sheet import Limits

REFUSED = "refused"


def options_of(
    limits: Limits, required: Collection[Field], model: str, *, or_dect: bool = False
) -> dict[str, Any]:
    """The arguments of `read_file` as JSON can hold them."""
    return {
        "limits": asdict(limits),
        "required": sorted(required),
        "model": model,
        "or_dect": or_dect,
    }


def read_and_dump(options: Mapping[str, Any], content: bytes) -> bytes:
    """The list in a file, or the sentence that says why there is none, as JSON."""
    limits = Limits(**options["limits"])
    required = frozenset(map(Field, options["required"]))
    try:
        read = read_file(
            content,
            limits,
            required=required,
            model=options["model"],
            or_dect=options["or_dect"],
        )
    except Refused as refusal:
        return dump_refusal(str(refusal))
    return dump_list(read)


def dump_list(read: ReadList) -> bytes:
    """The list, with the passwords of its rows."""
    rows = [_dump_row(row) for row in read.rows]
    value = {**vars(read), "rows": rows}
    return json.dumps(value, ensure_ascii=False).encode()


def dump_without_passwords(read: ReadList) -> str:
    """The list as it may be stored: passwords are kept apart from it."""
    rows = [replace(row, password=None) for row in read.rows]
    return dump_list(replace(read, rows=tuple(rows))).decode()


def dump_refusal(sentence: str) -> bytes:
    """Why there is no list."""
    return json.dumps({REFUSED: sentence}, ensure_ascii=False).encode()


def load_list(content: bytes) -> ReadList:
    """The list; Refused with the sentence that was dumped in its place."""
    value = json.loads(content)
    if REFUSED in value:
        raise Refused(value[REFUSED])
    rows = tuple(_load_row(row) for row in value["rows"])
    return ReadList(
        tuple(value["columns"]),
        rows,
        tuple(value["notes"]),
        is_of_dect=bool(value.get("is_of_dect")),  # older lists say nothing about it
        is_short=bool(value.get("is_short")),
    )


def _dump_row(row: ListRow) -> dict[str, Any]:
    password = row.password.get_secret_value() if row.password else None
    return {**vars(row), "password": password}


def _load_row(row: dict[str, Any]) -> ListRow:
    return ListRow(
        **{
            **row,
            "kind": OwnerKind(row["kind"]) if row["kind"] else None,
            "password": SecretStr(row["password"]) if row["password"] else None,
            "tags": tuple(row["tags"]),
            "cells": tuple(row["cells"]),
            "problems": tuple(row["problems"]),
            "base_problems": tuple(row.get("base_problems", ())),
        }
    )
