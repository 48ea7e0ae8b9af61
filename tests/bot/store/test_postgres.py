"""PostgreSQL itself: what its connections make of our SQL, and what when they are lost."""
# ruff: noqa: PT012 - what fails is often the end of a transaction

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

from bot.core.errors import DatabaseError, DatabaseUnavailable
from bot.core.models.database_address import PostgresAddress
from bot.core.models.people import Sender
from bot.store import audit, postgres
from bot.store.database import instance
from bot.store.postgres import PostgresDatabase, translated
from bot.store.sql import select, snapshot, transaction
from tests import postgres_schemas, postgres_server
from tests.bot.store import sample
from tests.postgres_proxy import AFTER, BEFORE, PostgresProxy, postgres_proxy

pytestmark = pytest.mark.slow

TOM = Sender("id-tom", "tom@example.com")


@pytest.fixture
def address() -> Iterator[PostgresAddress]:
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


@pytest.fixture
def other(address: PostgresAddress) -> Iterator[PostgresDatabase]:
    """Another process."""
    with closing(postgres.connect(address)) as made:
        yield made


@pytest.fixture
def proxy() -> Iterator[PostgresProxy]:
    """In front of the server."""
    postgres_server.required()
    with postgres_proxy(postgres_server.server().port) as made:
        yield made


@pytest.fixture
def through(address: PostgresAddress, proxy: PostgresProxy) -> Iterator[PostgresDatabase]:
    """A connection that may be cut."""
    passed = postgres_schemas.address_of(postgres_schemas.name_of(address), proxy.port)
    with closing(postgres.connect(passed)) as made:
        yield made


def end_connection(db: PostgresDatabase) -> None:
    """End it, as an administrator or a restart of the server does."""
    process = db._connection.info.backend_pid
    with psycopg.connect(postgres_server.server().url("postgres"), autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(%s, 5000)", [process])


def test_marks_are_translated():
    assert translated("select ? || '%', :a", named=False) == "select %s || '%%', :a"
    named = translated("select :who, x::text, '10:30' where a like '%' and b = :b_c", named=True)
    assert named == "select %(who)s, x::text, '10:30' where a like '%%' and b = %(b_c)s"


def test_values_of_every_type_come_back(db):
    row = db.execute("select cast(? as text), ? + 1, cast(? as bigint)", ["a?:b%", 2**40, True])
    assert row.fetchone() == ("a?:b%", 2**40 + 1, 1)
    moment = 1_763_812_800.123456
    row = db.execute("select cast(? as double precision)", [moment])
    assert row.fetchone() == (moment,)


def test_the_character_that_postgresql_cannot_hold_is_replaced(db):
    sample.remember(db, "id\0-1", "an\0n@example.com", 1.0)
    assert sample.email_of(db, "id-1", 0) is None
    (row,) = select(db, "select person_id, email from people")
    assert row == {"person_id": "id\ufffd-1", "email": "an\ufffdn@example.com"}


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (r'{"a": {"b": "x"}}', "x"),
        (r'{"a": {"b": "\ud83d\ude00"}}', "\U0001f600"),
        (r'{"a": {"b": "\ud83d"}}', "\ufffd"),
        (r'{"a": {"b": "\uD83D"}}', "\ufffd"),
        (r'{"a": {"b": "x\u0000y"}}', "x\ufffdy"),
        (r'{"a": {"b": "M\u00fcller \\ud"}}', "M\u00fcller \\ud"),
        (r'{"a": {"b": null}}', None),
        (r'{"a": {}}', None),
        ("no JSON", None),
    ],
)
def test_values_of_documents_are_read_whatever_the_text(db, document, value):
    query = "select json_extract(cast(? as text), '$.a.b')"
    assert db.execute(query, [document]).fetchone() == (value,)


def test_lists_of_documents_are_rows(db):
    query = "select key, value from json_each(cast(? as text))"
    assert db.execute(query, ['["x", 2]']).fetchall() == [(0, "x"), (1, "2")]
    query = (
        "select each.key, json_extract(each.value, '$.b.c')"
        " from json_each(cast(? as text), '$.a') as each"
    )
    document = r'{"a": [{"b": {"c": "x\u0000"}}, {"b": {"c": 2}}, {}]}'
    assert db.execute(query, [document]).fetchall() == [(0, "x\ufffd"), (1, "2"), (2, None)]
    assert db.execute("select instr('abc', 'c'), instr('abc', 'x')").fetchone() == (3, 0)


def test_a_connection_lost_between_transactions_goes_unnoticed(db):
    for end in range(3):
        end_connection(db)
        with transaction(db):
            sample.remember(db, f"id-{end}", "ann@example.com", 1.0)
        end_connection(db)
        with snapshot(db):
            assert sample.email_of(db, f"id-{end}", 0) == "ann@example.com"


