"""Renew webex-openapi.json from Webex's whole specification: `make contract SPEC=...`.

The extract holds the operations that the sandbox serves and the schemas that these refer to. It
holds no prose: tests compare shapes. README.md beside this file names the source and the licence.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sandbox.admin import ADMIN_ENDPOINTS
from sandbox.messaging import MESSAGING_ENDPOINTS

EXTRACT = Path(__file__).with_name("webex-openapi.json")

# OpenAPI wants a server; tests replace it by the sandbox.
SERVERS = [{"url": "https://webexapis.com/v1"}]
INFO = {
    "title": "The part of the Webex APIs that provbot's tests compare answers with",
    "version": "1.0.0",
    "license": {
        "name": "CC-BY-4.0",
        "url": "https://creativecommons.org/licenses/by/4.0/",
    },
}
PROSE = {"description", "summary", "tags", "title", "externalDocs", "example", "examples"}
# The keys below these are names that somebody chose, "description" among them, and no keywords.
NAMED = {"properties", "schemas"}
# The schema of a location is that of another API, so the tests read this example in its place.
EXAMPLE_KEPT = "/locations"
METHODS = {"get", "post", "put", "patch", "delete", "head"}

Json = dict[str, Any]


def bare(path: str) -> str:
    """A path template without the names in its braces: the specification's differ from ours."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def served() -> set[str]:
    """The calls that the sandbox answers, as `GET /people/{}`."""
    endpoints = [*MESSAGING_ENDPOINTS, *ADMIN_ENDPOINTS]
    return {f"{endpoint.method} {bare(endpoint.path)}" for endpoint in endpoints}


def extract(whole: Json, wanted: set[str]) -> Json:
    """The wanted operations of a specification, and the components that they refer to."""
    paths = {path: _operations(path, item, wanted) for path, item in whole["paths"].items()}
    paths = {path: operations for path, operations in paths.items() if operations}
    return {
        "openapi": whole["openapi"],
        "info": INFO,
        "servers": SERVERS,
        "paths": paths,
        "components": {"schemas": _schemas(whole, paths)},
    }


def _operations(path: str, item: Json, wanted: set[str]) -> Json:
    def is_wanted(key: str) -> bool:
        return f"{key.upper()} {bare(path)}" in wanted or key == "parameters"

    kept = {key: value for key, value in item.items() if is_wanted(key)}
    if not kept.keys() & METHODS:
        return {}
    prose = PROSE - {"example"} if path == EXAMPLE_KEPT else PROSE
    stripped: Json = _without_prose(kept, lambda key: key in prose or key.startswith("x-"))
    for method in stripped.keys() & METHODS:
        _describe(stripped[method])
    return stripped


def _describe(operation: Json) -> None:
    """OpenAPI insists on a description of each response: the phrase of its status."""
    operation.pop("security", None)
    for status, response in operation["responses"].items():
        if "$ref" not in response:
            phrase = HTTPStatus(int(status)).phrase if status.isdigit() else status
            response["description"] = phrase


def _without_prose(node: Any, is_prose: Callable[[str], bool]) -> Any:
    if isinstance(node, list):
        return [_without_prose(item, is_prose) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _of_names(value, is_prose) if key in NAMED else _without_prose(value, is_prose)
        for key, value in node.items()
        if not is_prose(key)
    }


def _of_names(node: Any, is_prose: Callable[[str], bool]) -> Any:
    if not isinstance(node, dict):
        return node
    return {name: _without_prose(schema, is_prose) for name, schema in node.items()}


def _schemas(whole: Json, paths: Json) -> Json:
    """The schemas that the paths refer to, directly or through other schemas."""
    schemas: Json = {}
    waiting = set(_references(paths))
    while waiting:
        name = waiting.pop()
        schema = whole["components"]["schemas"][name]
        schemas[name] = _without_prose(schema, lambda key: key in PROSE or key.startswith("x-"))
        waiting |= set(_references(schemas[name])) - schemas.keys()
    return schemas


def _references(node: Any) -> Iterator[str]:
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, dict | list):
            yield from _references(child)
    if isinstance(node, dict) and "$ref" in node:
        yield node["$ref"].removeprefix("#/components/schemas/")


def text_of(extracted: Json) -> str:
    """The text of the file: sorted, so that a renewal shows what Webex changed and nothing else."""
    return json.dumps(extracted, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    specification = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    EXTRACT.write_text(text_of(extract(specification, served())), "utf-8")
