"""Public ids and uuids in Webex's format (docs/webex/messaging.md §0.4).

A public id is base64 of ``ciscospark://<cluster>/<KIND>/<key>`` without padding.
"""

import base64
import binascii
import re
import secrets
import uuid
from typing import Final

_URI: Final = re.compile(r"ciscospark://[^/]+/(?P<kind>[A-Z_]+)/(?P<key>.+)")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MULTICAST_BIT: Final = 1 << 40
# A random node with the multicast bit (RFC 4122 §4.5): no uuid reveals this machine's address.
_NODE: Final = secrets.randbits(48) | _MULTICAST_BIT


def public_id(kind: str, key: str, cluster: str = "us") -> str:
    """Return the public id of a key, e.g. ``public_id("PEOPLE", person.key)``."""
    uri = f"ciscospark://{cluster}/{kind}/{key}"
    return base64.urlsafe_b64encode(uri.encode()).decode().rstrip("=")


def key_of(text: object, kind: str) -> str:
    """Return the key in a public id of this kind; a raw uuid is its own key.

    Ids may have padding or not. Everything else, including an id of another kind, gives the empty
    string, which matches nothing.
    """
    if not isinstance(text, str):
        return ""
    if _UUID.fullmatch(text):
        return text.lower()
    match = _URI.fullmatch(_decoded(text))
    return match["key"] if match and match["kind"] == kind else ""


def _decoded(text: str) -> str:
    bare = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return ""


def activity_uuid() -> str:
    """Return a new time-based uuid, the version that activities have."""
    return str(uuid.uuid1(node=_NODE))


def random_uuid() -> str:
    """Return a new random uuid, for everything but activities."""
    return str(uuid.uuid4())
