"""Turns status, headers and body of an answer into a value or an error. No I/O.

Facts: docs/webex/messaging.md §3.1 and §4.5, docs/webex/provisioning.md §1 and §2.
"""

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from bot.core.errors import (
    Conflict,
    Forbidden,
    GrantRefused,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
    Undecodable,
    Unreadable,
    WebexError,
)
from bot.core.masking import mask
from bot.core.models.files import FileFacts
from bot.core.models.text import clean

ERRORS: dict[int, type[WebexError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
}
# RFC 6749 §5.2, and what Webex's gateway says instead: the grant itself is wrong. Any other 400 may
# be an error of a gateway.
GRANT_ERRORS = frozenset({
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
    "unsupported_grant_type", "invalid_scope",
})  # fmt: skip
GRANT_PHRASES = ("client id is invalid", "refresh token")
# Without the header wait a little; never wait longer than ten minutes.
DEFAULT_WAIT, MAX_WAIT = 5.0, 600.0
# Far more than the 300 characters shown: masking must see a secret whole.
MAX_MESSAGE = 10_000
_NOT_IN_TRACKING_IDS = re.compile(r"[^\w.:-]", re.ASCII)
MAX_DIGITS = 30  # Python itself refuses more than 4,300
# Texts of bulk calls arrive with their placeholders (docs/webex/provisioning.md §5).
_PLACEHOLDER = re.compile(r":?\s*\{\d+\}")
_CODE_IN_TEXT = re.compile(r"\[Error (\d{1,9})\]", re.IGNORECASE)
_UTF8_NAME = re.compile(r"\bfilename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
_QUOTED_NAME = re.compile(r'\bfilename\s*=\s*"([^"]*)"', re.IGNORECASE)
_NAME = re.compile(r"\bfilename\s*=\s*([^;\s\"]+)", re.IGNORECASE)
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next(?![\w-])')


def read(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """The decoded body of a good answer (None when empty); raises a WebexError for a bad one."""
    if not content(status, headers, body).strip():
        return None
    try:
        value = _json(body)
    except RecursionError:
        raise Undecodable(status, "The answer cannot be decoded.", tracking_id(headers)) from None
    if value is None:
        # Such as a proxy's page with status 200.
        raise Unavailable(502, "The answer was not JSON.", tracking_id(headers))
    return value


def content(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """The body of a good answer as it came; raises a WebexError for a bad one."""
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise error(status, headers, body)
    return body


def rows(body: Any, key: str) -> list[dict[str, Any]]:
    """The list in an answer. Raises Unreadable without one: it may not be empty."""
    listed = body.get(key) if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise Unreadable(HTTPStatus.BAD_GATEWAY, "The answer has no list.")
    objects = [row for row in listed if isinstance(row, dict)]
    if listed and not objects:
        raise Unreadable(HTTPStatus.BAD_GATEWAY, "The list in the answer is not understood.")
    return objects


def error(status: int, headers: Mapping[str, str], body: bytes) -> WebexError:
    """The error for a bad answer, with Webex's message and tracking id."""
    value: Any = None
    with suppress(RecursionError):
        value = _json(body)
    problem = _error_of_kind(status, headers, value)
    problem.code = error_code(value)
    return problem


def error_in(status: int, value: Any) -> WebexError:
    """The error for one thing of several in a good answer: its own status, and its part of it."""
    problem = _error_of_kind(status, {}, value)
    problem.code = error_code(value)
    return problem


def _error_of_kind(status: int, headers: Mapping[str, str], value: Any) -> WebexError:
    message, tracking = _message(value) or f"HTTP status {status}", tracking_id(headers, value)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.LOCKED):
        return RateLimited(status, message, tracking, retry_after=retry_after(headers))
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        # Redirects and 1xx too: Webex sends none, so a proxy did.
        return Unavailable(status, message, tracking)
    if status == HTTPStatus.BAD_REQUEST and _names_the_grant(value):
        return GrantRefused(status, message, tracking)
    return ERRORS.get(status, WebexError)(status, message, tracking)


def file_facts(headers: Mapping[str, str]) -> FileFacts:
    """What the headers of a file tell of it."""
    length = headers.get("content-length", "")
    is_length = length.isascii() and length.isdigit() and len(length) <= MAX_DIGITS
    return FileFacts(
        name=_file_name(headers.get("content-disposition", "")),
        media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        size=int(length) if is_length else None,
    )


def _file_name(disposition: str) -> str:
    """The name in `Content-Disposition`, which may be there in ASCII and in UTF-8; empty: none."""
    if match := _UTF8_NAME.search(disposition):
        return unquote(match[1])
    match = _QUOTED_NAME.search(disposition) or _NAME.search(disposition)
    return match[1] if match else ""


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, from `Retry-After`: seconds, or a time, as a proxy may write it."""
    written = headers.get("retry-after", "")
    try:
        seconds = float(written)
    except ValueError:
        seconds = _seconds_between(headers.get("date", ""), written)
    return DEFAULT_WAIT if math.isnan(seconds) else min(max(seconds, 0.0), MAX_WAIT)


def _seconds_between(sent: str, until: str) -> float:
    """Seconds between two times as HTTP writes them; NaN if one cannot be read."""
    try:
        return (parsedate_to_datetime(until) - parsedate_to_datetime(sent)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return math.nan


def tracking_id(headers: Mapping[str, str], value: Any = None) -> str:
    """The id that Cisco support asks for, from the body or the headers, in safe characters only."""
    inside = (
        (value.get("trackingId") or value.get("trackingID")) if isinstance(value, dict) else None
    )
    written = mask(str(inside or headers.get("trackingid", "")))
    return _NOT_IN_TRACKING_IDS.sub("", written)[:100]


def timestamp(written: object) -> float | None:
    """A time as Webex writes it, in Unix seconds; None if it cannot be read."""
    try:
        return datetime.fromisoformat(str(written)).timestamp()
    except (ValueError, OverflowError):
        return None


def next_page(headers: Mapping[str, str]) -> str | None:
    """The address of the next page from the `Link` header (RFC 5988)."""
    match = _NEXT.search(headers.get("link", ""))
    return match.group(1) if match else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_int=_number)
    except ValueError:
        return None  # gateways answer in HTML or not at all


def _number(digits: str) -> int | str:
    """A number, or its digits if there are too many: people can put any number into a card."""
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _message(value: Any) -> str:
    """The most specific message of an error body, in any of its shapes."""
    if not isinstance(value, dict):
        return ""
    errors = value.get("errors")
    reason: Any = None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        reason = errors[0].get("description")
    elif isinstance(errors, dict):
        reason = _card_reason(errors)
    reason = reason or value.get("message") or value.get("error_description") or value.get("error")
    return clean(mask(_PLACEHOLDER.sub("", str(reason)[:MAX_MESSAGE])), 300) if reason else ""


def error_code(value: Any) -> int | None:
    """The number of the error in a body, which may stand in its text alone (provisioning.md §1)."""
    if not isinstance(value, dict):
        return None
    errors = value.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    for part in (first, value):
        code = part.get("errorCode") if isinstance(part, dict) else None
        if isinstance(code, int | str) and str(code).isdecimal():
            return int(str(code)[:MAX_DIGITS])
    in_text = _CODE_IN_TEXT.search(_message(value))
    return int(in_text[1]) if in_text else None


def _names_the_grant(value: Any) -> bool:
    """Whether the body rejects the refresh grant, in OAuth's terms or in the gateway's."""
    code = value.get("error") if isinstance(value, dict) else None
    is_oauth = isinstance(code, str) and code.strip().lower() in GRANT_ERRORS
    message = _message(value).lower()
    return is_oauth or any(phrase in message for phrase in GRANT_PHRASES)


def _card_reason(errors: dict[str, Any]) -> str | None:
    attachments = errors.get("attachments")
    if not isinstance(attachments, dict):
        return None
    lines = attachments.get("attachmentErrors")
    first = f": {lines[0]}" if isinstance(lines, list) and lines else ""
    return f"{attachments.get('reason', 'invalid attachment')}{first}"
