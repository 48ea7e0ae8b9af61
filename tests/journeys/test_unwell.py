"""Webex fails: reads are retried, changes are looked up, and the person gets a sentence."""

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.journeys import cards
from tests.journeys.gates import held
from tests.journeys.world import ELI, TOM, VERA, Json, World, in_progress

pytestmark = pytest.mark.asyncio(loop_scope="module")

HTML = "<html><body><h1>502 Bad Gateway</h1>nginx</body></html>"
PAGE = {"text": HTML, "contentType": "text/html"}
UNWELL: list[Json] = [
    {"status": 500},
    {"status": 503, "body": {}},
    {"status": 502, **PAGE},
    {"status": 500, "text": ""},
    {"drop": True},
    {"status": 200, **PAGE},
]
IDS = ["500", "503", "502 in HTML", "500 empty", "no answer", "200 in HTML"]


@pytest.mark.parametrize("fault", UNWELL, ids=IDS)
async def test_a_read_that_fails_twice_is_retried_unnoticed(world: World, fault: Json):
    await world.client.fault(method="GET", path="/devices", times=2, **fault)

    answer = await world.say(VERA, "devices erin")

    assert "2 devices" in answer["text"]


@pytest.mark.parametrize("fault", UNWELL[::2], ids=IDS[::2])
async def test_a_read_that_keeps_failing_is_reported(world: World, fault: Json):
    await world.client.fault(method="GET", path="/devices", times=0, **fault)

    answer = await world.say(VERA, "devices erin")

    assert "Webex is not answering properly at the moment. Nothing was changed." in answer["text"]
    assert "tracking id" in answer["text"]
    assert "<h1>" not in answer["text"]
    await world.client.clear_faults()
    assert "2 devices" in (await world.say(VERA, "devices erin"))["text"]


@pytest.mark.parametrize("status", [429, 423])
async def test_a_read_waits_as_long_as_webex_asks(world: World, status: int):
    await world.client.fault(
        method="GET", path="/devices", status=status, headers={"Retry-After": "1"}
    )
    seq = await world.client.seq()

    answer = await world.say(VERA, "devices erin")

    assert "2 devices" in answer["text"]
    first, second, *_ = [c for c in await world.client.calls(seq) if c["path"] == "/v1/devices"]
    assert (first["status"], second["status"]) == (status, 200)
    waited = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
    assert waited >= timedelta(seconds=0.95)


async def test_a_wait_that_is_too_long_is_reported_instead(fresh: World):
    await fresh.client.fault(
        method="GET", path="/devices", times=0, status=429, headers={"Retry-After": "600"}
    )
    seq = await fresh.client.seq()

    answer = await fresh.say(VERA, "devices")

    assert "Webex is very busy and asks me to wait" in answer["text"]
    assert len([c for c in await fresh.client.calls(seq) if c["path"] == "/v1/devices"]) == 1


@pytest.mark.parametrize("status", [429, 423])
async def test_a_rate_limited_change_is_sent_again_and_made_once(world: World, status: int):
    mac = f"D82E3EEF57{status % 100}"
    plan = await world.say(TOM, f"add phone {mac} 8865 for bob@acme.example")
    await world.client.fault(
        method="POST", path="/devices", status=status, headers={"Retry-After": "1"}
    )

    result = await world.press(TOM, plan, "Confirm")

    assert "now belongs to Bob Keller" in result["text"]
    assert len(await world.devices(mac)) == 1


@pytest.mark.parametrize(
    ("fault", "mac"),
    [
        ({"drop": True}, "D82E3EEF5711"),
        ({"status": 500}, "D82E3EEF5712"),
        ({"status": 502, **PAGE}, "D82E3EEF5713"),
        ({"status": 200, **PAGE}, "D82E3EEF5714"),
    ],
    ids=["no answer", "500", "502 in HTML", "200 in HTML"],
)
async def test_a_phone_whose_answer_was_lost_is_found_and_not_added_again(
    world: World, fault: Json, mac: str
):
    plan = await world.say(TOM, f"add phone {mac} 8865 for Meeting Room South")
    await world.client.fault(method="POST", path="/devices", afterCommit=True, **fault)
    seq = await world.client.seq()

    result = await world.press(TOM, plan, "Confirm")

    assert f"{cards.facts(plan)['MAC']} now belongs to Meeting Room South" in result["text"]
    assert len(await world.devices(mac)) == 1
    assert len(await world.changes(seq)) == 1
    assert world.state(cards.code_of(plan)) == "done"


