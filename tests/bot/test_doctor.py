"""`provbot doctor` as a process against a sandbox: what is wrong is named, and no secret printed."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot import checks_here, checks_webex
from bot.chat.listener import Listener
from bot.config import Config, new_key
from bot.errors import Forbidden, Unavailable
from bot.findings import Finding, Mark, as_json, table
from bot.scopes import SCOPES
from bot.store import marks
from bot.store.database import Store
from bot.webex.client import trust
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.proxy import proxy

SECRETS = (
    "WEBEX_BOT_TOKEN",
    "WEBEX_SERVICE_APP_CLIENT_SECRET",
    "WEBEX_SERVICE_APP_REFRESH_TOKEN",
)


@dataclass
class Report:
    """What the doctor said, by the name of the check, and its exit status."""

    status: int
    checks: dict[str, Finding]

    def marked(self, mark: Mark) -> set[str]:
        """The checks that came out like that."""
        return {name for name, one in self.checks.items() if one.mark is mark}

    @property
    def wrong(self) -> set[str]:
        """The checks that failed."""
        return self.marked(Mark.WRONG)


async def printed(
    sandbox: Sandbox, directory: Path, *options: str, **changes: str
) -> tuple[int, str]:
    """Run it in the sandbox's environment, with changes; its exit status and what it printed."""
    own = {"PROVBOT_DATABASE": str(directory / "provbot.db"), "PROVBOT_ADMINS": "ada@acme.example"}
    environ = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1", **sandbox.env, **own, **changes}  # fmt: skip
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
    rows = [{**row, "mark": Mark[row["mark"].upper()]} for row in json.loads(text)]
    return Report(status, {row["name"]: Finding(**row) for row in rows})


async def test_all_is_well(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert {one for one in report.checks.values() if one.mark is not Mark.OK} == set()
    assert report.status == 0
    assert set(report.checks) == {
        "settings", "settings file", "policy", "database", "encryption", "disk", "admins", "provbot itself",
        "network", "clock", "bot token", "websocket", "approval space", "service app",
        *(scope.name for scope in SCOPES),
    }  # fmt: skip
    assert report.checks["admins"].said == "a…@acme.example"
    assert "provbot@webex.bot" in report.checks["bot token"].said
    assert "the refresh token until 2" in report.checks["service app"].said
    assert report.checks["network"].said.endswith("directly")


async def test_with_a_key_the_refresh_token_is_read_and_kept_encrypted(tmp_path):
    key = new_key()
    async with Sandbox() as sandbox:
        reports = [await doctor(sandbox, tmp_path, PROVBOT_KEY=key) for _ in range(2)]
        token = sandbox.env["WEBEX_SERVICE_APP_REFRESH_TOKEN"].encode()
    files = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("provbot.db*")))
    assert [report.wrong for report in reports] == [set(), set()]
    assert files.startswith(b"SQLite")
    assert token not in files


async def test_the_table_says_the_same_and_can_be_sent_to_a_colleague(tmp_path):
    async with Sandbox() as sandbox:
        key = new_key()
        status, text = await printed(sandbox, tmp_path, PROVBOT_KEY=key)
        assert status == 0
        assert text.startswith("provbot ")
        assert "✓ bot token " in text
        assert text.endswith("All is well.\n")
        assert key not in text
        assert "ada@acme" not in text


@pytest.mark.parametrize(
    "scope", ["spark-admin:telephony_config_write", "spark-admin:people_read", "spark-admin:devices_write", "identity:one_time_password"],
)  # fmt: skip
async def test_a_missing_scope_is_named_with_what_does_not_work(tmp_path, scope):
    async with Sandbox(Settings(without_scopes=frozenset({scope}))) as sandbox:
        report = await doctor(sandbox, tmp_path)
    assert report.status == 1
    assert report.wrong == {scope}
    assert report.checks[scope].said.startswith("missing; without it: ")
    assert "authorize it again" in report.checks[scope].todo


async def test_a_scope_that_is_only_nice_to_have_is_a_warning(tmp_path):
    scope = "spark-admin:licenses_read"
    async with Sandbox(Settings(without_scopes=frozenset({scope}))) as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert (report.status, report.marked(Mark.WARNING)) == (0, {scope})


