"""The admin APIs as operations see them: what is asked, and how tolerantly answers are read."""

import json
from typing import Any

import httpx
import pytest

from bot.core.errors import Conflict, Forbidden, NotFound, OutcomeUnknown, Unreadable
from bot.core.models.webex import Licence, Location, MacState, Owner, OwnerKind
from bot.webex.cache import Cache
from bot.webex.calling import IDS_LIFETIME, MODELS_LIFETIME, OWNERS_LIFETIME, CallingApi
from bot.webex.client import Client, FixedToken
from bot.webex.messaging import public_id
from tests.fake_http import fake_http

BASE = "https://api.example.test/v1"
ANN = {"id": "p1", "displayName": "Ann Alder", "emails": ["Ann@Example.com"], "locationId": "l1", "licenses": ["lic-msg", "lic-std"]}  # fmt: skip
LOBBY = {
    "id": "w1", "displayName": "Lobby", "locationId": "l1", "supportedDevices": "phones",
    "calling": {"type": "webexCalling", "webexCalling": {"licenses": ["lic-pro"]}},
}  # fmt: skip
LICENCES = [
    {"id": "lic-msg", "name": "Messaging"},
    {"id": "lic-std", "name": "Webex Calling - Standard"},
    {"id": "lic-pro", "name": "WEBEX CALLING - PROFESSIONAL (2026)"},
    {"id": "lic-ws", "name": "Webex Calling - Workspaces"},
]


OWNER = Owner(kind=OwnerKind.PERSON, id="p1", name="Ann Alder")


class Organization:
    """Answers by path; remembers what it was asked; has a clock."""

    def __init__(self, **answers: Any) -> None:
        self.now = 0.0
        self.asked: list[httpx.Request] = []
        self.refuses: dict[str, int] = {}  # statuses by method
        self.answers: dict[str, Any] = {
            "/locations": {"items": [{"id": "l1", "name": "Berlin", "timeZone": "Europe/Berlin"}]},
            "/licenses": {"items": LICENCES},
            "/people": {"items": [{"id": "p1", "type": "person"}]},
            "/people/p1": ANN,
            "/workspaces": {"items": [LOBBY]},
            "/workspaces/w1": LOBBY,
        } | {"/" + path.replace("__", "/"): answer for path, answer in answers.items()}  # fmt: skip
        client = Client(fake_http(self._answer), BASE, FixedToken("service"))
        self.calling = CallingApi(client, Cache(lambda: self.now), "org-1")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.method in self.refuses:
            return httpx.Response(self.refuses[request.method])
        answer = self.answers.get(request.url.path.removeprefix("/v1"), 404)
        if isinstance(answer, int):
            return httpx.Response(answer, json={"message": "No."} if answer >= 400 else None)
        return httpx.Response(200, json=answer)

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(request.url.path == f"/v1{path}" for request in self.asked)

    @property
    def body(self) -> Any:
        """What was sent last."""
        return json.loads(self.asked[-1].content)


async def test_a_person_is_looked_up_by_email_and_read_with_licence_and_location():
    org = Organization()
    assert await org.calling.person("ann@example.com") == Owner(
        kind=OwnerKind.PERSON, id="p1", name="Ann Alder", email="ann@example.com",
        location_id="l1", location="Berlin", licence=Licence.STANDARD,
    )  # fmt: skip
    first = org.asked[0].url.params
    assert (first["email"], first["callingData"], first["orgId"]) == ("ann@example.com", "true", "org-1")  # fmt: skip


async def test_who_had_an_email_lately_is_read_afresh_without_a_search():
    org = Organization()
    for calling in (org.calling, org.calling.uncached()):
        assert (await calling.person("Ann@example.com")) is not None
    assert (org.times("/people"), org.times("/people/p1")) == (1, 2)
    org.now += IDS_LIFETIME
    await org.calling.person("ann@example.com")
    assert org.times("/people") == 2


