"""Whatever Webex answers, operations get a value or a WebexError: never another exception."""

import copy
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import OutcomeUnknown, Unavailable, WebexError
from bot.core.models.dect import HandsetSettings, NetworkRef
from bot.core.models.webex import Owner, OwnerKind
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken
from bot.webex.messaging import MessagesApi
from tests.bot.webex.organization import ANN, BASE, LICENCES, LOBBY
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

BOB = Owner(kind=OwnerKind.PERSON, id="p1", name="Bob")
DEVICE = {
    "id": "d1",
    "displayName": "Ann",
    "mac": "D82E3EEF4E5C",
    "tags": ["lobby"],
    "product": "8865",
    "personId": "p1",
    "locationId": "l1",
    "lastSeen": "2026-11-20T09:06:40Z",
}
SAID = {
    "id": "m1",
    "personId": "p1",
    "personEmail": "ann@example.com",
    "roomId": "r1",
    "text": "help",
    "created": "2026-11-20T09:06:40Z",
}
HALL = "telephony/config/locations/l1/dectNetworks/n1"
HALL_REF, ANNS = NetworkRef("l1", "n1"), HandsetSettings(line1="p1", display_name="Ann")
HANDSET = {
    "id": "h1",
    "index": "1",
    "customDisplayName": "Ann",
    "accessCode": "4788",
    "lines": [{"memberId": "p1", "memberType": "PEOPLE", "lastRegistrationTime": "1611229671234"}],
}
ANSWERS: dict[str, Any] = {
    "telephony/config/supportedDevices": {
        "devices": [
            {"model": "DMS Cisco 8865", "displayName": "Cisco 8865", "supportedFor": ["PEOPLE"]}
        ]
    },
    "locations": {"items": [{"id": "l1", "name": "Berlin", "timeZone": "Europe/Berlin"}]},
    "licenses": {"items": LICENCES},
    "licenses/lic-std": {"users": [{"id": "p1", "email": "ann@example.com"}]},
    "licenses/lic-pro": {"users": [], "consumedByUsers": 0},
    "licenses/lic-ws": {"consumedByUsers": 0},
    "people": {"items": [{"id": "p1", "type": "person"}]},
    "people/p1": ANN,
    "people/me": {"id": "me", "emails": ["bot@webex.bot"]},
    "workspaces": {"items": [LOBBY]},
    "workspaces/w1": LOBBY,
    "telephony/config/devices/actions/validateMacs/invoke": {
        "status": "ERRORS",
        "macStatus": [{"mac": "D82E3EEF4E5C", "state": "UNAVAILABLE", "message": "in use"}],
    },
    "devices": {"items": [DEVICE]},
    "devices/d1": DEVICE,
    "telephony/config/people/p1/devices": {
        "devices": [{"id": "d1", "model": "8865", "mac": "D82E3EEF4E5C"}],
        "maxDeviceCount": 5,
    },
    "telephony/config/devices/availableMembers": {
        "members": [
            {
                "id": "p1",
                "firstName": "Ann",
                "lastName": "Alder",
                "memberType": "PEOPLE",
                "extension": "1107",
                "location": {"id": "l1", "name": "Berlin"},
            }
        ]
    },
    "telephony/config/numbers": {"phoneNumbers": [{"extension": "1107", "owner": {"id": "p1"}}]},
    "telephony/config/dectNetworks": {
        "dectNetworks": [
            {"id": "n1", "name": "Hall", "location": {"id": "l1"}, "defaultAccessCode": "0123"}
        ]
    },
    f"{HALL}": {"id": "n1", "name": "Hall", "defaultAccessCodeEnabled": False},
    f"{HALL}/baseStations": {
        "baseStations": [{"id": "b1", "mac": "BBAFEC9A9027", "result": {"status": 201, "id": "b1"}}]
    },
    f"{HALL}/baseStations/b1": {"id": "b1", "mac": "BBAFEC9A9027", "handsets": [HANDSET]},
    f"{HALL}/handsets": {"handsets": [HANDSET]},
    f"{HALL}/handsets/h1": HANDSET,
    f"{HALL}/handsets/bulk": {
        "items": [
            {"customDisplayName": "Ann", "result": {"status": 400, "error": {"errorCode": 4516}}}
        ]
    },
    f"{HALL}/serviceabilityPassword": {"enabled": "true"},
    f"{HALL}/serviceabilityPassword/actions/generate/invoke": {"password": "rHNsu"},
    "telephony/config/people/p1/dectNetworks": {"dectNetworks": [{"id": "n1", "name": "Hall"}]},
    "telephony/config/devices/dectNetworks/supportedDevices": {
        "devices": [{"model": "DMS Cisco DBS110", "numberOfBaseStations": 1}]
    },
    "devices/activationCode": {
        "code": "5414011256173816",
        "expiryTime": "2026-12-22T09:06:40.100Z",
    },
    "telephony/config/locations/l1/dectNetworks": {"dectNetworkId": "n1"},
    "messages": {"id": "m9", "items": [SAID]},
    "messages/m1": SAID,
    "attachment/actions/a1": {
        "id": "a1",
        "personId": "p1",
        "roomId": "r1",
        "messageId": "m1",
        "inputs": {},
    },
    "rooms": {"items": [{"id": "r1", "type": "direct", "lastActivity": "2026-11-20T09:06:40Z"}]},
}


async def everything(pages: Any) -> list[Any]:
    """All items."""
    return [row async for row in pages]


