"""The official JavaScript SDK in its own Node process, driven line by line (see js/sdk.mjs)."""

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox.server import Sandbox

Json = dict[str, Any]

DRIVER = Path(__file__).parent / "js" / "sdk.mjs"
TIMEOUT = 30.0  # seconds; much more than any answer takes
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Refused(Exception):
    """The SDK raised an error; carries the HTTP status, or None."""

    def __init__(self, status: int | None, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


def node() -> str:
    """Return the path of the machine's Node, or of the one from the development packages."""
    places = os.pathsep.join((os.environ["PATH"], str(Path(sys.executable).parent)))
    matches = shutil.which("node", path=places)
    assert matches, "There is no node; `make install` brings one."
    return matches


def environment(sandbox: Sandbox) -> dict[str, str]:
    """What the SDK needs to find the sandbox and to trust it (docs/webex/messaging.md §1.9)."""
    kept = {name: value for name, value in os.environ.items() if name not in PROXIES}
    where = {
        "U2C_SERVICE_URL": f"{sandbox.cloud.base_url}/u2c/api/v1",
        "HYDRA_SERVICE_URL": sandbox.api_url,
        "NODE_EXTRA_CA_CERTS": sandbox.ca_file,
    }
    return kept | sandbox.env | where


class Sdk:
    """Send calls, receive answers and events."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._events: list[Json] = []
        self._news = asyncio.Condition()

    async def call(self, name: str, *values: Any) -> Any:
        """Call `webex.<resource>.<method>(...values)`, or `listen`; raises Refused."""
        number = len(self._waiting)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "call": name, "given": values})
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        return await asyncio.wait_for(answer, TIMEOUT)

    async def wait_for_event(self, event: str, where: Callable[[Json], bool] = bool) -> Json:
        """Return the first event of that name (`messages:created`) whose data match."""
        async with self._news, asyncio.timeout(TIMEOUT):
            while True:
                for output in self._events:
                    if output["heard"] == event and where(output["envelope"]["data"]):
                        envelope: Json = output["envelope"]
                        return envelope
                await self._news.wait()

    def count(self, event: str) -> int:
        """Return how often that event arrived."""
        return sum(output["heard"] == event for output in self._events)

    async def read(self) -> None:
        """Read the SDK's output until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            await self._take(json.loads(line))

    async def _take(self, output: Json) -> None:
        if "heard" in output:
            async with self._news:
                self._events.append(output)
                self._news.notify_all()
        elif "error" in output:
            self._waiting[output["id"]].set_exception(Refused(output["status"], output["error"]))
        else:
            self._waiting[output["id"]].set_result(output["answer"])


@asynccontextmanager
async def sdk_in(sandbox: Sandbox, **options: str) -> AsyncIterator[Sdk]:
    """Run an SDK in that cloud; it must not have logged errors at the end."""
    process = await asyncio.create_subprocess_exec(
        node(),
        str(DRIVER),
        env=environment(sandbox) | options,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        limit=2**22,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    sdk = Sdk(process)
    reading = asyncio.create_task(sdk.read())
    complaints = asyncio.create_task(process.stderr.read())
    try:
        yield sdk
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), TIMEOUT)
        await reading
    assert (await complaints).decode() == ""