async def test_an_email_that_has_moved_on_is_searched_for_again():
    org = Organization(people__p2={**ANN, "id": "p2"})
    await org.calling.person("ann@example.com")
    org.answers["/people/p1"] = {**ANN, "emails": ["ann.old@example.com"]}
    org.answers["/people"] = {"items": [{"id": "p2", "type": "person"}]}
    found = await org.calling.uncached().person("ann@example.com")
    assert found
    assert found.id == "p2"


async def test_whoever_had_an_email_and_is_gone_is_searched_for_again():
    org = Organization()
    await org.calling.person("ann@example.com")
    org.answers["/people/p1"] = 404
    org.answers["/people"] = {"items": []}
    assert await org.calling.uncached().person("ann@example.com") is None


@pytest.mark.parametrize("record", [
    {"id": "p1"}, {"id": 4}, {"id": "p1", "displayName": "Ann Alder"}, {"id": "p1", "emails": ["ann@example.com"]},
    {"id": "p1", "displayName": None, "emails": []},
])  # fmt: skip
async def test_what_a_persons_own_record_lacks_is_taken_from_the_list(record):
    org = Organization(people={"items": [{**ANN, "type": "person"}]}, people__p1=record)
    for calling in (org.calling, org.calling.uncached()):
        owner = await calling.person("ann@example.com")
        assert owner
        assert (owner.email, owner.location) == ("ann@example.com", "Berlin")
        assert owner.described.endswith("(ann@example.com)")
        assert await calling.owner(owner.key) == owner


async def test_the_record_of_another_person_is_not_taken_for_theirs():
    asked, other = public_id("PEOPLE", "one"), public_id("PEOPLE", "other")
    listed = {**ANN, "id": asked, "type": "person"}
    org = Organization(people={"items": [listed]})
    org.answers[f"/people/{asked}"] = {
        "id": other,
        "displayName": "Bob",
        "emails": ["bob@example.com"],
    }
    owner = await org.calling.person("ann@example.com")
    assert owner
    assert (owner.id, owner.name, owner.email) == (asked, "Ann Alder", "ann@example.com")


@pytest.mark.parametrize("record", [
    {}, {"id": 4}, {"id": "w1"}, {"id": "w1", "displayName": ""}, {"id": "w1", "displayName": "Lobby"},
    {"id": "w1", "displayName": "Lobby", "locationId": None, "calling": None, "supportedDevices": None},
])  # fmt: skip
async def test_takes_what_a_workspace_record_lacks_from_the_list(record):
    collaboration = LOBBY | {"supportedDevices": "collaborationDevices"}
    org = Organization(workspaces={"items": [collaboration]}, workspaces__w1=record)
    (listed,) = await org.calling.workspaces_named("lobby")
    for calling in (org.calling, org.calling.uncached()):
        assert await calling.owner(listed.key) == listed
    org.answers["/workspaces/w1"] = 503
    assert await org.calling.owner(listed.key) == listed


@pytest.mark.parametrize(
    "record", [{}, {"id": "w1"}, {"id": "w1", "displayName": None}, {"displayName": "Lobby"}]
)
async def test_does_not_keep_a_workspace_without_name_or_id(record):
    org = Organization(workspaces__w1=record)
    for _ in range(2):
        with pytest.raises(Unreadable):
            await org.calling.owner("PLACE:w1")
    org.answers["/workspaces/w1"] = LOBBY
    owner = await org.calling.owner("PLACE:w1")
    assert owner
    assert owner.described == "Lobby (workspace)"


async def test_refuses_the_record_of_another_workspace():
    asked, other = public_id("PLACE", "one"), public_id("PLACE", "other")
    org = Organization(workspaces={"items": [LOBBY | {"id": asked}]})
    org.answers[f"/workspaces/{asked}"] = LOBBY | {"id": other, "displayName": "Vault"}
    with pytest.raises(Unreadable):
        await org.calling.owner(f"PLACE:{asked}")
    (listed,) = await org.calling.workspaces_named("lobby")
    assert await org.calling.owner(f"PLACE:{asked}") == listed
    assert (listed.id, listed.name) == (asked, "Lobby")


