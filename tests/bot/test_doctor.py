"""`provbot doctor` as a process against a sandbox: what is wrong is named, and no secret printed."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from bot.chat.listener import Listener
from bot.core.config import Config, new_key
from bot.core.errors import Forbidden, Unavailable
from bot.requests.allowlist import seed_admins
from bot.setup import call_checks, local_checks, webex_checks
from bot.setup.credentials import ServiceApp
from bot.setup.report import CheckResult, Status, as_json, table
from bot.setup.scopes import SCOPES
from bot.store import lock
from bot.store.database import connect
from bot.webex.client import ssl_context
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.coverage_env import coverage_env
from tests.fake_http import fake_http
from tests.proxy import proxy

pytestmark = pytest.mark.slow

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
        return {name for name, one in self.checks.items() if one.status is status}

    @property
    def failed(self) -> set[str]:
        """The checks that failed."""
        return self.with_status(Status.FAILED)


async def printed(
    sandbox: Sandbox, directory: Path, *options: str, **changes: str
) -> tuple[int, str]:
    """Run it in the sandbox's environment, with changes; its exit status and what it printed."""
    own = {"PROVBOT_DATABASE": str(directory / "provbot.db"), "PROVBOT_ADMINS": "ada@acme.example"}
    here = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1", **coverage_env()}
    environ = {**here, **sandbox.env, **own, **changes}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", *options, cwd=directory, env=environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    text = out.decode()
    assert "Traceback" not in text, text
    for name in SECRETS:
        assert not environ.get(name) or environ[name] not in text
    assert process.returncode is not None
    return process.returncode, text


async def doctor(sandbox: Sandbox, directory: Path, **changes: str) -> Report:
    """What it finds."""
    status, text = await printed(sandbox, directory, "--json", **changes)
    rows = [{**row, "status": Status[row["status"].upper()]} for row in json.loads(text)]
    return Report(status, {row["name"]: CheckResult(**row) for row in rows})


async def test_all_is_well(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert {one for one in report.checks.values() if one.status is not Status.OK} == set()
    assert report.status == 0
    assert set(report.checks) == {
        "settings", "settings file", "policy", "database", "encryption", "disk", "admins", "provbot process",
        "network", "clock", "bot token", "websocket", "approval space", "service app",
        *(scope.name for scope in SCOPES),
    }  # fmt: skip
    assert report.checks["admins"].message == "a…@acme.example"
    assert "provbot@webex.bot" in report.checks["bot token"].message
    assert "the refresh token until 2" in report.checks["service app"].message
    assert report.checks["network"].message.endswith("directly")


async def test_with_a_key_the_refresh_token_is_read_and_kept_encrypted(tmp_path):
    key = new_key()
    async with Sandbox() as sandbox:
        reports = [await doctor(sandbox, tmp_path, PROVBOT_KEY=key) for _ in range(2)]
        token = sandbox.env["WEBEX_SERVICE_APP_REFRESH_TOKEN"].encode()
    files = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("provbot.db*")))
    assert [report.failed for report in reports] == [set(), set()]
    assert files.startswith(b"SQLite")
    assert token not in files


async def test_the_table_says_the_same_and_can_be_sent_to_a_colleague(tmp_path):
    async with Sandbox() as sandbox:
        key = new_key()
        status, text = await printed(sandbox, tmp_path, PROVBOT_KEY=key)
        assert status == 0
        assert text.startswith("provbot ")
        assert "✓ bot token " in text
        assert text.endswith("All checks passed.\n")
        assert key not in text
        assert "ada@acme" not in text


@pytest.mark.parametrize(
    "scope", ["spark-admin:telephony_config_write", "spark-admin:people_read", "spark-admin:devices_write", "identity:one_time_password"],
)  # fmt: skip
async def test_a_missing_scope_is_named_with_the_commands_that_need_it(tmp_path, scope):
    async with Sandbox(Settings(without_scopes=frozenset({scope}))) as sandbox:
        report = await doctor(sandbox, tmp_path)
    assert report.status == 1
    assert report.failed == {scope}
    assert report.checks[scope].message.startswith("missing; needed for ")
    assert "authorize the service app again" in report.checks[scope].hint


async def test_a_scope_that_is_only_nice_to_have_is_a_warning(tmp_path):
    scope = "spark-admin:licenses_read"
    async with Sandbox(Settings(without_scopes=frozenset({scope}))) as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert (report.status, report.with_status(Status.WARNING)) == (0, {scope})


