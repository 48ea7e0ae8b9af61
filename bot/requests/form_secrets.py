"""Secrets between a form and its run: in memory, and encrypted in the database where there is a key.

Without a key they are asked for again after a restart.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.requests.lifecycle import PLAN_LIVES
from bot.store import secrets as rows
from bot.store.database import Store
from bot.store.seal import Seal

CLEAR = "-"  # typed into a kept secret's box to give it up


class Keeper(Protocol):
    """Where secrets survive a restart. What is put is there before anything else is written."""

    def put(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """In place of what was there; empty: nothing is to be kept."""
        ...


@dataclass(frozen=True)
class SealedKeeper:
    """In the database, encrypted."""

    store: Store
    seal: Seal

    def put(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """In place of what was there; empty: nothing is to be kept."""
        if secrets:
            self.store.post(rows.put, self.seal, code, until, secrets)
        else:
            self.store.post(rows.drop, code)


class Nowhere:
    """Without a key."""

    def put(self, code: str, until: float, secrets: Mapping[str, str]) -> None:
        """Nothing is written down."""


async def survive(vault: "Vault", store: Store, seal: Seal, now: float) -> None:
    """From now on the vault's secrets survive; those that did are in it."""
    await store.call(rows.forget_old, now)
    if seal.has_a_key:
        for code, until, secrets in await store.call(lambda db: list(rows.kept(db, seal))):
            vault.take_back(code, until, secrets)
        vault.keeper = SealedKeeper(store, seal)


class Vault:
    """Secret inputs by request code, forgotten when the request ends or the plan is too old."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.keeper: Keeper = Nowhere()
        self._clock = clock
        self._kept: dict[str, tuple[float, dict[str, str]]] = {}

    def keep(self, code: str, secrets: Mapping[str, str]) -> None:
        """Add to what is kept for a request; an empty box keeps what was there, `-` gives it up."""
        self.forget_old()
        together = {
            **self.secrets(code),
            **{name: value for name, value in secrets.items() if value},
        }
        given = {name: value for name, value in together.items() if value != CLEAR}
        if given or code in self._kept:
            self._set(code, self._clock() + 2 * PLAN_LIVES, given)

    def take_back(self, code: str, until: float, secrets: dict[str, str]) -> None:
        """It was kept over a restart."""
        self._kept[code] = (until, secrets)

    def secrets(self, code: str) -> dict[str, str]:
        """What is kept for a request."""
        return dict(self._kept.get(code, (0.0, {}))[1])

    def drop(self, code: str, names: Iterable[str]) -> None:
        """Forget single secrets: those that were refused."""
        until, kept = self._kept.get(code, (0.0, {}))
        left = {name: value for name, value in kept.items() if name not in set(names)}
        if left != kept:
            self._set(code, until, left)

    def extend(self, code: str, seconds: float) -> None:
        """The request waits for an approver: keep its secrets that long."""
        if code in self._kept:
            self._set(code, self._clock() + seconds, self._kept[code][1])

    def forget(self, code: str) -> None:
        """The request has ended."""
        if self._kept.pop(code, None):
            self.keeper.put(code, 0.0, {})

    def _set(self, code: str, until: float, secrets: dict[str, str]) -> None:
        self._kept[code] = (until, secrets)
        self.keeper.put(code, until, secrets)

    def forget_old(self) -> None:
        """Drop what nobody can confirm any more."""
        now = self._clock()
        for code in [code for code, (until, _) in self._kept.items() if until <= now]:
            self.forget(code)
