"""Run the programs of docs/sandbox.md exactly as the document shows them."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.recipes import exports
from sandbox.server import Sandbox

DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
TIMEOUT = 60.0  # seconds


def program(title: str, language: str) -> str:
    """Return the first block of code in that language below that heading."""
    chapter = DOCUMENT.read_text("utf-8").partition(f"### {title}\n")[2].partition("\n##")[0]
    matches = re.search(rf"^```{language}\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)
    assert matches, f"'{title}' has no {language}"
    return matches[1]


def environment(sandbox: Sandbox) -> dict[str, str]:
    """Return a clean environment with the exported variables."""
    kept = {name: value for name, value in os.environ.items() if name not in PROXIES}
    return kept | exports(sandbox.env)


@asynccontextmanager
async def running_program(sandbox: Sandbox, file: Path, *runner: str) -> AsyncIterator[Process]:
    """Run a program during the block."""
    process = await asyncio.create_subprocess_exec(
        *runner, str(file), cwd=file.parent, env=environment(sandbox), stdout=PIPE, stderr=STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def run_program(sandbox: Sandbox, file: Path) -> str:
    """Run a Python program to its successful end; return its output."""
    async with running_program(sandbox, file, sys.executable) as process:
        stdout, _ = await asyncio.wait_for(process.communicate(), TIMEOUT)
        assert process.returncode == 0, stdout.decode()
        return stdout.decode()
