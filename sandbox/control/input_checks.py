"""What an Adaptive Cards client refuses to submit.

See docs/webex/messaging.md §4.4. Old clients check less; a crafted press checks nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

Input = Mapping[str, Any]


def refusals(inputs: Iterable[Input], submitted: Mapping[str, str], typed: set[str]) -> list[str]:
    """Return a sentence for each input that a client would not submit with this value.

    ``typed`` are the ids that the person changed: a client cuts what is typed at ``maxLength``, but
    not what the card came with.
    """
    return [
        f"A client does not submit '{part['id']}': {reason}"
        for part in inputs
        for reason in _faults(part, submitted[part["id"]], part["id"] in typed)
    ]


def _faults(part: Input, value: str, typed: bool) -> Iterator[str]:
    if part.get("isRequired") and not _is_set(part, value):
        yield part.get("errorMessage") or "it is required."
    if not value:
        return
    check = _CHECKS.get(part["type"])
    if check is not None:
        yield from check(part, value)
    if typed and len(value) > part.get("maxLength", len(value)):
        yield f"it is longer than {part['maxLength']} characters."


def _is_set(part: Input, value: str) -> bool:
    return value == part.get("valueOn", "true") if part["type"] == "Input.Toggle" else bool(value)


def _text_faults(part: Input, value: str) -> Iterator[str]:
    if "\n" in value and not part.get("isMultiline"):
        yield "a text box has one line."
    if "regex" in part and not re.search(part["regex"], value):
        yield part.get("errorMessage") or f"it does not match {part['regex']}."


def _number_faults(part: Input, value: str) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        yield "it is not a number."
        return
    if not part.get("min", number) <= number <= part.get("max", number):
        yield "it is out of range."


def _choice_faults(part: Input, value: str) -> Iterator[str]:
    values = {choice["value"] for choice in part.get("choices", ())}
    chosen = value.split(",") if part.get("isMultiSelect") else [value]
    yield from (
        f"'{choice}' is not one of its choices." for choice in chosen if choice not in values
    )


def _date_or_time_faults(part: Input, value: str) -> Iterator[str]:
    if not part.get("min", value) <= value <= part.get("max", value):
        yield "it is out of range."


_CHECKS: Final[Mapping[str, Callable[[Input, str], Iterator[str]]]] = {
    "Input.Text": _text_faults,
    "Input.Number": _number_faults,
    "Input.ChoiceSet": _choice_faults,
    "Input.Date": _date_or_time_faults,
    "Input.Time": _date_or_time_faults,
}
