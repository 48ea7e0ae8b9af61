"""Rows of cells as a file has them, and how many of them are read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.errors import Refused
from bot.core.models.text import CONTROL

ROWS_ABOVE = 20  # a title and empty lines may stand above the header
MAX_SHEET_ROWS = 1_048_576  # of Excel; a larger number is damage

TOO_LARGE = (
    "The list has more than {limit}. Nothing was changed. Please send only the rows that you need,"
    " or split the list."
)
TOO_MUCH_TEXT = (
    "The cells of the list have more than {limit} characters. Nothing was changed. Please send only"
    " the columns that you need, or split the list."
)
TOO_MANY_ROWS = (
    "The list has more than {limit} rows. Nothing was changed. Please split it into several lists."
)
TOO_MANY_COLUMNS = (
    "Row {row} of the list has more than {limit} columns. Nothing was changed. Please send a list"
    " with the columns for MAC, model and owner."
)
CELL_TOO_LONG = (
    "Row {row} of the list has a cell with more than {limit} characters; perhaps a quotation mark"
    " is not closed. Nothing was changed. Please correct the row, and send the list again."
)


@dataclass(frozen=True)
class Limits:
    """The largest list that is read.

    `bytes` are those of the file, `rows` are without the header. `cell` are the characters of one
    cell, `text` those of all: a workbook has the same text once for many cells.
    """

    rows: int = 1_000
    bytes: int = 1_048_576
    columns: int = 100
    cell: int = 2_000
    text: int = 2_000_000


class CellNote(StrEnum):
    """What a spreadsheet says of a cell besides its text."""

    NUMBER = "number"
    DATE = "date"
    ERROR = "error"  # such as #N/A
    FORMULA = "formula"  # the text is the formula: its result is not in the file


@dataclass(frozen=True)
class SheetRow:
    """A row that is not empty: its number as in the sheet, its cells, and notes by their index."""

    number: int
    cells: tuple[str, ...]
    notes: Mapping[int, CellNote] = field(default_factory=dict)

    def cell(self, index: int) -> str:
        """The cell; empty if the row is shorter."""
        return self.cells[index] if index < len(self.cells) else ""


def tidy_cell(text: str) -> str:
    """The text without invisible characters, and without spaces around it."""
    return CONTROL.sub("", text).strip()


def bounded(rows: Iterable[SheetRow], limits: Limits) -> Iterator[SheetRow]:
    """The rows without empty ones and without empty cells at their ends; Refused beyond limits."""
    count, text = 0, 0
    for row in map(_without_empty_end, rows):
        if not row.cells:
            continue
        count, text = count + 1, text + sum(map(len, row.cells))
        if count > limits.rows + ROWS_ABOVE or row.number > MAX_SHEET_ROWS:
            raise Refused(TOO_MANY_ROWS.format(limit=f"{limits.rows:,}"))
        if text > limits.text:
            raise Refused(TOO_MUCH_TEXT.format(limit=f"{limits.text:,}"))
        _check_row(row, limits)
        yield row


def _without_empty_end(row: SheetRow) -> SheetRow:
    width = max((index for index, cell in enumerate(row.cells, start=1) if cell), default=0)
    return SheetRow(row.number, row.cells[:width], row.notes)


def _check_row(row: SheetRow, limits: Limits) -> None:
    if len(row.cells) > limits.columns:
        raise Refused(TOO_MANY_COLUMNS.format(row=row.number, limit=limits.columns))
    if max(map(len, row.cells)) > limits.cell:
        raise Refused(CELL_TOO_LONG.format(row=row.number, limit=f"{limits.cell:,}"))