@pytest.mark.parametrize(
    ("path", "call", "status"),
    [
        ("/telephony/config/people/*", "GET telephony/config/people/{id}/devices", Status.WARNING),
        ("/telephony/config/workspaces/*", "GET telephony/config/workspaces/{id}/devices", Status.WARNING),
        ("/telephony/config/dectNetworks", "GET telephony/config/dectNetworks", Status.FAILED),
        ("/telephony/config/supportedDevices", "GET telephony/config/supportedDevices", Status.WARNING),
    ],
)  # fmt: skip
async def test_a_single_refused_call_is_named_with_its_purpose(tmp_path, path, call, status):
    async with Sandbox() as sandbox:
        await sandbox.client.fault(method="GET", path=path, status=403, times=0)
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert report.checks["spark-admin:telephony_config_read"].status is Status.OK
    assert report.checks[call].status is status
    assert (
        "refused, although spark-admin:telephony_config_read works" in report.checks[call].message
    )
    assert "needed for " in report.checks[call].message
    assert {*report.with_status(Status.FAILED), *report.with_status(Status.WARNING)} == {call}


async def test_a_list_that_is_missing_in_an_answer_is_named(tmp_path):
    async with Sandbox() as sandbox:
        await sandbox.client.fault(method="GET", path="/licenses", status=200, body={}, times=0)
        report = await doctor(sandbox, tmp_path)
    assert "cannot be tested" in report.checks["spark-admin:licenses_read"].message


async def test_a_fixed_token_leaves_some_scopes_untested(tmp_path):
    async with Sandbox() as sandbox:
        app = sandbox.cloud.service_app
        token = sandbox.cloud.tokens.issue("service_app", app.person_key, app.scopes)
        report = await doctor(
            sandbox, tmp_path, WEBEX_SERVICE_APP_ACCESS_TOKEN=token.value, WEBEX_SERVICE_APP_REFRESH_TOKEN=""
        )  # fmt: skip
    assert report.status == 0
    assert "is not renewed; valid until 2" in report.checks["service app"].message
    assert report.with_status(Status.UNKNOWN) == {
        "spark-admin:devices_write",
        "identity:one_time_password",
    }


async def test_a_bad_bot_token_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_BOT_TOKEN="wrong-token-value")
    assert report.status == 1
    assert "does not accept the bot token" in report.checks["bot token"].message
    assert "copy it again in full, or create a new one" in report.checks["bot token"].hint
    assert report.failed == {"bot token", "websocket"}


async def test_a_persons_token_as_the_bots_is_named(tmp_path):
    async with Sandbox() as sandbox:
        token = sandbox.cloud.tokens.issue("person", sandbox.cloud.person_by_email("ada@acme.example").key)  # type: ignore[union-attr]  # she exists # fmt: skip
        report = await doctor(sandbox, tmp_path, WEBEX_BOT_TOKEN=token.value)
    assert report.status == 1
    assert "the token of a person (Ada" in report.checks["bot token"].message


async def test_a_revoked_service_app_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_SERVICE_APP_REFRESH_TOKEN="wrong-refresh")
    assert report.status == 1
    assert "does not accept the refresh token" in report.checks["service app"].message
    assert "copy it again in full, or have a Full Admin" in report.checks["service app"].hint
    assert report.failed == {"service app"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("WEBEX_SERVICE_APP_CLIENT_ID", "no service app with this client id"),
        ("WEBEX_SERVICE_APP_CLIENT_SECRET", "client secret does not belong"),
    ],
)
async def test_the_mistyped_credential_of_a_service_app_is_named(tmp_path, name, said):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, **{name: "mistyped"})
    assert report.failed == {"service app"}
    assert said in report.checks["service app"].message


async def test_a_dead_access_token_is_named_as_such(tmp_path):
    changes = {"WEBEX_SERVICE_APP_ACCESS_TOKEN": "no-token-at-all", "WEBEX_SERVICE_APP_REFRESH_TOKEN": ""}  # fmt: skip
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, **changes)
    assert "does not accept the access token" in report.checks["service app"].message


async def test_an_api_that_cannot_be_reached_is_named(tmp_path, unused_tcp_port):
    async with Sandbox() as sandbox:
        url = f"https://localhost:{unused_tcp_port}/v1"
        report = await doctor(sandbox, tmp_path, WEBEX_API_URL=url)
    assert report.status == 1
    assert "cannot be reached" in report.checks["network"].message
    assert report.failed == {"network", "bot token", "service app"}


async def test_a_websocket_that_nothing_comes_through_is_named(tmp_path):
    async with Sandbox() as sandbox:
        await sandbox.client.fault(what="handshake", status=403, times=0)
        report = await doctor(sandbox, tmp_path)
    assert report.failed == {"websocket"}
    assert "HTTP status 403" in report.checks["websocket"].message
    assert "firewalls" in report.checks["websocket"].hint


