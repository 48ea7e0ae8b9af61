"""Lists are read in a process of their own, which has limits and ends with the reading."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bot.chat.list_worker import NOT_READ, ListWorker
from bot.core.errors import Refused
from bot.domain.lists.column_names import Field
from bot.domain.lists.reader import read_file
from bot.domain.lists.sheet import Limits

pytestmark = pytest.mark.slow

CONTENT = b"MAC,Model,Owner,Password\nD8:2E:3E:EF:4E:5C,8865,bob@acme.example,Long-Enough-77\n"
CORPUS = Path(__file__).parents[2] / "data" / "lists"


def children() -> set[str]:
    """The processes that this one has started and that are still there."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that ended meanwhile
            found.update((task / "children").read_text().split())
    return found


async def test_a_list_is_read_as_in_this_process():
    before = children()
    read = await ListWorker().read(CONTENT)

    assert read == read_file(CONTENT)
    assert read.rows[0].password is not None
    assert children() == before


async def test_a_workbook_is_read():
    content = (CORPUS / "libreoffice-german.xlsx").read_bytes()
    assert await ListWorker().read(content) == read_file(content)


async def test_what_each_row_needs_and_the_model_are_handed_over():
    worker = ListWorker()
    content = b"Owner\nbob@acme.example\n"
    needed = frozenset({Field.OWNER})

    assert (await worker.read(content, required=needed, model="8865")).rows[0].model == "8865"


async def test_a_file_that_is_no_list_has_its_sentence():
    with pytest.raises(Refused, match="a picture"):
        await ListWorker().read(b"\x89PNG\r\n\x1a\n\x00")


async def test_a_file_that_is_too_large_waits_for_nobody():
    worker = ListWorker(limits=Limits(bytes=10))
    async with worker._turn:
        with pytest.raises(Refused, match="more than"):
            await worker.read(b"x" * 11)


async def test_a_reading_that_takes_too_long_is_ended():
    before = children()
    with pytest.raises(Refused, match="too much time or memory"):
        await ListWorker(timeout=0.001).read(CONTENT)

    assert children() == before


async def test_a_reading_that_takes_too_much_work_is_ended():
    content = (b"be " * 95 + b"8865\n") * 3_000  # three seconds of work

    with pytest.raises(Refused, match="too much time or memory"):
        await ListWorker(cpu_seconds=1, limits=Limits(rows=4_000)).read(content)


async def test_a_reading_that_takes_too_much_memory_is_ended():
    content = b"mac,model,owner\n" + (b"x" * 1_500 + b",8865,bob\n") * 40_000  # 60 MB
    limits = Limits(rows=50_000, bytes=10**9, text=10**9)

    with pytest.raises(Refused, match="too much time or memory"):
        await ListWorker(memory=128 * 1_048_576, limits=limits).read(content)


async def test_lists_wait_for_each_other():
    worker, before = ListWorker(), children()
    async with worker._turn:
        reading = asyncio.create_task(worker.read(CONTENT))
        for _ in range(100):
            await asyncio.sleep(0)
        assert children() == before

    assert len((await reading).rows) == 1


async def test_the_process_ends_with_the_one_who_waits():
    before = children()
    reading = asyncio.create_task(ListWorker().read(CONTENT))
    while children() == before:  # noqa: ASYNC110 - the process does not say that it has started
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert children() == before


async def test_a_process_that_fails_is_no_traceback():
    limits = Limits(rows=cast("int", "many"))
    with pytest.raises(Refused) as refusal:
        await ListWorker(limits).read(CONTENT)
    assert str(refusal.value) == NOT_READ


async def test_a_process_that_does_not_start_is_no_traceback():
    with pytest.raises(Refused, match="I could not read the list"):
        await ListWorker(python="/nowhere/python").read(CONTENT)


async def test_the_next_list_is_read_after_a_failure():
    worker = ListWorker(timeout=0.001)
    with pytest.raises(Refused):
        await worker.read(CONTENT)
    assert (await replace(worker, timeout=60).read(CONTENT)).rows


async def test_the_process_has_nothing_of_the_environment():
    environ = {"PYTHONPATH": "elsewhere", "LANG": "C.UTF-8"}
    reading = asyncio.create_task(ListWorker(environment=environ).read(CONTENT))
    before = children()
    while children() == before:  # noqa: ASYNC110 - the process does not say that it has started
        await asyncio.sleep(0)
    [process] = children() - before
    names = environment_of(process)
    await reading

    assert names <= {"PYTHONPATH", "LANG", "LC_CTYPE"}


def environment_of(process: str) -> set[str]:
    """The names of its variables; empty until it runs."""
    text = Path(f"/proc/{process}/environ").read_bytes()
    return {line.split(b"=")[0].decode() for line in text.split(b"\0") if line}
