"""The programs of docs/sandbox.md, taken from the document and run as a stranger would run them."""

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
PATIENCE = 60.0  # seconds


def program(title: str, language: str) -> str:
    """The first block of code in that language below that heading."""
    chapter = DOCUMENT.read_text("utf-8").partition(f"### {title}\n")[2].partition("\n##")[0]
    found = re.search(rf"^```{language}\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)
    assert found, f"'{title}' has no {language}"
    return found[1]


def environment(sandbox: Sandbox) -> dict[str, str]:
    """A clean terminal into which the printed lines were pasted."""
    kept = {name: value for name, value in os.environ.items() if name not in PROXIES}
    return kept | exports(sandbox.env)


@asynccontextmanager
async def running(sandbox: Sandbox, file: Path, *runner: str) -> AsyncIterator[Process]:
    """The program runs meanwhile."""
    process = await asyncio.create_subprocess_exec(
        *runner, str(file), cwd=file.parent, env=environment(sandbox), stdout=PIPE, stderr=STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def printed(sandbox: Sandbox, file: Path) -> str:
    """What a Python program prints until it ends, which must be well."""
    async with running(sandbox, file, sys.executable) as process:
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0, said.decode()
        return said.decode()
