"""A scenario file says what goes wrong and when; a faulty one stops the start with place and reason."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession

from sandbox import scenarios
from sandbox.client import ControlError
from sandbox.clock import ManualClock
from sandbox.faults.rules import Wrong
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.sandbox.conftest import session
from tests.sandbox.org import NOW

TEXT = """
title = "Two bad minutes"
seed = 7
[settings]
page_cap = 3
phone_registers_s = false
[[fault]]
what = "outage"
at = 60
lasts = 30
[[fault]]
path = "/people/*"
status = 503
after = 60
probability = 0.5
"""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "bad_minutes.toml"
    file.write_text(TEXT, "utf-8")
    return file


@pytest.fixture
async def sandbox(clock: ManualClock, path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(Settings(scenario=str(path)), clock) as running:
        yield running


async def statuses(sandbox: Sandbox, count: int) -> str:
    """How calls end: their statuses, ``-`` for those without an answer, in short."""
    found = ""
    async with session(sandbox, sandbox.cloud.bot_token) as http:
        for _ in range(count):
            try:
                async with http.get("/v1/people/me") as answer:
                    found += str(answer.status)[0]
            except ClientConnectionError:
                found += "-"
    return found


async def test_its_faults_come_at_their_moments_on_the_clock(sandbox: Sandbox, clock: ManualClock):
    courses = [await statuses(sandbox, 2)]
    for seconds in (60, 30, 30):
        clock.advance(seconds)
        courses.append(await statuses(sandbox, 12))

    assert courses[:3] == ["22", "-" * 12, "2" * 12]
    assert set(courses[3]) == {"2", "5"}


async def test_the_same_seed_is_the_same_run(path: Path):
    async def run() -> str:
        clock = ManualClock(NOW)
        async with Sandbox(Settings(scenario=str(path)), clock) as sandbox:
            clock.advance(120)
            return await statuses(sandbox, 30)

    assert await run() == await run()


async def test_its_settings_hold(sandbox: Sandbox):
    assert sandbox.cloud.settings.page_cap == 3
    assert sandbox.cloud.settings.phone_registers_s is None
    assert sandbox.cloud.organization.settings is sandbox.cloud.settings


async def test_one_is_chosen_by_name_while_it_runs_and_ended(sandbox: Sandbox):
    await sandbox.client.scenario(name="cloud_maintenance")
    shown = await sandbox.client.scenarios()
    origins = {fault["origin"] for fault in await sandbox.client.faults()}
    assert (shown["running"], origins) == ("cloud_maintenance", {"scenario"})

    await sandbox.client.end_scenario()

    assert (await sandbox.client.scenarios())["running"] is None
    assert await sandbox.client.faults() == []


async def test_one_is_sent_as_toml_or_as_json(sandbox: Sandbox):
    async with ClientSession() as http:
        url = f"{sandbox.control_url}/scenario"
        as_text = await http.post(url, data=TEXT.encode(), headers={"Content-Type": "text/plain"})
        assert (as_text.status, sandbox.cloud.settings.page_cap) == (200, 3)
    await sandbox.client.scenario(settings={"page_cap": 4}, fault=[{"what": "drop", "at": 5}])

    assert sandbox.cloud.settings.page_cap == 4
    assert [fault["what"] for fault in await sandbox.client.faults()] == ["drop"]


async def test_what_only_counts_at_the_start_is_refused_later(sandbox: Sandbox):
    with pytest.raises(ControlError, match="'refresh_token_s' holds from the start"):
        await sandbox.client.scenario(settings={"refresh_token_s": 5})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seed = x", r"x.toml is not TOML: .*line 1"),
        ("weather = 1", "x.toml: a scenario has no 'weather'."),
        ("seed = -1", "x.toml: 'seed' must be a whole number, 0 or more, not -1."),
        ("settings = 1", "x.toml: 'settings' must be a table."),
        ("[settings]\nhost = 'all'", "x.toml, settings: a scenario cannot set 'host'."),
        ("[settings]\npage_cap = 'x'", "x.toml, settings: 'page_cap' must be a whole number"),
        ("[fault]\nwhat = 'drop'", r"x.toml: 'fault' must be a list of tables, written \[\[fault\]\]."),
        ("[[fault]]\n[[fault]]\nstatus = 99", r"x.toml, fault 2 \(call\): 'status' must be an HTTP status"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_with_place_and_reason(tmp_path: Path, text: str, sentence: str):
    (tmp_path / "x.toml").write_text(text, "utf-8")

    with pytest.raises(Wrong, match=sentence):
        Sandbox(Settings(scenario=str(tmp_path / "x.toml")))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path):
    with pytest.raises(Wrong, match=r"Scenario rain: No such file .* bad_wifi, cloud_maintenance"):
        scenarios.load("rain")
    (tmp_path / "x.toml").write_bytes(b"\xff")
    with pytest.raises(Wrong, match="not a text in UTF-8"):
        scenarios.load(str(tmp_path / "x.toml"))


async def test_the_program_stops_with_the_reason():
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sandbox", "--scenario", "rain"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await program.communicate()

    assert (program.returncode, out) == (2, b"")
    assert err.decode().startswith("Scenario rain: No such file")
    assert "Traceback" not in err.decode()


def outcomes(faults: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(fault["state"], fault["trouble"]) for fault in faults]


@pytest.mark.parametrize("name", ["bad_wifi", "cloud_maintenance", "monday_morning"])
async def test_those_that_come_along_run_without_trouble(name: str, clock: ManualClock):
    async with Sandbox(Settings(scenario=name), clock) as sandbox:
        for _ in range(120):
            clock.advance(1)
            sandbox.cloud.schedule.run_due()
        faults = await sandbox.client.faults()
        (scenario,) = [
            one for one in (await sandbox.client.scenarios())["known"] if one["name"] == name
        ]

    assert not any(trouble for _, trouble in outcomes(faults))
    assert scenario["title"]
    assert scenario["says"].endswith(".")


def test_a_scenario_can_set_all_but_where_it_runs():
    values = Settings(page_cap=3, gov=True, phone_registers_s=None, without_scopes=frozenset({"x"}))
    given = {name: getattr(values, name) for name in scenarios.SETTINGS}
    as_toml = {name: False if value is None else value for name, value in given.items()}
    as_toml["without_scopes"] = ["x"]

    scenario = scenarios.scenario_of({"settings": as_toml}, "all", "all.toml")

    assert scenarios.settings_with(Settings(), scenario) == values
