"""The bot's own token and the service app's: renewed, kept, revoked, and never crossed."""

import asyncio
from fnmatch import fnmatchcase

import pytest

from tests.database import locked
from tests.journeys.world import ADA, ELI, TOM, VERA, Json, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOLD = "The service app needs to be authorized again; your admins have been told."
FOR_ADMINS = "Please authorize it in Control Hub"
RESTORED = "Webex accepts the service app of provbot again."
GATEWAY: Json = {
    "message": "The request could not be understood by the server due to malformed syntax.",
    "errors": [{"description": "The requested refresh token is invalid"}],
    "trackingId": "ROUTERGW_1",
}
OAUTH: Json = {
    "error": "invalid_request",
    "error_description": "The refresh token provided is expired, revoked, malformed, or invalid.",
    "trackingID": "NA_2",
}


@pytest.fixture(scope="module")
def pace() -> dict[str, str]:
    """The bot is soon certain that Webex refuses its own token."""
    return {"TESTS_INTERVALS_BY": "10"}


async def renewals(world: World, after: int) -> int:
    return len([c for c in await world.client.calls(after) if c["path"] == "/v1/access_token"])


async def test_an_expired_access_token_is_renewed_once_for_everybody(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF5801 8865 for bob@acme.example")
    await fresh.client.tokens("service_app", "expire")
    seq = await fresh.client.seq()

    confirmed = fresh.press(TOM, plan, "Confirm")
    others = [fresh.say(person, "devices erin") for person in (VERA, ELI, ADA)]
    result, *lists = await asyncio.gather(confirmed, *others)

    assert "now belongs to Bob Keller" in result["text"]
    assert all("2 devices" in answer["text"] for answer in lists)
    assert await renewals(fresh, seq) == 1
    assert len(await fresh.devices("D82E3EEF5801")) == 1


async def test_a_token_that_expires_before_the_change_is_renewed_and_the_phone_added_once(
    fresh: World,
):
    plan = await fresh.say(TOM, "add phone D82E3EEF5802 8865 for bob@acme.example")
    await fresh.client.fault(method="POST", path="/devices", status=401)
    seq = await fresh.client.seq()

    result = await fresh.press(TOM, plan, "Confirm")

    assert "now belongs to Bob Keller" in result["text"]
    assert await renewals(fresh, seq) == 1
    assert len(await fresh.devices("D82E3EEF5802")) == 1


async def test_a_revoked_service_app_is_reported_to_requester_and_admins(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF5803 8865 for bob@acme.example")
    for token in ("refresh", "service_app"):
        await fresh.client.tokens(token, "revoke")
    seq = await fresh.client.seq()

    async with fresh.nothing_changes():
        answer = await fresh.press(TOM, plan, "Confirm")
        others = await asyncio.gather(*(fresh.say(who, "devices") for who in (VERA, ELI, TOM)))

    assert all(TOLD in message["text"] for message in (answer, *others))
    (notice,) = await fresh.answers(ADA, seq)
    assert FOR_ADMINS in notice["text"]
    assert notice["roomType"] == "direct"
    assert await renewals(fresh, seq) == 1
    assert "Roles: technician" in (await fresh.say(TOM, "whoami"))["text"]
    assert await renewals(fresh, seq) == 1


async def test_a_service_app_that_is_authorized_again_is_taken_up_without_a_restart(fresh: World):
    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]
    seq = await fresh.client.seq()
    await fresh.client.difficulty("revoked_service_app")
    assert TOLD in (await fresh.say(VERA, "devices"))["text"]
    await fresh.client.difficulty("revoked_service_app", on=False)
    await fresh.client.difficulty("expired_token")
    await fresh.client.tokens("service_app", "expire")
    await fresh.client.difficulty("expired_token", on=False)

    async def is_restored() -> bool:
        return any(RESTORED in message["text"] for message in await fresh.answers(ADA, seq))

    await until(is_restored, "the service app worked again", patience=60)
    plan = await fresh.say(TOM, "add phone D82E3EEF5808 8865 for bob@acme.example")
    result = await fresh.press(TOM, plan, "Confirm")

    assert "now belongs to Bob Keller" in result["text"]
    assert len(await fresh.answers(ADA, seq)) == 2


@pytest.mark.parametrize("body", [GATEWAY, OAUTH], ids=["gateway", "token service"])
async def test_both_shapes_of_a_refused_refresh_mean_the_same(fresh: World, body: Json):
    await fresh.client.fault(method="POST", path="/access_token", times=0, status=400, body=body)
    seq = await fresh.client.seq()

    answer = await fresh.say(VERA, "devices")
    again = await fresh.say(VERA, "devices")

    assert TOLD in answer["text"]
    assert TOLD in again["text"]
    assert len(await fresh.answers(ADA, seq)) == 1
    assert await renewals(fresh, seq) == 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}], ids=["503", "no answer"])
