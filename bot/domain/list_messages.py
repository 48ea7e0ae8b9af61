"""Finds the list in a message: `add phones` with rows below, or many lines of one kind. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from bot.domain.command_parser import Command, CommandParser, Unknown
from bot.domain.commands import ChatCommand
from bot.domain.language.clauses import has_negation, is_negation, takes_back
from bot.domain.language.letters import joined, without_headers
from bot.domain.language.tokens import Kind
from bot.domain.language.two_phones import tells_of_two_phones
from bot.domain.list_lines import (
    MACS,
    PEOPLE,
    PHONES,
    Line,
    Row,
    body_of,
    is_caption,
    name_for_all,
    only_points,
    phone_for_all,
)
from bot.domain.lists.dect_lines import BOXES
from bot.domain.lists.pasted import is_header
from bot.domain.lists.rows import ROWS
from bot.domain.text_readers import non_empty

FEW = 5  # lines that are answered one by one if they are not all of one kind
MAX_ABOVE = 8  # lines above a list: a greeting, a sentence
MAX_ROWS = 1_000  # lines of a message: with a MAC in each, it has not even six hundred
REASON = "reason"  # an input that every operation takes
ADD_PHONE = "add phone"  # its rows need a MAC or a model; others can name a device or an owner
_SLOTS = (MACS, PEOPLE, frozenset({Kind.MODEL}))


@dataclass(frozen=True)
class FoundList:
    """The command of a list, or that it is not meant.

    `before` and `rest` are the lines above and below that are other commands.
    """

    command: Command | Unknown
    rest: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Heading:
    """The command of a list. `row` is one that stands in the heading.

    `is_list`: it names the list, as `add phones` does, and `add phone` does not. `model` and
    `owner` are for rows that name none: `add phones 8865 for kim@example.com`.
    """

    command: ChatCommand
    inputs: Mapping[str, str]
    row: str
    is_list: bool
    corrected: bool
    model: str = ""
    owner: str = ""

    def completed(self, row: str) -> str:
        """A row `MAC MODEL OWNER` with what the heading names for all."""
        line = Line.of(row)
        if not (self.model or self.owner) or line.has_cells or not line.has_phone:
            return row
        model = "" if Kind.MODEL in line.kinds else self.model
        owner = self.owner if line.is_without_owner else ""
        return " ".join(filter(None, (row.rstrip(" ,;"), model, owner)))


@dataclass(frozen=True)
class ListMessages:
    """Finds lists with the commands of this parser."""

    parser: CommandParser

    @cached_property
    def _lists(self) -> Mapping[str, ChatCommand]:
        """The commands for lists, by the command that does the same for one device."""
        return {command.many_of: command for command in self.parser.commands if command.many_of}

    def find(self, lines: Sequence[str]) -> FoundList | None:
        """The list in these lines; None if they are commands, or parts of one."""
        if not 1 < len(lines) <= MAX_ROWS:
            return None
        lines, commands = without_headers(lines), 0
        for index, line in enumerate(lines[:MAX_ABOVE]):
            parsed = self.parser.parse(line)
            heading = self._heading(parsed, line)
            if heading and (heading.is_list or not commands):
                found_list = self._found(heading, lines, index)
                if found_list is None or isinstance(found_list.command, Unknown):
                    return found_list
                return replace(found_list, before=tuple(lines[:commands]))
            if not self._may_stand_above(parsed, line):
                commands = index + 1
        return None

    def _may_stand_above(self, parsed: Command | Unknown, line: str) -> bool:
        """Whether a line says nothing that is done: a greeting, or the names of columns."""
        if is_header(line) or Line.of(line).is_polite:
            return True
        if isinstance(parsed, Unknown):
            return not parsed.negated
        return self.parser.by_name[parsed.verb].alone or is_caption(parsed, line)

    def _found(self, heading: _Heading, lines: Sequence[str], index: int) -> FoundList | None:
        above, below = lines[:index], lines[index:]
        found_list: FoundList | None
        if heading.command.read_below:
            found_list = self._with_inputs(heading, below)
        elif heading.is_list:
            found_list = self._below(heading, below)
        else:
            header = next(filter(is_header, above), "")
            found_list = self._of_one_kind(heading, header, below)
        if found_list and any(map(is_negation, above)):
            return _not_meant(lines)
        return found_list

    def _heading(self, parsed: Command | Unknown, line: str) -> _Heading | None:
        if isinstance(parsed, Unknown):
            return None
        command = self.parser.by_name[parsed.verb]
        if command.read_below:
            return _Heading(command, parsed.args, "", is_list=True, corrected=parsed.corrected)
        many = command if command.many_of else self._lists.get(parsed.verb)
        if many is None:
            return None
        shared = many.shared | {REASON}
        inputs = {name: text for name, text in parsed.args.items() if name in shared}
        row = self._row_text(many, parsed, line)
        is_list = many is command
        if is_list and not Line.of(row).kinds & MACS:
            row = ""
        heading = _Heading(many, inputs, row, is_list=is_list, corrected=parsed.corrected)
        if many.many_of != ADD_PHONE or not is_list or row:
            return heading
        model, owner = phone_for_all(Line.of(line))
        return replace(heading, model=model, owner=owner)

    def _row_text(self, many: ChatCommand, parsed: Command, line: str) -> str:
        """What a command names, as a row of the list; empty if it only points to the rows below."""
        shared = many.shared | {REASON}
        named = {name: text for name, text in parsed.args.items() if name not in shared}
        text = next(iter(named.values())) if len(named) == 1 else line
        is_caption = line.rstrip().endswith(":") and not Line.of(line).kinds & MACS
        if not named or is_caption or only_points(text):
            return ""
        return line if {"mac", "model"} & named.keys() else text

    def _below(self, heading: _Heading, lines: Sequence[str]) -> FoundList:
        """The list below its name. It ends where a line is clearly another command."""
        below: list[Line] = []
        own: dict[str, Command | None] = {}
        for text in lines[1:]:
            line = Line.of(text)
            own[text] = self._own_command(line)
            if self._is_other(heading, own[text]):
                break
            below.append(line)
        body, reason = body_of(below)
        if any(self._is_negated(line) for line in body):
            return _not_meant(lines)
        if heading.command.many_of == ADD_PHONE and not any(line.has_phone for line in body):
            body = []
        heading = self._for_rows(heading, lines[0], body)
        commands = [
            own[line.text] if line.text in own else self._own_command(line) for line in body
        ]
        texts = map(partial(self._as_row, heading), body, commands)
        rows = [heading.row, *(heading.completed(text) for text in texts)]
        return FoundList(self._command(heading, rows, reason), tuple(lines[1 + len(below) :]))

    def _with_inputs(self, heading: _Heading, lines: Sequence[str]) -> FoundList:
        """A command whose form has boxes for the lines below it, as `set up dect` has."""
        parts: list[str] = []
        rest: tuple[str, ...] = ()
        for index, text in enumerate(lines[1:], start=1):
            own = self._own_command(Line.of(text))
            if own and not self._is_part(heading, own) and self._does_something(own):
                rest = tuple(lines[index:])
                break
            parts += _lines_of(own) if own and self._is_part(heading, own) else [text]
        body, reason = body_of([Line.of(part) for part in parts])
        if any(map(self._is_negated, body)):
            return _not_meant(lines)
        read = heading.command.read_below
        inputs_below = read(line.text for line in body) if read else {}
        inputs = {**non_empty(reason=reason), **inputs_below, **heading.inputs}
        boxes = {box: _both(box, heading.inputs, inputs_below) for box in BOXES}
        command = Command(heading.command.name, {**inputs, **non_empty(**boxes)}, heading.corrected)
        return FoundList(command, rest)

    def _is_part(self, heading: _Heading, own: Command) -> bool:
        """Whether a line such as `base D8:2E:3E:EF:4E:5C` says more of the command above it.

        Its network is the same, or not told.
        """
        other_texts = {text for name, text in own.args.items() if name not in BOXES}
        network = heading.inputs.get("network") or heading.inputs.get("name")
        return self.parser.by_name[own.verb].read_below is not None and other_texts <= {network}

    def _for_rows(self, heading: _Heading, text: str, body: Sequence[Line]) -> _Heading:
        """The heading with what it names for these rows.

        If none of them names an owner, the name behind `for` is no place, but the owner.
        """
        if any(is_header(line.text) for line in body):
            return replace(heading, model="", owner="")  # the rows have cells
        is_for_phones = heading.command.many_of == ADD_PHONE and not (heading.owner or heading.row)
        if not is_for_phones or not all(line.is_without_owner for line in body):
            return heading
        return replace(heading, owner=name_for_all(Line.of(text)))

    def _own_command(self, line: Line) -> Command | None:
        """The command that a line clearly is: owners and rooms may be called `Grant Hill`."""
        if line.has_cells or not self.parser.begins_with_alias(line.text):
            return None
        parsed = self.parser.parse(line.text)
        return parsed if isinstance(parsed, Command) else None

    def _is_other(self, heading: _Heading, parsed: Command | None) -> bool:
        """Whether a line below the name of a list does something else."""
        if parsed is None or self._means(heading, parsed):
            return False
        return self._does_something(parsed)

    def _does_something(self, parsed: Command) -> bool:
        command = self.parser.by_name[parsed.verb]
        return command.acts_at_once or command.may_need_approval

    def _as_row(self, heading: _Heading, line: Line, parsed: Command | None) -> str:
        """A line below; of `delete device A` below `delete devices` the device."""
        if parsed is None or not self._means(heading, parsed):
            return line.text
        return self._row_text(heading.command, parsed, line.text)

    def _is_negated(self, line: Line) -> bool:
        """Whether a line takes back, or leaves out: `no wait`, `but not:`, `don't add that one`."""
        if takes_back(line.tokens):
            return True
        if not has_negation(line.tokens):
            return False
        parsed = self.parser.parse(line.text) if line.has_phone else None
        return parsed is None or (isinstance(parsed, Unknown) and parsed.negated)

    def _of_one_kind(
        self, heading: _Heading, header: str, lines: Sequence[str]
    ) -> FoundList | None:
        """A list of lines that each could be a command; None if they are not all of one kind."""
        if tells_of_two_phones(lines):
            return None
        first, *below = [Line.of(line) for line in lines]
        body, reason = body_of([first, *below] if heading.row else below)
        rows = self._rows(heading, body)
        if rows is None or (len(rows) < 2 and not header):
            return None
        if any(row.is_negated or self._is_negated(row.lines[0]) for row in rows):
            return _not_meant(lines)
        count = sum(self._is_whole(heading, row) for row in rows)
        is_table = bool(header) and count > 0
        if count and heading.command.many_of == ADD_PHONE:
            # Beside several phones any other line is a row: it would be taken for an owner's name.
            may_be_any = count > 1
            count += sum(
                row.parsed is None and not row.kinds & MACS
                for row in rows
                if may_be_any or row.lines[0].is_plain_code
            )
        if not is_table and (count < 2 or (len(rows) <= FEW and count < len(rows))):
            return None
        texts = [header, *(self._text_of(heading, row) for row in rows)]
        return FoundList(self._command(heading, texts, reason))

    def _rows(self, heading: _Heading, body: Sequence[Line]) -> list[Row] | None:
        """The rows; None if a line is a command of another kind."""
        rows: list[Row] = []
        reader = _Reader(self.parser)
        for line in body:
            if heading.command.many_of == ADD_PHONE and line.is_plain_phone:
                rows.append(Row([line]))
                continue
            is_command, parsed = reader.read(line)
            if self._is_of_another_kind(heading, line, parsed):
                return None
            if is_command or not rows or not self._continues(rows[-1], line):
                rows.append(Row([line], parsed))
            else:
                rows[-1].lines.append(line)
        return rows

    def _is_of_another_kind(
        self, heading: _Heading, line: Line, parsed: Command | Unknown | None
    ) -> bool:
        if not isinstance(parsed, Command) or self._means(heading, parsed):
            return False
        if self.parser.begins_with_alias(line.text):
            return True
        if heading.command.many_of == ADD_PHONE and line.has_one_phone:
            return False  # an owner may be called `Tag Team Room`
        return self._does_something(parsed) if line.kinds & MACS else not line.kinds & PHONES

    def _continues(self, row: Row, line: Line) -> bool:
        """Whether the line says more of the same device: what the row lacks, and no other one."""
        if line.has_cells or any(row.kinds & slot and line.kinds & slot for slot in _SLOTS):
            return False
        if line.kinds & PHONES:
            return True
        parsed = self.parser.parse(row.text)
        named = parsed.args.keys() if isinstance(parsed, Command) else set()
        return not {"mac", "model", "owner"} <= named and "device" not in named

    def _is_whole(self, heading: _Heading, row: Row) -> bool:
        """Whether the row says what the command for one device needs, and the same tags."""
        shared = {name: row.inputs[name] for name in heading.command.shared & row.inputs.keys()}
        expected = {name: text for name, text in heading.inputs.items() if name != REASON}
        if row.inputs and shared != expected and (shared or heading.row):
            return False
        means_other = row.parsed is not None and not self._means(heading, row.parsed)
        if means_other and not row.lines[0].has_one_phone:
            return False  # `Her old one is D8:2E:3E:EF:4E:5C`
        if any(line.has_mac for line in row.lines):
            return True
        if heading.command.many_of == ADD_PHONE:
            return False
        return bool({"device", "owner"} & row.inputs.keys() or row.kinds & PEOPLE)

    def _means(self, heading: _Heading, parsed: Command | Unknown) -> bool:
        """Whether it is the command that the list does for each row."""
        return isinstance(parsed, Command) and parsed.verb == heading.command.many_of

    def _text_of(self, heading: _Heading, row: Row) -> str:
        parsed, text = row.parsed, row.text
        if isinstance(parsed, Command) and self._means(heading, parsed):
            return self._row_text(heading.command, parsed, text) or text
        return text

    def _command(self, heading: _Heading, rows: Sequence[str], reason: str) -> Command:
        lines = "\n".join(row for row in rows if row.strip())
        inputs = {**non_empty(reason=reason), **heading.inputs, **non_empty(**{ROWS: lines})}
        return Command(heading.command.name, inputs, heading.corrected)


@dataclass(frozen=True)
class _Reader:
    """Reads lines that are commands. Those that differ in their MACs only are read once."""

    parser: CommandParser
    _known: dict[str, tuple[str, Command]] = field(default_factory=dict)

    def read(self, line: Line) -> tuple[bool, Command | Unknown | None]:
        """Whether the line is a command, and which."""
        macs = [token.text for token in line.tokens if token.kind is Kind.MAC]
        shape = line.text.replace(macs[0], "\0") if len(macs) == 1 else ""
        if shape in self._known:
            mac, command = self._known[shape]
            args = {name: macs[0] if text == mac else text for name, text in command.args.items()}
            return True, replace(command, args=args)
        if line.has_cells or not self.parser.is_command(line.text):
            return False, None
        parsed = self.parser.parse(line.text)
        if shape and isinstance(parsed, Command) and macs[0] in parsed.args.values():
            self._known[shape] = (macs[0], parsed)
        return True, parsed


def _lines_of(command: Command) -> list[str]:
    """The lines for the boxes of a form that a command has."""
    return [line for box in BOXES for line in command.args.get(box, "").splitlines()]


def _both(name: str, *inputs: Mapping[str, str]) -> str:
    """The lines of one input here and there."""
    return "\n".join(filter(None, (values.get(name, "") for values in inputs)))


def _not_meant(lines: Sequence[str]) -> FoundList:
    return FoundList(Unknown(joined(lines), negated=True))
