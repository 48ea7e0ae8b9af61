"""Secrets at rest: encrypted with PROVBOT_KEY before they are written, as they are without one.

Fernet of `cryptography`: AES-128-CBC with HMAC-SHA-256. Several keys: the first encrypts, all decrypt.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.errors import ConfigError

if TYPE_CHECKING:  # loaded only where there is a key: it takes a tenth of a second of the start
    from cryptography.fernet import MultiFernet

MARK = "fernet:"  # in front of what is encrypted; no token of Webex has a colon


class SealedAway(ConfigError):
    """What is encrypted cannot be read with the keys there are. It is still there, unchanged."""


class Seal:
    """Closes and opens what is kept; without keys it keeps things as they are."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._all: MultiFernet | None = None
        self._first: MultiFernet | None = None
        if keys:
            self._all, self._first = _fernets(keys), _fernets(keys[:1])

    @property
    def has_a_key(self) -> bool:
        """Whether what is closed cannot be read from the file."""
        return self._first is not None

    def close(self, plain: str) -> str:
        """What may be written down."""
        if self._first is None:
            return plain
        return MARK + self._first.encrypt(plain.encode()).decode()

    def open(self, kept: str) -> str:
        """What was closed, with any of the keys or none; SealedAway where no key fits."""
        if not kept.startswith(MARK):
            return kept
        if self._all is None:
            raise SealedAway(
                "The refresh token in the database is encrypted, and PROVBOT_KEY is not set."
            )
        return _opened(self._all, kept)

    def is_current(self, kept: str) -> bool:
        """Whether closing it anew would change nothing: the first key was used, or there is none."""
        if self._first is None:
            return True
        if not kept.startswith(MARK):
            return False
        try:
            _opened(self._first, kept)
        except SealedAway:
            return False
        return True


def _fernets(keys: Sequence[str]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # not above: see there

    return MultiFernet([Fernet(key) for key in keys])


def _opened(keys: "MultiFernet", kept: str) -> str:
    from cryptography.fernet import InvalidToken  # not above: see there

    try:
        return keys.decrypt(kept.removeprefix(MARK).encode()).decode()
    except InvalidToken:
        raise SealedAway(
            "The refresh token in the database is encrypted with a key that is not in PROVBOT_KEY."
        ) from None
