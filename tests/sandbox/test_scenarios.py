"""Scenario files define faults and their times; an invalid one stops the start with a reason."""

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
from sandbox.faults.validation import InvalidDefinition
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.sandbox.conftest import session
from tests.sandbox.organization import NOW

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


async def call_statuses(sandbox: Sandbox, count: int) -> str:
    """Return the first digits of the statuses of calls, ``-`` for those without an answer."""
    matches = ""
    async with session(sandbox, sandbox.cloud.bot_token) as http:
        for _ in range(count):
            try:
                async with http.get("/v1/people/me") as answer:
                    matches += str(answer.status)[0]
            except ClientConnectionError:
                matches += "-"
    return matches


async def test_its_faults_follow_the_clock(sandbox: Sandbox, clock: ManualClock):
    courses = [await call_statuses(sandbox, 2)]
    for seconds in (60, 30, 30):
        clock.advance(seconds)
        courses.append(await call_statuses(sandbox, 12))

    assert courses[:3] == ["22", "-" * 12, "2" * 12]
    assert set(courses[3]) == {"2", "5"}


async def test_the_same_seed_is_the_same_run(path: Path):
    async def run() -> str:
        clock = ManualClock(NOW)
        async with Sandbox(Settings(scenario=str(path)), clock) as sandbox:
            clock.advance(120)
            return await call_statuses(sandbox, 30)

    assert await run() == await run()


async def test_its_settings_hold(sandbox: Sandbox):
    assert sandbox.cloud.settings.page_cap == 3
    assert sandbox.cloud.settings.phone_registers_s is None
    assert sandbox.cloud.organization.settings is sandbox.cloud.settings


async def test_a_scenario_is_started_by_name_and_ended(sandbox: Sandbox):
    await sandbox.client.scenario(name="cloud_maintenance")
    response = await sandbox.client.scenarios()
    origins = {fault["origin"] for fault in await sandbox.client.faults()}
    assert (response["running"], origins) == ("cloud_maintenance", {"scenario"})

    await sandbox.client.end_scenario()

    assert (await sandbox.client.scenarios())["running"] is None
    assert await sandbox.client.faults() == []


async def test_a_scenario_is_sent_as_toml_or_json(sandbox: Sandbox):
    async with ClientSession() as http:
        url = f"{sandbox.control_url}/scenario"
        as_text = await http.post(url, data=TEXT.encode(), headers={"Content-Type": "text/plain"})
        assert (as_text.status, sandbox.cloud.settings.page_cap) == (200, 3)
    await sandbox.client.scenario(settings={"page_cap": 4}, fault=[{"what": "drop", "at": 5}])

    assert sandbox.cloud.settings.page_cap == 4
    assert [fault["what"] for fault in await sandbox.client.faults()] == ["drop"]


async def test_settings_of_the_start_are_refused_later(sandbox: Sandbox):
    with pytest.raises(ControlError, match="'refresh_token_s' can only be set at the start"):
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
        (
            "[fault]\nwhat = 'drop'",
            r"x.toml: 'fault' must be a list of tables, written \[\[fault\]\].",
        ),
        (
            "[[fault]]\n[[fault]]\nstatus = 99",
            r"x.toml, fault 2 \(call\): 'status' must be an HTTP status",
        ),
    ],
)
def test_a_faulty_file_is_refused_with_place_and_reason(tmp_path: Path, text: str, sentence: str):
    (tmp_path / "x.toml").write_text(text, "utf-8")

    with pytest.raises(InvalidDefinition, match=sentence):
        Sandbox(Settings(scenario=str(tmp_path / "x.toml")))


def test_a_missing_or_binary_file_is_refused(tmp_path: Path):
    with pytest.raises(
        InvalidDefinition, match=r"Scenario rain: No such file .* bad_wifi, cloud_maintenance"
    ):
        scenarios.load("rain")
    (tmp_path / "x.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidDefinition, match="not UTF-8 text"):
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
async def test_the_built_in_scenarios_run_without_errors(name: str, clock: ManualClock):
    async with Sandbox(Settings(scenario=name), clock) as sandbox:
        for _ in range(120):
            clock.advance(1)
            sandbox.cloud.scheduler.run_due()
        faults = await sandbox.client.faults()
        (scenario,) = [
            scenario
            for scenario in (await sandbox.client.scenarios())["known"]
            if scenario["name"] == name
        ]

    assert not any(trouble for _, trouble in outcomes(faults))
    assert scenario["title"]
    assert scenario["says"].endswith(".")


def test_a_scenario_can_set_everything_except_addresses():
    expected = Settings(
        page_cap=3, gov=True, phone_registers_s=None, without_scopes=frozenset({"x"})
    )
    values = {name: getattr(expected, name) for name in scenarios.SETTINGS}
    as_toml = {name: False if value is None else value for name, value in values.items()}
    as_toml["without_scopes"] = ["x"]

    scenario = scenarios.scenario_of({"settings": as_toml}, "all", "all.toml")

    assert scenarios.settings_with(Settings(), scenario) == expected
