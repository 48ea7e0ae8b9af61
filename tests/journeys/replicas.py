"""Several bot processes on one PostgreSQL database, of which one leads."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from bot.core.models.database_address import PostgresAddress
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests import postgres_schemas, postgres_server
from tests.coverage_env import unmeasured
from tests.journeys import leak_checks
from tests.journeys.database_line import Line
from tests.journeys.programs import FASTER, Program, started
from tests.journeys.world import PATIENCE, ROLES, Json, World, until
from tests.ports import free_port

SPEED = "60"  # two minutes in two seconds
TAKES_OVER = 10.0  # seconds within which another process leads
ASK = aiohttp.ClientTimeout(total=5.0)
LEASE_LOST = '"event": "lease_lost"'  # what an ex-leader logs at last
TABLES = "select tablename from pg_tables where schemaname = current_schema()"
ROWS = 'select cast(row_to_json(line) as text) as row from "{}" as line'


@dataclass
class Replica:
    """One of the processes."""

    line: Line
    env: dict[str, str]
    port: int
    log: Path
    process: Program | None = None

    async def launch(self, folder: Path) -> None:
        """Start it. Its look-ups take less time than in production."""
        with self.log.open("ab") as log:
            self.process = await started(["run"], self.env, folder, log)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end; its exit status."""
        process, self.process = self.process, None
        assert process is not None
        return await asyncio.wait_for(process.wait(), PATIENCE)

    async def end(self, number: signal.Signals) -> int:
        """Send it a signal, and wait for its end."""
        self.send(number)
        return await self.ended()

    async def ask(self, path: str) -> str:
        """What its health port answers; nothing if it does not."""
        try:
            async with (
                aiohttp.ClientSession(timeout=ASK) as http,
                http.get(f"http://127.0.0.1:{self.port}/{path}") as answer,
            ):
                return await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return ""

    async def checks(self) -> Json:
        """The result of each of its checks."""
        text = await self.ask("readyz")
        found: Json = json.loads(text) if text else {}
        return found

    async def leads(self) -> bool:
        """Whether it leads and is connected."""
        checks = await self.checks()
        return (checks.get("role"), checks.get("socket")) == ("leader", "ok")

    async def is_standby(self) -> bool:
        """Whether it is ready to lead."""
        checks = await self.checks()
        return (checks.get("role"), checks.get("database")) == ("standby", "ok")

    def events(self) -> list[str]:
        """What it logged, by name."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line).get("event", "") for line in lines if line.startswith("{")]


class Replicas(World):
    """A world whose bot is two processes."""

    def __init__(
        self, sandbox: Sandbox, folder: Path, env: dict[str, str], address: PostgresAddress
    ) -> None:
        super().__init__(sandbox, folder, env)
        self.address = address
        self._db: psycopg.Connection[Json] | None = None
        self._server_port = int(str(conninfo_to_dict(address.url)["port"]))
        self.all: list[Replica] = []

    async def add(self) -> Replica:
        """One more, which is not started."""
        line = Line(self._server_port)
        await line.lay()
        number, port = len(self.all) + 1, free_port()
        env = self.env | {
            "PROVBOT_DATABASE": self.address.url.replace(
                f":{self._server_port}/", f":{line.port}/"
            ),
            "PROVBOT_HTTP": f"127.0.0.1:{port}",
            FASTER: SPEED,
        }
        replica = Replica(line, unmeasured(env), port, self.log.with_name(f"bot{number}.log"))
        self.all.append(replica)
        return replica

    @property
    def env(self) -> dict[str, str]:
        """That of commands."""
        return super().env | {"PROVBOT_DATABASE": self.address.url}

    # The processes

    async def start(self) -> None:
        """Start all; returns when one leads, and each other one is a standby."""
        for replica in self.all:
            if replica.process is None:
                await replica.launch(self._folder)
        await self.leader()
        for replica in self.all:
            await until(has_role(replica), "each process leads or is a standby")

    async def leader(self, within: float = PATIENCE) -> Replica:
        """The process that leads, once there is one."""

        async def leading() -> Replica | None:
            for replica in self.all:
                if replica.process is not None and await replica.leads():
                    return replica
            return None

        found: Replica = await until(leading, "a process leads", within)
        return found

    async def both(self) -> tuple[Replica, Replica]:
        """The one that leads, and the other one, which is ready to lead."""
        await self.start()
        leader = await self.leader()
        (other,) = (replica for replica in self.all if replica is not leader)
        return leader, other

    async def led_by(self, replica: Replica) -> None:
        """Wait until it leads: within ten seconds, of which a busy machine may take some more."""
        began = time.monotonic()
        await until(replica.leads, "the other process leads")
        assert time.monotonic() - began < 2 * TAKES_OVER

    async def stop(self) -> int:
        """Ask all to end; the worst exit status."""
        return max(await self._end_all(signal.SIGTERM), default=0)

    async def kill(self) -> None:
        """The power cut of all."""
        await self._end_all(signal.SIGKILL)
        await until(self._is_offline, "the cloud noticed that the bot is gone")

    async def _end_all(self, number: signal.Signals) -> list[int]:
        running = [replica for replica in self.all if replica.process is not None]
        return await asyncio.gather(*(replica.end(number) for replica in running))

    async def close(self) -> None:
        """End what is open."""
        if self._db:
            self._db.close()
        for replica in self.all:
            await replica.line.take_away()

    # The database

    def rows(self, sql: str, *values: Any) -> list[Json]:
        """What it holds."""
        return self._execute(sql, values).fetchall()

    def write(self, sql: str, *values: Any) -> None:
        """Change it behind the bot's back."""
        self._execute(sql, values)

    def _execute(self, sql: str, values: Sequence[Any]) -> psycopg.Cursor[Json]:
        """On a connection that is made again if the server ended it."""
        query = sql.replace("?", "%s").encode()
        if self._db and not self._db.closed:
            try:
                return self._db.execute(query, values or None)
            except psycopg.OperationalError:
                self._db.close()
        self._db = psycopg.connect(self.address.url, autocommit=True, row_factory=dict_row)
        return self._db.execute(query, values or None)

    # Afterwards

    @property
    def logs(self) -> list[Path]:
        """Those of all processes."""
        return [replica.log for replica in self.all]

    def check(self, *, everything: bool = False) -> None:
        """No traceback and no secret in what they wrote, and no unfit card."""
        secrets = self.secrets()
        for replica in self.all:
            lines = replica.log.read_text().splitlines() if replica.log.exists() else []
            kept = [line for line in lines if LEASE_LOST not in line]
            leak_checks.check_log("\n".join(kept), secrets)
        for row in self.rows(TABLES):
            content = self.rows(ROWS.format(row["tablename"]))
            leak_checks.check_rows(content, secrets)


