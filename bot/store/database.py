"""The connection, and the one thread that uses it."""

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

from bot import telemetry
from bot.errors import ConfigError
from bot.store.schema import MIGRATIONS, migration

log = telemetry.get_logger("store")

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT = 5.0  # seconds to wait for `provbot access`, which writes the same file
RIDES_WITHIN = 0.05  # seconds in which something else is probably written, which it goes along with


def instance(db: Database) -> str:
    """The id of this installation."""
    return str(next(db.query("select id from instance"))["id"])


def integrity(db: Database) -> str:
    """`ok`, or what SQLite finds broken."""
    return str(next(db.query("pragma integrity_check"))["integrity_check"])


def connect(path: Path) -> Database:
    """Open the file, in WAL mode so that readers and the writer do not wait, and bring it up to date.

    ConfigError when it cannot be opened or is no database.
    """
    try:
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, check_same_thread=False)
        return _prepared(connection, path)
    except (sqlite3.Error, OSError) as problem:
        raise ConfigError(f"The database {path} cannot be used: {problem}.") from problem


def _prepared(connection: sqlite3.Connection, path: Path) -> Database:
    db = Database(connection)
    try:
        db.conn.execute("PRAGMA journal_mode=WAL")
        db.conn.execute("PRAGMA synchronous=FULL")  # a claim must survive a power cut
        db.conn.execute("PRAGMA cache_size=-512")  # KiB; the machine caches the file as well
        db.conn.execute("PRAGMA secure_delete=ON")  # what was deleted or replaced is overwritten
        _insist_on_whole(db, path)
        _keep_former(db, path)
        with transaction(db):  # two that start at once must not both migrate
            migration.apply(db)
    except BaseException:
        connection.close()
        raise
    return db


def _insist_on_whole(db: Database, path: Path) -> None:
    """Better no bot than one that builds on a damaged file."""
    found = next(db.query("pragma quick_check(1)"))["quick_check"]
    if found != "ok":
        raise ConfigError(
            f"The database {path} is damaged ({found}). Restore a backup: provbot restore FILE."
        )


def _keep_former(db: Database, path: Path) -> None:
    """Refuse what a newer provbot wrote; copy what an older one wrote, before it is changed."""
    applied = [one.name for one in migration.applied(db)] if db.table_names() else []
    unknown = [name for name in applied if name not in MIGRATIONS]
    if unknown:
        raise ConfigError(
            f"The database {path} was written by a newer provbot ({unknown[-1]}). Install that version,"
            f" or restore a copy from before: there may be one beside it, {path.name}.before-…."
        )
    if applied and len(applied) < len(MIGRATIONS):
        with suppress(FileExistsError):  # an earlier attempt has kept it already
            copy(db.conn, path.with_name(f"{path.name}.before-{MIGRATIONS[len(applied)][:4]}"))


