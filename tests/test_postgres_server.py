"""The server of the tests: one for all workers, and schemas that are as new."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from bot.core.models.database_address import PostgresAddress
from bot.store.database import connect, instance
from bot.store.sql import transaction
from tests import database, postgres_schemas, postgres_server
from tests.conftest import pytest_report_header
from tests.coverage_env import unmeasured

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def on_postgres():
    """Databases are PostgreSQL's."""
    postgres_server.required()
    with database.using(database.POSTGRES):
        yield


def test_a_schema_that_was_used_is_as_new(tmp_path: Path):
    path = tmp_path / "provbot.db"
    with database.released():
        address = database.migrated(path)
        assert database.migrated(path) == address
        first = connect(address)
        before = instance(first)
        with transaction(first):
            first.execute("update audit_head set seq = 9")
            first.execute("insert into events (id) values ('a')")
        first.begin_immediate()  # and is left so
    other = database.migrated(tmp_path / "other.db")
    assert other == address  # the same one
    db = connect(other)
    assert instance(db) != before
    assert db.execute("select seq from audit_head").fetchone() == (0,)
    assert db.execute("select count(*) from events").fetchone() == (0,)
    assert db.execute("select epoch from lease").fetchone() == (0,)
    db.close()
    first.close()


@pytest.mark.parametrize(
    "change",
    [
        "drop trigger audit_no_update on audit",
        "alter table audit disable trigger audit_no_update",
        "alter table events add column more text",
        "drop table provbot_migrations",
        "insert into provbot_migrations (name) values ('m999')",
    ],
)
def test_a_schema_whose_tables_were_changed_is_not_used_again(tmp_path: Path, change: str):
    with database.released():
        address = database.migrated(tmp_path / "provbot.db")
        assert isinstance(address, PostgresAddress)
        db = connect(address)
        db.execute(change)
        db.close()
    assert postgres_schemas.name_of(address) not in postgres_schemas._free


def test_the_server_ends_with_the_process_that_wanted_it(tmp_path: Path):
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    folder = Path(mkdtemp(prefix="provbot-server-"))  # that of the test is closed to other users
    folder.chmod(0o755)
    server = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-m", "tests.postgres_server", str(folder), str(owner.pid)],
        env=unmeasured(os.environ),
    )
    postgres_server.wait_for(folder / "port", folder / "log")
    url = postgres_server.Server(int((folder / "port").read_text())).url("postgres")
    with psycopg.connect(url) as connection:
        assert connection.execute("show fsync").fetchone() == ("off",)
    owner.kill()
    owner.communicate()
    assert server.wait(30) == 0
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_without_postgresql_its_tests_are_skipped_but_fail_in_ci(monkeypatch):
    monkeypatch.setattr(postgres_server, "programs", lambda: None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install postgresql"):
        postgres_server.required()
    assert pytest_report_header() == [postgres_server.NOT_INSTALLED]
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install postgresql"):
        postgres_server.required()
