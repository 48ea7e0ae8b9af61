"""Forms: from what people typed to validated values, with a sentence for each mistake."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from bot.core.api_calls import Call
from bot.core.errors import Invalid
from bot.core.models.mac import distinct_macs, several_macs_message, show_mac
from bot.core.models.text import clean, clean_lines
from cards.forms import FILL_IN, Choice, Field

# The value of a choice that leads to a text box. It is not empty, as no client submits an empty
# value of a required input. Typed text never equals it: a text box has one line.
NONE_OF_THESE = "none\nof these"
SOMEBODY_ELSE = Choice("Somebody else (type the name)", NONE_OF_THESE)
ANOTHER_DEVICE = Choice("Another device (type its name)", NONE_OF_THESE)
ANOTHER_NETWORK = Choice("Another network (type its name)", NONE_OF_THESE)
ANOTHER_MODEL = Choice("Another model (type its name)", NONE_OF_THESE)
ANOTHER_MAC = Choice("Another MAC address (type it)", NONE_OF_THESE)
MAX_CHOICES = 10
MAX_INPUT_LENGTH = 500  # no field needs more: a longer text is an accident or an attack
MAX_LINES_LENGTH = 8_000  # of a field for several lines: more than a message of Webex can have
LINES: dict[str, Any] = {"lines": True}  # the `json_schema_extra` of a field for several lines

Inputs = Mapping[str, str]
T = TypeVar("T")


@dataclass
class ParsedForm:
    """The inputs of a form after validation: good values, and a sentence for each bad one."""

    values: dict[str, Any]
    problems: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[Choice]] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)  # what buttons type, by title
    unread: dict[str, str] = field(default_factory=dict)  # a sentence, by name of a call
    left_empty: frozenset[str] = frozenset()  # secrets that were asked for and not typed

    def note_unread(self, call: Call, sentence: str = "") -> None:
        """Note a read that failed, so that the plan tells of it."""
        self.unread.setdefault(call.name, sentence or call.without)

    def add_error(self, name: str, sentence: str, choices: list[Choice] | None = None) -> None:
        """Note what is wrong with a field, and what can be chosen instead."""
        self.problems.setdefault(name, sentence)
        if choices:
            self.choices[name] = choices

    def offer(self, title: str, command: str) -> None:
        """Offer a button on the form that works like typing the command."""
        self.commands[title] = command

    def raise_if_invalid(self) -> None:
        """Raise Invalid with all errors that were noted."""
        if self.problems:
            raise Invalid(self.problems, self.choices, self.commands)

    def valid(self, value: T | None) -> T:
        """The value, which is None only where an error was noted: then this raises Invalid."""
        self.raise_if_invalid()
        if value is None:
            raise ValueError("a value is missing, and no error was noted")
        return value


def read_form(model: type[BaseModel], inputs: Inputs) -> ParsedForm:
    """Validate each field by itself, so that one mistake does not hide the others."""
    form = ParsedForm({})
    for name, info in model.model_fields.items():
        text = inputs.get(name, "")
        if not text and not info.is_required():
            form.values[name] = info.default
            continue
        try:
            form.values[name] = _validators(model)[name].validate_python(text)
        except ValidationError as error:
            message = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            form.add_error(name, message if text else missing_message(info))
    return form


def missing_message(info: FieldInfo) -> str:
    """The sentence for a required field that is empty."""
    return info.description or FILL_IN


@cache
def _validators(model: type[BaseModel]) -> Mapping[str, TypeAdapter[Any]]:
    """One for each field. Cached: making one costs more than validating a field a hundred times."""
    fields = model.model_fields.items()
    return {name: TypeAdapter(info.rebuild_annotation()) for name, info in fields}


def clean_inputs(
    model: type[BaseModel], inputs: Mapping[str, Any], secrets: Collection[str] = ()
) -> dict[str, str]:
    """The inputs of a card or command as clean strings, without keys that the form does not know.

    `secrets` stay as they were typed: the form refuses those that cannot be sent.
    """
    cleaned = {}
    for name, info in model.model_fields.items():
        value = inputs.get(name)
        text = str(value) if isinstance(value, str | int | float) else ""
        if text == NONE_OF_THESE:
            cleaned[name] = text
            continue
        limit = MAX_INPUT_LENGTH + 1
        if has_lines(info):
            cleaned[name] = clean_lines(text, MAX_LINES_LENGTH)
        else:
            cleaned[name] = text[:limit] if name in secrets else clean(text, limit)
    return {name: text for name, text in cleaned.items() if text}


def mac_field(text: str, label: str = "MAC address") -> Field:
    """The field `mac`; a choice if the text has several MACs, such as those of an adapter's ports.

    What reading the text refuses is then no mistake, but what the person is to do.
    """
    typed = "" if text == NONE_OF_THESE else text
    field_of_text = Field("mac", label, "D8:2E:3E:EF:4E:5C", value=typed, max_length=200)
    macs = distinct_macs(typed)
    if not 1 < len(macs) <= MAX_CHOICES:
        return field_of_text
    shown = [show_mac(mac) for mac in macs]
    choices = [Choice(f"MAC {number}: {mac}", mac) for number, mac in enumerate(shown, start=1)]
    return Field(
        "mac", label, "Choose the MAC address", choices=[*choices, ANOTHER_MAC],
        hint=several_macs_message(macs),
    )  # fmt: skip


def has_lines(info: FieldInfo) -> bool:
    """Whether a field takes several lines."""
    return info.json_schema_extra == LINES