def has_role(replica: Replica) -> Any:
    """Whether it has a role by now."""

    async def is_known() -> bool:
        return await replica.leads() or await replica.is_standby()

    return is_known


@asynccontextmanager
async def replicated(
    folder: Path, roles: Sequence[tuple[str, ...]] = ROLES, **env: str
) -> AsyncIterator[Replicas]:
    """Two processes run; at the end they must stop with status 0 and leave nothing bad."""
    postgres_server.required()
    address = postgres_schemas.take()
    try:
        async with replicated_on(address, folder, roles, **env) as world:
            yield world
    finally:
        postgres_schemas.give_back(address)


@asynccontextmanager
async def replicated_on(
    address: PostgresAddress, folder: Path, roles: Sequence[tuple[str, ...]] = ROLES, **env: str
) -> AsyncIterator[Replicas]:
    """The same on a certain database."""
    async with Sandbox(Settings()) as sandbox:
        world = Replicas(sandbox, folder, env, address)
        try:
            for role in roles:
                await world.access("add", *role)
            async with running(world):
                yield world
        finally:
            await world.close()


@asynccontextmanager
async def running(world: Replicas) -> AsyncIterator[None]:
    """Two processes."""
    try:
        for _ in range(2):
            await world.add()
        await world.start()
        yield
    except BaseException:
        for replica in world.all:
            replica.send(signal.SIGCONT)
        await world.kill()
        raise
    assert await world.stop() == 0
    world.check()
