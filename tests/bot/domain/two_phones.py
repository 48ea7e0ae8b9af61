"""A parser that knows how phones are swapped and moved."""

from dataclasses import fields

from bot.domain.command_parser import Command, CommandParser
from bot.domain.commands import ChatCommand
from bot.operations import COMMANDS
from bot.operations.move_phone import MOVE_PHONE
from bot.operations.swap_phone import SWAP_PHONE


class _Change(ChatCommand):
    """A command that changes something, but has no plan."""

    @property
    def may_need_approval(self) -> bool:
        """As that of an operation."""
        return True


CHANGES = tuple(
    _Change(**{field.name: getattr(command, field.name) for field in fields(ChatCommand)})
    for command in (SWAP_PHONE, MOVE_PHONE)
)
_NAMES = [command.name for command in CHANGES]
PARSER = CommandParser((*CHANGES, *(command for command in COMMANDS if command.name not in _NAMES)))


def read(text: str) -> tuple[str, dict[str, str]]:
    """The verb and the arguments of a message that must be one command."""
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Command), parsed
    return parsed.verb, dict(parsed.args)