async def test_an_outage_of_the_token_service_is_no_refusal(fresh: World, fault: Json):
    await fresh.client.fault(method="POST", path="/access_token", times=0, **fault)
    seq = await fresh.client.seq()
    assert "not answering properly" in (await fresh.say(VERA, "devices"))["text"]

    await fresh.client.clear_faults()

    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]
    assert await fresh.answers(ADA, seq) == []


async def test_the_newest_refresh_token_survives_a_restart(fresh: World):
    tokens = fresh.sandbox.cloud.tokens
    (old,) = tokens.of_kind("refresh")
    newer = tokens.issue("refresh", old.person_key, old.scopes, old.expires_at)
    access = tokens.issue("service_app", old.person_key, old.scopes)
    body = {
        "access_token": access.value,
        "expires_in": 1_209_599,
        "refresh_token": newer.value,
        "refresh_token_expires_in": 7_775_999,
    }
    await fresh.client.fault(method="POST", path="/access_token", status=200, body=body)
    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]
    tokens.revoke(old.value)
    assert await fresh.stop() == 0

    await fresh.start()

    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]


async def test_a_revoked_bot_token_ends_the_process_with_a_sentence(fresh: World):
    await fresh.client.tokens("bot", "revoke")

    assert await fresh.ended() == 3

    assert "Webex does not accept WEBEX_BOT_TOKEN" in fresh.log.read_text()


async def test_a_wrong_bot_token_ends_the_process_at_the_start(fresh: World):
    assert await fresh.stop() == 0
    await fresh.client.tokens("bot", "revoke")

    await fresh.launch()

    assert await fresh.ended() == 3
    assert "Webex does not accept WEBEX_BOT_TOKEN" in fresh.log.read_text()


async def test_bot_token_and_service_token_are_never_confused(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF5804 8865 for bob@acme.example")
    await fresh.press(TOM, plan, "Confirm")
    code = await fresh.say(ELI, "activation code 8865 in Lobby Lyon")
    await fresh.press(ELI, code, "Cancel")
    form = await fresh.say(ELI, "create dect network Cross at Lyon")
    await fresh.press(ELI, await fresh.press(ELI, form, "Continue"), "Confirm")
    await fresh.say(VERA, "devices")
    await fresh.at_rest()

    calls = await fresh.client.calls()
    assert not [call for call in calls if call["status"] in (401, 403)]
    messaging = [call for call in calls if call["token"] == "bot"]
    admin = [call for call in calls if call["token"] == "service_app"]
    neither = [call for call in calls if call["token"] == "none"]
    assert not [c for c in admin if fnmatchcase(c["path"], "/v1/messages*")]
    assert not [c for c in admin if fnmatchcase(c["path"], "/v1/attachment*")]
    assert {call["path"] for call in neither} <= {"/v1/access_token"}
    forbidden = ("devices", "telephony", "workspaces", "locations", "licenses")
    assert not [c for c in messaging if c["path"].startswith(tuple(f"/v1/{f}" for f in forbidden))]
    assert messaging
    assert admin


async def test_the_token_is_fetched_on_demand_and_then_kept(fresh: World):
    assert await renewals(fresh, 0) == 0
    for _ in range(3):
        await fresh.say(VERA, "devices erin")

    async def is_one() -> bool:
        return await renewals(fresh, 0) == 1

    await until(is_one, "the token was fetched once")


async def test_a_new_refresh_token_survives_a_locked_database(fresh: World):
    tokens = fresh.sandbox.cloud.tokens
    (old,) = tokens.of_kind("refresh")
    newer = tokens.issue("refresh", old.person_key, old.scopes, old.expires_at)
    access = tokens.issue("service_app", old.person_key, old.scopes)
    body = {"access_token": access.value, "expires_in": 1_209_599, "refresh_token": newer.value}
    await fresh.client.fault(
        method="POST", path="/access_token", status=200, body=body, latency=2.0
    )
    seq = (await fresh.client.say(VERA, "devices"))["seq"]

    async def is_asked() -> bool:
        return bool(fresh.rows("select id from events where handled_at is null"))

    await until(is_asked, "the question was claimed")
    await asyncio.sleep(0.5)
    with locked(fresh.database):
        await asyncio.sleep(9)
    assert "11 devices" in (await fresh.answer(VERA, seq))["text"]
    tokens.revoke(old.value)

    await asyncio.sleep(6)  # the next try to save it
    await fresh.kill()
    await fresh.start()

    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]
