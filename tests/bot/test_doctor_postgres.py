"""`provbot doctor` with a PostgreSQL database."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.models.database_address import PostgresAddress
from bot.setup import postgres_checks
from bot.setup.report import Status
from bot.store import lease, postgres, postgres_migrations
from bot.store.database import Store, open_as_it_is
from sandbox.server import Sandbox
from tests import postgres_schemas
from tests.bot.doctor_process import doctor, printed
from tests.database import count

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forks")]


@pytest.fixture
def address() -> Iterator[PostgresAddress]:
    """A schema with tables."""
    taken = postgres_schemas.take()
    yield taken
    postgres_schemas.give_back(taken)


@pytest.fixture
async def store(address: PostgresAddress) -> AsyncIterator[Store]:
    """The database, as doctor opens it."""
    opened = Store(address)
    yield opened
    opened.close()


async def test_the_checks_of_a_file_are_left_out(tmp_path, address):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_DATABASE=address.url)
    assert report.failed == set()
    assert "disk" not in report.checks
    assert report.checks["database"].message.startswith("PostgreSQL ")
    assert report.checks["database"].message.endswith(
        f", version {postgres_migrations.NAMES[-1][:4]}"
    )
    connection = report.checks["database connection"]
    assert (connection.status, connection.message) == (
        Status.OK,
        "within this machine, and not encrypted",
    )
    process = report.checks["provbot process"].message
    assert process == "no process leads with this database at the moment"
    assert list(tmp_path.glob("provbot.db*")) == []


async def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path):
    url = "postgresql://u:hid%2Fden@127.0.0.1:1/p"
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_DATABASE=url)
        _, text = await printed(sandbox, tmp_path, PROVBOT_DATABASE=url)
    assert report.failed == {"database"}
    message = report.checks["database"].message
    assert message.startswith("The database postgresql://u@127.0.0.1:1/p cannot be used: ")
    assert "hid%2Fden" not in text


async def test_an_address_of_another_kind_is_a_wrong_setting(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_DATABASE="mysql://u:hidden@db/p")
    assert report.failed == {"settings"}
    assert report.checks["settings"].message.startswith("PROVBOT_DATABASE: must be the path")


async def test_who_leads_is_told_and_since_when(address, store):
    holder = lease.Lease(address, "pod-1:7")
    taken = holder.take()
    assert taken
    message = (await postgres_checks.running(store)).message
    assert message.startswith("pod-1:7 leads since 20")
    assert message.endswith(" UTC, confirmed 0 s ago")
    await store.call(
        lambda db: db.execute("update lease set renewed_at = renewed_at - interval '1 minute'")
    )
    message = (await postgres_checks.running(store)).message
    assert message == "no process leads with this database at the moment"
    holder.close()


@pytest.mark.parametrize(
    ("tls", "ends", "status", "message"),
    [
        ("TLSv1.3", ["127.0.0.1", "127.0.0.1"], Status.OK, "encrypted (TLSv1.3)"),
        ("TLSv1.3", ["192.0.2.1", "192.0.2.2"], Status.WARNING, "encrypted (TLSv1.3), but the"),
        ("", [], Status.OK, "within this machine, and not encrypted"),
        ("", ["::1", "::1"], Status.OK, "within this machine, and not encrypted"),
        ("", ["192.0.2.1", "192.0.2.1"], Status.OK, "within this machine, and not encrypted"),
        ("", ["192.0.2.1", "192.0.2.2"], Status.WARNING, "not encrypted: others in the network"),
    ],
)
def test_a_connection_through_the_network_should_be_encrypted(tls, ends, status, message):
    result = postgres_checks.encryption(tls, ends, "require")
    assert result.status is status
    assert result.message.startswith(message)


@pytest.mark.parametrize(
    ("mode", "status"), [(0o600, Status.OK), (0o440, Status.OK), (0o644, Status.WARNING)]
)
def test_the_file_with_the_password_is_not_for_others(tmp_path: Path, mode, status):
    path = tmp_path / "password"
    path.touch()
    path.chmod(mode)
    (result,) = postgres_checks.password_file(path)
    assert result.status is status
    assert postgres_checks.password_file(None) == []


async def test_an_empty_database_stays_empty_and_the_rest_is_checked(tmp_path):
    empty = postgres_schemas.empty()
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_DATABASE=empty.url)
    assert report.failed == set()
    database = report.checks["database"]
    assert database.status is Status.WARNING
    assert database.message.endswith(", empty: `provbot run` makes the tables")
    assert report.with_status(Status.UNKNOWN) == {"service app"}
    assert report.checks["admins"].message == "a…@acme.example"
    assert report.checks["provbot process"].message == postgres_checks.NOBODY_LEADS
    assert {"database connection", "bot token", "websocket"} <= report.checks.keys()
    with closing(postgres.PostgresDatabase(empty)) as db:
        assert postgres.applied(db) == []
    postgres_schemas.give_back(empty)


async def test_an_older_database_stays_as_it_is(address, monkeypatch):
    names = postgres_migrations.NAMES
    for module in (postgres_migrations, postgres_checks):
        monkeypatch.setattr(module, "NAMES", (*names, "m999_next"))
    store = Store(address, opening=open_as_it_is)
    result = await postgres_checks.database(store)
    store.close()
    assert result.status is Status.WARNING
    assert result.message.endswith(f"{names[-1][:4]}, older: `provbot run` upgrades it")


async def test_the_refresh_token_is_kept_in_an_installation(tmp_path, address):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_DATABASE=address.url)
    assert "the refresh token until 2" in report.checks["service app"].message
    with closing(postgres.connect(address)) as db:
        assert count(db, "tokens") == 1


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_checked_certificate_is_enough(mode):
    ends = ["192.0.2.1", "192.0.2.2"]
    assert postgres_checks.encryption("TLSv1.3", ends, mode).status is Status.OK


async def test_the_mode_of_tls_is_that_of_the_connection(address, store):
    *_, mode = await store.call(postgres_checks._connection)
    assert mode == "prefer"
    other = Store(PostgresAddress(f"{address.url}&sslmode=disable"))
    *_, mode = await other.call(postgres_checks._connection)
    other.close()
    assert mode == "disable"
