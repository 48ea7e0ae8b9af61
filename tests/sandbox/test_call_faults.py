"""Each fault of a call, as a client of the REST API sees it (docs/webex/messaging.md §6.3)."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, FormData, ServerDisconnectedError

from sandbox.server import Sandbox
from tests.sandbox.mercury_client import DEVICES, register

TOM = "tom@acme.example"


async def post(bot: ClientSession, text: str = "hi", **options: Any) -> ClientResponse:
    return await bot.post("/v1/messages", json={"toPersonEmail": TOM, "text": text}, **options)


async def texts_of_tom(sandbox: Sandbox) -> list[str]:
    return [message["text"] for message in await sandbox.client.messages(TOM)]


async def test_the_nth_call_is_rate_limited(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(what="too_many_requests", path="/messages", nth=2, retryAfter=7)

    answers = [await post(bot) for _ in range(3)]

    assert [response.status for response in answers] == [200, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert (await answers[1].json())["message"] == "Too Many Requests"


@pytest.mark.parametrize(("what", "status"), [("bad_gateway", 502), ("unavailable", 503)])
@pytest.mark.parametrize("after_commit", [False, True])
async def test_a_gateway_fails_before_or_after_the_work(
    sandbox: Sandbox, bot: ClientSession, what: str, status: int, *, after_commit: bool
):
    await sandbox.client.fault(what=what, path="/messages", afterCommit=after_commit)

    answer = await post(bot)

    assert answer.status == status
    assert await texts_of_tom(sandbox) == ["hi"] * after_commit


async def test_an_answer_is_lost_after_the_work(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(what="lost_answer", path="/messages")

    with pytest.raises(ServerDisconnectedError):
        await post(bot)

    assert await texts_of_tom(sandbox) == ["hi"]


async def test_a_client_gives_up_before_the_answer_comes(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(what="slow", path="/messages", latency=60)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await post(bot)

    assert await texts_of_tom(sandbox) == []


async def test_a_file_is_locked_until_it_was_scanned(sandbox: Sandbox, bot: ClientSession):
    form = FormData({"toPersonEmail": TOM})
    form.add_field("files", b"mac", filename="phones.csv", content_type="text/csv")
    async with bot.post("/v1/messages", data=form) as posted:
        (url,) = (await posted.json())["files"]
    await sandbox.client.fault(what="content_scan", times=2, retryAfter=3)

    answers = [await bot.get(url) for _ in range(3)]

    assert [response.status for response in answers] == [423, 423, 200]
    assert answers[0].headers["Retry-After"] == "3"
    assert await answers[2].read() == b"mac"


async def test_an_event_can_arrive_before_its_message_is_readable(
    sandbox: Sandbox, bot: ClientSession
):
    await sandbox.client.fault(what="early_event", eachPath=True)
    messages = [await sandbox.client.say(TOM, text) for text in ("one", "two")]

    matches = [
        (await bot.get(f"/v1/messages/{message['id']}")).status
        for message in messages
        for _ in range(2)
    ]

    assert matches == [404, 200, 404, 200]


async def test_the_lookup_by_activity_can_be_early_too(sandbox: Sandbox, bot: ClientSession):
    message = await sandbox.client.say(TOM, "one")
    await sandbox.client.fault(what="early_event")

    url = f"/conversation/api/v1/messages/{message['id']}"

    assert [(await bot.get(url)).status for _ in range(2)] == [404, 200]


async def test_an_account_has_too_many_devices(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(what="device_cap")

    async with bot.post(DEVICES, json={}) as refused:
        assert refused.status == 403
        assert (await refused.json())["message"] == "User has excessive device registrations"
    await register(bot)


async def test_an_outage_affects_everything(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    fault = await sandbox.client.fault(what="outage", lasts=30)

    for path in ("/v1/people/me", "/u2c/api/v1/catalog", DEVICES, device["webSocketUrl"]):
        with pytest.raises(ServerDisconnectedError):
            await bot.get(path)
    await sandbox.client.end_fault(fault)

    assert (await bot.get("/v1/people/me")).status == 200


async def test_optional_fields_are_missing(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(path="/messages", without=["text", "personEmail"])

    bare, complete = [await (await post(bot)).json() for _ in range(2)]

    assert complete.keys() - bare.keys() == {"text", "personEmail"}
    assert bare["id"]


async def test_optional_fields_of_rows_are_missing(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(path="/people", without=["items.emails", "items.id.x", "no.such"])

    bare, complete = [
        await (await bot.get("/v1/people", params={"displayName": "Bob K"})).json()
        for _ in range(2)
    ]

    for row in complete["items"]:
        del row["emails"]
    assert bare == complete
    assert len(bare["items"]) == 2


async def test_any_answer_can_be_substituted(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(
        path="/people/me", status=500, text="<html>", contentType="text/html"
    )
    await sandbox.client.fault(path="/people/me", status=418, body={"odd": True})
    await sandbox.client.fault(path="/people/me", status=403, message="Not today.")

    answers = [await bot.get("/v1/people/me") for _ in range(3)]

    assert [response.status for response in answers] == [500, 418, 403]
    assert (await answers[0].text(), answers[0].content_type) == ("<html>", "text/html")
    assert await answers[1].json() == {"odd": True}
    assert (await answers[2].json())["errors"] == [{"description": "Not today."}]


async def test_a_fault_can_be_limited_to_a_kind_of_token(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(token="service_app", status=401, times=0)

    assert (await bot.get("/v1/people/me")).status == 200


async def test_a_token_can_expire_during_a_call(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(token="bot", endToken=True, nth=2)

    assert [(await bot.get("/v1/people/me")).status for _ in range(3)] == [200, 401, 401]


async def test_the_same_seed_strikes_the_same_calls(sandbox: Sandbox, bot: ClientSession):
    async def run() -> list[int]:
        await sandbox.client.scenario(seed=5, fault=[{"status": 500, "probability": 0.2}])
        return [(await bot.get("/v1/people/me")).status for _ in range(40)]

    first, second = await run(), await run()

    assert first == second
    assert 1 < first.count(500) < 20
