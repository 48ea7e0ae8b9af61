"""Validation of Adaptive Cards as Webex does it: an allow-list for each element.

The messages are those of the cloud's JSON-schema validator; its pointers count from 0.

See docs/webex/messaging.md §4.1-4.5.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from sandbox.card_schema import element
from sandbox.card_validators import Violations
from sandbox.errors import ApiError, bad_request

CONTENT_TYPE: Final = "application/vnd.microsoft.card.adaptive"
MAX_CARD_BYTES: Final = 80 * 1024
MAX_ACTIONS: Final = 20
MAX_IMAGES: Final = 10
VERSIONS: Final = frozenset({"1.0", "1.1", "1.2", "1.3"})


def validated_card(attachments: Any) -> dict[str, Any]:
    """Return the card in a request's ``attachments``; 400 if it is not valid."""
    faults = list(_attachment_violations(attachments))
    if faults:
        raise _invalid(faults)
    card: dict[str, Any] = attachments[0]["content"]
    return card


def _invalid(faults: list[str]) -> ApiError:
    attachments = {
        "code": "invalid_attachments",
        "reason": "Invalid Adaptive Card Json",
        "attachmentErrors": faults,
    }
    return bad_request("Unable to process request; see errors", {"attachments": attachments})


def _attachment_violations(attachments: Any) -> Violations:
    if not isinstance(attachments, list) or len(attachments) != 1:
        yield "#: expected one attachment"
    elif not isinstance(attachments[0], dict) or attachments[0].get("contentType") != CONTENT_TYPE:
        yield f"#/contentType: expected {CONTENT_TYPE}"
    else:
        yield from card_violations(attachments[0].get("content"))


def card_violations(card: Any) -> Violations:
    """Yield everything that is wrong with a card, one sentence each."""
    faults = list(element({"AdaptiveCard"})(card, "#"))
    yield from faults
    if not faults:
        yield from _whole_card_violations(card)


def _whole_card_violations(card: dict[str, Any]) -> Violations:
    version = card.get("version")
    if version is None:
        yield "#: required key [version] not found"
    elif version not in VERSIONS:
        yield f"#/version: {version} is not supported"
    if len(json.dumps(card).encode()) > MAX_CARD_BYTES:
        yield f"#: maximum size: {MAX_CARD_BYTES} bytes"
    parts = list(elements_of(card))
    if sum(str(part.get("type", "")).startswith("Action.") for part in parts) > MAX_ACTIONS:
        yield f"#/actions: maximum item count: {MAX_ACTIONS}"
    if sum(part.get("type") == "Image" for part in parts) > MAX_IMAGES:
        yield f"#/body: maximum image count: {MAX_IMAGES}"
    ids = [part["id"] for part in parts if str(part.get("type", "")).startswith("Input.")]
    yield from (
        f"#: duplicate id [{name}]" for name in sorted({n for n in ids if ids.count(n) > 1})
    )


def elements_of(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every typed object in a card, in reading order, without the data of buttons."""
    if isinstance(part, dict) and "type" in part:
        yield part
    for inner in _parts(part):
        yield from elements_of(inner)


def _parts(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return [inner for name, inner in part.items() if name != "data"]
    return part if isinstance(part, list) else []
