"""Single reads are refused or spoilt: the phone is added nevertheless, and no message is untrue."""

import pytest

from tests.journeys import cards
from tests.journeys.world import TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

VALIDATE = "/telephony/config/devices/actions/validateMacs/invoke"
BROKEN: list[tuple[str, Json, str]] = [
    (
        "10",
        {"method": "GET", "path": "/licenses", "status": 200, "body": {}},
        "I could not check the owner's licence",
    ),
    (
        "11",
        {"method": "GET", "path": "/telephony/config/people/*", "status": 403},
        "I could not check how many devices the owner has",
    ),
    (
        "12",
        {"method": "POST", "path": VALIDATE, "status": 500},
        "I could not check whether the MAC address is free",
    ),
    (
        "13",
        {"method": "GET", "path": "/telephony/config/supportedDevices", "status": 404},
        "I could not check whether your organization can use this model",
    ),
    (
        "15",
        {"method": "GET", "path": "/people/*", "token": "service_app", "status": 403},
        "I could not check the owner's licence",
    ),
]
IDS = ["licences", "owned", "macs", "models", "person"]


@pytest.mark.parametrize(("number", "fault", "warning"), BROKEN, ids=IDS)
async def test_reads_that_only_warn_do_not_prevent_adding_a_phone(
    fresh: World, number: str, fault: Json, warning: str
):
    await fresh.client.fault(times=0, **fault)
    plan = await fresh.say(TOM, f"add phone D82E3EEF59{number} 8865 for bob@acme.example")
    assert any(warning in text for text in cards.warnings(plan)), cards.warnings(plan)

    result = await fresh.press(TOM, plan, "Confirm")

    assert "now belongs to Bob Keller" in result["text"]
    assert len(await fresh.devices(f"D82E3EEF59{number}")) == 1
