"""The reads of the DECT APIs: how answers are read, and what a 404 means."""

from typing import Any

import pytest
from pydantic import SecretStr

from bot.core.errors import (
    NotFound,
    OutcomeUnknown,
    Unavailable,
    Unreadable,
)
from bot.core.models.dect import (
    DectModel,
    MemberKind,
)
from bot.core.models.webex import Owner, OwnerKind
from bot.webex.dect import MAX_MEMBERS
from tests.bot.webex.dect_answers import HALL, HANDSET, LINE, NETWORK, ROW, Webex, raised


async def test_a_network_is_read_with_its_limits_and_counts():
    webex = Webex({"GET telephony/config/dectNetworks": {"dectNetworks": [ROW]}})
    (network,) = await webex.dect.networks(location_id="l1")
    assert (network.ref, network.where.name) == (HALL, "Berlin")
    assert (network.base_stations, network.handsets, network.lines) == (2, 5, 7)
    assert (network.has_shared_code, network.access_code) == (True, SecretStr("0042"))
    assert dict(webex.asked[0].url.params) == {"locationId": "l1", "orgId": "org-1"}
    assert "0042" not in f"{network!r} {network}"


@pytest.mark.parametrize(
    ("changes", "empty"),
    [
        (dict.fromkeys(ROW), {"id": "", "name": "", "lines": None, "access_code": None}),
        ({"location": "Berlin"}, {"location_id": "", "location": ""}),
        (
            {"numberOfLines": "many", "defaultAccessCodeEnabled": "perhaps"},
            {"lines": None, "has_shared_code": None},
        ),
        ({"model": [], "defaultAccessCode": {}}, {"model": "", "access_code": None}),
        ({"numberOfLines": True, "id": 7}, {"lines": None, "id": "7"}),
    ],
)
async def test_odd_fields_of_a_network_become_empty(changes, empty):
    row = {**ROW, **changes}
    webex = Webex({"GET telephony/config/dectNetworks": {"dectNetworks": [row, ROW]}})
    odd, good = await webex.dect.networks()
    assert good.name == "Hall"
    assert [getattr(odd, name) for name in empty] == [empty[name] for name in empty]


@pytest.mark.parametrize(("code", "read"), [("0042", "0042"), (1234, "1234"), (None, None)])
async def test_an_access_code_is_text_even_if_it_is_sent_as_a_number(code, read):
    row = {**ROW, "defaultAccessCode": code}
    webex = Webex({"GET telephony/config/dectNetworks": {"dectNetworks": [row]}})
    (network,) = await webex.dect.networks()
    assert network.access_code == (SecretStr(read) if read else None)


LISTS = [
    ("dectNetworks", "telephony/config/dectNetworks", lambda dect: dect.networks()),
    ("baseStations", f"{NETWORK}/baseStations", lambda dect: dect.base_stations(HALL)),
    ("handsets", f"{NETWORK}/handsets", lambda dect: dect.handsets(HALL)),
]


@pytest.mark.parametrize(("key", "path", "ask"), LISTS)
def test_an_empty_list_may_be_missing_beside_its_count(key, path, ask):
    empty: list[Any] = [{key: []}, {"numberOfHandsetsAssigned": 0}]
    for body in empty:
        assert raised(Webex({f"GET {path}": body}), ask) is None
    unreadable: list[Any] = [
        {"x": 1},
        {key: None},
        {"numberOfHandsetsAssigned": 2},
        [],
        {key: {}},
        {key: ["odd"]},
    ]
    for body in unreadable:
        assert isinstance(raised(Webex({f"GET {path}": body}), ask), Unavailable)


@pytest.mark.parametrize(("key", "path", "ask"), LISTS)
def test_a_list_with_a_row_that_cannot_be_read_does_not_show_what_is_there(key, path, ask):
    webex = Webex({f"GET {path}": {key: [{"id": "h1"}, "odd"]}})
    assert isinstance(raised(webex, ask), Unreadable)


@pytest.mark.parametrize(("key", "path", "ask"), LISTS[1:])
def test_a_list_of_a_network_that_is_gone_is_not_found(key, path, ask):
    gone = raised(Webex({}), ask)
    assert isinstance(gone, NotFound)
    assert gone.call.endswith(f"/{key}")


