"""MAC addresses: reads any common notation, shows one."""

import re
from typing import Annotated

from pydantic import AfterValidator

_PAIRS = r"[0-9a-f]{2}(?P<a>[:.\- ])(?:[0-9a-f]{2}(?P=a)){4}[0-9a-f]{2}"
_QUADS = r"[0-9a-f]{4}(?P<b>[:.\- ])[0-9a-f]{4}(?P=b)[0-9a-f]{4}"
_HALVES = r"[0-9a-f]{6}[:.\- ][0-9a-f]{6}"
_LABEL = r"(?:\bmac(?:[ -]?address)?\s*[:=]?\s*)?"
# With a group too many it is not a MAC with something beside it, but no MAC.
_NO_GROUP_BEFORE = r"(?<![0-9a-z])(?<!\b[0-9a-f]{2}[:.\-])(?<!\b[0-9a-f]{4}[:.\-])"
_NO_GROUP_AFTER = r"(?![0-9a-z@]|[:.\-](?:[0-9a-f]{2}|[0-9a-f]{4})(?![0-9a-z]))"
# In `8865 d82e 3eef 4e5c` the first group is a model.
_NO_MODEL_FIRST = r"(?![6-9]\d{3}(?: [0-9a-f]{4}){3}(?![0-9a-z]))"
MAC_IN_TEXT = re.compile(
    rf"{_LABEL}{_NO_GROUP_BEFORE}{_NO_MODEL_FIRST}"
    rf"(?P<mac>{_PAIRS}|{_QUADS}|{_HALVES}|[0-9a-f]{{12}}){_NO_GROUP_AFTER}",
    re.IGNORECASE,
)
_MAC_LABEL = re.compile(r"^\s*mac(?:[ -]?address)?\s*[:=]?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s:.\-]+")


def parse_mac(text: str) -> str:
    """Any common notation → twelve upper-case hex digits; ValueError with a sentence."""
    digits = _SEPARATORS.sub("", _MAC_LABEL.sub("", text)).upper()
    if digits in ("0" * 12, "F" * 12):
        raise ValueError("No phone has that MAC address: please read the label again.")
    if not re.fullmatch("[0-9A-F]{12}", digits):
        raise ValueError(
            "A MAC address has twelve hex digits (0–9, A–F), for example D8:2E:3E:EF:4E:5C."
        )
    return digits


def show_mac(mac: str) -> str:
    """`D82E3EEF4E5C` → `D8:2E:3E:EF:4E:5C`; other text is returned as it is."""
    digits = _SEPARATORS.sub("", mac).upper()
    if not re.fullmatch("[0-9A-F]{12}", digits):
        return mac
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def same_mac(mac: str | None, other: str) -> bool:
    """Whether the digits are the same: Webex answers with and without colons.

    See docs/webex/provisioning.md §4.5.
    """
    return _SEPARATORS.sub("", mac or "").upper() == _SEPARATORS.sub("", other).upper()


Mac = Annotated[str, AfterValidator(parse_mac)]
