"""Every answer of the admin APIs fits the official contract, apart from known slips."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.ids import public_id
from sandbox.seed import key_for
from tests.sandbox import contract
from tests.sandbox.admin.admin_client import FREE_MAC, Api

CONTRACT = contract.load()
CONFIG = "/telephony/config"
DECT = f"{CONFIG}/locations/{{locationId}}/dectNetworks"


@dataclass(frozen=True)
class Call:
    """A call of the contract; `who` fills the ids of the path, in order, and of the body."""

    method: str
    template: str
    who: tuple[str, ...] = ()
    body: dict[str, Any] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    status: int = 200

    def __str__(self) -> str:
        values = [*self.who, *(f"{name}={value}" for name, value in self.query.items())]
        payload = [str(value) for value in (self.body or {}).values()]
        return " ".join((self.method, self.template, *values, *payload))


NETWORK = {
    "name": "Hall",
    "model": "Cisco DECT 110 Base",
    "defaultAccessCodeEnabled": True,
    "defaultAccessCode": "0042",
}
NETWORK_OF = ("Austin", "network")
BASES = f"{DECT}/{{dectNetworkId}}/baseStations"
HANDSETS = f"{DECT}/{{dectNetworkId}}/handsets"
PASSWORD = f"{DECT}/{{dectNetworkId}}/serviceabilityPassword"
HUGO = public_id("PEOPLE", key_for("account", "hugo@acme.example"))
HANDSET = {"line1MemberId": HUGO, "customDisplayName": "Mobile"}
PHONE = {"mac": FREE_MAC, "model": "DMS Cisco 8845"}

CALLS = [
    Call("GET", "/people", query={"callingData": "true"}),
    Call("GET", "/people/{personId}", ("bob",), query={"callingData": "true"}),
    Call("GET", "/people/{personId}", ("ada",)),
    Call("GET", "/devices", query={"start": 0}),
    Call("GET", "/devices", query={"start": 10}),
    Call("GET", "/devices/{deviceId}", ("device",)),
    Call("POST", "/devices", body=PHONE | {"personId": "bob"}),
    Call("POST", "/devices/activationCode", body={"personId": "bob", "model": "DMS Cisco 8845"}),
    Call("DELETE", "/devices/{deviceId}", ("device",), status=204),
    Call("GET", "/workspaces", query={"includeDevices": "true"}),
    Call("GET", "/workspaces/{workspaceId}", ("Lobby Berlin",)),
    Call("GET", "/locations"),
    Call("GET", "/licenses"),
    Call("GET", "/licenses/{licenseId}", ("licence",)),
    Call("GET", "/licenses/{licenseId}", ("licence",), query={"includeAssignedTo": "user"}),
    Call("GET", "/organizations"),
    Call("GET", "/authorizations/tokenExpiry"),
    Call("GET", f"{CONFIG}/supportedDevices"),
    Call("POST", f"{CONFIG}/devices/actions/validateMacs/invoke", body={"macs": [FREE_MAC]}),
    Call("POST", f"{CONFIG}/devices/actions/validateMacs/invoke", body={"macs": ["x", "x"]}),
    Call("GET", f"{CONFIG}/devices/dectNetworks/supportedDevices"),
    Call("GET", f"{CONFIG}/people/{{personId}}/devices", ("grace",)),
    Call("GET", f"{CONFIG}/people/{{personId}}/devices/count", ("frank",)),
    Call("GET", f"{CONFIG}/workspaces/{{workspaceId}}/devices", ("Lobby Berlin",)),
    Call("GET", f"{CONFIG}/dectNetworks"),
    Call("GET", f"{DECT}/{{dectNetworkId}}", ("Austin", "network")),
    Call("POST", DECT, ("Lyon",), body=NETWORK, status=201),
    Call("DELETE", f"{DECT}/{{dectNetworkId}}", ("Austin", "network"), status=204),
    Call("POST", BASES, NETWORK_OF, {"baseStationMacs": ["AA0000000001", "x"]}, status=201),
    Call("GET", BASES, NETWORK_OF),
    Call("DELETE", BASES, NETWORK_OF, status=204),
    Call("GET", f"{BASES}/{{baseStationId}}", (*NETWORK_OF, "base")),
    Call("DELETE", f"{BASES}/{{baseStationId}}", (*NETWORK_OF, "base"), status=204),
    Call("POST", HANDSETS, NETWORK_OF, HANDSET, status=201),
    Call("GET", HANDSETS, NETWORK_OF),
    Call("GET", f"{HANDSETS}/{{handsetId}}", (*NETWORK_OF, "handset")),
    Call("PUT", f"{HANDSETS}/{{handsetId}}", (*NETWORK_OF, "handset"), HANDSET, status=204),
    Call("DELETE", f"{HANDSETS}/{{handsetId}}", (*NETWORK_OF, "handset"), status=204),
    Call("DELETE", f"{HANDSETS}/", NETWORK_OF, {"handsetIds": [], "deleteAll": True}, status=204),
    Call("POST", f"{HANDSETS}/bulk", NETWORK_OF, {"items": [HANDSET]}, status=201),
    Call("POST", f"{HANDSETS}/bulk", NETWORK_OF, {"items": [HANDSET, {}]}, status=206),
    Call("GET", f"{CONFIG}/people/{{personId}}/dectNetworks", ("erin",)),
    Call("GET", f"{CONFIG}/workspaces/{{workspaceId}}/dectNetworks", ("Reception Austin",)),
    Call("GET", f"{CONFIG}/devices/availableMembers"),
    Call("POST", f"{PASSWORD}/actions/generate/invoke", NETWORK_OF, status=201),
    Call("GET", PASSWORD, NETWORK_OF),
    Call("PUT", PASSWORD, NETWORK_OF, {"enabled": True}, status=204),
]


async def _id(api: Api, name: str) -> str:
    if name == "device":
        return str((await api.device_by_mac("001122334455"))["id"])
    if name == "licence":
        return str((await api.get("/licenses"))["items"][0]["id"])
    if name == "network":
        return str((await api.get(f"{CONFIG}/dectNetworks"))["dectNetworks"][0]["id"])
    if name in PARTS:
        return await _id_of_part(api, PARTS[name])
    return api.location(name) if name in ("Austin", "Lyon") else api.id_of(name)


# The lists of the parts of a network.
PARTS = {"base": "baseStations", "handset": "handsets"}


async def _id_of_part(api: Api, name: str) -> str:
    where = f"{CONFIG}/locations/{api.location('Austin')}/dectNetworks/{await _id(api, 'network')}"
    return str((await api.get(f"{where}/{name}"))[name][0]["id"])


async def _path(api: Api, call: Call) -> str:
    parts = call.template.split("/")
    ids = iter([await _id(api, name) for name in call.who])
    return "/".join(next(ids) if part.startswith("{") else part for part in parts)


async def answered(api: Api, call: Call) -> Any:
    """Make the call; return the body of its answer, or None."""
    body = dict(call.body) if call.body is not None else None
    if body and "personId" in body:
        body["personId"] = api.id_of(body["personId"])
    path = await _path(api, call)
    response = await api.http.request(call.method, path, json=body, params=call.query)
    assert response.status_code == call.status, response.text
    return response.json() if response.content else None


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_answers_fit_the_contract(api, call):
    body = await answered(api, call)

    assert contract.complaints(CONTRACT, call.method, call.template, call.status, body) == []


async def test_a_location_has_the_shape_of_the_official_example(api):
    answers = CONTRACT["paths"]["/locations"]["get"]["responses"]
    (example,) = answers["200"]["content"]["application/json"]["example"]["items"]

    (location,) = (await api.get("/locations", name="Lyon"))["items"]

    assert location.keys() <= example.keys()
    assert location["address"].keys() <= example["address"].keys()
    assert type(location["latitude"]) is type(example["latitude"])


WRONG = [
    ({"totalDeviceCount": "1", "applicationsCount": 0}, "is not of type 'number'"),
    ({"totalDeviceCount": 1}, "'applicationsCount' is a required property"),
    ({"totalDeviceCount": 1, "applicationsCount": 0, "colour": 1}, "'colour' was unexpected"),
]


@pytest.mark.parametrize(("body", "complaint"), WRONG, ids=str)
def test_contract_violations_are_found(body, complaint):
    template = f"{CONFIG}/people/{{personId}}/devices/count"

    (matches,) = contract.complaints(CONTRACT, "GET", template, 200, body)

    assert complaint in matches
