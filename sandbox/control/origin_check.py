"""Who may use the page and the control API: a browser on this machine, on a page of ours.

There is no token here. Without this, any web site that somebody has open could speak to the sandbox:
by a form or a script of its own (Origin), or under a name of its own that resolves to 127.0.0.1
(Host). Programs send no Origin and the name they were given, and pass.
"""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.cloud import CLOUD
from sandbox.middleware import Next
from sandbox.problems import forbidden

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARDS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - refused as names


@web.middleware
async def same_machine(request: web.Request, handler: Next) -> web.StreamResponse:
    """403 with a sentence for anybody else's Host or Origin."""
    reason = refusal(
        request.headers.get("Host", ""),
        request.headers.get("Origin"),
        request.app[CLOUD].settings.host,
    )
    if reason:
        raise forbidden(reason)
    return await handler(request)


def refusal(host: str, origin: str | None, listening_on: str) -> str | None:
    """Why a request is refused; None when it may pass. ``host`` is the header, with a port or not."""
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
    """Host and port of an http origin; nothing else is one of ours."""
    scheme, _, rest = origin.partition("://")
    return rest.lower() if scheme == "http" else None
