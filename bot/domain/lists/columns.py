"""Which column of a list holds what: by the names in its header, else by what its cells are."""

import re
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
    OF_DECT,
    OWNER_TYPES,
    OWNERS,
    ROW,
    Field,
    field_of,
    follows_row,
    is_display_name,
)
from bot.domain.lists.mac_cells import is_spoilt_mac
from bot.domain.lists.sheet import SheetRow

# What each row needs. A row without a MAC means an activation code.
FOR_PHONES = frozenset({Field.MODEL, Field.OWNER})
FOR_CODES = frozenset({Field.OWNER})
FOR_DEVICES = frozenset({Field.DEVICE})  # by MAC or by name
# Of DECT: each row is a base station, a handset, or both.
FOR_DECT = frozenset({Field.DECT})
FOR_BASES = frozenset({Field.DECT, Field.BASE_MAC})
FOR_HANDSETS = frozenset({Field.DECT, Field.OWNER})
HEADER_WITHIN = 10  # rows with content
_SAMPLE = 50  # rows by which a column without a name is known
_MOST_SHOWN = 12  # names of columns in a sentence
_MAX_NAME = 30
_OF_DECT = re.compile(r"DBS|DECT|\b68[2-7]\d", re.IGNORECASE)  # models of base stations, handsets
_TELLING = frozenset({Field.MAC, Field.MODEL, *OWNERS, *OF_DECT})
_SURE = frozenset({Field.MAC, Field.MODEL, Field.EMAIL})
_HINTS = {
    Field.MAC: "“MAC”",
    Field.MODEL: "“Model”",
    Field.OWNER: "“Owner”, “Email” or “Workspace”",
    Field.DEVICE: "“MAC” or “Device”",
    Field.BASE_MAC: "“Base MAC”",
    Field.DECT: "“Base MAC” or “Owner”",
}
# The columns of which one is enough.
_INSTEAD = {
    Field.OWNER: OWNERS,
    Field.DEVICE: (Field.MAC, Field.DEVICE, *OWNERS),
    Field.DECT: (Field.BASE_MAC, *OWNERS),
}
_KINDS = {
    Field.MAC: "the MAC address",
    Field.MODEL: "the model",
    Field.OWNER: "the owner",
    Field.DEVICE: "the device",
    Field.BASE_MAC: "the MAC address of the base station",
    Field.DECT: "the base station or the owner",
}

