"""What an answer of Webex means: status, headers, body → value or error. No I/O.

Facts: webex-messaging.md §3.1 and §4.5, webex-provisioning.md §1 and §2.
"""

import json
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from bot.errors import (
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
    WebexError,
)
from bot.models import clean

ERRORS: dict[int, type[WebexError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
}
# Without the header wait a little; never believe a wait longer than ten minutes.
DEFAULT_WAIT, LONGEST_WAIT = 5.0, 600.0
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next(?![\w-])')


def read(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """The decoded body of a good answer (None when empty); raises a WebexError for a bad one."""
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise error(status, headers, body)
    if not body.strip():
        return None
    value = _json(body)
    if value is None:
        # A proxy's page with status 200: nothing in it can be believed.
        raise Unavailable(502, "The answer was not JSON.", _tracking_id(headers, None))
    return value


def error(status: int, headers: Mapping[str, str], body: bytes) -> WebexError:
    """The error that a bad answer stands for, with Webex's own words and tracking id."""
    value = _json(body)
    words, tracking_id = _words(value) or f"HTTP status {status}", _tracking_id(headers, value)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.LOCKED):
        return RateLimited(status, words, tracking_id, retry_after=retry_after(headers))
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        # Also a redirect: Webex makes none, so it is a proxy that wants something else of us.
        return Unavailable(status, words, tracking_id)
    return ERRORS.get(status, WebexError)(status, words, tracking_id)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, from `Retry-After`."""
    try:
        seconds = float(headers.get("retry-after", DEFAULT_WAIT))
    except ValueError:
        return DEFAULT_WAIT
    return DEFAULT_WAIT if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT)


def next_page(headers: Mapping[str, str]) -> str | None:
    """The address of the next page from the `Link` header (RFC 5988); only `next` is promised."""
    found = _NEXT.search(headers.get("link", ""))
    return found.group(1) if found else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None  # gateways answer in HTML or not at all


def _words(value: Any) -> str:
    """The most telling sentence of an error body, whichever of its shapes it has."""
    if not isinstance(value, dict):
        return ""
    errors = value.get("errors")
    found: Any = None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        found = errors[0].get("description")
    elif isinstance(errors, dict):
        found = _card_reason(errors)
    found = found or value.get("message") or value.get("error_description") or value.get("error")
    return clean(str(found), 300) if found else ""


def _card_reason(errors: dict[str, Any]) -> str | None:
    attachments = errors.get("attachments")
    if not isinstance(attachments, dict):
        return None
    lines = attachments.get("attachmentErrors")
    first = f": {lines[0]}" if isinstance(lines, list) and lines else ""
    return f"{attachments.get('reason', 'invalid attachment')}{first}"


def _tracking_id(headers: Mapping[str, str], value: Any) -> str:
    inside = (
        (value.get("trackingId") or value.get("trackingID")) if isinstance(value, dict) else None
    )
    return clean(str(inside or headers.get("trackingid", "")), 100)
