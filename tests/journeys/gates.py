"""Calls that Webex does not answer before a test lets it, however fast or busy the machine is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from aiohttp import web

from sandbox.cloud import CLOUD, Cloud
from sandbox.server import OBSERVERS
from tests.journeys.world import PATIENCE, World


@dataclass(eq=False)
class Gate:
    """Holds the calls of one kind until it is opened. `path` is a glob on the path below `/v1`."""

    cloud: Cloud
    method: str
    path: str
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self) -> None:
        """Wait until a call is held; TimeoutError if none comes."""
        async with asyncio.timeout(PATIENCE):
            await self._reached.wait()

    def open(self) -> None:
        """Let the calls through, those that are held and those that come later."""
        self._opened.set()
        with suppress(ValueError):
            _CLOSED.remove(self)

    def holds(self, request: web.Request) -> bool:
        """Whether it is for this call."""
        is_of_kind = request.method == self.method and request.app[CLOUD] is self.cloud
        return is_of_kind and fnmatchcase(request.path.removeprefix("/v1"), self.path)

    async def pass_through(self) -> None:
        """Note that a call came, and wait until the gate is open."""
        self._reached.set()
        await self._opened.wait()


_CLOSED: list[Gate] = []


@asynccontextmanager
async def held(world: World, method: str, path: str) -> AsyncIterator[Gate]:
    """Inside, these calls have no effect and no answer until the gate is opened."""
    gate = Gate(world.sandbox.cloud, method, path)
    _CLOSED.append(gate)
    try:
        yield gate
    finally:
        gate.open()


@web.middleware
async def observer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Hold the call if there is a gate for it."""
    for gate in [gate for gate in _CLOSED if gate.holds(request)]:
        await gate.pass_through()
    return await handler(request)


OBSERVERS.append(observer)
