"""Pages by offset, with a `Link` header to the next one.

See docs/webex/provisioning.md §1, RFC 5988.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import json_response
from sandbox.errors import bad_request
from sandbox.int_parsing import parse_int

T = TypeVar("T")
OffsetName = Literal["start", "cursor"]


def paginated_response(
    request: web.Request,
    cloud: Cloud,
    rows: Sequence[T],
    offset_name: OffsetName = "start",
    name: str = "items",
    body: Callable[[T], Any] = lambda row: row,
) -> web.Response:
    """Return one page under `name`; a `max` above the cap is silently lowered.

    `body` makes the JSON of a row.
    """
    start = _number(request, offset_name, default=0, least=0)
    length = min(
        _number(request, "max", default=cloud.settings.page_cap, least=1), cloud.settings.page_cap
    )
    headers = {}
    if start + length < len(rows):
        query = {offset_name: str(start + length), "max": str(length)}
        url = f"https://{request.host}" + str(request.rel_url.update_query(query))
        headers["Link"] = f'<{url}>; rel="next"'
    page = [body(row) for row in rows[start : start + length]]
    return json_response({name: page}, headers=headers)


def _number(request: web.Request, name: str, default: int, least: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    number = parse_int(text)
    if number is None or number < least:
        raise bad_request(f"Invalid value for {name}.")
    return number
