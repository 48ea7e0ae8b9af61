"""`provbot access`: the allowlist from the command line, on a real file."""

from importlib import metadata

import pytest
from typer.testing import CliRunner, Result

from bot.cli.app import app
from bot.core import config
from bot.core.models.people import Grant, Role
from bot.core.models.webex import LocationRef
from bot.store import grants
from bot.store.sqlite import SqliteDatabase, connect


@pytest.fixture
def path(tmp_path):
    """Where the database of this test is."""
    return tmp_path / "provbot.db"


@pytest.fixture
def provbot(path, tmp_path, monkeypatch):
    """Runs `provbot ARGUMENTS` without any token in its environment."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner(env={"PROVBOT_DATABASE": str(path)}).invoke(app, arguments)

    return run


def held(path) -> list[Grant]:
    """What the file says, read by another connection."""
    db = SqliteDatabase(path)
    listed = grants.grants(db)
    db.close()
    return listed


def test_a_role_is_granted_and_listed(provbot, path):
    done = provbot("access", "add", "Ann@Example.com", "technician")
    assert (done.exit_code, held(path)) == (0, [Grant("ann@example.com", Role.TECHNICIAN)])
    assert "ann@example.com" in done.stdout
    listed = provbot("access", "list")
    assert listed.stdout.split() == ["ann@example.com", "technician", "(everywhere)"]


def test_a_database_that_is_created_is_named(provbot, path):
    created = f"There was no database, so I created {path}."
    assert created in provbot("access", "add", "ann@example.com", "viewer").stderr
    assert "database" not in provbot("access", "add", "bob@example.com", "viewer").stderr


def test_a_role_may_be_for_one_location_or_a_whole_domain(provbot, path):
    provbot("access", "add", "@Example.com", "viewer")
    done = provbot("access", "add", "ann@example.com", "engineer", "--location", " Lyon Sud ")
    assert "Lyon Sud" in done.stdout
    assert held(path) == [
        Grant("@example.com", Role.VIEWER),
        Grant("ann@example.com", Role.ENGINEER, "Lyon Sud"),
    ]


def read_from_webex(path) -> None:
    """The bot has read the locations."""
    db = connect(path)
    grants.note_locations(db, [LocationRef("Lyon", "id-1"), LocationRef("Berlin", "id-2")])
    db.conn.commit()
    db.close()


@pytest.mark.parametrize("named", ["Lyon", " lyon ", "id-1"])
def test_a_location_that_the_bot_has_read_is_kept_with_its_id(provbot, path, named):
    read_from_webex(path)
    done = provbot("access", "add", "ann@example.com", "viewer", "--location", named)
    assert (done.exit_code, done.stderr) == (0, "")
    assert held(path) == [Grant("ann@example.com", Role.VIEWER, "Lyon", "id-1")]


@pytest.mark.parametrize("named", ["Lyno", "Ly", "id-3"])
def test_a_location_that_webex_does_not_have_is_refused(provbot, path, named):
    read_from_webex(path)
    done = provbot("access", "add", "ann@example.com", "viewer", "--location", named)
    assert done.exit_code == 1
    assert f"There is no location “{named}”" in done.stderr
    assert "Berlin and Lyon. Nothing was changed." in done.stderr
    assert held(path) == []


def test_before_the_locations_were_read_a_name_is_taken_with_a_warning(provbot, path):
    done = provbot("access", "add", "ann@example.com", "viewer", "--location", "Lyno")
    assert done.exit_code == 0
    assert "so “Lyno” is saved without a check." in done.stderr
    assert held(path) == [Grant("ann@example.com", Role.VIEWER, "Lyno")]


@pytest.mark.parametrize("named", ["", "  "])
def test_an_empty_location_does_not_mean_everywhere(provbot, path, named):
    done = provbot("access", "add", "ann@example.com", "admin", "--location", named)
    assert done.exit_code == 2
    assert "--location is empty" in done.stderr
    assert held(path) == []


@pytest.mark.parametrize("who", ["<b@c>", "a@b@c.example", "*@example.com", "@*.example", "@."])
def test_an_impossible_address_is_refused(provbot, path, who):
    assert provbot("access", "add", who, "viewer").exit_code == 2
    assert not path.exists()


@pytest.mark.parametrize("who", ["<ann@example.com>", "Ann Alder <Ann@example.com>"])
def test_a_role_goes_to_the_address_within_what_was_pasted(provbot, path, who):
    assert provbot("access", "add", who, "viewer").exit_code == 0
    assert [grant.who for grant in held(path)] == ["ann@example.com"]


def test_granting_a_role_twice_says_that_it_is_held(provbot, path):
    provbot("access", "add", "ann@example.com", "viewer")
    again = provbot("access", "add", "ann@example.com", "viewer")
    assert again.exit_code == 0
    assert "already granted" in again.stdout
    assert len(held(path)) == 1


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ((), []),
        (("technician",), [Grant("ann@example.com", Role.VIEWER)]),
        (("--location", "lyon"), [Grant("ann@example.com", Role.VIEWER)]),
        (("viewer",), [Grant("ann@example.com", Role.TECHNICIAN, "Lyon")]),
    ],
)
def test_roles_are_revoked(provbot, path, arguments, left):
    provbot("access", "add", "ann@example.com", "technician", "--location", "Lyon")
    provbot("access", "add", "ann@example.com", "viewer")
    done = provbot("access", "remove", "ANN@example.com", *arguments)
    assert (done.exit_code, held(path)) == (0, left)
    assert done.stdout.count("removed") == 2 - len(left)


def test_revoking_a_role_that_is_not_held_is_an_error(provbot, path):
    provbot("access", "add", "ann@example.com", "viewer")
    done = provbot("access", "remove", "ann@example.com", "admin")
    assert done.exit_code == 1
    assert "does not hold that role" in done.stderr
    assert len(held(path)) == 1


@pytest.mark.parametrize("command", ["add", "remove"])
@pytest.mark.parametrize("who", ["ann", "@", "a@x.example b@x.example", ""])
def test_who_must_be_an_email_or_a_domain(provbot, path, command, who):
    done = provbot("access", command, who, "viewer")
    assert done.exit_code == 2
    assert "WHO is an email" in done.stderr
    assert not path.exists() or held(path) == []


def test_an_unknown_role_is_refused_with_the_known_ones(provbot, path):
    done = provbot("access", "add", "ann@example.com", "boss")
    assert done.exit_code == 2
    assert "technician" in done.stderr
    assert not path.exists()


def test_a_database_that_cannot_be_opened_is_named(provbot, path):
    path.mkdir()
    done = provbot("access", "list")
    assert done.exit_code == 2
    assert "provbot.db cannot be used" in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(("command", "status"), [("run", 2), ("doctor", 1)])
def test_without_settings_all_missing_ones_are_named(provbot, path, monkeypatch, command, status):
    for name in config.KNOWN:
        monkeypatch.delenv(name, raising=False)
    done = provbot(command)
    assert done.exit_code == status
    assert "not set: WEBEX_BOT_TOKEN, WEBEX_SERVICE_APP_CLIENT_ID, " in done.output
    assert "Run `provbot init`" in done.output
    assert not path.exists()


@pytest.mark.parametrize("arguments", [(), ("access",), ("--help",), ("access", "--help")])
def test_without_a_command_the_commands_are_listed(provbot, arguments):
    assert "access" in provbot(*arguments).output


def test_a_new_key_is_printed(provbot):
    first, second = provbot("key", "new"), provbot("key", "new")
    assert config.is_key(first.stdout.strip())
    assert first.stdout != second.stdout


def test_the_version_is_that_of_the_package(provbot):
    printed = provbot("--version")
    assert (printed.exit_code, printed.output.strip()) == (
        0,
        f"provbot {metadata.version('provbot')}",
    )