def test_a_connection_lost_in_a_transaction_undoes_it(db):
    with pytest.raises(DatabaseUnavailable), transaction(db):
        sample.remember(db, "id-1", "ann@example.com", 1.0)
        end_connection(db)
        sample.remember(db, "id-2", "ann@example.com", 1.0)
    with transaction(db):
        assert sample.email_of(db, "id-1", 0) is None
        sample.remember(db, "id-3", "ann@example.com", 1.0)
    assert sample.email_of(db, "id-3", 0) == "ann@example.com"


def test_a_commit_that_was_lost_on_its_way_has_failed(through, other, proxy):
    proxy.cut = BEFORE
    with pytest.raises(DatabaseUnavailable), transaction(through):
        sample.remember(through, "id-1", "ann@example.com", 1.0)
    assert sample.email_of(other, "id-1", 0) is None
    with transaction(through):
        sample.remember(through, "id-1", "ann@example.com", 1.0)
    assert sample.email_of(other, "id-1", 0) == "ann@example.com"


def test_a_commit_whose_answer_was_lost_has_succeeded(through, other, proxy):
    proxy.cut = AFTER
    with transaction(through):
        sample.remember(through, "id-1", "ann@example.com", 1.0)
    assert sample.email_of(other, "id-1", 0) == "ann@example.com"


@pytest.mark.parametrize("leads", [True, False])
@pytest.mark.parametrize("cut", [BEFORE, AFTER])
def test_a_command_that_writes_meanwhile_does_not_blur_the_end_of_a_transaction(
    through, other, proxy, cut, leads
):
    if leads:
        through.lead(0, lambda: None)
    proxy.cut, proxy.refuses = cut, True
    failed: list[Exception] = []

    def write() -> None:
        try:
            with transaction(through):
                sample.remember(through, "id-1", "ann@example.com", 1.0)
        except DatabaseUnavailable as error:
            failed.append(error)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not proxy.refused:
            threading.Event().wait(0.01)
        with transaction(other):
            sample.remember(other, "id-2", "bob@example.com", 1.0)
        proxy.refuses = False
        writing.result()
    assert bool(failed) is (cut == BEFORE)
    assert bool(sample.email_of(other, "id-1", 0)) is (cut == AFTER)


def test_what_is_noted_of_commands_is_removed_after_a_day(db, other):
    for number, connection in enumerate((db, other, db)):
        with transaction(connection):
            sample.remember(connection, f"id-{number}", "ann@example.com", 1.0)
    query = "select count(*) from last_transaction where id <> 1"
    assert db.execute(query).fetchone() == (2,)
    db.execute("update last_transaction set at = now() - interval '25 hours'")
    with transaction(other):
        assert sample.email_of(other, "id-0", 0) == "ann@example.com"
    assert db.execute(query).fetchone() == (2,)
    with transaction(other):
        sample.remember(other, "id-0", "ann@example.com", 1.0)
    assert db.execute(query).fetchone() == (1,)
    assert db.execute("select count(*) from last_transaction where id = 1").fetchone() == (1,)


@pytest.mark.parametrize("cut", [BEFORE, AFTER])
def test_a_transaction_that_wrote_nothing_leaves_no_doubt(through, other, proxy, cut):
    with transaction(other):
        sample.remember(other, "id-1", "ann@example.com", 1.0)
    proxy.cut = cut
    read: list[Any] = []
    with pytest.raises(DatabaseUnavailable), transaction(through):
        read.append(sample.email_of(through, "id-1", 0))
    assert read == ["ann@example.com"]


def test_one_process_writes_at_a_time(db, other):
    order: list[str] = []
    begun = threading.Event()

    def second() -> None:
        begun.wait()
        with transaction(other):
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(second)
        with transaction(db):
            begun.set()
            threading.Event().wait(0.1)
            order.append("first")
        later.result()
    assert order == ["first", "second"]


def test_a_process_that_waits_for_too_long_gives_up(db, other):
    other.execute("set lock_timeout = '20ms'")
    with transaction(db):
        with pytest.raises(DatabaseUnavailable, match="lock timeout"), transaction(other):
            raise AssertionError
        with snapshot(other):
            assert instance(other)
    with transaction(other):
        pass


def test_a_process_that_stands_still_loses_its_lock(db, other):
    db.execute("set idle_in_transaction_session_timeout = '50ms'")
    with pytest.raises(DatabaseUnavailable), transaction(db):
        sample.remember(db, "id-1", "ann@example.com", 1.0)
        with transaction(other):  # waits until the server has ended the first one
            sample.remember(other, "id-2", "ann@example.com", 1.0)
    assert sample.email_of(other, "id-1", 0) is None
    with transaction(db):
        assert sample.email_of(db, "id-2", 0) == "ann@example.com"


