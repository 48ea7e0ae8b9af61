"""The official JavaScript SDK in a Node of its own, spoken to line by line (js/sdk.mjs is the other end)."""

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
PATIENCE = 30.0  # seconds; far beyond what any answer takes
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Refused(Exception):
    """The SDK raised; carries the HTTP status, None where there was none."""

    def __init__(self, status: int | None, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


def node() -> str:
    """The machine's own Node, else the one that came with the packages for development."""
    places = os.pathsep.join((os.environ["PATH"], str(Path(sys.executable).parent)))
    found = shutil.which("node", path=places)
    assert found, "There is no node; `make install` brings one."
    return found


def environment(sandbox: Sandbox) -> dict[str, str]:
    """What the SDK needs to find the sandbox and to trust it (webex-messaging.md §1.9)."""
    kept = {name: value for name, value in os.environ.items() if name not in PROXIES}
    where = {
        "U2C_SERVICE_URL": f"{sandbox.cloud.base_url}/u2c/api/v1",
        "HYDRA_SERVICE_URL": sandbox.api_url,
        "NODE_EXTRA_CA_CERTS": sandbox.ca_file,
    }
    return kept | sandbox.env | where


class Sdk:
    """Calls in, answers and events out."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._heard: list[Json] = []
        self._news = asyncio.Condition()

    async def call(self, name: str, *given: Any) -> Any:
        """`webex.<resource>.<method>(...given)`, or `listen` to everything; Refused when it raises."""
        number = len(self._waiting)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "call": name, "given": given})
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        return await asyncio.wait_for(answer, PATIENCE)

    async def heard(self, event: str, where: Callable[[Json], bool] = bool) -> Json:
        """The first event of that name (`messages:created`) whose data are like that."""
        async with self._news, asyncio.timeout(PATIENCE):
            while True:
                for one in self._heard:
                    if one["heard"] == event and where(one["envelope"]["data"]):
                        envelope: Json = one["envelope"]
                        return envelope
                await self._news.wait()

    def count(self, event: str) -> int:
        """How often that was heard."""
        return sum(one["heard"] == event for one in self._heard)

    async def read(self) -> None:
        """Take in what the SDK says until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            await self._take(json.loads(line))

    async def _take(self, said: Json) -> None:
        if "heard" in said:
            async with self._news:
                self._heard.append(said)
                self._news.notify_all()
        elif "error" in said:
            self._waiting[said["id"]].set_exception(Refused(said["status"], said["error"]))
        else:
            self._waiting[said["id"]].set_result(said["answer"])


@asynccontextmanager
async def sdk_in(sandbox: Sandbox, **more: str) -> AsyncIterator[Sdk]:
    """An SDK in that cloud; at the end it must have had nothing to complain about."""
    process = await asyncio.create_subprocess_exec(
        node(), str(DRIVER), env=environment(sandbox) | more,
        stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=2**22,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stderr is not None
    sdk = Sdk(process)
    reading = asyncio.create_task(sdk.read())
    complaints = asyncio.create_task(process.stderr.read())
    try:
        yield sdk
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), PATIENCE)
        await reading
    assert (await complaints).decode() == ""
