"""Base stations and handsets: limits, mixed answers, lines and what they do to their people.

See docs/webex/provisioning.md §5.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.settings import Settings
from tests.sandbox.admin.admin_client import Api, admin_api
from tests.sandbox.organization import person

CONFIG = "/telephony/config"
UNASSIGNED = "[Error 4516] Cannot assign user to device: {0} with line/Port: {1}"


async def network(api: Api, model: str = "DMS Cisco DBS110", code: str | None = None) -> str:
    """Return the path of a new network in Lyon."""
    path = f"{CONFIG}/locations/{api.location('Lyon')}/dectNetworks"
    body = {
        "name": "Hall",
        "model": model,
        "defaultAccessCodeEnabled": code is not None,
        "defaultAccessCode": code or "",
    }
    return f"{path}/{(await api.post(path, body)).json()['dectNetworkId']}"


@pytest.fixture
async def hall(api: Api) -> str:
    return await network(api)


@pytest.fixture
async def two_lines() -> AsyncIterator[Api]:
    async with admin_api(Settings(dect_two_lines_at_once=True)) as api:
        yield api


def handset_body(
    api: Api, first: str, second: str | None = None, name: str = "Mobile"
) -> dict[str, Any]:
    """Return the body of a request for a handset."""
    line2 = {"line2MemberId": api.id_of(second)} if second else {}
    return {"line1MemberId": api.id_of(first), "customDisplayName": name} | line2


async def handsets(api: Api, path: str, **query: str) -> list[dict[str, Any]]:
    return list((await api.get(f"{path}/handsets", **query))["handsets"])


def code_of(response: Any) -> tuple[int, int | None]:
    return response.status_code, response.json()["errors"][0].get("errorCode")


async def test_a_dbs110_network_holds_one_base_station(api, hall):
    macs = {"baseStationMacs": ["AA0000000001", "AA0000000002"]}

    added = await api.post(f"{hall}/baseStations", macs)

    assert added.status_code == 201
    results = added.json()["baseStations"]
    assert [result["mac"] for result in results] == macs["baseStationMacs"]
    assert [result["result"]["status"] for result in results] == [201, 400]
    assert [sorted(result["result"]) for result in results] == [["id", "status"], ["status"]]
    assert (await api.get(hall))["numberOfBaseStations"] == 1


async def test_the_address_of_a_base_station_is_in_use(api, hall):
    await api.post(f"{hall}/baseStations", {"baseStationMacs": ["aa0000000001"]})

    path = f"{CONFIG}/devices/actions/validateMacs/invoke"
    checked = (await api.post(path, {"macs": ["AA0000000001"]})).json()
    assert checked["macStatus"][0]["state"] == "UNAVAILABLE"
    assert (await api.add("bob", mac="AA0000000001")).status_code == 403


@pytest.mark.parametrize("body", [{}, {"baseStationMacs": []}, {"baseStationMacs": [1]}], ids=str)
async def test_base_stations_need_addresses(api, hall, body):
    assert (await api.post(f"{hall}/baseStations", body)).status_code == 400


async def test_unknown_ids_are_not_found(api, hall):
    for path in ("baseStations/x", "handsets/x"):
        assert (await api.http.get(f"{hall}/{path}")).status_code == 404
        assert (await api.http.delete(f"{hall}/{path}")).status_code == 404
    body = {"handsetIds": ["x"]}
    assert (await api.http.request("DELETE", f"{hall}/handsets", json=body)).status_code == 404
    await api.http.delete(hall)
    assert code_of(await api.http.get(f"{hall}/handsets")) == (404, 27455)


async def test_adding_a_handset_has_an_empty_answer(api, hall):
    added = await api.post(f"{hall}/handsets", handset_body(api, "hugo"))

    assert (added.status_code, added.content) == (201, b"")
    (matches,) = await handsets(api, hall, memberId=api.id_of("hugo"))
    assert (matches["customDisplayName"], matches["index"]) == ("Mobile", "1")
    assert await handsets(api, hall, memberId=api.id_of("kim")) == []


async def test_two_lines_at_once_are_error_5302_and_one_after_the_other_are_not(api, hall):
    both = handset_body(api, "hugo", "kim")
    assert code_of(await api.post(f"{hall}/handsets", both)) == (400, 5302)
    assert await handsets(api, hall) == []

    await api.post(f"{hall}/handsets", handset_body(api, "hugo"))
    (handset,) = await handsets(api, hall)
    path = f"{hall}/handsets/{handset['id']}"
    assert (await api.http.put(path, json=both)).status_code == 204
    assert len((await api.get(path))["lines"]) == 2
    assert (await api.http.put(path, json=handset_body(api, "hugo"))).status_code == 204
    assert len((await api.get(path))["lines"]) == 1


async def test_two_lines_at_once_as_documented(two_lines):
    hall = await network(two_lines)
    both = handset_body(two_lines, "hugo", "hugo")

    assert (await two_lines.post(f"{hall}/handsets", both)).status_code == 201
    assert (await two_lines.get(hall))["numberOfLines"] == 2


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"line1MemberId": None}, (400, 25008)),
        ({"customDisplayName": None}, (400, 25008)),
        ({"customDisplayName": "x" * 17}, (400, None)),
        ({"customDisplayName": ""}, (400, None)),
        ({"line1MemberId": "x"}, (404, None)),
        ({"colour": "red"}, (400, None)),
    ],
    ids=str,
)
async def test_a_wrong_handset_is_refused(api, hall, changes, refused):
    params = await api.post(f"{hall}/handsets", handset_body(api, "hugo") | changes)

    assert code_of(params) == refused


@pytest.mark.parametrize(
    ("who", "refused"),
    [("dave", (400, 4008)), ("nora", (400, 5700)), ("Boardroom", (400, None))],
)
async def test_a_member_needs_calling_and_a_number(api, hall, who, refused):
    assert code_of(await api.post(f"{hall}/handsets", handset_body(api, who))) == refused


async def test_a_virtual_line_is_for_the_second_line_only(two_lines):
    api = two_lines
    hall = await network(api)
    matches = await api.get(f"{CONFIG}/devices/availableMembers", extension="1900")
    night = matches["members"][0]["id"]

    first = handset_body(api, "hugo") | {"line1MemberId": night}
    assert (await api.post(f"{hall}/handsets", first)).status_code == 400
    second = handset_body(api, "hugo") | {"line2MemberId": night}
    assert (await api.post(f"{hall}/handsets", second)).status_code == 201
    path = f"{CONFIG}/virtualLines/{night}/dectNetworks"
    assert [network["name"] for network in (await api.get(path))["dectNetworks"]] == ["Hall"]


async def test_the_first_line_takes_calling_from_a_standard_persons_apps(api, hall):
    carol = person(api.sandbox.cloud.organization, "carol")
    tess = person(api.sandbox.cloud.organization, "tess")
    await api.post(f"{hall}/handsets", handset_body(api, "carol"))
    (handset,) = await handsets(api, hall)
    assert not carol.calling_in_apps

    await api.http.put(f"{hall}/handsets/{handset['id']}", json=handset_body(api, "hugo", "tess"))
    assert (carol.calling_in_apps, tess.calling_in_apps) == (True, True)

    await api.http.put(f"{hall}/handsets/{handset['id']}", json=handset_body(api, "carol"))
    assert not carol.calling_in_apps
    await api.http.delete(hall)
    assert carol.calling_in_apps


async def test_bulk_is_201_when_all_are_added(api, hall):
    items = [handset_body(api, who, name=who) for who in ("hugo", "kim")]

    added = await api.post(f"{hall}/handsets/bulk", {"items": items})

    assert added.status_code == 201
    assert added.json()["items"] == [
        {"customDisplayName": who, "result": {"status": 200}} for who in ("hugo", "kim")
    ]


async def test_bulk_is_206_when_some_are_not(api, hall):
    items = [
        handset_body(api, "hugo"),
        handset_body(api, "Boardroom"),
        handset_body(api, "dave"),
        handset_body(api, "kim"),
    ]

    added = await api.post(f"{hall}/handsets/bulk", {"items": items})

    assert added.status_code == 206
    results = [result["result"] for result in added.json()["items"]]
    assert [result["status"] for result in results] == [200, 400, 400, 200]
    assert results[1]["error"] == {"message": UNASSIGNED, "errorCode": 4516}
    assert results[2]["error"]["errorCode"] == 4008
    assert [handset["index"] for handset in await handsets(api, hall)] == ["1", "2"]


@pytest.mark.parametrize("count", [0, 51])
async def test_bulk_takes_one_to_fifty(api, hall, count):
    items = [handset_body(api, "hugo")] * count

    assert (await api.post(f"{hall}/handsets/bulk", {"items": items})).status_code == 400
    assert (await api.post(f"{hall}/handsets/bulk", {})).status_code == 400


async def test_a_dbs110_network_has_thirty_line_ports(api, hall):
    items = [handset_body(api, "hugo")] * 31

    added = await api.post(f"{hall}/handsets/bulk", {"items": items})

    statuses = [result["result"]["status"] for result in added.json()["items"]]
    assert statuses == [200] * 30 + [400]
    handset = (await handsets(api, hall))[0]
    wider = handset_body(api, "hugo", "kim")
    assert (await api.http.put(f"{hall}/handsets/{handset['id']}", json=wider)).status_code == 400


async def test_all_are_deleted_with_or_without_a_slash(api, hall):
    for end, switch in (("", True), ("/", "true")):
        await api.post(f"{hall}/handsets", handset_body(api, "hugo"))
        body: dict[str, Any] = {"handsetIds": [], "deleteAll": switch}
        deleted = await api.http.request("DELETE", f"{hall}/handsets{end}", json=body)
        assert deleted.status_code == 204
        assert await handsets(api, hall) == []


async def test_without_ids_nothing_is_deleted(api, hall):
    await api.post(f"{hall}/handsets", handset_body(api, "hugo"))

    assert (await api.http.request("DELETE", f"{hall}/handsets", json={})).status_code == 400
    assert len(await handsets(api, hall)) == 1


async def test_a_freed_index_is_used_again(api, hall):
    for who in ("hugo", "kim"):
        await api.post(f"{hall}/handsets", handset_body(api, who))
    first, _ = await handsets(api, hall)
    await api.http.delete(f"{hall}/handsets/{first['id']}")
    await api.post(f"{hall}/handsets", handset_body(api, "lena"))

    assert sorted(handset["index"] for handset in await handsets(api, hall)) == ["1", "2"]


async def test_the_access_code_of_the_network_takes_precedence(api):
    hall = await network(api, code="0042")
    await api.post(f"{hall}/handsets", handset_body(api, "hugo"))
    assert [handset["accessCode"] for handset in await handsets(api, hall)] == ["0042"]

    own = {"name": "Hall", "defaultAccessCodeEnabled": False, "defaultAccessCode": ""}
    await api.http.put(hall, json=own)

    (handset,) = await handsets(api, hall)
    assert handset["accessCode"] != "0042"
    assert len(handset["accessCode"]) == 4


async def test_handsets_move_when_their_base_station_is_deleted(api):
    hall = await network(api, "DMS Cisco DBS210", "0042")
    macs = {"baseStationMacs": ["AA0000000001", "AA0000000002"]}
    ids = [
        base["result"]["id"]
        for base in (await api.post(f"{hall}/baseStations", macs)).json()["baseStations"]
    ]
    await api.post(f"{hall}/handsets", handset_body(api, "hugo"))
    for mac in macs["baseStationMacs"]:
        await api.sandbox.client.switch_base(mac, online=True)
    api.clock.advance(4)
    await api.sandbox.client.pair_handset(macs["baseStationMacs"][0], "0042")
    api.clock.advance(4)
    (handset,) = await handsets(api, hall, basestationId=ids[0])

    await api.http.delete(f"{hall}/baseStations/{ids[0]}")
    assert "baseStationId" not in await api.get(f"{hall}/handsets/{handset['id']}")
    api.clock.advance(4)

    assert (await api.get(f"{hall}/handsets/{handset['id']}"))["baseStationId"] == ids[1]


async def test_a_fault_refuses_one_base_station_of_several(api):
    hall = await network(api, "DMS Cisco DBS210")
    macs = [f"AA000000000{number}" for number in range(1, 6)]
    fault = api.sandbox.client.fault
    await fault(what="refused_base", mac="aa:00:00:00:00:01")
    await fault(what="refused_base", mac="*2", status=409)
    await fault(what="refused_base", mac="*3", afterCommit=True)
    await fault(what="refused_base", mac="*4", missing=True)

    answer = await api.post(f"{hall}/baseStations", {"baseStationMacs": macs})

    assert answer.status_code == 201
    results = {row["mac"]: row["result"] for row in answer.json()["baseStations"]}
    assert results.pop(macs[4]).keys() == {"status", "id"}
    assert results == {
        macs[0]: {"status": 400},
        macs[1]: {"status": 409},
        macs[2]: {"status": 400},
    }
    added = [base["mac"] for base in (await api.get(f"{hall}/baseStations"))["baseStations"]]
    assert added == [macs[2], macs[4]]


async def test_a_fault_refuses_one_handset_of_several(api, hall):
    fault = api.sandbox.client.fault
    await fault(what="refused_handset", member="HUGO@*")
    await fault(what="refused_handset", member="Kim Larsen", afterCommit=True, errorCode=1)
    await fault(what="refused_handset", member="Meeting Room L*", afterCommit=True, missing=True)
    owners = ("hugo", "kim", "Meeting Room Lyon", "lena")
    items = [handset_body(api, who, name=who[:16]) for who in owners]

    answer = await api.post(f"{hall}/handsets/bulk", {"items": items})

    assert answer.status_code == 206
    assert [item["result"] for item in answer.json()["items"]] == [
        {"status": 400, "error": {"message": UNASSIGNED, "errorCode": 4516}},
        {"status": 400, "error": {"message": UNASSIGNED, "errorCode": 1}},
        {"status": 200},
    ]
    names = [handset["customDisplayName"] for handset in await handsets(api, hall)]
    assert names == ["kim", "Meeting Room Lyo", "lena"]
    again = await api.post(f"{hall}/handsets/bulk", {"items": items[:1]})
    assert again.status_code == 201


async def test_a_fault_refuses_a_handset_that_is_added_alone(api, hall):
    await api.sandbox.client.fault(what="refused_handset", member="hugo@acme.example", status=409)

    refused = await api.post(f"{hall}/handsets", handset_body(api, "hugo"))

    assert (code_of(refused), await handsets(api, hall)) == ((409, 4516), [])
    assert early_changes(api) == 0


async def test_an_answer_about_one_handset_leaves_none_out(api, hall):
    await api.sandbox.client.fault(what="refused_handset", missing=True)

    assert (await api.post(f"{hall}/handsets", handset_body(api, "hugo"))).status_code == 201
    assert len(await handsets(api, hall)) == 1
    (fault,) = await api.sandbox.client.faults()
    assert (fault["state"], fault["hits"]) == ("on", 0)


async def test_members_are_paged_and_sorted_by_either_name(api):
    path = f"{CONFIG}/devices/availableMembers"

    first = await api.http.get(path, params={"max": "2000"})

    assert len(first.json()["members"]) == 10
    assert 'rel="next"' in first.headers["Link"]
    for response in ({"order": "size"}, {"usageType": "BORROWER"}):
        assert (await api.http.get(path, params=response)).status_code == 400
    shared = await api.get(path, usageType="SHARED_LINE", extension="1900")
    assert shared["members"][0]["lineType"] == "SHARED_CALL_APPEARANCE"


async def test_the_password_switch_needs_a_boolean(api, hall):
    path = f"{hall}/serviceabilityPassword"

    assert (await api.http.put(path, json={"enabled": "yes"})).status_code == 400


async def test_codes_and_passwords_are_not_logged(api):
    hall = await network(api, code="7391")
    generated = await api.post(f"{hall}/serviceabilityPassword/actions/generate/invoke", {})
    observed = str(api.sandbox.cloud.calls.after(0)) + str(await api.sandbox.client.organization())

    assert "7391" not in observed
    assert generated.json()["password"] not in observed


async def test_networks_of_an_unknown_member_are_not_found(api):
    for who in ("people/x", "workspaces/x", "virtualLines/x"):
        assert (await api.http.get(f"{CONFIG}/{who}/dectNetworks")).status_code == 404


def early_changes(api: Api) -> int:
    """Return how many changes of Hall's handsets came too soon."""
    networks = api.sandbox.cloud.organization.dect_networks.values()
    (count,) = [network.early_changes for network in networks if network.name == "Hall"]
    return count


async def test_changes_of_handsets_that_come_too_soon_are_counted(api, hall):
    await api.post(f"{hall}/handsets", handset_body(api, "bob", name="One"))
    api.clock.advance(90)
    await api.post(f"{hall}/handsets", handset_body(api, "bob", name="Two"))
    assert early_changes(api) == 0
    api.clock.advance(89)
    first, second = await handsets(api, hall)
    await api.http.put(f"{hall}/handsets/{first['id']}", json=handset_body(api, "bob"))
    await api.http.delete(f"{hall}/handsets/{second['id']}")
    await api.http.request("DELETE", f"{hall}/handsets", json={"handsetIds": [first["id"]]})
    assert early_changes(api) == 3


async def test_what_changes_no_handset_is_not_counted(api, hall):
    await api.post(f"{hall}/handsets/bulk", {"items": [handset_body(api, "bob")]})
    assert (await api.post(f"{hall}/handsets", {"line1MemberId": "x"})).status_code == 400
    refused = {"items": [handset_body(api, "bob", name="x" * 17)]}
    assert (await api.post(f"{hall}/handsets/bulk", refused)).status_code == 206
    await api.post(f"{hall}/baseStations", {"baseStationMacs": ["AA0000000001"]})
    assert early_changes(api) == 0
