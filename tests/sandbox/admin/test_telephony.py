"""Supported devices, MAC check, owners' devices, SIP passwords, DECT.

See docs/webex/provisioning.md §3-6, §9.
"""

import pytest

from sandbox.ids import key_of
from sandbox.settings import Settings
from tests.sandbox.admin.admin_client import FREE_MAC, admin_api

CONFIG = "/telephony/config"
ERINS = "001122334455"


async def models(api, **query):
    rows = (await api.get(f"{CONFIG}/supportedDevices", **query))["devices"]
    return {row["model"] for row in rows}


async def test_supported_devices_are_listed_in_full_or_by_type(api):
    everything, mpp = await models(api), await models(api, type="MPP")

    assert "Cisco 9841" in everything - mpp
    assert await models(api, type="not:MPP") == everything - mpp
    assert await models(api, allowConfigureLayoutEnabled="true") == set()


async def test_rows_do_not_contain_our_remarks(api):
    rows = (await api.get(f"{CONFIG}/supportedDevices"))["devices"]

    assert not [key for row in rows for key in row if key.startswith("_")]


async def test_macs_are_checked(api):
    path = f"{CONFIG}/devices/actions/validateMacs/invoke"

    assert (await api.post(path, {"macs": [FREE_MAC]})).json() == {"status": "OK"}
    foreign = (await api.post(path, {"macs": ["0A0B0C0D0E0F"]})).json()
    assert foreign["macStatus"] == [
        {
            "mac": "0A0B0C0D0E0F",
            "state": "UNAVAILABLE",
            "errorCode": 5675,
            "message": "[Error 5675] MAC Address is in use.",
        }
    ]
    assert (await api.post(path, {})).status_code == 400


async def applied(api, calling_id):
    """The answer to the order to fetch the configuration."""
    return await api.post(f"{CONFIG}/devices/{calling_id}/actions/applyChanges/invoke", {})


async def test_a_phone_is_asked_to_fetch_its_configuration(api):
    phone = next(p for p in api.sandbox.cloud.organization.phones.values() if p.mac == ERINS)
    device = await api.device_by_mac(ERINS)

    answers = [await applied(api, device["callingDeviceId"]) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert phone.applied_changes == 2
    assert (await applied(api, device["id"])).status_code == 404
    assert (await applied(api, "x")).status_code == 404


async def test_a_phone_that_is_offline_or_not_managed_does_not_take_changes(api):
    door = await api.device_by_mac("0011223344C3")
    refused = await applied(api, door["callingDeviceId"])
    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "Apply changes is not supported for this device.",
    )

    graces_7841 = await api.device_by_mac("0011223344E3")
    assert (await applied(api, graces_7841["callingDeviceId"])).status_code == 204

    (ivys_9841,) = (await api.get(f"{CONFIG}/people/{api.id_of('ivy')}/devices"))["devices"]
    await api.sandbox.client.report(ivys_9841["mac"], status="disconnected")
    offline = await applied(api, ivys_9841["id"])
    assert (offline.status_code, offline.json()["message"]) == (400, "Device is not online.")
    await api.sandbox.client.report(ivys_9841["mac"], status="connected")
    assert (await applied(api, ivys_9841["id"])).status_code == 204


async def test_many_macs_are_checked_at_once(api):
    free = [f"D82E3EEF{number:04X}" for number in range(1_000)]
    macs = [*free, "001122334455", "0011223366D1", free[0].lower(), "x"]

    answer = await api.post(f"{CONFIG}/devices/actions/validateMacs/invoke", {"macs": macs})

    states = {row["mac"]: row["state"] for row in answer.json()["macStatus"]}
    assert list(states) == macs
    assert {states[mac] for mac in free} == {"AVAILABLE"}
    assert list(states.values())[1_000:] == [
        "UNAVAILABLE", "UNAVAILABLE", "DUPLICATE_IN_LIST", "INVALID",
    ]  # fmt: skip


async def test_an_owner_has_devices_that_the_list_does_not_know(api):
    answer = await api.get(f"{CONFIG}/people/{api.id_of('ivy')}/devices")

    (device,) = answer["devices"]
    assert (device["model"], device["type"]) == ("Cisco 9841", "PRIMARY")
    assert device["owner"]["lastName"] == "Chen"
    assert answer["maxDeviceCount"] == 5


async def test_a_device_is_activating_until_it_has_been_seen(api):
    of_person = await api.get(f"{CONFIG}/people/{api.id_of('grace')}/devices")
    of_room = await api.get(f"{CONFIG}/workspaces/{api.id_of('Lobby Berlin')}/devices")

    states = [device["activationState"] for device in of_person["devices"]]
    assert states == ["ACTIVATED"] * 3 + ["ACTIVATING"] * 2
    assert [device["activationState"] for device in of_room["devices"]] == ["ACTIVATED"]


