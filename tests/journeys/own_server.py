"""A PostgreSQL server that a journey may stop, fill up and bring into trouble."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from bot.core.models.database_address import PostgresAddress
from tests import postgres_server

MAX_CONNECTIONS = 20
NAME = "provbot"
END = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where backend_type = 'client backend' and pid <> pg_backend_pid()"
)
# What fails while it is there, with an error of that class.
FAILS = """
create function fail() returns trigger language plpgsql as $$
begin raise exception 'trouble' using errcode = '{state}'; end $$;
create trigger trouble before insert or update on {table} for each row execute function fail();
"""
WORKS = "drop trigger trouble on {table}; drop function fail()"


class OwnServer:
    """The server, and what can become of it."""

    def __init__(self, folder: Path, port: int) -> None:
        self._data = folder / "data"
        self.address = PostgresAddress(postgres_server.Server(port).url(NAME))
        self.admin_url = postgres_server.Server(port).url("postgres")

    def execute(self, sql: str, url: str = "") -> None:
        """Run statements as an administrator."""
        with psycopg.connect(url or self.admin_url, autocommit=True) as connection:
            connection.execute(sql.encode())

    async def _control(self, *arguments: str) -> None:
        await asyncio.to_thread(postgres_server.control, self._data, *arguments)

    async def stop(self) -> None:
        """The power cut of the database."""
        await self._control("-m", "immediate", "stop")

    async def start(self) -> None:
        """It recovers."""
        await self._control("-l", str(self._data / "log"), "start")

    @asynccontextmanager
    async def gone(self) -> AsyncIterator[None]:
        """There is none."""
        await self.stop()
        yield
        await self.start()

    @asynccontextmanager
    async def read_only(self) -> AsyncIterator[None]:
        """As a replica is, until it is promoted."""
        self.execute("alter system set default_transaction_read_only = on")
        self.execute("select pg_reload_conf()")
        yield
        self.execute("alter system reset default_transaction_read_only")
        self.execute("select pg_reload_conf()")

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """Others have all connections."""
        others = list[psycopg.Connection[Any]]()
        with suppress(psycopg.OperationalError):
            while True:
                others.append(psycopg.connect(self.admin_url, autocommit=True))
        others[0].execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'provbot'"
        )
        with suppress(psycopg.OperationalError):
            while True:
                others.append(psycopg.connect(self.admin_url))
        yield
        for connection in others:
            connection.close()

    @asynccontextmanager
    async def ending_connections(self) -> AsyncIterator[None]:
        """An administrator ends them, again and again."""

        async def end() -> None:
            while True:
                self.execute(END)
                await asyncio.sleep(0.1)

        ending = asyncio.create_task(end())
        yield
        ending.cancel()

    @asynccontextmanager
    async def failing(self, state: str, table: str) -> AsyncIterator[None]:
        """Writing to that table fails."""
        self.execute(FAILS.format(state=state, table=table), self.address.url)
        yield
        self.execute(WORKS.format(table=table), self.address.url)

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Another session has the lock of provbot's transactions, as a dump with a lock would."""
        with psycopg.connect(self.address.url, autocommit=True) as other:
            other.execute("begin")
            other.execute("lock table events, requests, steps in access exclusive mode")
            yield
            other.execute("rollback")


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A server; its folder is one that another user can enter."""
    postgres_server.required()
    folder = Path(tempfile.mkdtemp(prefix="provbot-own-server-"))
    folder.chmod(0o755)
    settings = postgres_server.SETTINGS | {"max_connections": str(MAX_CONNECTIONS)}
    try:
        with postgres_server.running(folder, settings) as server:
            own = OwnServer(folder, server.port)
            data = folder / "data"
            given = {"port": str(server.port), "unix_socket_directories": str(data)}
            with (data / "postgresql.conf").open("a") as conf:  # for the next start
                lines = [f"{name} = '{value}'\n" for name, value in (settings | given).items()]
                conf.writelines(lines)
            own.execute(f"create database {NAME}")
            yield own
    finally:
        shutil.rmtree(folder, ignore_errors=True)