EMPTY_LIST = (
    "The list has no rows. Nothing was changed. Please send one with MAC, model and owner in each"
    " row."
)
EMPTY_DECT_LIST = (
    "The list has no rows. Nothing was changed. Please send one with the MAC address of a base"
    " station, or the owner of a handset, in each row."
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
UNNAMED_BASES = (
    "The column “{name}” has MAC addresses, but its name does not say that base stations have"
    " these. Nothing was changed. Please rename it to “Base MAC”, or delete it."
)
PHONES = (
    "The column “{name}” names models of phones, so its MAC addresses are not those of base"
    " stations. Nothing was changed. To add phones, send the list with the text “add phones”. If"
    " they are base stations, rename the column with their MAC addresses to “Base MAC”."
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

    def without(self, *left_out: Field) -> "Columns":
        """The same where the columns with these fields are like those of unknown names."""
        fields = {field: indexes for field, indexes in self.fields.items() if field not in left_out}
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
    columns, body = _columns_and_body(rows, required)
    if not body:
        raise Refused(EMPTY_DECT_LIST if Field.DECT in required else EMPTY_LIST)
    columns = _of_list(columns, body, required)
    for field in sorted(required, key=lambda field: (field is Field.DECT, field)):
        if not columns.indexes(*_INSTEAD.get(field, (field,))):
            raise Refused(_missing(field, columns, required))
    if columns.is_named and not columns.indexes(Field.MAC, Field.BASE_MAC):
        _check_unnamed_macs(columns, body, required)
    return columns, body


def says_dect(rows: Sequence[SheetRow]) -> bool:
    """Whether the names of the columns are those of base stations or of handsets with two lines."""
    position = _header_position(rows, _TELLING)
    fields = _by_name(rows[position]).fields.keys() if position is not None else set()
    is_of_phones = {Field.MAC, Field.MODEL} <= fields
    of_handsets = {Field.LINE_2, Field.HANDSET_NAME} & fields
    return not is_of_phones and (
        Field.BASE_MAC in fields or bool(of_handsets and Field.MODEL not in fields)
    )


def _of_list(columns: Columns, rows: Sequence[SheetRow], required: Collection[Field]) -> Columns:
    """The columns as a list with these required fields means them."""
    if Field.DECT in required:
        _check_phones(columns, rows)
        return _of_dect(columns, required)
    if Field.DEVICE in required:
        return columns.without(*OF_DECT)
    return _with_models(columns, rows).without(Field.DEVICE, *OF_DECT)  # nothing reads it as a name


def _of_dect(columns: Columns, required: Collection[Field]) -> Columns:
    """The columns as lists of DECT mean them: `MAC` is the base station's, line 1 the owner's.

    A display name is the handset's where another column has the owner.
    """
    fields = {field: columns.indexes(field) for field in columns.fields}
    if not fields.get(Field.BASE_MAC):
        fields[Field.BASE_MAC] = fields.pop(Field.MAC, ())
    fields[Field.OWNER] = (*fields.get(Field.OWNER, ()), *fields.pop(Field.LINE_1, ()))
    names = fields.get(Field.NAME, ())
    displayed = tuple(index for index in names if is_display_name(columns.names[index]))
    if any(fields.get(field) for field in OWNERS if field is not Field.NAME) or (
        set(names) > set(displayed)
    ):
        fields[Field.NAME] = tuple(index for index in names if index not in displayed)
        fields[Field.HANDSET_NAME] = (*fields.get(Field.HANDSET_NAME, ()), *displayed)
    filled = {field: indexes for field, indexes in fields.items() if indexes}
    return replace(columns, fields=filled).without(*_not_read(required))


def _check_phones(columns: Columns, rows: Sequence[SheetRow]) -> None:
    """Refused if the MACs are those of phones: a column beside them names their models."""
    if columns.indexes(Field.BASE_MAC) or not columns.indexes(Field.MAC):
        return
    for index in columns.indexes(Field.MODEL):
        cells = [row.cell(index) for row in rows[:_SAMPLE] if row.cell(index)]
        phones = sum(bool(find_models(cell)) and not _OF_DECT.search(cell) for cell in cells)
        if phones * 2 > len(cells):
            raise Refused(PHONES.format(name=clean(columns.names[index], _MAX_NAME)))


def _not_read(required: Collection[Field]) -> tuple[Field, ...]:
    """The fields that a list of DECT does not have."""
    others = (Field.MAC, Field.MODEL, Field.DEVICE, Field.TAGS)
    if Field.BASE_MAC in required:
        return (*others, *OWNERS, Field.TYPE, Field.LOCATION, Field.LINE_2, Field.HANDSET_NAME)
    return (*others, Field.BASE_MAC) if Field.OWNER in required else others


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
    rows: Sequence[SheetRow], required: frozenset[Field]
) -> tuple[Columns, Sequence[SheetRow]]:
    position = _header_position(rows, _TELLING | required)
    if position is not None:
        return _by_name(rows[position]), rows[position + 1 :]
    columns = _by_kind(rows)
    has_header = len(rows) > 1 and _is_unknown_header(rows[0], columns)
    body = rows[1:] if has_header else rows
    return (_by_place(body) if Field.DECT in required else columns), body


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
    names = {index: _title(field) for field, (index,) in fields.items()}
    return Columns(tuple(names.get(index, "") for index in range(width)), fields, is_named=False)


def _by_place(rows: Sequence[SheetRow]) -> Columns:
    """The columns of a list of DECT without a header: the base station's, by its cells.

    The others, as far as they have names, are the owner, the second line and the display name.
    """
    width = max((len(row.cells) for row in rows), default=0)
    counts = [_count_kinds(row.cell(index) for row in rows[:_SAMPLE]) for index in range(width)]
    macs = [index for index in range(width) if counts[index].get(Field.MAC)][:1]
    others = [index for index in range(width) if counts[index] and index not in macs]
    places = zip((Field.OWNER, Field.LINE_2, Field.HANDSET_NAME), others, strict=False)
    fields = {Field.BASE_MAC: macs, **{field: [index] for field, index in places}}
    names = {index: field for field, indexes in fields.items() for index in indexes}
    return Columns(
        tuple(_title(names[index]) if index in names else "" for index in range(width)),
        {field: tuple(indexes) for field, indexes in fields.items()},
        is_named=False,
    )


def _title(field: Field) -> str:
    return field[:1].upper() + field[1:]


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


def _missing(field: Field, columns: Columns, required: frozenset[Field]) -> str:
    if not columns.is_named:
        phone = (Field.MAC, Field.MODEL, Field.OWNER)
        named = (field,) if required & {Field.DEVICE, Field.DECT} else phone
        hints = join_words((_HINTS[column] for column in named), "and")
        return NO_KIND.format(kind=_KINDS[field], hint=hints)
    names = [f"“{clean(name, _MAX_NAME)}”" for name in columns.names if name]
    shown = join_words(islice(names, _MOST_SHOWN), "and")
    return NO_COLUMN.format(kind=_KINDS[field], row=columns.header, names=shown, hint=_HINTS[field])


def _check_unnamed_macs(
    columns: Columns, rows: Sequence[SheetRow], required: Collection[Field]
) -> None:
    """Refused if a column that is not read has MACs: its phones would get activation codes."""
    if Field.DECT in required and Field.OWNER in required:
        return  # those of base stations do not matter
    sentence = UNNAMED_BASES if Field.DECT in required else UNNAMED_MACS
    remark = FOR_CODES_INSTEAD if Field.MODEL in required else ""
    known = {index for indexes in columns.fields.values() for index in indexes}
    for index, name in enumerate(columns.names):
        cells = [row.cell(index) for row in rows[:_SAMPLE] if row.cell(index)]
        macs = sum(bool(distinct_macs(cell)) for cell in cells)
        if index not in known and macs * 2 > len(cells):
            raise Refused(sentence.format(name=clean(name, _MAX_NAME), remark=remark))
