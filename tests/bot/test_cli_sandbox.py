"""`provbot sandbox`: the cloud alone, as a program of its own."""

import asyncio
import re
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("option", "cloud"), [((), None), (("--gov",), "government")])
async def test_it_serves_and_prints_the_settings_for_a_bot(tmp_path: Path, option, cloud):
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "sandbox", "--port", "0", "--page-port", "0", "--scenario", "bad_wifi"),
        *option,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    output = (await program.stdout.readuntil(b"Ctrl-C stops it.\n")).decode()
    exported = dict(re.findall(r"^export (\w+)='(.+)'$", output, re.MULTILINE))
    page = re.findall(r"http://localhost:\d+", output)[0]
    async with ClientSession() as http, http.get(f"{page}/control/env") as answer:
        env = await answer.json()
    async with ClientSession() as http, http.get(f"{page}/control/scenario") as answer:
        scenario = await answer.json()
    program.send_signal(signal.SIGINT)

    assert await program.wait() == 0
    assert exported.items() >= env.items()
    assert exported["SSL_CERT_FILE"] == str((tmp_path / ".sandbox/ca.pem").resolve())
    assert scenario["running"] == "bad_wifi"
    assert exported.get("WEBEX_CLOUD") == cloud


async def test_a_port_in_use_is_reported_with_a_sentence(tmp_path: Path):
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with taken:
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "sandbox", "--port", str(port), "--page-port", "0"),
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await program.communicate()

    assert program.returncode == 2
    assert "address already in use" in err.decode()
    assert "--port" in err.decode()
    assert "Traceback" not in err.decode()