async def test_with_a_fixed_token_it_is_said_what_cannot_be_tried(tmp_path):
    async with Sandbox() as sandbox:
        app = sandbox.cloud.service_app
        token = sandbox.cloud.tokens.issue("service_app", app.person_key, app.scopes)
        report = await doctor(
            sandbox, tmp_path, WEBEX_SERVICE_APP_ACCESS_TOKEN=token.value, WEBEX_SERVICE_APP_REFRESH_TOKEN=""
        )  # fmt: skip
    assert report.status == 0
    assert "nobody renews; it lives until 2" in report.checks["service app"].said
    assert report.marked(Mark.UNKNOWN) == {
        "spark-admin:devices_write",
        "identity:one_time_password",
    }


async def test_a_bad_bot_token_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_BOT_TOKEN="wrong-token-value")
    assert report.status == 1
    assert "does not accept WEBEX_BOT_TOKEN" in report.checks["bot token"].said
    assert "copy it again, whole, or make a new one" in report.checks["bot token"].todo
    assert report.wrong == {"bot token", "websocket"}


async def test_a_persons_token_as_the_bots_is_named(tmp_path):
    async with Sandbox() as sandbox:
        token = sandbox.cloud.tokens.issue("person", sandbox.cloud.person_by_email("ada@acme.example").key)  # type: ignore[union-attr]  # she exists # fmt: skip
        report = await doctor(sandbox, tmp_path, WEBEX_BOT_TOKEN=token.value)
    assert report.status == 1
    assert "is the token of a person, not of a bot" in report.checks["bot token"].said


async def test_a_revoked_service_app_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_SERVICE_APP_REFRESH_TOKEN="wrong-refresh")
    assert report.status == 1
    assert "must be authorized again" in report.checks["service app"].said
    assert "was not copied whole" in report.checks["service app"].said
    assert "copy it again, whole, or have a Full Admin" in report.checks["service app"].todo
    assert report.wrong == {"service app"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("WEBEX_SERVICE_APP_CLIENT_ID", "no service app with this client id"),
        ("WEBEX_SERVICE_APP_CLIENT_SECRET", "client secret does not fit"),
    ],
)
async def test_a_mistyped_service_app_is_named_by_what_was_mistyped(tmp_path, name, said):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, **{name: "mistyped"})
    assert report.wrong == {"service app"}
    assert said in report.checks["service app"].said


async def test_a_dead_access_token_is_named_as_such(tmp_path):
    changes = {"WEBEX_SERVICE_APP_ACCESS_TOKEN": "no-token-at-all", "WEBEX_SERVICE_APP_REFRESH_TOKEN": ""}  # fmt: skip
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, **changes)
    assert "does not accept this access token" in report.checks["service app"].said


async def test_an_api_that_cannot_be_reached_is_named(tmp_path, unused_tcp_port):
    async with Sandbox() as sandbox:
        url = f"https://localhost:{unused_tcp_port}/v1"
        report = await doctor(sandbox, tmp_path, WEBEX_API_URL=url)
    assert report.status == 1
    assert "cannot be reached" in report.checks["network"].said
    assert report.wrong == {"network", "bot token", "service app"}


async def test_a_websocket_that_nothing_comes_through_is_named(tmp_path):
    async with Sandbox() as sandbox:
        await sandbox.client.fault(what="handshake", status=403, times=0)
        report = await doctor(sandbox, tmp_path)
    assert report.wrong == {"websocket"}
    assert "HTTP status 403" in report.checks["websocket"].said
    assert "firewalls" in report.checks["websocket"].todo


async def test_another_provbot_with_the_same_token_is_named_and_the_doctor_leaves_nothing(tmp_path):
    async with Sandbox() as sandbox:
        token, u2c = sandbox.env["WEBEX_BOT_TOKEN"], sandbox.env["WEBEX_U2C_URL"]
        context = trust(Path(sandbox.env["WEBEX_CA_FILE"]))
        other = await Listener.open(token, name="provbot-other", u2c_url=u2c, context=context)
        await asyncio.to_thread(other._register)
        report = await doctor(sandbox, tmp_path)
        assert "another provbot" in report.checks["websocket"].said
        assert report.checks["websocket"].mark is Mark.WARNING
        assert await asyncio.to_thread(other._names) == ["provbot-other"]
        other.session.close()


