"""Secrets that people type into a form: sent exactly as they were typed, or refused."""

import unicodedata
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, SecretStr

from bot.core.models.text import listed

LONGEST_SECRET = 200  # characters; Webex takes fewer, and a longer one is an accident
# Characters, and categories of Unicode, that are invisible.
_UNSEEN = {
    "\t": "a tab",
    "\xa0": "a no-break space",
    "\u202f": "a no-break space",
    **dict.fromkeys(("\n", "\r", "\x0b", "\x0c", "\x85", "Zl", "Zp"), "a line break"),
    "Cc": "a control character",
    "Cf": "an invisible character",
    "Cs": "half of a character",
    "Zs": "a space of an unusual width",
}


def as_typed(secret: str) -> str:
    """The secret itself; ValueError if it has invisible characters: people type it on the phone."""
    kinds = list(dict.fromkeys(_unseen(secret)))
    if kinds:
        raise ValueError(
            f"What you typed here has {listed(kinds, 'and')}. Webex and the phone could read that"
            " differently, so it was not accepted. Please type it again without."
        )
    return secret


def _unseen(text: str) -> Iterator[str]:
    blanks = {
        "a blank at the beginning": text.startswith(" "),
        "a blank at the end": text.endswith(" "),
        "two blanks in a row": "  " in text,
        f"more than {LONGEST_SECRET} characters": len(text) > LONGEST_SECRET,
    }
    yield from (kind for kind, there in blanks.items() if there)
    for sign in text.replace(" ", ""):
        kind = _UNSEEN.get(sign) or _UNSEEN.get(unicodedata.category(sign))
        if kind:
            yield kind


Secret = Annotated[SecretStr, BeforeValidator(as_typed)]  # of a form
