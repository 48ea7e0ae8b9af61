"""A proxy as companies have them: TLS passes through it by CONNECT, and by nothing else."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """`asked_for` are the `HOST:PORT` of each CONNECT; `routes` lead some of them elsewhere."""

    passes: bool
    routes: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    asked_for: list[str] = field(default_factory=list)
    open: set[StreamWriter] = field(default_factory=set)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection."""
        self.open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, where, _ = head.split(" ", 2)
            self.asked_for.append(where)
            if method != "CONNECT" or not self.passes:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
            else:
                await self._tunnel(where, reader, writer)
        writer.close()

    async def _tunnel(self, where: str, reader: StreamReader, writer: StreamWriter) -> None:
        host, _, port = self.routes.get(where, where).rpartition(":")
        incoming, outgoing = await asyncio.open_connection(host, int(port))
        self.open.add(outgoing)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_pipe(reader, outgoing), _pipe(incoming, writer))


async def _pipe(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def proxy(
    *, passes: bool = True, routes: Mapping[str, str] | None = None
) -> AsyncIterator[Proxy]:
    """On a port of this machine, while inside."""
    running = Proxy(passes, routes or {})
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        for writer in running.open:
            writer.close()
        await server.wait_closed()
