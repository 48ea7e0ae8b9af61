"""Pasted lines → rows: `MAC MODEL OWNER` in any order, one phone a line."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import dropwhile, takewhile

from bot.core.errors import Refused
from bot.core.models.mac import show_mac
from bot.core.models.people import addresses_in
from bot.core.models.text import clean, fold_loosely
from bot.core.models.webex import OwnerKind
from bot.domain.language.arguments import (
    Arguments,
    without,
    without_excluded,
    without_prepositions_around,
)
from bot.domain.language.clauses import without_reason
from bot.domain.language.phrases import terms_of
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.typed_passwords import NOTE, without_passwords
from bot.domain.language.vocabulary import FILLERS, GREETINGS, SIGN_OFFS
from bot.domain.lists.column_names import Field, field_of
from bot.domain.lists.columns import EMPTY_LIST, FOR_PHONES
from bot.domain.lists.csv_text import SEPARATORS
from bot.domain.lists.mac_cells import is_spoilt_mac, read_mac_cell
from bot.domain.lists.row_reader import MAX_TEXT, NO_DEVICE, NO_MAC, NO_MODEL, NO_OWNER, read_owner
from bot.domain.lists.rows import ListRow, ReadList, with_repeated_macs
from bot.domain.lists.sheet import TOO_MANY_ROWS, Limits, tidy_cell
from bot.domain.phone_reader import read_phone

COLUMNS = ("MAC", "Model", "Owner", "Tags")
LINE_TOO_LONG = "The line has more than {limit} characters. Please write one phone a line."
NOT_READ = "I read neither a MAC address nor a model in this line."
_BULLET = re.compile(r"\s*(?:[•*–—>·▪◦]|-(?=\s)|#?\(?\d{1,4}[.):](?=\s)|\[[ xX]?\])\s*")
_MARKUP = re.compile(r"[`|]+")
_COMMAND = ("add", "device", "devices", "get", "new", "create", "activation code")
_OF_DEVICES = ("delete", "tag", "tags", "untag", "device", "devices")  # the same of their lists
# Verbs that ask for something else than a list of phones, or of devices, does.
_OTHER_THAN_ADD = ("delete", "swap", "move", "tag", "untag", "not")
_OTHER_THAN_CHANGE = ("add", "get", "new", "create", "swap", "move", "not")
OTHER_WISH = (
    "This line asks for something else than the list. Please take it out, or correct it. To do what"
    " it asks for, send it as a message of its own."
)
MAX_LINE = 300  # characters; the readers of words take longer than in proportion
_HEADER_LINES = 50  # in which a header is looked for: talk may stand above it
_TABLE_NAMES = 2  # names of columns in the first line of a table
_SMALL_TALK = frozenset({
    *(fold_loosely(phrase) for phrase in FILLERS), *GREETINGS, *SIGN_OFFS,
    "all", "team", "following", "these", "below", "list", "the",
})  # fmt: skip


def table_in(text: str) -> str:
    """The lines with cells, parted by tabs or below the names of columns; empty without such."""
    lines = text.splitlines()
    with_tabs = [index for index, line in enumerate(lines) if "\t" in line.lstrip()]
    if with_tabs:
        below = takewhile(_has_phone, lines[with_tabs[-1] + 1 :])  # their empty cells may be lost
        return "\n".join([*lines[with_tabs[0] : with_tabs[-1] + 1], *below])
    while lines and not is_header(lines[0]) and _is_small_talk(bare_line(lines[0])):
        del lines[0]
    return "\n".join(before_sign_off(lines)) if lines and is_header(lines[0]) else ""


def is_header(line: str) -> bool:
    """Whether a line has the names of columns."""
    return sum(field_of(cell) is not None for cell in _cells(line)) >= _TABLE_NAMES


def may_have_secrets(text: str) -> bool:
    """Whether pasted lines have a password, or a column for secrets in their header."""
    return any(
        without_passwords(line[: 2 * MAX_LINE])[1] or (index < _HEADER_LINES and _has_secrets(line))
        for index, line in enumerate(text.splitlines())
    )


def _has_secrets(header: str) -> bool:
    """Whether one of several columns is for secrets; blanks may part the names, too."""
    columns, words = set(map(field_of, _cells(header))), set(map(field_of, header.split()))
    is_header = len(columns) > 1 or len(words - {None}) > 1
    return is_header and bool((columns | words) & {Field.PASSWORD, Field.SECRET})


def _cells(line: str) -> list[str]:
    return re.split(f"[{re.escape(''.join(SEPARATORS))}]", line)


def read_lines(
    text: str,
    limits: Limits,
    required: Collection[Field] = FOR_PHONES,
    model: str = "",
) -> ReadList:
    """One row for each line with a phone. Lines are counted without empty ones.

    Refused if there are no such lines, or more than the limits allow.
    """
    command = _OF_DEVICES if Field.DEVICE in required else _COMMAND
    lines = list(enumerate(_phone_lines(text, command), start=1))
    if not lines:
        raise Refused(EMPTY_LIST)
    if len(lines) > limits.rows:
        raise Refused(TOO_MANY_ROWS.format(limit=f"{limits.rows:,}"))
    readings, has_passwords = [], False
    for number, line in lines:
        typed, has_password = without_passwords(line[:MAX_LINE])
        has_passwords |= has_password
        is_whole = len(line) <= MAX_LINE
        readings.append(
            _read_line(number, typed, required, model) if is_whole else _too_long(number, typed)
        )
    rows = with_repeated_macs(readings, required)
    return ReadList(COLUMNS, rows, (NOTE,) if has_passwords else ())


def _phone_lines(text: str, command: Collection[str]) -> list[str]:
    """The lines without bullets, without the command, and without a greeting and a signature."""
    lines = [bare_line(line) for line in text.splitlines()]
    lines = [line for line in lines if any(map(str.isalnum, line))]
    first = next((index for index, line in enumerate(lines) if _has_phone(line)), len(lines))
    behind = next((index for index, line in enumerate(reversed(lines)) if _has_phone(line)), 0)
    end = max(first, len(lines) - behind)
    above = [line for line in lines[:first] if not _is_small_talk(line, command)]
    return [*above, *lines[first:end], *before_sign_off(lines[end:])]


def bare_line(line: str) -> str:
    """The line without bullet, number and signs of Markdown."""
    text = _MARKUP.sub(" ", tidy_cell(line))
    bullet = _BULLET.match(text)
    return text[bullet.end() :].strip() if bullet else text.strip()


def _has_phone(line: str) -> bool:
    kinds = {token.kind for token in tokenize(line[:MAX_LINE])}
    return bool(kinds & {Kind.MAC, Kind.NEAR_MAC, Kind.MODEL, Kind.EMAIL})


def _is_small_talk(line: str, command: Collection[str] = _COMMAND) -> bool:
    """`Hi all, please add these phones:`, or the command above the lines."""
    terms = terms_of(tokenize(line[:MAX_LINE]))
    return line.endswith((":", ",")) or all(
        term.meaning in _SMALL_TALK or term.meaning in command for term in terms
    )


def before_sign_off(lines: Sequence[str]) -> list[str]:
    """The lines above a signature."""
    for index, line in enumerate(lines):
        if fold_loosely(line[:MAX_LINE]).strip(" ,.!-") in SIGN_OFFS:
            return list(lines[:index])
    return list(lines)


def _too_long(number: int, line: str) -> ListRow:
    problem = LINE_TOO_LONG.format(limit=MAX_LINE)
    return ListRow(number, cells=("", "", clean(line, MAX_TEXT), ""), problems=(problem,))


def _read_line(number: int, line: str, required: Collection[Field], model: str) -> ListRow:
    command = _OF_DEVICES if Field.DEVICE in required else _COMMAND
    names_model = not model and Field.MODEL in required
    typed = _Line(line, names_model=names_model, command=command)
    mac, mac_problem = read_mac_cell(typed.mac)
    owner, owner_problem = read_owner(typed.owner)
    model = typed.model or model
    missing = _missing(required, typed.mac, model, typed.owner)
    other_wish = OTHER_WISH if _asks_otherwise(line, required) else ""
    problems = tuple(filter(None, (other_wish, mac_problem, owner_problem, *missing)))
    is_address = addresses_in(owner) == [owner]
    shown_owner = owner if is_address else typed.owner  # what else stands there may be a password
    return ListRow(
        number=number,
        mac=mac,
        model=model,
        owner=owner,
        kind=OwnerKind.PERSON if is_address else None,
        tags=typed.tags,
        cells=(show_mac(mac) or typed.mac, model, shown_owner, ", ".join(typed.tags)),
        problems=problems,
    )


def _asks_otherwise(line: str, required: Collection[Field]) -> bool:
    """Whether the line begins with another verb than that of its list: `delete phone …`."""
    verbs = _OTHER_THAN_CHANGE if Field.DEVICE in required else _OTHER_THAN_ADD
    meanings = [term.meaning for term in terms_of(tokenize(line))]
    begins = dropwhile(lambda meaning: meaning in _SMALL_TALK or meaning == "do", meanings)
    return next(begins, "") in verbs


def _missing(required: Collection[Field], mac: str, model: str, owner: str) -> Iterator[str]:
    if not (mac or model or owner) and Field.MODEL in required:
        yield NOT_READ
        return
    for field, value, sentence in (
        (Field.MAC, mac, NO_MAC),
        (Field.MODEL, model, NO_MODEL),
        (Field.OWNER, owner, NO_OWNER),
        (Field.DEVICE, mac or owner, NO_DEVICE),
    ):
        if field in required and not value:
            yield sentence


class _Line:
    """The texts in a line: the readers of typed commands find them wherever they stand.

    Unless it `names_model`, the words that are left are the owner, as in `Meeting Room 12`.
    """

    def __init__(self, text: str, *, names_model: bool, command: Collection[str]) -> None:
        # What follows the sign of `1.12233E+11` would be taken for a phone number.
        spoilt = [word for word in text.split() if is_spoilt_mac(word.strip(",;"))][:1]
        for word in spoilt:
            text = text.replace(word, " ", 1)
        content, _ = without_reason(tokenize(text), text)
        tokens = without_excluded(_without_command(content, command), text)
        tags = [token for token in tokens if token.kind is Kind.TAG]
        rest = tuple(token for token in tokens if token not in tags)
        arguments = Arguments(text, rest, message=rest)
        inputs = read_phone(arguments)
        self.mac = inputs.get("mac") or "".join(spoilt).strip(",;")
        self.model = inputs.get("model", "")
        self.owner = inputs.get("owner", "")
        self.tags = tuple(dict.fromkeys(token.text.lstrip("+#") for token in tags))
        if not names_model and not arguments.of_kind(Kind.MODEL):
            owner = without_prepositions_around(
                without(rest, *arguments.of_kind(Kind.MAC, Kind.NEAR_MAC))
            )
            self.model, self.owner = "", arguments.phrase(owner) if owner else ""


def _without_command(tokens: Sequence[Token], command: Collection[str]) -> tuple[Token, ...]:
    """The tokens without `add phone` in front."""
    terms = terms_of(tokens)
    first = 0
    for term in terms:
        if term.meaning not in command:
            break
        first = term.last
    return without_prepositions_around(tokens[first:])
