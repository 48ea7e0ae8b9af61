"""`/devices` over the wire (docs/webex/provisioning.md §4.3-4.6, §6)."""

from datetime import datetime, timedelta

import pytest

from sandbox.settings import Settings
from tests.sandbox.admin.admin_client import FREE_MAC, admin_api

LISTED = 11  # all seeded devices except the 9841, which is not Webex Aware
BY_FILTER = [
    ({"displayName": "Erin Walsh"}, 2),
    ({"type": "roomdesk"}, 1),
    ({"product": "Cisco 8845"}, 1),
    ({"connectionStatus": "disconnected"}, 1),
    ({"tag": "lab"}, 3),
    ({"tag": "austin,desk"}, 1),
    ({"tag": ["austin", "lab"]}, 0),
    ({"errorCode": "sipprofileregistration"}, 1),
    ({"capability": "xapi"}, 1),
    ({"serial": "FOC0000SMPL"}, 1),
    ({"mac": "001122334455"}, 1),
    ({"mac": "00:11:22:33:44:55"}, 1),
    ({"mac": "0011223344B2"}, 0),
    ({"type": "phone", "tag": "desk"}, 1),
    ({"devicePlatform": "microsoftTeamsRoom"}, 0),
]


async def pages(api, **query):
    """Follow the links; return the MACs of each page."""
    matches = []
    response = await api.http.get("/devices", params=query)
    while True:
        matches.append([device["mac"] for device in response.json()["items"]])
        if "next" not in response.links:
            return matches
        response = await api.http.get(response.links["next"]["url"])


async def test_a_page_is_never_longer_than_the_cap(api):
    matches = await pages(api, max=1000)

    assert [len(page) for page in matches] == [10, 1]
    assert len({mac for page in matches for mac in page}) == LISTED


async def test_small_pages_keep_the_filters():
    async with admin_api(Settings(page_cap=2)) as api:
        matches = await pages(api, tag="lab", max=1)

    assert [len(page) for page in matches] == [1, 1, 1]


@pytest.mark.parametrize("query", [{"max": "0"}, {"max": "x"}, {"start": "-1"}], ids=str)
async def test_page_parameters_must_be_numbers(api, query):
    assert (await api.http.get("/devices", params=query)).status_code == 400


@pytest.mark.parametrize(("query", "count"), BY_FILTER, ids=str)
async def test_filters(api, query, count):
    assert len((await api.get("/devices", **query))["items"]) == count


async def test_a_phone_that_is_online_was_seen_just_now(api):
    (online,) = (await api.get("/devices", mac="001122334455"))["items"]
    (offline,) = (await api.get("/devices", mac="0011223344A1"))["items"]

    added, seen, seen_before = (
        datetime.fromisoformat(at)
        for at in (online["created"], online["lastSeen"], offline["lastSeen"])
    )
    assert timedelta(days=399) < seen - added < timedelta(days=400)
    assert seen - seen_before > timedelta(days=2)


async def test_filters_by_owner_and_place(api):
    assert len((await api.get("/devices", personId=api.id_of("erin") + "="))["items"]) == 2
    assert len((await api.get("/devices", workspaceId=api.id_of("Lobby Berlin")))["items"]) == 1
    assert len((await api.get("/devices", locationId=api.location("Austin")))["items"]) == 2


async def test_a_phone_answers_to_each_of_its_ids(api):
    device = await api.device_by_mac("001122334455")

    assert device["mac"] == "001122334455"
    for name in ("id", "webexDeviceId", "callingDeviceId"):
        assert await api.get(f"/devices/{device[name]}") == device
    assert (await api.http.get("/devices/unknown")).status_code == 404


async def test_room_devices_show_colons_and_ids_may_be_null(api):
    board = await api.device_by_mac("0011223344F7")
    door = await api.device_by_mac("0011223344C3")

    assert board["mac"] == "00:11:22:33:44:F7"
    assert board["callingDeviceId"] is None
    assert door["webexDeviceId"] is None


async def test_a_phone_is_added_listed_and_deleted_once(api):
    response = await api.add("carol", mac="d8:2e:3e:ef:4e:5c", model="Cisco 8845")

    assert response.status_code == 200
    device = response.json()
    assert device["mac"] == FREE_MAC
    assert device["personId"] == api.id_of("carol")
    assert await api.device_by_mac(FREE_MAC) == device
    assert [(await api.http.delete(f"/devices/{device['id']}")).status_code for _ in range(2)] == [
        204,
        404,
    ]


