"""The newest refresh token descends from a configured one."""

import json

import pytest

from bot.store import tokens
from bot.store.sql import select

pytestmark = pytest.mark.usefixtures("engine")


def test_a_new_database_holds_no_token(db):
    assert tokens.load(db, "configured") is None


def test_the_newest_token_survives_a_restart(db, open_db):
    tokens.save(db, "configured", "newest-1")
    tokens.save(db, "configured", "newest-2")
    assert tokens.load(open_db(), "configured") == "newest-2"


def test_a_new_configured_token_replaces_the_stored_one(db):
    tokens.save(db, "configured", "newest-1")
    assert tokens.load(db, "configured again") is None
    tokens.save(db, "configured again", "newest-2")
    assert tokens.load(db, "configured again") == "newest-2"
    assert tokens.load(db, "configured") is None


def test_the_configured_token_itself_is_not_stored(db):
    tokens.save(db, "configured-secret", "newest-1")
    rows = [*select(db, "select * from tokens")]
    assert "newest-1" in json.dumps(rows)
    assert "configured-secret" not in json.dumps(rows)
