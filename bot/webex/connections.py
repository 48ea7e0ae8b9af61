"""The pool of connections to Webex: how many, for how long, and which of them a call takes.

aiohttp's own pool gives a call the connection that was idle the longest. That is the one that the
server closes next, and it keeps all connections of a crowd open for as long as anybody calls.
"""

import asyncio
import select
import ssl
import time
from asyncio.sslproto import SSLProtocol
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest, ConnectionKey
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

# A hundred presses at once make eight calls each. At 300 ms a call these are 240 seconds of
# connections; done within two seconds, 120 at the same time on average, and more at first. Each one
# costs 1.5 ms of CPU for its handshake and 60 KiB.
MAX_CONNECTIONS = 192
# Seconds that an idle connection is kept: the next command of a person comes within a minute.
KEEPALIVE = 75.0
SWEEP_INTERVAL = 15.0  # seconds; so no connection idles for longer than a minute and a half
# Seconds that a connection may have been idle for a change, whose answer must not be lost. Servers
# close idle connections after five seconds or more (Apache and Node after five).
FRESH = 4.0

# Bytes that asyncio allocates for each connection, to read into; its default is 256 KiB, which is
# most of what a crowd's connections take. A TLS record holds 16 KiB, and nearly all answers less.
SSLProtocol.max_size = 16 * 2**10


@dataclass(slots=True)
class Attempt:
    """What one call wants of its connection, and what it got."""

    max_idle: float  # seconds; if all connections were idle for longer, a new one is opened
    changing: bool = False
    reused: bool = False  # the connection had carried another call before


attempt: ContextVar[Attempt] = ContextVar("attempt")


class Pool(aiohttp.TCPConnector):
    """Gives each call the connection that was used last, and closes those that idle for long."""

    def __init__(
        self,
        context: ssl.SSLContext,
        limit: int,
        *,
        before_change: Callable[[], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sweep_interval: float = SWEEP_INTERVAL,
    ) -> None:
        """`limit` counts all connections, if they are to one server.

        `before_change` is awaited when a change has its connection, right before it is sent.
        """
        super().__init__(ssl=context, limit=limit, keepalive_timeout=KEEPALIVE)
        self._before_change = before_change
        self._clock, self._sweep_interval = clock, sweep_interval
        self._sweeping: asyncio.TimerHandle | None = None

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the signature of aiohttp
    ) -> Connection:
        """A connection for a call."""
        connection = await super().connect(req, traces, timeout)
        if self._before_change is not None and attempt.get().changing:
            try:
                await self._before_change()
            except BaseException:
                connection.release()  # nothing was sent on it
                raise
        return connection

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        """An idle connection for the current attempt; None: a new one is needed."""
        idle, current = self._conns[key], attempt.get()
        while idle and not _is_open(idle[-1][0]):
            idle.pop()[0].close()
        if idle and self._idled(idle[-1]) > current.max_idle:
            idle.popleft()[0].close()  # the new one takes its place, so that the limit holds
            return None
        idle.rotate(1)  # aiohttp takes the first
        connection = await super()._get(key, traces)
        current.reused = connection is not None
        return connection

    def _release(
        self, key: ConnectionKey, protocol: ResponseHandler, *, should_close: bool = False
    ) -> None:
        super()._release(key, protocol, should_close=should_close)
        idle = self._conns.get(key)
        if idle and idle[-1][0] is protocol:
            idle[-1] = (protocol, self._clock())
            if self._sweeping is None:
                self._sweep_later()

    def _sweep_later(self) -> None:
        self._sweeping = self._loop.call_later(self._sweep_interval, self._sweep)

    def _sweep(self) -> None:
        """Close what idles for too long. aiohttp does that only after up to twice the time."""
        self._sweeping = None
        for idle in self._conns.values():
            while idle and self._idled(idle[0]) > KEEPALIVE:
                idle.popleft()[0].close()
        if any(self._conns.values()):
            self._sweep_later()

    def _idled(self, connection: tuple[ResponseHandler, float]) -> float:
        return self._clock() - connection[1]


def _is_open(protocol: ResponseHandler) -> bool:
    """Whether the server has sent nothing since the last answer, not even that it hangs up.

    The event loop, which would tell that, may not have come to it yet.
    """
    # `should_close`: something came that no call asked for; the next call would take it for its own
    # answer.
    if not protocol.is_connected() or protocol.transport is None or protocol.should_close:
        return False
    poll = select.poll()
    poll.register(protocol.transport.get_extra_info("socket"), select.POLLIN)
    return not poll.poll(0)
