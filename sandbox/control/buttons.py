"""What a Webex client submits when somebody presses a button of a card (webex-messaging.md §4.4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.problems import bad_request, not_found

Card = dict[str, Any]


@dataclass(frozen=True)
class Button:
    """A submit button and the inputs it takes along: those of its card and of the cards around it."""

    title: str
    data: Any
    inputs: tuple[Card, ...]


def submitted(card: Card, title: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of the action that a press on the button of this title makes.

    404 when there is no such button; 400 when the card has no input of a given name.
    """
    found = list(buttons(card))
    button = next((button for button in found if button.title == title), None)
    if button is None:
        titles = ", ".join(f"'{one.title}'" for one in found) or "none"
        raise not_found(f"The card has no button '{title}'; its buttons are: {titles}.")
    defaults = {part["id"]: default_of(part) for part in button.inputs}
    unknown = sorted(given.keys() - defaults.keys())
    if unknown:
        raise bad_request(f"The card has no input '{unknown[0]}'.")
    data = button.data if isinstance(button.data, dict) else {}
    return data | defaults | {name: _as_text(value) for name, value in given.items()}


def buttons(card: Card, around: tuple[Card, ...] = ()) -> Iterator[Button]:
    """Every submit button of a card, those of the cards it can show included."""
    parts = list(_parts_of(card))
    inputs = (*around, *(part for part in parts if part["type"].startswith("Input.")))
    for part in parts:
        if part["type"] == "Action.Submit":
            taken = () if part.get("associatedInputs", "auto").lower() == "none" else inputs
            yield Button(part.get("title", ""), part.get("data"), taken)
        elif part["type"] == "Action.ShowCard":
            yield from buttons(part["card"], inputs)


def _parts_of(value: Any) -> Iterator[Card]:
    """The typed objects of one card; a card behind a button is a card of its own."""
    if isinstance(value, list):
        for inner in value:
            yield from _parts_of(inner)
    elif isinstance(value, dict):
        if "type" in value:
            yield value
        for name in value.keys() - {"data", "card"}:
            yield from _parts_of(value[name])


def default_of(part: Card) -> str:
    """What an input submits when nobody touches it."""
    if part["type"] == "Input.Toggle":
        return str(part.get("value", part.get("valueOff", "false")))
    return _as_text(part.get("value", ""))


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