async def test_another_provbot_with_the_same_token_is_named_and_the_doctor_leaves_nothing(tmp_path):
    async with Sandbox() as sandbox:
        token, u2c = sandbox.env["WEBEX_BOT_TOKEN"], sandbox.env["WEBEX_U2C_URL"]
        context = ssl_context(Path(sandbox.env["WEBEX_CA_FILE"]))
        other = await Listener.open(token, name="provbot-other", u2c_url=u2c, context=context)
        await asyncio.to_thread(other._register)
        report = await doctor(sandbox, tmp_path)
        assert "another provbot" in report.checks["websocket"].message
        assert report.checks["websocket"].status is Status.WARNING
        assert await asyncio.to_thread(other._registration_names) == ["provbot-other"]
        other.session.close()


async def test_an_approval_space_without_the_bot_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(
            sandbox, tmp_path, PROVBOT_APPROVAL_ROOM="Y2lzY29zcGFyazovL3VzL1JPT00vMQ"
        )
    assert report.failed == {"approval space"}


async def test_no_database_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_DATABASE=str(tmp_path / "no" / "p.db"))
    assert report.status == 1
    assert report.failed == {"database"}
    assert "cannot be used" in report.checks["database"].message


async def test_files_that_other_users_can_read_are_named(tmp_path):
    (tmp_path / ".env").write_text("PROVBOT_LOG=json\n")
    (tmp_path / ".env").chmod(0o644)
    (tmp_path / "provbot.db").touch(mode=0o644)
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert report.with_status(Status.WARNING) == {"settings file", "database"}
    assert report.checks["settings file"].hint == "chmod 600 .env"


async def test_a_missing_admin_and_a_faulty_policy_are_named(tmp_path):
    (tmp_path / "policy.toml").write_text("[nonsense]\n")
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_ADMINS="", PROVBOT_POLICY="policy.toml")
    assert report.status == 1
    assert report.failed == {"admins", "policy"}
    assert "provbot access add" in report.checks["admins"].message
    assert "nonsense" in report.checks["policy"].message


async def test_an_admin_no_longer_in_the_setting_is_named(tmp_path):
    db = connect(tmp_path / "provbot.db")
    seed_admins(db, ["bea@acme.example"], 1.0)
    db.conn.commit()
    db.close()
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path)
    found = report.checks["admins"]
    assert found.status is Status.WARNING
    assert found.message.endswith("no longer in PROVBOT_ADMINS, but still admin: b…@acme.example")


@pytest.mark.parametrize(("org", "status"), [(None, Status.WARNING), ("org-1", Status.OK)])
async def test_an_unknown_organization_of_the_bot_is_named(org, status):
    me = {"id": "id-bot", "type": "bot", "emails": ["p@webex.bot"], "displayName": "P"}
    values: dict[str, Any] = {"bot_token": SecretStr("t"), "access_token": SecretStr("a")}
    http = fake_http(lambda _request: httpx.Response(200, json=me))
    found = await webex_checks.bot_token(Config(**values, org_id=org), http)
    assert found.status is status


async def test_a_key_that_does_not_fit_is_named(tmp_path):
    async with Sandbox() as sandbox:
        assert (await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())).status == 0  # keeps a token
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert report.failed == {"encryption", "service app"}


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
    assert report.failed == {"settings"}
    assert name in report.checks["settings"].message


async def test_a_cloud_that_is_not_trusted_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_CA_FILE="")
    assert report.status == 1
    assert report.failed == {"network", "bot token", "websocket", "service app"}
    assert "set WEBEX_CA_FILE to its certificate authority" in report.checks["network"].message


async def test_everything_goes_through_the_proxy_of_the_machine(tmp_path):
    async with Sandbox() as sandbox, proxy() as through:
        url = f"http://someone:hidden-password@127.0.0.1:{through.port}"
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=url)
        assert report.failed == set()
        assert report.checks["network"].message.endswith(
            f"through the proxy 127.0.0.1:{through.port}"
        )
        hosts = {urlsplit(sandbox.env[name]).netloc for name in ("WEBEX_API_URL", "WEBEX_U2C_URL")}
        assert hosts <= set(through.asked_for)


async def test_a_proxy_may_be_named_as_curl_takes_it(tmp_path):
    async with Sandbox() as sandbox, proxy() as through:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"127.0.0.1:{through.port}")
        assert report.failed == set()
        assert report.checks["network"].message.endswith(
            f"through the proxy 127.0.0.1:{through.port}"
        )


@pytest.mark.parametrize("port", ["99999", "http"])
async def test_a_proxy_with_a_port_that_cannot_be_is_named(tmp_path, port):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}")
    assert {"network", "bot token", "service app"} <= report.failed
    assert "through a proxy with an invalid address or port" in report.checks["network"].hint


