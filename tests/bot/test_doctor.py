"""`provbot doctor` as a process against a sandbox: what is wrong is named, and no secret printed."""

import asyncio
import base64
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from sandbox.settings import Settings

SECRETS = (
    "WEBEX_BOT_TOKEN",
    "WEBEX_SERVICE_APP_CLIENT_SECRET",
    "WEBEX_SERVICE_APP_REFRESH_TOKEN",
)


@dataclass
class Report:
    """What the doctor said, by the name of the check, and its exit status."""

    status: int
    text: str
    checks: dict[str, tuple[str, str]]

    @property
    def wrong(self) -> set[str]:
        """The checks that failed."""
        return {name for name, (mark, _) in self.checks.items() if mark == "WRONG"}


async def doctor(sandbox: Sandbox, directory: Path, **changes: str) -> Report:
    """Run it in the sandbox's environment, with changes."""
    own = {"PROVBOT_DATABASE": str(directory / "provbot.db"), "PROVBOT_ADMINS": "ada@acme.example"}
    environ = {"PYTHONPATH": str(Path(__file__).parents[2]), **sandbox.env, **own, **changes}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", cwd=directory, env=environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    text = out.decode()
    assert "Traceback" not in text, text
    for name in SECRETS:
        assert environ[name] not in text
    lines = [line for line in text.splitlines() if line.startswith(("ok ", "WRONG "))]
    checks = {line[7:29].strip(): (line[:6].strip(), line[30:]) for line in lines}
    assert process.returncode is not None
    return Report(process.returncode, text, checks)


async def test_with_a_key_the_refresh_token_is_read_and_kept_encrypted(tmp_path):
    key = base64.urlsafe_b64encode(b"k" * 32).decode()
    async with Sandbox() as sandbox:
        reports = [await doctor(sandbox, tmp_path, PROVBOT_KEY=key) for _ in range(2)]
        token = sandbox.env["WEBEX_SERVICE_APP_REFRESH_TOKEN"].encode()
    files = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("provbot.db*")))

    assert [report.wrong for report in reports] == [set(), set()]
    assert files.startswith(b"SQLite")
    assert token not in files


async def test_all_is_well(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path)
    assert report.wrong == set(), report.text
    assert report.status == 0
    assert set(report.checks) == {
        "settings", "database", "allowlist", "bot token", "websocket service", "service app",
        "locations", "models", "MAC check", "devices", "people", "workspaces", "licences",
    }  # fmt: skip
    assert report.checks["allowlist"][1] == "ada@acme.example"
    assert "provbot@webex.bot" in report.checks["bot token"][1]


@pytest.mark.parametrize(
    ("scope", "check"),
    [
        ("spark-admin:telephony_config_write", "MAC check"),
        ("spark-admin:telephony_config_read", "models"),
        ("spark-admin:devices_read", "devices"),
        ("spark-admin:workspaces_read", "workspaces"),
        ("spark-admin:licenses_read", "licences"),
    ],
)
async def test_a_missing_scope_is_named_with_what_does_not_work(tmp_path, scope, check):
    async with Sandbox(Settings(without_scopes=frozenset({scope}))) as sandbox:
        report = await doctor(sandbox, tmp_path)
    assert report.status == 1
    assert report.wrong == {check}, report.text
    assert f"no scope {scope}" in report.checks[check][1]
    assert "Needed for " in report.checks[check][1]


async def test_a_bad_bot_token_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_BOT_TOKEN="wrong-token-value")
    assert report.status == 1
    assert report.wrong == {"bot token", "websocket service"}, report.text


async def test_a_service_apps_token_as_the_bots_is_named(tmp_path):
    async with Sandbox() as sandbox:
        token = sandbox.cloud.tokens.issue("person", sandbox.cloud.person_by_email("ada@acme.example").key)  # type: ignore[union-attr]  # she exists # fmt: skip
        report = await doctor(sandbox, tmp_path, WEBEX_BOT_TOKEN=token.value)
    assert report.status == 1
    assert "is the token of a person, not of a bot" in report.checks["bot token"][1]


async def test_a_revoked_service_app_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_SERVICE_APP_REFRESH_TOKEN="wrong-refresh")
    assert report.status == 1
    assert "must be authorized again" in report.checks["service app"][1]
    assert not report.wrong & {"bot token", "database", "websocket service"}


async def test_an_api_that_cannot_be_reached_is_named(tmp_path, unused_tcp_port):
    async with Sandbox() as sandbox:
        url = f"https://localhost:{unused_tcp_port}/v1"
        report = await doctor(sandbox, tmp_path, WEBEX_API_URL=url)
    assert report.status == 1
    assert "cannot be reached" in report.checks["bot token"][1]
    assert {"bot token", "service app", "people"} <= report.wrong
    assert "websocket service" not in report.wrong


async def test_no_database_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_DATABASE=str(tmp_path / "no" / "p.db"))
    assert report.status == 1
    assert report.wrong == {"database"}
    assert "cannot be used" in report.checks["database"][1]


async def test_nobody_being_admin_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_ADMINS="")
    assert report.status == 1
    assert report.wrong == {"allowlist"}
    assert "provbot access add" in report.checks["allowlist"][1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBEX_CA_FILE", "/nowhere.pem"),
        ("WEBEX_API_URL", "http://localhost"),
        ("PROVBOT_LOG", "x"),
    ],
)
async def test_a_wrong_setting_is_named(tmp_path, name, value):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, **{name: value})
    assert report.status == 1
    assert report.wrong == {"settings"}
    assert name in report.checks["settings"][1]


async def test_a_cloud_that_is_not_trusted_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_CA_FILE="")
    assert report.status == 1
    assert {"bot token", "websocket service", "service app"} <= report.wrong
