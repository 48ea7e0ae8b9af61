"""Limit the connections to a server: their number, duration, size and rate.

It is in front of the server's own protocol, which receives complete requests only. Without it, a
thousand silent connections would use all file descriptors of the process.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

MAX_CONNECTIONS: Final = 32  # at once; a platform and each Prometheus need one
MAX_BYTES: Final = 16 * 1024  # of a request; aiohttp refuses lines of more than 8 KiB
MAX_PER_SECOND: Final = 100  # requests, which use a few percent of one CPU
END_OF_HEADERS: Final = b"\r\n\r\n"

NO_DESCRIPTOR: Final = "socket.accept()"  # how asyncio's message begins if none is left
LOG_INTERVAL: Final = 60.0  # seconds; asyncio logs it up to a hundred times a second

Make = Callable[[], asyncio.Protocol]


@dataclass(frozen=True)
class Timeouts:
    """Seconds to send the request line and the headers, and to make and read the response."""

    request: float = 5.0
    response: float = 10.0  # the checks take up to 4


TIMEOUTS: Final = Timeouts()


class ConnectionLimit:
    """A protocol factory for `loop.create_server`.

    If there are too many connections, it closes one that has sent no request: the oldest from the
    address with the most of them. So a flood from one address does not lock out another.
    """

    def __init__(self, make: Make, timeouts: Timeouts = TIMEOUTS) -> None:
        self.make = make
        self.timeouts = timeouts
        self._open: dict[Connection, None] = {}  # oldest first
        self._next_turn = 0.0

    def __call__(self) -> "Connection":
        """Return the protocol of a new connection."""
        return Connection(self)

    def admit(self, newcomer: "Connection") -> bool:
        """Accept a connection, closing another one if needed; False if there is no room."""
        if len(self._open) >= MAX_CONNECTIONS:
            victim = self._silent_connection()
            if victim is None:
                return False
            victim.close()
        self._open[newcomer] = None
        return True

    def _silent_connection(self) -> "Connection | None":
        silent = [connection for connection in self._open if not connection.has_request]
        per_address = Counter(connection.address for connection in silent)
        return max(silent, key=lambda connection: per_address[connection.address], default=None)

    def leave(self, connection: "Connection") -> None:
        """Forget a closed connection."""
        self._open.pop(connection, None)

    def call_rate_limited(self, answer: Callable[[], None]) -> None:
        """Call `answer` now, or later to keep below the maximum rate."""
        loop = asyncio.get_running_loop()
        # An upper bound, because connections that closed before their turn have taken turns, too.
        latest = loop.time() + MAX_CONNECTIONS / MAX_PER_SECOND
        turn = min(max(loop.time(), self._next_turn), latest)
        self._next_turn = turn + 1 / MAX_PER_SECOND
        loop.call_at(turn, answer)

    def close(self) -> None:
        """Close all connections."""
        for connection in [*self._open]:
            connection.close()


class Connection(asyncio.Protocol):
    """One connection: one complete request, its response, and the end."""

    def __init__(self, limit: ConnectionLimit) -> None:
        self.has_request = False
        self.address = ""  # of the peer
        self._limit = limit
        self._request = b""
        self._transport: asyncio.Transport | None = None
        self._inner: asyncio.Protocol | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept or refuse the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a server on TCP
        self._transport = transport
        peer = transport.get_extra_info("peername")  # None if the peer has closed it already
        self.address = str(peer[0]) if peer else ""
        if self._limit.admit(self):
            self._close_in(self._limit.timeouts.request)
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Collect the request line and the headers; ignore everything after them."""
        if self.has_request:
            return
        self._request += data
        if END_OF_HEADERS in self._request or len(self._request) > MAX_BYTES:
            self.has_request = True
            self._limit.call_rate_limited(self._pass_request_on)

    def eof_received(self) -> bool:
        """Keep the connection open for the response if there is a request."""
        return self.has_request

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up after the connection has closed."""
        self._limit.leave(self)
        self._transport = None
        if self._deadline:
            self._deadline.cancel()
        if self._inner:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass on that the client reads slowly."""
        if self._inner:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that the client has caught up."""
        if self._inner:
            self._inner.resume_writing()

    def close(self) -> None:
        """Close the connection immediately."""
        self._limit.leave(self)
        if self._transport:
            self._transport.abort()

    def _pass_request_on(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._close_in(self._limit.timeouts.response)
        self._inner = self._limit.make()
        self._inner.connection_made(self._transport)
        self._inner.data_received(self._request[: MAX_BYTES + 1])

    def _close_in(self, seconds: float) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(seconds, self.close)


class LogThrottle:
    """Log messages that any client can cause at most once a minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._logged_at = float("-inf")

    def is_due(self) -> bool:
        """Whether to log the next message."""
        if self._clock() - self._logged_at < LOG_INTERVAL:
            return False
        self._logged_at = self._clock()
        return True

    def filter(self, _record: logging.LogRecord) -> bool:
        """Filter the server's logger, which logs each malformed request."""
        return self.is_due()

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handle exceptions of the event loop: no file descriptor is left for a connection."""
        if not str(context.get("message")).startswith(NO_DESCRIPTOR) or self.is_due():
            loop.default_exception_handler(context)
