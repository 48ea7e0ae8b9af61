"""PostgreSQL on its hard days: processes that stand still, half a backup, clocks, other roles."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from bot.core.errors import DatabaseError, DatabaseUnavailable
from bot.core.models.database_address import PostgresAddress
from bot.service.leader import Leadership, leading
from bot.store import lease, postgres, watched
from bot.store.database import Store, instance, open_standby
from bot.store.lease import Lease
from bot.store.postgres import PostgresDatabase
from bot.store.sql import Database, insert, transaction
from tests import postgres_schemas, postgres_server

pytestmark = pytest.mark.slow

FENCE = "from bot.service.leader import fence; fence()"
# Fill the pipe, so that the next line waits for a reader.
FILL = """
import os
os.set_blocking(1, False)
try:
    while True:
        os.write(1, b"x" * 65536)
except BlockingIOError:
    os.set_blocking(1, True)
"""


@pytest.fixture
def address(own_databases: None) -> Iterator[PostgresAddress]:
    """A new installation."""
    postgres_server.required()
    taken = postgres_schemas.take()
    yield taken
    postgres_schemas.give_back(taken)


@pytest.fixture
def db(address: PostgresAddress) -> Iterator[PostgresDatabase]:
    """A connection to it."""
    with closing(postgres.connect(address)) as made:
        yield made


def admin() -> psycopg.Connection[object]:
    """Another session of an administrator."""
    url = postgres_server.server().url("provbot")
    return psycopg.connect(url, autocommit=True)


def end(process: int) -> None:
    """End a connection, as a restart of the server does."""
    with admin() as connection:
        connection.execute("select pg_terminate_backend(%s, 5000)", [process])


async def test_a_standby_whose_connection_was_lost_meanwhile_can_lead(address, db):
    store = Store(address, opening=open_standby)
    try:
        end(store._db._connection.info.backend_pid)  # type: ignore[attr-defined]
        with closing(Lease(address, "me")) as mine:
            taken = mine.take()
            assert taken is not None
            await store.lead(taken.epoch, lambda: None)
        await store.call(insert, "marks", {"id": 1, "heard_until": 1.0})
        assert db.execute("select count(*) from marks").fetchone() == (1,)
    finally:
        store.close()


def test_a_search_path_that_begins_elsewhere_means_the_same_lock(address, db):
    name = postgres_schemas.name_of(address)
    with admin() as connection:
        connection.execute(f"create schema {name}_ops")
        connection.execute(f"set search_path = {name}_ops, {name}")
        connection.execute("set lock_timeout = '100ms'")
        try:
            db.begin_immediate()
            with pytest.raises(psycopg.errors.LockNotAvailable), connection.transaction():
                connection.execute(postgres.LOCK.encode())
        finally:
            db.rollback()
            connection.execute(f"drop schema {name}_ops")


def test_a_process_that_stands_still_in_an_upgrade_keeps_no_lock(address, db):
    assert postgres.applied(db)
    db.execute("delete from provbot_migrations")
    with pytest.raises(DatabaseError):  # the tables are there
        postgres.upgrade(db)
    with admin() as connection:
        locks = connection.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and pid = %s",
            [db._connection.info.backend_pid],
        ).fetchone()
    assert locks == (0,)


def test_what_changed_while_a_connection_was_lost_is_seen(db):
    with transaction(db):
        insert(db, "requests", {"code": "R1", "state": "running", "version": 1})
        watched.watch(db, ["R1"])
        before = watched.mark(db, "R1")
    end(db._connection.info.backend_pid)
    with transaction(db):
        watched.watch(db, ["R1", "R2"])
        assert watched.mark(db, "R1") not in (None, before)


def test_a_part_of_a_backup_is_refused_with_a_sentence(db):
    db.execute("delete from lease")
    with pytest.raises(DatabaseError, match="a part of a backup was restored"):
        db.begin_immediate()
    assert not db.in_transaction


def test_nobody_leads_with_half_a_backup_and_is_told_why(address, db):
    db.execute("delete from lease")
    with closing(Lease(address, "me")) as mine:
        for ask in (mine.take, mine.look):
            with pytest.raises(DatabaseError, match="no row in the table `lease`"):
                ask()


def test_a_text_that_no_index_holds_is_no_passing_failure(db):
    """Random, because PostgreSQL compresses it before it refuses it."""
    with pytest.raises(DatabaseError) as refused, transaction(db):
        insert(db, "events", {"id": os.urandom(6000).hex(), "kind": "message"})
    assert not isinstance(refused.value, DatabaseUnavailable)


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_of_the_server_that_was_set_keeps_nobody_from_leading(address, db, seconds):
    query = "update lease set epoch = 1, renewed_at = clock_timestamp() + ? * interval '1 second'"
    db.execute(query, [seconds])
    assert not lease.state(db).is_fresh
    with closing(Lease(address, "me")) as mine:
        assert mine.take() is not None
        assert lease.state(db).is_fresh


def test_a_server_that_confirms_before_it_writes_is_told_not_to(address):
    name = postgres_schemas.name_of(address)
    off = PostgresAddress(
        address.url.replace(name, f"{name}%20-csynchronous_commit%3Doff", 1), address.password
    )
    with closing(postgres.connect(off)) as db:
        assert db.execute("show synchronous_commit").fetchone() == ("on",)
        assert db.execute("select current_schema()").fetchone() == (name,)


def test_the_server_ends_what_reads_no_more(db):
    """A process may stand still while it is sent an answer: no timeout of statements ends that."""
    query = "select current_setting('tcp_user_timeout'), current_setting('tcp_keepalives_idle')"
    assert db.execute(query).fetchone() == ("5000", "2")


@pytest.mark.parametrize("reader", ["closed", "silent"])
def test_a_process_that_lost_its_lease_ends_although_nobody_reads_its_log(reader):
    command = [sys.executable, "-c", f"{FILL}\n{FENCE}" if reader == "silent" else FENCE]
    with subprocess.Popen(  # noqa: S603 - our own
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        if reader == "closed":
            assert process.stdout
            process.stdout.close()
        try:
            assert process.wait(30) == 1
        finally:
            process.kill()


async def test_what_is_queued_at_the_end_is_written_before_another_process_leads(address, db):
    store, fenced = Store(address, opening=open_standby), []
    leadership = Leadership(
        Lease(address, "first"), lease.DURATION, fence=lambda _: fenced.append(1)
    )
    async with leading(leadership, store):
        store.write_behind(insert, "people", {"person_id": "late"})
    with closing(Lease(address, "second")) as second:
        assert second.take() is not None
    store.write_behind(insert, "people", {"person_id": "later"})
    store.close()
    assert db.execute("select person_id from people").fetchall() == [("late",)]
    assert fenced == []


def test_a_statement_of_before_an_upgrade_may_be_tried_again(address):
    with closing(postgres.connect(address)) as db:
        for _ in range(8):  # then it is prepared
            with transaction(db):
                db.execute("select * from marks where id = ?", [1]).fetchall()
        with closing(postgres.connect(address)) as other:
            other.execute("alter table marks add column later bigint")
        with pytest.raises(DatabaseUnavailable, match="cached plan"), transaction(db):
            db.execute("select * from marks where id = ?", [1]).fetchall()
        with transaction(db):
            assert db.execute("select * from marks where id = ?", [1]).fetchall() == []
        with pytest.raises(DatabaseError) as refused:
            db.execute("select count(*) from marks for update")
        assert not isinstance(refused.value, DatabaseUnavailable)


async def test_a_transaction_that_a_silent_server_does_not_end_is_given_up(address):
    store = Store(address)
    try:
        process = store._db._connection.info.backend_pid  # type: ignore[attr-defined]
        hanging = asyncio.create_task(store.call(_hang))
        while not store.interrupt(0.2):  # noqa: ASYNC110 - until it has hung for long enough
            await asyncio.sleep(0.05)
        with pytest.raises(DatabaseUnavailable):
            await hanging
        end(process)  # else it keeps its lock until a statement may take no longer
        assert await store.call(instance)
    finally:
        store.close()


def _hang(db: Database) -> None:
    db.execute("select pg_sleep(20)")
