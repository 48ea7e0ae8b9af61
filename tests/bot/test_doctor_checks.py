"""The checks of `provbot doctor`, called directly, and how their results are printed."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.core.config import Config
from bot.core.errors import Forbidden, Unavailable
from bot.setup import call_checks, local_checks, webex_checks
from bot.setup.credentials import ServiceApp
from bot.setup.report import CheckResult, Status, as_json, table
from bot.setup.scopes import SCOPES
from bot.store import lock
from bot.store.database import Store
from tests.database import migrated
from tests.fake_http import fake_http


@pytest.mark.parametrize(("org", "status"), [(None, Status.WARNING), ("org-1", Status.OK)])
async def test_an_unknown_organization_of_the_bot_is_named(tmp_path, org, status):
    me = {"id": "id-bot", "type": "bot", "emails": ["p@webex.bot"], "displayName": "P"}
    values: dict[str, Any] = {"bot_token": SecretStr("t"), "access_token": SecretStr("a")}
    http = fake_http(lambda _request: httpx.Response(200, json=me))
    store = Store(migrated(tmp_path / "provbot.db"))
    result = await webex_checks.bot_token(Config(**values, org_id=org), http, store)
    store.close()
    assert result.status is status


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
def test_a_wrong_clock_is_named(date, status, message):
    now = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
    result = webex_checks.skew({"Date": date}, now)
    assert result.status is status
    assert message in result.message


@pytest.mark.parametrize(
    ("free", "status"), [(499_000_000, Status.WARNING), (500_000_000, Status.OK)]
)
async def test_a_nearly_full_disk_is_named(tmp_path, free, status):
    assert (await local_checks.disk(tmp_path / "p.db", lambda _: free)).status is status


async def test_a_bot_that_runs_with_this_database_is_reported(tmp_path):
    path = tmp_path / "p.db"
    assert "not running" in (await local_checks.running(path)).message
    with lock.held(path, "It runs."):
        assert (await local_checks.running(path)).message == "running with this database"
    assert "not running" in (await local_checks.running(path)).message


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
def test_a_scope_is_checked_by_its_calls_and_the_granted_list(
    scope, answer, granted, status, message
):
    result = call_checks.scope_result(scope, answer, granted)
    assert (result.name, result.status) == (scope.name, status)
    assert message in result.message


@pytest.mark.parametrize(
    ("left", "status"), [(0, Status.OK), (13 * 86400, Status.WARNING), (15 * 86400, Status.OK)]
)
def test_a_refresh_token_near_its_expiry_is_named(left, status):
    tokens = ServiceApp("a", "r", access_lifetime=60, refresh_lifetime=left)
    assert webex_checks.expiry(tokens, 0.0).status is status


def test_a_repeated_secret_is_not_printed():
    results = [CheckResult("x", "it said hunter2hunter", Status.FAILED, "try hunter2")]
    for text in (table(results, ["hunter2", "", "hunter2hunter"]), as_json(results, ["hunter2"])):
        assert "hunter2" not in text
        assert "***" in text
    assert "1 problem, 0 warnings." in table(results, [])


def test_a_short_secret_does_not_mask_our_own_sentences():
    results = [CheckResult("network", "something is wrong; the network said", Status.FAILED)]
    text = table(results, ["wrong", "network"])
    assert text.startswith("✗ network ")
    assert "something is wrong; the *** said" in text  # a long one might be a token
    assert text.endswith("1 problem, 0 warnings.")
    (row,) = json.loads(as_json(results, ["wrong", "network"]))
    assert (row["name"], row["status"]) == ("network", "failed")


def test_a_secret_with_characters_that_json_escapes_is_masked():
    results = [CheckResult("x", 'it said pass"word\\', Status.FAILED)]
    assert json.loads(as_json(results, ['pass"word\\']))[0]["message"] == "it said ***"


@pytest.mark.parametrize(
    ("variables", "status", "message"),
    [
        ({}, Status.OK, "commercial Webex"),
        ({"WEBEX_CLOUD": "government"}, Status.OK, "Webex for Government (without DECT and "),
        (
            {
                "WEBEX_API_URL": "https://me:secret@a.example/v1",
                "WEBEX_U2C_URL": "https://u.example",
            },
            Status.OK,
            "commercial Webex, but WEBEX_API_URL is https://a.example/v1 and WEBEX_U2C_URL is"
            " https://u.example/catalog",
        ),
        (
            {"WEBEX_CLOUD": "government", "WEBEX_U2C_URL": "https://u.example"},
            Status.WARNING,
            "Webex for Government (without DECT and the SIP details of third-party phones), but"
            " WEBEX_U2C_URL is https://u.example/catalog, and the other address is that of Webex"
            " for Government",
        ),
    ],
)
def test_the_cloud_and_other_addresses_are_named_without_a_password(variables, status, message):
    tokens = {"WEBEX_BOT_TOKEN": "b", "WEBEX_SERVICE_APP_ACCESS_TOKEN": "a"}
    result = local_checks.cloud(Config.model_validate(tokens | variables))
    assert result.status is status
    assert result.message.startswith(message)


@pytest.mark.parametrize(
    ("is_installed", "status", "message"),
    [
        (True, Status.OK, "CSV and Excel, up to 2,000 rows"),
        (
            False,
            Status.WARNING,
            "CSV only, up to 2,000 rows; the package openpyxl is not installed",
        ),
    ],
)
def test_the_files_that_can_be_read_as_lists_are_named(is_installed, status, message):
    tokens = {"WEBEX_BOT_TOKEN": "b", "WEBEX_SERVICE_APP_ACCESS_TOKEN": "a"}
    settings = Config.model_validate(tokens | {"PROVBOT_BULK_ROWS": "2000"})
    result = local_checks.lists(settings, lambda: is_installed)
    assert (result.status, result.message) == (status, message)
    assert is_installed or "provbot[lists]" in result.hint


@pytest.mark.parametrize(
    ("can_read", "can_read_heic", "status", "message"),
    [
        (True, True, Status.OK, "labels are read from JPEG, PNG, WebP and HEIC"),
        (
            True,
            False,
            Status.OK,
            "labels are read from JPEG, PNG and WebP; HEIC needs the extra heic",
        ),
        (
            False,
            False,
            Status.WARNING,
            "photos of labels are not read; the packages pillow and zxing-cpp are not installed",
        ),
    ],
)
def test_the_pictures_that_can_be_read_are_named(can_read, can_read_heic, status, message):
    result = local_checks.photos(lambda: can_read, lambda: can_read_heic)
    assert (result.status, result.message) == (status, message)
    assert can_read or "provbot[label]" in result.hint


@pytest.mark.parametrize(
    ("minutes", "message"),
    [
        ("60", "new devices are followed closely for 60 minutes"),
        ("0.5", "new devices are followed closely for 0.5 minutes"),
        ("0", "off"),
    ],
)
def test_how_long_new_devices_are_followed_is_told(minutes: str, message: str):
    tokens = {"WEBEX_BOT_TOKEN": "b", "WEBEX_SERVICE_APP_ACCESS_TOKEN": "a"}
    settings = Config.model_validate(tokens | {"PROVBOT_FOLLOW_MINUTES": minutes})
    assert local_checks.following(settings).message == f"{message} (PROVBOT_FOLLOW_MINUTES)"
