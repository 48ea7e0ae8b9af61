"""The lease on a real server, between two processes that want it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from bot.core.errors import ConfigError, DatabaseUnavailable
from bot.core.models.database_address import PostgresAddress
from bot.store.lease import DURATION, Lease, Taken, state
from bot.store.postgres import PostgresDatabase
from bot.store.sql import transaction
from tests import database, postgres_schemas, postgres_server

pytestmark = pytest.mark.slow  # it wants a server


@pytest.fixture
def address(own_databases: None) -> Iterator[PostgresAddress]:
    """That of a database with all tables."""
    postgres_server.required()
    taken = postgres_schemas.take()
    yield taken
    postgres_schemas.give_back(taken)


@pytest.fixture
def db(address: PostgresAddress) -> Iterator[PostgresDatabase]:
    """Another connection."""
    connection = PostgresDatabase(address)
    yield connection
    connection.close()


@pytest.fixture
def first(address: PostgresAddress) -> Iterator[Lease]:
    """The lease of one process."""
    lease = Lease(address, "first:1")
    yield lease
    lease.close()


@pytest.fixture
def second(address: PostgresAddress) -> Iterator[Lease]:
    """The lease of another process."""
    lease = Lease(address, "second:2")
    yield lease
    lease.close()


def took(taken: Taken | None) -> int:
    """The epoch of who has taken the lease."""
    assert taken is not None
    return taken.epoch


def pass_by(db: PostgresDatabase, seconds: float) -> None:
    """Let the last renewal be older."""
    query = "update lease set renewed_at = renewed_at - ? * interval '1 second'"
    db.execute(query, [seconds])


def test_of_two_only_one_takes_it(first, second, db):
    epoch = took(first.take())
    assert second.take() is None
    assert first.take() is None  # nobody takes it twice
    held = state(db)
    assert (held.holder, held.epoch, held.is_fresh) == ("first:1", epoch, True)


def test_of_many_at_the_same_moment_only_one_takes_it(address):
    leases = [Lease(address, f"process:{number}") for number in range(8)]
    barrier, taken = threading.Barrier(len(leases)), list[Taken | None]()

    def take(lease: Lease) -> None:
        lease._connected()
        barrier.wait(20)
        taken.append(lease.take())
        lease.close()

    threads = [threading.Thread(target=take, args=[lease]) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(taken) == len(leases)
    assert len([each for each in taken if each is not None]) == 1


def test_it_is_free_after_six_seconds_without_renewal(first, second, db):
    epoch = took(first.take())
    pass_by(db, DURATION - 1)
    assert second.take() is None
    pass_by(db, 1)
    assert not state(db).is_fresh
    taken = second.take()
    assert took(taken) > epoch
    assert taken == Taken(state(db).epoch, ran_out=True)
    assert state(db).holder == "second:2"


def test_a_renewal_keeps_it(first, second, db):
    epoch = took(first.take())
    for _ in range(3):
        pass_by(db, DURATION - 1)
        assert first.renew(epoch)
        assert second.take() is None


def test_it_can_be_renewed_late_if_nobody_took_it(first, second, db):
    epoch = took(first.take())
    pass_by(db, 3600)
    assert first.renew(epoch)
    assert second.take() is None


def test_who_lost_it_cannot_renew_it_or_give_it_back(first, second, db):
    epoch = took(first.take())
    pass_by(db, DURATION)
    later = took(second.take())
    assert not first.renew(epoch)
    first.give_back(epoch)
    assert state(db).is_fresh
    assert second.renew(later)


def test_given_back_it_is_free_at_once(first, second, db):
    epoch = took(first.take())
    first.give_back(epoch)
    held = state(db)
    assert (held.holder, held.age, held.is_fresh) == ("", None, False)
    taken = second.take()
    assert took(taken) > epoch
    assert taken == Taken(state(db).epoch, ran_out=False)


def test_given_back_as_run_out_it_is_free_at_once_too(first, second, db):
    first.give_back(took(first.take()), as_run_out=True)
    held = state(db)
    assert (held.holder, held.is_fresh) == ("", False)
    assert second.take() == Taken(state(db).epoch, ran_out=True)


def test_the_epoch_grows_whatever_the_clock_says(first, second, db):
    epochs = [took(first.take())]
    db.execute("update lease set epoch = epoch + 1000000")  # as by a clock that was ahead
    for _ in range(3):
        pass_by(db, DURATION)
        epochs.append(took(second.take()))
    assert epochs == sorted({*epochs})
    assert epochs[0] >= time.time() - 60
    assert epochs[1] > epochs[0] + 1000000


def test_a_database_of_a_newer_version_is_left_alone(first, db):
    db.execute("insert into provbot_migrations (name) values ('m999_future')")
    with pytest.raises(ConfigError, match="newer provbot"):
        first.take()
    assert state(db).epoch == 0
    assert not state(db).is_fresh


def test_a_transaction_of_who_lost_it_is_refused_and_the_process_ends(first, second, db):
    fenced = list[str]()
    epoch = took(first.take())
    db.lead(epoch, lambda: fenced.append("ended"))
    with transaction(db):
        db.execute("insert into first_admins (email) values ('ada@acme.example')")
    pass_by(db, DURATION)
    second.take()
    with pytest.raises(DatabaseUnavailable, match="Another process leads"), transaction(db):
        raise AssertionError("It began.")
    assert fenced == ["ended"]
    assert not db.in_transaction


def test_the_lease_is_not_taken_in_the_middle_of_a_transaction(first, second, db, address):
    db.lead(took(first.take()), lambda: None)
    pass_by(db, DURATION)
    taking = threading.Thread(target=second.take)
    with transaction(db):
        taking.start()
        wait_for_lock(address)
        db.execute("insert into first_admins (email) values ('ada@acme.example')")
    taking.join(20)
    held = state(db)
    assert (held.holder, database.count(db, "first_admins")) == ("second:2", 1)


def wait_for_lock(address: PostgresAddress) -> None:
    """Wait until a connection waits for an advisory lock."""
    query = (
        "select count(*) from pg_stat_activity"
        " where wait_event = 'advisory' and application_name = %s"
    )
    with psycopg.connect(address.url, autocommit=True) as looking:
        while not looking.execute(query, [postgres_schemas.name_of(address)]).fetchone()[0]:  # type: ignore[index]
            pass


def test_a_process_that_stands_still_in_a_transaction_delays_nobody_for_long(
    first, second, db, address
):
    """Its transaction is ended by the server, and it notices."""
    db.lead(took(first.take()), lambda: None)
    pass_by(db, DURATION)
    db.begin_immediate()
    db.execute("insert into first_admins (email) values ('ada@acme.example')")
    began = time.monotonic()
    assert second.take() is not None
    assert time.monotonic() - began < DURATION
    with pytest.raises(DatabaseUnavailable):
        db.commit()
    with closing(PostgresDatabase(address)) as other:
        assert database.count(other, "first_admins") == 0


def test_a_renewal_that_a_silent_server_does_not_answer_is_interrupted(first, db):
    """Its backend stands still, while the machine keeps the connection."""
    epoch = took(first.take())
    query = "select pg_backend_pid()"
    (pid,) = first._connected().execute(query).fetchone()
    failed = list[BaseException]()

    def renew() -> None:
        try:
            first.renew(epoch)
        except DatabaseUnavailable as error:
            failed.append(error)

    os.kill(pid, signal.SIGSTOP)
    try:
        renewing = threading.Thread(target=renew)
        renewing.start()
        renewing.join(0.2)
        assert renewing.is_alive()
        first.interrupt()
        renewing.join(20)
        assert len(failed) == 1
        assert first.renew(epoch)  # on a new connection
    finally:
        os.kill(pid, signal.SIGCONT)


def test_without_a_connection_there_is_nothing_to_interrupt(first):
    first.interrupt()
    took(first.take())
    first.close()
    first.interrupt()
