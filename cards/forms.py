"""The card that asks for an operation's inputs."""

from collections.abc import Sequence
from dataclasses import dataclass

from adaptivecardbuilder import AdaptiveCard, InputChoice, InputChoiceSet, InputText

from cards.parts import Button, add_buttons, error, paragraph, subtle, titled

FILL_IN = "Please fill this in."


@dataclass(frozen=True)
class Choice:
    """One line of a choice: the shown title and the submitted value."""

    title: str
    value: str


@dataclass(frozen=True)
class Field:
    """One input: a choice if it has `choices`, else a text. A `secret` is never filled in.

    `missing` is what a client says itself if a required input is empty. A `hint` stands below the
    input, as an `error` does, but tells of no mistake.
    """

    id: str
    label: str
    placeholder: str = ""
    required: bool = True
    max_length: int = 0
    choices: Sequence[Choice] = ()
    secret: bool = False
    lines: bool = False  # whether the text may have several lines
    value: str = ""
    error: str = ""
    hint: str = ""
    missing: str = FILL_IN


def form(
    title: str,
    fields: Sequence[Field],
    buttons: Sequence[Button],
    intro: str = "",
    *,
    heading: str = "",
    typed: str = "",
) -> AdaptiveCard:
    """All fields, each with its error below it; `typed` is a command that needs no form.

    `heading` stands right above the fields, in a line of its own.
    """
    card = titled(title)
    card.typed = typed
    for line in filter(None, (intro, heading)):
        card.add(paragraph(line))
    for field in fields:
        card.add(_choice(field) if field.choices else _text(field))
        card.back_to_top()
        if field.error:
            card.add(error(field.error))
        elif field.hint:
            card.add(subtle(field.hint))
    add_buttons(card, buttons)
    return card


def _common(field: Field) -> dict[str, object]:
    # Clear of the field before, whose error stands at its end.
    keys: dict[str, object] = {"label": field.label, "spacing": "large"}
    if field.required:
        keys |= {"isRequired": True, "errorMessage": field.missing}
    if field.value and not field.secret:
        keys["value"] = field.value
    if field.placeholder:
        keys["placeholder"] = field.placeholder
    return keys


def _text(field: Field) -> InputText:
    limit = {"maxLength": field.max_length} if field.max_length else {}
    lines = {"isMultiline": True} if field.lines else {}
    return InputText(field.id, **_common(field), **limit, **lines)


def _choice(field: Field) -> list[object]:
    return [
        InputChoiceSet(field.id, style="compact", **_common(field)),
        *(InputChoice(choice.title, choice.value) for choice in field.choices),
    ]