async def test_nobody_of_that_email_is_nobody():
    assert await Organization(people={"items": []}).calling.person("x@example.com") is None


@pytest.mark.parametrize(
    ("held", "licence"),
    [
        ([], Licence.NONE),
        (["lic-msg"], Licence.NONE),
        (["gone"], Licence.UNKNOWN),  # a licence without a name may be one for calling
        (["lic-std"], Licence.STANDARD),
        (["lic-pro"], Licence.PROFESSIONAL),
        (["lic-std", "lic-pro"], Licence.PROFESSIONAL),
        (["lic-ws"], Licence.OTHER),
        (None, Licence.UNKNOWN),
        ("odd", Licence.UNKNOWN),
    ],
)
async def test_a_licence_is_known_by_a_part_of_its_name(held, licence):
    owner = await Organization(people__p1=ANN | {"licenses": held}).calling.owner("PEOPLE:p1")
    assert owner
    assert owner.licence is licence


async def test_licences_that_may_not_be_read_are_unknown():
    owner = await Organization(licenses=403).calling.owner("PEOPLE:p1")
    assert owner
    assert owner.licence is Licence.UNKNOWN


@pytest.mark.parametrize("key", ["PEOPLE:p1", "PLACE:w1"])
async def test_an_owner_is_found_by_key(key):
    owner = await Organization().calling.owner(key)
    assert owner
    assert owner.key == key


@pytest.mark.parametrize("key", ["PEOPLE:gone", "PLACE:gone"])
async def test_an_owner_who_is_gone_is_nobody(key):
    assert await Organization().calling.owner(key) is None


async def test_names_are_looked_for_among_people_and_workspaces_and_filtered_again():
    other = LOBBY | {"id": "w2", "displayName": "Warehouse"}
    org = Organization(workspaces={"items": [LOBBY, other]}, people={"items": [{"id": "p1", "type": "person"}, {"id": "b1", "type": "bot"}]})  # fmt: skip
    assert [one.id for one in await org.calling.workspaces_named("lob")] == ["w1"]
    assert [one.id for one in await org.calling.people_named("lob")] == ["p1"]


async def test_a_workspace_is_read_with_calling_and_kind_of_devices():
    odd = {"id": "w1", "displayName": "Board", "supportedDevices": "collaborationDevices"}
    owner = await Organization(workspaces__w1=odd).calling.owner("PLACE:w1")
    assert owner
    assert (owner.takes_phones, owner.calling_type, owner.location, owner.licence) == (False, "", "", Licence.NONE)  # fmt: skip
    lobby = await Organization().calling.owner("PLACE:w1")
    assert lobby
    assert (lobby.takes_phones, lobby.calling_type, lobby.licence) == (True, "webexCalling", Licence.PROFESSIONAL)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "available"),
    [
        ({"status": "OK"}, True),
        ({"status": "OK", "macStatus": []}, True),
        ({"macStatus": None}, True),
        ({"macStatus": [{"mac": "D82E3EEF4E5C", "state": "AVAILABLE"}]}, True),
        ({"macStatus": [{"mac": "00005E005301", "state": "UNAVAILABLE"}]}, True),
        ({"macStatus": [{"mac": "d8:2e:3e:ef:4e:5c", "state": "UNAVAILABLE", "message": "In use."}]}, False),
        ({"macStatus": [{"mac": "D82E3EEF4E5C", "state": "INVALID"}]}, False),
        ({"macStatus": [{"mac": "D82E3EEF4E5C", "state": "SOMETHING_NEW"}]}, False),
    ],
)  # fmt: skip
async def test_a_mac_is_free_unless_it_is_listed(body, available):
    org = Organization(telephony__config__devices__actions__validateMacs__invoke=body)
    assert (await org.calling.mac_state("D82E3EEF4E5C")).available is available
    assert org.body == {"macs": ["D82E3EEF4E5C"]}


