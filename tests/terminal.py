"""A program at a real terminal of its own, and somebody who types."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

PATIENCE = 30.0
# Runs its arguments as the session leader of a new pseudo-terminal, which echoes by default.
SPAWN = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class Terminal:
    """`shown` is all that stands on the screen."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.shown = ""
        self._read = 0

    async def sees(self, text: str) -> str:
        """Wait for text that was not waited for before; what was shown until then."""
        try:
            async with asyncio.timeout(PATIENCE):
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
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())
        await self._process.stdin.drain()

    async def answers(self, *lines: tuple[str, str]) -> None:
        """To each question its answer."""
        for question, answer in lines:
            await self.sees(question)
            await self.types(answer)

    async def ends(self) -> int:
        """Wait for the end; the exit status."""
        async with asyncio.timeout(PATIENCE):
            while await self._more():
                pass
            return await self._process.wait()

    async def _more(self, wanted: str = "") -> bool:
        assert self._process.stdout is not None
        chunk = await self._process.stdout.read(4096)
        self.shown += chunk.decode().replace("\r\n", "\n")
        assert chunk or not wanted, f"{wanted}:\n{self.shown}"
        return bool(chunk)


@asynccontextmanager
async def terminal(
    folder: Path, env: Mapping[str, str], *arguments: str
) -> AsyncIterator[Terminal]:
    """`python -m bot ARGUMENTS` at a terminal, in that folder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SPAWN, sys.executable, "-m", "bot", *arguments, cwd=folder, env=env,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Terminal(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
