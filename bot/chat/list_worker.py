"""Reads lists in a process of their own, so that a large or malicious file costs nobody else time.

The process lives as long as the reading takes: there is none between two lists. Files wait for each
other, because a machine for one bot has few cores.
"""

import asyncio
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.chat import list_process
from bot.core import logs
from bot.core.errors import Refused
from bot.domain.lists.column_names import Field
from bot.domain.lists.columns import FOR_PHONES
from bot.domain.lists.rows import ReadList
from bot.domain.lists.sheet import TOO_LARGE, Limits
from bot.domain.lists.transfer import load_list, options_of

log = logs.get_logger("lists")

CPU_SECONDS = 5  # a list of 1,000 rows takes less than one
PATIENCE = 30.0  # seconds by the clock: the machine may be busy with something else
MEMORY = 384 * 1_048_576  # bytes of address space; Python and its libraries take 100 MB
_KILLED = (-9, -24)  # by the system: SIGKILL and SIGXCPU
_ROOT = str(Path(__file__).parents[2])

NOT_READ = (
    "I could not read the list. Nothing was changed. Please save it as CSV, and send that file; if"
    " the same happens again, tell the operator of this bot."
)


@dataclass
class ListWorker:
    """Reads lists, one at a time.

    `cpu_seconds` of work, `patience` in seconds by the clock, and `memory` in bytes bound each
    reading. `environment` is all that the process gets, such as `LD_LIBRARY_PATH`; most systems
    need none.
    """

    limits: Limits = field(default_factory=Limits)
    cpu_seconds: int = CPU_SECONDS
    patience: float = PATIENCE
    memory: int = MEMORY
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def read(
        self,
        content: bytes,
        *,
        required: Collection[Field] = FOR_PHONES,
        model: str = "",
        or_dect: bool = False,
    ) -> ReadList:
        """The list in a file, as `reader.read_file`; Refused also if it takes too long."""
        if len(content) > self.limits.bytes:  # need not wait for its turn
            raise Refused(TOO_LARGE.format(limit=f"{self.limits.bytes / 1_048_576:.3g} MB"))
        options = {
            "cpu_seconds": self.cpu_seconds,
            "memory": self.memory,
            **options_of(self.limits, required, model, or_dect=or_dect),
        }
        async with self._turn:
            output = await self._run(list_process.joined(options, content))
        return load_list(output)

    async def _run(self, text: bytes) -> bytes:
        """What the process writes; Refused if it writes nothing."""
        process = await self._start()
        try:
            async with asyncio.timeout(self.patience):
                output, _ = await process.communicate(text)
        except TimeoutError as error:
            raise Refused(list_process.TOO_COSTLY) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode in _KILLED:
            raise Refused(list_process.TOO_COSTLY)
        if process.returncode or not output:
            log.warning("list_not_read", status=process.returncode)
            raise Refused(NOT_READ)
        return output

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                self.python,
                *("-B", "-P", "-s", "-m", list_process.__name__),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a traceback may quote the list
                env={**self.environment, "PYTHONPATH": _ROOT},
            )
        except OSError as error:  # such as a lack of memory or of processes
            log.warning("list_not_read", reason=str(error))
            raise Refused(NOT_READ) from error
