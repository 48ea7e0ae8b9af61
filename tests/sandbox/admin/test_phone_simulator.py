"""Phones register by themselves, take activation codes, lose the network and are reset."""

import json

import pytest

from sandbox.client import ControlError
from sandbox.settings import Settings
from tests.sandbox.admin.admin_client import FREE_MAC, Api, admin_api

BOXED_8845, BOXED_8865 = "0011223355A1", "0011223355A2"
ERINS_8845, GRACES_PENDING, LOBBYS_DOOR = "001122334455", "0011223344E5", "0011223344C3"


async def phone(api: Api, mac: str) -> dict[str, object]:
    """Return the state of the phone with that MAC."""
    (matches,) = [phone for phone in await api.sandbox.client.phones() if phone["mac"] == mac]
    return dict(matches)


async def code_for(api: Api, who: str, model: str | None = "DMS Cisco 8845") -> str:
    """Return an activation code for an owner."""
    body = api.owner_of(who) | ({"model": model} if model else {})
    return str((await api.post("/devices/activationCode", body)).json()["code"])


async def refusal(api: Api, code: str, mac: str | None = None) -> tuple[int, str]:
    with pytest.raises(ControlError) as refused:
        await api.sandbox.client.activate(code, mac)
    return refused.value.status, refused.value.message


async def test_a_phone_that_is_added_registers_some_seconds_later(api):
    created = (await api.add("bob")).json()
    assert created["connectionStatus"] == "disconnected"
    assert created.keys().isdisjoint({"firstSeen", "lastSeen"})
    assert (await phone(api, FREE_MAC))["state"] == "registering"

    api.clock.advance(3.9)
    assert (await api.device_by_mac(FREE_MAC))["connectionStatus"] == "disconnected"
    api.clock.advance(0.1)

    device = await api.device_by_mac(FREE_MAC)
    assert device["connectionStatus"] == "connected"
    assert device["lastSeen"] == device["firstSeen"] > device["created"]
    assert device["ip"].startswith("192.0.2.")
    assert device["software"].startswith("sip88xx")
    assert await phone(api, FREE_MAC) == {
        "mac": FREE_MAC,
        "model": "DMS Cisco 8845",
        "displayName": "Cisco 8845",
        "state": "registered",
        "since": device["lastSeen"],
        "owner": "Bob Keller",
        "ownerKind": "person",
        "takesCode": False,
    }


async def test_the_status_may_lag_behind_the_phone():
    async with admin_api(Settings(status_lag_s=600)) as api:
        await api.add("bob")
        api.clock.advance(4)
        assert (await phone(api, FREE_MAC))["state"] == "registered"
        assert (await api.device_by_mac(FREE_MAC))["connectionStatus"] == "disconnected"

        api.clock.advance(600)
        assert (await api.device_by_mac(FREE_MAC))["connectionStatus"] == "connected"


async def test_registration_can_be_disabled():
    async with admin_api(Settings(phone_registers_s=None)) as api:
        await api.add("bob")
        api.clock.advance(86_400)

        assert (await api.device_by_mac(FREE_MAC))["connectionStatus"] == "disconnected"
        assert (await phone(api, FREE_MAC))["state"] == "waiting"


async def test_a_phone_that_waits_to_be_plugged_in_registers_at_once():
    async with admin_api(Settings(phone_registers_s=None)) as api:
        await api.add("bob")
        api.clock.advance(600)
        plugged_in = await api.sandbox.client.plug(FREE_MAC)

        assert plugged_in["state"] == "registered"
        assert (await api.device_by_mac(FREE_MAC))["connectionStatus"] == "connected"


async def test_a_phone_with_a_code_is_plugged_in():
    async with admin_api(Settings(phone_registers_s=None)) as api:
        came_up = await api.sandbox.client.activate(await code_for(api, "hugo"), BOXED_8845)

        assert came_up["state"] == "registered"


async def test_whether_new_phones_wait_is_changed_while_the_sandbox_runs(api):
    seq = await api.sandbox.client.seq()
    assert await api.sandbox.client.phone_settings() == {
        "waitForPlug": False,
        "codeSeconds": 30 * 86_400,
    }
    await api.sandbox.client.phone_settings(wait_for_plug=True)
    await api.add("bob")
    assert (await phone(api, FREE_MAC))["state"] == "waiting"
    await api.sandbox.client.phone_settings(wait_for_plug=False)
    await api.sandbox.client.plug(FREE_MAC)
    assert (await phone(api, FREE_MAC))["state"] == "registering"
    api.clock.advance(4)
    assert (await phone(api, FREE_MAC))["state"] == "registered"

    changes = api.sandbox.cloud.event_log.after(seq)
    told = [change.facts["waitForPlug"] for change in changes if change.kind == "phoneSettings"]
    assert told == [False, True, False]


