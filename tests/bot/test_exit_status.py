"""Each command ends with a sentence and the right status, whatever the disk or database does."""

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from typer.testing import CliRunner

from bot.cli import exit_status
from bot.cli.app import app
from bot.core.errors import ConfigError, TemporaryFailure, TokenRefused
from bot.service import lifecycle
from bot.store.database import as_ours
from bot.store.sqlite import connect


@pytest.fixture
def path(tmp_path):
    """A database that is there."""
    made = tmp_path / "provbot.db"
    connect(made).close()
    return made


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (ConfigError("A setting is wrong."), 2),
        (TokenRefused("The token is dead."), 3),
        (TemporaryFailure("It is locked."), 1),
        (sqlite3.OperationalError("database is locked"), 1),
        (as_ours(sqlite3.OperationalError("database is locked")), 1),
        (sqlite3.DatabaseError("file is not a database"), 2),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 1),
        (OSError(errno.EIO, os.strerror(errno.EIO)), 1),
    ],
)
def test_each_problem_has_its_status_and_a_sentence(path, monkeypatch, problem, status):
    def failing(_: object) -> None:
        raise problem

    monkeypatch.setattr(lifecycle, "prepare", lambda: None)
    monkeypatch.setattr("bot.core.config.load", lambda: failing(None))
    done = CliRunner(env={"PROVBOT_DATABASE": str(path)}).invoke(app, ["run"])
    assert done.exit_code == status
    assert done.output.strip().endswith(".")
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "arguments",
    [("access", "add", "bea@example.com", "viewer"), ("access", "remove", "ann@example.com")],
)
def test_each_writing_command_reports_a_locked_database(path, monkeypatch, arguments):
    runner = CliRunner(env={"PROVBOT_DATABASE": str(path)})
    assert runner.invoke(app, ["access", "add", "ann@example.com", "viewer"]).exit_code == 0
    monkeypatch.setattr("bot.store.sqlite.connect.__defaults__", (0.01,))
    with closing(sqlite3.connect(path)) as other:
        other.execute("begin immediate")
        done = runner.invoke(app, arguments)
    assert (done.exit_code, done.output) == (
        1,
        f"The database {path} cannot be used: database is locked.\n",
    )


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["access", "list"], ["audit", "export"], ["policy"]])
def test_an_output_that_cannot_be_written_is_reported(path, arguments):
    assert (
        CliRunner(env={"PROVBOT_DATABASE": str(path)})
        .invoke(app, ["access", "add", "ann@example.com", "viewer"])
        .exit_code
        == 0
    )
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(  # noqa: S603 - our own
            [sys.executable, "-m", "bot", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PROVBOT_DATABASE": str(path)},
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "The output cannot be written: the disk is full.\n",
    )


def test_a_timeout_is_not_reported_as_an_unwritable_file():
    problem = TimeoutError()
    assert exit_status._not_written(problem) is problem
