"""Runs `provbot doctor` as a process against a sandbox."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from bot.setup.report import CheckResult, Status
from sandbox.server import Sandbox
from tests.coverage_env import coverage_env
from tests.journeys.programs import finished

SECRETS = (
    "WEBEX_BOT_TOKEN",
    "WEBEX_SERVICE_APP_CLIENT_SECRET",
    "WEBEX_SERVICE_APP_REFRESH_TOKEN",
)


@dataclass
class Report:
    """What the doctor said, by the name of the check, and its exit status."""

    status: int
    checks: dict[str, CheckResult]

    def with_status(self, status: Status) -> set[str]:
        """The checks that came out like that."""
        return {name for name, check in self.checks.items() if check.status is status}

    @property
    def failed(self) -> set[str]:
        """The checks that failed."""
        return self.with_status(Status.FAILED)


async def printed(
    sandbox: Sandbox, directory: Path, *options: str, **changes: str
) -> tuple[int, str]:
    """Run it in the sandbox's environment, with changes; its exit status and what it printed."""
    own = {"PROVBOT_DATABASE": str(directory / "provbot.db"), "PROVBOT_ADMINS": "ada@acme.example"}
    here = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONUTF8": "1",
        "SSL_CERT_FILE": os.devnull,  # to load the machine's authorities takes longer than the rest
        **coverage_env(),
    }
    environ = {**here, **sandbox.env, **own, **changes}
    status, text = await finished(["doctor", *options], environ, directory, measured=True)
    assert "Traceback" not in text, text
    for name in SECRETS:
        assert not environ.get(name) or environ[name] not in text
    return status, text


async def doctor(sandbox: Sandbox, directory: Path, **changes: str) -> Report:
    """What it finds."""
    status, text = await printed(sandbox, directory, "--json", **changes)
    rows = [{**row, "status": Status[row["status"].upper()]} for row in json.loads(text)]
    return Report(status, {row["name"]: CheckResult(**row) for row in rows})
