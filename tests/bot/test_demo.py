"""`provbot demo`: the bot and its own cloud on this machine."""

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.setup.demo import ALREADY_RUNNING, BOT_ENDED, wait_for_end
from sandbox.client import SandboxClient

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
SAYS = b"Ctrl-C stops both.\n"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program, in a folder of its own."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    yield program
    if program.returncode is None:
        program.terminate()
        await program.wait()


async def test_the_bot_answers_the_cast_until_it_is_stopped(demo, tmp_path):
    output = (await demo.stdout.readuntil(SAYS)).decode()
    page = re.findall(r"http://localhost:\d+", output)[0]
    async with SandboxClient(f"{page}/control") as cloud:
        asked = await cloud.say("tom@acme.example", "whoami")
        answer = await cloud.reply("tom@acme.example", after=asked["seq"], timeout=60)
    async with ClientSession() as http, http.get(f"{page}/control/dect") as shown:
        spacing = (await shown.json())["spacingSeconds"]
    demo.terminate()

    assert await demo.wait() == 0
    assert "technician" in str(answer)
    assert spacing == 5
    assert "DECT handsets are 5 seconds apart" in output
    assert "Traceback" not in (tmp_path / ".demo" / "bot.log").read_text("utf-8")


async def test_it_can_be_webex_for_government(tmp_path: Path):
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--gov"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    output = (await program.stdout.readuntil(SAYS)).decode()
    page = re.findall(r"http://localhost:\d+", output)[0]
    async with SandboxClient(f"{page}/control") as cloud:
        asked = await cloud.say("eli@acme.example", "create dect network Hall")
        answer = await cloud.reply("eli@acme.example", after=asked["seq"], timeout=60)
        wrong_calls = await cloud.wrong_cloud_calls()
    program.terminate()

    assert await program.wait() == 0
    assert "not supported in Webex for Government" in answer["text"]
    assert wrong_calls == []


async def test_a_second_demo_names_the_page_of_the_first_and_keeps_its_files(demo, tmp_path):
    output = (await demo.stdout.readuntil(SAYS)).decode()
    database = (tmp_path / ".demo" / "provbot.db").stat()
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"), cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await second.communicate()

    assert second.returncode == 0
    assert f"{ALREADY_RUNNING} {re.findall(r'http://localhost:[0-9]+', output)[0]}" in said.decode()
    assert (tmp_path / ".demo" / "provbot.db").stat().st_ino == database.st_ino
    assert demo.returncode is None


async def test_a_bot_that_cannot_start_is_reported_with_its_log(tmp_path: Path):
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PROVBOT_NO_SUCH": "1"}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, err = await program.communicate()

    assert program.returncode == 1
    assert "The bot did not come online. For the reason, see .demo/bot.log." in err.decode()
    assert "PROVBOT_NO_SUCH" in (tmp_path / ".demo" / "bot.log").read_text("utf-8")


@pytest.mark.parametrize(
    ("end", "status"), [("os.kill(os.getpid(), 9)", 1), ("sys.exit(3)", 3), ("sys.exit(0)", 0)]
)
def test_a_bot_that_ends_is_told_with_how_to_start_again(end, status, capsys):
    command = [sys.executable, "-c", f"import os, sys; {end}"]
    with subprocess.Popen(command, text=True) as bot:  # noqa: S603 - our own
        assert wait_for_end(bot) == status
    assert capsys.readouterr().err == f"{BOT_ENDED}\n"


async def test_it_takes_another_port_if_the_usual_one_is_taken_meanwhile(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: it looks free
        port = taken.getsockname()[1]
        demo_there = f"from bot.setup import demo; demo.PAGE_PORT = {port}; demo.run()"
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", demo_there, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
        )
        assert program.stdout is not None
        output = (await program.stdout.readuntil(SAYS)).decode()
        program.terminate()
        await program.wait()

    assert f":{port}" not in output
