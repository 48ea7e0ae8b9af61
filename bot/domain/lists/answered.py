"""A file that answered a list and comes back: its rows that are done are not done once more."""

from collections.abc import Collection, Sequence

from bot.core.errors import Refused
from bot.core.models.text import fold, join_words
from bot.domain.lists.answer import RowStatus
from bot.domain.lists.column_names import ANSWER_COLUMNS, Field
from bot.domain.lists.columns import Columns
from bot.domain.lists.sheet import SheetRow

LEFT_OUT = (
    "I left out {rows}, whose status is {statuses}. To do {them} once more, delete the column"
    " “status”."
)
ALL_DONE = (
    "All rows of this list are done already: their status is {statuses}. Nothing was changed. To do"
    " them once more, delete the column “status”, and send the list again."
)


def without_done(
    columns: Columns, rows: Sequence[SheetRow], required: Collection[Field]
) -> tuple[Sequence[SheetRow], str]:
    """The rows that are not done, and the sentence about the others. Refused if all are done.

    What was added can be deleted, so only what the rows are for counts. A device that has its tags
    is found by its check.
    """
    index = _status_column(columns)
    if index is None:
        return rows, ""
    is_of_devices = Field.DEVICE in required
    ends = (RowStatus.DELETED,) if is_of_devices else (RowStatus.ADDED, RowStatus.CODE_SENT)
    left = [row for row in rows if fold(row.cell(index)) not in ends]
    statuses = {fold(row.cell(index)) for row in rows} & set(ends)
    if not statuses:
        return rows, ""
    named = join_words((f"“{status}”" for status in sorted(statuses)), "and")
    if not left:
        raise Refused(ALL_DONE.format(statuses=named))
    done = len(rows) - len(left)
    counted, them = ("1 row", "it") if done == 1 else (f"{done:,} rows", "them")
    return left, LEFT_OUT.format(rows=counted, statuses=named, them=them)


def _status_column(columns: Columns) -> int | None:
    """The column of an answer: a list may have one of that name for something else."""
    names = [fold(name) for name in columns.names]
    if not columns.is_named or not set(ANSWER_COLUMNS) <= set(names):
        return None
    return len(names) - 1 - names[::-1].index("status")
