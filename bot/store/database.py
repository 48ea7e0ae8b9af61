"""The connection, the one thread that uses it, and the history of the schema."""

import asyncio
import sqlite3
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database, Migrations

from bot import telemetry
from bot.errors import ConfigError

log = telemetry.get_logger("store")

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT = 5.0  # seconds to wait for `provbot access`, which writes the same file

migration = Migrations("provbot")


@migration()
def m001_people(db: Database) -> None:
    """Emails by person id, learned from Webex: what a press, which has no email, is checked by."""
    db.table("people").create({"person_id": str, "email": str, "seen_at": float}, pk="person_id")


@migration()
def m002_access(db: Database) -> None:
    """The allowlist, and which PROVBOT_ADMINS were put on it once."""
    db.table("access").create(
        {"who": str, "role": str, "location": str, "granted_at": float},
        pk=("who", "role", "location"),
    )
    db.table("first_admins").create({"email": str, "at": float}, pk="email")


@migration()
def m003_events(db: Database) -> None:
    """The inbox: ids only, never what was said. `handled_at` is empty until it was answered."""
    db.table("events").create(
        {"id": str, "kind": str, "event": str, "received_at": float, "handled_at": float}, pk="id"
    )
    db.table("events").create_index(["handled_at"])


@migration()
def m004_requests(db: Database) -> None:
    """Requests with their life. `version` is what compare-and-set compares."""
    db.table("requests").create(
        {
            "code": str, "state": str, "version": int, "operation": str, "event_id": str,
            "requester_id": str, "requester_email": str,
            "room_id": str, "direct": int, "thread_id": str, "card_id": str,
            "inputs": str, "plan": str, "digest": str, "planned_at": float,
            "outcome": str, "told": int, "created_at": float, "changed_at": float, "changed_by": str,
        },
        pk="code",
    )  # fmt: skip
    db.table("requests").create_index(["event_id"], unique=True)
    db.table("requests").create_index(["requester_id", "created_at"])
    db.table("requests").create_index(["state"])


@migration()
def m005_tokens(db: Database) -> None:
    """The newest refresh token, and a fingerprint of the configured one it descends from."""
    db.table("tokens").create({"name": str, "value": str, "origin": str}, pk="name")


@migration()
def m006_instance(db: Database) -> None:
    """What tells this bot from another one with the same token; survives restarts and new hosts."""
    db.table("instance").create({"id": str}, pk="id")
    db.table("instance").insert({"id": uuid.uuid4().hex[:8]})


@migration()
def m007_deciding(db: Database) -> None:
    """Approvals: the two clocks, who decided what, and which messages show an approval card."""
    for column in ("approve_by", "run_by", "reminded_at"):
        db.table("requests").add_column(column, float)
    db.table("decisions").create(
        {
            "request": str,
            "person_id": str,
            "email": str,
            "verdict": str,
            "reason": str,
            "at": float,
        },
        pk=("request", "person_id"),
    )
    db.table("approval_cards").create(
        {"message_id": str, "request": str, "room_id": str, "email": str}, pk="message_id"
    )
    db.table("approval_cards").create_index(["request"])


@migration()
def m008_audit(db: Database) -> None:
    """The audit trail: rows are added, never changed; each carries the hash of the one before."""
    db.table("audit").create(
        {
            "seq": int, "at": str, "actor_id": str, "actor": str, "action": str, "request": str,
            "digest": str, "detail": str, "before": str, "hash": str,
        },
        pk="seq",
    )  # fmt: skip
    db.table("audit_head").create({"id": int, "seq": int, "hash": str}, pk="id")
    db.table("audit_head").insert({"id": 1, "seq": 0, "hash": ""})
    for verb in ("update", "delete"):
        db.execute(
            f"create trigger audit_no_{verb} before {verb} on audit"
            " begin select raise(abort, 'the audit trail is append-only'); end"
        )


@migration()
def m009_audit_inserts(db: Database) -> None:
    """`insert or replace` deletes without asking the trigger: nothing goes in but the next row."""
    db.execute(
        "create trigger audit_no_replace before insert on audit"
        " when new.seq is not (select seq + 1 from audit_head)"
        " begin select raise(abort, 'the audit trail is append-only'); end"
    )


@migration()
def m010_progress(db: Database) -> None:
    """Which message says that a request is running: taken away at the end, also after a crash."""
    db.table("requests").add_column("progress_id", str)


@migration()
def m011_marks(db: Database) -> None:
    """Until when everything that people said was heard."""
    db.table("marks").create({"id": int, "heard_until": float}, pk="id")


@migration()
def m012_beginning(db: Database) -> None:
    """Since when the bot listens at all: spaces that it was in before then are not greeted."""
    db.table("marks").add_column("began_at", float)


