"""The log of every call that the cloud answered, without secrets."""

import json
from collections import deque
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any, Final
from urllib.parse import parse_qsl

_SECRET_FIELDS: Final = frozenset(
    {
        "access_token",
        "refresh_token",
        "client_secret",
        "token",
        "secret",
        "password",
        "defaultAccessCode",
        "clientSecret",
    }
)
REDACTED: Final = "…"


@dataclass(frozen=True)
class Call:
    """One call. ``token`` is ``bot``, ``service_app``, ``person:<email>`` or ``none``."""

    seq: int
    at: str
    method: str
    path: str
    query: str
    token: str
    body: Any
    status: int
    tracking_id: str
    duration_ms: float

    def as_json(self) -> dict[str, Any]:
        """Return the call as the control API shows it."""
        return asdict(self)


class CallLog:
    """The newest calls, oldest first."""

    def __init__(self, kept: int) -> None:
        self._calls: deque[Call] = deque(maxlen=kept)

    def add(self, call: Call) -> None:
        """Append one call."""
        self._calls.append(call)

    def after(self, seq: int) -> list[Call]:
        """Return the calls that were answered after that sequence number."""
        return list(takewhile(lambda call: call.seq > seq, reversed(self._calls)))[::-1]

    def clear(self) -> None:
        """Delete them all."""
        self._calls.clear()


def readable_body(raw: bytes, content_type: str, max_bytes: int = 100_000) -> Any:
    """Return a request body for the log: JSON or form fields without secrets, or else the text.

    A body of more than ``most`` bytes is replaced by its size.
    """
    if not raw:
        return None
    if len(raw) > max_bytes:
        return f"<{len(raw)} bytes>"
    text = raw.decode("utf-8", "replace")
    if content_type == "application/x-www-form-urlencoded":
        return redacted(dict(parse_qsl(text)))
    try:
        return redacted(json.loads(text))
    except ValueError:
        return text


def redacted(value: Any) -> Any:
    """Return a JSON value with every secret field replaced."""
    if isinstance(value, dict):
        return {
            name: REDACTED if name in _SECRET_FIELDS else redacted(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value
