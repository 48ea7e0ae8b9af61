"""An address on the allowlist belongs to the account that first used it."""

import pytest

from bot.store import accounts

pytestmark = pytest.mark.usefixtures("engine")

ANN = "ann@example.com"


def test_the_first_account_that_uses_an_address_keeps_it(db):
    assert accounts.belongs(db, ANN, "one", 1.0)
    assert accounts.belongs(db, ANN, "one", 2.0)
    assert not accounts.belongs(db, ANN, "two", 3.0)
    assert accounts.belongs(db, "bob@example.com", "two", 3.0)


def test_each_other_account_is_recorded_once(db):
    accounts.belongs(db, ANN, "one", 1.0)
    assert accounts.note_refused(db, ANN, "two")
    assert not accounts.note_refused(db, ANN, "two")
    assert accounts.note_refused(db, ANN, "three")


def test_a_forgotten_address_belongs_to_the_next_account(db):
    assert not accounts.forget(db, ANN)
    accounts.belongs(db, ANN, "one", 1.0)
    assert accounts.forget(db, ANN)
    assert accounts.belongs(db, ANN, "two", 2.0)
