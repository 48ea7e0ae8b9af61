"""Secrets that people type into a form: sent exactly as they were typed, or refused."""

import unicodedata
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, SecretStr

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
            f"What you typed here has {join_words(kinds, 'and')}. Webex and the phone could read"
            " that differently, so it was not accepted. Please type it again without."
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
