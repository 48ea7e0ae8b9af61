"""Which column of a list holds what: by the names in its header, else by what its cells are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.core.errors import Refused
from bot.core.models.mac import distinct_macs
from bot.core.models.people import addresses_in
from bot.core.models.secret import MIN_SIP_PASSWORD_LENGTH
from bot.core.models.text import clean, fold_loosely, join_words
from bot.domain.language.model_text import find_models
from bot.domain.lists.column_names import (
    ANSWER_COLUMNS,
    OWNER_TYPES,
    OWNERS,
    ROW,
    Field,
    field_of,
    follows_row,
)
from bot.domain.lists.mac_cells import is_spoilt_mac
from bot.domain.lists.sheet import SheetRow

# What each row needs. A row without a MAC means an activation code.
FOR_PHONES = frozenset({Field.MODEL, Field.OWNER})
FOR_CODES = frozenset({Field.OWNER})
FOR_DEVICES = frozenset({Field.DEVICE})  # by MAC or by name
HEADER_WITHIN = 10  # rows with content
_SAMPLE = 50  # rows by which a column without a name is known
_MOST_SHOWN = 12  # names of columns in a sentence
_MAX_NAME = 30
_TELLING = frozenset({Field.MAC, Field.MODEL, *OWNERS})
_SURE = frozenset({Field.MAC, Field.MODEL, Field.EMAIL})
_HINTS = {
    Field.MAC: "“MAC”",
    Field.MODEL: "“Model”",
    Field.OWNER: "“Owner”, “Email” or “Workspace”",
    Field.DEVICE: "“MAC” or “Device”",
}
# The columns of which one is enough.
_INSTEAD = {Field.OWNER: OWNERS, Field.DEVICE: (Field.MAC, Field.DEVICE, *OWNERS)}
_KINDS = {
    Field.MAC: "the MAC address",
    Field.MODEL: "the model",
    Field.OWNER: "the owner",
    Field.DEVICE: "the device",
}

EMPTY_LIST = (
    "The list has no rows. Nothing was changed. Please send one with MAC, model and owner in each"
    " row."
)
NO_COLUMN = (
    "I found no column for {kind}. The header, row {row}, has: {names}. Nothing was changed. Please"
    " name the column {hint}, and send the list again."
)
NO_KIND = (
    "I could not tell which column has {kind}, as the list has no header. Nothing was changed."
    " Please name the columns in the first row: {hint}."
)
UNNAMED_MACS = (
    "The column “{name}” has MAC addresses, but its name does not say that the phones have these."
    " Nothing was changed. Please rename it to “MAC”, or delete it{remark}."
)
FOR_CODES_INSTEAD = " if the phones are to get activation codes"


@dataclass(frozen=True)
class Columns:
    """The names of the columns, and the indexes of those that hold each field, in order.

    `is_named`: the list has a header. Else the names are made from what was recognized.
    """

    names: tuple[str, ...]
    fields: Mapping[Field, tuple[int, ...]]
    is_named: bool = True
    header: int = 0  # the number of its row

    def indexes(self, *fields: Field) -> tuple[int, ...]:
        """The columns with these fields."""
        return tuple(index for field in fields for index in self.fields.get(field, ()))

    def without(self, field: Field) -> "Columns":
        """The same where the columns with this field are like those of unknown names."""
        fields = {each: indexes for each, indexes in self.fields.items() if each is not field}
        return replace(self, fields=fields)

    @property
    def returned(self) -> tuple[int, ...]:
        """The columns that a person gets back: none with secrets.

        Nobody can tell what a column without a name holds, so it stays out as well.
        """
        secret = self.indexes(Field.PASSWORD, Field.SECRET)
        names = enumerate(self.names)
        return tuple(index for index, name in names if name and index not in secret)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The names of the columns that are not read; not those of an answer that came back."""
        known = {index for indexes in self.fields.values() for index in indexes}
        others = [name for index, name in enumerate(self.names) if name and index not in known]
        is_answer = set(ANSWER_COLUMNS) <= set(others)
        added = {*ANSWER_COLUMNS, *([ROW] if follows_row(self.names) else [])}
        kept = [name for name in others if not (is_answer and name in added)]
        return tuple(kept) if self.is_named else ()

    def unnamed(self, rows: Sequence[SheetRow]) -> tuple[int, ...]:
        """Of a list without header, the columns with content that are not read, from 1."""
        if self.is_named:
            return ()
        known = {index for indexes in self.fields.values() for index in indexes}
        others = (index for index in range(len(self.names)) if index not in known)
        return tuple(index + 1 for index in others if any(row.cell(index) for row in rows))


def find_columns(
    rows: Sequence[SheetRow], required: Iterable[Field] = FOR_PHONES
) -> tuple[Columns, Sequence[SheetRow]]:
    """The columns, and the rows below the header.

    Refused if there are no rows, or if the columns of a required field cannot be told.
    """
    required = frozenset(required)
    columns, body = _columns_and_body(rows, _TELLING | required)
    if not body:
        raise Refused(EMPTY_LIST)
    if Field.DEVICE not in required:  # then nothing reads it as a name
        columns = _with_models(columns, body).without(Field.DEVICE)
    for field in sorted(required):
        if not columns.indexes(*_INSTEAD.get(field, (field,))):
            raise Refused(_missing(field, columns))
    if columns.is_named and not columns.indexes(Field.MAC):
        _check_unnamed_macs(columns, body, required)
    return columns, body


