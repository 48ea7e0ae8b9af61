"""Answers and events without some of their fields."""

import json
from collections.abc import Iterable
from typing import Any


def without_fields(data: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Return a copy of the data without these dotted fields."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    for path in paths:
        *parents, last = path.split(".")
        for part in _objects_at(copy, parents):
            part.pop(last, None)
    return copy


def _objects_at(value: Any, keys: list[str]) -> list[dict[str, Any]]:
    """Return the objects at a path of keys; lists on the path are expanded."""
    if isinstance(value, list):
        return [leaf for item in value for leaf in _objects_at(item, keys)]
    if not isinstance(value, dict):
        return []
    return _objects_at(value.get(keys[0]), keys[1:]) if keys else [value]
