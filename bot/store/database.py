"""The database by its address, and the store that runs queries in one thread."""

import asyncio
import importlib
import math
import sqlite3
import time
import types
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.core import logs
from bot.core.errors import ConfigError, DatabaseError, DatabaseUnavailable, TemporaryFailure
from bot.core.models.database_address import DatabaseAddress, PostgresAddress
from bot.store import failures, sqlite
from bot.store.sql import Database, select, transaction
from bot.store.sqlite import SqliteDatabase

log = logs.get_logger("store")

P = ParamSpec("P")
T = TypeVar("T")

NOT_INSTALLED = (
    "For PostgreSQL, provbot needs psycopg, which is not installed."
    " Install it in the source directory: pip install -c constraints.txt '.[postgres]'"
)
WRITE_BEHIND_DELAY = 0.05  # seconds; another call probably starts a transaction by then


def instance(db: Database) -> str:
    """Return the id of this installation."""
    return str(next(select(db, "select id from instance"))["id"])


def connect(address: DatabaseAddress) -> Database:
    """Open or create the database and upgrade it.

    Raises ConfigError if it cannot be opened, and TemporaryFailure if another attempt may succeed.
    """
    if isinstance(address, PostgresAddress):
        database: Database = postgres().connect(address)
        return database
    return sqlite.connect(address)


def open_standby(address: DatabaseAddress) -> Database:
    """Open a PostgreSQL database only to read it, until this process leads."""
    assert isinstance(address, PostgresAddress)  # noqa: S101 - SQLite has one process
    database: Database = postgres().connect(address, standby=True)
    return database


def open_as_it_is(address: DatabaseAddress) -> Database:
    """Open a PostgreSQL database, and neither make nor upgrade its tables."""
    database: Database = postgres().connect_as_it_is(address)
    return database


def open_to_read(address: PostgresAddress) -> Database:
    """Open a PostgreSQL database only to read it. Raises ConfigError if it has no tables."""
    database: Database = postgres().connect_to_read(address)
    return database


def postgres() -> types.ModuleType:
    """Return the module, which SQLite does without. Raises ConfigError without psycopg."""
    try:
        return importlib.import_module("bot.store.postgres")
    except ImportError as error:
        raise ConfigError(NOT_INSTALLED) from error


def explain(error: Exception, address: DatabaseAddress) -> ConfigError:
    """Convert a failure of the database to an error with a sentence for the operator."""
    if isinstance(address, PostgresAddress):
        from bot.store import postgres_connection  # needs psycopg

        return postgres_connection.explain(error, address)
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    if isinstance(cause, sqlite3.Error | OSError):
        return failures.explain(cause, address)
    return TemporaryFailure(f"The database {address} cannot be used: {error}.")


def as_ours(error: Exception) -> Exception:
    """Convert an error of SQLite to what all engines raise."""
    if not isinstance(error, sqlite3.Error):
        return error
    passes = isinstance(error, sqlite3.OperationalError)
    ours = DatabaseUnavailable(str(error)) if passes else DatabaseError(str(error))
    ours.__cause__ = error
    return ours


@dataclass(frozen=True, slots=True)
class _Job:
    """A queued call of the store. A write behind has no future, because nobody waits for it."""

    work: Callable[[], Any]
    future: asyncio.Future[Any] | None = None
    durable: bool = False  # must be flushed to disk before its result is returned

    def run(self) -> Any:
        """Return its result. A future cannot carry StopIteration, so it becomes LookupError."""
        try:
            return self.work()
        except StopIteration as error:
            raise LookupError from error

    @property
    def cancelled(self) -> bool:
        """Whether the caller no longer waits for it."""
        return self.future is not None and self.future.cancelled()


@dataclass(frozen=True, slots=True)
class _Result:
    """The value or the error of a job."""

    value: Any = None
    error: Exception | None = None


def _resolve(jobs: Iterable[_Job], results: Iterable[_Result]) -> None:
    """Pass the results to the callers. Runs in the event loop."""
    for job, result in zip(jobs, results, strict=True):
        if job.future is None:
            if result.error is not None:  # the next call will probably fail and report it, too
                log.error("write_failed", exc_info=result.error)
        elif job.future.done():
            pass  # the caller stopped waiting
        elif result.error is None:
            job.future.set_result(result.value)
        else:
            job.future.set_exception(result.error)


