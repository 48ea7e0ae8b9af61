"""What a whole message asks for: one command, one for each line, or a list of rows. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.core.models.mac import distinct_macs, show_mac
from bot.core.models.text import CONTROL
from bot.domain.command_parser import Command, CommandParser, Unknown
from bot.domain.commands import claims_nothing
from bot.domain.language.clauses import is_negation
from bot.domain.language.letters import joined, letter_lines
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.two_phones import tells_of_two_phones
from bot.domain.language.vocabulary import CONJUNCTIONS, PREPOSITIONS
from bot.domain.list_messages import ADD_PHONE, ListMessages
from bot.domain.lists.rows import ROWS

_ROWS_ALONE = frozenset({Kind.MAC, Kind.EMAIL, Kind.MENTION})  # a row needs nothing else
_BETWEEN_ROWS = CONJUNCTIONS | PREPOSITIONS | {"et", "y"}
_COMMAS = re.compile(r"\s*[,;]\s*")
_AND = re.compile(r"\s*(?:\b(?:and|und|et|y)\b|&)\s*", re.IGNORECASE)
_PREPOSITION = re.compile(r"^\s*(?:for|of|für|von|pour|de|para)\s+", re.IGNORECASE)
MAX_LINES = 60  # that are no list: far beyond what is answered


@dataclass(frozen=True)
class MessageParser(CommandParser):
    """Reads messages of several lines, and commands for lists."""

    def parse_all(self, text: str) -> tuple[Command | Unknown, ...]:
        """The commands of a message, in order: one, one for each line that is one, or a list."""
        lines = [line for line in text.splitlines() if CONTROL.sub("", line).strip()]
        commands: list[Command | Unknown] = []
        while (lines or not commands) and len(commands) < MAX_LINES:
            found_list = self._lists.find(lines)
            if found_list is None:
                return (*commands, *self._without_list(lines[:MAX_LINES]))
            before = self._without_list(found_list.before) if found_list.before else ()
            commands += [*before, found_list.command]
            lines = list(found_list.rest)
        return tuple(commands)

    def _without_list(self, lines: Sequence[str]) -> tuple[Command | Unknown, ...]:
        if len(lines) > 1:
            return self._parse_lines(lines)
        return (self.parse(joined(letter_lines(lines))),)

    def parse(self, text: str) -> Command | Unknown:
        """What a text in one line asks for.

        `delete devices A, B` names the rows of its list; `delete devices of Kim` is about one.
        """
        parsed = super().parse(text)
        rows = parsed.args.get(ROWS) if isinstance(parsed, Command) else None
        if not isinstance(parsed, Command) or not rows or not self.by_name[parsed.verb].many_of:
            return parsed
        named = [token for token in tokenize(rows) if token.word not in _BETWEEN_ROWS]
        is_plain = len(named) > 1 and all(token.kind in _ROWS_ALONE for token in named)
        has_phones = self.by_name[parsed.verb].many_of == ADD_PHONE  # with models and owners
        texts = [*map(_shown, named)] if is_plain else [] if has_phones else _enumerated(rows)
        if not texts:
            return self._one_by_one.parse(text)
        return replace(parsed, args={**parsed.args, ROWS: "\n".join(texts)})

    def parse_for_one(self, text: str) -> Command | Unknown:
        """What a text asks for if it is about one device: of `add phones for Kim`, the owner."""
        return self._one_by_one.parse(joined(letter_lines(text.splitlines()[:MAX_LINES])))

    @cached_property
    def _lists(self) -> ListMessages:
        commands = (
            replace(command, claims=claims_nothing) if command.claims_alone else command
            for command in self.commands
        )
        return ListMessages(replace(self, commands=tuple(commands)))

    @cached_property
    def _one_by_one(self) -> CommandParser:
        """It takes the names of lists for those of the commands that do the same for one device."""
        names = {command.many_of: command.names for command in self.commands if command.many_of}
        return CommandParser(
            tuple(
                replace(command, aliases=(*command.aliases, *names.get(command.name, ())))
                for command in self.commands
                if not command.many_of
            )
        )

    def _parse_lines(self, lines: Sequence[str]) -> tuple[Command | Unknown, ...]:
        """Lines that are no command belong to the one before, as `For: Kim` below `add phone`."""
        commands: list[list[str]] = []
        heading: list[str] = []
        for line in lines:
            if self.is_command(line):
                commands.append([line])
            else:
                (commands[-1] if commands else heading).append(line)
        if tells_of_two_phones(lines):
            return (self.parse("; ".join(letter_lines(lines))),)
        if len(commands) < 2:
            return (self.parse(joined(letter_lines(lines))),)
        if any(is_negation(heading_line) for heading_line in heading):
            return (Unknown(joined(lines), negated=True),)  # `please do not do this yet:`
        return tuple(self.parse(joined(letter_lines(command))) for command in commands)


def _shown(row: Token) -> str:
    return "".join(map(show_mac, distinct_macs(row.text))) or row.text


def _enumerated(rows: str) -> list[str]:
    """The parts of `for bob@example.com, kim@example.com and Lena Hofer`.

    Empty unless two of them are sure to be rows of their own, and none is left out.
    """
    *first, last = _COMMAS.split(rows)
    parts = [*first, *filter(None, _AND.split(last, maxsplit=1))]
    parts = [_PREPOSITION.sub("", part).strip() for part in parts]
    sure = [[token for token in tokenize(part) if token.kind in _ROWS_ALONE] for part in parts]
    is_clear = all(parts) and all(len(tokens) < 2 for tokens in sure) and not is_negation(rows)
    return parts if is_clear and sum(map(len, sure)) > 1 else []
