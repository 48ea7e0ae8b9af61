"""Pictures are read in a process of their own, which has limits and ends with the reading."""

import asyncio
import sys
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from bot.chat.label_worker import NOT_READ, LabelWorker, reads_pictures
from bot.core.errors import Refused
from bot.domain.labels.limits import PictureLimits
from bot.domain.labels.reading import Label
from tests.bot.chat.test_list_worker import children, environment_of
from tests.labels.corpus import MAC, phone
from tests.labels.drawing import Look, Scene, encoded, photo

pytestmark = pytest.mark.slow


@cache
def label_photo() -> bytes:
    """A picture of one label."""
    return encoded(photo(Scene([phone()], Look(size=(800, 600), fill=0.8, angle=10))))


@cache
def costly_photo() -> bytes:
    """A picture that costs all attempts: grain."""
    return encoded(Image.effect_noise((3_000, 2_200), 100), "PNG", compress_level=1)


async def test_the_label_in_a_picture_is_read():
    before = children()
    read = await LabelWorker().read(label_photo())

    assert read.labels == (Label((MAC,), "CP-8865-K9"),)
    assert children() == before


async def test_a_picture_without_a_code_is_a_reading_without_labels():
    read = await LabelWorker().read(encoded(Image.new("L", (300, 200), 200)))
    assert (read.labels, read.codes) == ((), 0)


async def test_a_file_that_is_no_picture_has_its_sentence():
    with pytest.raises(Refused, match="not a picture that I can read"):
        await LabelWorker().read(b"MAC,Model,Owner\n")


async def test_a_file_that_is_too_large_waits_for_nobody():
    worker = LabelWorker(limits=PictureLimits(bytes=10))
    async with worker._turn, worker._turn:
        with pytest.raises(Refused, match="more than"):
            await worker.read(b"\xff\xd8\xff" + bytes(10))


async def test_a_picture_that_costs_all_attempts_has_an_answer_within_the_limits():
    read = await LabelWorker(limits=PictureLimits(seconds=1.0)).read(costly_photo())
    assert read.labels == ()


async def test_a_reading_that_takes_too_much_work_is_ended():
    with pytest.raises(Refused, match="too much time or memory"):
        await LabelWorker(cpu_seconds=1, limits=PictureLimits(seconds=60)).read(costly_photo())


async def test_a_reading_that_takes_too_long_is_ended():
    before = children()
    with pytest.raises(Refused, match="too much time or memory"):
        await LabelWorker(timeout=0.001).read(label_photo())

    assert children() == before


async def test_a_picture_that_takes_too_much_memory_is_ended():
    content = encoded(Image.new("RGB", (6_000, 6_000)), "PNG")  # 144 MB of pixels in 100 kB
    with pytest.raises(Refused, match="too much time or memory"):
        await LabelWorker(memory=192 * 1_048_576).read(content)


async def test_40_megapixels_are_within_the_limits_of_memory():
    content = encoded(Image.new("RGBA", (8_000, 5_000), "white"), "PNG", compress_level=1)
    assert (await LabelWorker(limits=PictureLimits(seconds=1.0)).read(content)).codes == 0


class CountingWorker(LabelWorker):
    """Counts the processes that read at the same time."""

    running, most = 0, 0

    async def _output(self, text: bytes) -> bytes:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await super()._output(text)
        finally:
            self.running -= 1


async def test_the_largest_webp_is_within_the_limits_of_memory():
    content = encoded(Image.new("RGBA", (6_000, 4_000), "white"), "WEBP", lossless=True, method=0)
    assert (await LabelWorker(limits=PictureLimits(seconds=1.0)).read(content)).codes == 0


async def test_many_photos_are_read_by_two_processes():
    worker = CountingWorker()
    readings = await asyncio.gather(*(worker.read(label_photo()) for _ in range(5)))

    assert [len(reading.labels) for reading in readings] == [1] * 5
    assert worker.most == 2


async def test_a_reading_that_is_cancelled_leaves_no_process():
    before = children()
    reading = asyncio.create_task(LabelWorker().read(costly_photo()))
    while children() == before:  # noqa: ASYNC110 - the process does not say that it has started
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert children() == before


async def test_a_process_that_does_not_start_is_no_traceback():
    with pytest.raises(Refused) as refusal:
        await LabelWorker(python="/nowhere/python").read(label_photo())
    assert str(refusal.value) == NOT_READ


async def test_the_process_has_nothing_of_the_environment():
    before = children()
    reading = asyncio.create_task(LabelWorker().read(label_photo()))
    while children() == before:  # noqa: ASYNC110 - the process does not say that it has started
        await asyncio.sleep(0)
    [process] = children() - before
    names = environment_of(process)
    await reading

    assert names <= {"PYTHONPATH", "LC_CTYPE"}


async def test_without_the_libraries_the_answer_says_so(tmp_path: Path):
    (tmp_path / "zxingcpp.py").write_text("raise ImportError")
    path = f'PYTHONPATH="{tmp_path}:$PYTHONPATH"'
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\n{path} exec {sys.executable} "$@"\n')
    python.chmod(0o755)

    with pytest.raises(Refused, match="has not installed what that needs"):
        await LabelWorker(python=str(python)).read(label_photo())


def test_the_libraries_are_installed_here():
    assert reads_pictures()
