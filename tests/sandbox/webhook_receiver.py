"""A webhook target, and helpers to subscribe it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from sandbox.server import Sandbox

TOM, TESS, ADA, SAM = (f"{item}@acme.example" for item in ("tom", "tess", "ada", "sam"))
TIMEOUT = 20.0


@dataclass
class Receiver:
    """A webhook target: the envelopes that arrived, and the answer it gives."""

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
        """Return the next envelope."""
        return (await asyncio.wait_for(self.arrived.get(), TIMEOUT))[0]


@asynccontextmanager
async def webhook_target() -> AsyncIterator[Receiver]:
    """Run a webhook target on a plain aiohttp server."""
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


async def subscribe(
    http: ClientSession, url: str, resource: str, event: str, **options: str
) -> Any:
    """Register a webhook."""
    body = {"name": "h", "targetUrl": url, "resource": resource, "event": event, **options}
    async with http.post("/v1/webhooks", json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def call(http: ClientSession, method: str, path: str, body: Any = None) -> Any:
    async with http.request(method, "/v1" + path, json=body) as response:
        assert response.status in (200, 204), await response.text()
        return await response.json() if response.status == 200 else None


async def wait_until(condition: Callable[[], Awaitable[bool]], sandbox: Sandbox) -> None:
    """Wait for a condition, which is checked again at each event."""
    deadline = sandbox.cloud.event_log.deadline(TIMEOUT)
    while not await condition():
        assert await sandbox.cloud.event_log.next(deadline), "it did not come to that"


async def delivery_attempts(sandbox: Sandbox, count: int) -> list[dict[str, Any]]:
    """Return the deliveries, once there are so many."""

    async def are_there() -> bool:
        return len(sandbox.cloud.webhook_sender.attempts) >= count

    await wait_until(are_there, sandbox)
    async with (
        ClientSession() as http,
        http.get(f"{sandbox.control_url}/webhooks") as response,
    ):
        return list((await response.json())["attempts"])