async def test_a_proxy_that_lets_nothing_pass_is_named(tmp_path):
    async with Sandbox() as sandbox, proxy(passes=False) as through:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{through.port}")
        assert report.failed == {"network", "bot token", "websocket", "service app"}
        assert f"tried through the proxy 127.0.0.1:{through.port}" in report.checks["network"].hint


# Without a process


@pytest.mark.parametrize(
    ("date", "status", "message"),
    [
        ("Sun, 22 Nov 2026 12:00:20 GMT", Status.OK, "correct to 20 s"),
        ("Sun, 22 Nov 2026 12:00:40 GMT", Status.WARNING, "40 s behind Webex"),
        ("Sun, 22 Nov 2026 11:00:00 GMT", Status.WARNING, "3600 s ahead of Webex"),
        ("yesterday", Status.UNKNOWN, "did not send"),
        ("", Status.UNKNOWN, "did not send"),
    ],
)
def test_a_clock_that_is_wrong_is_named(date, status, message):
    now = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
    found = webex_checks.skew({"Date": date}, now)
    assert found.status is status
    assert message in found.message


@pytest.mark.parametrize(
    ("free", "status"), [(499_000_000, Status.WARNING), (500_000_000, Status.OK)]
)
async def test_a_disk_that_fills_up_is_named(tmp_path, free, status):
    settings = Config.model_validate(
        {"WEBEX_BOT_TOKEN": "b", "WEBEX_SERVICE_APP_ACCESS_TOKEN": "a", "PROVBOT_DATABASE": str(tmp_path / "p.db")}
    )  # fmt: skip
    assert (await local_checks.disk(settings, lambda _: free)).status is status


async def test_whether_a_bot_runs_with_this_database_is_told(tmp_path):
    settings = Config.model_validate(
        {"WEBEX_BOT_TOKEN": "b", "WEBEX_SERVICE_APP_ACCESS_TOKEN": "a", "PROVBOT_DATABASE": str(tmp_path / "p.db")}
    )  # fmt: skip
    assert "not running" in (await local_checks.running(settings)).message
    with lock.held(settings.database, "It runs."):
        assert (await local_checks.running(settings)).message == "running with this database"
    assert "not running" in (await local_checks.running(settings)).message


WRITE = SCOPES[1]
OPTIONAL = SCOPES[-1]


@pytest.mark.parametrize(
    ("scope", "answer", "granted", "status", "message"),
    [
        (WRITE, True, "", Status.OK, "works"),
        (WRITE, False, WRITE.name, Status.OK, "granted"),
        (WRITE, False, "another", Status.FAILED, "missing; needed for add phone"),
        (WRITE, False, "", Status.UNKNOWN, "cannot be tested"),
        (WRITE, Forbidden(403, "no"), "", Status.FAILED, "missing"),
        (WRITE, Forbidden(403, "no"), WRITE.name, Status.FAILED, "granted, but Webex refuses"),
        (WRITE, Unavailable(503, "down"), WRITE.name, Status.FAILED, "cannot be tested: 503 down"),
        (OPTIONAL, Forbidden(403, "no"), "", Status.WARNING, "missing"),
    ],
)
def test_a_scope_is_judged_by_its_calls_and_the_granted_list(
    scope, answer, granted, status, message
):
    found = call_checks.scope_result(scope, answer, granted)
    assert (found.name, found.status) == (scope.name, status)
    assert message in found.message


@pytest.mark.parametrize(
    ("left", "status"), [(0, Status.OK), (13 * 86400, Status.WARNING), (15 * 86400, Status.OK)]
)
def test_a_refresh_token_near_its_end_is_named(left, status):
    tokens = ServiceApp("a", "r", access_lifetime=60, refresh_lifetime=left)
    assert webex_checks.expiry(tokens, 0.0).status is status


def test_a_repeated_secret_is_not_printed():
    found = [CheckResult("x", "it said hunter2hunter", Status.FAILED, "try hunter2")]
    for text in (table(found, ["hunter2", "", "hunter2hunter"]), as_json(found, ["hunter2"])):
        assert "hunter2" not in text
        assert "***" in text
    assert "1 failed, 0 with a warning." in table(found, [])


def test_a_short_secret_does_not_mask_our_own_sentences():
    found = [CheckResult("network", "something is wrong; the network said", Status.FAILED)]
    text = table(found, ["wrong", "network"])
    assert text.startswith("✗ network ")
    assert "something is wrong; the *** said" in text  # a long one might be a token
    assert text.endswith("1 failed, 0 with a warning.")
    (row,) = json.loads(as_json(found, ["wrong", "network"]))
    assert (row["name"], row["status"]) == ("network", "failed")


def test_a_secret_with_signs_that_json_escapes_is_masked_too():
    found = [CheckResult("x", 'it said pass"word\\', Status.FAILED)]
    assert json.loads(as_json(found, ['pass"word\\']))[0]["message"] == "it said ***"