def copy(source: sqlite3.Connection, target: Path) -> None:
    """A whole copy of a database that may be in use, readable by nobody else. Never over another file.

    Raises FileExistsError. What cannot be finished is not left behind.
    """
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(sqlite3.connect(target)) as to:
            source.backup(to)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All or nothing, and alone: it waits for whoever writes the same file.

    Immediate, because a transaction that reads first and writes later is not made to wait by SQLite
    but refused, when another process wrote in between.
    """
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.commit()
    except BaseException:
        db.conn.rollback()
        raise


def insert(db: Database, table: str, row: Mapping[str, Any]) -> None:
    """A new row, for what happens at each event: sqlite-utils would look up table and columns first."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"insert into {table} ({names}) values ({marks})", [*row.values()])  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class _Job:
    """One call of the store, and where its end is told; nobody waits for what was posted."""

    work: Callable[[], Any]
    end: asyncio.Future[Any] | None = None
    lasting: bool = False  # a power cut must not undo it once its end was told

    def done(self) -> Any:
        """Its result. A StopIteration would be refused by asyncio, and whoever waits wait for ever."""
        try:
            return self.work()
        except StopIteration as problem:
            raise LookupError from problem

    @property
    def given_up(self) -> bool:
        """Whoever waited for it does not any more."""
        return self.end is not None and self.end.cancelled()


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a job ended."""

    value: Any = None
    problem: Exception | None = None


def _tell(jobs: Iterable[_Job], ends: Iterable[_Ended]) -> None:
    """In the loop: whoever waits goes on."""
    for job, ended in zip(jobs, ends, strict=True):
        if job.end is None:
            if ended.problem is not None:  # what is called next will meet the same, and tell
                log.error("not written", exc_info=ended.problem)
        elif job.end.done():
            pass  # gave up meanwhile
        elif ended.problem is None:
            job.end.set_result(ended.value)
        else:
            job.end.set_exception(ended.problem)


class Store:
    """The database for asyncio: one thread, so SQLite never sees two and the loop never waits.

    What is called while the thread is at work is written together: it is the flush to disk at the end
    of a transaction that takes time, and one serves all.
    """

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._db = self._thread.submit(connect, path).result()
        self._jobs: deque[_Job] = deque()
        self._woken = False  # the thread was told that there is something to do
        self._flushes = True  # at the end of each transaction, as `connect` leaves it
        self._loop: asyncio.AbstractEventLoop | None = None

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function of this package: all of it is on the disk when this returns, or nothing."""
        done: T = await self._called(partial(function, self._db, *args, **kwargs), lasting=True)
        return done

    async def lightly(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for what may have to be done again after a power cut, though not after a kill.

        It is in the file, and reaches the disk with the next `call` that writes, or when the system sees fit.
        """
        done: T = await self._called(partial(function, self._db, *args, **kwargs), lasting=False)
        return done

    def post(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have it written with whatever is called next, or in a moment; nobody waits for it."""
        self._loop = asyncio.get_running_loop()
        self._jobs.append(_Job(partial(function, self._db, *args, **kwargs)))
        self._loop.call_later(RIDES_WITHIN, self._wake)

    async def _called(self, work: Callable[[], Any], *, lasting: bool) -> Any:
        self._loop = asyncio.get_running_loop()
        end: asyncio.Future[Any] = self._loop.create_future()
        self._jobs.append(_Job(work, end, lasting))
        self._wake()
        return await end

    def _wake(self) -> None:
        if self._jobs and not self._woken:
            self._woken = True
            try:
                self._thread.submit(self._work)
            except RuntimeError:  # it was closed: who calls again must not wait for ever
                self._woken = False
                raise

    def _work(self) -> None:
        """In the thread: all that was called until now."""
        self._woken = False  # before it looks: who comes after that wakes it again
        jobs = [self._jobs.popleft() for _ in range(len(self._jobs))]
        jobs = [job for job in jobs if not job.given_up]
        if jobs and self._loop is not None:
            ends = self._together(jobs)
            with suppress(RuntimeError):  # the loop was closed: nobody waits
                self._loop.call_soon_threadsafe(_tell, jobs, ends)

    def _together(self, jobs: Sequence[_Job]) -> list[_Ended]:
        """All in one transaction; how each ended."""
        try:
            self._flush_at_the_end(any(job.lasting for job in jobs))
            with transaction(self._db):
                return [self._tried(job) for job in jobs]
        except Exception as problem:  # noqa: BLE001 - nothing at all was written: each must hear it
            return [_Ended(problem=problem)] * len(jobs)

    def _flush_at_the_end(self, wanted: bool) -> None:
        if wanted != self._flushes:
            self._db.conn.execute(f"PRAGMA synchronous={'FULL' if wanted else 'NORMAL'}")
            self._flushes = wanted

    def _tried(self, job: _Job) -> _Ended:
        """Do one; a failure takes back what it wrote, and nothing of the others."""
        self._db.conn.execute("SAVEPOINT job")
        try:
            ended = _Ended(job.done())
        except Exception as problem:
            if not self._db.conn.in_transaction:  # a full disk, say: SQLite let go of everything
                raise
            self._db.conn.execute("ROLLBACK TO job")
            ended = _Ended(problem=problem)
        self._db.conn.execute("RELEASE job")
        return ended

    async def empty_log(self) -> bool:
        """Cut off the write-ahead log, which holds pages as they were; False while somebody else reads it."""

        def work() -> bool:
            (found,) = self._db.query("pragma wal_checkpoint(truncate)")
            return not found["busy"]

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Finish what was called, close the file."""
        self._thread.submit(self._work).result()
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()