def raise_state(db: PostgresDatabase, state: str) -> None:
    """Let the server report an error."""
    db.execute(f"do $$ begin raise exception 'played' using errcode = '{state}'; end $$")


@pytest.mark.parametrize(
    "state",
    ["53100", "53200", "53300", "40001", "40P01", "55P03", "57014", "57P03", "25006", "58030"],
)
def test_what_may_pass_is_told_from_what_may_not(db, state):
    with pytest.raises(DatabaseUnavailable, match="played"), transaction(db):
        sample.remember(db, "id-1", "ann@example.com", 1.0)
        raise_state(db, state)
    with transaction(db):
        assert sample.email_of(db, "id-1", 0) is None


@pytest.mark.parametrize("state", ["23505", "42P01", "22P02", "P0001"])
def test_a_mistake_of_ours_is_no_failure_that_passes(db, state):
    with pytest.raises(DatabaseError, match="played") as caught, transaction(db):
        raise_state(db, state)
    assert not isinstance(caught.value, DatabaseUnavailable)


def test_a_statement_that_takes_too_long_is_ended(db):
    db.execute("set statement_timeout = '20ms'")
    with pytest.raises(DatabaseUnavailable, match="statement timeout"), transaction(db):
        db.execute("select pg_sleep(5)")


def test_a_failed_statement_in_a_savepoint_undoes_only_that(db):
    with transaction(db):
        sample.remember(db, "id-1", "ann@example.com", 1.0)
        db.execute("savepoint job")
        with pytest.raises(DatabaseError):
            db.execute("select no_column from people")
        assert db.in_transaction
        db.execute("rollback to job")
        db.execute("release job")
    assert sample.email_of(db, "id-1", 0) == "ann@example.com"


def test_a_transaction_whose_failure_was_ignored_is_not_kept(db):
    with pytest.raises(DatabaseUnavailable), transaction(db):
        sample.remember(db, "id-1", "ann@example.com", 1.0)
        with pytest.raises(DatabaseError):
            db.execute("select no_column from people")
    assert sample.email_of(db, "id-1", 0) is None


PASTED = """
insert into audit
select {}, at, 'x', 'eve', action, request, digest, detail, before, hash
from audit where seq = 1
"""


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set actor = 'eve'",
        "update audit set seq = 7 where seq = 1",
        "delete from audit",
        "delete from audit where seq = 2",
        "truncate audit",
        "truncate audit, requests cascade",
        PASTED.format("99"),
        PASTED.format("-1"),
        PASTED.format("null"),
        "insert into audit (seq, actor) values (1, 'eve')"
        " on conflict (seq) do update set actor = 'eve'",
        "merge into audit using audit_head on audit.seq = audit_head.seq"
        " when matched then update set actor = 'eve'",
    ],
)
def test_postgresql_itself_refuses_to_change_the_trail(db, statement):
    for _ in range(2):
        audit.append(db, at="2025-11-22T12:00:00.000Z", actor=TOM, action="denied")
    with pytest.raises(DatabaseError, match="append-only"):
        db.execute(statement)
    entries = [(entry.seq, entry.actor) for entry in audit.entries(db)]
    assert entries == [(1, TOM.email), (2, TOM.email)]


def test_a_temporary_table_does_not_take_the_place_of_the_head(db):
    db.execute("create temp table audit_head (seq bigint)")
    db.execute("insert into pg_temp.audit_head values (499)")
    with pytest.raises(DatabaseError, match="append-only"):
        db.execute("insert into audit (seq, actor) values (500, 'eve')")


def test_the_trail_needs_no_search_path(db, address):
    name = postgres_schemas.name_of(address)
    db.execute("set search_path = ''")
    db.execute(f"insert into {name}.audit (seq, actor) values (1, 'tom')")  # noqa: S608 - our own
    db.execute(f"set search_path = {name}")


def test_transactions_of_two_installations_do_not_wait_for_each_other(db, address):
    second = postgres_schemas.take()
    with closing(postgres.connect(second)) as elsewhere, transaction(db), transaction(elsewhere):
        assert instance(db) != instance(elsewhere)
    postgres_schemas.give_back(second)


def test_two_processes_that_start_at_once_make_one_schema():
    postgres_server.required()
    made = postgres_schemas.empty()
    connect: Callable[[int], PostgresDatabase] = lambda _: postgres.connect(made)  # noqa: E731
    with ThreadPoolExecutor(4) as pool:
        connections = [*pool.map(connect, range(4))]
    assert len({instance(each) for each in connections}) == 1
    for each in connections:
        each.close()
    postgres_schemas.give_back(made)
