"""Secrets between a form and its run: in memory, and encrypted in the database if there is a key.

Without a key the person is asked for them again after a restart.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.core import masking
from bot.domain.plan import secrets_for_all_steps
from bot.requests.lifecycle import PLAN_LIFETIME
from bot.store import secrets as secrets_table
from bot.store.database import Store
from bot.store.encryption import Cipher

KEPT_AFTER_RUN = 3600.0  # seconds: the end of the run must be told as well
MADE = "made"  # the name of what a step made for the requester: a code, a password
CLEAR = "-"  # typed into the field of a kept secret to remove it


class SecretPersistence(Protocol):
    """Keeps secrets over a restart. They are stored before anything that is written later."""

    def put(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """Replace the stored secrets of a request; an empty mapping removes them."""
        ...

    def add(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """Store further secrets of a request."""
        ...


@dataclass(frozen=True)
class EncryptedPersistence:
    """Keeps secrets encrypted in the database."""

    store: Store
    cipher: Cipher

    def put(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """Replace the stored secrets of a request; an empty mapping removes them."""
        if secrets:
            self.store.write_behind(secrets_table.put, self.cipher, code, until, secrets)
        else:
            self.store.write_behind(secrets_table.drop, code)

    def add(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """Store further secrets of a request."""
        self.store.write_behind(secrets_table.add, self.cipher, code, until, secrets)


class NoPersistence:
    """Keeps nothing: there is no key."""

    def put(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """Store nothing."""

    def add(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """Store nothing."""


async def attach_persistence(
    form_secrets: "FormSecrets", store: Store, cipher: Cipher, now: float
) -> None:
    """Load the secrets that an earlier process stored, and store all secrets from now on."""
    await store.call(secrets_table.forget_old, now)
    if cipher.has_key:
        for code, until, secrets in await store.call(
            lambda db: list(secrets_table.kept(db, cipher))
        ):
            form_secrets.restore(code, until, secrets)
        form_secrets.persistence = EncryptedPersistence(store, cipher)


class FormSecrets:
    """Secret inputs by request code, dropped when the request ends or its plan expires."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.persistence: SecretPersistence = NoPersistence()
        self._clock = clock
        self._kept: dict[str, tuple[float, dict[str, str]]] = {}

    def keep(self, code: str, secrets: Mapping[str, str]) -> None:
        """Add secrets of a request; an empty field keeps the old value, `-` removes it."""
        self.forget_old()
        merged = {
            **self.secrets(code),
            **{name: value for name, value in secrets.items() if value},
        }
        kept = {name: value for name, value in merged.items() if value != CLEAR}
        if kept or code in self._kept:
            until, _ = self._kept.get(code, (0.0, {}))
            self._set(code, max(until, self._clock() + 2 * PLAN_LIFETIME), kept)

    def add(self, code: str, secrets: Mapping[str, str], run_until: float) -> None:
        """Add secrets that a step made, for a run that ends at that Unix time.

        A list makes a thousand of them, so the others are not stored once more.
        """
        until, kept = self._kept.get(code, (0.0, {}))
        until = max(until, run_until + KEPT_AFTER_RUN)
        kept |= secrets
        self._kept[code] = until, kept
        self.persistence.add(code, until, secrets)

    def generate(self, code: str, generators: Mapping[str, Callable[[], str]]) -> None:
        """Make the secrets of a request that it does not have yet."""
        kept = self.secrets(code)
        made = {name: make() for name, make in generators.items() if name not in kept}
        if made:
            self.keep(code, made)

    def restore(self, code: str, until: float, secrets: dict[str, str]) -> None:
        """Load secrets that were stored before a restart."""
        self._kept[code] = (until, secrets)

    def secrets(self, code: str) -> dict[str, str]:
        """Return the secrets of a request."""
        return dict(self._kept.get(code, (0.0, {}))[1])

    def masked(self, code: str) -> AbstractContextManager[None]:
        """Mask the secrets of a request in Webex's answers and in the log.

        Those of a single step are masked while the step is sent: nothing else sends them, and the
        passwords of a thousand rows would be searched for in each answer.
        """
        return masking.during(secrets_for_all_steps(self.secrets(code)).values())

    def drop(self, code: str, names: Iterable[str]) -> None:
        """Drop single secrets that were refused."""
        until, secrets = self._kept.get(code, (0.0, {}))
        dropped = set(names)
        remaining = {name: value for name, value in secrets.items() if name not in dropped}
        if remaining != secrets:
            self._set(code, until, remaining)

    def extend(self, code: str, seconds: float) -> None:
        """Keep the secrets longer, while the request waits for an approver."""
        if code in self._kept:
            self._set(code, self._clock() + seconds, self._kept[code][1])

    def forget(self, code: str) -> None:
        """Drop the secrets of a request that has ended."""
        if self._kept.pop(code, None):
            self.persistence.put(code, 0.0, {})

    def _set(self, code: str, until: float, secrets: dict[str, str]) -> None:
        self._kept[code] = (until, secrets)
        self.persistence.put(code, until, secrets)

    def forget_old(self) -> None:
        """Drop the secrets of plans that can no longer be confirmed."""
        now = self._clock()
        for code in [code for code, (until, _) in self._kept.items() if until <= now]:
            self.forget(code)