async def test_handsets_are_read_with_lines_and_registration():
    handset = {**HANDSET, "mac": "1357d4a1b492", "baseStationId": "b1", "primaryEnabled": "true"}
    webex = Webex({f"GET {NETWORK}/handsets": {"handsets": [handset]}})
    (read,) = await webex.dect.handsets(HALL)
    (line,) = read.lines
    assert (read.id, read.index, read.shown_name) == ("h1", "1", "Ann mobile")
    assert (read.mac, read.base_station_id, read.is_paired) == ("1357D4A1B492", "b1", True)
    assert (read.is_primary, read.access_code) == (True, SecretStr("0788"))
    assert (line.kind, line.name, line.extension) == (MemberKind.PERSON, "Ann Alder", "3459")
    assert (line.number, line.location, line.host_ip) == ("+14088571272", "Berlin", "10.0.0.45")
    assert line.last_registered == pytest.approx(1611229671.234)
    assert "0788" not in repr(read)


async def test_a_handset_that_has_not_been_paired_lacks_most():
    bare = {"id": None, "lines": [{"memberId": None}, "odd"], "customDisplayName": None}
    webex = Webex({f"GET {NETWORK}/handsets": {"handsets": [bare, {"lines": None}]}})
    first, second = await webex.dect.handsets(HALL)
    assert (first.id, first.is_paired, len(first.lines)) == ("", False, 2)
    assert (second.lines, second.access_code) == ((), None)


async def test_handsets_of_a_member_are_filtered_again_and_doubtful_ones_are_kept():
    others = {**LINE, "memberId": "p2"}
    padded = {**LINE, "memberId": LINE["memberId"] + "="}
    rows = [
        {"id": "h1", "lines": [padded]},
        {"id": "h2", "lines": [others]},
        {"id": "h3", "lines": [{"memberId": None}]},
    ]
    webex = Webex({f"GET {NETWORK}/handsets": {"handsets": rows}})
    member = LINE["memberId"]
    assert [each.id for each in await webex.dect.handsets(HALL, member_id=member)] == ["h1", "h3"]
    assert webex.asked[0].url.params["memberId"] == member


async def test_a_base_station_is_read_with_its_handsets():
    own = {"id": "h1", "displayName": "Ann mobile", "accessCode": "0788", "lines": [LINE]}
    detail = {"id": "b1", "mac": "abcd12555555", "handsets": [own]}
    row = {"id": "b1", "mac": "ABCD12555555", "numberOfLinesRegistered": 2}
    webex = Webex(
        {
            f"GET {NETWORK}/baseStations/b1": detail,
            f"GET {NETWORK}/baseStations": {"baseStations": [row]},
        }
    )
    (listed,) = await webex.dect.base_stations(HALL)
    station = await webex.dect.base_station(HALL, "b1")
    assert (listed.mac, listed.lines_registered, listed.handsets) == ("ABCD12555555", 2, None)
    assert station
    assert station.handsets
    assert (station.mac, station.handsets[0].shown_name) == ("ABCD12555555", "Ann mobile")


SINGLE = [
    (NETWORK, lambda dect: dect.network(HALL), lambda dect: dect.delete_network(HALL)),
    (
        f"{NETWORK}/baseStations/b1",
        lambda dect: dect.base_station(HALL, "b1"),
        lambda dect: dect.delete_base_station(HALL, "b1"),
    ),
    (
        f"{NETWORK}/handsets/h1",
        lambda dect: dect.handset(HALL, "h1"),
        lambda dect: dect.delete_handset(HALL, "h1"),
    ),
]


@pytest.mark.parametrize(("path", "read", "delete"), SINGLE)
async def test_what_is_gone_is_none_and_counts_as_deleted(path, read, delete):
    webex = Webex({})
    assert await read(webex.dect) is None
    await delete(webex.dect)
    assert [request.method for request in webex.asked] == ["GET", "DELETE", "GET"]


