"""The inputs that a Webex client submits when a button of a card is pressed.

See docs/webex/messaging.md §4.4.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.control.input_checks import refusals
from sandbox.errors import bad_request, not_found

Card = dict[str, Any]


@dataclass(frozen=True)
class Button:
    """A submit button and its inputs: those of its card and of the cards around it."""

    title: str
    data: Any
    inputs: tuple[Card, ...]


def action_inputs(
    card: Card, title: str, values: Mapping[str, Any], *, validate: bool = False
) -> dict[str, Any]:
    """Return the inputs of the action that pressing the button with this title makes.

    404 if there is no such button; 400 if the card has no input with a given name, or with
    ``validate`` if a client would not submit the inputs.
    """
    available = list(buttons(card))
    button = next((button for button in available if button.title == title), None)
    if button is None:
        titles = (
            ", ".join(f"'{available_button.title}'" for available_button in available) or "none"
        )
        raise not_found(f"The card has no button '{title}'; its buttons are: {titles}.")
    defaults = {part["id"]: default_of(part) for part in button.inputs}
    unknown = sorted(values.keys() - defaults.keys())
    if unknown:
        raise bad_request(f"The card has no input '{unknown[0]}'.")
    data = button.data if isinstance(button.data, dict) else {}
    submitted = defaults | {name: _as_text(value) for name, value in values.items()}
    if validate and (refused := refusals(button.inputs, submitted, {*values})):
        raise bad_request(" ".join(refused))
    return data | submitted


def buttons(card: Card, outer_inputs: tuple[Card, ...] = ()) -> Iterator[Button]:
    """Yield every submit button of a card, including those of the cards it can show."""
    parts = list(_parts_of(card))
    inputs = (*outer_inputs, *(part for part in parts if part["type"].startswith("Input.")))
    for part in parts:
        if part["type"] == "Action.Submit":
            submitted = () if part.get("associatedInputs", "auto").lower() == "none" else inputs
            yield Button(part.get("title", ""), part.get("data"), submitted)
        elif part["type"] == "Action.ShowCard":
            yield from buttons(part["card"], inputs)


def _parts_of(value: Any) -> Iterator[Card]:
    """Yield the typed objects of one card, without the cards behind its buttons."""
    if isinstance(value, list):
        for inner in value:
            yield from _parts_of(inner)
    elif isinstance(value, dict):
        if "type" in value:
            yield value
        for name in value.keys() - {"data", "card"}:
            yield from _parts_of(value[name])


def default_of(part: Card) -> str:
    """Return the value that an untouched input submits."""
    if part["type"] == "Input.Toggle":
        return str(part.get("value", part.get("valueOff", "false")))
    return _as_text(part.get("value", ""))


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
