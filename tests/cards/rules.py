"""What Webex accepts in a card (docs/webex/messaging.md §4), written apart from our own cards."""

import json
from collections.abc import Iterator
from typing import Any

MOST_BUTTONS, MOST_BYTES, MOST_TEXT_BYTES = 5, 20_000, 7_439
INPUT = {"type", "id", "label", "isRequired", "errorMessage", "value", "placeholder", "spacing"}
KEYS: dict[str, set[str]] = {
    "AdaptiveCard": {"type", "$schema", "version", "body", "actions"},
    "TextBlock": {"type", "text", "wrap", "weight", "size", "color", "isSubtle", "spacing"},
    "Container": {"type", "items", "spacing"},
    "FactSet": {"type", "facts", "spacing"},
    "Input.Text": INPUT | {"maxLength", "isMultiline"},
    "Input.ChoiceSet": INPUT | {"choices", "style", "isMultiSelect"},
    "Action.Submit": {"type", "title", "data", "style", "associatedInputs"},
}


def elements(card: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All elements of a card, itself first."""
    yield card
    for part in (*card.get("body", ()), *card.get("items", ()), *card.get("actions", ())):
        yield from elements(part)


def violations(card: dict[str, Any]) -> list[str]:
    """What Webex would refuse."""
    wrong = [_wrong(element) for element in elements(card)]
    size = len(json.dumps(card).encode())
    whole = [
        ("version", card.get("version") != "1.3"),
        ("$schema", card.get("$schema") != "http://adaptivecards.io/schemas/adaptive-card.json"),
        (f"{len(card.get('actions', []))} buttons", len(card.get("actions", [])) > MOST_BUTTONS),
        (f"{size} bytes", size > MOST_BYTES),
        ("ids not unique", len(inputs(card)) != len(set(inputs(card)))),
    ]
    return [problem for ones in wrong for problem in ones] + [
        what for what, is_wrong in whole if is_wrong
    ]


def _wrong(element: dict[str, Any]) -> list[str]:
    kind = str(element.get("type"))
    text = kind == "TextBlock"
    checks = [
        *((f"{kind}: key {key}", key not in KEYS.get(kind, set())) for key in element),
        *(
            (f"fact {fact}", not _filled(fact, {"title", "value"}))
            for fact in element.get("facts", ())
        ),
        *(
            (f"choice {choice}", not _filled(choice, {"title"}))
            for choice in element.get("choices", ())
        ),
        ("TextBlock without text", text and not element.get("text")),
        ("TextBlock that does not wrap", text and element.get("wrap") is not True),
        ("button without data", kind == "Action.Submit" and not element.get("data")),
        (f"unknown element {kind}", kind not in KEYS),
    ]
    return [what for what, is_wrong in checks if is_wrong]


def _filled(pair: dict[str, str], needed: set[str]) -> bool:
    """Title and value; a choice's value may be empty, which says "none of these"."""
    return set(pair) == {"title", "value"} and all(pair[name] for name in needed)


def inputs(card: dict[str, Any]) -> list[str]:
    """The ids of its inputs, in order."""
    return [
        element["id"] for element in elements(card) if str(element["type"]).startswith("Input.")
    ]


def field(card: dict[str, Any], name: str) -> dict[str, Any]:
    """The input with that id."""
    return next(element for element in elements(card) if element.get("id") == name)


def buttons(card: dict[str, Any]) -> list[str]:
    """The titles of its buttons, in order."""
    return [action["title"] for action in card.get("actions", [])]


def button(card: dict[str, Any], title: str) -> dict[str, Any]:
    """What the button of that title submits."""
    data: dict[str, Any] = next(
        action["data"] for action in card["actions"] if action["title"] == title
    )
    return data
