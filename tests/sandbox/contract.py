"""The official OpenAPI contract as a judge of what the sandbox says.

The contract is not part of this project: it lies beside it, or nowhere. It is read more strictly
than it is written: an object may have no property that the contract does not name. Where the
contract is known to be wrong, SLIPS says so by name.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator

CONTRACT = Path(__file__).parents[3] / "shared" / "spec" / "webex-openapi.json"


@dataclass(frozen=True)
class Slip:
    """A complaint that is the contract's fault: where, which, and why we know better."""

    path: str
    complaint: str
    reason: str

    def excuses(self, path: str, complaint: str) -> bool:
        """Whether both patterns match."""
        return bool(re.fullmatch(self.path, path) and re.search(self.complaint, complaint))


def _extra(*names: str) -> str:
    """The complaint about properties that are not named, if these are all of them."""
    name = f"'({'|'.join(names)})'"
    return rf"\({name}(, {name})* (was|were) unexpected\)"


DEVICE = r"/devices(/.*)?|/workspaces(/.*)?"
OWNER_DEVICES = r"/telephony/config/(people|workspaces)/.*/devices"

SLIPS: tuple[Slip, ...] = (
    Slip(r"/messages/direct", _extra("updated"), "GET /messages names it for the same message"),
    Slip(r"/people(/.*)?", _extra("userName"), "observed in answers"),
    Slip(r"/people", "notFoundIds: None", "null is observed where nothing was asked for by id"),
    Slip(
        DEVICE,
        r"plannedMaintenance: 'off' is not of type 'object'",
        "the example of a device, and clients, have the bare word",
    ),
    Slip(
        DEVICE,
        _extra("webexDeviceId", "callingDeviceId", "manufacturer"),
        "the two ids stand in the examples only, the manufacturer in observed answers",
    ),
    Slip(
        DEVICE,
        r"connectionStatus: 'pending' is not one of",
        "observed in answers, so a client must live with it",
    ),
    Slip(
        r"/locations(/.*)?",
        r"",
        "the schema is that of the legacy workspace locations; the example is right",
    ),
    Slip(
        OWNER_DEVICES,
        r"activationState: '[A-Z]+' is not one of \['activating'",
        "a client that runs against the real cloud reads upper case, and breaks on lower case",
    ),
    Slip(
        OWNER_DEVICES,
        _extra("displayName"),
        "stands in the example only",
    ),
    Slip(
        r".*/handsets/\{handsetId\}",
        r"'(mac|baseStationId)' is a required property",
        "there once the handset is paired: nobody can know it before",
    ),
    Slip(
        r"/telephony/config/devices/actions/validateMacs/invoke",
        r"'macStatus' is a required property",
        "missing in observed answers when every address is fine",
    ),
    Slip(
        r"/messages(/.*)?",
        r"attachments/0",
        "the schema is not that of a card in its envelope, the example is",
    ),
    Slip(
        r"/messages(/.*)?",
        _extra("html", "parentId", "attachments"),
        "named in the schema of one answer and forgotten in the next",
    ),
    Slip(
        r"/attachment/actions/.*",
        r"inputs: Additional properties",
        "the inputs of the example's card; every card has its own",
    ),
    Slip(
        r"/attachment/actions",
        r"status: 200 is not foreseen",
        "the contract says 202, and clients that work with the real cloud insist on 200",
    ),
    Slip(
        r"/devices",
        r"status: 204 is not foreseen",
        "what a phone of the 9800 series is answered with, as observed",
    ),
    Slip(
        r"/webhooks(/.*)?",
        _extra("orgId", "createdBy"),
        "observed in answers, and read by clients",
    ),
    Slip(
        r"/webhooks(/.*)?",
        r"(event|resource): 'all' is not one of",
        "the real cloud takes `all` for either, as samples of Webex's own do",
    ),
)


def load() -> dict[str, Any] | None:
    """Return the contract, None where it does not lie beside the project."""
    if not CONTRACT.exists():
        return None
    return dict(_strict(json.loads(CONTRACT.read_text("utf-8"))))


def _strict(node: Any) -> Any:
    """Forbid properties that an object schema does not name, all the way down."""
    if isinstance(node, list):
        return [_strict(one) for one in node]
    if not isinstance(node, dict):
        return node
    strict = {key: _strict(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        strict["additionalProperties"] = False
    return strict


def _answer(contract: dict[str, Any], method: str, template: str, status: int) -> Any:
    """Return what the contract says of an answer, None where it does not foresee that status."""
    answer = contract["paths"][template][method.lower()]["responses"].get(str(status))
    if answer and "$ref" in answer:
        answer = contract["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    return answer


def complaints(
    contract: dict[str, Any], method: str, template: str, status: int, body: Any
) -> list[str]:
    """Return what the contract has against an answer and no slip excuses.

    The shape of most refusals is left open.
    """
    answer = _answer(contract, method, template, status)
    found = [f"status: {status} is not foreseen"] if answer is None else []
    if answer is not None:
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        is_open = schema is None and status >= HTTPStatus.BAD_REQUEST
        found = [] if is_open else _about_body(contract, schema, body)
    return [one for one in found if not any(slip.excuses(template, one) for slip in SLIPS)]


def _about_body(contract: dict[str, Any], schema: Any, body: Any) -> list[str]:
    if schema is None:
        return [] if body is None else [f"a body where none belongs: {body!r}"]
    whole = {"allOf": [schema], "components": contract["components"]}
    return [_words(error) for error in _leaves(OAS30Validator(whole).iter_errors(body))]


def _leaves(errors: Iterator[Any]) -> Iterator[Any]:
    """Yield the errors that explain themselves."""
    for error in errors:
        if error.context:
            yield from _leaves(iter(error.context))
        else:
            yield error


def _words(error: Any) -> str:
    place = "/".join(str(part) for part in error.absolute_path)
    return f"{place}: {error.message}"
