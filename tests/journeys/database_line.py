"""A line between a process and its database, which can be cut, or carry nothing."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from enum import Enum


class State(Enum):
    """What becomes of what is sent."""

    WHOLE = "it arrives"
    CUT = "connections end, and there are no new ones"
    SILENT = "nothing arrives, and nobody is told"


class Line:
    """A TCP proxy on a port of this machine."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._state = State.WHOLE
        self._carries = asyncio.Event()
        self._writers: set[StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def lay(self) -> None:
        """Begin to carry."""
        self._carries.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def set(self, state: State) -> None:
        """From now on."""
        self._state = state
        if state is State.SILENT:
            self._carries.clear()
        else:
            self._carries.set()
        if state is State.CUT:
            self._end_connections()

    async def take_away(self) -> None:
        """End all connections."""
        assert self._server
        self.set(State.CUT)
        self._server.close()
        await self._server.wait_closed()

    def _end_connections(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            await self._carries.wait()
            if self._state is State.WHOLE:
                incoming, outgoing = await asyncio.open_connection("127.0.0.1", self._server_port)
                self._writers.add(outgoing)
                await asyncio.gather(
                    self._carry(reader, outgoing),
                    self._carry(incoming, writer),
                    return_exceptions=True,
                )
        writer.close()

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._carries.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
