"""A program at a real terminal of its own, and somebody who types."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.journeys.programs import Program, started

TIMEOUT = 30.0


class Terminal:
    """`shown` is all that stands on the screen."""

    def __init__(self, process: Program, keyboard: int, screen: asyncio.StreamReader) -> None:
        self._process, self._keyboard, self._screen = process, keyboard, screen
        self.shown = ""
        self._read = 0

    async def sees(self, text: str) -> str:
        """Wait for text that was not waited for before; what was shown until then."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._until(text)
        except TimeoutError:
            raise AssertionError(f"“{text}” was not shown:\n{self.shown}") from None

    async def _until(self, text: str) -> str:
        while (start := self.shown.find(text, self._read)) < 0:
            await self._more(f"“{text}” was never shown")
        before, self._read = self._read, start + len(text)
        return self.shown[before : self._read]

    async def types(self, text: str) -> None:
        """A line, with Enter behind it."""
        os.write(self._keyboard, f"{text}\n".encode())

    async def answers(self, *lines: tuple[str, str]) -> None:
        """To each question its answer."""
        for question, answer in lines:
            await self.sees(question)
            await self.types(answer)

    async def ends(self) -> int:
        """Wait for the end; the exit status."""
        async with asyncio.timeout(TIMEOUT):
            while await self._more():
                pass
            return await self._process.wait()

    async def _more(self, wanted: str = "") -> bool:
        try:
            chunk = await self._screen.read(4096)
        except OSError:  # how a terminal says that no process has it open any more
            chunk = b""
        self.shown += chunk.decode().replace("\r\n", "\n")
        assert chunk or not wanted, f"{wanted}:\n{self.shown}"
        return bool(chunk)


@asynccontextmanager
async def terminal(
    folder: Path, env: Mapping[str, str], *arguments: str
) -> AsyncIterator[Terminal]:
    """`python -m bot ARGUMENTS` at a terminal, in that folder."""
    keyboard, its = os.openpty()  # echoes by default
    screen = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(screen), os.fdopen(os.dup(keyboard), "rb", 0)
    )
    with os.fdopen(its, "r+b", 0) as output:
        process = await started(arguments, env, folder, output, measured=True, at_terminal=True)
    try:
        yield Terminal(process, keyboard, screen)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()
        transport.close()
        os.close(keyboard)