async def test_a_late_change_is_waited_for_and_the_requester_is_told(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF5715 8865 for kim@acme.example")
    await world.client.fault(method="POST", path="/devices", status=504)
    seq = await world.client.seq()

    checking = await world.press(TOM, plan, "Confirm")
    assert "Webex did not confirm the change. I am checking" in checking["text"]
    assert world.state(cards.code_of(plan)) == "unknown"
    late = await world.say(TOM, "add phone D82E3EEF5716 8865 for lena@acme.example")
    assert cards.buttons(late) == ["Confirm", "Change", "Cancel"]  # nobody else has to wait
    card = await world.say(TOM, "help")
    pressed = await world.craft(TOM, card, **cards.data_of(plan, "Confirm"))
    assert "is being checked" in pressed["text"]
    await world.client.place_phone("D82E3EEF5715", "DMS Cisco 8865", ownerEmail="kim@acme.example")

    result = await world.answer(TOM, seq, where=lambda m: "now belongs to" in m.get("text", ""))

    assert "now belongs to Kim Larsen" in result["text"]
    assert len(await world.devices("D82E3EEF5715")) == 1
    assert len(await world.changes(seq)) == 1
    await world.press(TOM, late, "Cancel")


async def test_a_dect_network_whose_answer_was_lost_is_found_by_its_name(world: World):
    form = await world.say(ELI, "create dect network Echo at Lyon")
    plan = await world.press(ELI, form, "Continue")
    await world.client.fault(method="POST", path="*/dectNetworks", afterCommit=True, drop=True)

    result = await world.press(ELI, plan, "Confirm")

    assert "The DECT network Echo was created" in result["text"]
    names = [network["name"] for network in (await world.client.organization())["dectNetworks"]]
    assert names.count("Echo") == 1


async def test_a_lost_activation_code_is_reported_and_not_created_again(world: World):
    plan = await world.say(TOM, "activation code 8865 for bob@acme.example")
    await world.client.fault(
        method="POST", path="/devices/activationCode", afterCommit=True, drop=True
    )
    seq = await world.client.seq()

    answer = await world.press(TOM, plan, "Confirm")

    assert "does not show it again" in answer["text"]
    assert "Please ask for a new one" in answer["text"]
    assert len(await world.changes(seq)) == 1


async def test_a_9800_whose_answer_was_lost_is_found_when_it_appears(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF5717 9861 for erin@acme.example")
    await world.client.fault(method="POST", path="/devices", afterCommit=True, drop=True)
    pressed = await world.client.press(TOM, plan["id"], "Confirm")

    result = await world.answer(
        TOM, pressed["seq"], where=lambda m: m.get("text", "").startswith(("✓", "Not done"))
    )

    assert "now belongs to Erin Walsh" in result["text"]
    assert len(await world.devices("D82E3EEF5717")) == 1
    assert world.state(cards.code_of(plan)) == "done"


async def test_a_message_that_cannot_be_read_yet_is_read_later(world: World):
    await world.client.fault(method="GET", path="/messages/*", status=404)

    assert "Roles: viewer" in (await world.say(VERA, "whoami"))["text"]


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"drop": True}, {"status": 429, "headers": {"Retry-After": "0"}}],
    ids=["500", "no answer", "429"],
)
async def test_an_answer_that_webex_did_not_accept_is_sent_again(world: World, fault: Json):
    await world.client.fault(method="POST", path="/messages", **fault)

    assert "Roles: viewer" in (await world.say(VERA, "whoami"))["text"]


async def test_an_answer_whose_card_is_refused_is_sent_as_text(world: World):
    await world.client.fault(method="POST", path="/messages", status=400)

    answer = await world.say(VERA, "whoami")

    assert "Roles: viewer" in answer["text"]
    assert "attachments" not in answer


async def test_a_card_that_cannot_be_removed_does_no_harm(world: World):
    form = await world.say(TOM, "add phone")
    await world.client.fault(method="DELETE", path="/messages/*", times=0, status=500)

    answer = await world.press(TOM, form, "Cancel")
    assert "is cancelled" in answer["text"]
    again = await world.force(TOM, form, "Continue")

    assert "was cancelled" in again["text"]


async def test_a_missing_scope_of_the_service_app_is_explained(world: World):
    await world.client.fault(method="GET", path="/devices", status=403, times=0)

    answer = await world.say(VERA, "devices")

    assert (
        "Webex refused GET devices. The scope spark-admin:devices_read is missing" in answer["text"]
    )
    assert "provbot doctor" in answer["text"]


async def test_a_slow_answer_delays_nobody_else(world: World):
    async with held(world, "GET", "/devices") as reading:
        message = await world.client.say(VERA, "devices")
        await reading.reached()

        quick = await world.say(ELI, "whoami")

    assert "Roles: engineer" in quick["text"]
    assert "devices" in (await world.answer(VERA, message["seq"]))["text"]


async def test_a_person_is_answered_in_order(world: World):
    await world.client.fault(method="GET", path="/messages/*", latency=1)
    first = await world.client.say(VERA, "help")
    await asyncio.gather(world.client.say(VERA, "whoami"), world.client.say(VERA, "requests"))

    texts = [answer["text"].splitlines()[0] for answer in await world.answers(VERA, first["seq"])]

    assert texts[0] == "What I can do for you"
    assert len(texts) == 3


async def test_a_progress_message_whose_answer_was_lost_is_removed(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF7D01 8865 for bob@acme.example")
    await world.client.fault(method="POST", path="/messages", afterCommit=True, drop=True)
    seq = await world.client.seq()

    async with held(world, "POST", "*/validateMacs/invoke"):
        await world.client.press(TOM, plan["id"], "Confirm")
        await world.answer(TOM, seq, where=in_progress)
    await world.answer(TOM, seq, where=lambda message: "now belongs to" in message["text"])
    await world.at_rest()

    messages = await world.client.messages(TOM, after=seq)
    assert not [message for message in messages if in_progress(message)]
    assert len(await world.devices("D82E3EEF7D01")) == 1
