"""Lists cut into pages, with the next one in a `Link` header (webex-provisioning.md §1, RFC 5988)."""

from collections.abc import Sequence
from typing import Any, Literal

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import answer
from sandbox.numerals import whole_number
from sandbox.problems import bad_request

OffsetName = Literal["start", "cursor"]


def paged(
    request: web.Request,
    cloud: Cloud,
    rows: Sequence[Any],
    offset_name: OffsetName = "start",
    name: str = "items",
) -> web.Response:
    """Answer with one page under `items`, or another `name`; a `max` above the cap is lowered without a word."""
    start = _number(request, offset_name, default=0, least=0)
    length = min(
        _number(request, "max", default=cloud.settings.page_cap, least=1), cloud.settings.page_cap
    )
    headers = {}
    if start + length < len(rows):
        following = {offset_name: str(start + length), "max": str(length)}
        url = cloud.base_url + str(request.rel_url.update_query(following))
        headers["Link"] = f'<{url}>; rel="next"'
    return answer({name: rows[start : start + length]}, headers=headers)


def _number(request: web.Request, name: str, default: int, least: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    number = whole_number(text)
    if number is None or number < least:
        raise bad_request(f"Invalid value for {name}.")
    return number
