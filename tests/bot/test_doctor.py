"""`provbot doctor` as a process against a sandbox: it names each problem and prints no secret."""

import pytest

from bot.core.config import new_key
from bot.requests.allowlist import seed_admins
from bot.setup.report import Status
from bot.setup.scopes import SCOPES
from bot.store.sqlite import connect
from sandbox.server import Sandbox
from tests.bot.doctor_process import doctor, printed
from tests.journeys.programs import new_processes

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forks")]


async def test_all_checks_pass(tmp_path):
    async with Sandbox() as sandbox:
        with new_processes():  # once without the modules that a fork has loaded
            report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert {check for check in report.checks.values() if check.status is not Status.OK} == set()
    assert report.status == 0
    assert set(report.checks) == {
        "settings",
        "cloud",
        "settings file",
        "policy",
        "time zone",
        "lists",
        "photos",
        "following",
        "database",
        "encryption",
        "disk",
        "admins",
        "provbot process",
        "network",
        "clock",
        "bot token",
        "websocket",
        "approval space",
        "service app",
        *(scope.name for scope in SCOPES),
    }
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
    check = report.checks["admins"]
    assert check.status is Status.WARNING
    assert check.message.endswith("no longer in PROVBOT_ADMINS, but still admin: b…@acme.example")


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