async def test_the_lifetime_of_new_codes_is_changed_while_the_sandbox_runs(api):
    lasting = await code_for(api, "hugo")
    await api.sandbox.client.phone_settings(code_seconds=30)
    short = await code_for(api, "bob")
    api.clock.advance(31)

    assert await refusal(api, short, BOXED_8845) == (
        410,
        "This activation code has expired. Ask for a new one.",
    )
    assert (await api.sandbox.client.activate(lasting, BOXED_8845))["owner"] == "Hugo Petit"


@pytest.mark.parametrize("seconds", [0, -1, True, "60", 10**9])
async def test_a_lifetime_that_makes_no_sense_is_refused(api, seconds):
    with pytest.raises(ControlError, match="'codeSeconds' must be"):
        await api.sandbox.client.phone_settings(code_seconds=seconds)


async def test_a_code_typed_in_on_a_phone_makes_it_a_device_of_the_codes_owner(api):
    code = await code_for(api, "hugo")
    before = await phone(api, BOXED_8845)
    assert (before["state"], before["owner"], before["takesCode"]) == ("waiting", None, True)

    came_up = await api.sandbox.client.activate(f"{code[:4]} {code[4:8]}-{code[8:]}", BOXED_8845)

    assert (came_up["owner"], came_up["state"]) == ("Hugo Petit", "registering")
    device = await api.device_by_mac(BOXED_8845)
    assert (device["connectionStatus"], device["personId"]) == ("activating", api.id_of("hugo"))
    api.clock.advance(4)
    assert (await api.device_by_mac(BOXED_8845))["connectionStatus"] == "connected"


async def test_without_a_mac_any_phone_that_fits_is_used_and_then_a_new_one(api):
    used = [
        (await api.sandbox.client.activate(await code_for(api, who)))["mac"]
        for who in ("hugo", "bob", "jack")
    ]

    assert used[0] == BOXED_8845
    assert len(set(used)) == 3


async def test_a_code_works_once(api):
    code = await code_for(api, "hugo")
    await api.sandbox.client.activate(code, BOXED_8845)

    assert await refusal(api, code, FREE_MAC) == (
        409,
        "This activation code has been used. It works once.",
    )
    assert (await api.sandbox.client.organization())["activationCodes"] == []


async def test_a_refused_code_is_not_used_up(api):
    code = await code_for(api, "hugo")

    assert await refusal(api, code, BOXED_8865) == (
        409,
        "This code is for a Cisco 8845, and this phone is a Cisco 8865.",
    )
    await api.sandbox.client.activate(code, BOXED_8845)


async def test_codes_and_phones_that_do_not_go_together_are_refused(api):
    code, for_room = await code_for(api, "hugo"), await code_for(api, "Meeting Room South", None)

    assert (await refusal(api, "0000 0000 0000 0000"))[0] == 404
    assert (await refusal(api, code, "00:11"))[0] == 400
    assert await refusal(api, code, ERINS_8845) == (
        409,
        "This phone already belongs to Erin Walsh.",
    )
    assert (await refusal(api, code, "0A0B0C0D0E0F"))[0] == 409
    assert "room device" in (await refusal(api, for_room))[1]
    api.clock.advance(31 * 86_400)
    assert (await refusal(api, code))[0] == 410


async def test_an_owner_at_the_device_limit_is_refused(api):
    code = await code_for(api, "carol")
    await api.add("carol")

    assert await refusal(api, code) == (400, "Phones cannot be added to this user")


async def test_a_workspace_that_the_code_reset_takes_its_phone(api):
    code = await code_for(api, "Warehouse Austin")

    assert (await api.sandbox.client.activate(code))["owner"] == "Warehouse Austin"


async def test_a_phone_loses_the_network_and_finds_it_again(api):
    unplugged = await api.sandbox.client.unplug(ERINS_8845)

    assert unplugged["state"] == "offline"
    assert (await api.device_by_mac(ERINS_8845))["connectionStatus"] == "disconnected"
    with pytest.raises(ControlError, match="not on the network"):
        await api.sandbox.client.unplug(ERINS_8845)

    assert (await api.sandbox.client.plug(ERINS_8845))["state"] == "registering"
    api.clock.advance(4)
    assert (await api.device_by_mac(ERINS_8845))["connectionStatus"] == "connected"


