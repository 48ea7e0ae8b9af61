"""Validators for the values of a card, with the messages of the cloud's JSON-schema validator."""

from collections.abc import Callable, Iterator
from typing import Any

Violations = Iterator[str]
Validator = Callable[[Any, str], Violations]
Schema = dict[str, Validator]
"""The keys an element may have; a key that ends in ``!`` must be there."""


def string(value: Any, pointer: str) -> Violations:
    """A string."""
    if not isinstance(value, str):
        yield f"{pointer}: expected type: String, found: {type_name(value)}"


def boolean(value: Any, pointer: str) -> Violations:
    """A boolean."""
    if not isinstance(value, bool):
        yield f"{pointer}: expected type: Boolean, found: {type_name(value)}"


def number(value: Any, pointer: str) -> Violations:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{pointer}: expected type: Number, found: {type_name(value)}"


def json_object(value: Any, pointer: str) -> Violations:
    """Any object."""
    if not isinstance(value, dict):
        yield f"{pointer}: expected type: JSONObject, found: {type_name(value)}"


def anything(_value: Any, _pointer: str) -> Violations:
    """Any value."""
    yield from ()


def url(value: Any, pointer: str) -> Violations:
    """A web address."""
    if not isinstance(value, str):
        yield f"{pointer}: expected type: String, found: {type_name(value)}"
    elif not value.startswith(("https://", "http://")):
        yield f"{pointer}: [{value[:40]}] is not a valid URI"


def one_of(*values: str) -> Validator:
    """One of these strings, ignoring case."""
    lowered = {value.lower() for value in values}

    def rule(value: Any, pointer: str) -> Violations:
        if not isinstance(value, str) or value.lower() not in lowered:
            yield f"{pointer}: {value} is not a valid enum value"

    return rule


def any_of(*rules: Validator) -> Validator:
    """A value that one of these validators accepts; else the violations of the first."""

    def rule(value: Any, pointer: str) -> Violations:
        results = [list(validator(value, pointer)) for validator in rules]
        yield from [] if [] in results else results[0]

    return rule


def list_of(item_validator: Validator) -> Validator:
    """A list of values of one kind."""

    def rule(value: Any, pointer: str) -> Violations:
        if not isinstance(value, list):
            yield f"{pointer}: expected type: JSONArray, found: {type_name(value)}"
            return
        for number, item in enumerate(value):
            yield from item_validator(item, f"{pointer}/{number}")

    return rule


def object_with(shape: Schema) -> Validator:
    """An object with these keys and no others."""

    def rule(value: Any, pointer: str) -> Violations:
        if not isinstance(value, dict):
            yield f"{pointer}: expected type: JSONObject, found: {type_name(value)}"
            return
        rules = {name.removesuffix("!"): validator for name, validator in shape.items()}
        required = [name.removesuffix("!") for name in shape if name.endswith("!")]
        yield from (
            f"{pointer}: required key [{name}] not found" for name in required if name not in value
        )
        yield from (
            f"{pointer}: extraneous key [{name}] is not permitted"
            for name in value
            if name not in rules
        )
        for name in (name for name in value if name in rules):
            yield from rules[name](value[name], f"{pointer}/{name}")

    return rule


def type_name(value: Any) -> str:
    """Return the validator's name for the type of a JSON value."""
    names = {
        bool: "Boolean",
        int: "Integer",
        float: "Double",
        str: "String",
        list: "JSONArray",
        dict: "JSONObject",
    }
    return names.get(type(value), "Null")
