"""The fault presets, as the page switches them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, ServerDisconnectedError

from sandbox.client import ControlError
from sandbox.clock import ManualClock
from sandbox.server import Sandbox
from tests.sandbox.conftest import session
from tests.sandbox.organization import NOW

IDS = [
    "slow_api",
    "too_many_requests",
    "server_errors",
    "lost_answers",
    "dropped_socket",
    "outage_30s",
    "duplicate_events",
    "slow_scan",
    "infected_files",
    "unscannable_files",
    "expired_token",
    "revoked_service_app",
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def sandbox(clock: ManualClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=clock) as running:
        yield running


async def state(sandbox: Sandbox, name: str) -> dict[str, Any]:
    return next(preset for preset in await sandbox.client.difficulties() if preset["id"] == name)


async def statuses(http: ClientSession, count: int, path: str = "/v1/people/me") -> list[int]:
    matches = []
    for _ in range(count):
        async with http.get(path) as answer:
            matches.append(answer.status)
    return matches


async def test_all_are_listed_and_off_at_first(sandbox: Sandbox):
    listed = await sandbox.client.difficulties()

    assert [item["id"] for item in listed] == IDS
    assert not any(item["on"] or item["hits"] or item["endsAt"] for item in listed)
    assert all(item["title"] and item["says"].endswith(".") for item in listed)


@pytest.mark.parametrize("name", IDS)
async def test_each_is_turned_on_and_off_and_both_are_published(sandbox: Sandbox, name: str):
    before = sandbox.cloud.event_log.seq
    on = await sandbox.client.difficulty(name)
    repeated = await sandbox.client.difficulty(name)
    off = await sandbox.client.difficulty(name, on=False)

    assert (on["on"], repeated["on"], off["on"]) == (True, True, False)
    published = [
        event for event in sandbox.cloud.event_log.after(before) if event.kind == "difficulties"
    ]
    assert published[0].facts["on"]
    assert not published[-1].facts["on"]
    assert published[-1].facts["id"] == name
    assert list(sandbox.cloud.faults) == []


async def test_an_unknown_one_is_refused(sandbox: Sandbox):
    with pytest.raises(ControlError, match="no difficulty 'rain', only slow_api"):
        await sandbox.client.difficulty("rain")


async def test_calls_are_turned_away_and_counted(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.difficulty("too_many_requests")

    assert await statuses(bot, 6) == [429, 200, 200, 429, 200, 200]
    assert (await state(sandbox, "too_many_requests"))["hits"] == 2


async def test_some_calls_fail_and_later_none(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.difficulty("server_errors")
    hard = await statuses(bot, 40)
    await sandbox.client.difficulty("server_errors", on=False)

    assert 3 < hard.count(500) < 20
    assert await statuses(bot, 10) == [200] * 10


async def test_a_lost_answer_still_makes_the_change(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.difficulty("lost_answers")

    with pytest.raises(ServerDisconnectedError):
        await bot.post("/v1/messages", json={"toPersonEmail": "tom@acme.example", "text": "x"})

    assert [message["text"] for message in await sandbox.client.messages("tom@acme.example")] == [
        "x"
    ]


async def test_an_outage_ends_by_itself(sandbox: Sandbox, bot: ClientSession, clock: ManualClock):
    on = await sandbox.client.difficulty("outage_30s")
    with pytest.raises(ServerDisconnectedError):
        await bot.get("/v1/people/me")
    with pytest.raises(ServerDisconnectedError):
        await bot.get("/u2c/api/v1/catalog")
    clock.advance(30)

    assert on["endsAt"] == "2026-03-02T09:00:30.000Z"
    assert await statuses(bot, 1) == [200]
    assert (await state(sandbox, "outage_30s"))["on"] is False


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("slow_scan", [423] * 4 + [200]),
        ("infected_files", [410] * 5),
        ("unscannable_files", [428] * 5),
    ],
)
async def test_the_virus_scan_answers_for_each_photo(
    sandbox: Sandbox, bot: ClientSession, name: str, expected: list[int]
):
    await sandbox.client.difficulty(name)

    for _ in range(2):
        sent = await sandbox.client.send_file("tom@acme.example", "label.png", b"\x89PNG")
        assert await statuses(bot, 5, sent["files"][0]) == expected
        async with bot.head(sent["files"][0]) as described:
            assert described.status == expected[-1]


async def token(sandbox: Sandbox) -> tuple[int, dict[str, Any]]:
    app = sandbox.cloud.service_app
    form = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": app.refresh_token,
    }
    async with session(sandbox, "") as http, http.post("/v1/access_token", data=form) as answer:
        return answer.status, await answer.json()


async def test_an_expired_token_is_replaced_and_expires_again(sandbox: Sandbox):
    _, first = await token(sandbox)
    await sandbox.client.difficulty("expired_token")
    async with session(sandbox, first["access_token"]) as http:
        assert await statuses(http, 2, "/v1/devices") == [401, 401]
    _, second = await token(sandbox)
    async with session(sandbox, second["access_token"]) as http:
        assert await statuses(http, 7, "/v1/devices") == [200] * 5 + [401] * 2

    assert (await state(sandbox, "expired_token"))["hits"] == 2


async def test_a_revoked_service_app_is_restored(sandbox: Sandbox):
    _, granted = await token(sandbox)
    async with session(sandbox, granted["access_token"]) as http:
        await sandbox.client.difficulty("revoked_service_app")
        assert await statuses(http, 1, "/v1/devices") == [401]
        status, refused = await token(sandbox)
        assert (status, refused["error"]) == (400, "invalid_request")
        await sandbox.client.difficulty("revoked_service_app", on=False)

        assert await statuses(http, 1, "/v1/devices") == [200]
    assert (await token(sandbox))[0] == 200


async def test_single_faults_are_listed_and_switched_off(sandbox: Sandbox, bot: ClientSession):
    ordered = await sandbox.client.fault(path="/people/*", status=503, times=0)
    assert await statuses(bot, 2) == [503, 503]

    (fault,) = await sandbox.client.faults()
    assert (fault["id"], fault["what"], fault["state"], fault["hits"]) == (ordered, "call", "on", 2)
    await sandbox.client.end_fault(ordered)
    assert await statuses(bot, 1) == [200]
    with pytest.raises(ControlError, match="no such fault"):
        await sandbox.client.end_fault(ordered)
