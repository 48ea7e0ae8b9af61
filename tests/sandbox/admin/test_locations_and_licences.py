"""Workspaces, locations, licences, the organization (docs/webex/provisioning.md §3)."""

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
    matches = (await api.get("/workspaces", **query))["items"]

    assert [workspace["displayName"] for workspace in matches] == names


async def test_a_workspace_names_its_licence(api):
    licences = {item["id"]: item["name"] for item in (await api.get("/licenses"))["items"]}

    held = {}
    for workspace in (await api.get("/workspaces", calling="webexCalling"))["items"]:
        (licence,) = workspace["calling"]["webexCalling"]["licenses"]
        held[workspace["displayName"]] = licences[licence]

    assert held["Lobby Lyon"] == "Webex Calling - Workspaces"
    assert held["Lobby Berlin"] == "Webex Calling - Professional"


async def test_a_workspace_includes_its_devices_on_request(api):
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
    next_page = await api.http.get(response.links["next"]["url"])

    names = [item["name"] for page in (response, next_page) for item in page.json()["items"]]
    assert names == ["Berlin", "Lyon", "Austin"]
    assert "next" not in next_page.links


async def test_licences_count_what_is_used(api):
    matches = {item["name"]: item for item in (await api.get("/licenses"))["items"]}

    assert matches["Webex Calling - Workspaces"]["consumedByWorkspaces"] == 1
    assert all(item["consumedUnits"] <= item["totalUnits"] for item in matches.values())


async def licence_path(api, name):
    licences = {item["name"]: item["id"] for item in (await api.get("/licenses"))["items"]}
    return f"/licenses/{licences[name]}"


async def test_the_people_with_a_licence_are_listed_page_by_page(api):
    path, pages = await licence_path(api, "Webex Calling - Professional"), []
    url = f"{path}?includeAssignedTo=user&limit=4"
    while url:
        response = await api.http.get(url)
        pages.append(response.json())
        url = response.links.get("next", {}).get("url")

    people = [user for page in pages for user in page["users"]]
    assert [len(page["users"]) for page in pages[:-1]] == [4] * (len(pages) - 1)
    assert len({user["id"] for user in people}) == len(people) == pages[0]["consumedByUsers"]
    assert {"displayName": "Bob Keller", "email": "bob@acme.example"}.items() <= next(
        user.items() for user in people if user["id"] == api.id_of("bob")
    )


async def test_who_was_deleted_has_no_licence(api):
    path = await licence_path(api, "Webex Calling - Standard")
    before = await api.get(path)

    await api.sandbox.client.recreate_person("carol@acme.example")

    after = await api.get(path, includeAssignedTo="user")
    assert [user["email"] for user in after["users"]].count("carol@acme.example") == 1
    assert after["consumedByUsers"] == before["consumedByUsers"]


async def test_the_people_of_a_licence_are_listed_on_request_only(api):
    path = await licence_path(api, "Webex Calling - Workspaces")

    assert "users" not in await api.get(path)
    assert (await api.get(path, includeAssignedTo="user"))["users"] == []


@pytest.mark.parametrize(
    "query", [{"includeAssignedTo": "room"}, {"limit": "0"}, {"limit": "x"}, {"next": "x"}], ids=str
)
async def test_a_wrong_question_about_the_people_of_a_licence_is_refused(api, query):
    path = await licence_path(api, "Webex Calling - Standard")

    response = await api.http.get(path, params={"includeAssignedTo": "user"} | query)

    assert response.status_code == 400


@pytest.mark.parametrize(
    "path", ["/locations/x", "/workspaces/x", "/licenses/x", "/organizations/x"]
)
async def test_unknown_ids_are_not_found(api, path):
    assert (await api.http.get(path)).status_code == 404
