"""The fields of a fault and their allowed values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


class InvalidDefinition(Exception):
    """A fault or scenario that is not valid; the text names the place and the reason."""


@dataclass(frozen=True)
class Rule:
    """What a field can hold, as a test and in words."""

    fits: Callable[[Any], bool]
    description: str


def _number(low: float, high: float = 1e9) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return isinstance(value, int | float) and value is not True and low <= value <= high

    return fits


def _whole_number(low: int, high: int = 10**9) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return fits


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _is_text_dict(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


TEXT: Final = Rule(lambda value: isinstance(value, str), "a string")
TEXTS: Final = Rule(_is_text_list, "a list of strings")
FLAG: Final = Rule(lambda value: isinstance(value, bool), "true or false")
SECONDS: Final = Rule(_number(0), "a number of seconds, 0 or more")
POSITIVE_SECONDS: Final = Rule(_number(0.01), "a number of seconds, 0.01 or more")
COUNT: Final = Rule(_whole_number(0), "a whole number, 0 or more")
POSITIVE: Final = Rule(_whole_number(1), "a whole number, 1 or more")
ANYTHING: Final = Rule(lambda _value: True, "anything")

RULES: Final[Mapping[str, Rule]] = {
    # when
    "at": SECONDS,
    "after": SECONDS,
    "lasts": POSITIVE_SECONDS,
    "every": POSITIVE_SECONDS,
    "nth": POSITIVE,
    "times": COUNT,
    "every_nth": POSITIVE,
    "probability": Rule(_number(0, 1), "a number from 0 to 1"),
    "each_path": FLAG,
    # calls
    "method": TEXT,
    "path": TEXT,
    "except_path": TEXT,
    "token": TEXT,
    "latency": SECONDS,
    "jitter": SECONDS,
    "status": Rule(_whole_number(200, 599), "an HTTP status from 200 to 599"),
    "message": TEXT,
    "body": ANYTHING,
    "content_type": TEXT,
    "headers": Rule(_is_text_dict, "a table of strings"),
    "retry_after": COUNT,
    "after_commit": FLAG,
    "drop": FLAG,
    "end_token": FLAG,
    "without": TEXTS,
    # items of calls
    "mac": TEXT,
    "member": TEXT,
    "error_code": POSITIVE,
    "missing": FLAG,
    # sockets
    "code": Rule(_whole_number(1000, 4999), "a close code from 1000 to 4999"),
    "reason": TEXT,
    "after_authorization": FLAG,
    "fields": TEXTS,
    "seconds": SECONDS,
    "bytes": POSITIVE,
    "on": FLAG,
    # people
    "person": TEXT,
    "people": TEXTS,
    "room": TEXT,
    "text": TEXT,
    "mention": FLAG,
    "count": POSITIVE,
    "title": TEXT,
    "inputs": Rule(_is_text_dict, "a table of strings"),
    "name": TEXT,
    "action": Rule(lambda value: value in ("expire", "revoke"), "'expire' or 'revoke'"),
}


def snake_case(name: str) -> str:
    """Convert ``afterCommit`` (JSON) to ``after_commit`` (TOML); both name the same field."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda match: "_" + match[1].lower(), name)


def validated_fields(
    values: Mapping[str, Any], allowed: frozenset[str], place: str
) -> dict[str, Any]:
    """Return the values under their proper names; raises InvalidDefinition if one is not valid."""
    snake_cased = {snake_case(name): value for name, value in values.items() if value is not None}
    for name, value in snake_cased.items():
        if name not in allowed:
            raise InvalidDefinition(
                f"{place} has no '{name}'. It may have: {', '.join(sorted(allowed))}."
            )
        if not RULES[name].fits(value):
            raise InvalidDefinition(
                f"{place}: '{name}' must be {RULES[name].description}, not {value!r}."
            )
    return snake_cased
