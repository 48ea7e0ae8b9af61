"""A PostgreSQL that cannot be used: what the operator is told, and that it holds no secret."""

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from bot.core.errors import ConfigError, DatabaseUnavailable, TemporaryFailure
from bot.core.models.database_address import PostgresAddress
from bot.store import database, postgres
from bot.store.sql import transaction
from tests import postgres_schemas, postgres_server
from tests.bot.store import sample
from tests.ports import free_port
from tests.postgres_server import PASSWORD, WITH_PASSWORD, Server

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Server:
    """That of the tests."""
    postgres_server.required()
    return postgres_server.server()


@pytest.fixture
def admin(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as made:
        yield made


@pytest.fixture
def own(admin: psycopg.Connection[Any], server: Server) -> Iterator[PostgresAddress]:
    """A database of this test's own, and a role with a password that owns it."""
    admin.execute(f"create role {WITH_PASSWORD} login password '{PASSWORD}'")
    admin.execute(f"create database own owner {WITH_PASSWORD}")
    yield PostgresAddress(server.url("own", user=WITH_PASSWORD), PASSWORD)
    admin.execute("drop database own with (force)")
    admin.execute(f"drop role {WITH_PASSWORD}")


def refusal(address: PostgresAddress) -> ConfigError:
    """Why it cannot be used."""
    with pytest.raises(ConfigError) as caught:
        database.connect(address).close()
    assert PASSWORD not in f"{caught.value} {caught.value!r}"
    assert f"The database {address} cannot be used: " in str(caught.value)
    return caught.value


def test_an_ordinary_owner_of_the_database_can_make_and_use_it(own):
    for _ in range(2):
        with closing(postgres.connect(own)) as db, transaction(db):
            sample.remember(db, "id-1", "ann@example.com", 1.0)
            assert sample.email_of(db, "id-1", 0) == "ann@example.com"


def test_a_password_may_stand_in_the_address(own, server):
    url = server.url("own", user=f"{WITH_PASSWORD}:{PASSWORD.replace(' ', '%20')}")
    postgres.connect(PostgresAddress(url)).close()


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_is_for_a_person_to_change(own, password):
    refused = refusal(PostgresAddress(own.url, password))
    assert not isinstance(refused, TemporaryFailure)
    assert "password" in str(refused)


def test_a_missing_database_is_for_a_person_to_change(server):
    refused = refusal(PostgresAddress(server.url("nowhere"), PASSWORD))
    assert not isinstance(refused, TemporaryFailure)
    assert 'database "nowhere" does not exist' in str(refused)


def test_a_missing_user_is_for_a_person_to_change(server):
    refused = refusal(PostgresAddress(server.url("postgres", user="nobody-here"), PASSWORD))
    assert not isinstance(refused, TemporaryFailure)


def test_a_schema_that_is_not_ours_to_change_is_for_a_person_to_change(own, admin, server):
    with psycopg.connect(server.url("own"), autocommit=True) as superuser:
        superuser.execute("alter schema public owner to provbot")
        superuser.execute("revoke all on schema public from public")
    refused = refusal(own)
    assert not isinstance(refused, TemporaryFailure)


def test_a_server_that_is_down_may_come_back():
    refused = refusal(PostgresAddress(f"postgresql://127.0.0.1:{free_port()}/x", PASSWORD))
    assert isinstance(refused, TemporaryFailure)
    assert "refused" in str(refused)


def test_a_server_with_too_many_connections_may_have_room_later(own, admin):
    with closing(postgres.connect(own)) as db:
        admin.execute("alter database own connection limit 1")
        refused = refusal(own)
        assert isinstance(refused, TemporaryFailure)
        assert "too many connections" in str(refused)
        with transaction(db):
            sample.remember(db, "id-1", "ann@example.com", 1.0)
        admin.execute("alter database own connection limit 0")
        admin.execute("select pg_terminate_backend(%s, 5000)", [db._connection.info.backend_pid])
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable, match="too many connections"):
                db.begin_immediate()
        admin.execute("alter database own connection limit -1")
        with transaction(db):
            assert sample.email_of(db, "id-1", 0) == "ann@example.com"


