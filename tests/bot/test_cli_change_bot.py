"""`provbot change-bot`: another bot may have the database."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.app import app
from bot.core.models.database_address import PostgresAddress
from bot.store import bot_account, lease, lock
from bot.store.bot_account import BotAccount
from bot.store.sql import transaction
from tests import database

Run = Callable[[Path], Result]
LOBBY = BotAccount("bot-1", "lobby@webex.bot", "acme")


@pytest.fixture
def path(engine: str, tmp_path: Path) -> Path:
    """A database that belongs to a bot."""
    path = tmp_path / "provbot.db"
    db = database.opened(path)
    with transaction(db):
        bot_account.claim(db, LOBBY, "DB")
    return path


@pytest.fixture
def change_bot(monkeypatch, tmp_path) -> Run:
    """Runs it with a database."""
    monkeypatch.chdir(tmp_path)

    def run(path: Path) -> Result:
        env = {"PROVBOT_DATABASE": database.setting(path)}
        return CliRunner(env=env).invoke(app, ["change-bot"])

    return run


def owner_of(path: Path) -> BotAccount:
    """Whose database it is."""
    with database.another_process(path) as db, transaction(db):
        return bot_account.noted(db)


def test_the_next_bot_may_have_it(path, change_bot):
    done = change_bot(path)
    assert done.exit_code == 0
    assert done.output.endswith(" belongs to the bot that starts next with it.\n")
    assert owner_of(path) == BotAccount()


def test_not_while_a_bot_runs(path, change_bot):
    address = database.migrated(path)
    if isinstance(address, PostgresAddress):
        with closing(lease.Lease(address, "pod-1")) as holder:
            assert holder.take()
            done = change_bot(path)
    else:
        with lock.held(path, ""):
            done = change_bot(path)
    assert done.exit_code == 1
    assert "Nothing was changed. Stop " in done.output
    assert owner_of(path) == LOBBY


def test_a_missing_file_is_named(change_bot, tmp_path):
    done = change_bot(tmp_path / "nowhere.db")
    assert done.exit_code == 2
    assert "There is no database" in done.output
