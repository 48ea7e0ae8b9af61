"""The whole job in Webex for Government, and no token in the commercial cloud."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.database import copy
from tests.journeys import cards
from tests.journeys.approving import card_of, heard
from tests.journeys.government import (
    BY_API_URL,
    BY_CLOUD,
    assert_no_token_went_to_the_other_side,
    in_government,
    routes,
)
from tests.journeys.programs import finished
from tests.journeys.world import ANA, ELI, TOM, Json, World, command
from tests.proxy import Proxy, proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAC = "D82E3EEF4E5C"
SHOWN = "D8:2E:3E:EF:4E:5C"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(
    allowlist: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, Proxy]]:
    """A world with `WEBEX_CLOUD=government` alone, and the proxy."""
    folder = tmp_path_factory.mktemp("world")
    async with in_government(allowlist, folder, BY_CLOUD) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(both: tuple[World, Proxy]) -> World:
    return both[0]


async def dect_calls(world: World, after: int) -> list[Json]:
    """The calls about DECT since then."""
    return [call for call in await world.client.calls(after) if "dect" in call["path"].lower()]


async def test_the_whole_job_is_done_and_no_token_goes_to_the_other_side(
    world: World, both: tuple[World, Proxy]
):
    plan = await world.say(TOM, f"add phone {SHOWN} 8865 for hugo@acme.example")
    added = await world.press(TOM, plan, "Confirm")
    assert f"{SHOWN} now belongs to Hugo Petit" in added["text"]

    plan = await world.say(TOM, "activation code 8845 for bob@acme.example")
    code = await world.press(TOM, plan, "Confirm")
    assert "Valid until" in code["text"]

    assert SHOWN in (await world.say(TOM, "devices hugo"))["text"]

    plan = await world.say(TOM, f"delete device {SHOWN}")
    await world.press(TOM, plan, "Confirm")
    request = cards.code_of(plan)
    card = await card_of(world, ANA, request)
    before = await world.client.seq()
    await world.press(ANA, card, "Approve")
    await heard(world, TOM, "was deleted", after=before)
    assert world.state(request) == "done"
    assert await world.devices(MAC) == []

    await world.client.mercury("drop")
    assert "technician" in (await world.say(TOM, "whoami"))["text"]
    await assert_no_token_went_to_the_other_side(*both)


async def test_a_dect_network_is_tried_only_after_a_sentence(world: World):
    before = await world.client.seq()
    notice = await world.say(ELI, "create dect network Hall at Berlin")
    assert "Cisco lists DECT as not supported in Webex for Government" in notice["text"]
    assert cards.buttons(notice) == ["Try anyway", "Cancel"]
    assert await dect_calls(world, before) == []

    form = await world.press(ELI, notice, "Try anyway")
    assert cards.filled(form)["name"] == "Hall"
    assert await dect_calls(world, before) == []

    plan = await world.press(ELI, form, "Continue")
    assert any("not supported in Webex for Government" in text for text in cards.warnings(plan))
    refused = await world.press(ELI, plan, "Confirm")

    assert "Not done: Create the DECT network Hall in Berlin" in refused["text"]
    reason = "Webex refused it (404): DECT is not available in Webex for Government."
    assert reason in refused["text"]
    assert cards.buttons(refused) == []
    assert reason in (await world.say(ELI, f"request {cards.code_of(plan)}"))["text"]
    assert {call["status"] for call in await dect_calls(world, before)} == {404}
    assert world.state(cards.code_of(plan)) == "failed"


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (f"set up dect Hall at Berlin\n{SHOWN}\nhugo@acme.example", {"model": "DBS210"}),
        (f"add base {SHOWN} to Hall", {}),
        ("add handset for hugo@acme.example to Hall", {}),
        (f"remove base {SHOWN}", {}),
        ("remove handset of hugo@acme.example", {}),
        ("rename dect network Hall to Foyer", {}),
        ("delete dect network Hall", {}),
    ],
)
async def test_no_dect_call_is_made_before_somebody_presses_try_anyway(
    world: World, text: str, inputs: dict[str, str]
):
    before = await world.client.seq()
    notice = await world.say(ELI, text)
    assert "Cisco lists DECT as not supported in Webex for Government" in notice["text"]
    assert cards.buttons(notice) == ["Try anyway", "Cancel"]
    assert await dect_calls(world, before) == []

    answer = await world.press(ELI, notice, "Try anyway")
    if inputs:
        answer = await world.press(ELI, answer, "Continue", **inputs)
    assert "DECT is not available in Webex for Government" in answer["text"]
    assert {call["status"] for call in await dect_calls(world, before)} == {404}


async def test_the_plan_of_a_third_party_phone_says_what_is_not_shown(world: World):
    before = await world.client.seq()
    form = await world.say(TOM, f"add phone {SHOWN} Generic IPPhone Customer Managed for hugo")
    plan = await world.press(TOM, form, "Continue", password="hunter2!hunter2")
    world.said_in_secret.add("hunter2!hunter2")
    assert any("does not give the SIP user name" in text for text in cards.warnings(plan))
    added = await world.press(TOM, plan, "Confirm")
    assert "enter its SIP settings" in added["text"]
    details = [
        call["path"]
        for call in await world.client.calls(before)
        if "/telephony/config/devices/" in call["path"] and call["method"] == "GET"
    ]
    assert [path for path in details if not path.endswith("/availableMembers")] == []
    undo = await world.press(TOM, added, "Undo")
    await world.press(TOM, undo, "Confirm")
    assert await world.devices(MAC) == []


async def test_help_and_questions_about_dect_say_that_it_is_missing(world: World):
    before = await world.client.seq()
    shown = await world.say(ELI, "help")
    assert "set up dect (not in Webex for Government)" in shown["text"]
    for question in ("dect sheet Warehouse", "list dect networks"):
        notice = await world.say(ELI, question)
        assert "DECT: not in Webex for Government" in notice["text"]
    assert await dect_calls(world, before) == []

    refused = await world.press(ELI, notice, "Try anyway")
    assert "Webex refused it (404): DECT is not available" in refused["text"]
    assert "tracking id" in refused["text"]
    assert {call["status"] for call in await dect_calls(world, before)} == {404}


async def test_commands_beside_the_bot_stay_in_the_cloud_as_well(
    world: World, both: tuple[World, Proxy], tmp_path: Path
):
    env = world.env | {"PROVBOT_DATABASE": str(tmp_path / "provbot.db")}
    checks = json.loads(await command(env, tmp_path, "doctor", "--json"))
    assert {check["name"] for check in checks if check["status"] == "failed"} == set()
    assert "api-usgov.webex.com answers" in str(checks)
    await command(env, tmp_path, "guide", "--to", str(tmp_path / "guide.html"))
    assert "provbot@webex.bot" in (tmp_path / "guide.html").read_text()
    await assert_no_token_went_to_the_other_side(*both)


async def test_the_address_of_the_api_alone_means_the_catalog_as_well(
    allowlist: Path, tmp_path: Path
):
    async with in_government(allowlist, tmp_path, BY_API_URL) as (world, through):
        assert "technician" in (await world.say(TOM, "whoami"))["text"]
        await assert_no_token_went_to_the_other_side(world, through)


async def test_addresses_of_both_clouds_stop_the_start_before_any_call(
    allowlist: Path, tmp_path: Path
):
    copy(allowlist, tmp_path / "provbot.db")
    async with Sandbox(Settings(gov=True)) as sandbox, proxy(routes=routes(sandbox)) as through:
        mixed = {"WEBEX_CLOUD": "commercial", "WEBEX_API_URL": "https://api-usgov.webex.com/v1"}
        url = {"HTTPS_PROXY": f"http://127.0.0.1:{through.port}", "WEBEX_U2C_URL": ""}
        world = World(sandbox, tmp_path, mixed | url)
        status, printed = await finished(["run"], world.env, tmp_path)

    assert status == 2
    assert printed.startswith("WEBEX_CLOUD belongs to commercial Webex, but WEBEX_API_URL belongs")
    assert through.asked_for == []
