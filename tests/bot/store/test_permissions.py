"""The files of the database are closed to other users at the start."""

import pytest

from bot.store.permissions import tighten

FILES = ("provbot.db", "provbot.db-wal", "provbot.db-shm", "provbot.db.lock")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o666, 0o604])
def test_files_that_others_can_read_become_private(tmp_path, mode, caplog):
    for name in FILES:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    tighten(tmp_path / "provbot.db")
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in FILES} == {0o600}


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_unchanged(tmp_path, mode):
    (tmp_path / "provbot.db").touch()
    (tmp_path / "provbot.db").chmod(mode)
    tighten(tmp_path / "provbot.db")
    assert (tmp_path / "provbot.db").stat().st_mode & 0o777 == mode


def test_a_missing_database_is_not_created(tmp_path):
    tighten(tmp_path / "provbot.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_user_does_not_stop_the_start(tmp_path, monkeypatch):
    (tmp_path / "provbot.db").touch()
    (tmp_path / "provbot.db").chmod(0o644)

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.chmod", refused)
    tighten(tmp_path / "provbot.db")
