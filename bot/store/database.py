"""Connections to the SQLite file, and the store that runs queries in one thread."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from bot.core import logs
from bot.core.errors import ConfigError
from bot.store import watched
from bot.store.failures import explained
from bot.store.migrations import MIGRATIONS, migration

log = logs.get_logger("store")

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT = 5.0  # seconds to wait for another process, such as `provbot access`
WRITE_BEHIND_DELAY = 0.05  # seconds; another call probably starts a transaction by then


def instance(db: Database) -> str:
    """Return the id of this installation."""
    return str(next(db.query("select id from instance"))["id"])


def integrity(db: Database) -> str:
    """Return `ok`, or the damage that SQLite finds."""
    return str(next(db.query("pragma integrity_check"))["integrity_check"])


def connect(path: Path, busy_timeout: float = BUSY_TIMEOUT) -> Database:
    """Open or create the database and upgrade it. WAL mode, so readers and the writer do not wait.

    Each statement waits at most `busy_timeout` seconds for another process.

    Raises ConfigError if it cannot be opened or is not a database, and TemporaryFailure if another
    attempt may succeed.
    """
    with explained(path):
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=busy_timeout, check_same_thread=False)
        return _configured(connection, path)


def open_read_only(path: Path, *, at_rest: bool = False) -> Database | None:
    """Open the database read-only, which neither a lock nor a full disk prevents.

    With `at_rest` no process may have it open; SQLite then creates no files beside it. Returns None
    if an older provbot wrote it and it must be upgraded first. Raises ConfigError like `connect`.
    """
    options = "mode=ro&immutable=1" if at_rest else "mode=ro"
    with explained(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{options}", uri=True, timeout=BUSY_TIMEOUT
        )
        try:
            connection.execute("PRAGMA temp_store=MEMORY")
            db = Database(connection)
            _check_is_whole(db, path)
            is_current = len(_applied(db, path)) == len(MIGRATIONS)
        except BaseException:
            connection.close()
            raise
        if is_current:
            return db
        connection.close()
        return None


def _configured(connection: sqlite3.Connection, path: Path) -> Database:
    db = Database(connection)
    try:
        db.conn.execute("PRAGMA journal_mode=WAL")
        db.conn.execute("PRAGMA synchronous=FULL")  # a claimed event must survive a power cut
        db.conn.execute("PRAGMA cache_size=-512")  # KiB; the operating system caches the file, too
        db.conn.execute("PRAGMA secure_delete=ON")  # overwrite deleted and replaced content
        _check_is_whole(db, path)
        _copy_before_upgrade(db, path)
        with transaction(db):  # two processes that start at once must not both migrate
            migration.apply(db)
        watched.install(db)
    except BaseException:
        connection.close()
        raise
    return db


def _check_is_whole(db: Database, path: Path) -> None:
    """Refuse to work with a damaged file."""
    damage = next(db.query("pragma quick_check(1)"))["quick_check"]
    if damage != "ok":
        raise ConfigError(
            f"The database {path} is damaged ({damage}). Restore a backup: provbot restore FILE."
        )


def _applied(db: Database, path: Path) -> list[str]:
    """Return the names of the applied migrations; ConfigError if a newer provbot wrote the file."""
    applied = [step.name for step in migration.applied(db)] if db.table_names() else []
    unknown = [name for name in applied if name not in MIGRATIONS]
    if unknown:
        raise ConfigError(
            f"The database {path} was written by a newer provbot ({unknown[-1]}). Install that"
            " version, or restore a copy from before:"
            f" there may be one beside it, {path.name}.before-…."
        )
    return applied


def _copy_before_upgrade(db: Database, path: Path) -> None:
    """Copy a database of an older provbot before it is changed; refuse one of a newer provbot."""
    applied = _applied(db, path)
    if applied and len(applied) < len(MIGRATIONS):
        with suppress(FileExistsError):  # an earlier attempt made the copy
            copy(db.conn, path.with_name(f"{path.name}.before-{MIGRATIONS[len(applied)][:4]}"))


def copy(source: sqlite3.Connection, target: Path) -> None:
    """Copy a database that may be in use; only our user can read the copy.

    Raises FileExistsError if the target exists. Removes the target if the copy fails.
    """
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """Run a transaction that waits until no other process writes.

    It begins IMMEDIATE: SQLite refuses, rather than delays, a transaction that reads first and
    writes after another process has written.
    """
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.commit()
    except BaseException:
        db.conn.rollback()
        raise


def select(
    db: Database, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterator[dict[str, Any]]:
    """Run a query that reads, and yield its rows.

    sqlite-utils would also set and release a savepoint, in case the query returns no rows.
    """
    cursor = db.conn.execute(query, values)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def insert(db: Database, table: str, row: Mapping[str, Any]) -> None:
    """Insert a row faster than sqlite-utils, which would look up the table and columns first."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    query = f"insert into {table} ({names}) values ({marks})"  # noqa: S608 - our own names
    db.execute(query, [*row.values()])


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

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._db = self._thread.submit(connect, path).result()
        self._jobs: deque[_Job] = deque()
        self._scheduled = False  # a run of the thread is queued
        self._fsync = True  # at the end of each transaction; `connect` sets it
        self._loop: asyncio.AbstractEventLoop | None = None

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
        jobs = [self._jobs.popleft() for _ in range(len(self._jobs))]
        jobs = [job for job in jobs if not job.cancelled]
        if jobs and self._loop is not None:
            results = self._run_in_one_transaction(jobs)
            with suppress(RuntimeError):  # the loop is closed, so nobody waits
                self._loop.call_soon_threadsafe(_resolve, jobs, results)

    def _run_in_one_transaction(self, jobs: Sequence[_Job]) -> list[_Result]:
        try:
            self._set_fsync(any(job.durable for job in jobs))
            with transaction(self._db):
                if len(jobs) == 1:  # its failure undoes the transaction, which holds nothing else
                    return [_Result(jobs[0].run())]
                return [self._run_in_savepoint(job) for job in jobs]
        except Exception as error:  # noqa: BLE001 - nothing was written, so each job has failed
            return [_Result(error=error)] * len(jobs)

    def _set_fsync(self, fsync: bool) -> None:
        if fsync != self._fsync:
            self._db.conn.execute(f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'}")
            self._fsync = fsync

    def _run_in_savepoint(self, job: _Job) -> _Result:
        """Run one job; a failure undoes its changes only."""
        self._db.conn.execute("SAVEPOINT job")
        try:
            result = _Result(job.run())
        except Exception as error:
            if (
                not self._db.conn.in_transaction
            ):  # SQLite has rolled back all, for example on a full disk
                raise
            self._db.conn.execute("ROLLBACK TO job")
            result = _Result(error=error)
        self._db.conn.execute("RELEASE job")
        return result

    async def truncate_wal(self) -> bool:
        """Empty the write-ahead log, which holds old pages; False if another process reads it."""

        def truncate() -> bool:
            (checkpoint,) = self._db.query("pragma wal_checkpoint(truncate)")
            return not checkpoint["busy"]

        return await asyncio.get_running_loop().run_in_executor(self._thread, truncate)

    def close(self) -> None:
        """Run the queued calls, and close the database."""
        self._thread.submit(self._run_jobs).result()
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()
