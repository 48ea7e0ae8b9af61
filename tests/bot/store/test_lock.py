"""One process for one database."""

import subprocess
import sys

import pytest

from bot.store import lock

HOLDER = """
import sys
from pathlib import Path
from bot.store import lock

with lock.held(Path(sys.argv[1]), "no"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_refused_until_the_first_releases_the_lock(tmp_path):
    database = tmp_path / "provbot.db"
    with lock.held(database, "Another runs."):
        assert lock.is_held(database)
        with (
            pytest.raises(lock.InUse, match=r"^Another runs\.$"),
            lock.held(database, "Another runs."),
        ):
            pass
    assert not lock.is_held(database)
    with lock.held(database, "Another runs."):
        pass


def test_another_path_to_the_database_is_the_same_lock(tmp_path):
    database, alias = tmp_path / "provbot.db", tmp_path / "alias.db"
    database.touch()
    alias.symlink_to(database)
    with lock.held(database, ""), pytest.raises(lock.InUse), lock.held(alias, ""):
        pass


def test_another_database_is_not_locked(tmp_path):
    with lock.held(tmp_path / "one.db", ""), lock.held(tmp_path / "two.db", ""):
        pass


@pytest.mark.slow
def test_the_lock_of_a_killed_process_is_released(tmp_path):
    database = tmp_path / "provbot.db"
    with subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-c", HOLDER, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert lock.is_held(database)
        process.kill()
        process.wait()
    assert not lock.is_held(database)


def test_only_the_owner_can_open_the_lock_file(tmp_path):
    with lock.held(tmp_path / "provbot.db", ""):
        assert (tmp_path / "provbot.db.lock").stat().st_mode & 0o777 == 0o600


def test_a_lock_file_that_cannot_be_created_raises_the_reason(tmp_path):
    with pytest.raises(OSError, match="No such file"), lock.held(tmp_path / "no" / "p.db", ""):
        pass
    assert not lock.is_held(tmp_path / "no" / "p.db")
