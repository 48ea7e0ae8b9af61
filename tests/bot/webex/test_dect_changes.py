"""The changes of the DECT APIs: what is sent, and what came of it."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from pydantic import SecretStr

from bot.core.errors import (
    Conflict,
    NotFound,
    OutcomeUnknown,
    Unavailable,
)
from bot.core.models.dect import (
    HandsetSettings,
    NetworkChange,
)
from bot.webex.dect import DectApi
from tests.bot.webex.dect_answers import ANN, BOB, HALL, NETWORK, ROW, Webex, raised


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
