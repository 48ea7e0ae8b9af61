"""What the audit trail hears of each call that changes something: never of its body."""

import json
from typing import Any

import httpx
import pytest

from bot.core.errors import Conflict, OutcomeUnknown, RateLimited, Unreached, WebexError
from bot.webex.client import Client
from tests.bot.webex.test_client import BASE, Cloud, Renewable, answer
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

SECRET = {"mac": "D82E3EEF4E5C", "password": "hunter2!"}
ReportedCalls = list[tuple[str, str, int, str]]


def change_reported(
    cloud: Cloud, method: str = "POST", path: str = "devices", body: Any = None
) -> tuple[ReportedCalls, Exception | None]:
    """What is reported of one change, and how it ended."""
    heard: ReportedCalls = []

    async def made(*facts: Any) -> None:
        assert not any("hunter2" in str(fact) for fact in facts)
        heard.append(facts)

    async def work() -> Exception | None:
        client = Client(fake_http(cloud), BASE, Renewable(), made)
        try:
            await client.change(method, path, body, params={"orgId": "org-1"})
        except WebexError as problem:
            return problem
        return None

    return heard, virtually(work)[0]


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_change_is_reported_once_with_status_and_webexs_tracking_id(method):
    heard, problem = change_reported(
        Cloud(answer(200, trackingid="T-1")), method, "devices/1", SECRET
    )
    assert problem is None
    assert heard == [(method, "devices/1", 200, "T-1")]


def test_without_webexs_tracking_id_our_own_is_reported():
    cloud = Cloud(answer(200))
    heard, _ = change_reported(cloud)
    assert heard[0][3] == cloud.asked[0].headers["trackingid"]
    assert heard[0][3].startswith("provbot_")


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 502])
def test_a_refusal_is_reported_with_its_status(status):
    heard, problem = change_reported(Cloud(answer(status, {"message": "No."}, trackingid="T-2")))
    assert heard == [("POST", "devices", status, "T-2")]
    assert isinstance(problem, WebexError)


@pytest.mark.parametrize(
    "lost", [httpx.ReadTimeout("slow"), httpx.ReadError("gone"), httpx.RemoteProtocolError("gone")]
)
def test_a_lost_answer_is_reported_with_status_0(lost):
    cloud = Cloud(lost)
    heard, problem = change_reported(cloud)
    assert heard == [("POST", "devices", 0, cloud.asked[0].headers["trackingid"])]
    assert isinstance(problem, OutcomeUnknown)


@pytest.mark.parametrize("never", [httpx.ConnectError("no"), httpx.PoolTimeout("no")])
def test_a_call_that_was_not_sent_is_not_reported(never):
    heard, problem = change_reported(Cloud(never))
    assert heard == []
    assert isinstance(problem, Unreached)


def test_each_time_it_was_sent_is_reported():
    cloud = Cloud(
        answer(429, {"message": "Later."}, retry_after="2", trackingid="T-1"),
        answer(401, {"message": "Old token."}, trackingid="T-2"),
        answer(200, trackingid="T-3"),
    )
    heard, problem = change_reported(cloud)
    assert [(status, tracking) for _, _, status, tracking in heard] == [
        (429, "T-1"),
        (401, "T-2"),
        (200, "T-3"),
    ]
    assert problem is None


def test_reads_and_queries_are_not_reported():
    heard: ReportedCalls = []

    async def made(*facts: Any) -> None:
        heard.append(facts)

    async def work() -> None:
        cloud = fake_http(Cloud(answer(200, {"items": []})))
        client = Client(cloud, BASE, Renewable(), made)
        await client.get("devices")
        await client.query("validateMacs", {"macs": []})
        assert [page async for page in client.pages("devices")] == []

    virtually(work)
    assert heard == []


def test_neither_body_nor_token_is_reported():
    cloud = Cloud(answer(409, {"message": "hunter2! is no password"}))
    heard, problem = change_reported(cloud, body=SECRET)
    assert json.loads(cloud.asked[0].content) == SECRET
    assert isinstance(problem, Conflict)
    assert not any(text in str(heard) for text in ("hunter2", "token-1", "org-1"))


def test_a_wait_that_is_too_long_is_reported_once():
    heard, problem = change_reported(Cloud(answer(429, {"message": "Later."}, retry_after="3600")))
    assert [status for _, _, status, _ in heard] == [429]
    assert isinstance(problem, RateLimited)
