"""Workspaces, locations, licences, the organization (webex-provisioning.md §3)."""

import pytest


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"displayName": "lobby"}, ["Lobby Berlin", "Lobby Lyon"]),
        ({"calling": "none"}, ["Warehouse Austin"]),
        ({"supportedDevices": "collaborationDevices"}, ["Boardroom"]),
        ({"capacity": "8"}, ["Meeting Room North"]),
        ({"displayName": "Lobby", "capacity": "-1"}, ["Lobby Berlin", "Lobby Lyon"]),
        ({"type": "other"}, ["Warehouse Austin"]),
    ],
    ids=str,
)
async def test_workspaces_by_filter(api, query, names):
    found = (await api.get("/workspaces", **query))["items"]

    assert [workspace["displayName"] for workspace in found] == names


async def test_a_workspace_names_its_licence(api):
    licences = {one["id"]: one["name"] for one in (await api.get("/licenses"))["items"]}

    held = {}
    for workspace in (await api.get("/workspaces", calling="webexCalling"))["items"]:
        (licence,) = workspace["calling"]["webexCalling"]["licenses"]
        held[workspace["displayName"]] = licences[licence]

    assert held["Lobby Lyon"] == "Webex Calling - Workspaces"
    assert held["Lobby Berlin"] == "Webex Calling - Professional"


async def test_devices_come_with_a_workspace_when_asked_for(api):
    path = f"/workspaces/{api.id_of('Lobby Berlin')}"

    (device,) = (await api.get(path, includeDevices="true"))["devices"]

    assert device["mac"] == "0011223344C3"
    assert "devices" not in await api.get(path)


async def test_an_activation_code_resets_the_calling_of_a_workspace_without(api):
    await api.post("/devices/activationCode", api.owner_of("Warehouse Austin"))

    workspace = await api.get(f"/workspaces/{api.id_of('Warehouse Austin')}")
    assert workspace["calling"] == {"type": "freeCalling"}


async def test_locations_are_found_by_a_part_of_their_name(api):
    (berlin,) = (await api.get("/locations", name="ERL"))["items"]

    assert (berlin["name"], berlin["address"]["city"]) == ("Berlin", "Berlin")
    assert await api.get(f"/locations/{berlin['id']}") == berlin


async def test_locations_are_paged_by_a_cursor(api):
    response = await api.http.get("/locations", params={"max": 2})
    following = await api.http.get(response.links["next"]["url"])

    names = [one["name"] for page in (response, following) for one in page.json()["items"]]
    assert names == ["Berlin", "Lyon", "Austin"]
    assert "next" not in following.links


async def test_licences_count_what_is_used(api):
    found = {one["name"]: one for one in (await api.get("/licenses"))["items"]}

    assert found["Webex Calling - Workspaces"]["consumedByWorkspaces"] == 1
    assert all(one["consumedUnits"] <= one["totalUnits"] for one in found.values())


@pytest.mark.parametrize(
    "path", ["/locations/x", "/workspaces/x", "/licenses/x", "/organizations/x"]
)
async def test_unknown_ids_are_not_found(api, path):
    assert (await api.http.get(path)).status_code == 404
