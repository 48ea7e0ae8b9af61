"""Whose database it is."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.store import bot_account, postgres, postgres_migrations
from bot.store.bot_account import BotAccount
from bot.store.database import instance
from bot.store.migrations import migration
from bot.store.sql import transaction
from bot.store.sqlite import SqliteDatabase, connect
from tests import postgres_schemas, postgres_server
from tests.database import opened

LOBBY = BotAccount("bot-1", "lobby@webex.bot", "")
IN_ACME = BotAccount("bot-1", "lobby@webex.bot", "acme")
IN_OTHER = BotAccount("bot-1", "lobby@webex.bot", "other")
ANOTHER = BotAccount("bot-2", "another@webex.bot", "acme")
UNKNOWN = BotAccount()

pytestmark = pytest.mark.usefixtures("engine")


@pytest.mark.parametrize(
    ("first", "then", "noted"),
    [
        (LOBBY, LOBBY, LOBBY),
        (UNKNOWN, IN_ACME, IN_ACME),
        (LOBBY, IN_ACME, IN_ACME),
        (IN_ACME, LOBBY, IN_ACME),
        (LOBBY, BotAccount("bot-1", "renamed@webex.bot"), BotAccount("bot-1", "renamed@webex.bot")),
    ],
)
def test_the_same_bot_may_start_again(tmp_path: Path, first, then, noted):
    db = opened(tmp_path / "provbot.db")
    with transaction(db):
        bot_account.claim(db, first, "DB")
        bot_account.claim(db, then, "DB")
        assert bot_account.noted(db) == noted


@pytest.mark.parametrize(
    ("other", "words"),
    [(ANOTHER, "DB belongs to another bot, lobby@webex.bot"), (IN_OTHER, "another organization")],
)
def test_another_bot_and_another_organization_are_refused(tmp_path: Path, other, words):
    db = opened(tmp_path / "provbot.db")
    with transaction(db):
        bot_account.claim(db, IN_ACME, "DB")
        for refuse in (bot_account.check, bot_account.claim):
            with pytest.raises(ConfigError, match=words):
                refuse(db, other, "DB")
        assert bot_account.noted(db) == IN_ACME
        bot_account.forget(db)
        bot_account.claim(db, other, "DB")
        assert bot_account.noted(db) == other


def test_an_older_file_is_upgraded(tmp_path: Path):
    path = tmp_path / "old.db"
    old = SqliteDatabase(path)
    migration.apply(old, stop_before="m032_bot")
    name = instance(old)
    assert bot_account.noted(old) == UNKNOWN
    old.close()
    with closing(connect(path)) as new:
        assert (instance(new), bot_account.noted(new)) == (name, UNKNOWN)


@pytest.mark.slow
def test_older_tables_of_postgresql_are_upgraded(monkeypatch):
    postgres_server.required()
    address = postgres_schemas.empty()
    with monkeypatch.context() as before:
        before.setattr(postgres_migrations, "NAMES", (postgres_migrations.SCHEMA,))
        with closing(postgres.connect(address)) as old:
            name = instance(old)
            assert bot_account.noted(old) == UNKNOWN
    with closing(postgres.connect(address)) as new:
        assert (instance(new), bot_account.noted(new)) == (name, UNKNOWN)
    postgres_schemas.give_back(address)
