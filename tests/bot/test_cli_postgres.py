"""The commands on PostgreSQL: they do what they do with a file, and make no tables to read."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from bot.audit import moment
from bot.cli.app import app
from bot.core.models.database_address import PostgresAddress
from bot.core.models.people import Grant, Place, Role, Sender
from bot.requests import allowlist
from bot.store import (
    audit,
    checkpoint,
    lease,
    postgres,
    postgres_connection,
    postgres_migrations,
    requests,
)
from bot.store.sql import Database, transaction
from tests import postgres_schemas, postgres_server

pytestmark = pytest.mark.slow  # a server of PostgreSQL

Run = Callable[..., Result]
TOM = Sender("id-tom", "tom@example.com")
ADA = Grant("ada@example.com", Role.ADMIN)
READING = [
    ["requests", "list"],
    ["requests", "show", "7K3F"],
    ["audit", "verify"],
    ["audit", "export"],
    ["access", "list"],
]
OF_EXISTING = [*READING, ["access", "remove", "ada@example.com"], ["mark-restored"]]


@pytest.fixture
def address() -> Iterator[PostgresAddress]:
    """A schema with tables."""
    taken = postgres_schemas.take()
    yield taken
    postgres_schemas.give_back(taken)


@pytest.fixture
def empty() -> Iterator[PostgresAddress]:
    """A schema without tables."""
    made = postgres_schemas.empty()
    yield made
    postgres_schemas.give_back(made)


@pytest.fixture
def db(address: PostgresAddress) -> Iterator[Database]:
    """It, as the bot writes it."""
    with closing(postgres.connect(address)) as opened:
        yield opened


@pytest.fixture
def provbot(tmp_path, monkeypatch) -> Run:
    """Runs `provbot ARGUMENTS` with a database."""
    monkeypatch.chdir(tmp_path)

    def run(where: PostgresAddress | str, *arguments: str, **env: str) -> Result:
        url = where if isinstance(where, str) else where.url
        return CliRunner(env={"PROVBOT_DATABASE": url} | env).invoke(app, arguments)

    return run


def asked(db: Database, event: str = "e", **values: object) -> str:
    """The code of a request."""
    place = Place("room", direct=True)
    with transaction(db):
        made = requests.create(
            db, operation="delete device", event_id=event, requester=TOM, place=place, now=1.0
        )
        if values:
            requests.change(db, made, by=TOM.email, now=2.0, **values)
    return made.code


@pytest.mark.parametrize("command", OF_EXISTING, ids=" ".join)
def test_an_empty_database_is_named_and_stays_empty(provbot, empty, command):
    done = provbot(empty, *command)
    assert (done.exit_code, done.output) == (
        2,
        f"The database {empty} has no tables of provbot. Is PROVBOT_DATABASE right? `provbot run`"
        " makes them in a new database, and so does `provbot access add`.\n",
    )
    with closing(postgres.PostgresDatabase(empty)) as db:
        assert postgres.applied(db) == []


def test_a_role_is_granted_in_an_empty_database_and_removed(provbot, empty):
    first = provbot(empty, "access", "add", "ada@example.com", "admin")
    assert first.exit_code == 0
    assert f"There were no tables of provbot in {empty}, so I created them." in first.stderr
    second = provbot(empty, "access", "add", "ann@example.com", "viewer")
    assert (second.exit_code, second.stderr) == (0, "")
    assert provbot(empty, "access", "remove", "ann@example.com").exit_code == 0
    assert provbot(empty, "access", "list").output.split()[0] == "ada@example.com"
    assert "is the last admin" in provbot(empty, "access", "remove", "ada@example.com").output
    assert provbot(empty, "audit", "verify").output == "The audit trail is intact: 3 entries.\n"


def test_requests_and_the_trail_are_read(provbot, address, db):
    code = asked(db, state="waiting", plan={"title": "Delete it", "facts": [], "warnings": []})
    with transaction(db):
        audit.append(db, at=moment(1.0), actor=TOM, action="confirmed", request=code)
    assert provbot(address, "requests", "list", "--state", "waiting").output.startswith(code)
    assert provbot(address, "requests", "list", "--state", "done").output == ""
    shown = provbot(address, "requests", "show", code.lower()).output
    assert "what         Delete it\n" in shown
    exported = provbot(address, "audit", "export", "--format", "csv").output.splitlines()
    assert "confirmed" in exported[1]
    assert provbot(address, "audit", "export", "--since", "2026-11-20").output == ""


def test_a_manipulated_trail_is_named(provbot, address, db):
    with transaction(db):
        audit.append(db, at=moment(1.0), actor=TOM, action="x")
        db.execute("alter table audit disable trigger audit_no_update")
        db.execute("update audit set actor = 'eve@example.com'")
        db.execute("alter table audit enable trigger audit_no_update")
    done = provbot(address, "audit", "verify")
    assert done.exit_code == 1
    assert "eve@example.com, x) was edited" in done.output


def test_reading_changes_nothing(provbot, address, db):
    holder = lease.Lease(address, "pod-1")
    taken = holder.take()
    assert taken
    for command in READING:
        provbot(address, *command)
    assert holder.renew(taken.epoch)  # and the leader goes on
    holder.close()


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_role_that_may_only_read_can_read(provbot, address, db, command):
    name = postgres_schemas.name_of(address)
    for statement in (
        "create role {0}",
        "grant usage on schema {0} to {0}",
        "grant select on all tables in schema {0} to {0}",
        "revoke temporary on database provbot from public",
    ):
        db.execute(statement.format(name))
    options = f"-csearch_path%3D{name}%20-crole%3D{name}%20-cdefault_transaction_read_only%3Don"
    url = postgres_server.server().url("provbot")
    done = provbot(f"{url}?target_session_attrs=any&options={options}", *command)
    expected = "There is no request 7K3F.\n" if "show" in command else ""
    assert done.stderr == expected
    db.execute(f"drop owned by {name}; drop role {name}")


@pytest.mark.parametrize(
    ("command", "programs"),
    [
        (["backup", "x.dump"], ["pg_dump --format=custom --file=x.dump 'postgresql://provbot@"]),
        (["restore", "x.dump"], ["pg_restore --clean --if-exists", "x.dump. Then run: provbot"]),
    ],
)
def test_backup_and_restore_name_the_programs_of_postgresql(provbot, tmp_path, command, programs):
    done = provbot("postgresql://provbot:hidden@db/p?password=hidden", *command)
    assert done.exit_code == 2
    assert all(program in done.output for program in programs)
    assert "hidden" not in done.output
    assert done.output.endswith("Nothing was changed.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("state", ["draft", "approved", "running", "unknown", "done"])
def test_a_database_is_marked_as_restored(provbot, address, db, state):
    asked(db, state=state, run_by=4e9, finish_by=4e9)
    with transaction(db):
        checkpoint.set_received_until(db, 1_000.0)
    done = provbot(address, "mark-restored")
    assert (done.exit_code, done.output) == (
        0,
        f"{address} is marked as restored. You can start the bot.\n",
    )
    (run_by,) = db.execute("select run_by from requests").fetchone()
    assert (run_by < 4e9) == (state in {"approved", "running", "unknown"})
    with transaction(db):
        assert checkpoint.act_after(db, 2_000.0) == 2_000.0


def test_no_database_is_marked_while_a_bot_leads(provbot, address, db):
    with transaction(db):
        checkpoint.set_received_until(db, 1_000.0)
    holder = lease.Lease(address, "pod-1")
    taken = holder.take()
    assert taken
    done = provbot(address, "mark-restored")
    assert done.exit_code == 1
    assert f"A bot leads with {address}: pod-1. Nothing was changed." in done.output
    assert db.execute("select act_after from marks").fetchone() == (None,)
    holder.give_back(taken.epoch)
    assert provbot(address, "mark-restored").exit_code == 0
    holder.close()


def test_a_process_with_a_later_epoch_than_the_dump_is_fenced(provbot, address, db):
    before = postgres.connect(address)
    before.lead(3, lambda: None)  # the dump is of the second epoch
    db.execute("update lease set epoch = 2")
    assert provbot(address, "mark-restored").exit_code == 0
    with closing(lease.Lease(address, "pod-2")) as next_leader:
        after = next_leader.take()
    assert after
    assert after.epoch > 1_000_000
    with pytest.raises(Exception, match="Another process leads"):
        before.begin_immediate()
    before.close()


def test_a_file_needs_no_mark(tmp_path, provbot):
    done = provbot(str(tmp_path / "provbot.db"), "mark-restored")
    assert done.exit_code == 2
    assert "names a SQLite file, which `provbot restore` marks itself" in done.output


@pytest.mark.parametrize(
    ("url", "status", "reason"),
    [
        ("postgresql://u@127.0.0.1:1/p", 1, "Connection refused"),
        ("postgresql://u@127.0.0.1:1/p?sslmode=bad", 2, 'invalid sslmode value: "bad"'),
        ("postgresql://u@127.0.0.1:1/p?nope=1", 2, 'invalid URI query parameter: "nope"'),
        ("{server}/nowhere", 2, 'database "nowhere" does not exist'),
        ("{server}/postgres?sslmode=require", 2, "does not support SSL"),
        ("{server}/postgres?options=-csearch_path%3Dno", 2, "no schema has been selected"),
        ("{locked}/postgres", 2, "no password supplied"),
        ("{wrong}/postgres", 2, "password authentication failed"),
    ],
)
@pytest.mark.parametrize("command", [["access", "add", "a@b.example", "viewer"]], ids=" ".join)
def test_what_is_wrong_with_a_database_is_said_with_a_status(provbot, command, url, status, reason):
    server = postgres_server.server()
    name = postgres_server.OF_COMMANDS
    own = f"postgresql://{postgres_server.USER}@127.0.0.1:{server.port}"
    locked = own.replace(postgres_server.USER, name)
    wrong = own.replace(postgres_server.USER, f"{name}:hidden")
    done = provbot(url.format(server=own, locked=locked, wrong=wrong), *command)
    assert done.exit_code == status
    assert done.output.startswith("The database postgresql://")
    assert reason in done.output
    assert done.output.endswith(".\n")
    assert "hidden" not in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "command", [["access", "list"], ["access", "add", "a@b.example", "viewer"]]
)
def test_a_connection_that_is_lost_meanwhile_is_said(provbot, address, monkeypatch, command):
    def lost(db, *_arguments):
        db.execute("select pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr("bot.store.grants.grants", lost)
    monkeypatch.setattr("bot.requests.allowlist.add", lambda db, *_, **__: lost(db))
    done = provbot(address, *command)
    assert done.exit_code == 1
    assert done.output == (
        f"The database {address} cannot be used: terminating connection due to administrator"
        " command.\n"
    )


def test_a_database_that_another_process_keeps_locked_is_said(provbot, address, db, monkeypatch):
    monkeypatch.setattr(
        postgres_connection, "SESSION", postgres_connection.SESSION.replace("'5s'", "'20ms'")
    )
    db.execute("set idle_in_transaction_session_timeout = 0")
    with transaction(db):
        done = provbot(address, "access", "add", "a@b.example", "viewer")
        assert provbot(address, "access", "list").exit_code == 0
    assert (done.exit_code, done.output) == (
        1,
        f"The database {address} cannot be used: another process keeps it locked.\n",
    )


def test_the_password_is_taken_from_its_setting(provbot):
    server = postgres_server.server()
    role, password = postgres_server.OF_COMMANDS, postgres_server.PASSWORD
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"create role {role} login password '{password}'")
        url = server.url("postgres", user=role)
        done = provbot(url, "audit", "verify", PROVBOT_DATABASE_PASSWORD=password)
        admin.execute(f"drop role {role}")
    assert "has no tables of provbot" in done.output


def test_tables_of_another_version_are_not_read(provbot, address, db, monkeypatch):
    monkeypatch.setattr(postgres_migrations, "NAMES", (*postgres_migrations.NAMES, "m999_next"))
    done = provbot(address, "access", "list")
    assert done.exit_code == 2
    assert "was written by an older provbot. `provbot run` upgrades it" in done.output
    monkeypatch.setattr(postgres_migrations, "NAMES", postgres_migrations.NAMES[:-2])
    done = provbot(address, "access", "list")
    assert done.exit_code == 2
    assert "The database was written by a newer provbot" in done.output


def test_an_old_server_is_refused(provbot, address, monkeypatch):
    monkeypatch.setattr(postgres, "MIN_VERSION", 99)
    done = provbot(address, "access", "list")
    assert done.exit_code == 2
    assert "its server is PostgreSQL" in done.output


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["access", "list"], ["access", "add", "a@b.example", "viewer"], ["mark-restored"]],
    ids=" ".join,
)
def test_without_psycopg_a_sentence_says_how_to_install_it(tmp_path, arguments):
    program = (
        "import sys; sys.modules['psycopg'] = None; sys.argv = ['provbot', *sys.argv[1:]];"
        "from bot.__main__ import main; main()"
    )
    env = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PATH": os.environ["PATH"],
        "PROVBOT_DATABASE": "postgresql://u:hidden@127.0.0.1:1/p",
        "WEBEX_BOT_TOKEN": "b",
        "WEBEX_SERVICE_APP_ACCESS_TOKEN": "a",
        "PROVBOT_HTTP": "",
    }
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr.endswith(
        "For PostgreSQL, provbot needs psycopg, which is not installed."
        " Install it in the source directory: pip install -c constraints.txt '.[postgres]'\n"
    )
    assert "hidden" not in done.stderr + done.stdout


def test_a_grant_in_the_shell_waits_for_no_leader(provbot, address, db):
    with transaction(db):
        allowlist.add(db, ADA, TOM, request="", now=1.0)
    holder = lease.Lease(address, "pod-1")
    assert holder.take()
    assert provbot(address, "access", "add", "ann@example.com", "viewer").exit_code == 0
    holder.close()


@pytest.mark.parametrize("leads", [True, False])
def test_a_newer_command_upgrades_nothing_while_an_older_bot_leads(
    provbot, address, db, monkeypatch, leads
):
    names = postgres_migrations.NAMES
    monkeypatch.setattr(postgres_migrations, "NAMES", (*names, "m999_next"))
    monkeypatch.setattr(postgres_migrations, "LATER", {"m999_next": "select 1"})
    holder = lease.Lease(address, "pod-1")
    if leads:
        assert holder.take()
    done = provbot(address, "access", "add", "ann@example.com", "viewer")
    holder.close()
    assert done.exit_code == (1 if leads else 0)
    assert ("an older provbot, which leads now: pod-1. Nothing was" in done.output) is leads
    assert len(postgres.applied(db)) == len(names) + (not leads)
