"""Pages and the links between them (webex-messaging.md §3.2)."""

import base64
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import answer
from sandbox.numerals import whole_number
from sandbox.problems import bad_request

T = TypeVar("T")


def page_size(request: web.Request, default: int, ceiling: int) -> int:
    """The ``max`` of a query: a positive number, lowered to the ceiling without a word."""
    text = request.query.get("max")
    if text is None:
        return default
    number = whole_number(text)
    if not number:
        raise bad_request("The value of 'max' is not valid.")
    return min(number, ceiling)


def next_link(cloud: Cloud, request: web.Request, **changes: str) -> dict[str, str]:
    """A Link header to the same query with some parameters changed."""
    query = urlencode({**request.query, **changes})
    return {"Link": f'<{cloud.base_url}{request.path}?{query}>; rel="next"'}


def cut(
    cloud: Cloud, request: web.Request, items: Sequence[T], size: int
) -> tuple[Sequence[T], dict[str, str]]:
    """The page an opaque ``cursor`` points at, and the headers that lead to the next one."""
    start = _position(request.query.get("cursor", ""))
    end = start + size
    more = next_link(cloud, request, cursor=_cursor(end)) if end < len(items) else {}
    return items[start:end], more


def listed(items: Sequence[Any], headers: dict[str, str], **extra: Any) -> web.Response:
    """The answer that lists these JSON items."""
    return answer({"items": list(items), **extra}, headers=headers)


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
    number = whole_number(digits)
    if word != "at" or number is None:
        raise bad_request("The cursor is not valid.")
    return number
