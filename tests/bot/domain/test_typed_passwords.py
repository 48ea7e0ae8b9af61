"""Passwords in messages are left out; the word alone is not."""

import pytest

from bot.domain.language.typed_passwords import without_passwords


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("add 2N for paul adler with password abc", "add 2N for paul adler"),
        ("add 2N password: Ab!c for paul", "add 2N for paul"),
        ("sip password=x for kim", "for kim"),
        ("add 2N for kim, password a1b2", "add 2N for kim"),
        ("with the password “my secret” for kim", "for kim"),
        ("mit Passwort geheim1 für kim", "für kim"),
        ("the pw is abc", "the"),
        ("password: hunter2", ""),
    ],
)
def test_a_password_is_left_out(text: str, rest: str):
    assert without_passwords(text) == (rest, True)


@pytest.mark.parametrize(
    "text",
    [
        "i forgot my password please",
        "add phone for password reset desk",
        "add 2N without password for kim",
        "add phone with password for kim",
        "with password PEOPLE:abcdefgh1234",
        "reject 7K3F because the password is wrong",
        "reject 7K3F because the password is not set",
    ],
)
def test_the_word_alone_changes_nothing(text: str):
    assert without_passwords(text) == (text, False)
