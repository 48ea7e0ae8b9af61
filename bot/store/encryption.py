"""Encrypt secrets in the database with PROVBOT_KEY; without a key, store them in plain text.

Fernet of `cryptography`: AES-128-CBC with HMAC-SHA-256. With several keys, the first one encrypts
and all of them decrypt.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.core.errors import ConfigError

if TYPE_CHECKING:  # imported only if there is a key, because the import takes a tenth of a second
    from cryptography.fernet import MultiFernet

PREFIX = "fernet:"  # of encrypted values; no token of Webex contains a colon


class DecryptionError(ConfigError):
    """A value cannot be decrypted with the configured keys. It stays in the database unchanged."""


class Cipher:
    """Encrypts and decrypts values; without keys it leaves them unchanged."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._all: MultiFernet | None = None
        self._first: MultiFernet | None = None
        if keys:
            self._all, self._first = _fernets(keys), _fernets(keys[:1])

    @property
    def has_key(self) -> bool:
        """Whether values are encrypted."""
        return self._first is not None

    def encrypt(self, plain: str) -> str:
        """Return the value to store."""
        if self._first is None:
            return plain
        return PREFIX + self._first.encrypt(plain.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """Return the plain value. Raises DecryptionError if no key fits."""
        if not stored.startswith(PREFIX):
            return stored
        if self._all is None:
            raise DecryptionError(
                "The refresh token in the database is encrypted, and PROVBOT_KEY is not set."
            )
        return _decrypted(self._all, stored)

    def uses_current_key(self, stored: str) -> bool:
        """Whether the first key encrypted the value, or there is no key."""
        if self._first is None:
            return True
        if not stored.startswith(PREFIX):
            return False
        try:
            _decrypted(self._first, stored)
        except DecryptionError:
            return False
        return True


def _fernets(keys: Sequence[str]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # see above

    return MultiFernet([Fernet(key) for key in keys])


def _decrypted(keys: "MultiFernet", stored: str) -> str:
    from cryptography.fernet import InvalidToken  # see above

    try:
        return keys.decrypt(stored.removeprefix(PREFIX).encode()).decode()
    except InvalidToken:
        raise DecryptionError(
            "The refresh token in the database is encrypted with a key that is not in PROVBOT_KEY."
        ) from None