async def test_webexs_words_about_a_mac_are_kept():
    row = {"mac": "D82E3EEF4E5C", "state": "UNAVAILABLE", "message": "In use."}
    org = Organization(telephony__config__devices__actions__validateMacs__invoke={"macStatus": [row]})  # fmt: skip
    assert await org.calling.mac_state("D82E3EEF4E5C") == MacState(available=False, words="In use.")


@pytest.mark.parametrize(("key", "field"), [("PEOPLE:p1", "personId"), ("PLACE:w1", "workspaceId")])
@pytest.mark.parametrize("password", [None, "hunter2"])
async def test_a_phone_is_added_for_one_owner_in_this_organization(key, field, password):
    org = Organization(devices={"id": "d1", "mac": "D82E3EEF4E5C"})
    owner = await org.calling.owner(key)
    assert owner
    device = await org.calling.add_phone(mac="D82E3EEF4E5C", model="M", owner=owner, password=password)  # fmt: skip
    assert device
    assert device.id == "d1"
    assert org.asked[-1].url.params["orgId"] == "org-1"
    sent = {"mac": "D82E3EEF4E5C", "model": "M", field: key.partition(":")[2]}
    assert org.body == sent | ({"password": password} if password else {})


async def test_the_empty_answer_of_the_9800_series_is_no_device():
    org = Organization(devices=204)
    owner = await org.calling.owner("PEOPLE:p1")
    assert owner
    assert await org.calling.add_phone(mac="x", model="M", owner=owner, password=None) is None


async def test_an_owners_devices_and_how_many_are_allowed():
    body = {"devices": [{"id": "c1", "model": "M", "mac": "D82E3EEF4E5C"}, "odd", {}], "maxDeviceCount": 5}  # fmt: skip
    org = Organization(telephony__config__workspaces__w1__devices=body)
    owner = await org.calling.owner("PLACE:w1")
    assert owner
    found = await org.calling.devices_of(owner)
    assert ([device.mac for device in found.devices], found.most) == (["D82E3EEF4E5C", ""], 5)


async def test_a_device_with_half_its_fields_is_still_one():
    odd = {"items": [{"id": "d1", "displayName": None, "tags": None, "connectionStatus": "brand_new"}]}  # fmt: skip
    (device,) = await Organization(devices=odd).calling.devices(mac="x")
    assert (device.name, device.tags, device.status) == ("", (), "brand_new")


async def test_models_are_read_as_they_are():
    rows = [
        {"model": "DMS Cisco 8845", "displayName": "Cisco 8845", "type": "MPP", "supportedFor": ["PEOPLE"], "onboardingMethod": ["MAC_ADDRESS"]},
        {"model": "Bare"},
        {"displayName": "no model"},
    ]  # fmt: skip
    org = Organization(telephony__config__supportedDevices={"devices": rows})
    first, bare = await org.calling.models()
    assert (set(first.supported_for), set(first.onboarding)) == ({"PEOPLE"}, {"MAC_ADDRESS"})
    # Where it is not said whom a model is for, Webex decides; without a method nothing is offered.
    assert (set(bare.supported_for), set(bare.onboarding)) == ({"PEOPLE", "PLACE"}, set())
    assert bare.display_name == "Bare"


async def test_a_dect_network_is_created_and_its_id_read():
    org = Organization(telephony__config__locations__l1__dectNetworks={"dectNetworkId": "n1"})
    settings = {"name": "Hall", "defaultAccessCode": "0042"}
    assert await org.calling.create_dect_network("l1", settings) == "n1"
    assert org.body == settings


@pytest.mark.parametrize(("code", "read"), [("0042", "0042"), (1234, "1234"), (None, None)])
async def test_an_access_code_is_text_however_it_comes(code, read):
    row = {"id": "n1", "name": "Hall", "defaultAccessCode": code, "location": {"id": "l1"}}
    org = Organization(telephony__config__dectNetworks={"dectNetworks": [row]})
    (network,) = await org.calling.dect_networks(location_id="l1")
    assert (network.access_code, network.location_id) == (read, "l1")


