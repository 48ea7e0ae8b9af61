"""Blocking calls in threads that nobody waits for without end."""

import asyncio
import subprocess
import sys
import threading

import pytest

from bot.chat import threads
from bot.chat.threads import in_daemon_thread, wait_for_calls

HANGS = """
import asyncio, time
from bot.chat.threads import in_daemon_thread

async def main():
    task = asyncio.create_task(in_daemon_thread(time.sleep, 600))
    await asyncio.sleep(0.1)
    task.cancel()

asyncio.run(main())
"""


async def test_a_call_returns_its_result_and_raises_its_error():
    assert await in_daemon_thread(int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await in_daemon_thread(int, "seven")


async def test_a_call_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(threads, "CALL_TIMEOUT", 0.01)
    hang = threading.Event()
    with pytest.raises(TimeoutError):
        await in_daemon_thread(hang.wait, 60)
    hang.set()
    await asyncio.sleep(0)


@pytest.mark.slow
def test_a_call_that_hangs_does_not_keep_the_process():
    done = subprocess.run([sys.executable, "-c", HANGS], timeout=60, check=False)  # noqa: S603 - our own
    assert done.returncode == 0


async def test_calls_under_way_may_end_before_the_process_does():
    ended, go_on = threading.Event(), threading.Event()

    def call() -> None:
        go_on.wait(60)
        ended.set()

    calling = asyncio.create_task(in_daemon_thread(call))
    await asyncio.sleep(0)
    threading.Timer(0.05, go_on.set).start()
    wait_for_calls(60)
    assert ended.is_set()
    await calling


async def test_a_call_that_hangs_is_not_waited_for_at_the_end():
    hang = threading.Event()
    calling = asyncio.create_task(in_daemon_thread(hang.wait, 60))
    await asyncio.sleep(0)
    wait_for_calls(0.01)
    assert not hang.is_set()
    hang.set()
    await calling
