"""The DECT APIs: what is sent, how answers are read, and what a 404 means."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.core.errors import (
    Conflict,
    NotFound,
    OutcomeUnknown,
    Unavailable,
    Unreadable,
    WebexError,
)
from bot.core.models.dect import (
    DectModel,
    HandsetSettings,
    MemberKind,
    NetworkChange,
    NetworkRef,
)
from bot.core.models.webex import Owner, OwnerKind
from bot.webex.cache import Cache
from bot.webex.client import Client, FixedToken
from bot.webex.dect import MAX_MEMBERS, DectApi
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

BASE = "https://api.example.test/v1"
HALL = NetworkRef("l1", "n1")
NETWORK = "telephony/config/locations/l1/dectNetworks/n1"
ROW = {
    "id": "n1",
    "name": "Hall",
    "displayName": "Hall",
    "model": "DMS Cisco DBS210",
    "defaultAccessCodeEnabled": True,
    "defaultAccessCode": "0042",
    "numberOfBaseStations": 2,
    "numberOfHandsetsAssigned": 5,
    "numberOfLines": 7,
    "location": {"id": "l1", "name": "Berlin"},
}
LINE: dict[str, Any] = {
    "memberId": "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9jODhiZGIwNC1jZjU5LTRjMjMtODQ4OC00NTNhOTE3ZDFlMjk",
    "firstName": "Ann",
    "lastName": "Alder",
    "external": "+1 408 857-1272",
    "extension": "3459",
    "lastRegistrationTime": "1611229671234",
    "hostIP": "10.0.0.45",
    "location": {"id": "l1", "name": "Berlin"},
    "memberType": "PEOPLE",
}
HANDSET = {
    "id": "h1",
    "index": "1",
    "defaultDisplayName": "Ann",
    "customDisplayName": "Ann mobile",
    "accessCode": "0788",
    "lines": [LINE],
}
ANN = HandsetSettings(line1="p1", display_name="Ann")
BOB = HandsetSettings(line1="p2", line2="v1", display_name="Bob")


class Webex:
    """Answers by method and path: a body, a status, or what raises; keeps what it was asked."""

    def __init__(self, answers: dict[str, Any], status: int = 200) -> None:
        self.answers, self.status = answers, status
        self.asked: list[httpx.Request] = []
        client = Client(fake_http(self._answer), BASE, FixedToken("service"))
        self.dect = DectApi(client, Cache(lambda: 0.0), "org-1")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path.removeprefix("/v1/")
        answer = self.answers.get(f"{request.method} {path}", 404)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return httpx.Response(answer)
        return httpx.Response(self.status, json=answer, headers={"trackingid": "ROUTER_1"})

    @property
    def sent(self) -> tuple[str, str, Any]:
        """Method, path and body of the last call."""
        last = self.asked[-1]
        body = json.loads(last.content) if last.content else None
        return last.method, last.url.path.removeprefix("/v1/"), body


def raised(webex: Webex, ask: Callable[[DectApi], Awaitable[object]]) -> WebexError | None:
    """How a call ends, with all waits of its retries."""

    async def work() -> WebexError | None:
        try:
            await ask(webex.dect)
        except WebexError as problem:
            return problem
        return None

    return virtually(work)[0]


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


async def test_a_network_is_created_and_its_id_read():
    path = "telephony/config/locations/l1/dectNetworks"
    webex = Webex({f"POST {path}": {"dectNetworkId": "n1"}}, status=201)
    settings = {"name": "Hall", "defaultAccessCode": "0042"}
    assert await webex.dect.create_network("l1", settings) == "n1"
    assert webex.sent == ("POST", path, settings)


@pytest.mark.parametrize("answer", [{}, {"id": "n1"}, {"dectNetworkId": None}, 200, 204])
async def test_an_answer_without_a_network_has_an_unknown_outcome(answer):
    webex = Webex({"POST telephony/config/locations/l1/dectNetworks": answer})
    with pytest.raises(OutcomeUnknown):
        await webex.dect.create_network("l1", {"name": "Hall"})


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        (NetworkChange(name="Lager"), {"name": "Lager"}),
        (NetworkChange(display_name=""), {"displayName": ""}),
        (NetworkChange(access_code=SecretStr("0007")), {"defaultAccessCode": "0007"}),
        (
            NetworkChange(one_code_per_handset=True),
            {"defaultAccessCodeEnabled": False, "defaultAccessCode": ""},
        ),
    ],
)
async def test_a_change_of_a_network_keeps_the_rest(change, sent):
    webex = Webex({f"GET {NETWORK}": ROW, f"PUT {NETWORK}": 204})
    await webex.dect.update_network(HALL, change)
    kept = {
        "name": "Hall",
        "displayName": "Hall",
        "defaultAccessCodeEnabled": True,
        "defaultAccessCode": "0042",
    }
    assert webex.sent == ("PUT", NETWORK, kept | sent)


async def test_a_name_is_written_back_exactly_as_webex_has_it():
    webex = Webex({f"GET {NETWORK}": {**ROW, "displayName": "a  b"}, f"PUT {NETWORK}": 204})
    await webex.dect.update_network(HALL, NetworkChange(name="Lager"))
    assert webex.sent[2]["displayName"] == "a  b"


@pytest.mark.parametrize(
    "lacking",
    [{"defaultAccessCode": None}, {"defaultAccessCodeEnabled": None}, {"name": ""}],
)
def test_a_network_whose_settings_are_not_told_is_left_alone(lacking):
    webex = Webex({f"GET {NETWORK}": {**ROW, **lacking}, f"PUT {NETWORK}": 204})
    problem = raised(webex, lambda dect: dect.update_network(HALL, NetworkChange(name="X")))
    assert isinstance(problem, Unavailable)
    assert {request.method for request in webex.asked} == {"GET"}


def test_the_change_of_a_network_that_is_gone_is_not_found():
    problem = raised(Webex({}), lambda dect: dect.update_network(HALL, NetworkChange(name="X")))
    assert isinstance(problem, NotFound)


async def test_each_base_station_has_its_own_result():
    answer = {
        "baseStations": [
            {"mac": "bb:af:ec:9a:90:27", "result": {"status": 201, "id": "b1"}},
            {"mac": "6DDE9EBDE1C9", "result": {"status": 409}},
            {
                "mac": "6DDE9EBDE1CA",
                "result": {"status": "400", "error": {"message": "No.", "errorCode": 25220}},
            },
            {"mac": "6DDE9EBDE1CB", "result": {"status": 503}},
            {"mac": "6DDE9EBDE1CC", "result": None},
        ]
    }
    macs = ["BBAFEC9A9027", *(f"6DDE9EBDE1C{end}" for end in "9ABCD")]
    webex = Webex({f"POST {NETWORK}/baseStations": answer}, status=201)
    results = await webex.dect.add_base_stations(HALL, ["bb:af:ec:9a:90:27", *macs[1:]])
    assert webex.sent[2] == {"baseStationMacs": macs}
    assert [result.name for result in results] == macs
    added, taken, refused, *unknown = results
    assert (added.is_added, added.id) == (True, "b1")
    assert isinstance(taken.refusal, Conflict)
    assert refused.refusal
    assert (refused.refusal.message, refused.refusal.code) == ("No.", 25220)
    assert {taken.refusal.tracking_id, refused.refusal.tracking_id} == {"ROUTER_1"}
    assert [result.is_unknown for result in unknown] == [True, True, True]


@pytest.mark.parametrize("status", [201, 206])
async def test_handsets_are_added_in_bulk_with_a_result_for_each(status):
    message = "[Error 4516] Cannot assign user to device: {0} with line/Port: {1}"
    error = {"message": message, "trackingId": "OWN_2"}
    items = [
        {"customDisplayName": "Ann", "result": {"status": 200}},
        {"customDisplayName": "Bob", "result": {"status": 400, "error": error}},
    ]
    webex = Webex({f"POST {NETWORK}/handsets/bulk": {"items": items}}, status=status)
    ann, bob = await webex.dect.add_handsets(HALL, [ANN, BOB])
    assert webex.sent[2] == {
        "items": [
            {"line1MemberId": "p1", "customDisplayName": "Ann"},
            {"line1MemberId": "p2", "line2MemberId": "v1", "customDisplayName": "Bob"},
        ]
    }
    assert (ann.is_added, bob.is_added) == (True, False)
    assert bob.refusal
    assert bob.refusal.code == 4516
    assert bob.refusal.tracking_id == "OWN_2"
    assert bob.refusal.message == "[Error 4516] Cannot assign user to device with line/Port"


GOOD, BAD = {"status": 201}, {"status": 400, "error": "No."}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        # Names may be missing or differ in case; the place counts.
        ([{"result": GOOD}, {"customDisplayName": "bob", "result": BAD}], "added refused"),
        ([{"customDisplayName": "Bob", "result": BAD}, {"result": GOOD}], "unknown refused"),
        ([{"customDisplayName": "Bob", "result": GOOD}], "unknown added"),
        (
            [
                {"customDisplayName": "Bob", "result": GOOD},
                {"customDisplayName": "Ann", "result": BAD},
            ],
            "refused added",
        ),
        ([{"customDisplayName": "Ann", "result": GOOD}] * 3, "unknown unknown"),
        ([], "unknown unknown"),
        ([{"result": {"error": "No."}}, {"result": {"status": 404}}], "refused refused"),
        (["odd", {"customDisplayName": "Bob", "result": {"status": True}}], "unknown unknown"),
    ],
)
async def test_results_that_fit_no_handset_are_unknown(items, expected):
    webex = Webex({f"POST {NETWORK}/handsets/bulk": {"items": items}}, status=206)
    results = await webex.dect.add_handsets(HALL, [ANN, BOB])
    kinds = ["unknown" if r.is_unknown else "added" if r.is_added else "refused" for r in results]
    assert " ".join(kinds) == expected


WRITES: dict[str, tuple[str, Callable[[DectApi], Awaitable[object]]]] = {
    "base stations": (
        f"POST {NETWORK}/baseStations",
        lambda dect: dect.add_base_stations(HALL, ["BBAFEC9A9027"]),
    ),
    "bulk": (f"POST {NETWORK}/handsets/bulk", lambda dect: dect.add_handsets(HALL, [ANN])),
    "password": (
        f"POST {NETWORK}/serviceabilityPassword/actions/generate/invoke",
        lambda dect: dect.new_serviceability_password(HALL),
    ),
}
ALL_WRITES = WRITES | {
    "handset": (f"POST {NETWORK}/handsets", lambda dect: dect.add_handset(HALL, ANN)),
    "update": (f"PUT {NETWORK}/handsets/h1", lambda dect: dect.update_handset(HALL, "h1", ANN)),
    "delete": (f"DELETE {NETWORK}/handsets/h1", lambda dect: dect.delete_handset(HALL, "h1")),
    "delete some": (f"DELETE {NETWORK}/handsets", lambda dect: dect.delete_handsets(HALL, ["h1"])),
    "delete network": (f"DELETE {NETWORK}", lambda dect: dect.delete_network(HALL)),
    "switch": (
        f"PUT {NETWORK}/serviceabilityPassword",
        lambda dect: dect.switch_serviceability_password(HALL, enabled=True),
    ),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("answer", [204, {}, [], {"items": {}}, {"baseStations": None}])
def test_a_change_whose_answer_tells_nothing_has_an_unknown_outcome(name, answer):
    call, change = WRITES[name]
    webex = Webex({call: answer})
    assert isinstance(raised(webex, change), OutcomeUnknown)
    assert len(webex.asked) == 1


@pytest.mark.parametrize("name", ALL_WRITES)
@pytest.mark.parametrize("lost", [502, httpx.ReadTimeout("slow")])
def test_a_lost_answer_has_an_unknown_outcome_and_is_sent_once(name, lost):
    call, change = ALL_WRITES[name]
    webex = Webex({call: lost})
    problem = raised(webex, change)
    assert isinstance(problem, OutcomeUnknown)
    assert problem.call
    assert len(webex.asked) == 1


async def test_one_handset_is_added_without_an_answer():
    webex = Webex({f"POST {NETWORK}/handsets": 201})
    await webex.dect.add_handset(HALL, BOB.with_one_line)
    body = {"line1MemberId": "p2", "customDisplayName": "Bob"}
    assert webex.sent == ("POST", f"{NETWORK}/handsets", body)


async def test_a_handset_is_set_to_two_lines():
    webex = Webex({f"PUT {NETWORK}/handsets/h1": 204})
    await webex.dect.update_handset(HALL, "h1", BOB)
    body = {"line1MemberId": "p2", "line2MemberId": "v1", "customDisplayName": "Bob"}
    assert webex.sent == ("PUT", f"{NETWORK}/handsets/h1", body)


async def test_handsets_are_deleted_by_id_and_never_all():
    webex = Webex({f"DELETE {NETWORK}/handsets": 204})
    await webex.dect.delete_handsets(HALL, ["h1", "h2"])
    assert webex.sent == ("DELETE", f"{NETWORK}/handsets", {"handsetIds": ["h1", "h2"]})


@pytest.mark.parametrize(
    ("answer", "is_done"),
    [
        ({"handsets": []}, True),
        ({"handsets": [{"id": "h9"}]}, True),
        ({"handsets": [{"id": "h2"}]}, False),
        (404, True),  # the network is gone
        (503, False),
        ({}, False),
    ],
)
def test_deleted_handsets_that_are_not_found_are_looked_up(answer, is_done):
    webex = Webex({f"GET {NETWORK}/handsets": answer})
    problem = raised(webex, lambda dect: dect.delete_handsets(HALL, ["h1", "h2"]))
    assert isinstance(problem, NotFound) is not is_done


TOO_MANY = [f"00005E00{number:04}" for number in range(51)]


@pytest.mark.parametrize("things", [[], ["00005E005301", "00:00:5e:00:53:01"], TOO_MANY])
@pytest.mark.parametrize("what", ["stations", "handsets", "deletion"])
async def test_a_call_takes_one_to_fifty_different_things(what, things):
    webex = Webex({})
    dect = webex.dect
    bare = [mac.replace(":", "").upper() for mac in things]
    settings = [HandsetSettings(line1=mac, display_name="x") for mac in bare]
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "stations": lambda: dect.add_base_stations(HALL, things),
        "handsets": lambda: dect.add_handsets(HALL, settings),
        "deletion": lambda: dect.delete_handsets(HALL, bare),
    }
    with pytest.raises(ValueError, match="1 to 50"):
        await calls[what]()
    assert webex.asked == []


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


@pytest.mark.parametrize(("answer", "read"), [("true", True), (False, False)])
async def test_the_serviceability_password_is_switched_and_made(answer, read):
    password = f"{NETWORK}/serviceabilityPassword"
    webex = Webex(
        {
            f"GET {password}": {"enabled": answer},
            f"PUT {password}": 204,
            f"POST {password}/actions/generate/invoke": {"password": "?i@9$?F)iR?rHNsu"},
        }
    )
    assert await webex.dect.has_serviceability_password(HALL) is read
    await webex.dect.switch_serviceability_password(HALL, enabled=False)
    assert webex.sent == ("PUT", password, {"enabled": False})
    made = await webex.dect.new_serviceability_password(HALL)
    assert made.get_secret_value() == "?i@9$?F)iR?rHNsu"
    assert "rHNsu" not in repr(made)


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
