"""Whether the bot calls Webex at this moment, or did so a moment ago.

A middleware like that of tests/journeys/wire_tap.py. What the bot tells approvers and admins after
the answer, and what it removes then, nothing else shows.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from weakref import finalize

from aiohttp import web

from sandbox.cloud import CLOUD, Cloud
from sandbox.middleware import REST, SOCKETS
from sandbox.server import OBSERVERS

PAUSE = 0.03  # seconds; one call follows the other sooner


@dataclass
class Traffic:
    """The REST calls of one cloud."""

    under_way: list[web.Request] = field(default_factory=list)
    last_end: float = 0.0  # by the monotonic clock, in seconds

    @property
    def is_quiet(self) -> bool:
        """Whether no call is under way, but those of processes that were killed, and none was."""
        # A connection that was closed is no transport any more; its call may sleep in a fault.
        is_calling = any(request.transport is not None for request in self.under_way)
        return not is_calling and time.monotonic() - self.last_end > PAUSE


_TRAFFIC: dict[int, Traffic] = {}  # by the cloud's id: clouds have no hash


def traffic(cloud: Cloud) -> Traffic:
    """The calls of this cloud."""
    if id(cloud) not in _TRAFFIC:
        _TRAFFIC[id(cloud)] = Traffic()
        finalize(cloud, _TRAFFIC.pop, id(cloud))  # another cloud may get the same id
    return _TRAFFIC[id(cloud)]


@web.middleware
async def observer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Note when it begins and ends."""
    if not request.path.startswith(REST) or request.path.startswith(SOCKETS):
        return await handler(request)
    calls = traffic(request.app[CLOUD])
    calls.under_way.append(request)
    try:
        return await handler(request)
    finally:
        calls.under_way = [each for each in calls.under_way if each is not request]
        calls.last_end = time.monotonic()


OBSERVERS.append(observer)