async def test_answers_are_kept_for_their_time():
    org = Organization(telephony__config__supportedDevices={"devices": []})
    for _ in range(3):
        await org.calling.models()
        await org.calling.owner("PEOPLE:p1")
    assert (org.times("/telephony/config/supportedDevices"), org.times("/people/p1")) == (1, 1)
    org.now += OWNERS_LIFETIME
    await org.calling.owner("PEOPLE:p1")
    org.now += MODELS_LIFETIME
    await org.calling.models()
    assert (org.times("/telephony/config/supportedDevices"), org.times("/people/p1")) == (2, 2)


async def test_who_wants_it_fresh_asks_about_the_owner_again():
    org = Organization()
    await org.calling.owner("PEOPLE:p1")
    org.answers["/people/p1"] = ANN | {"licenses": ["lic-pro"]}
    kept, fresh = (
        await org.calling.owner("PEOPLE:p1"),
        await org.calling.uncached().owner("PEOPLE:p1"),
    )
    assert kept
    assert fresh
    assert (kept.licence, fresh.licence) == (Licence.STANDARD, Licence.PROFESSIONAL)


async def test_other_refusals_pass_through():
    with pytest.raises(Forbidden):
        await Organization(locations=403).calling.locations()


async def test_locations_without_a_time_zone_live_by_utc():
    org = Organization(locations={"items": [{"id": "l9", "name": "X"}]})
    assert await org.calling.locations() == [Location(id="l9", name="X", time_zone="UTC")]


ROW = {
    "id": "d1", "displayName": "Ann Alder", "product": "Cisco 8845", "mac": "00:00:5E:00:53:01",
    "personId": "p1", "locationId": "l1", "connectionStatus": "connected", "tags": ["a", 7],
}  # fmt: skip


async def test_a_device_is_read_by_id_in_this_organization():
    org = Organization(devices__d1=ROW)
    device = await org.calling.device("d1")
    assert device
    assert (device.id, device.name, device.mac, device.tags) == ("d1", "Ann Alder", ROW["mac"], ("a", "7"))  # fmt: skip
    assert str(org.asked[-1].url) == f"{BASE}/devices/d1?orgId=org-1"


async def test_a_device_that_is_gone_is_none():
    assert await Organization().calling.device("d1") is None


async def test_a_device_is_read_anew_each_time():
    org = Organization(devices__d1=ROW)
    await org.calling.device("d1")
    await org.calling.device("d1")
    assert org.times("/devices/d1") == 2


@pytest.mark.parametrize("answer", [{}, 204, 404])
async def test_a_device_is_deleted_once_or_was_gone_already(answer):
    org = Organization(devices__d1=answer)
    await org.calling.delete_device("d1")
    request = org.asked[0]
    assert len(org.asked) == (2 if answer == 404 else 1)  # a 404 is looked after
    assert (request.method, str(request.url)) == ("DELETE", f"{BASE}/devices/d1?orgId=org-1")
    assert request.content == b""


async def test_a_stray_404_does_not_tell_that_a_device_is_gone():
    org = Organization(devices__d1=ROW)
    org.refuses = {"DELETE": 404}
    with pytest.raises(NotFound):
        await org.calling.delete_device("d1")


@pytest.mark.parametrize("answer", [{}, {"mac": "00005E005301"}, 200, 204])
async def test_an_answer_that_names_no_device_tells_of_none(answer):
    org = Organization(devices=answer)
    added = await org.calling.add_phone(mac="00005E005301", model="M", owner=OWNER, password=None)
    assert added is None


@pytest.mark.parametrize("answer", [{}, {"id": "n1"}, {"dectNetworkId": None}, 200, 204])
async def test_after_an_answer_without_a_network_nobody_knows_whether_it_was_created(answer):
    org = Organization(telephony__config__locations__l1__dectNetworks=answer)
    with pytest.raises(OutcomeUnknown):
        await org.calling.create_dect_network("l1", {"name": "Hall"})