async def test_a_standard_person_loses_and_regains_the_applications(api):
    path = f"/telephony/config/people/{api.id_of('carol')}/devices/count"
    before = await api.get(path)
    device = (await api.add("carol")).json()
    between = await api.get(path)
    await api.http.delete(f"/devices/{device['id']}")

    assert before == await api.get(path) == {"totalDeviceCount": 1, "applicationsCount": 1}
    assert between == {"totalDeviceCount": 1, "applicationsCount": 0}


async def test_owners_have_a_limit(api):
    for number in range(5):
        assert (await api.add("bob", mac=f"D82E3EEF4E0{number}")).status_code == 200

    assert (await api.add("bob")).status_code == 400


@pytest.mark.parametrize("changes", [{"colour": "red"}, {"orgId": "x"}], ids=str)
async def test_unknown_keys_are_refused(api, changes):
    response = await api.add("bob", **changes)

    assert response.status_code == 400
    assert response.json()["message"] == f"Unrecognized field: {next(iter(changes))}."


async def test_exactly_one_owner_must_be_named(api):
    both = await api.add("bob", workspaceId=api.id_of("Lobby Berlin"))
    neither = await api.post("/devices", {"mac": FREE_MAC, "model": "DMS Cisco 8845"})

    assert (both.status_code, neither.status_code) == (400, 400)


@pytest.mark.parametrize(
    ("who", "changes", "status", "text"),
    [
        ("bob", {"model": "Cisco IP Phone 8851"}, 400, "Valid model is required"),
        ("bob", {"model": "DMS Cisco 9841"}, 400, "Device model is not supported."),
        ("bob", {"mac": "12"}, 400, "Valid device mac is required"),
        ("bob", {"mac": "001122334455"}, 403, "MAC Address is in use by another device"),
        ("grace", {}, 400, "Phones cannot be added to this user"),
        ("bob", {"personId": "nobody"}, 404, "Could not find a person with the provided ID."),
    ],
)
async def test_refusals_come_in_webexs_words(api, who, changes, status, text):
    response = await api.add(who, **changes)

    body = response.json()
    assert (response.status_code, body["message"]) == (status, text)
    assert body["errors"][0]["description"] == text
    assert body["trackingId"] == response.headers["trackingid"]


async def test_adding_a_9800_has_an_empty_answer_and_shows_it_later(api):
    path = f"/telephony/config/people/{api.id_of('bob')}/devices"
    response = await api.add("bob", model="Cisco 9841")
    assert (response.status_code, response.content) == (204, b"")
    assert (await api.get(path))["devices"] == []

    api.clock.advance(3)

    (device,) = (await api.get(path))["devices"]
    assert (device["mac"], device["model"]) == (FREE_MAC, "Cisco 9841")
    assert (await api.get("/devices", mac=FREE_MAC))["items"] == []
    assert (await api.http.get(f"/devices/{device['id']}")).status_code == 404


async def test_a_9800_is_listed_once_it_is_webex_aware():
    async with admin_api(Settings(phoneos_aware_s=60)) as api:
        await api.add("bob", model="Cisco 9841")
        api.clock.advance(60)

        assert (await api.device_by_mac(FREE_MAC))["product"] == "Cisco 9841"


@pytest.mark.parametrize("bare", [True, False])
async def test_tags_are_patched_in_both_forms(api, bare):
    device = await api.device_by_mac("001122334455")
    patch = {"op": "add", "path": "tags", "value": ["new"]}

    response = await api.http.patch(
        f"/devices/{device['id']}",
        json=patch if bare else [patch],
        headers={"Content-Type": "application/json-patch+json"},
    )

    assert response.status_code == 200
    assert response.json() == device | {"tags": ["austin", "desk", "new"]}


async def test_plain_json_is_no_patch(api):
    device = await api.device_by_mac("001122334455")

    response = await api.http.patch(
        f"/devices/{device['id']}", json={"op": "remove", "path": "tags"}
    )

    assert response.status_code == 415


async def test_an_activation_code_has_sixteen_digits_and_no_id(api):
    body = api.owner_of("bob") | {"model": "DMS Cisco 8845"}

    response = await api.post("/devices/activationCode", body)

    assert response.status_code == 200
    assert response.json().keys() == {"code", "expiryTime"}
    assert response.json()["expiryTime"] == "2026-04-01T09:00:00.000Z"


async def test_a_change_wakes_waiting_callers(api):
    before = api.sandbox.cloud.event_log.seq

    await api.add("bob")

    changes = [c for c in api.sandbox.cloud.event_log.after(before) if c.kind == "organization"]
    assert {change.facts["owner"] for change in changes} == {"Bob Keller"}
    assert [change.facts["what"] for change in changes] == ["device added", "phone registering"]