def _with_models(columns: Columns, rows: Sequence[SheetRow]) -> Columns:
    """The columns, where one called “Device” is the model if most of its cells are models."""
    if columns.indexes(Field.MODEL):
        return columns
    for index in columns.indexes(Field.DEVICE):
        cells = [row.cell(index) for row in rows[:_SAMPLE] if row.cell(index)]
        if cells and sum(_kind_of(cell) is Field.MODEL for cell in cells) * 2 > len(cells):
            return replace(columns, fields={**columns.fields, Field.MODEL: (index,)})
    return columns


def _columns_and_body(
    rows: Sequence[SheetRow], telling: Collection[Field]
) -> tuple[Columns, Sequence[SheetRow]]:
    position = _header_position(rows, telling)
    if position is not None:
        return _by_name(rows[position]), rows[position + 1 :]
    columns = _by_kind(rows)
    has_header = len(rows) > 1 and _is_unknown_header(rows[0], columns)
    return columns, rows[1:] if has_header else rows


def _header_position(rows: Sequence[SheetRow], telling: Collection[Field]) -> int | None:
    """The index of the header. Below the first row it needs two names: above it stands a title."""
    for position, row in enumerate(rows[:HEADER_WITHIN]):
        fields = {field for cell in row.cells if (field := field_of(cell))}
        needed = 2 if position else 1
        if (
            len(fields) >= needed
            and not fields.isdisjoint(telling)
            and not any(map(_is_value, row.cells))
        ):
            return position
    return None


def _is_value(cell: str) -> bool:
    return bool(distinct_macs(cell) or addresses_in(cell))


def _by_name(header: SheetRow) -> Columns:
    fields: dict[Field, tuple[int, ...]] = {}
    for index, name in enumerate(header.cells):
        if field := field_of(name):
            fields[field] = (*fields.get(field, ()), index)
    names = tuple(clean(name, 80) for name in header.cells)
    return Columns(names, fields, header=header.number)


def _by_kind(rows: Sequence[SheetRow]) -> Columns:
    """The columns of a list without a header: by what most of their cells are."""
    width = max((len(row.cells) for row in rows), default=0)
    counts = [_count_kinds(row.cell(index) for row in rows[:_SAMPLE]) for index in range(width)]
    fields: dict[Field, tuple[int, ...]] = {}
    for field in (Field.MAC, Field.EMAIL, Field.MODEL, Field.TYPE, Field.NAME):
        free = [index for index in range(width) if (index,) not in fields.values()]
        best = max(free, key=lambda index: counts[index].get(field, 0), default=None)
        if best is not None and counts[best].get(field, 0):
            fields[field] = (best,)
    emails = sum(counts[index][Field.EMAIL] for index in fields.get(Field.EMAIL, ()))
    if emails == len(rows[:_SAMPLE]):  # no row needs a name
        fields.pop(Field.NAME, None)
    names = {index: field[:1].upper() + field[1:] for field, (index,) in fields.items()}
    return Columns(tuple(names.get(index, "") for index in range(width)), fields, is_named=False)


def _count_kinds(cells: Iterable[str]) -> dict[Field, int]:
    counts: dict[Field, int] = {}
    for cell in filter(None, cells):
        kind = _kind_of(cell)
        if kind:
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def _kind_of(cell: str) -> Field | None:
    """What a cell is by itself; None for a number or a sign."""
    if distinct_macs(cell) or is_spoilt_mac(cell):
        return Field.MAC
    if addresses_in(cell):
        return Field.EMAIL
    if find_models(cell):
        return Field.MODEL
    if fold_loosely(cell) in OWNER_TYPES:
        return Field.TYPE
    is_name = sum(map(str.isalpha, cell)) >= 2 and not _may_be_password(cell)
    return Field.NAME if is_name else None


def _may_be_password(cell: str) -> bool:
    """Whether it has what a SIP password must have. Who it is of, only a header could say."""
    is_long_word = len(cell) >= MIN_SIP_PASSWORD_LENGTH and not any(map(str.isspace, cell))
    return is_long_word and not cell.isalpha()


def _is_unknown_header(row: SheetRow, columns: Columns) -> bool:
    """Whether the first row has no value where the others have MACs, models or emails."""
    kinds = {index: field for field, indexes in columns.fields.items() for index in indexes}
    cells = {index: row.cell(index) for index, field in kinds.items() if field in _SURE}
    return any(cells.values()) and not any(
        _kind_of(cell) is kinds[index] or any(map(str.isdigit, cell))
        for index, cell in cells.items()
    )


def _missing(field: Field, columns: Columns) -> str:
    if not columns.is_named:
        named = (field,) if field is Field.DEVICE else (Field.MAC, Field.MODEL, Field.OWNER)
        hints = join_words((_HINTS[each] for each in named), "and")
        return NO_KIND.format(kind=_KINDS[field], hint=hints)
    names = [f"“{clean(name, _MAX_NAME)}”" for name in columns.names if name]
    shown = join_words(islice(names, _MOST_SHOWN), "and")
    return NO_COLUMN.format(kind=_KINDS[field], row=columns.header, names=shown, hint=_HINTS[field])


def _check_unnamed_macs(
    columns: Columns, rows: Sequence[SheetRow], required: Collection[Field]
) -> None:
    """Refused if a column that is not read has MACs: its phones would get activation codes."""
    remark = FOR_CODES_INSTEAD if Field.MODEL in required else ""
    known = {index for indexes in columns.fields.values() for index in indexes}
    for index, name in enumerate(columns.names):
        cells = [row.cell(index) for row in rows[:_SAMPLE] if row.cell(index)]
        macs = sum(bool(distinct_macs(cell)) for cell in cells)
        if index not in known and macs * 2 > len(cells):
            raise Refused(UNNAMED_MACS.format(name=clean(name, _MAX_NAME), remark=remark))
