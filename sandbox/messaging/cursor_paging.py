"""Pages by cursor and the links between them (docs/webex/messaging.md §3.2)."""

import base64
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from sandbox.endpoints import json_response
from sandbox.errors import bad_request
from sandbox.int_parsing import parse_int

T = TypeVar("T")


def page_size(request: web.Request, default: int, ceiling: int, name: str = "max") -> int:
    """Return the ``max`` of a query: a positive number, silently lowered to the ceiling."""
    text = request.query.get(name)
    if text is None:
        return default
    number = parse_int(text)
    if not number:
        raise bad_request(f"The value of '{name}' is not valid.")
    return min(number, ceiling)


def next_link(request: web.Request, **changes: str) -> dict[str, str]:
    """Return a Link header to the same query, at the same host, with some parameters changed."""
    query = urlencode({**request.query, **changes})
    return {"Link": f'<https://{request.host}{request.path}?{query}>; rel="next"'}


def paginate(
    request: web.Request, items: Sequence[T], size: int, name: str = "cursor"
) -> tuple[Sequence[T], dict[str, str]]:
    """Return the page at an opaque cursor, and the headers with the link to the next one."""
    start = _position(request.query.get(name, ""))
    end = start + size
    headers = next_link(request, **{name: _cursor(end)}) if end < len(items) else {}
    return items[start:end], headers


def list_response(items: Sequence[Any], headers: dict[str, str], **extra: Any) -> web.Response:
    """Return a response that lists these JSON items."""
    return json_response({"items": list(items), **extra}, headers=headers)


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode().rstrip("=")


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, digits = (
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")
        )
    except ValueError as error:
        raise bad_request("The cursor is not valid.") from error
    number = parse_int(digits)
    if word != "at" or number is None:
        raise bad_request("The cursor is not valid.")
    return number