@pytest.mark.parametrize(("status", "problem"), [(403, Forbidden), (409, Conflict), (500, OutcomeUnknown)])  # fmt: skip
async def test_a_device_that_may_not_be_deleted_is_told(status, problem):
    with pytest.raises(problem):
        await Organization(devices__d1=status).calling.delete_device("d1")


@pytest.mark.parametrize("op", ["add", "replace"])
async def test_tags_are_changed_by_one_json_patch(op):
    org = Organization(devices__d1=ROW | {"tags": ["b"]})
    await getattr(org.calling, f"{op}_tags")("d1", ("b",))
    (request,) = org.asked
    assert (request.method, str(request.url)) == ("PATCH", f"{BASE}/devices/d1?orgId=org-1")
    assert request.headers["content-type"] == "application/json-patch+json"
    assert org.body == {"op": op, "path": "tags", "value": ["b"]}


async def test_no_tags_at_all_can_be_set():
    org = Organization(devices__d1=ROW | {"tags": []})
    await org.calling.replace_tags("d1", ())
    assert org.body["value"] == []


@pytest.mark.parametrize(("status", "problem"), [(404, NotFound), (409, Conflict), (502, OutcomeUnknown)])  # fmt: skip
async def test_tags_that_are_refused_are_told_and_not_sent_again(status, problem):
    org = Organization(devices__d1=status)
    with pytest.raises(problem):
        await org.calling.replace_tags("d1", ("b",))
    assert org.times("/devices/d1") == 1


ODD = "Hall\x1b]0;pwned\x07\u202e\u200b\x1b[31m\nB"


@pytest.mark.parametrize(
    ("answers", "ask"),
    [
        ({"locations": {"items": [{"id": "l1", "name": ODD, "timeZone": ODD}]}}, lambda c: c.locations()),
        ({"telephony__config__supportedDevices": {"devices": [
            {"model": ODD, "displayName": ODD, "type": ODD, "manufacturer": ODD, "managedBy": ODD}
        ]}}, lambda c: c.models()),
        ({"telephony__config__dectNetworks": {"dectNetworks": [
            {"id": "n1", "name": ODD, "displayName": ODD, "model": ODD}
        ]}}, lambda c: c.dect_networks()),
        ({"devices": {"items": [{
            "id": "d1", "displayName": ODD, "product": ODD, "mac": ODD, "serial": ODD, "connectionStatus": ODD,
            "tags": [ODD], "type": ODD, "ip": ODD, "software": ODD, "lastSeen": ODD,
        }]}}, lambda c: c.devices()),
        ({"telephony__config__people__p1__devices": {"devices": [{"id": "d1", "model": ODD, "mac": ODD}]}},
         lambda c: c.devices_of(Owner(kind=OwnerKind.PERSON, id="p1", name=""))),
        ({"people__p1": ANN | {"displayName": ODD, "emails": [ODD]}}, lambda c: c.owner("PEOPLE:p1")),
        ({"workspaces__w1": LOBBY | {"displayName": ODD, "calling": {"type": ODD}}}, lambda c: c.owner("PLACE:w1")),
        ({"telephony__config__devices__actions__validateMacs__invoke": {"macStatus": [
            {"mac": "D82E3EEF4E5C", "state": "INVALID", "message": ODD}
        ]}}, lambda c: c.mac_state("D82E3EEF4E5C")),
    ],
    ids=["locations", "models", "dect networks", "devices", "owned devices", "person", "workspace", "mac"],
)  # fmt: skip
async def test_what_is_shown_of_an_answer_cannot_steer_a_terminal(answers, ask):
    shown = str(await ask(Organization(**answers).calling))
    assert "Hall" in shown or "hall" in shown
    assert not {"\x1b", "\x07", "\u202e", "\u200b", "\n"} & set(shown)
    assert not any(mark in shown for mark in ("\\x1b", "\\x07", "\\u202e", "\\u200b", "\\n"))
