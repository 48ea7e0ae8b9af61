"""The lists that requests are about: rows in the database, passwords apart from them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import SecretStr

from bot.core.errors import Invalid, Refused
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.core.models.text import clean
from bot.domain.lists.pasted import may_have_secrets
from bot.domain.lists.reader import read_pasted
from bot.domain.lists.rows import ROWS, ReadList, row_key
from bot.domain.lists.sheet import Limits
from bot.domain.lists.transfer import dump_without_passwords, load_list
from bot.domain.operation import Operation
from bot.domain.plan import step_secret
from bot.domain.third_party import PASSWORD
from bot.requests import list_rows, list_secrets
from bot.requests.form_secrets import FormSecrets
from bot.store import lists as lists_table
from bot.store.database import Store
from cards.forms import Field

MAX_BOX = 12_000  # bytes of all lines in a form, as JSON: a card holds 22 KB with all else
LIST_STAYS = (
    "Your list stays as it is if you leave {boxes} empty. To correct it, send the file once more,"
    " or paste all of its lines here: they replace your list of {rows}."
)
REPLACED = "This replaces your list of {rows}."
NOT_SHOWN_AGAIN = "Your lines may have passwords, so I did not keep them: please paste all of them."
COLUMNS_READ = "I read its columns as {columns}; row {number} has {cells}."
MAX_COLUMNS = 300  # characters of a sentence about columns


def _as_read(read: ReadList) -> str:
    """How the columns of a DECT list were read: without known names, that is a guess."""
    if not read.is_of_dect or not read.rows:
        return ""
    first = read.rows[0]
    columns = ", ".join(read.columns)
    cells = ", ".join(f"“{cell}”" for cell in first.cells if cell)
    sentence = COLUMNS_READ.format(columns=columns, number=first.number, cells=cells)
    return clean(sentence, MAX_COLUMNS) if cells else ""


@dataclass(frozen=True)
class RequestLists:
    """Keeps the list of a request from the message until the request is deleted."""

    store: Store
    form_secrets: FormSecrets
    limits: Limits = field(default_factory=Limits)

    async def keep(self, code: str, read: ReadList) -> None:
        """Store the list of a request in place of an earlier one."""
        passwords = {
            step_secret(row_key(row.number), PASSWORD): row.password.get_secret_value()
            for row in read.rows
            if row.password is not None
        }
        self.form_secrets.keep(code, passwords)
        await self.store.call(lists_table.put, code, dump_without_passwords(read))

    async def of(self, code: str) -> ReadList | None:
        """The list of a request, with the passwords that are still known; None if it has none."""
        content = await self._content(code)
        if content is None:
            return None
        read, secrets = load_list(content.encode()), self.form_secrets.secrets(code)
        rows = (
            replace(row, password=_password(row_key(row.number), secrets)) if secrets else row
            for row in read.rows
        )
        return replace(read, rows=tuple(rows))

    async def _content(self, code: str) -> str | None:
        return await self.store.call_without_fsync(lists_table.find, code)

    async def in_form(
        self, request: Request, operation: Operation, fields: Sequence[Field]
    ) -> tuple[list[Field], str]:
        """The fields of a form, and a sentence about a list that does not stand in its box.

        A list that came as a file has no lines, and a long one does not fit on a card.
        """
        shown = [_shortened(field, operation) for field in fields]
        is_in_box = any(field.id in operation.boxes and field.value for field in shown)
        read = await self.of(request.code) if operation.takes_list and not is_in_box else None
        if read is None:
            return shown, ""
        optional = [
            replace(field, required=field.required and field.id not in operation.boxes)
            for field in shown
        ]
        boxes = "the box" if len(operation.boxes) == 1 else "both boxes"
        stays = LIST_STAYS.format(boxes=boxes, rows=list_rows.rows(len(read.rows)))
        return optional, " ".join(filter(None, (stays, _as_read(read))))

    async def lost_secrets(self, code: str, steps: Sequence[StepRecord]) -> list[str]:
        """The keys of the steps of a list whose codes and passwords nobody has."""
        lost = await self.delivered(code)
        if lost is not None:
            return lost
        known = list_secrets.made(steps, self.form_secrets.secrets(code))
        return list_secrets.missing(steps, known)

    async def delivered(self, code: str) -> list[str] | None:
        """The keys of the steps whose secrets were lost when the others reached the requester.

        None if none has reached them yet.
        """
        return await self.store.call_without_fsync(lists_table.secrets_lost, code)

    async def note_delivered(self, code: str, lost: Sequence[str], names: Iterable[str]) -> None:
        """Record that secrets have reached the requester, and forget those of these names."""
        await self.store.call(lists_table.set_secrets_lost, code, lost)
        self.form_secrets.drop(code, names)

    async def read(
        self, request: Request, operation: Operation, lines: Mapping[str, str]
    ) -> ReadList | None:
        """The list of a request, if it has one. Lines that were typed replace it.

        `lines` are those of its boxes. Invalid if there is no list in them.
        """
        if not operation.takes_list:
            return None
        if not lines:
            return await self.of(request.code)
        try:
            read = self._read_lines(request, operation, lines)
        except Refused as refusal:
            box = next(iter(lines))
            note = "" if request.inputs.get(box) else f" {NOT_SHOWN_AGAIN}"
            raise Invalid({box: f"{refusal}{note}"}) from refusal
        read = _noting_replaced(await self.of(request.code), read)
        await self.keep(request.code, read)
        return read

    def _read_lines(
        self, request: Request, operation: Operation, lines: Mapping[str, str]
    ) -> ReadList:
        if operation.read_boxes:
            return operation.read_boxes(lines, self.limits)
        required, model = operation.row_fields or frozenset(), request.inputs.get("model", "")
        return read_pasted(lines[ROWS], self.limits, required=required, model=model)


def _noting_replaced(before: ReadList | None, read: ReadList) -> ReadList:
    """The list, with a note if it has fewer rows than the one that it replaces.

    The same lines are read again whenever their plan is made again.
    """
    if before is None:
        return read
    numbers = [[row.number for row in read_list.rows] for read_list in (before, read)]
    if numbers[0] == numbers[1] and before.columns == read.columns:
        replaced = [note for note in before.notes if note.startswith(REPLACED.split("{")[0])]
    elif len(read.rows) < len(before.rows):
        replaced = [REPLACED.format(rows=list_rows.rows(len(before.rows)))]
    else:
        replaced = []
    return replace(read, notes=(*replaced, *read.notes))


def taken_lines(request: Request, operation: Operation) -> tuple[Request, dict[str, str]]:
    """The request, and the lines of a list that were typed, by the fields of its form.

    The lines stay inputs of the request, so that they can be changed, unless they may have secrets.
    """
    boxes = operation.boxes if operation.takes_list else ()
    lines = {box: text for box in boxes if (text := request.inputs.get(box, ""))}
    secret = [box for box, text in lines.items() if may_have_secrets(text)]
    without = {name: text for name, text in request.inputs.items() if name not in secret}
    return request.model_copy(update={"inputs": without}), lines


def _shortened(field: Field, operation: Operation) -> Field:
    """The field without a list that is too long for a card; several boxes share the room."""
    room = MAX_BOX // len(operation.boxes)
    is_too_long = field.id in operation.boxes and len(json.dumps(field.value)) > room
    return replace(field, value="") if is_too_long else field


def _password(key: str, secrets: Mapping[str, str]) -> SecretStr | None:
    name = step_secret(key, PASSWORD)
    return SecretStr(secrets[name]) if name in secrets else None
