"""CSV text → rows of cells; the separator is found by what it parts."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from bot.core.errors import Refused
from bot.domain.lists.column_names import field_of
from bot.domain.lists.sheet import CELL_TOO_LONG, CellNote, Limits, SheetRow, bounded, tidy_cell
from bot.domain.tables import FORMULA

SEPARATORS = ("\t", ";", ",", "|")
_SAMPLE_ROWS = 20
_SAMPLE_TEXT = 20_000  # characters
_HEADER_ROWS = 10
_LONGEST_VALUE = 100  # characters; the time to match grows with their square
# The line by which Excel knows the separator. It does not show it, so it has no number.
_SEPARATOR_LINE = re.compile(r'\A\s*"?sep=([\t;,|])"?[ \t]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_AS_TEXT = re.compile(r'=\s*"([^"=]*)"')  # how Excel is made to keep leading zeros
_FORMULA = re.compile(r"=\s*[A-Za-z+\-($@]")
_CLEAR_VALUE = re.compile(
    r"[0-9A-Fa-f]{2}(?:[:\-. ]?[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:[.:\-][0-9A-Fa-f]{4}){2}"
    r"|[^\s@,;|]+@[^\s@,;|]+\.[^\s@,;|]+|(?:Cisco |DMS )*\d{4}"
)
UNCLOSED = (
    "In row {row} of the list, a quotation mark is not closed, so I cannot tell where the next row"
    " begins. Nothing was changed. Please correct that row, and send the list again."
)


def csv_rows(text: str, limits: Limits) -> tuple[SheetRow, ...]:
    """The rows of a text that are not empty; Refused beyond the limits.

    A text without separators has one cell a line.
    """
    line = _SEPARATOR_LINE.match(text)
    body = text[line.end() :] if line else text
    separator = line[1] if line else find_separator(body)
    return tuple(bounded(_parsed(body, separator, limits), limits))


def find_separator(text: str) -> str:
    """The separator that makes the most known columns, clear values, and rows of one width."""
    return max(SEPARATORS, key=lambda separator: _score(text[:_SAMPLE_TEXT], separator))


def _score(text: str, separator: str) -> tuple[int, int, float]:
    rows = [row for row in islice(_records(text, separator), _SAMPLE_ROWS) if any(row)]
    names = max((sum(map(_is_name, row)) for row in rows[:_HEADER_ROWS]), default=0)
    values = sum(_is_clear_value(cell.strip()) for row in rows for cell in row)
    widths = [len(row) for row in rows if len(row) > 1]
    usual = max(map(widths.count, widths), default=0)
    return (names, values, usual / max(len(rows), 1))


def _is_name(cell: str) -> bool:
    return field_of(cell) is not None


def _is_clear_value(cell: str) -> bool:
    return len(cell) <= _LONGEST_VALUE and _CLEAR_VALUE.fullmatch(cell) is not None


def _records(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)


def _parsed(text: str, separator: str, limits: Limits) -> Iterator[SheetRow]:
    number, record = 0, [""]
    try:
        for number, record in enumerate(_records(text, separator), start=1):
            if not any(record):  # a sheet may end with a million of them
                continue
            cells = tuple(map(_cell, record))
            notes = {i: CellNote.FORMULA for i, cell in enumerate(cells) if _FORMULA.match(cell)}
            yield SheetRow(number, cells, notes)
    except csv.Error as error:  # a cell of more than 128 KiB
        message = CELL_TOO_LONG.format(row=number + 1, limit=f"{limits.cell:,}")
        raise Refused(message) from error
    if text.count('"') % 2 and record and "\n" in record[-1]:
        # The last cell took in the rest of the text: its rows would be lost silently.
        raise Refused(UNCLOSED.format(row=number))


def _cell(text: str) -> str:
    """The cell without what kept a spreadsheet from changing or running it."""
    cell = tidy_cell(text)
    if cell.startswith("'") and cell[1:].startswith(FORMULA):
        return cell[1:]
    kept = _AS_TEXT.fullmatch(cell)
    return kept[1].strip() if kept else cell
