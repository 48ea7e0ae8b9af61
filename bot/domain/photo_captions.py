"""What is to be done with the phones in a photo, by the text beside it. Pure.

What the photo tells counts as if it was typed: `for bob@example.com` beside the label of a phone is
`6C:5E:3B:A0:B1:C2 CP-8865-K9 for bob@example.com`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.models.mac import distinct_macs, show_mac
from bot.domain.command_parser import Command, Unknown
from bot.domain.labels.reading import LabelReading
from bot.domain.language.message import Message
from bot.domain.language.model_name import DeviceKind, kind_of, read_model_name
from bot.domain.language.tokens import Kind, tokenize
from bot.domain.language.two_phones import FOR
from bot.domain.language.vocabulary import ARTICLES, AUXILIARIES, PREPOSITIONS, QUESTION_WORDS
from bot.domain.lists.rows import ROWS
from bot.domain.message_parser import MessageParser
from bot.domain.photo_words import PhotoWords, photo_words

ADD, ADD_MANY, ADD_BASE = "add phone", "add phones", "add base"
DELETE, DELETE_MANY = "delete device", "delete devices"
SHOW, SHOW_DECT = "device", "dect"
_DESCRIBES = frozenset({ADD, SHOW, "devices", "tag"})  # verbs that words such as `phone` lead to
_MODELS = frozenset({Kind.MODEL, Kind.MAC, Kind.NEAR_MAC, Kind.SERIAL, Kind.QUOTED})
_BEFORE_FOR = 4  # words: `this phone is for Bob`
_POINTS_TO_PHOTO = frozenset({
    *("this", "it", "that", "this one", "this phone", "this device"),
    *("these", "those", "them", "these phones", "these devices"),
})  # fmt: skip

_COURTESIES = frozenset({"photo", "thanks", "bye", "good morning", "who are you"})
# Beside a photo, a text with nothing else asks what is in it: `whose phone is this`.
_ASKING = QUESTION_WORDS | {"show", "list", "status", "wem", "qui", "quien", "quoi", "qu'est-ce"}
_AROUND_QUESTION = (
    _ASKING | ARTICLES | AUXILIARIES | PREPOSITIONS
    | {"device", "devices", "online", "offline", "registered", "here", "gehort", "gehoert", "a"}
    | {"dieses", "diesem", "ce", "cet", "ca", "este", "esto", "ese"}
)  # fmt: skip


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
    DELETE: Takes(mac="device"),
    "tag": Takes(mac="device"),
    "set up dect": Takes(mac="", model="model", bases="bases"),
    ADD_BASE: Takes(mac="", bases="bases"),
    "remove base": Takes(mac="base"),
    "apply changes": Takes(mac="device"),
}


@dataclass(frozen=True)
class PhotoWish:
    """What a message with a photo asks for; `unread` are its words that nothing takes."""

    command: Command
    unread: str = ""


def photo_wish(
    parser: MessageParser, commands: Sequence[Command | Unknown], text: str, reading: LabelReading
) -> PhotoWish | None:
    """What a message with a photo asks for, with what the photo tells; `commands` are its text's.

    Without a command of its own it asks to add the phones, and a question for the device. With
    several MACs for one phone, all stand in the input for one: its form asks. None if the text asks
    for something that photos tell nothing about, or for several things.
    """
    if _is_question(commands, text):
        return PhotoWish(show_command(reading))
    described = _description(commands, text)
    if described is not None:
        return _without_command(parser, described.rest, reading)
    wishes = _wishes(commands, text)
    if any(isinstance(command, Unknown) and command.negated for command in commands):
        return only_read(text, reading)
    if not wishes:
        says_for_whom = not asks_for_nothing(commands, text)
        return _without_command(parser, text if says_for_whom else "", reading)
    return _with_command(parser, wishes[0], text, reading) if len(commands) == 1 else None


def _with_command(
    parser: MessageParser, command: Command, text: str, reading: LabelReading
) -> PhotoWish | None:
    """What a command asks for beside a photo; None if photos tell nothing about it."""
    if command.verb in (ADD, ADD_MANY) and _are_bases(reading):
        return _without_command(parser, text, reading)
    if command.verb == ADD:
        return _added(command, reading)
    if command.verb == ADD_MANY and reading.labels and not command.args.get(ROWS):
        single = parser.parse_for_one(text)
        named = single.args if isinstance(single, Command) and single.verb == ADD else {}
        return PhotoWish(_list_of(Command(ADD_MANY, {**command.args, **named}), reading))
    if command.verb == DELETE and reading.is_list and _points(command.args.get("device", "")):
        rows = "\n".join(read_macs(reading))
        return PhotoWish(Command(DELETE_MANY, {**_reason(command), ROWS: rows}))
    takes = TAKES.get(command.verb)
    return None if takes is None else PhotoWish(_filled(command, takes, reading))


def only_read(text: str, reading: LabelReading) -> PhotoWish:
    """The photo beside a text that is no command and of which nothing was understood."""
    verb = ADD_BASE if _are_bases(reading) else ADD
    if verb == ADD:
        return replace(_added(Command(ADD), reading), unread=text)
    return PhotoWish(_filled(Command(verb), TAKES[verb], reading), text)


def _description(commands: Sequence[Command | Unknown], text: str) -> PhotoWords | None:
    """What a text says that only describes the phone: `le téléphone de Bob`; None for others."""
    if len(commands) != 1 or asks_for_nothing(commands, text) or text.rstrip().endswith("?"):
        return None
    [command] = commands
    words = photo_words(text)
    is_described = words.is_description and Message.of(text).meanings.isdisjoint(_ASKING)
    if isinstance(command, Unknown):
        return words if is_described and not command.negated else None
    may_describe = command.verb in _DESCRIBES or (command.verb == DELETE and _is_spanish_of(text))
    return words if is_described and may_describe else None


def _is_spanish_of(text: str) -> bool:
    """Whether it begins with `del`, which deletes in English, before a name: `del Bob`."""
    first, _, behind = text.strip().partition(" ")
    return first.casefold() == "del" and not _points(behind.strip())


def owner_alone(
    parser: MessageParser, commands: Sequence[Command | Unknown], text: str
) -> Mapping[str, str]:
    """What a text says that only says for whom a phone is, such as `for Bob`; empty for others."""
    if len(commands) != 1 or _is_question(commands, text) or _wishes(commands, text):
        return {}
    words = photo_words(text)
    if not (isinstance(commands[0], Unknown) and words.is_description and words.rest):
        words = PhotoWords(text)
        first = [term.meaning for term in Message.of(text).terms[:_BEFORE_FOR]]
        if FOR.isdisjoint(first):
            return {}
    wish = _without_command(parser, words.rest, LabelReading())
    args = wish.command.args
    is_whole = args.keys() <= {"owner", "reason"} and "owner" in args and not wish.unread
    return args if is_whole else {}


def fills(verb: str, inputs: Mapping[str, str], reading: LabelReading) -> Mapping[str, str]:
    """The inputs of an open form with what a photo tells; empty if the form asks for no photo."""
    takes = TAKES.get(verb)
    place = (takes.mac or takes.bases) if takes else ""
    fits = _are_bases(reading) == bool(takes and takes.bases) if reading.labels else True
    fits = fits and not (reading.is_list and not (takes and takes.bases))
    if takes is None or not place or inputs.get(place) or not fits:
        return {}
    return _filled(Command(verb, dict(inputs)), takes, reading).args


def holds(verb: str, inputs: Mapping[str, str], reading: LabelReading) -> bool:
    """Whether a photo has filled in these inputs of a form."""
    takes, macs = TAKES.get(verb), read_macs(reading)
    filled = inputs.get(takes.mac or takes.bases, "") if takes else ""
    return bool(macs) and all(mac in filled for mac in macs)


def show_command(reading: LabelReading, mac: str = "") -> Command:
    """The question for the device in a photo, or for the one with this MAC."""
    if _are_bases(reading):
        return Command(SHOW_DECT, {"text": mac or " ".join(read_macs(reading)[:1])})
    # A device is found by its MAC alone; if there is none, the model is known for a new one.
    read = [*read_macs(reading)[:1], *filter(None, [_model(reading)])]
    return Command(SHOW, {"text": mac or " ".join(read)})


def takes_no_mac(verb: str) -> bool:
    """Whether a photo only tells the model for this command."""
    takes = TAKES.get(verb)
    return takes is not None and not (takes.mac or takes.many or takes.bases)


def asks_for_nothing(commands: Sequence[Command | Unknown], text: str) -> bool:
    """Whether the text of a message is empty, or small talk beside a photo."""
    return all(
        isinstance(command, Command) and _is_small_talk(command, text) for command in commands
    )


def _wishes(commands: Sequence[Command | Unknown], text: str) -> list[Command]:
    named = [command for command in commands if isinstance(command, Command)]
    return [
        command
        for command in named
        if not (_is_small_talk(command, text) or _is_for_somebody(command, text))
    ]


def _is_for_somebody(command: Command, text: str) -> bool:
    """Whether it only says for whom the phone is: `phone for Bob` would search without a photo."""
    meanings = Message.of(text).meanings
    return command.verb == SHOW and meanings.isdisjoint(_ASKING) and not meanings.isdisjoint(FOR)


def _is_question(commands: Sequence[Command | Unknown], text: str) -> bool:
    """Whether it asks what is in the photo: `what is this`, `device`, `à qui est ce téléphone`."""
    if len(commands) != 1:
        return False
    [command] = commands
    meanings = Message.of(text).meanings
    asks = isinstance(command, Command) and command.verb in (SHOW, "devices")
    asks = asks or text.rstrip().endswith("?") or not meanings.isdisjoint(_ASKING)
    return asks and meanings <= _AROUND_QUESTION


def _is_small_talk(command: Command, text: str) -> bool:
    """Whether it is a greeting, thanks or `here is a photo`."""
    if command.verb == "help":  # `hi`
        return "help" not in text.lower()
    return command.verb in _COURTESIES


def _without_command(parser: MessageParser, text: str, reading: LabelReading) -> PhotoWish:
    """The phones or base stations are added; the text says for whom, or to which network."""
    verb = ADD_BASE if _are_bases(reading) else ADD
    parsed = parser.parse_all(f"{verb} {text}".strip())
    is_add = len(parsed) == 1 and isinstance(parsed[0], Command) and parsed[0].verb == verb
    command = parsed[0] if is_add and isinstance(parsed[0], Command) else Command(verb)
    if verb == ADD:
        wish = _added(command, reading)
        return wish if is_add else replace(wish, unread=text)
    return PhotoWish(_filled(command, TAKES[verb], reading), "" if is_add else text)


def _added(command: Command, reading: LabelReading) -> PhotoWish:
    """The phones of the labels are added. Words that are no model may name the owner."""
    typed = command.args.get("model", "")
    args, unread = dict(command.args), ""
    if typed and not any(token.kind in _MODELS for token in tokenize(typed)):
        del args["model"]
        owner, comma, behind = typed.partition(",")
        if "owner" in args:
            unread = typed
        else:
            args["owner"], unread = owner.strip(), behind.strip() if comma else ""
    command = replace(command, args=args)
    if reading.is_list:
        return PhotoWish(_list_of(command, reading), unread)
    return PhotoWish(_filled(command, TAKES[ADD], reading), unread)


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
    macs = read_macs(reading)
    if takes.mac != "mac":  # a device that is there: of two ports, Webex knows the first
        first = "" if reading.is_list else macs[0]
        return first if _points(typed) else typed
    return " ".join(dict.fromkeys([*map(show_mac, distinct_macs(typed)), *macs]))


def _points(typed: str) -> bool:
    """Whether a device is the one in the photo: none was named."""
    return not typed or typed.casefold() in _POINTS_TO_PHOTO


def _list_of(command: Command, reading: LabelReading) -> Command:
    """The list of all phones, for the owner who was named."""
    owner = command.args.get("owner", "")
    rows = [f"{line} {owner}".rstrip() for line in reading.lines.splitlines()]
    return Command(ADD_MANY, {**_reason(command), ROWS: "\n".join(rows)})


def read_macs(reading: LabelReading) -> list[str]:
    """All MACs in a photo, as they are shown."""
    return [show_mac(mac) for label in reading.labels for mac in label.macs]


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
