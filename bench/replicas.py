"""Two replicas of provbot on one database: one leads, and the other is ready to."""

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientError, ClientSession, ClientTimeout

from bench.stage import PROVBOT, Place, bare_stage
from tests.ports import free_port

LEADER, STANDBY = "leader", "standby"
LOOK_EVERY = 0.05  # seconds
LOOK = ClientTimeout(1.0)  # a frozen process does not answer
READY_WITHIN = 60.0  # seconds


class Replica:
    """A process, which may be started again after its end."""

    def __init__(self, place: Place, http: ClientSession) -> None:
        self._place, self._http = place, http
        self._port = free_port()
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it; it begins as standby."""
        more = {"PROVBOT_HTTP": f"127.0.0.1:{self._port}"}
        self._process = await self._place.run(PROVBOT.command, more)

    @property
    def process(self) -> Process:
        """The process that was started last."""
        assert self._process is not None
        return self._process

    async def is_now(self, role: str) -> float:
        """Wait until it is ready as leader or standby; return the time then."""
        give_up_at = time.perf_counter() + READY_WITHIN
        while await self._ready_as() != role:
            assert time.perf_counter() < give_up_at, f"no {role}:\n{self._place.log_tail()}"
            await asyncio.sleep(LOOK_EVERY)
        return time.perf_counter()

    async def _ready_as(self) -> str:
        """Its role; nothing if it is not ready."""
        try:
            url = f"http://127.0.0.1:{self._port}/readyz"
            async with self._http.get(url, timeout=LOOK) as answer:
                role = str((await answer.json()).get("role", ""))  # none yet at the start
                return role if answer.status == 200 else ""
        except (ClientError, TimeoutError):
            return ""

    async def end(self) -> None:
        """Kill it, if it still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class Pair:
    """The leader and the standby."""

    def __init__(self, place: Place, leader: Replica, standby: Replica) -> None:
        self.place, self.leader, self.standby = place, leader, standby

    async def change_over(self) -> None:
        """The standby leads now; start what led again, as the standby."""
        await self.leader.end()
        self.leader, self.standby = self.standby, self.leader
        await self.standby.start()
        await self.standby.is_now(STANDBY)


@asynccontextmanager
async def pair(database: str) -> AsyncIterator[Pair]:
    """Run two replicas on an empty database of PostgreSQL."""
    more = {"PROVBOT_DATABASE": database, "PROVBOT_FOLLOW_MINUTES": "0"}
    async with bare_stage(more=more) as place, ClientSession() as http:
        prepared = await place.run(PROVBOT.before)
        assert await prepared.wait() == 0, "the bot could not be prepared"
        made = Pair(place, Replica(place, http), Replica(place, http))
        try:
            for replica, role in ((made.leader, LEADER), (made.standby, STANDBY)):
                await replica.start()
                await replica.is_now(role)
            yield made
        finally:
            await made.leader.end()
            await made.standby.end()
