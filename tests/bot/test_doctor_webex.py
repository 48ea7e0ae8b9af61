"""`provbot doctor` on tokens, scopes, the websocket and the approval space."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.listener import Listener
from bot.core import api_calls
from bot.core.config import new_key
from bot.core.models.people import Space
from bot.setup.report import Status
from bot.store import approval_space
from bot.store.sql import transaction
from bot.store.sqlite import connect
from bot.webex.client import ssl_context
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.bot.doctor_process import doctor

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forks")]


@pytest.mark.parametrize(
    "scope",
    [
        "spark-admin:telephony_config_write",
        "spark-admin:people_read",
        "spark-admin:devices_write",
        "identity:one_time_password",
    ],
)
async def test_a_missing_scope_is_named_with_the_commands_that_need_it(tmp_path, scope):
    async with Sandbox(Settings(without_scopes=frozenset({scope}))) as sandbox:
        report = await doctor(sandbox, tmp_path)
    assert report.status == 1
    assert report.failed == {scope}
    assert report.checks[scope].message.startswith("missing; needed for ")
    assert "authorize the service app again" in report.checks[scope].hint


async def test_a_missing_optional_scope_is_a_warning(tmp_path):
    scope = "spark-admin:licenses_read"
    async with Sandbox(Settings(without_scopes=frozenset({scope}))) as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    assert (report.status, report.with_status(Status.WARNING)) == (0, {scope})


@pytest.mark.parametrize(
    ("path", "call", "status"),
    [
        (
            "/telephony/config/people/*/devices",
            "GET telephony/config/people/{id}/devices",
            Status.WARNING,
        ),
        (
            "/telephony/config/workspaces/*/devices",
            "GET telephony/config/workspaces/{id}/devices",
            Status.WARNING,
        ),
        (
            "/telephony/config/people/*/dectNetworks",
            "GET telephony/config/people/{id}/dectNetworks",
            Status.FAILED,
        ),
        (
            "/telephony/config/workspaces/*/dectNetworks",
            "GET telephony/config/workspaces/{id}/dectNetworks",
            Status.FAILED,
        ),
        (
            "/telephony/config/locations/*/baseStations/*",
            "GET telephony/config/locations/{id}/dectNetworks/{id}/baseStations/{id}",
            Status.WARNING,
        ),
        ("/licenses/*", "GET licenses/{id}", Status.WARNING),
        ("/telephony/config/dectNetworks", "GET telephony/config/dectNetworks", Status.FAILED),
        (
            "/telephony/config/locations/*/baseStations",
            "GET telephony/config/locations/{id}/dectNetworks/{id}/baseStations",
            Status.FAILED,
        ),
        (
            "/telephony/config/locations/*/handsets",
            "GET telephony/config/locations/{id}/dectNetworks/{id}/handsets",
            Status.FAILED,
        ),
        (
            "/telephony/config/supportedDevices",
            "GET telephony/config/supportedDevices",
            Status.WARNING,
        ),
    ],
)
async def test_a_single_refused_call_is_named_with_its_purpose(tmp_path, path, call, status):
    async with Sandbox() as sandbox:
        await sandbox.client.fault(method="GET", path=path, status=403, times=0)
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
    declared = api_calls.known(call)
    assert declared
    assert report.checks[declared.scope].status is Status.OK
    assert report.checks[call].status is status
    assert f"refused, although {declared.scope} works" in report.checks[call].message
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
            sandbox,
            tmp_path,
            WEBEX_SERVICE_APP_ACCESS_TOKEN=token.value,
            WEBEX_SERVICE_APP_REFRESH_TOKEN="",
        )
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


async def test_a_persons_token_instead_of_the_bots_is_named(tmp_path):
    async with Sandbox() as sandbox:
        ada = sandbox.cloud.person_by_email("ada@acme.example")
        assert ada
        token = sandbox.cloud.tokens.issue("person", ada.key)
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
    ("name", "problem"),
    [
        ("WEBEX_SERVICE_APP_CLIENT_ID", "not know a service app with this client id"),
        ("WEBEX_SERVICE_APP_CLIENT_SECRET", "client secret does not belong"),
    ],
)
async def test_the_mistyped_credential_of_a_service_app_is_named(tmp_path, name, problem):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, **{name: "mistyped"})
    assert report.failed == {"service app"}
    assert problem in report.checks["service app"].message


async def test_an_invalid_access_token_is_named(tmp_path):
    changes = {
        "WEBEX_SERVICE_APP_ACCESS_TOKEN": "no-token-at-all",
        "WEBEX_SERVICE_APP_REFRESH_TOKEN": "",
    }
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, **changes)
    assert "does not accept the access token" in report.checks["service app"].message


async def test_a_websocket_without_events_is_named(tmp_path):
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


async def test_an_approval_space_that_was_chosen_in_chat_is_checked(tmp_path):
    async with Sandbox() as sandbox:
        room = await sandbox.client.room("ana@acme.example", "Phone rollout")
        choose(tmp_path, room)
        report = await doctor(sandbox, tmp_path)
        assert report.checks["approval space"].message == "“Phone rollout”, chosen in chat"
        choose(tmp_path, "Y2lzY29zcGFyazovL3VzL1JPT00vMQ")
        report = await doctor(sandbox, tmp_path)
        assert report.failed == {"approval space"}
        assert "“Ops”, chosen in chat, is gone" in report.checks["approval space"].message
        assert "write “use this space for approvals”" in report.checks["approval space"].hint
        report = await doctor(sandbox, tmp_path, PROVBOT_APPROVAL_ROOM=room)
        assert report.checks["approval space"].message.endswith("set by PROVBOT_APPROVAL_ROOM")


def choose(folder: Path, room_id: str) -> None:
    """What an admin chose in chat."""
    with closing(connect(folder / "provbot.db")) as db, transaction(db):
        approval_space.use(db, Space(room_id, "Ops"), 0.0)


async def test_in_webex_for_government_nothing_is_asked_that_is_missing_there(tmp_path):
    async with Sandbox(Settings(gov=True)) as sandbox:
        report = await doctor(sandbox, tmp_path, PROVBOT_KEY=new_key())
        calls = await sandbox.client.calls()
    assert report.failed == set()
    assert report.status == 0
    cloud = report.checks["cloud"]
    assert cloud.status is Status.OK
    assert cloud.message.startswith("Webex for Government (without DECT and ")
    assert f"), but WEBEX_API_URL is {sandbox.api_url} and WEBEX_U2C_URL is" in cloud.message
    assert [call["path"] for call in calls if "dect" in call["path"].lower()] == []
    assert calls
