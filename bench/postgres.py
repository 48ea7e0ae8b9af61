"""A PostgreSQL server of the benchmark's own, which flushes to disk as a server of a company."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql

from tests.postgres_server import Server, programs, running

NOT_INSTALLED = (
    "PostgreSQL is not installed, so what needs it is not measured."
    " Debian: apt-get install postgresql"
)
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "log_min_messages": "fatal",
    "log_min_error_statement": "fatal",
}
TRANSACTIONS = """
select xact_commit + xact_rollback from pg_stat_database where datname = %s
"""


def installed() -> bool:
    """Whether this machine has PostgreSQL."""
    return programs() is not None


@contextmanager
def server() -> Iterator[Server]:
    """Run a server until the body ends."""
    with TemporaryDirectory(prefix="bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the user who runs the server must be able to enter it
        with running(folder, SETTINGS) as started:
            yield started


def new_database(server: Server, name: str) -> str:
    """Make an empty database; return its address."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return server.url(name)


def transactions(server: Server, database: str) -> int:
    """How many transactions there were in a database so far."""
    with psycopg.connect(server.url("postgres")) as admin:
        row = admin.execute(TRANSACTIONS, [database]).fetchone()
    assert row is not None
    return int(row[0])
