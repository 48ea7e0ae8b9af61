"""Reads messages about two phones, or about two owners."""

from bot.domain.command_parser import Command
from bot.operations import PARSER


def read(text: str) -> tuple[str, dict[str, str]]:
    """The verb and the arguments of a message that must be one command."""
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Command), parsed
    return parsed.verb, dict(parsed.args)
