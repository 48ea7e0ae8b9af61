"""What is to be done with the phones in a photo, by the text beside it. Pure.

What the photo tells counts as if it was typed: `for bob@example.com` beside the label of a phone is
`6C:5E:3B:A0:B1:C2 CP-8865-K9 for bob@example.com`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.models.mac import distinct_macs, show_mac
from bot.domain.command_parser import Command, Unknown
from bot.domain.labels.reading import LabelReading
from bot.domain.language.model_name import DeviceKind, kind_of, read_model_name
from bot.domain.lists.rows import ROWS
from bot.domain.message_parser import MessageParser

ADD, ADD_MANY, ADD_BASE = "add phone", "add phones", "add base"
_POINTS_TO_PHOTO = frozenset({"this", "it", "that", "this one", "this phone", "this device"})

_COURTESIES = frozenset({"photo", "thanks", "bye", "good morning", "who are you"})


@dataclass(frozen=True)
class Takes:
    """The inputs of a command that a photo fills; empty if it has none."""

    mac: str = "mac"
    model: str = ""
    many: str = ""  # takes a line for each label
    bases: str = ""  # takes a MAC a line


# The commands that a photo says something about.
TAKES: Mapping[str, Takes] = {
    ADD: Takes(model="model"),
    ADD_MANY: Takes(mac="", many=ROWS),
    "swap phone": Takes(model="model"),
    "activation code": Takes(mac="", model="model"),
    "move phone": Takes(mac="device"),
    "delete device": Takes(mac="device"),
    "tag": Takes(mac="device"),
    "set up dect": Takes(mac="", model="model", bases="bases"),
    ADD_BASE: Takes(mac="", bases="bases"),
    "remove base": Takes(mac="base"),
}


def photo_command(
    parser: MessageParser, commands: Sequence[Command | Unknown], text: str, reading: LabelReading
) -> Command | None:
    """What a message with a photo asks for, with what the photo tells; `commands` are its text's.

    Without a command of its own it asks to add the phones. With several MACs for one phone, all
    stand in the input for one: its form asks. None if the text asks for something that photos tell
    nothing about, or for several things.
    """
    named = [command for command in commands if isinstance(command, Command)]
    wishes = [command for command in named if not _is_courtesy(command, text)]
    if not wishes:
        return _without_command(parser, "" if named else text, reading)
    if len(commands) > 1:
        return None
    command = wishes[0]
    if command.verb in (ADD, ADD_MANY) and _are_bases(reading):
        return _without_command(parser, text, reading)
    if command.verb == ADD and reading.is_list:
        return Command(ADD_MANY, {**_reason(command), ROWS: reading.lines})
    takes = TAKES.get(command.verb)
    return None if takes is None else _filled(command, takes, reading)


def _is_courtesy(command: Command, text: str) -> bool:
    """Whether it is a greeting, thanks, `here is a photo` or `what is this`."""
    if command.verb == "help":  # `hi`
        return "help" not in text.lower()
    return command.verb in _COURTESIES


def _without_command(parser: MessageParser, text: str, reading: LabelReading) -> Command:
    """The phones or base stations are added; the text says for whom, or to which network."""
    verb = ADD_BASE if _are_bases(reading) else ADD
    if reading.is_list and verb == ADD:
        return Command(ADD_MANY, {ROWS: reading.lines})
    parsed = parser.parse_all(f"{verb} {text}".strip())
    is_add = len(parsed) == 1 and isinstance(parsed[0], Command) and parsed[0].verb == verb
    command = parsed[0] if is_add and isinstance(parsed[0], Command) else Command(verb)
    return _filled(command, TAKES[verb], reading)


def _are_bases(reading: LabelReading) -> bool:
    """Whether the labels are those of DECT base stations."""
    models = [label.model for label in reading.labels]
    return bool(models) and all(kind_of(model) is DeviceKind.DECT_BASE for model in models)


def _filled(command: Command, takes: Takes, reading: LabelReading) -> Command:
    args = dict(command.args)
    if takes.many and reading.labels:
        args[takes.many] = "\n".join(filter(None, (args.get(takes.many, ""), reading.lines)))
    if takes.bases and reading.labels:
        typed = args.get(takes.bases, "").splitlines()
        args[takes.bases] = "\n".join(dict.fromkeys([*typed, *_lines(reading)]))
    if takes.mac and reading.labels:
        args[takes.mac] = _mac(args.get(takes.mac, ""), takes, reading)
    if takes.model and _model(reading):
        args[takes.model] = _joined_model(args.get(takes.model, ""), _model(reading))
    return replace(command, args=args)


def _mac(typed: str, takes: Takes, reading: LabelReading) -> str:
    """The MACs of the photo, and another one that was typed; the name of a device stays."""
    if takes.mac != "mac" and typed and typed.casefold() not in _POINTS_TO_PHOTO:
        return typed
    read = [mac for label in reading.labels for mac in label.macs]
    return " ".join(map(show_mac, dict.fromkeys([*distinct_macs(typed), *read])))


def _lines(reading: LabelReading) -> list[str]:
    """The MACs of each label; a line with several of one label is wrong until one is left."""
    return [" ".join(map(show_mac, label.macs)) for label in reading.labels]


def _model(reading: LabelReading) -> str:
    return reading.labels[0].model if len(reading.labels) == 1 else reading.model


def _joined_model(typed: str, read: str) -> str:
    """The model of the label; with another one that was typed, so that the form asks."""
    if not typed or read_model_name(typed).number == read_model_name(read).number:
        return read
    return f"{typed} {read}"


def _reason(command: Command) -> dict[str, str]:
    return {name: text for name, text in command.args.items() if name == "reason"}
