"""MAC addresses: their format, and the check before a phone is added.

See docs/webex/provisioning.md §4.2.
"""

import re
from collections.abc import Iterable
from typing import Any

from sandbox.organization.state import Organization

BARE = re.compile("[0-9A-Fa-f]{12}")
COLONS = re.compile("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")


def bare_mac(text: object) -> str | None:
    """Return twelve upper-case hex digits, or None.

    Twelve digits and six pairs with colons are accepted.
    """
    if not isinstance(text, str) or not (BARE.fullmatch(text) or COLONS.fullmatch(text)):
        return None
    return text.replace(":", "").upper()


def _state(in_use: set[str], text: str, seen: set[str]) -> dict[str, Any]:
    if not BARE.fullmatch(text):
        return {"state": "INVALID", "errorCode": 25220, "message": "Invalid MAC Address."}
    if text.upper() in seen:
        message = "[Error 5676] MAC Address is duplicated in the list."
        return {"state": "DUPLICATE_IN_LIST", "errorCode": 5676, "message": message}
    seen.add(text.upper())
    if text.upper() in in_use:
        message = "[Error 5675] MAC Address is in use."
        return {"state": "UNAVAILABLE", "errorCode": 5675, "message": message}
    return {"state": "AVAILABLE"}


def validate(org: Organization, macs: Iterable[str]) -> dict[str, Any]:
    """Return the body of validateMacs: without `macStatus` if every address is available."""
    in_use, seen = org.macs_in_use(), set[str]()
    states = [{"mac": text} | _state(in_use, text, seen) for text in macs]
    if all(state["state"] == "AVAILABLE" for state in states):
        return {"status": "OK"}
    return {"status": "ERRORS", "macStatus": states}