@migration()
def m013_timeline(db: Database) -> None:
    """Where the time of a request went: what each stage spent on calls; and its steps found quickly."""
    db.table("requests").add_column("spent", str)
    db.table("audit").create_index(["request"])


@migration()
def m014_lines(db: Database) -> None:
    """Messages that stand only for a while; those that say that a request runs were in its row."""
    db.table("lines").create({"message_id": str, "request": str}, pk="message_id")
    db.execute(
        "insert into lines (message_id, request) select progress_id, code from requests"
        " where progress_id is not null"
        " and (state in ('approved', 'running', 'unknown') or (state in ('done', 'failed') and told = 0))"
    )
    db.execute("alter table requests drop column progress_id")


@migration()
def m015_retention(db: Database) -> None:
    """What is old is found without looking at all the rest."""
    db.table("requests").create_index(["changed_at"])


@migration()
def m016_secrets(db: Database) -> None:
    """Secrets typed into forms, encrypted, until their request ends; nothing without PROVBOT_KEY."""
    db.table("secrets").create({"request": str, "sealed": str, "until": float}, pk="request")


def _all_migrations() -> list[str]:
    empty = Database(memory=True)
    try:
        return [one.name for one in migration.pending(empty)]
    finally:
        empty.close()


MIGRATIONS = _all_migrations()


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

    Raises FileExistsError.
    """
    target.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(target)) as to:
        source.backup(to)


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All or nothing, and alone: it waits for whoever writes the same file.

    Immediate, because a transaction that reads first and writes later is not made to wait by SQLite
    but refused, when another process wrote in between.
    """
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.conn.rollback()
        raise
    db.conn.commit()


def insert(db: Database, table: str, row: Mapping[str, Any]) -> None:
    """A new row, for what happens at each event: sqlite-utils would look up table and columns first."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"insert into {table} ({names}) values ({marks})", [*row.values()])  # noqa: S608 - our own names


@dataclass(frozen=True)
class _Job:
    """One call of the store, and where its end is told."""

    work: Callable[[], Any]
    end: Future[Any] = field(default_factory=Future)


def _complain(end: Future[Any]) -> None:
    """What is called next will meet the same, and tell."""
    if not end.cancelled() and (problem := end.exception()):
        log.error("not written", exc_info=problem)


class Store:
    """The database for asyncio: one thread, so SQLite never sees two and the loop never waits.

    What is called while the thread is at work is written together: it is the flush to disk at the end
    of a transaction that takes time, and one serves all.
    """

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._db = self._thread.submit(connect, path).result()
        self._jobs: deque[_Job] = deque()

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function of this package: all of it is written when this returns, or nothing."""
        job = self._begin(partial(function, self._db, *args, **kwargs))
        done: T = await asyncio.wrap_future(job.end)
        return done

    def post(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have it done before whatever is called next; nobody waits for it."""
        self._begin(partial(function, self._db, *args, **kwargs)).end.add_done_callback(_complain)

    def _begin(self, work: Callable[[], Any]) -> _Job:
        job = _Job(work)
        self._jobs.append(job)
        self._thread.submit(
            self._work
        )  # finds nothing to do where an earlier one took the job along
        return job

    def _work(self) -> None:
        """In the thread: all that was called until now."""
        jobs = [self._jobs.popleft() for _ in range(len(self._jobs))]
        jobs = [job for job in jobs if job.end.set_running_or_notify_cancel()]
        if jobs:
            for job, tell in zip(jobs, self._together(jobs), strict=True):
                tell(job.end)

    def _together(self, jobs: Sequence[_Job]) -> list[Callable[[Future[Any]], None]]:
        """All in one transaction; how each is told its end."""
        try:
            with transaction(self._db):
                return [self._tried(job) for job in jobs]
        except Exception as problem:  # noqa: BLE001 - nothing at all was written: each must hear it
            failed = problem
            return [lambda end: end.set_exception(failed) for _ in jobs]

    def _tried(self, job: _Job) -> Callable[[Future[Any]], None]:
        """Do one; a failure takes back what it wrote, and nothing of the others."""
        self._db.conn.execute("SAVEPOINT job")
        try:
            value = job.work()
        except Exception as problem:
            if (
                not self._db.conn.in_transaction
            ):  # a full disk, say: SQLite has let go of everything
                raise
            self._db.conn.execute("ROLLBACK TO job")
            self._db.conn.execute("RELEASE job")
            failed = problem  # `problem` itself ends with this block
            return lambda end: end.set_exception(failed)
        self._db.conn.execute("RELEASE job")
        return lambda end: end.set_result(value)

    async def empty_log(self) -> bool:
        """Cut off the write-ahead log, which holds pages as they were; False while somebody else reads it."""

        def work() -> bool:
            (found,) = self._db.query("pragma wal_checkpoint(truncate)")
            return not found["busy"]

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Finish what runs, close the file."""
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()