async def test_an_approval_space_without_the_bot_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(
            sandbox, tmp_path, PROVBOT_APPROVAL_ROOM="Y2lzY29zcGFyazovL3VzL1JPT00vMQ"
        )
    assert report.wrong == {"approval space"}


async def test_no_database_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_DATABASE=str(tmp_path / "no" / "p.db"))
    assert report.status == 1
    assert report.wrong == {"database"}
    assert "cannot be used" in report.checks["database"].said


async def test_what_others_may_read_is_named(tmp_path):
    (tmp_path / ".env").write_text("PROVBOT_LOG=json\n")
    (tmp_path / ".env").chmod(0o644)
    (tmp_path / "provbot.db").touch(mode=0o644)
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert report.marked(Mark.WARNING) == {"settings file", "database"}
    assert report.checks["settings file"].todo == "chmod 600 .env"


async def test_nobody_being_admin_and_a_faulty_policy_are_named(tmp_path):
    (tmp_path / "policy.toml").write_text("[nonsense]\n")
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_ADMINS="", PROVBOT_POLICY="policy.toml")
    assert report.status == 1
    assert report.wrong == {"admins", "policy"}
    assert "provbot access add" in report.checks["admins"].said
    assert "nonsense" in report.checks["policy"].said


async def test_a_key_that_does_not_fit_is_named(tmp_path):
    async with Sandbox() as sandbox:
        assert (await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())).status == 0  # keeps a token
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert report.wrong == {"encryption", "service app"}


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
    assert name in report.checks["settings"].said


async def test_a_cloud_that_is_not_trusted_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_CA_FILE="")
    assert report.status == 1
    assert report.wrong == {"network", "bot token", "websocket", "service app"}
    assert "Name its certificate authority in WEBEX_CA_FILE" in report.checks["network"].said


async def test_everything_goes_through_the_proxy_of_the_machine(tmp_path):
    async with Sandbox() as sandbox, proxy() as through:
        url = f"http://someone:hidden-password@127.0.0.1:{through.port}"
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=url)
        assert report.wrong == set()
        assert report.checks["network"].said.endswith(f"by the proxy 127.0.0.1:{through.port}")
        hosts = {urlsplit(sandbox.env[name]).netloc for name in ("WEBEX_API_URL", "WEBEX_U2C_URL")}
        assert hosts <= set(through.asked_for)


async def test_a_proxy_may_be_named_as_curl_takes_it(tmp_path):
    async with Sandbox() as sandbox, proxy() as through:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"127.0.0.1:{through.port}")
        assert report.wrong == set()
        assert report.checks["network"].said.endswith(f"by the proxy 127.0.0.1:{through.port}")


@pytest.mark.parametrize("port", ["99999", "http"])
async def test_a_proxy_with_a_port_that_cannot_be_is_named(tmp_path, port):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}")
    assert {"network", "bot token", "service app"} <= report.wrong
    assert "by a proxy whose port or address cannot be" in report.checks["network"].todo


async def test_a_proxy_that_lets_nothing_pass_is_named(tmp_path):
    async with Sandbox() as sandbox, proxy(passes=False) as through:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{through.port}")
        assert report.wrong == {"network", "bot token", "websocket", "service app"}
        assert f"by the proxy 127.0.0.1:{through.port} was tried" in report.checks["network"].todo


# Without a process


@pytest.mark.parametrize(
    ("date", "mark", "said"),
    [
        ("Sun, 22 Nov 2026 12:00:20 GMT", Mark.OK, "right to 20 s"),
        ("Sun, 22 Nov 2026 12:00:40 GMT", Mark.WARNING, "40 s behind Webex"),
        ("Sun, 22 Nov 2026 11:00:00 GMT", Mark.WARNING, "3600 s ahead of Webex"),
        ("yesterday", Mark.UNKNOWN, "did not say"),
        ("", Mark.UNKNOWN, "did not say"),
    ],
)
def test_a_clock_that_is_wrong_is_named(date, mark, said):
    now = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
    found = checks_webex.skew({"Date": date}, now)
    assert found.mark is mark
    assert said in found.said


