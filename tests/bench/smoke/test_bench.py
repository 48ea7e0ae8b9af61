"""The bench runs both bots and writes a complete page. Nothing about time is asserted."""

import asyncio
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.postgres_server import programs

REPOSITORY = Path(__file__).parents[3]
HEADINGS = (
    "Goals",
    "Many people at the same time",
    "Round trips",
    "Start, memory, own work",
    "Against the rate limit",
    "Long lists",
    "Photos of labels",
    "Following new phones",
)
ON_POSTGRES = ("SQLite and PostgreSQL", "Fail-over")


@pytest.mark.timeout(240)
async def test_a_little_of_everything_is_measured(tmp_path: Path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.run", "--smoke", "--into", str(tmp_path),
        cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()

    page = (tmp_path / "results.md").read_text("utf-8")
    headings = [*HEADINGS, *(ON_POSTGRES if programs() else ())]
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == headings
    (trips,) = [row for row in page.splitlines() if row.startswith("| `help` | provbot")]
    assert "| 2 | GET /messages/{id}, POST /messages |" in trips
    bursts = [row for row in page.splitlines() if row.startswith("| 20 ms | 2 |")]
    assert len(bursts) == 2
    assert all("| 4 / 4 | 2 / 2 |" in row for row in bursts), "one of the bots lost something"
    limits = [row for row in page.splitlines() if row.startswith("| 60/s, burst 10 |")]
    assert len(limits) == 3
    assert all("| 2 / 2 / 2 |" in row for row in limits), "somebody added nothing"
    assert "2 of 2 answered" in page
    (run,) = [row for row in page.splitlines() if row.startswith("| 10 phones | run |")]
    assert "devices ×10" in run
    assert "10 of 10" in page
    assert "a list of 5 base stations and handsets: all added | 5 of 5 | PASS |" in page
    assert "a photo (1 of 1)" in page
    assert "typed (1 of 1)" in page
    assert "told of one phone (1 of 1)" in page
    if programs():
        assert "| 2 at once, API 20 ms: added | 2 of 2 | 2 of 2 |" in page
        assert "every message meanwhile is answered, once | 2 of 2, 0 twice | PASS |" in page
    drawn = ET.fromstring((tmp_path / "results.svg").read_text("utf-8"))  # noqa: S314 - our own
    bars, legend, background = 2 + 3, 3, 1
    rectangles = list(drawn.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(rectangles) == background + bars + legend
