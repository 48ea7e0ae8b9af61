"""The official OpenAPI contract as the judge of the sandbox's answers.

tests/data/ holds the part of it that tests compare with. It is applied strictly: an object may have
no property that the contract does not name. KNOWN_SLIPS lists where the contract is known to be
wrong.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import import_module
from types import ModuleType
from typing import Any, cast

from tests.data.extract_openapi import EXTRACT


@dataclass(frozen=True)
class KnownSlip:
    """A mistake of the contract: where, which complaint, and how we know."""

    path: str
    complaint: str
    reason: str

    def excuses(self, path: str, complaint: str) -> bool:
        """Whether both patterns match."""
        return bool(re.fullmatch(self.path, path) and re.search(self.complaint, complaint))


def _extra(*names: str) -> str:
    """Return the complaint about unnamed properties, if these are all of them."""
    name = f"'({'|'.join(names)})'"
    return rf"\({name}(, {name})* (was|were) unexpected\)"


DEVICE = r"/devices(/.*)?|/workspaces(/.*)?"
OWNER_DEVICES = r"/telephony/config/(people|workspaces)/.*/devices"

KNOWN_SLIPS: tuple[KnownSlip, ...] = (
    KnownSlip(
        r"/messages/direct", _extra("updated"), "GET /messages names it for the same message"
    ),
    KnownSlip(r"/people(/.*)?", _extra("userName"), "observed in answers"),
    KnownSlip(
        r"/people", "notFoundIds: None", "null is observed where nothing was asked for by id"
    ),
    KnownSlip(
        DEVICE,
        r"plannedMaintenance: 'off' is not of type 'object'",
        "the example of a device, and clients, have the bare word",
    ),
    KnownSlip(
        DEVICE,
        _extra("webexDeviceId", "callingDeviceId", "manufacturer"),
        "the two ids stand in the examples only, the manufacturer in observed answers",
    ),
    KnownSlip(
        DEVICE,
        r"connectionStatus: 'pending' is not one of",
        "observed in answers, so a client must live with it",
    ),
    KnownSlip(
        r"/locations(/.*)?",
        r"",
        "the schema is that of the legacy workspace locations; the example is right",
    ),
    KnownSlip(
        OWNER_DEVICES,
        r"activationState: '[A-Z]+' is not one of \['activating'",
        "a client that runs against the real cloud reads upper case, and breaks on lower case",
    ),
    KnownSlip(
        OWNER_DEVICES,
        _extra("displayName"),
        "stands in the example only",
    ),
    KnownSlip(
        r".*/handsets/\{handsetId\}",
        r"'(mac|baseStationId)' is a required property",
        "there once the handset is paired: nobody can know it before",
    ),
    KnownSlip(
        r"/telephony/config/devices/actions/validateMacs/invoke",
        r"'macStatus' is a required property",
        "missing in observed answers when every address is fine",
    ),
    KnownSlip(
        r"/messages(/.*)?",
        r"attachments/0",
        "the schema is not that of a card in its envelope, the example is",
    ),
    KnownSlip(
        r"/messages(/.*)?",
        _extra("html", "parentId", "attachments"),
        "named in the schema of one answer and forgotten in the next",
    ),
    KnownSlip(
        r"/attachment/actions/.*",
        r"inputs: Additional properties",
        "the inputs of the example's card; every card has its own",
    ),
    KnownSlip(
        r"/attachment/actions",
        r"status: 200 is not in the contract",
        "the contract says 202, and clients that work with the real cloud insist on 200",
    ),
    KnownSlip(
        r"/devices",
        r"status: 204 is not in the contract",
        "what a phone of the 9800 series is answered with, as observed",
    ),
    KnownSlip(
        r"/webhooks(/.*)?",
        _extra("orgId", "createdBy"),
        "observed in answers, and read by clients",
    ),
    KnownSlip(
        r"/webhooks(/.*)?",
        r"(event|resource): 'all' is not one of",
        "the real cloud takes `all` for either, as samples of Webex's own do",
    ),
)


def load() -> dict[str, Any]:
    """Return the contract."""
    return dict(_strict(json.loads(EXTRACT.read_text("utf-8"))))


def _strict(node: Any) -> Any:
    """Forbid properties that an object schema does not name, all the way down."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    strict = {key: _strict(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        strict["additionalProperties"] = False
    return strict


def _answer(contract: dict[str, Any], method: str, template: str, status: int) -> Any:
    """Return the contract's definition of an answer, or None if it does not define the status."""
    answer = contract["paths"][template][method.lower()]["responses"].get(str(status))
    if answer and "$ref" in answer:
        answer = contract["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    return answer


def complaints(
    contract: dict[str, Any], method: str, template: str, status: int, body: Any
) -> list[str]:
    """Return the violations of the contract, without those that known slips excuse.

    The contract leaves the shape of most refusals open.
    """
    answer = _answer(contract, method, template, status)
    matches = [f"status: {status} is not in the contract"] if answer is None else []
    if answer is not None:
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        is_open = schema is None and status >= HTTPStatus.BAD_REQUEST
        matches = [] if is_open else _about_body(contract, schema, body)
    return [
        item for item in matches if not any(slip.excuses(template, item) for slip in KNOWN_SLIPS)
    ]


def _about_body(contract: dict[str, Any], schema: Any, body: Any) -> list[str]:
    if schema is None:
        return [] if body is None else [f"a body where none belongs: {body!r}"]
    complete = {"allOf": [schema], "components": contract["components"]}
    return [_words(error) for error in _leaves(validator_class()(complete).iter_errors(body))]


@cache
def validator_class() -> Any:
    """Return the class. It is imported when a sandbox answers: many tests have none.

    Without rfc3987_syntax, which compiles dozens of grammars in two seconds for the format `uri`:
    no format is checked here.
    """
    unwanted = "rfc3987_syntax"
    hidden = unwanted not in sys.modules
    if hidden:
        sys.modules[unwanted] = cast(ModuleType, None)
    try:
        return import_module("openapi_schema_validator").OAS30Validator
    finally:
        if hidden:
            del sys.modules[unwanted]


def _leaves(errors: Iterator[Any]) -> Iterator[Any]:
    """Yield the innermost errors, which explain themselves."""
    for error in errors:
        if error.context:
            yield from _leaves(iter(error.context))
        else:
            yield error


def _words(error: Any) -> str:
    place = "/".join(str(part) for part in error.absolute_path)
    return f"{place}: {error.message}"
