"""The way into lists: a file or pasted lines → the rows, with what is wrong in each."""

from collections.abc import Collection
from dataclasses import replace

from bot.core.errors import Refused
from bot.core.models.text import clean, join_words
from bot.domain.lists.answered import without_done
from bot.domain.lists.column_names import Field, field_of
from bot.domain.lists.columns import FOR_DECT, FOR_PHONES, find_columns, says_dect
from bot.domain.lists.csv_text import csv_rows
from bot.domain.lists.decoding import decode
from bot.domain.lists.file_kinds import is_archive, other_kind
from bot.domain.lists.pasted import read_lines, table_in
from bot.domain.lists.row_reader import RowReader
from bot.domain.lists.rows import ReadList, with_repeated_macs
from bot.domain.lists.sheet import TOO_LARGE, TOO_MANY_ROWS, Limits, SheetRow
from bot.domain.lists.workbook import workbook_rows

ONE_SHEET = "The workbook has several sheets; I read the first one that has a list: “{name}”."
SHEET_READ = "{refusal} I read the sheet “{name}”."
IGNORED = "I ignored the column{s} {names}."
IGNORED_UNNAMED = (
    "I ignored column{s} {numbers}, as the list has no header that names what is in it."
)
UNKNOWN_HEADER = (
    "Row {row} looks like a header, but I do not know its names, so I recognized the columns by"
    " their contents."
)
NO_MACS = "No row has a MAC address: each one is for an activation code."
_MOST_NAMED = 8
_MAX_NAME = 40


def read_file(
    content: bytes,
    limits: Limits | None = None,
    *,
    required: Collection[Field] = FOR_PHONES,
    model: str = "",
    or_dect: bool = False,
) -> ReadList:
    """The list in a file: CSV or an Excel workbook.

    `required` are the fields that each row needs, `model` is for rows without one. With `or_dect`,
    a list whose columns are those of DECT is read as one. Refused with a sentence if no list can be
    read from it; what is wrong with a row stands in the row.
    """
    limits = limits or Limits()
    if len(content) > limits.bytes:
        raise Refused(TOO_LARGE.format(limit=_shown_size(limits.bytes)))
    refusal = other_kind(content)
    if refusal:
        raise Refused(refusal)
    if is_archive(content):
        return _read_workbook(content, limits, required, model, or_dect=or_dect)
    return _read_text(decode(content), limits, required, model, or_dect=or_dect)


def read_pasted(
    text: str,
    limits: Limits | None = None,
    *,
    required: Collection[Field] = FOR_PHONES,
    model: str = "",
) -> ReadList:
    """The list in pasted lines, or in a table that was copied from a spreadsheet; as `read_file`.

    Lines are numbered as they were pasted, without empty ones.
    """
    limits = limits or Limits()
    table = table_in(text)
    if table:
        return _read_text(table, limits, required, model)
    return read_lines(text, limits, required, model)


def _read_workbook(
    content: bytes, limits: Limits, required: Collection[Field], model: str, *, or_dect: bool
) -> ReadList:
    """The list in the first sheet that has one. A refusal names the sheet that was read."""
    needed = _needed(required, model)
    sheet, rows = workbook_rows(
        content, limits, lambda rows: _is_list(rows, needed) or (or_dect and says_dect(rows))
    )
    name = clean(sheet, _MAX_NAME)
    try:
        read = _read_table(rows, limits, required, model, or_dect=or_dect)
    except Refused as refusal:
        if not name:
            raise
        raise Refused(SHEET_READ.format(refusal=refusal, name=name)) from refusal
    notes = (ONE_SHEET.format(name=name), *read.notes) if name else read.notes
    return replace(read, notes=notes)


def _shown_size(size: int) -> str:
    return f"{size / 1_048_576:.3g} MB"


def _read_text(
    text: str, limits: Limits, required: Collection[Field], model: str, *, or_dect: bool = False
) -> ReadList:
    rows = csv_rows(text, limits)
    if Field.MODEL in required and not model and all(map(_is_line, rows)):
        return read_lines(text, limits, required)  # `MAC MODEL OWNER` in a text file
    return _read_table(rows, limits, required, model, or_dect=or_dect)


def _needed(required: Collection[Field], model: str) -> frozenset[Field]:
    """The fields that need a column."""
    return frozenset(required) - ({Field.MODEL} if model else set())


def _is_list(rows: tuple[SheetRow, ...], needed: Collection[Field]) -> bool:
    """Whether the columns of a sheet can be told."""
    try:
        find_columns(rows, needed)
    except Refused:
        return False
    return True


def _is_line(row: SheetRow) -> bool:
    return len(row.cells) == 1 and field_of(row.cells[0]) is None


def _read_table(
    rows: tuple[SheetRow, ...],
    limits: Limits,
    required: Collection[Field],
    model: str,
    *,
    or_dect: bool,
) -> ReadList:
    if or_dect and says_dect(rows):
        required = FOR_DECT
    columns, body = find_columns(rows, _needed(required, model))
    if len(body) > limits.rows:
        raise Refused(TOO_MANY_ROWS.format(limit=f"{limits.rows:,}"))
    reader = RowReader(columns, required, model)
    body, done = without_done(columns, body, required)
    readings = with_repeated_macs(map(reader.read, body), required)
    names = tuple(columns.names[index] for index in columns.returned)
    has_header = not columns.is_named and len(body) < len(rows)
    notes = (
        UNKNOWN_HEADER.format(row=rows[0].number) if has_header else "",
        _ignored(columns.ignored),
        _unnamed(columns.unnamed(body)),
        done,
        NO_MACS if Field.MODEL in required and not columns.indexes(Field.MAC) else "",
    )
    return ReadList(names, readings, tuple(filter(None, notes)), is_of_dect=Field.DECT in required)


def _unnamed(numbers: tuple[int, ...]) -> str:
    """The sentence about columns that only a header could explain."""
    shown = [str(number) for number in numbers[:_MOST_NAMED]]
    more = len(numbers) - len(shown)
    named = join_words([*shown, *([f"{more} more"] if more else [])], "and")
    return IGNORED_UNNAMED.format(s="s" * (len(numbers) > 1), numbers=named) if numbers else ""


def _ignored(names: tuple[str, ...]) -> str:
    """The sentence that names columns that were not read."""
    if not names:
        return ""
    shown = [f"“{clean(name, _MAX_NAME)}”" for name in names[:_MOST_NAMED]]
    more = len(names) - len(shown)
    named = join_words([*shown, f"{more} more"] if more else shown, "and")
    return IGNORED.format(s="s" * (len(names) > 1), names=named)
