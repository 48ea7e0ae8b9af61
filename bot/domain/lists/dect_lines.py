"""The boxes of DECT forms → rows: the MACs of base stations, and who gets a handset. Pure.

Line 3 of one box and line 3 of the other one are row 3. They stand side by side for no reason but
that one plan has both: Webex does not tie handsets to base stations.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, zip_longest

from bot.core.errors import Refused
from bot.core.models.mac import distinct_macs, show_mac
from bot.core.models.people import addresses_in
from bot.core.models.text import clean
from bot.core.models.webex import OwnerKind
from bot.domain.language.phrases import terms_of
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.two_phones import FOR
from bot.domain.language.typed_passwords import NOTE, without_passwords
from bot.domain.language.vocabulary import (
    ARTICLES,
    CONJUNCTIONS,
    IGNORED_LABELS,
    LABELS,
    PREPOSITIONS,
)
from bot.domain.lists.column_names import Field, field_of
from bot.domain.lists.columns import FOR_DECT
from bot.domain.lists.mac_cells import is_nothing, is_spoilt_mac, read_mac_cell
from bot.domain.lists.pasted import bare_line, before_sign_off, is_header, table_in
from bot.domain.lists.reader import read_pasted
from bot.domain.lists.row_reader import MAX_TEXT, NO_OWNER, read_owner
from bot.domain.lists.rows import ListRow, ReadList, with_repeated_macs
from bot.domain.lists.sheet import TOO_MANY_ROWS, Limits

BOXES = ("bases", "members")  # the fields of forms that these lines come from
COLUMNS = ("base mac", "owner", "line 2", "display name")
NOTHING_READ = (
    "I read neither a MAC address nor an owner in these lines. Nothing was changed. Please write"
    " one base station or one owner a line."
)
LINE_TOO_LONG = (
    "The line has more than {limit} characters. Please write one base station or one owner a line."
)
TOO_MANY_PARTS = (
    "The line has more parts than an owner, a second line and a display name. Please write it like"
    " this: Bob Baker; Carol Cole; Bob DECT."
)
NO_BASE = "“{text}” is no base station. {problem}"
LINE_2, DISPLAY_NAME = "line 2", "display name"
MAX_LINE = 300  # characters
_SHORT_ROWS, _SHORT_CELL = 6, 60  # rows and characters that fit in a card without files
_BASE_COLUMNS = (Field.BASE_MAC, Field.MAC)
_MACS = (Kind.MAC, Kind.NEAR_MAC)
_PEOPLE = (Kind.EMAIL, Kind.MENTION)
_AND = CONJUNCTIONS | {"et", "y"}
# Words beside MACs that name nothing: `base station 1:`, `and`, `PID`.
_BESIDE_MACS = (
    _AND | ARTICLES | PREPOSITIONS | LABELS | IGNORED_LABELS
    | {"base", "bases", "station", "stations", "basisstation", "basisstationen", "dect"}
)  # fmt: skip
_HANDSET = frozenset({"add", "get", "new", "create", "handset", "device", "dect", "cordless"})
_THINGS = frozenset({"base station", "handset", "dect", "following"})
_HEADINGS = _AND | ARTICLES | PREPOSITIONS | _THINGS
_OWNERS = frozenset({"owner", "owners", "user", "users", "member", "members"})
_OWNER_LABEL = re.compile(
    r"^(?:(?:dect|cordless)\s+)?"
    r"(?:handsets?|mobilteile?|combinés?|owners?|users?|members?)(?:\s*\d{1,3})?\s*[:=]\s*(?=\S)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^()]*\)")  # beside a MAC: where the base station hangs
_MASK = "\0"
_PARTS = re.compile(r"[,;\t]")
_CELLS = re.compile(r"[;\t]")
_OUTSIDE_QUOTES = re.compile(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")
_ANGLE = re.compile(r"<[^<>@\s]+@[^<>\s]+>\s*$")
_SURNAME = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:['’-][^\W\d_]+)*")
_LINE_2_NAMES = (
    r"(?:the\s+)?(?:line\s?2|(?:second|2nd)\s+line|leitung\s?2|zweite\s+leitung|ligne\s?2|"
    r"(?:deuxi[eè]me|seconde)\s+ligne|l[ií]nea\s?2|segunda\s+l[ií]nea)"
)
_NAME_NAMES = (
    r"(?:the\s+)?(?:display\s?name|handset\s+name|name\s+on\s+(?:the\s+)?handset|name|named|"
    r"called|anzeigename|namens|nom\s+affich[eé]|nom|nommé|nombre)"
)
_LABEL = re.compile(
    r"(?P<before>^|\s)(?:(?:and|with|mit|und|avec|et|con|y)\s+){0,2}"
    rf"(?:(?P<line2>{_LINE_2_NAMES})|(?P<name>{_NAME_NAMES}))"
    r"(?:\s+(?:is|ist)\b)?(?P<sign>\s*[:=])?\s*(?=[^\s:=])(?<=[\s:=])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Part:
    """What a line says: a base station, a handset, or both."""

    base: str = ""
    shown_base: str = ""
    owner: str = ""
    line2: str = ""
    display_name: str = ""
    problems: tuple[str, ...] = ()
    base_problems: tuple[str, ...] = ()  # those of the problems that are about the base station

    @property
    def has_base(self) -> bool:
        return bool(self.shown_base)

    @property
    def has_handset(self) -> bool:
        return bool(self.owner or self.line2 or self.display_name)

    def beside(self, other: "_Part") -> "_Part":
        """This base station and the handset of the other."""
        both = (*self.problems, *other.problems)
        return replace(
            other,
            base=self.base,
            shown_base=self.shown_base,
            problems=both,
            base_problems=self.base_problems,
        )


def read_dect_lines(bases: str, members: str, limits: Limits | None = None) -> ReadList:
    """The rows of both boxes: MACs of base stations, and owners of handsets.

    Without any text there are no rows. Refused if a text has none, or too many; what is wrong with
    a line stands in its row.
    """
    limits = limits or Limits()
    boxes = [without_passwords(text) for text in (bases, members)]
    (bases, _), (members, _) = boxes
    if _is_table(bases + members) and not (bases.strip() and members.strip()):
        read = read_pasted(bases + members, limits, required=FOR_DECT)
        return replace(read, is_short=_is_short(read.rows))
    both = (_parts(bases, _base_line), _parts(members, _member_line))
    parts = [part for part in _side_by_side(*both) if part != _Part()]
    if not parts and (bases + members).strip():
        raise Refused(NOTHING_READ)
    if len(parts) > limits.rows:
        raise Refused(TOO_MANY_ROWS.format(limit=f"{limits.rows:,}"))
    rows = with_repeated_macs(_row(number, part) for number, part in enumerate(parts, start=1))
    notes = (NOTE,) if any(had_password for _, had_password in boxes) else ()
    return ReadList(COLUMNS, rows, notes, is_of_dect=True, is_short=_is_short(rows))


def _is_table(text: str) -> bool:
    """Whether a box has a table below the names of its columns."""
    return is_header(table_in(text).partition("\n")[0])


def _of_table(text: str) -> list[_Part]:
    """The rows of a table that stands in one of two boxes."""
    read = read_pasted(text, required=FOR_DECT)
    base_columns = [
        index for index, name in enumerate(read.columns) if field_of(name) in _BASE_COLUMNS
    ]
    return [
        _Part(
            row.base,
            show_mac(row.base)
            or "".join(row.cells[index] for index in base_columns[:1] if row.problems),
            row.owner,
            row.line2,
            row.display_name,
            row.problems,
        )
        for row in read.rows
    ]


def _is_short(rows: Sequence[ListRow]) -> bool:
    longest = max((len(cell) for row in rows for cell in row.cells), default=0)
    return len(rows) <= _SHORT_ROWS and longest <= _SHORT_CELL


def _side_by_side(bases: Sequence[_Part], members: Sequence[_Part]) -> list[_Part]:
    """Row by row; one below the other if a line of a box says what belongs into the other one."""
    if any(part.has_handset for part in bases) or any(part.has_base for part in members):
        return [*bases, *members]
    pairs = zip_longest(bases, members, fillvalue=_Part())
    return [base.beside(member) for base, member in pairs]


def _row(number: int, part: _Part) -> ListRow:
    owner, wrong_owner = read_owner(part.owner)
    line2, wrong_line2 = read_owner(part.line2)
    is_unread = TOO_MANY_PARTS in part.problems  # nothing of it is looked up
    missing = NO_OWNER if part.has_handset and not part.owner else ""
    name = clean(part.display_name, MAX_TEXT)
    shown = [clean(text, MAX_TEXT) for text in (part.shown_base, part.owner, part.line2)]
    return ListRow(
        number,
        base=part.base,
        owner="" if is_unread else owner,
        kind=OwnerKind.PERSON if addresses_in(owner) == [owner] else None,
        line2="" if is_unread else line2,
        display_name="" if is_unread else name,
        cells=(shown[0], owner or shown[1], line2 or shown[2], name),
        problems=tuple(filter(None, (*part.problems, missing, wrong_owner, wrong_line2))),
        base_problems=part.base_problems,
        is_of_boxes=True,
    )


def _lines(text: str) -> Iterator[str]:
    """The lines without bullets, headings, headers and a signature."""
    typed = (line.strip(" |").replace("|", ";") for line in text.splitlines())
    for line in before_sign_off([bare_line(line) for line in typed]):
        if any(map(str.isalnum, line)) and not is_heading(line):
            yield _OWNER_LABEL.sub("", line)


def is_heading(line: str) -> bool:
    """Whether a line only says what stands below it: `Base stations:`, `and handsets for`."""
    meanings = {term.meaning for term in terms_of(_tokens(line[:MAX_LINE]))}
    names_nothing = bool(meanings & _THINGS) and meanings <= _HEADINGS
    is_label = line.rstrip().endswith(":") or line.strip().casefold() in _OWNERS
    return is_label or names_nothing or field_of(line) is not None


@lru_cache(32)  # a line is looked at several times in a row
def _tokens(line: str) -> tuple[Token, ...]:
    return tokenize(line)


def _parts(text: str, read_line: Callable[[str, Sequence[Token]], Iterator[_Part]]) -> list[_Part]:
    """The rows of a box, whose lines this reader reads."""
    if _is_table(text):
        return _of_table(text)
    return [part for line in _lines(text) for part in read_line(line, _tokens(line[:MAX_LINE]))]


def _base_line(line: str, tokens: Sequence[Token]) -> Iterator[_Part]:
    without_asides = _ASIDE.sub(_aside, line)
    if without_asides != line:
        line, tokens = without_asides, _tokens(without_asides[:MAX_LINE])
    if len(line) > MAX_LINE:
        yield _too_long(_Part(shown_base=line))
    elif any(token.kind in _PEOPLE or token.word in FOR for token in tokens) or _has_cells(line):
        yield from _whole_rows(line, tokens)
    else:
        yield from _bases(line, tokens)


def _aside(match: re.Match[str]) -> str:
    """What stays of a text in brackets: nothing, unless it has a MAC."""
    has_mac = any(token.kind in _MACS for token in tokenize(match[0]))
    return match[0] if has_mac else " "


def _has_cells(line: str) -> bool:
    """Whether a base station and other cells stand in it, as in a row of a spreadsheet."""
    cells = [tokenize(cell) for cell in line.split("\t")]
    has_macs = [any(token.kind in _MACS for token in tokens) for tokens in cells if tokens]
    return len(has_macs) > 1 and any(has_macs) and not all(has_macs)


def _member_line(line: str, tokens: Sequence[Token]) -> Iterator[_Part]:
    if len(line) > MAX_LINE:
        yield _too_long(_Part(owner=line))
    elif any(token.kind in _MACS for token in tokens):
        yield from _whole_rows(line, tokens)
    else:
        yield from _handsets(line)


def _too_long(part: _Part) -> _Part:
    return replace(part, problems=(LINE_TOO_LONG.format(limit=MAX_LINE),))


def _whole_rows(line: str, tokens: Sequence[Token]) -> Iterator[_Part]:
    """A line with MACs and people: `D8:2E:3E:EF:4E:5C for Bob Baker`."""
    macs = [token for token in tokens if token.kind in _MACS]
    bases = list(_bases(", ".join(token.text for token in macs), macs)) if macs else []
    rest = _masked(line, macs).replace(_MASK, " ").strip(" ,;\t")
    members = list(_handsets(rest)) if tokenize(rest) else []
    for base, member in zip_longest(bases, members, fillvalue=_Part()):
        yield base.beside(member)


def _masked(line: str, tokens: Sequence[Token]) -> str:
    """The line with a sign in place of each of these tokens."""
    for token in reversed(tokens):
        line = line[: token.start] + _MASK + line[token.end :]
    return line


def _bases(line: str, tokens: Sequence[Token]) -> Iterator[_Part]:
    """A part for each MAC, and for each text between commas that has none."""
    wired = distinct_macs(line)
    macs = [token for token in tokens if token.kind in _MACS]
    unread = iter(macs)
    for piece in _PARTS.split(_masked(line, macs)):
        for token in islice(unread, piece.count(_MASK)):
            digits = distinct_macs(token.text)
            if token.kind is Kind.NEAR_MAC or not digits or digits[0] in wired:
                yield _base(digits[0] if digits else token.text.strip())
        if _MASK not in piece and not _names_nothing(piece, beside_macs=bool(macs)):
            yield _base(piece.strip())


def _names_nothing(piece: str, *, beside_macs: bool) -> bool:
    """Whether a piece beside MACs is a label, a model, a serial number or the like."""
    tokens = tokenize(piece)
    if not tokens or is_nothing(piece.strip()):
        return True
    if not beside_macs or any(map(is_spoilt_mac, piece.split())):
        return False
    is_label = tokens[0].word in LABELS | IGNORED_LABELS
    return is_label or all(
        token.kind in (Kind.MODEL, Kind.SERIAL) or token.word in _BESIDE_MACS for token in tokens
    )


def _base(text: str) -> _Part:
    mac, problem = read_mac_cell(text)
    shown = clean(text, MAX_TEXT)
    if problem and shown not in problem:
        problem = NO_BASE.format(text=shown, problem=problem)
    problems = (problem,) if problem else ()
    return _Part(mac, show_mac(mac) or shown, problems=problems, base_problems=problems)


def _handsets(line: str) -> Iterator[_Part]:
    """One handset, or one for each address of a line of addresses."""
    owners = _addresses(line)
    if len(owners) > 1:
        yield from (_Part(owner=owner) for owner in owners)
        return
    has_signs = bool(_CELLS.search(line))
    cells = _CELLS.split(line) if has_signs else _with_whole_names(_OUTSIDE_QUOTES.split(line))
    yield _handset([cell.strip().strip('"') for cell in cells])


def _addresses(line: str) -> list[str]:
    """The owners of a line of nothing but addresses; empty if it is one handset.

    `bob@example.com; carol@example.com` are the two lines of a handset, as cells are.
    """
    recipients = [cell.strip() for cell in re.split("[;,]", line) if cell.strip()]
    if ";" in line and all(map(_ANGLE.search, recipients)):
        return recipients  # as mail programs write them
    tokens = _tokens(line)
    people = [token for token in tokens if token.kind in _PEOPLE]
    are_all = all(token in people or token.word in _AND for token in tokens)
    count = len(_CELLS.findall(line.strip(" ;")))
    return [token.text for token in people] if are_all and not 0 < count < 2 else []


def _with_whole_names(cells: Sequence[str]) -> list[str]:
    """The cells, where `Baker, Bob` and `Baker, Bob <bob@example.com>` are one name."""
    whole: list[str] = []
    is_open = False  # whether the last cell may be a surname
    for cell in map(str.strip, cells):
        given_name = _ANGLE.sub("", cell).strip()
        if is_open and _SURNAME.fullmatch(given_name) and given_name[0].isupper():
            whole[-1] += f", {cell}"
            is_open = False
        else:
            whole.append(cell)
            last = labelled(cell)[-1][1]
            is_open = bool(_SURNAME.fullmatch(last)) and last[0].isupper()
    return whole


def _handset(cells: Sequence[str]) -> _Part:
    """Owner, second line and display name: by their labels, else in this order."""
    values: dict[str, str] = {}
    order = ["owner", LINE_2, DISPLAY_NAME]
    is_labelled = False
    problems: tuple[str, ...] = ()
    for index, cell in enumerate(cells):
        plain, *details = labelled(cell)
        is_labelled |= bool(details)
        free = [name for name in order if name not in values]
        place = order[index] if not is_labelled and index < len(order) else next(iter(free), "")
        if plain[1] and not place:
            problems = (TOO_MANY_PARTS,)
        elif plain[1]:
            values[place] = plain[1]
        values.update({name: text for name, text in details if name not in values})
    named = {name: "" if is_nothing(text) else text for name, text in values.items()}
    owner = _owner_text(named.get("owner", ""))
    return _Part(
        owner=owner,
        line2=_owner_text(named.get(LINE_2, "")),
        display_name=named.get(DISPLAY_NAME, "").strip("\"'“”„"),
        problems=problems,
    )


def labelled(cell: str) -> list[tuple[str, str]]:
    """The text in front, and what stands behind each label: `Bob, line 2 Carol` → line 2, Carol."""
    labels = [label for label in _LABEL.finditer(cell) if _is_label(cell, label)]
    starts = [*(label.start() for label in labels), len(cell)]
    parts = [("", cell[: starts[0]].strip(" ,"))]
    for label, end in zip(labels, starts[1:], strict=True):
        name = LINE_2 if label["line2"] else DISPLAY_NAME
        parts.append((name, cell[label.end() : end].strip(" ,.")))
    return parts


def _is_label(cell: str, label: re.Match[str]) -> bool:
    """Whether it is no part of a name: rooms are called `Line 2 Packing` and `Assembly Line 2`."""
    word = label["line2"] or label["name"]
    has_value = label.end() < len(cell)
    is_person = any(token.kind in _PEOPLE for token in tokenize(cell[label.end() :])[:1])
    return has_value and (bool(label["sign"]) or word[0].islower() or is_person)


def _owner_text(text: str) -> str:
    """The owner without what stands in front: `a handset for Bob Baker` → Bob Baker."""
    if " " not in text:
        return text
    tokens = tokenize(text)
    terms = terms_of(tokens)
    first = 0
    for index, term in enumerate(terms):
        if term.meaning in PREPOSITIONS and index + 1 < len(terms):
            first = term.last
        elif term.meaning not in _HANDSET | ARTICLES:
            break
    return text[tokens[first].start :].strip(" ,.") if tokens else ""
