"""A store without its thread, which can stop as if its process were killed."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from bot.store.database import Store, as_ours
from bot.store.sql import Database, transaction
from bot.store.sqlite import SqliteDatabase
from tests.database import opened

P = ParamSpec("P")
T = TypeVar("T")


class CrashTimer:
    """Counts down with everything that lasts; at its end nothing goes on."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.end = ""  # where it ends anyway
        self.dead = asyncio.Event()

    async def burn(self, where: str = "row") -> None:
        """One step; the last one never comes back."""
        await asyncio.sleep(0)
        if self.left is None:
            return
        if self.left <= 0 or where == self.end:
            self.left = 0
            self.dead.set()
            await asyncio.Event().wait()
        self.left -= 1


class InlineStore(Store):
    """The same transactions without the thread, so that a run can be repeated."""

    def __init__(self, path: Path, crash_timer: CrashTimer) -> None:
        self.db: Database = opened(path)
        if isinstance(self.db, SqliteDatabase):
            self.db.execute("pragma synchronous = off")  # the power stays on: only the process dies
        self._fuse = crash_timer
        self._posted: list[Callable[[], object]] = []

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """In one transaction, after what was posted."""
        await self._fuse.burn()
        while self._posted:
            self._in_transaction(self._posted.pop(0))
        result = self._in_transaction(partial(function, self.db, *args, **kwargs))
        await self._fuse.burn()
        return result

    def _in_transaction(self, work: Callable[[], T]) -> T:
        try:
            with transaction(self.db):
                return work()
        except sqlite3.Error as error:
            raise as_ours(error) from error

    async def call_without_fsync(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The power stays on."""
        return await self.call(function, *args, **kwargs)

    def write_behind(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """With the next call; lost where the process dies before."""
        self._posted.append(partial(function, self.db, *args, **kwargs))

    def close(self) -> None:
        """What is not committed is lost."""
        self.db.close()
