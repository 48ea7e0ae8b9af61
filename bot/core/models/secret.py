"""Secrets that people type into a form: sent exactly as they were typed, or refused.

Also the SIP passwords that provbot makes.
"""

import secrets
import unicodedata
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.core.models.text import join_words

MAX_SECRET_LENGTH = 200  # characters; Webex takes fewer, and a longer one is an accident
# Characters, and categories of Unicode, that are invisible.
_REJECTED = {
    "\t": "a tab",
    "\xa0": "a no-break space",
    "\u202f": "a no-break space",
    **dict.fromkeys(("\n", "\r", "\x0b", "\x0c", "\x85", "Zl", "Zp"), "a line break"),
    "Cc": "a control character",
    "Cf": "an invisible character",
    "Cs": "half of a character",
    "Zs": "a space of an unusual width",
}


def check_visible(secret: str) -> str:
    """The secret itself; ValueError if it has invisible characters: people type it on the phone."""
    kinds = list(dict.fromkeys(_rejected_kinds(secret)))
    if kinds:
        raise ValueError(
            f"It has {join_words(kinds, 'and')}, which Webex and the phone could read differently,"
            " so it was not accepted. Please type it again without that."
        )
    return secret


def _rejected_kinds(text: str) -> Iterator[str]:
    faults = {
        "a blank at the beginning": text.startswith(" "),
        "a blank at the end": text.endswith(" "),
        "two blanks in a row": "  " in text,
        f"more than {MAX_SECRET_LENGTH} characters": len(text) > MAX_SECRET_LENGTH,
    }
    yield from (kind for kind, is_present in faults.items() if is_present)
    for sign in text.replace(" ", ""):
        kind = _REJECTED.get(sign) or _REJECTED.get(unicodedata.category(sign))
        if kind:
            yield kind


Secret = Annotated[SecretStr, BeforeValidator(check_visible)]  # of a form

# Webex does not publish its rule for SIP passwords, and refuses what its locations do not allow.
# This minimum is provbot's own: anybody on the internet can try passwords, and calls cost money.
MIN_SIP_PASSWORD_LENGTH = 8
# Without characters that look alike, and without signs that are hard to type on a phone.
_READABLE = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP_LENGTH = 4, 5  # about 115 bits


def check_sip_password(password: SecretStr) -> SecretStr:
    """The password itself; ValueError if it is too easy to guess."""
    text = password.get_secret_value()
    has_letter = any(char.isalpha() for char in text)
    has_other = any(not (char.isalpha() or char.isspace()) for char in text)
    if len(text) < MIN_SIP_PASSWORD_LENGTH or not (has_letter and has_other):
        raise ValueError(
            f"A SIP password has at least {MIN_SIP_PASSWORD_LENGTH} characters: letters, and digits"
            " or signs. Leave it empty, and I make one."
        )
    return password


def new_sip_password() -> str:
    """A password that is read and typed in groups: `Kx7mQ-h3vRt-8WbNc-zP4dE`.

    It has small and capital letters, digits and a sign, as many systems demand.
    """
    while True:
        groups = [
            "".join(secrets.choice(_READABLE) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
        ]
        password = "-".join(groups)
        kinds = (str.islower, str.isupper, str.isdigit)
        if all(any(kind(char) for char in password) for kind in kinds):
            return password


SipPassword = Annotated[Secret, AfterValidator(check_sip_password)]  # of a form
