"""The fields of an order and what each may hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


class Wrong(Exception):
    """An order that cannot be carried out; says where it stands and why."""


@dataclass(frozen=True)
class Rule:
    """What a field may hold, as a test and in words."""

    fits: Callable[[Any], bool]
    words: str


def _number(low: float, high: float = 1e9) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return isinstance(value, int | float) and value is not True and low <= value <= high

    return fits


def _whole(low: int, high: int = 10**9) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return fits


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _texts_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


TEXT: Final = Rule(lambda value: isinstance(value, str), "a text")
TEXTS: Final = Rule(_texts, "a list of texts")
FLAG: Final = Rule(lambda value: isinstance(value, bool), "true or false")
SECONDS: Final = Rule(_number(0), "a number of seconds, 0 or more")
SOME_SECONDS: Final = Rule(_number(0.01), "a number of seconds, 0.01 or more")
COUNT: Final = Rule(_whole(0), "a whole number, 0 or more")
FROM_ONE: Final = Rule(_whole(1), "a whole number, 1 or more")
ANYTHING: Final = Rule(lambda _value: True, "anything")

RULES: Final[Mapping[str, Rule]] = {
    # when
    "at": SECONDS,
    "after": SECONDS,
    "lasts": SOME_SECONDS,
    "every": SOME_SECONDS,
    "nth": FROM_ONE,
    "times": COUNT,
    "every_nth": FROM_ONE,
    "probability": Rule(_number(0, 1), "a number from 0 to 1"),
    "each_path": FLAG,
    # calls
    "method": TEXT,
    "path": TEXT,
    "except_path": TEXT,
    "token": TEXT,
    "latency": SECONDS,
    "jitter": SECONDS,
    "status": Rule(_whole(200, 599), "an HTTP status from 200 to 599"),
    "message": TEXT,
    "body": ANYTHING,
    "content_type": TEXT,
    "headers": Rule(_texts_by_name, "a table of texts"),
    "retry_after": COUNT,
    "after_commit": FLAG,
    "drop": FLAG,
    "end_token": FLAG,
    "without": TEXTS,
    # sockets
    "code": Rule(_whole(1000, 4999), "a close code from 1000 to 4999"),
    "reason": TEXT,
    "after_authorization": FLAG,
    "fields": TEXTS,
    "seconds": SECONDS,
    "bytes": FROM_ONE,
    "on": FLAG,
    # people
    "person": TEXT,
    "people": TEXTS,
    "room": TEXT,
    "text": TEXT,
    "mention": FLAG,
    "count": FROM_ONE,
    "title": TEXT,
    "inputs": Rule(_texts_by_name, "a table of texts"),
    "name": TEXT,
    "action": Rule(lambda value: value in ("expire", "revoke"), "'expire' or 'revoke'"),
}


def snake(name: str) -> str:
    """``afterCommit`` and ``after_commit`` are the same field: JSON writes the one, TOML the other."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), name)


def checked(values: Mapping[str, Any], allowed: frozenset[str], place: str) -> dict[str, Any]:
    """The values under their proper names; raises Wrong for a name or a value that does not fit."""
    given = {snake(name): value for name, value in values.items() if value is not None}
    for name, value in given.items():
        if name not in allowed:
            raise Wrong(f"{place} has no '{name}'. It may have: {', '.join(sorted(allowed))}.")
        if not RULES[name].fits(value):
            raise Wrong(f"{place}: '{name}' must be {RULES[name].words}, not {value!r}.")
    return given
