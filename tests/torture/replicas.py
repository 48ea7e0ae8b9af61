"""A stage with several bot processes on one PostgreSQL database, of which one leads."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import psycopg
from aiohttp import web
from psycopg.rows import dict_row

from bot.store.postgres import LOCK
from sandbox.server import Sandbox
from tests import postgres_schemas, postgres_server
from tests.coverage_env import unmeasured
from tests.journeys.programs import Program, started
from tests.journeys.world import PATIENCE, Json, until
from tests.ports import free_port
from tests.torture.records import Finding
from tests.torture.senders import sender
from tests.torture.stage import Stage
from tests.torture.wire import Wire
from tests.torture.witness import Witness

LOCK_PATIENCE = "set local lock_timeout = '60s'"
END_BACKENDS = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
LEASE = (
    "select holder, epoch,"
    " cast(extract(epoch from clock_timestamp() - taken_at) as double precision) as age from lease"
)
# Seconds after another process has taken the lease in which a call of its predecessor may arrive
# that was sent before.
ON_THE_WAY = 1.5
ASK = aiohttp.ClientTimeout(total=2.0)
LEADS = ("leader", "ok")  # its role, and whether it has a socket
READY = ("standby", "ok")  # its role, and whether it can read the database


@dataclass(eq=False)
class Replica:
    """One of the processes. `name` is that of its connections."""

    name: str
    wire: Wire
    env: dict[str, str]
    http: str
    log: Path
    process: Program | None = None

    @property
    def pid(self) -> int:
        """The id of its process; 0 without one."""
        return self.process.pid if self.process else 0

    async def launch(self, folder: Path) -> None:
        """Start it, as a standby or as the leader."""
        with self.log.open("ab") as log:
            self.process = await started(["run"], unmeasured(self.env), folder, log)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)

    async def ended(self, patience: float = PATIENCE) -> int:
        """Wait for its end; its exit status."""
        process, self.process = self.process, None
        if process is None:
            return 0
        return await asyncio.wait_for(process.wait(), patience)

    async def end(self, number: signal.Signals) -> int:
        """Send it a signal, and wait for its end."""
        self.send(number)
        return await self.ended()


class Replicas(Stage):
    """A stage whose bot is several processes."""

    def __init__(
        self, sandbox: Sandbox, folder: Path, witness: Witness, faster: float, schema: str
    ) -> None:
        super().__init__(sandbox, folder, witness, faster)
        self._schema = schema
        self._database = psycopg.connect(self._url(), autocommit=True, row_factory=dict_row)
        self._database.execute("set statement_timeout = '20s'")
        self._client = aiohttp.ClientSession(timeout=ASK)
        self.replicas: list[Replica] = []
        witness.before_change = self._check_sender

    async def add(self) -> None:
        """One more process, which is not started yet."""
        number = len(self.replicas) + 1
        wire = Wire(postgres_server.server().port)
        await wire.lay()
        name, http = f"{self._schema}-{number}", f"127.0.0.1:{free_port()}"
        env = {**self.env, "PROVBOT_DATABASE": self._url(wire.port, name), "PROVBOT_HTTP": http}
        log = self.log.with_name(f"bot{number}.log")
        self.replicas.append(Replica(name, wire, env, http, log))

    async def close(self) -> None:
        """End everything that is open."""
        await self._client.close()
        for replica in self.replicas:
            await replica.wire.take_away()
        self._database.close()

    def _url(self, port: int | None = None, name: str = "torture") -> str:
        options = quote(f"-csearch_path={self._schema}", safe="")
        url = postgres_server.server().url("provbot", port=port)
        return f"{url}?options={options}&application_name={name}"

    @property
    def env(self) -> dict[str, str]:
        """That of commands; each replica has a line to the database of its own."""
        return {**super().env, "PROVBOT_DATABASE": self._url()}

    # All processes

    async def launch(self) -> None:
        """Start all."""
        for replica in self.replicas:
            await replica.launch(self._folder)

    async def launch_one(self, replica: Replica) -> None:
        """Start one of them."""
        await replica.launch(self._folder)

    async def stop(self) -> int:
        """Ask all to end; the worst exit status."""
        return max(await self._end_all(signal.SIGTERM))

    async def kill(self) -> None:
        """The power cut of all."""
        await self._end_all(signal.SIGKILL)
        await until(self._is_offline, "the cloud noticed that the bot is gone")

    async def _end_all(self, number: signal.Signals) -> list[int]:
        return await asyncio.gather(*(replica.end(number) for replica in self.replicas))

    # Who leads

    def lease(self) -> tuple[Replica | None, int]:
        """Who holds the lease, if it runs, and the epoch."""
        (row,) = self.rows(LEASE)
        running = (each for each in self.replicas if each.pid == _pid(row))
        return next(running, None), int(row["epoch"])

    def _check_sender(self, request: web.Request) -> None:
        """Only the process with the lease changes anything in Webex."""
        (row,) = self.rows(LEASE)
        # None if the process has hung up, or was killed.
        peer = request.transport and request.transport.get_extra_info("peername")
        port = peer[1] if peer else 0
        pid = sender(port, [each.pid for each in self.replicas if each.pid])
        if pid not in (None, _pid(row)) and row["age"] > ON_THE_WAY:
            what = f"{request.method} {request.path} {row['age']:.1f} s after another led"
            self.findings.append(Finding("unauthorised", f"process {pid}", what))

    async def leader(self) -> Replica | None:
        """The process that leads and has a socket."""
        holder, _ = self.lease()
        return holder if holder and await self._is(holder, LEADS, "socket") else None

    async def is_ready(self, replica: Replica) -> bool:
        """Whether it is ready to lead."""
        return await self._is(replica, READY, "database")

    async def _is(self, replica: Replica, wanted: tuple[str, str], check: str) -> bool:
        try:
            async with self._client.get(f"http://{replica.http}/readyz") as answer:
                body = await answer.json()
        except (aiohttp.ClientError, TimeoutError):
            return False
        return (body.get("role"), body.get(check)) == wanted

    # The database

    def rows(self, sql: str, *values: Any) -> list[Json]:
        """What the database holds."""
        return self._database.execute(sql.replace("?", "%s").encode(), values).fetchall()

    def write(self, sql: str, *values: Any) -> None:
        """Change it behind the bot's back."""
        self._database.execute(sql.replace("?", "%s").encode(), values)

    async def keep_locked(self, seconds: float) -> None:
        """Keep everybody else from writing for so long."""
        connection = await psycopg.AsyncConnection.connect(self._url())
        try:
            await connection.execute(LOCK_PATIENCE)
            await connection.execute(LOCK)
            await asyncio.sleep(seconds)
        finally:
            await connection.close()

    def end_backends(self, replica: Replica) -> None:
        """End the connections of one of them, as an administrator does."""
        self.rows(END_BACKENDS, replica.name)

    # Afterwards

    def logged(self) -> str:
        """What all of them wrote."""
        return "".join(replica.log.read_text() for replica in self.replicas)

    def connected_at(self, epoch: int) -> float | None:
        """When the leader of this epoch first had a socket, in Unix seconds."""
        for replica in self.replicas:
            _, found, later = replica.log.read_text().partition(f'"epoch": {epoch}, "event": "lead')
            lines = [line for line in later.splitlines() if '"event": "connected"' in line]
            if found and lines:
                return datetime.fromisoformat(json.loads(lines[0])["timestamp"]).timestamp()
        return None


def _pid(row: Json) -> int:
    """The process that holds the lease; 0 if none does."""
    return int(str(row["holder"]).rpartition(":")[2] or 0)


@asynccontextmanager
async def replicated(
    sandbox: Sandbox, witness: Witness, folder: Path, faster: float, count: int
) -> AsyncIterator[Replicas]:
    """A stage with so many processes, none of which is started yet."""
    address = postgres_schemas.empty()
    scene = Replicas(sandbox, folder, witness, faster, postgres_schemas.name_of(address))
    try:
        for _ in range(count):
            await scene.add()
        yield scene
    finally:
        await scene.close()
        postgres_schemas.give_back(address)
