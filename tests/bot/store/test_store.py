"""What is called at the same time is written together, and each call stands or falls alone."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.core.errors import DatabaseError
from bot.store.database import WRITE_BEHIND_DELAY, Store
from bot.store.sql import Database, select
from tests.bot.store import sample
from tests.database import another_process, migrated, of_sqlite, sqlite_only
from tests.virtual_clock import virtually

both_engines = pytest.mark.usefixtures("engine")


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """On a database of its own."""
    store = Store(migrated(path))
    yield store
    store.close()


@asynccontextmanager
async def busy(store: Store) -> AsyncIterator[None]:
    """Its thread is at work until the block ends."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_db: Database) -> None:
        begun.set()
        go_on.wait()

    waiting = asyncio.ensure_future(store.call(wait))
    await asyncio.to_thread(begun.wait)
    yield
    go_on.set()
    await waiting


def note(db: Database, name: str) -> str:
    """Write a row."""
    sample.remember(db, name, f"{name}@example.com", 1.0)
    return name


def traced(db: Database, callback: Callable[[str], None] | None) -> None:
    """Tell of each statement, or of none any more."""
    of_sqlite(db).conn.set_trace_callback(callback)


def half(db: Database, name: str) -> None:
    """Write one, and fail."""
    note(db, name)
    raise ValueError(name)


async def known(store: Store, *names: str) -> list[str]:
    """The names whose row exists."""
    emails = {name: await store.call(sample.email_of, name, 0) for name in names}
    return [name for name in names if emails[name]]


@sqlite_only
async def test_waiting_calls_share_one_flush(store: Store):
    commits: list[str] = []
    await store.call(traced, commits.append)
    names = [f"id-{number}" for number in range(20)]
    async with busy(store):
        calls = [asyncio.ensure_future(store.call(note, name)) for name in names]
        await asyncio.sleep(0)
    assert await asyncio.gather(*calls) == names
    assert commits.count("COMMIT") <= 3  # the one before, that of the busy one, and theirs
    await store.call(traced, None)
    assert await known(store, *names) == names


@both_engines
async def test_a_failed_call_rolls_back_only_its_own_writes(store: Store):
    async with busy(store):
        calls = [
            asyncio.ensure_future(store.call(*what))
            for what in ((note, "a"), (half, "b"), (note, "c"))
        ]
        await asyncio.sleep(0)
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert [ended[0], str(ended[1]), ended[2]] == ["a", "b", "c"]
    assert isinstance(ended[1], ValueError)
    assert await known(store, "a", "b", "c") == ["a", "c"]


@both_engines
async def test_if_nothing_could_be_written_all_calls_fail(store: Store):
    def lets_go(db: Database) -> None:
        db.rollback()  # as SQLite does by itself when the disk is full
        raise sqlite3.OperationalError("database or disk is full")

    async with busy(store):
        calls = [
            asyncio.ensure_future(store.call(*what))
            for what in ((note, "a"), (lets_go,), (note, "c"))
        ]
        await asyncio.sleep(0)
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert [str(result) for result in ended] == ["database or disk is full"] * 3
    assert await known(store, "a", "c") == []
    assert await store.call(note, "d") == "d"


@sqlite_only
async def test_a_failed_commit_fails_all_its_calls_but_not_the_next(store: Store):
    def promises(db: Database) -> None:
        db.execute("create temp table owners (id primary key)")
        db.execute(
            "create temp table phones (owner references owners deferrable initially deferred)"
        )
        db.execute("insert into phones values ('nobody')")  # SQLite looks when it commits

    of_sqlite(store._db).execute("pragma foreign_keys=on")  # within a transaction it does nothing
    with pytest.raises(DatabaseError, match="FOREIGN KEY"):
        await store.call(promises)
    assert await store.call(note, "d") == "d"
    assert await known(store, "d") == ["d"]


@both_engines
async def test_a_call_cancelled_before_its_turn_writes_nothing(store: Store):
    async with busy(store):
        call = asyncio.ensure_future(store.call(note, "a"))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.sleep(0)
    assert await known(store, "a") == []


@both_engines
async def test_the_next_call_sees_a_write_behind(store: Store):
    async with busy(store):
        store.write_behind(note, "a")
        call = asyncio.ensure_future(store.call(sample.email_of, "a", 0))
        await asyncio.sleep(0)
    assert await call == "a@example.com"


@both_engines
async def test_a_post_that_fails_is_in_the_log(store: Store, capsys):
    store.write_behind(half, "a")
    assert await known(store, "a") == []
    output = capsys.readouterr()
    assert "write_failed" in output.out + output.err  # a logger is made once, for one of the two


@sqlite_only
async def test_a_write_behind_causes_no_flush(store: Store):
    commits: list[str] = []
    await store.call(traced, commits.append)
    commits.clear()
    store.write_behind(note, "a")
    store.write_behind(note, "b")
    assert await store.call(note, "c") == "c"
    assert [statement for statement in commits if statement in ("BEGIN IMMEDIATE", "COMMIT")] == [
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]
    await store.call(traced, None)


@sqlite_only
async def test_a_durable_call_is_flushed_together_with_others(store: Store):
    def flushes(db: Database) -> bool:
        return bool(next(select(db, "pragma synchronous"))["synchronous"] == 2)

    assert await store.call(flushes)
    assert not await store.call_without_fsync(flushes)
    assert not await store.call_without_fsync(flushes)
    async with busy(store):
        both = [
            asyncio.ensure_future(call)
            for call in (store.call_without_fsync(flushes), store.call(flushes))
        ]
        await asyncio.sleep(0)
    assert await asyncio.gather(*both) == [True, True]


@both_engines
def test_a_last_write_behind_is_written_after_a_moment(path: Path):
    async def alone() -> None:
        store = Store(migrated(path))
        store.write_behind(note, "a")
        await asyncio.sleep(2 * WRITE_BEHIND_DELAY)
        store._thread.submit(lambda: None).result()  # what it was given before is done
        assert _names(path) == ["a"]
        store.close()

    virtually(alone)


@both_engines
async def test_a_write_behind_is_written_before_closing(path: Path):
    store = Store(migrated(path))
    store.write_behind(note, "a")
    store.close()
    assert _names(path) == ["a"]


def _names(path: Path) -> list[str]:
    """Whom another process finds in the database."""
    with another_process(path) as other:
        return [name for (name,) in other.execute("select person_id from people")]


@both_engines
async def test_stop_iteration_fails_the_call_instead_of_hanging(store: Store):
    def next_of_nothing(db: Database) -> object:
        return next(select(db, "select 1 where 0 = 1"))

    async with busy(store):
        calls = [
            asyncio.ensure_future(store.call(*what)) for what in ((next_of_nothing,), (note, "a"))
        ]
        await asyncio.sleep(0)
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(ended[0], LookupError)
    assert ended[1] == "a"


@both_engines
async def test_a_call_after_closing_fails_instead_of_hanging(path: Path):
    store = Store(migrated(path))
    store.close()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await store.call(note, "a")
