"""The file that answers a list: its columns, and what became of each row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.models.text import clean
from bot.domain.lists.column_names import ANSWER_COLUMNS, ROW, follows_row
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.tables import csv_file

MAX_GAP = 20  # empty rows that are written, so that the numbers of the rows stay the same
_LONGEST_REASON = 1_000  # characters


class RowStatus(StrEnum):
    """What became of a row."""

    READY = "ready"
    WRONG = "wrong"
    ADDED = "added"
    CODE_SENT = "code sent"
    DELETED = "deleted"
    TAGGED = "tagged"
    FAILED = "failed"
    NOT_BEGUN = "not begun"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RowAnswer:
    """What the file says of a row. The reason is a sentence, or empty."""

    status: RowStatus
    reason: str = ""
    tracking_id: str = ""


def checked(row: ListRow) -> RowAnswer:
    """What the check says of a row by itself: wrong for each of its problems, else ready."""
    if row.problems:
        return RowAnswer(RowStatus.WRONG, " ".join(row.problems))
    return RowAnswer(RowStatus.READY)


def answer_table(read: ReadList, answers: Mapping[int, RowAnswer]) -> bytes:
    """The rows of a list with their answers, by number, as a CSV file in UTF-8 with a mark.

    A row without an answer says what its check says. Where many rows were left out, a column has
    the numbers of the others. Cells that a spreadsheet would run are made
    harmless. `read_file` reads the file as it read the list.
    """
    kept = _kept_columns(read.columns)
    numbers = [] if _keeps_numbers(read) else [ROW]
    header = [*(read.columns[index] for index in kept), *numbers, *ANSWER_COLUMNS]
    return csv_file(header, _rows(read, kept, answers))


def _kept_columns(names: tuple[str, ...]) -> list[int]:
    """The indexes of the columns, without those that an answer added before."""
    folded = [name.casefold() for name in names]
    has_answers = set(ANSWER_COLUMNS) <= set(folded)
    added = {*ANSWER_COLUMNS, *([ROW] if follows_row(folded) else [])}
    return [i for i, name in enumerate(folded) if not (has_answers and name in added)]


def _keeps_numbers(read: ReadList) -> bool:
    """Whether rows stand where they stood in the list: many may have been left out."""
    last = max((row.number for row in read.rows), default=0)
    return last - len(read.rows) <= MAX_GAP


def _rows(read: ReadList, kept: list[int], answers: Mapping[int, RowAnswer]) -> Iterator[list[str]]:
    width = len(kept) + len(ANSWER_COLUMNS)
    keeps_numbers = _keeps_numbers(read)
    number = 1  # of the header
    for row in read.rows:
        while keeps_numbers and number + 1 < row.number:
            yield [""] * width
            number += 1
        number = row.number
        answer = answers.get(row.number) or checked(row)
        cells = [row.cells[index] if index < len(row.cells) else "" for index in kept]
        own_number = [] if keeps_numbers else [str(row.number)]
        yield [
            *cells,
            *own_number,
            answer.status,
            clean(answer.reason, _LONGEST_REASON),
            answer.tracking_id,
        ]
