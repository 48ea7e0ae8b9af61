"""A list as it was read: rows with their values, and sentences about what is wrong in each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from pydantic import SecretStr

from bot.core.models.mac import show_mac
from bot.core.models.text import join_words
from bot.core.models.webex import OwnerKind
from bot.domain.lists.column_names import Field

SAME_MAC = (
    "The same MAC address, {mac}, is also in row{s} {rows}. Please correct the wrong one, or delete"
    " it."
)
ROWS = "rows"  # the field of a form that takes the lines of a list
_MOST_NAMED = 5  # rows with the same MAC


def row_key(number: int) -> str:
    """The key of the first step of a row."""
    return f"row {number}"


def base_key(number: int) -> str:
    """The key of the step that adds the base station of a row."""
    return f"{row_key(number)} base"


def second_line_key(number: int) -> str:
    """The key of the step that sets the second line of a row's handset."""
    return f"{row_key(number)} line 2"


def row_number(key: str) -> int:
    """The number of the row to which the step with this key belongs; 0 if it is of no row."""
    words = key.split()
    return int(words[1]) if len(words) > 1 and words[0] == "row" and words[1].isdigit() else 0


@dataclass(frozen=True)
class ListRow:
    """One row: its number as in the sheet, or as it was pasted.

    `mac` has twelve upper-case hex digits, or is empty: an activation code. `kind` is None if only
    Webex can tell. `cells` are those of the columns that a person gets back: without secrets.
    """

    number: int
    mac: str = ""
    model: str = ""
    owner: str = ""
    kind: OwnerKind | None = None
    password: SecretStr | None = field(default=None, repr=False)
    tags: tuple[str, ...] = ()
    location: str = ""
    base: str = ""  # the MAC of a DECT base station, like `mac`
    line2: str = ""  # of a DECT handset: who has its second line, as it was written
    display_name: str = ""  # of a DECT handset
    cells: tuple[str, ...] = field(default=(), repr=False)
    problems: tuple[str, ...] = ()
    base_problems: tuple[str, ...] = ()  # those of the problems that are about the base station
    is_of_boxes: bool = False  # base station and handset stand in two boxes and are independent

    @property
    def is_wrong(self) -> bool:
        """Whether it must be corrected before it can run."""
        return bool(self.problems)


@dataclass(frozen=True)
class ReadList:
    """The names of the columns that a person gets back, the rows, and sentences about the whole."""

    columns: tuple[str, ...]
    rows: tuple[ListRow, ...]
    notes: tuple[str, ...] = ()
    is_of_dect: bool = False  # base stations and handsets
    is_short: bool = False  # a few lines of a form or message, which need no files as answers


def with_repeated_macs(
    rows: Iterable[ListRow], required: Collection[Field] = ()
) -> tuple[ListRow, ...]:
    """The rows; those that add the same MAC are all wrong, and name each other.

    What is done to a device that is there can be done once for all of its rows.
    """
    rows = tuple(rows)
    if Field.DEVICE in required:
        return rows
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        for mac in _added(row):
            numbers[mac].append(row.number)
    return tuple(
        _with_problems(row, same) if (same := _same_macs(row, numbers)) else row for row in rows
    )


def _with_problems(row: ListRow, same: Sequence[str]) -> ListRow:
    of_base = (*row.base_problems, *same) if row.is_of_boxes else row.base_problems
    return replace(row, problems=(*row.problems, *same), base_problems=of_base)


def _added(row: ListRow) -> set[str]:
    """The MACs of the phone and of the base station of a row."""
    return {row.mac, row.base} - {""}


def _same_macs(row: ListRow, numbers: Mapping[str, Sequence[int]]) -> list[str]:
    repeated = [mac for mac in sorted(_added(row)) if len(numbers[mac]) > 1]
    return [_same_mac(mac, row, numbers[mac]) for mac in repeated]


def _same_mac(mac: str, row: ListRow, numbers: Sequence[int]) -> str:
    others = [str(number) for number in islice(_others(row, numbers), _MOST_NAMED)]
    more = len(numbers) - 1 - len(others)
    named = join_words([*others, f"{more} more"] if more else others, "and")
    return SAME_MAC.format(mac=show_mac(mac), s="s" * (len(numbers) > 2), rows=named)


def _others(row: ListRow, numbers: Iterable[int]) -> Iterable[int]:
    return (number for number in numbers if number != row.number)
