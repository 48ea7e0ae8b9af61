"""A server on this machine that does what it is told, and that notes its connections."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Notes every request, and answers it by the next of its answers, at last by the last."""

    def __init__(self, *answers: Answering) -> None:
        self.requests: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.calls: Counter[int] = Counter()  # by the number of the connection
        self.writers: list[asyncio.StreamWriter] = []  # of all connections
        self.open: set[int] = set()  # numbers of connections
        self.most_open = 0
        self._changed = asyncio.Event()
        self.asked = asyncio.Event()
        self._answers = list(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self.writers.append(writer)
        self.open.add(number)
        self.most_open = max(self.most_open, len(self.open))
        self._changed.set()
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode()
                self.requests.append(text)
                self.calls[number] += 1
                self.asked.set()
                length = [
                    line for line in text.lower().split("\r\n") if line.startswith("content-length")
                ]
                size = int(length[0].partition(":")[2]) if length else 0
                self.bodies.append(await reader.readexactly(size))
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                await answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open.discard(number)
            self._changed.set()
            writer.close()

    async def until_open(self, count: int) -> None:
        """Wait until so many connections are open."""
        while len(self.open) != count:
            self._changed.clear()
            await self._changed.wait()


def says(raw: bytes) -> Answering:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return answer


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def says_half(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}")
    await writer.drain()
    writer.close()


async def says_and_closes(writer: asyncio.StreamWriter) -> None:
    writer.write(OK)
    await writer.drain()
    writer.close()


async def says_nothing(_writer: asyncio.StreamWriter) -> None:
    return


@asynccontextmanager
async def serving(server: Server, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port that the server listens at."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context, backlog=500)
    async with listening:
        yield listening.sockets[0].getsockname()[1]