@pytest.mark.parametrize(("path", "read", "delete"), SINGLE)
def test_a_stray_404_does_not_mean_that_it_is_deleted(path, read, delete):
    webex = Webex({f"GET {path}": {"id": "x", "name": "Hall"}})
    assert isinstance(raised(webex, delete), NotFound)


@pytest.mark.parametrize(("path", "read", "delete"), SINGLE)
@pytest.mark.parametrize("answer", [500, 403, {}])
def test_a_404_that_cannot_be_checked_has_an_unknown_outcome(path, read, delete, answer):
    assert isinstance(raised(Webex({f"GET {path}": answer}), delete), OutcomeUnknown)


@pytest.mark.parametrize(("path", "read", "delete"), SINGLE)
def test_an_answer_without_an_id_does_not_mean_that_it_is_gone(path, read, delete):
    assert isinstance(raised(Webex({f"GET {path}": {}}), read), Unavailable)


async def test_members_are_searched_for_either_line():
    row = {"id": "v1", "firstName": "Store", "lastName": ".", "memberType": "VIRTUAL_LINE"}
    webex = Webex({"GET telephony/config/devices/availableMembers": {"members": [row]}})
    (member,) = await webex.dect.available_members(second_line=True, memberName="sto")
    await webex.dect.available_members(location_id="l1")
    assert (member.kind, member.name) == (MemberKind.VIRTUAL_LINE, "Store")
    second, first = (dict(request.url.params) for request in webex.asked)
    assert (second["usageType"], second["memberName"]) == ("SHARED_LINE", "sto")
    assert "excludeVirtualLine" not in second
    assert (first["usageType"], first["excludeVirtualLine"]) == ("DEVICE_OWNER", "true")
    assert first["locationId"] == "l1"


async def test_the_list_of_members_ends():
    rows = [{"id": f"p{number}"} for number in range(3_000)]
    webex = Webex({"GET telephony/config/devices/availableMembers": {"members": rows}})
    assert len(await webex.dect.available_members()) == MAX_MEMBERS


@pytest.mark.parametrize(("kind", "folder"), [("PEOPLE", "people"), ("PLACE", "workspaces")])
async def test_the_networks_of_an_owner_are_read(kind, folder):
    row = {"id": "n1", "name": "Hall", "numberOfHandsetsAssigned": 2}
    webex = Webex({f"GET telephony/config/{folder}/o1/dectNetworks": {"dectNetworks": [row]}})
    owner = Owner(kind=OwnerKind(kind), id="o1", name="")
    (network,) = await webex.dect.networks_of(owner)
    assert (network.id, network.name, network.handsets) == ("n1", "Hall", 2)


async def test_models_are_read_once():
    path = "telephony/config/devices/dectNetworks/supportedDevices"
    row = {"model": "DMS Cisco DBS110", "numberOfBaseStations": 1, "numberOfLinePorts": 30}
    webex = Webex({f"GET {path}": {"devices": [row]}})
    expected = DectModel(
        model="DMS Cisco DBS110", display_name="DMS Cisco DBS110", base_stations=1, lines=30
    )
    assert [await webex.dect.models() for _ in range(2)] == [[expected]] * 2
    assert len(webex.asked) == 1


ODD = "Hall\x1b]0;pwned\x07\u202e\u200b\x1b[31m\nB"


@pytest.mark.parametrize(
    ("path", "key", "ask"),
    [
        (f"{NETWORK}/handsets", "handsets", lambda dect: dect.handsets(HALL)),
        (f"{NETWORK}/baseStations", "baseStations", lambda dect: dect.base_stations(HALL)),
        ("telephony/config/devices/availableMembers", "members", lambda d: d.available_members()),
    ],
)
async def test_text_of_an_answer_cannot_control_a_terminal(path, key, ask):
    odd = {**dict.fromkeys([*LINE, *HANDSET, *ROW], ODD), "lines": [dict.fromkeys(LINE, ODD)]}
    shown = str(await ask(Webex({f"GET {path}": {key: [odd | {"mac": ODD}]}}).dect))
    assert "HALL" in shown.upper()
    assert not any(mark in shown for mark in ("\\x1b", "\\x07", "\\u202e", "\\u200b", "\\n"))
