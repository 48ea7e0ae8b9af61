"""Benchmark: the connections to a sandbox, how many were open at once and how many were made."""

from asyncio import Transport
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from sandbox.cloud import CLOUD, Cloud
from sandbox.middleware import SOCKETS, Handler
from sandbox.server import OBSERVERS

API = "/v1/"


class Connections:
    """The connections that calls of the REST API came by.

    Not that of the websocket, and not that of webex-bot's registration, which goes to other hosts
    in the real cloud.

    `most` is the number that were open at the same time, `made` how many there were. Each has
    begun with a TLS handshake. A connection counts from its first call.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._open: set[Transport] = set()
        self.most = self.made = 0

    def note(self, transport: Transport) -> None:
        """Count the connection of a call if it is a new one."""
        if transport in self._open:
            return
        self._open = {known for known in self._open if not known.is_closing()} | {transport}
        self.made += 1
        self.most = max(self.most, len(self._open))

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count those of a sandbox that starts meanwhile. Others that do so are left out."""

        @web.middleware
        async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
            ours = request.app[CLOUD] is self._cloud
            is_call = request.path.startswith(API) and not request.path.startswith(SOCKETS)
            if ours and is_call and isinstance(request.transport, Transport):
                self.note(request.transport)
            return await handler(request)

        OBSERVERS.append(observe)
        try:
            yield
        finally:
            OBSERVERS.remove(observe)