MANY = ["ann@example.com", *(f"p{number}@example.com" for number in range(9))]
MACS = ["D82E3EEF4E5C", *(f"00005E0053{number:02}" for number in range(9))]
Question = Callable[[CallingApi, MessagesApi], Awaitable[Any]]
READS: dict[str, Question] = {
    "models": lambda calling, _: calling.models(),
    "locations": lambda calling, _: calling.locations(),
    "person": lambda calling, _: calling.person("ann@example.com"),
    "people_named": lambda calling, _: calling.people_named("ann"),
    "people_like": lambda calling, _: calling.people_like("ann"),
    "owners_like": lambda calling, _: calling.owners_like("ann"),
    "owners_at": lambda calling, _: calling.owners_at(extension="1107"),
    "first_owners": lambda calling, _: calling.first_owners(),
    "workspaces_named": lambda calling, _: calling.workspaces_named("lobby"),
    "owner": lambda calling, _: calling.owner("PEOPLE:p1"),
    "workspace": lambda calling, _: calling.owner("PLACE:w1"),
    "mac_state": lambda calling, _: calling.mac_state("D82E3EEF4E5C"),
    "mac_states": lambda calling, _: calling.mac_states(["D82E3EEF4E5C", "00005E005301"]),
    "directory": lambda calling, _: calling.directory(MANY, ["Lobby"]),
    "few of a directory": lambda calling, _: calling.directory(["ann@example.com"], ["Lobby"]),
    "devices_with_macs": lambda calling, _: calling.devices_with_macs(MACS),
    "devices": lambda calling, _: calling.devices(),
    "device": lambda calling, _: calling.device("d1"),
    "devices_of": lambda calling, _: calling.devices_of(BOB),
    "dect_networks": lambda calling, _: calling.dect.networks(),
    "dect_models": lambda calling, _: calling.dect.models(),
    "dect_network": lambda calling, _: calling.dect.network(HALL_REF),
    "networks_of": lambda calling, _: calling.dect.networks_of(BOB),
    "base_stations": lambda calling, _: calling.dect.base_stations(HALL_REF),
    "base_station": lambda calling, _: calling.dect.base_station(HALL_REF, "b1"),
    "handsets": lambda calling, _: calling.dect.handsets(HALL_REF, member_id="p1"),
    "handset": lambda calling, _: calling.dect.handset(HALL_REF, "h1"),
    "members": lambda calling, _: calling.dect.available_members(),
    "serviceability": lambda calling, _: calling.dect.has_serviceability_password(HALL_REF),
    "me": lambda _, messages: messages.me(),
    "who": lambda _, messages: messages.person("p1"),
    "message": lambda _, messages: messages.message("m1"),
    "action": lambda _, messages: messages.action("a1"),
    "rooms": lambda _, messages: everything(messages.rooms()),
    "said": lambda _, messages: everything(messages.in_room("r1", direct=True)),
}
CHANGES: dict[str, Question] = {
    "add_phone": lambda calling, _: calling.add_phone(
        {"mac": "D82E3EEF4E5C", "model": "x", **BOB.field}
    ),
    "activation_code": lambda calling, _: calling.activation_code({"model": "x", **BOB.field}),
    "create": lambda calling, _: calling.dect.create_network("l1", {}),
    "base stations": lambda calling, _: calling.dect.add_base_stations(HALL_REF, ["BBAFEC9A9027"]),
    "handsets in bulk": lambda calling, _: calling.dect.add_handsets(HALL_REF, [ANNS]),
    "serviceability password": lambda calling, _: calling.dect.new_serviceability_password(
        HALL_REF
    ),
    "post": lambda _, messages: messages.post(text="hello", room_id="r1"),
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "items"]) | st.text(max_size=4), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value: what holds it, and at which key."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(inside):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


@st.composite
def odd_answers(draw: st.DrawFn) -> dict[str, Any]:
    """Correct answers, except that a few values in them are replaced or missing."""
    answers = copy.deepcopy(ANSWERS)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(sorted(answers)))
        holder, key = (
            draw(st.sampled_from([(answers, path), *places(answers[path])]))
            if isinstance(answers[path], dict)
            else (answers, path)
        )
        if isinstance(holder, dict) and holder is not answers and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(ANY_JSON)
    return answers


def asked(answers: dict[str, Any], question: Question) -> tuple[Exception | None, int]:
    """How a question ends, and how many changing calls were sent meanwhile."""
    sent = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal sent
        path = request.url.path.removeprefix("/v1/")
        sent += request.method != "GET" and not path.endswith("validateMacs/invoke")
        return httpx.Response(200, json=answers[path])

    async def work() -> Exception | None:
        client = Client(fake_http(answer), BASE, FixedToken("token"))
        try:
            await question(CallingApi(client, Cache(lambda: 0.0), None), MessagesApi(client))
        except WebexError as problem:
            return problem
        return None

    return virtually(work)[0], sent


@pytest.mark.parametrize("name", READS)
@given(answers=odd_answers())
@settings(
    max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_no_answer_to_a_read_raises_another_exception(name, answers):
    problem, sent = asked(answers, READS[name])
    assert problem is None or isinstance(problem, Unavailable)
    assert not sent


@pytest.mark.parametrize("name", CHANGES)
@given(answer=ANY_JSON)
@settings(max_examples=60, derandomize=True, deadline=None)
def test_after_any_answer_a_change_is_made_or_unknown_and_sent_once(name, answer):
    problem, sent = asked(dict.fromkeys(ANSWERS, answer), CHANGES[name])
    assert problem is None or isinstance(problem, OutcomeUnknown)
    assert sent == 1


@pytest.mark.parametrize("name", [*READS, *CHANGES])
def test_answers_as_they_should_be_are_understood(name):
    assert asked(ANSWERS, {**READS, **CHANGES}[name])[0] is None
