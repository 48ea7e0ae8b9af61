"""What texts about DECT are read as."""

from bot.domain.command_parser import Command
from bot.operations import PARSER

A, B, C = "D8:2E:3E:EF:4E:A1", "D8:2E:3E:EF:4E:A2", "D8:2E:3E:EF:4E:A3"
PERSON = "PEOPLE:Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x"


def said(text: str) -> tuple[str, dict[str, str]]:
    """Verb and inputs of what must be a command."""
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Command), parsed
    return parsed.verb, dict(parsed.args)


def set_up(text: str) -> dict[str, str]:
    """The inputs of what must set up a network."""
    verb, inputs = said(text)
    assert verb == "set up dect"
    return inputs


LOBBY = {"name": "Lobby", "location": "Lyon"}
