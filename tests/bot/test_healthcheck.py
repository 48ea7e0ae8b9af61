"""`provbot health` and the image's health check: a real HTTP server, or none."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from typer.testing import CliRunner

from bot.cli.app import app
from bot.setup import healthcheck
from tests.ports import free_port


@asynccontextmanager
async def answering(status: int, text: str) -> AsyncIterator[int]:
    """A server that says that whatever it is asked; its port."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=f"{request.path} {text}\n")

    site = web.Application()
    site.add_routes([web.get("/{path}", answer)])
    runner = web.AppRunner(site)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await web.SockSite(runner, listening).start()
        yield int(listening.getsockname()[1])
        await runner.cleanup()


@pytest.fixture
def closed() -> int:
    """A port that nobody listens on."""
    return free_port()


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("127.0.0.1:8788", ("127.0.0.1", 8788)), ("0.0.0.0:80", ("127.0.0.1", 80)),
        (":8788", ("127.0.0.1", 8788)), ("[::]:8788", ("::1", 8788)), ("[::1]:8788", ("::1", 8788)),
        ("bot.example:8788", ("bot.example", 8788)),
    ],
)  # fmt: skip
def test_a_bot_on_all_addresses_is_asked_on_loopback(address, asked):
    assert healthcheck.target(address) == asked


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False), (404, False)])
async def test_only_a_healthy_answer_counts(status, well):
    async with answering(status, "said") as port:
        result = await asyncio.to_thread(healthcheck.check, f"0.0.0.0:{port}", "/readyz")
    assert result == (well, "/readyz said")


def test_without_an_answer_the_address_is_named(closed):
    well, message = healthcheck.check(f"127.0.0.1:{closed}")
    assert not well
    assert message.startswith(f"provbot does not answer on 127.0.0.1:{closed}: ")


@pytest.mark.slow
@pytest.mark.parametrize(("status", "ended"), [(200, 0), (500, 1)])
async def test_the_check_of_the_image_has_an_exit_status(status, ended):
    async with answering(status, "said") as port:
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.setup.healthcheck",
            f"0.0.0.0:{port}",
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await program.communicate()
    assert (program.returncode, output) == (ended, b"/healthz said\n")


def test_a_bot_without_a_health_port_counts_as_healthy():
    assert healthcheck.main("") == 0


def health(address: str, *arguments: str):
    """`provbot health` with that PROVBOT_HTTP."""
    return CliRunner(env={"PROVBOT_HTTP": address}).invoke(app, ["health", *arguments])


async def test_the_command_uses_the_bots_settings():
    async with answering(200, "ok") as port:
        lives = await asyncio.to_thread(health, f"0.0.0.0:{port}")
        ready = await asyncio.to_thread(health, f"0.0.0.0:{port}", "--ready")
    assert (lives.exit_code, lives.stdout) == (0, "/healthz ok\n")
    assert (ready.exit_code, ready.stdout) == (0, "/readyz ok\n")


def test_the_command_says_what_is_wrong(closed):
    assert (health(f"127.0.0.1:{closed}").exit_code, health("").exit_code) == (1, 2)
    assert "PROVBOT_HTTP is empty" in health("").stderr
    wrong = health("8788")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "PROVBOT_HTTP: must be HOST:PORT, for example 127.0.0.1:8788, or empty to switch it off.\n",
    )
