"""A line to the database that can be cut: to one of several processes, or silently."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress


class Wire:
    """A port of this machine that leads to another one."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._flows, self._refuses = asyncio.Event(), False
        self._flows.set()
        self._open: set[StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def lay(self) -> None:
        """Accept connections from now on."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Reset all connections, and each new one."""
        self._refuses = True
        self._reset()

    def fall_silent(self) -> None:
        """Keep all connections, and hold back what is sent on them."""
        self._flows.clear()

    def heal(self) -> None:
        """Pass everything on again, also what was held back."""
        self._refuses = False
        self._flows.set()

    async def take_away(self) -> None:
        """Accept no more."""
        self.refuse()
        self._flows.set()
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    def _reset(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        with suppress(OSError):
            incoming, outgoing = await asyncio.open_connection("127.0.0.1", self._target)
            pair = {writer, outgoing}
            self._open |= pair
            try:
                await asyncio.gather(self._pipe(reader, outgoing), self._pipe(incoming, writer))
            finally:
                self._open -= pair
                for each in pair:
                    each.transport.abort()

    async def _pipe(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Until one side ends; then the other side hears of it."""
        with suppress(OSError):
            while content := await reader.read(65536):
                await self._flows.wait()
                writer.write(content)
                await writer.drain()
        await self._flows.wait()
        writer.close()