def test_a_database_that_became_read_only_can_be_written_later(own, admin):
    with closing(postgres.connect(own)) as db:
        db.execute("set default_transaction_read_only = on")
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable), transaction(db):
                sample.remember(db, "id-1", "ann@example.com", 1.0)
        admin.execute("alter database own set default_transaction_read_only = on")
        refused = refusal(own)
        assert isinstance(refused, TemporaryFailure)
        assert "read-only" in str(refused)
        admin.execute("alter database own reset default_transaction_read_only")
        db.execute("set default_transaction_read_only = off")
        with transaction(db):
            sample.remember(db, "id-1", "ann@example.com", 1.0)


def test_of_several_hosts_the_one_that_can_be_written_is_used(own, admin, server):
    nobody = free_port()
    hosts = f"postgresql://{WITH_PASSWORD}@127.0.0.1:{nobody},127.0.0.1:{server.port}/own"
    address = PostgresAddress(hosts, PASSWORD)
    with closing(postgres.connect(address)) as db, transaction(db):
        sample.remember(db, "id-1", "ann@example.com", 1.0)
    assert str(address) == hosts
    admin.execute("alter database own set default_transaction_read_only = on")
    assert isinstance(refusal(address), TemporaryFailure)


def test_a_database_of_a_newer_version_is_refused():
    postgres_server.required()
    address = postgres_schemas.take()
    with closing(postgres.connect(address)) as db:
        db.execute("insert into provbot_migrations (name) values ('m999_later')")
    with pytest.raises(ConfigError, match=r"written by a newer provbot \(m999_later\)"):
        postgres.connect(address)
    postgres_schemas.give_back(address)


def test_without_psycopg_the_operator_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "bot.store.postgres", None)
    address = PostgresAddress("postgresql://127.0.0.1/provbot", PASSWORD)
    with pytest.raises(ConfigError) as caught:
        database.connect(address)
    assert str(caught.value) == database.NOT_INSTALLED


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_another_encoding_is_refused(admin, server, encoding):
    admin.execute("drop database if exists other_encoding")
    admin.execute(
        f"create database other_encoding encoding '{encoding}' locale 'C' template template0"
    )
    told = refusal(PostgresAddress(server.url("other_encoding")))
    assert f"its encoding is {encoding}, and provbot needs UTF8" in str(told)
    assert not isinstance(told, TemporaryFailure)
    admin.execute("drop database other_encoding with (force)")


def test_text_is_sent_as_utf8_whatever_the_address_and_the_environment_say(own, monkeypatch):
    monkeypatch.setenv("PGCLIENTENCODING", "latin1")
    given = PostgresAddress(f"{own.url}?client_encoding=latin1", own.password)
    for address in (own, given):
        with closing(postgres.connect(address)) as db, transaction(db):
            sample.remember(db, "id-1", "東京@example.com", 1.0)
            assert sample.email_of(db, "id-1", 0) == "東京@example.com"


def test_a_second_role_can_take_over_when_the_password_changes(own, admin, server):
    """As docs/secrets.md says, without a moment in which neither password works."""
    postgres.connect(own).close()
    admin.execute(f"create role next_role login password '{PASSWORD}' in role {WITH_PASSWORD}")
    admin.execute(f"alter role next_role set role {WITH_PASSWORD}")
    try:
        url = server.url("own", user="next_role")
        with closing(postgres.connect(PostgresAddress(url, PASSWORD))) as db, transaction(db):
            sample.remember(db, "id-1", "ann@example.com", 1.0)
            db.execute("alter table people add column later bigint")  # as an upgrade does
        admin.execute(f"alter role {WITH_PASSWORD} nologin")
        with closing(postgres.connect(PostgresAddress(url, PASSWORD))) as db, transaction(db):
            assert sample.email_of(db, "id-1", 0) == "ann@example.com"
    finally:
        admin.execute("drop role next_role")
