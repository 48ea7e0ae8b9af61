"""What a value in a card may be, in the words of the cloud's JSON-schema validator."""

from collections.abc import Callable, Iterator
from typing import Any

Faults = Iterator[str]
Rule = Callable[[Any, str], Faults]
Shape = dict[str, Rule]
"""The keys an element may have; a key that ends in ``!`` must be there."""


def string(value: Any, at: str) -> Faults:
    """A string."""
    if not isinstance(value, str):
        yield f"{at}: expected type: String, found: {type_name(value)}"


def boolean(value: Any, at: str) -> Faults:
    """A boolean."""
    if not isinstance(value, bool):
        yield f"{at}: expected type: Boolean, found: {type_name(value)}"


def number(value: Any, at: str) -> Faults:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{at}: expected type: Number, found: {type_name(value)}"


def json_object(value: Any, at: str) -> Faults:
    """Any object."""
    if not isinstance(value, dict):
        yield f"{at}: expected type: JSONObject, found: {type_name(value)}"


def anything(_value: Any, _at: str) -> Faults:
    """Any value at all."""
    yield from ()


def url(value: Any, at: str) -> Faults:
    """A web address."""
    if not isinstance(value, str):
        yield f"{at}: expected type: String, found: {type_name(value)}"
    elif not value.startswith(("https://", "http://")):
        yield f"{at}: [{value[:40]}] is not a valid URI"


def one_of(*values: str) -> Rule:
    """One of these words, in any case."""
    lowered = {value.lower() for value in values}

    def rule(value: Any, at: str) -> Faults:
        if not isinstance(value, str) or value.lower() not in lowered:
            yield f"{at}: {value} is not a valid enum value"

    return rule


def any_of(*rules: Rule) -> Rule:
    """Whatever one of these rules accepts; else the faults the first one finds."""

    def rule(value: Any, at: str) -> Faults:
        results = [list(each(value, at)) for each in rules]
        yield from [] if [] in results else results[0]

    return rule


def many(each: Rule) -> Rule:
    """A list of such things."""

    def rule(value: Any, at: str) -> Faults:
        if not isinstance(value, list):
            yield f"{at}: expected type: JSONArray, found: {type_name(value)}"
            return
        for number, item in enumerate(value):
            yield from each(item, f"{at}/{number}")

    return rule


def shaped(shape: Shape) -> Rule:
    """An object with these keys and no others."""

    def rule(value: Any, at: str) -> Faults:
        if not isinstance(value, dict):
            yield f"{at}: expected type: JSONObject, found: {type_name(value)}"
            return
        rules = {name.removesuffix("!"): each for name, each in shape.items()}
        required = [name.removesuffix("!") for name in shape if name.endswith("!")]
        yield from (
            f"{at}: required key [{name}] not found" for name in required if name not in value
        )
        yield from (
            f"{at}: extraneous key [{name}] is not permitted" for name in value if name not in rules
        )
        for name in (name for name in value if name in rules):
            yield from rules[name](value[name], f"{at}/{name}")

    return rule


def type_name(value: Any) -> str:
    """What the validator calls the type of a JSON value."""
    names = {
        bool: "Boolean",
        int: "Integer",
        float: "Double",
        str: "String",
        list: "JSONArray",
        dict: "JSONObject",
    }
    return names.get(type(value), "Null")
