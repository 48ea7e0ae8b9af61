"""Reads files in a process of their own, so that a malicious one costs nobody else time.

The process lives as long as the reading takes: there is none between two files. Files wait for
their turn, because a machine for one bot has few cores.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from bot.chat import limited_process
from bot.core.errors import Refused

_KILLED = (-9, -24)  # by the system: SIGKILL and SIGXCPU
_ROOT = str(Path(__file__).parents[2])


@dataclass(kw_only=True)
class FileWorker:
    """Reads files of one kind, `at_once` at the same time.

    `cpu_seconds` of work, `timeout` in seconds by the clock, and `memory` in bytes of address
    space bound each reading. `environment` is all that the process gets, such as `LD_LIBRARY_PATH`;
    most systems need none.
    """

    module: ClassVar[str]  # runs as the process
    too_costly: ClassVar[str]  # what people are told
    not_read: ClassVar[str]
    log: ClassVar[Any]
    event: ClassVar[str]  # in the log, when the process failed

    at_once: int = 1
    cpu_seconds: int = 5
    timeout: float = 30.0  # the machine may be busy with something else
    memory: int
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable
    _turn: asyncio.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._turn = asyncio.Semaphore(self.at_once)

    async def run(self, options: limited_process.Options, content: bytes) -> bytes:
        """What the process makes of a file; Refused if it takes too long, or fails."""
        bounds = {"cpu_seconds": self.cpu_seconds, "memory": self.memory}
        async with self._turn:
            return await self._output(limited_process.joined({**bounds, **options}, content))

    async def _output(self, text: bytes) -> bytes:
        """What the process writes; Refused if it writes nothing."""
        process = await self._start()
        try:
            async with asyncio.timeout(self.timeout):
                output, _ = await process.communicate(text)
        except TimeoutError as error:
            raise Refused(self.too_costly) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode in _KILLED:
            raise Refused(self.too_costly)
        if process.returncode or not output:
            self.log.warning(self.event, status=process.returncode)
            raise Refused(self.not_read)
        return output

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                self.python,
                *("-B", "-P", "-s", "-m", self.module),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a traceback may quote the file
                env={**self.environment, "PYTHONPATH": _ROOT},
            )
        except OSError as error:  # such as a lack of memory or of processes
            self.log.warning(self.event, reason=str(error))
            raise Refused(self.not_read) from error
