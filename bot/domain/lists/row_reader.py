"""A row of cells → its values, by the columns that were found."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr

from bot.core.models.mac import show_mac
from bot.core.models.people import addresses_in
from bot.core.models.secret import check_sip_password, check_visible
from bot.core.models.text import clean, fold, fold_loosely, join_words
from bot.core.models.webex import OwnerKind
from bot.domain.lists.column_names import OWNER_TYPES, OWNERS, Field
from bot.domain.lists.columns import FOR_PHONES, Columns
from bot.domain.lists.mac_cells import is_nothing, read_mac_cell, whole_number
from bot.domain.lists.rows import ListRow
from bot.domain.lists.sheet import CellNote, SheetRow

MAX_TAG = 64  # characters
MAX_TEXT = 120  # characters of a model or an owner
_MOST_SHOWN = 60
NO_MAC = "The row has no MAC address."
NO_MODEL = "The row has no model."
NO_OWNER = "The row has no owner: an email, or the name of a workspace."
NO_BASE = "The row has no MAC address of a base station."
NO_BASE_OR_OWNER = "The row has neither a base station nor an owner."
NO_DEVICE = "The row has no device: a MAC address, or the name of the device or of its owner."
TWO_KINDS = (
    "The row names a person ({person}) and, in the column “{column}”, a workspace ({workspace}). A"
    " phone belongs to one of them. If the column says where the person sits, please rename it to"
    " “Office”; else delete one of the names."
)
TWO_OWNERS = "The row names several owners: {owners}. Please give one of them."
TWO_MACS = "The row has several MAC addresses: {macs}. Please give one of them."
TWO_MODELS = "The row has several models: {models}. Please give one of them."
NO_RESULT = (
    "The cell for the {field} has the formula {cell} without its result. Please replace it by its"
    " value."
)
ERROR_CELL = "The cell for the {field} has the error {cell} of a spreadsheet. Please correct it."
DATE_CELL = (
    "A spreadsheet turned the {field} into the date {cell}. Please format the column as text, and"
    " type it again."
)
TOO_LONG = "The {field} has more than {limit} characters. Please correct it."
BAD_PASSWORD = "The password of this row was not accepted. {why}"  # noqa: S105 - a sentence


_BROKEN = {CellNote.FORMULA: NO_RESULT, CellNote.ERROR: ERROR_CELL, CellNote.DATE: DATE_CELL}


@dataclass(frozen=True)
class RowReader:
    """Reads rows. `required` are the fields that each needs; `model` is for rows without one."""

    columns: Columns
    required: Collection[Field] = FOR_PHONES
    model: str = ""

    def read(self, row: SheetRow) -> ListRow:
        """The values of a row, with a sentence for each problem."""
        model = "" if Field.DECT in self.required else self.model  # there it is of the network
        return _Row(row, self.columns, self.required, model).read()


@dataclass
class _Row:
    row: SheetRow
    columns: Columns
    required: Collection[Field]
    default_model: str
    problems: list[str] = field(default_factory=list)

    def read(self) -> ListRow:
        mac, base = self._mac(Field.MAC, NO_MAC), self._mac(Field.BASE_MAC, NO_BASE)
        model = self._model()
        owner, kind = self._owner()
        line2, display_name = self._line2(), self._display_name()
        self._check_handset(base, owner, line2 or display_name)
        if Field.DEVICE in self.required and not (mac or owner or self.problems):
            self.problems.append(NO_DEVICE)
        return ListRow(
            number=self.row.number,
            mac=mac,
            model=model,
            owner=owner,
            kind=kind,
            password=self._password(),
            tags=self._tags(),
            location=clean(next(self._texts(Field.LOCATION), ""), MAX_TEXT),
            base=base,
            line2=line2,
            display_name=display_name,
            cells=tuple(self.row.cell(index) for index in self.columns.returned),
            problems=tuple(self.problems),
        )

    def _texts(self, *fields: Field) -> Iterator[str]:
        """The cells of these fields that are not empty, in the order of the fields."""
        return (cell for index in self.columns.indexes(*fields) if (cell := self.row.cell(index)))

    def _broken(self, *fields: Field, name: str) -> Iterator[str]:
        """A sentence for each cell of these fields that a spreadsheet broke."""
        for index in self.columns.indexes(*fields):
            sentence = _BROKEN.get(self.row.notes.get(index, CellNote.NUMBER))
            if sentence:
                shown = clean(self.row.cell(index), _MOST_SHOWN)
                yield sentence.format(field=name, cell=shown)

    def _whole(self, *fields: Field) -> Iterator[tuple[str, CellNote | None]]:
        """The cells of these fields that are neither empty nor broken."""
        for index in self.columns.indexes(*fields):
            cell, note = self.row.cell(index), self.row.notes.get(index)
            if cell and note not in _BROKEN:
                yield cell, note

    def _mac(self, field: Field, missing: str) -> str:
        """The MAC of the phone or of the base station; a problem if it is required and missing."""
        readings = [read_mac_cell(*cell) for cell in self._whole(field)]
        macs = list(dict.fromkeys(mac for mac, _ in readings if mac))
        if len(macs) > 1:
            self.problems.append(TWO_MACS.format(macs=join_words(map(show_mac, macs), "and")))
        if len(macs) != 1:
            unread = [problem for _, problem in readings if problem]
            unread = unread or [*self._broken(field, name="MAC address")]
            lacking = [missing] if field in self.required else []
            self.problems += [] if macs else unread or lacking
            return ""
        return macs[0]

    def _line2(self) -> str:
        """Who has the second line of a handset; empty if nobody has."""
        self.problems += self._broken(Field.LINE_2, name="second line")
        cells = (whole_number(cell) for cell, _ in self._whole(Field.LINE_2))
        owner, problem = read_owner(next((cell for cell in cells if not is_nothing(cell)), ""))
        self.problems += [problem] if problem else []
        return owner

    def _display_name(self) -> str:
        cells = (whole_number(cell) for cell, _ in self._whole(Field.HANDSET_NAME))
        return clean(next((cell for cell in cells if not is_nothing(cell)), ""), MAX_TEXT)

    def _check_handset(self, base: str, owner: str, details: str) -> None:
        """Note the owner that a row of DECT lacks, unless it is a base station alone."""
        if Field.DECT not in self.required or owner or self.problems or (base and not details):
            return
        self.problems.append(NO_OWNER if details else NO_BASE_OR_OWNER)

    def _model(self) -> str:
        cells = [whole_number(cell) for cell, _ in self._whole(Field.MODEL)]
        models = list({fold(cell): clean(cell, MAX_TEXT) for cell in cells}.values())
        if len(models) > 1:
            shown = join_words((clean(model, _MOST_SHOWN) for model in models), "and")
            self.problems.append(TWO_MODELS.format(models=shown))
            return ""
        model = models[0] if models else self.default_model
        if not model and Field.MODEL in self.required:
            self.problems += [*self._broken(Field.MODEL, name="model")] or [NO_MODEL]
        return model

    def _type(self) -> OwnerKind | None:
        """What the column for the type says; nothing if its word is unknown."""
        words = (fold_loosely(cell) for cell in self._texts(Field.TYPE))
        return next((OWNER_TYPES[word] for word in words if word in OWNER_TYPES), None)

    def _owner(self) -> tuple[str, OwnerKind | None]:
        kind = self._type()
        workspaces, people = [*self._owner_cells(Field.WORKSPACE)], self._people(kind)
        if workspaces and people and not kind and fold(workspaces[0]) != fold(people[0]):
            person, workspace = clean(people[0], _MOST_SHOWN), clean(workspaces[0], _MOST_SHOWN)
            column = self._name_of(Field.WORKSPACE)
            self.problems.append(
                TWO_KINDS.format(person=person, column=column, workspace=workspace)
            )
            return "", None
        is_person = kind is OwnerKind.PERSON
        owners = [*people, *workspaces] if is_person else [*workspaces, *people]
        if not owners and Field.OWNER in self.required:
            self.problems += [*self._broken(*OWNERS, name="owner")][:1] or [NO_OWNER]
        kind = kind or (OwnerKind.WORKSPACE if workspaces else None)
        owner, problem = read_owner(owners[0] if owners else "")
        self.problems += [problem] if problem else []
        return owner, kind or (OwnerKind.PERSON if addresses_in(owner) == [owner] else None)

    def _name_of(self, field: Field) -> str:
        """The name of the first column with this field in which the row has something."""
        indexes = self.columns.indexes(field)
        filled = [index for index in indexes if self.row.cell(index)]
        return clean(self.columns.names[filled[0]], _MOST_SHOWN) if filled else ""

    def _people(self, kind: OwnerKind | None) -> list[str]:
        """The cells that may name the owner, the best first: an address says most."""
        emails, owners = [*self._owner_cells(Field.EMAIL)], [*self._owner_cells(Field.OWNER)]
        full_name = " ".join(self._texts(Field.FIRST_NAME, Field.LAST_NAME))
        devices = self._owner_cells(Field.DEVICE) if Field.DEVICE in self.required else ()
        names = [*self._owner_cells(Field.NAME), *filter(None, [full_name]), *devices]
        if kind is OwnerKind.WORKSPACE:  # an address beside it is of somebody to ask
            return [*owners, *names, *emails]
        return [*filter(addresses_in, owners), *emails, *owners, *names]

    def _owner_cells(self, field: Field) -> Iterator[str]:
        return (whole_number(cell) for cell, _ in self._whole(field))

    def _password(self) -> SecretStr | None:
        text = next(self._texts(Field.PASSWORD), "")
        if not text:
            return None
        try:
            return check_sip_password(SecretStr(check_visible(text)))
        except ValueError as error:
            self.problems.append(BAD_PASSWORD.format(why=error))
            return None

    def _tags(self) -> tuple[str, ...]:
        tags = [tag for cell in self._texts(Field.TAGS) for tag in split_tags(cell)]
        if any(len(tag) > MAX_TAG for tag in tags):
            self.problems.append(TOO_LONG.format(field="tag", limit=MAX_TAG))
        return tuple(dict.fromkeys(tag for tag in tags if len(tag) <= MAX_TAG))


def read_owner(text: str) -> tuple[str, str]:
    """An address in lower case, or the name as it was typed; a sentence if there are several."""
    if len(text) > MAX_TEXT and not addresses_in(text):
        return "", TOO_LONG.format(field="owner", limit=MAX_TEXT)
    emails = addresses_in(text)
    if len(emails) > 1:
        shown = join_words((clean(email, _MOST_SHOWN) for email in emails[:5]), "and")
        return "", TWO_OWNERS.format(owners=shown)
    return (emails[0] if emails else clean(text, MAX_TEXT)), ""


def split_tags(cell: str) -> Sequence[str]:
    """The tags of a cell, which commas, semicolons or lines separate: `+lobby; floor 2`."""
    parts = cell.replace(";", ",").replace("\n", ",").split(",")
    tags = (clean(part).lstrip("+#").strip() for part in parts)
    return [tag for tag in tags if tag]
