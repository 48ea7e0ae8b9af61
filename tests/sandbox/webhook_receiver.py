"""Somebody's webhook target, and how to subscribe it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from sandbox.server import Sandbox

TOM, TESS, ADA, SAM = (f"{one}@acme.example" for one in ("tom", "tess", "ada", "sam"))
PATIENCE = 20.0


@dataclass
class Receiver:
    """Somebody's webhook target: what arrived, and what it answers."""

    url: str = ""
    status: int = 204
    arrived: asyncio.Queue[tuple[dict[str, Any], bytes, dict[str, str]]] = field(
        default_factory=asyncio.Queue
    )
    hold: asyncio.Event | None = None
    inside: int = 0
    most: int = 0

    async def hook(self, request: web.Request) -> web.Response:
        self.inside += 1
        self.most = max(self.most, self.inside)
        raw = await request.read()
        self.arrived.put_nowait((json.loads(raw), raw, dict(request.headers)))
        if self.hold is not None:
            await self.hold.wait()
        self.inside -= 1
        return web.Response(status=self.status, headers={"Location": "http://192.0.2.1/"})

    async def next(self) -> dict[str, Any]:
        """The next envelope."""
        return (await asyncio.wait_for(self.arrived.get(), PATIENCE))[0]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A plain aiohttp server."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.hook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        if receiver.hold is not None:
            receiver.hold.set()
        await runner.cleanup()


async def subscribe(http: ClientSession, url: str, resource: str, event: str, **more: str) -> Any:
    """Register a webhook."""
    body = {"name": "h", "targetUrl": url, "resource": resource, "event": event, **more}
    async with http.post("/v1/webhooks", json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def call(http: ClientSession, method: str, path: str, body: Any = None) -> Any:
    async with http.request(method, "/v1" + path, json=body) as response:
        assert response.status in (200, 204), await response.text()
        return await response.json() if response.status == 200 else None


async def until(condition: Callable[[], Awaitable[bool]], sandbox: Sandbox) -> None:
    """Wait for a condition, looking again at each change."""
    deadline = sandbox.cloud.changes.deadline(PATIENCE)
    while not await condition():
        assert await sandbox.cloud.changes.next(deadline), "it did not come to that"


async def attempts(sandbox: Sandbox, count: int) -> list[dict[str, Any]]:
    """The deliveries, once there are so many."""

    async def are_there() -> bool:
        return len(sandbox.cloud.deliveries.attempts) >= count

    await until(are_there, sandbox)
    async with (
        ClientSession() as http,
        http.get(f"{sandbox.control_url}/webhooks") as response,
    ):
        return list((await response.json())["attempts"])