class Store:
    """The database for asyncio. One thread runs all queries, so the event loop never blocks.

    Calls that arrive while the thread works share the next transaction (group commit), because
    the flush to disk at the end of a transaction takes most of the time.
    """

    def __init__(
        self,
        address: DatabaseAddress,
        *,
        opening: Callable[[DatabaseAddress], Database] | None = None,
    ) -> None:
        """Open the database, with `connect` by default; with `open_standby` until `lead`."""
        self.address = address
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        opened = self._thread.submit(opening or connect, address)
        self._db: Database = opened.result()
        self._jobs: deque[_Job] = deque()
        self._scheduled = False  # a run of the thread is queued
        self._loop: asyncio.AbstractEventLoop | None = None
        self._busy_since = math.inf  # since when the thread runs what it has begun

    async def lead(self, epoch: int, fence: Callable[[], None]) -> None:
        """Write from now on, in this epoch; `fence` is called when another process leads.

        Upgrades the database. Raises ConfigError if a newer provbot wrote it.
        """
        lead = partial(self._db.lead, epoch, fence)  # type: ignore[attr-defined] # PostgreSQL's
        await asyncio.get_running_loop().run_in_executor(self._thread, lead)

    async def stand_by(self) -> None:
        """Write what is queued, and only read from now on: another process may lead soon."""

        def stand_by() -> None:
            self._run_jobs()
            self._db.standby = True  # type: ignore[attr-defined] # PostgreSQL's

        await asyncio.get_running_loop().run_in_executor(self._thread, stand_by)

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function of this package in a transaction, and return after the flush to disk."""
        result: T = await self._submit(partial(function, self._db, *args, **kwargs), durable=True)
        return result

    async def call_without_fsync(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function whose changes a power cut, but not a crash, may undo.

        They reach the disk with the next `call`, or when the operating system writes them.
        """
        result: T = await self._submit(partial(function, self._db, *args, **kwargs), durable=False)
        return result

    def write_behind(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Run a function with the next call, or after a moment; nobody waits for it."""
        self._loop = asyncio.get_running_loop()
        self._jobs.append(_Job(partial(function, self._db, *args, **kwargs)))
        self._loop.call_later(WRITE_BEHIND_DELAY, self._schedule)

    async def _submit(self, work: Callable[[], Any], *, durable: bool) -> Any:
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = self._loop.create_future()
        self._jobs.append(_Job(work, future, durable))
        self._schedule()
        return await future

    def _schedule(self) -> None:
        if self._jobs and not self._scheduled:
            self._scheduled = True
            try:
                self._thread.submit(self._run_jobs)
            except RuntimeError:  # closed; the next call must fail as well, not wait forever
                self._scheduled = False
                raise

    def _run_jobs(self) -> None:
        """Run all queued jobs. Runs in the thread."""
        self._scheduled = False  # first, so that a call from now on schedules the next run
        self._busy_since = time.monotonic()
        try:
            self._run_all_jobs()
        finally:
            self._busy_since = math.inf

    def _run_all_jobs(self) -> None:
        jobs = [self._jobs.popleft() for _ in range(len(self._jobs))]
        jobs = [job for job in jobs if not job.cancelled]
        if jobs and self._loop is not None:
            results = self._run_in_one_transaction(jobs)
            with suppress(RuntimeError):  # the loop is closed, so nobody waits
                self._loop.call_soon_threadsafe(_resolve, jobs, results)

    def _run_in_one_transaction(self, jobs: Sequence[_Job]) -> list[_Result]:
        try:
            with transaction(self._db, durable=any(job.durable for job in jobs)):
                if len(jobs) == 1:  # its failure undoes the transaction, which holds nothing else
                    return [_Result(jobs[0].run())]
                return [self._run_part(job) for job in jobs]
        except Exception as error:  # noqa: BLE001 - nothing was written, so each job has failed
            return [_Result(error=as_ours(error))] * len(jobs)

    def _run_part(self, job: _Job) -> _Result:
        """Run one job; a failure undoes its changes only."""
        self._db.begin_part()
        try:
            return _Result(job.run())
        except Exception as error:
            if not self._db.in_transaction:  # all was undone, for example on a full disk
                raise
            self._db.undo_part()
            return _Result(error=as_ours(error))

    def interrupt(self, seconds: float) -> bool:
        """Let a transaction fail that has taken longer than that: the server may be silent.

        Returns whether there was one. A time limit of the server does not end the wait for it.
        """
        is_stuck = time.monotonic() - self._busy_since > seconds
        if is_stuck:
            self._db.interrupt()  # type: ignore[attr-defined] # PostgreSQL's
        return is_stuck

    async def truncate_wal(self) -> bool:
        """Empty SQLite's write-ahead log, which holds old pages; False if another process reads it.

        PostgreSQL recycles its own, so there is nothing to do.
        """

        def truncate() -> bool:
            if not isinstance(self._db, SqliteDatabase):
                return True
            (checkpoint,) = self._db.query("pragma wal_checkpoint(truncate)")
            return not checkpoint["busy"]

        return await asyncio.get_running_loop().run_in_executor(self._thread, truncate)

    def close(self) -> None:
        """Run the queued calls, and close the database."""
        self._thread.submit(self._run_jobs).result()
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()