async def test_room_devices_are_no_telephony_devices(api):
    answer = await api.get(f"{CONFIG}/workspaces/{api.id_of('Boardroom')}/devices")

    assert answer["devices"] == []


async def test_sip_details_are_there_but_not_for_the_9800_series(api):
    door = await api.device_by_mac("0011223344C3")
    (nine,) = (await api.get(f"{CONFIG}/people/{api.id_of('ivy')}/devices"))["devices"]

    details = await api.get(f"{CONFIG}/devices/{door['callingDeviceId']}")

    assert details["owner"]["sipUserName"]
    assert details["proxy"]["outboundProxy"]
    assert (await api.http.get(f"{CONFIG}/devices/{nine['id']}")).status_code == 404


async def test_a_sip_password_can_be_generated_and_used(api):
    path = f"{CONFIG}/locations/{api.location('Berlin')}/actions/generatePassword/invoke"
    password = (await api.post(path, {"generate": ["SIP"]})).json()["exampleSipPassword"]

    without = await api.add("bob", model="2N Customer Managed")
    values = await api.add("bob", model="2N Customer Managed", password=password)

    assert (without.status_code, values.status_code) == (400, 200)


NETWORK = {
    "name": "Hall",
    "model": "DMS Cisco DBS110",
    "defaultAccessCodeEnabled": True,
    "defaultAccessCode": "0042",
}


async def test_a_dect_network_is_created_changed_and_deleted(api):
    path = f"{CONFIG}/locations/{api.location('Lyon')}/dectNetworks"
    created = await api.post(path, NETWORK)
    assert created.status_code == 201
    network_path = f"{path}/{created.json()['dectNetworkId']}"

    changed = {key: value for key, value in NETWORK.items() if key != "model"} | {"name": "Depot"}
    assert (await api.http.put(network_path, json=changed)).status_code == 204
    assert (await api.get(network_path))["name"] == "Depot"
    assert (await api.http.patch(network_path, json=changed)).status_code == 405
    assert (await api.http.delete(network_path)).status_code == 204

    deleted = await api.http.get(network_path)
    assert deleted.status_code == 404
    assert deleted.json()["errors"][0]["errorCode"] == 27455


async def test_dect_networks_are_found_by_name_and_location(api):
    async def names(**query):
        matches = (await api.get(f"{CONFIG}/dectNetworks", **query))["dectNetworks"]
        return [network["name"] for network in matches]

    assert await names(name="ware") == await names() == ["Warehouse DECT"]
    assert await names(locationId=api.location("Lyon")) == []


async def test_unknown_keys_of_a_network_are_refused(api):
    path = f"{CONFIG}/locations/{api.location('Lyon')}/dectNetworks"

    assert (await api.post(path, NETWORK | {"colour": "red"})).status_code == 400


async def test_there_is_no_dect_in_government_mode():
    async with admin_api(Settings(gov=True)) as api:
        path = f"{CONFIG}/locations/{api.location('Lyon')}/dectNetworks"

        assert (await api.http.get(f"{CONFIG}/dectNetworks")).status_code == 404
        assert (await api.post(path, NETWORK)).status_code == 404
        assert (await api.http.get("/devices")).status_code == 200


@pytest.mark.parametrize(
    ("query", "owners"),
    [
        ({"extension": "1107"}, ["Bob Keller"]),
        ({"phoneNumber": "+493023125107"}, ["Bob Keller"]),
        ({"phoneNumber": "3023125107"}, ["Bob Keller"]),
        ({"ownerName": "keller"}, ["Bob Keller"]),
        ({"ownerName": "nobody"}, []),
        ({"extension": "1900"}, ["Night Desk"]),
    ],
)
async def test_numbers_are_listed_with_their_owners(api, query, owners):
    rows = (await api.get(f"{CONFIG}/numbers", **query))["phoneNumbers"]

    names = [f"{row['owner']['firstName']} {row['owner']['lastName']}" for row in rows]
    assert names == owners
    assert all(row["location"]["name"] == "Berlin" for row in rows)


async def test_numbers_name_the_owner_by_their_id(api):
    (row,) = (await api.get(f"{CONFIG}/numbers", extension="1107"))["phoneNumbers"]

    assert (row["owner"]["id"], row["owner"]["type"]) == (api.id_of("bob"), "PEOPLE")
    assert (row["extension"], row["phoneNumber"]) == ("1107", "+493023125107")


async def test_administrators_see_no_calling_data_of_other_organizations(api):
    person = api.sandbox.cloud.people[key_of(api.id_of("bob"), "PEOPLE")]
    person.org_key = "0e0e0e0e-5555-4666-8777-888888888888"

    record = await api.get(f"/people/{api.id_of('bob')}", callingData="true")

    assert record["displayName"] == "Bob Keller"
    assert not {"licenses", "locationId", "extension"} & record.keys()