@pytest.mark.parametrize(("free", "mark"), [(499_000_000, Mark.WARNING), (500_000_000, Mark.OK)])
async def test_a_disk_that_fills_up_is_named(tmp_path, free, mark):
    settings = Config.model_validate(
        {"WEBEX_BOT_TOKEN": "b", "WEBEX_SERVICE_APP_ACCESS_TOKEN": "a", "PROVBOT_DATABASE": str(tmp_path / "p.db")}
    )  # fmt: skip
    assert (await checks_here.disk(settings, lambda _: free)).mark is mark


async def test_whether_a_bot_runs_with_this_database_is_told(tmp_path):
    store = Store(tmp_path / "p.db")
    assert "does not run" in (await checks_here.running(store)).said
    await store.call(marks.set_heard_until, 100.0)
    assert "runs, and heard everything until 20 s ago" in (await checks_here.running(store, lambda: 120.0)).said  # fmt: skip
    assert "does not run" in (await checks_here.running(store, lambda: 200.0)).said
    store.close()


WRITE = SCOPES[1]
OPTIONAL = SCOPES[-1]


@pytest.mark.parametrize(
    ("scope", "answer", "granted", "mark", "said"),
    [
        (WRITE, True, "", Mark.OK, "works"),
        (WRITE, False, WRITE.name, Mark.OK, "in the token's list"),
        (WRITE, False, "another", Mark.WRONG, "missing; without it: add phone"),
        (WRITE, False, "", Mark.UNKNOWN, "cannot be tried"),
        (WRITE, Forbidden(403, "no"), "", Mark.WRONG, "missing"),
        (WRITE, Forbidden(403, "no"), WRITE.name, Mark.WRONG, "is there, but Webex refuses"),
        (WRITE, Unavailable(503, "down"), WRITE.name, Mark.WRONG, "could not be tried: 503 down"),
        (OPTIONAL, Forbidden(403, "no"), "", Mark.WARNING, "missing"),
    ],
)
def test_what_is_thought_of_a_scope(scope, answer, granted, mark, said):
    found = checks_webex.judged(scope, answer, granted)
    assert (found.name, found.mark) == (scope.name, mark)
    assert said in found.said


@pytest.mark.parametrize(
    ("left", "mark"), [(0, Mark.OK), (13 * 86400, Mark.WARNING), (15 * 86400, Mark.OK)]
)
def test_a_refresh_token_near_its_end_is_named(left, mark):
    assert (
        checks_webex._lives({"expires_in": 60, "refresh_token_expires_in": left}, 0.0).mark is mark
    )


def test_whatever_repeats_a_secret_it_is_not_printed():
    found = [Finding("x", "it said hunter2hunter", Mark.WRONG, "try hunter2")]
    for text in (table(found, ["hunter2", "", "hunter2hunter"]), as_json(found, ["hunter2"])):
        assert "hunter2" not in text
        assert "***" in text
    assert "1 wrong, 0 to look at." in table(found, [])


def test_an_ordinary_word_as_a_token_leaves_our_own_words_readable():
    found = [Finding("network", "something is wrong; the network said", Mark.WRONG)]
    text = table(found, ["wrong", "network"])
    assert text.startswith("✗ network ")
    assert "something is wrong; the *** said" in text  # a long one might be a token
    assert text.endswith("1 wrong, 0 to look at.")
    (row,) = json.loads(as_json(found, ["wrong", "network"]))
    assert (row["name"], row["mark"]) == ("network", "wrong")


def test_a_secret_with_signs_that_json_escapes_is_masked_too():
    found = [Finding("x", 'it said pass"word\\', Mark.WRONG)]
    assert json.loads(as_json(found, ['pass"word\\']))[0]["said"] == "it said ***"
