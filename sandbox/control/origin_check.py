"""Access to the page and the control API: only browsers on this machine, only from our own pages.

The control API needs no token. Without this check any web site that is open in a browser could call
it: from a form or a script (Origin), or through a host name that resolves to 127.0.0.1 (Host).
Programs send no Origin and the name they were given, and pass.
"""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.cloud import CLOUD
from sandbox.errors import forbidden
from sandbox.middleware import Handler

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARDS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - refused as names


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 with a reason if Host or Origin is not ours."""
    reason = rejection_reason(
        request.headers.get("Host", ""),
        request.headers.get("Origin"),
        request.app[CLOUD].settings.host,
    )
    if reason:
        raise forbidden(reason)
    return await handler(request)


def rejection_reason(host: str, origin: str | None, listening_on: str) -> str | None:
    """Return why a request is refused, or None. ``host`` is the header, with or without a port."""
    name = _hostname(f"//{host}")
    if name not in LOOPBACK | ({listening_on} - WILDCARDS):
        return f"The sandbox answers to localhost only, not to '{host}'."
    if origin is not None and _authority(origin) != host.lower():
        return f"Pages of '{origin}' may not use the sandbox; open it under its own address."
    return None


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _authority(origin: str) -> str | None:
    """Return host and port of an http origin, or None for other schemes."""
    scheme, _, rest = origin.partition("://")
    return rest.lower() if scheme == "http" else None
