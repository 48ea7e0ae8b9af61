"""What is to be done with the list in a file, by the text beside it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.command_parser import Command, Unknown
from bot.domain.commands import ChatCommand
from bot.domain.language.message import Message
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.vocabulary import POINTS_TO_LIST
from bot.domain.list_lines import MAX_LINE, is_caption, only_points
from bot.domain.list_messages import REASON
from bot.domain.lists.dect_lines import BOXES
from bot.domain.lists.rows import ROWS
from bot.domain.message_parser import MessageParser

MAX_LINES = 20  # of a text that are looked at
_NAMED = frozenset({Kind.MAC, Kind.NEAR_MAC, Kind.EMAIL, Kind.MENTION})
# Words for something else than adding what is in the file.
_OTHER_WISHES = frozenset({"delete", "untag", "swap", "undo", "reject", "cancel"})


def list_command(
    parser: MessageParser, commands: Sequence[Command | Unknown], text: str
) -> Command | None:
    """What a message with a file asks for, if the file may be its list.

    Without a command of its own it asks for `add phones`. None if its text asks for something else,
    or has the rows itself.
    """
    return _Caption(parser, text).command(commands)


@dataclass(frozen=True)
class _Caption:
    parser: MessageParser
    text: str

    @property
    def _lists(self) -> Mapping[str, ChatCommand]:
        return {command.many_of: command for command in self.parser.commands if command.many_of}

    @property
    def _tokens(self) -> list[Token]:
        lines = self.text.splitlines()[:MAX_LINES]
        return [token for line in lines for token in tokenize(line[:MAX_LINE])]

    def command(self, commands: Sequence[Command | Unknown]) -> Command | None:
        named: list[Command] = []
        for command in commands:
            many_command = self._list_of(command)
            if many_command:
                named.append(many_command)
            elif not self._may_mean_file(command):
                return None
        if len(named) > 1:
            return None
        only = named[0] if named else Command(self._lists["add phone"].name)
        rows = "\n".join(only.args.get(box, "") for box in (ROWS, *BOXES))
        if {token.kind for token in tokenize(rows)} & _NAMED:
            return None
        args = {name: text for name, text in only.args.items() if name not in (ROWS, *BOXES)}
        return replace(only, args=args)

    def _list_of(self, command: Command | Unknown) -> Command | None:
        """The command for lists that is named, or meant: `delete these`, `activation code 8865`."""
        if isinstance(command, Unknown):
            return None
        known = self.parser.by_name[command.verb]
        if known.many_of or known.read_below:
            return command
        many = self._lists.get(command.verb)
        if many is None or {token.kind for token in self._tokens} & _NAMED:
            return None
        shared = many.shared | {REASON}
        unshared = {name: text for name, text in command.args.items() if name not in shared}
        points = any(token.word in POINTS_TO_LIST for token in self._tokens)
        if "model" in unshared or not (points or all(map(only_points, unshared.values()))):
            return None
        return Command(
            many.name, {name: text for name, text in command.args.items() if name in shared}
        )

    def _may_mean_file(self, command: Command | Unknown) -> bool:
        """Whether nothing tells that the text is about something else."""
        if isinstance(command, Unknown):
            wishes = {term.meaning for term in Message.of(command.text).terms} & _OTHER_WISHES
            return not (command.guesses or command.negated or wishes)
        known = self.parser.by_name[command.verb]
        if known.alone or command.verb == "photo":
            return True
        if command.verb == "dect":  # what the list is about
            return not command.args
        if command.verb == "help":  # `hi`
            return not command.args and "help" not in self.text.lower() and "?" not in self.text
        return is_caption(command, ". ".join(self.text.splitlines()))
