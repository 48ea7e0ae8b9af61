"""The page's pure functions, tested by Node's own test runner (tests/page)."""

import asyncio
import shutil
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BESIDE_PYTHON = sysconfig.get_path("scripts")  # installed by the nodejs wheel


@pytest.mark.parametrize("file", sorted((ROOT / "tests/page").glob("*.mjs")), ids=lambda f: f.stem)
async def test_module(file: Path):
    node = shutil.which("node") or shutil.which("node", path=BESIDE_PYTHON)
    assert node, "node is missing: `make install` brings it"
    run = await asyncio.create_subprocess_exec(
        node,
        "--test",
        str(file),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await run.communicate()

    assert run.returncode == 0, output.decode()