async def test_a_phone_reports_problems_and_another_status(api):
    client = api.sandbox.client
    await client.report(ERINS_8845, status="connected_with_issues", error_codes=["ntpstatus"])
    await client.report(ERINS_8845)

    device = await api.device_by_mac(ERINS_8845)

    assert device["connectionStatus"] == "connected_with_issues"
    assert device["errorCodes"] == ["ntpstatus"]
    for codes in ("ntpstatus", [1]):
        with pytest.raises(ControlError, match="list of strings"):
            await client.report(ERINS_8845, error_codes=codes)
    with pytest.raises(ControlError, match="no owner"):
        await client.report("0011223355A1", status="connected")


async def test_a_phone_unplugged_during_its_start_does_not_register(api):
    await api.add("bob")
    await api.sandbox.client.unplug(FREE_MAC)

    api.clock.advance(60)

    assert (await phone(api, FREE_MAC))["state"] == "offline"
    assert (await api.device_by_mac(FREE_MAC))["connectionStatus"] == "disconnected"


async def test_a_phone_that_was_never_seen_registers_when_plugged_in(api):
    assert (await phone(api, GRACES_PENDING))["state"] == "waiting"

    await api.sandbox.client.plug(GRACES_PENDING)
    api.clock.advance(4)

    assert (await api.device_by_mac(GRACES_PENDING))["connectionStatus"] == "connected"


async def test_a_phone_without_an_owner_cannot_be_plugged_in(api):
    for mac, status in ((BOXED_8845, "409"), (FREE_MAC, "404")):
        with pytest.raises(ControlError, match=status):
            await api.sandbox.client.plug(mac)


async def test_customer_managed_phones_report_nothing(api):
    await api.sandbox.client.plug(LOBBYS_DOOR)
    api.clock.advance(4)

    assert (await phone(api, LOBBYS_DOOR))["state"] == "registered"
    assert (await api.device_by_mac(LOBBYS_DOOR))["connectionStatus"] == "unknown"


async def test_a_deleted_phone_resets_itself_and_takes_a_code_again(api):
    await api.http.delete(f"/devices/{(await api.device_by_mac(ERINS_8845))['id']}")
    assert (await phone(api, ERINS_8845))["state"] == "removed"

    api.clock.advance(4)
    after = await phone(api, ERINS_8845)
    assert (after["state"], after["owner"], after["takesCode"]) == ("waiting", None, True)

    came_up = await api.sandbox.client.activate(await code_for(api, "hugo"), ERINS_8845)
    assert came_up["owner"] == "Hugo Petit"


async def test_the_number_of_phones_without_an_owner_is_limited(api):
    boxed = {phone["mac"] for phone in await api.sandbox.client.phones() if phone["owner"] is None}
    for number in range(60):
        created = await api.add("bob", mac=f"D82E3EEF{number:04X}")
        await api.http.delete(f"/devices/{created.json()['id']}")
        api.clock.advance(4)

    unowned = [
        phone["mac"] for phone in await api.sandbox.client.phones() if phone["owner"] is None
    ]

    assert boxed < set(unowned)
    assert len(unowned) == len(boxed) + 50


async def test_the_page_learns_when_a_9800_becomes_known_and_listed():
    async with admin_api(Settings(phone_registers_s=None, phoneos_aware_s=60)) as api:
        seq = await api.sandbox.client.seq()
        await api.add("bob", model="Cisco 9841")
        for seconds in (3, 57):
            api.clock.advance(seconds)
            await phone(api, FREE_MAC)

        changes = api.sandbox.cloud.event_log.after(seq)
        events = [change.facts["what"] for change in changes if change.kind == "organization"]
        assert events == ["device added", "phone waiting", "phone known", "phone listed"]
        assert (await api.device_by_mac(FREE_MAC))["product"] == "Cisco 9841"


async def test_each_step_is_logged_without_the_code(api):
    code = await code_for(api, "hugo")
    seq = await api.sandbox.client.seq()
    await api.sandbox.client.activate(code, BOXED_8845)
    api.clock.advance(4)
    await phone(api, BOXED_8845)

    changes = api.sandbox.cloud.event_log.after(seq)
    assert [(change.facts["what"], change.facts["state"]) for change in changes] == [
        ("phone registering", "registering"),
        ("phone registered", "registered"),
        ("device connected", "registered"),
    ]
    events = json.dumps([event.facts for event in api.sandbox.cloud.event_log.after(0)])
    calls = json.dumps([event.as_json() for event in api.sandbox.cloud.calls.after(0)])
    assert code not in events + calls + json.dumps(await api.sandbox.client.organization())
