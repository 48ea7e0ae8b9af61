"""Every read of every operation fails in every way.

A read that only leads to a warning never blocks the request, and no message is untrue.
"""

import asyncio
import re
from dataclasses import dataclass

import pytest

from bot.core import api_calls
from bot.core.errors import Invalid, Refused, WebexError
from bot.domain import error_messages
from bot.domain.forms import read_form
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.operations.activation_code import ACTIVATION_CODE
from bot.operations.activation_codes import ACTIVATION_CODES
from bot.operations.add_phone import ADD_PHONE
from bot.operations.add_phones import ADD_PHONES
from bot.operations.create_dect_network import CREATE_DECT_NETWORK
from bot.operations.delete_device import DELETE_DEVICE
from bot.operations.delete_devices import DELETE_DEVICES
from bot.operations.tag import TAG
from bot.operations.tag_devices import TAG_DEVICES
from bot.setup.scopes import lost_without, needed_for
from tests.bot.operations.broken import ANSWERS, DEVICE, MAC, SPOILT, Broken, Life, live
from tests.virtual_clock import virtually

MACS = "POST .*validateMacs/invoke"
ALWAYS = ("plan", "confirm", "run")
# What no failed read can know.
FALSE = (
    "has no Webex Calling licence",
    "has no model",
    "I found no",
    "There is no location",
    "not one of your locations",
    "know this any more",
    "conflicts with this",
    "does not exist",
    "check the spelling",
    "Something went wrong in provbot",
)


@dataclass(frozen=True)
class Case:
    """A command, one read of it, and the call by which it is recognized."""

    name: str
    operation: Operation
    inputs: dict[str, str]
    read: str
    warns: str = ""  # a part of the warning; empty: nothing is lost

    def __str__(self) -> str:
        return f"{self.name}: {self.read}"


FOR_PERSON = {"mac": MAC, "model": "8851", "owner": "olive@example.com"}
BY_NAME = FOR_PERSON | {"owner": "Olive Owner"}
IN_ROOM = FOR_PERSON | {"owner": "Lobby"}
CODE = {"model": "8851", "owner": "olive@example.com"}
NETWORK = {"location": "Berlin", "name": "Hall", "model": "DBS210"}
DELETE = {"device": "Olive Owner"}
TAGS = {"device": "Olive Owner", "tags": "+lobby"}
PHONE_ROWS = {"rows": f"{MAC} 8851 olive@example.com"}
CODE_ROWS = {"rows": "8851 olive@example.com"}
DEVICE_ROWS = {"rows": str(DEVICE["mac"])}
NAMED_ROWS = {"rows": "Olive Owner"}
TAG_ROWS = DEVICE_ROWS | {"tags": "+lobby"}
LICENCES = "check the owner's licence"
ALL_LICENCES = "check the licences of all people"
THEIR_LICENCES = "check the licences of all owners"
COUNTS = "check how many devices all owners have"
PLACES = "could not read the names of the locations"
PLACE = "could not read the name of the location"
COUNT = "I could not check how many devices the owner has"
FREE = "check whether the MAC address is free"
LIST = "check whether your organization can use this model"
OPTIONAL = [
    Case("add phone", ADD_PHONE, FOR_PERSON, "GET .*supportedDevices", LIST),
    Case("add phone", ADD_PHONE, FOR_PERSON, "GET locations", PLACE),
    Case("add phone", ADD_PHONE, FOR_PERSON, "GET licenses", LICENCES),
    Case("add phone", ADD_PHONE, FOR_PERSON, "GET people/p1", LICENCES),
    Case("add phone", ADD_PHONE, FOR_PERSON, MACS, FREE),
    Case("add phone", ADD_PHONE, FOR_PERSON, "GET telephony/config/people/p1/devices", COUNT),
    Case(
        "add phone by name",
        ADD_PHONE,
        BY_NAME,
        "GET workspaces",
        "I could search only people",
    ),
    Case("add phone by name", ADD_PHONE, BY_NAME, "GET people/p1", LICENCES),
    Case("in workspace", ADD_PHONE, IN_ROOM, "GET .*supportedDevices", LIST),
    Case("in workspace", ADD_PHONE, IN_ROOM, "GET locations", PLACE),
    Case("in workspace", ADD_PHONE, IN_ROOM, "GET licenses", LICENCES),
    Case("in workspace", ADD_PHONE, IN_ROOM, "GET people", "I could search only workspaces"),
    Case("in workspace", ADD_PHONE, IN_ROOM, "GET workspaces/w1"),
    Case("in workspace", ADD_PHONE, IN_ROOM, MACS, FREE),
    Case("in workspace", ADD_PHONE, IN_ROOM, "GET telephony/config/workspaces/w1/devices", COUNT),
    Case("activation code", ACTIVATION_CODE, CODE, "GET .*supportedDevices", LIST),
    Case("activation code", ACTIVATION_CODE, CODE, "GET locations", PLACE),
    Case("activation code", ACTIVATION_CODE, CODE, "GET licenses", LICENCES),
    Case("activation code", ACTIVATION_CODE, CODE, "GET people/p1", LICENCES),
    Case(
        "create dect network",
        CREATE_DECT_NETWORK,
        NETWORK,
        "GET .*dectNetworks",
        "already has a DECT network with this name",
    ),
    Case("delete device", DELETE_DEVICE, DELETE, "GET locations", PLACE),
    Case("delete device", DELETE_DEVICE, DELETE, "GET licenses", LICENCES),
    Case("delete device", DELETE_DEVICE, DELETE, "GET people/p1", "check who the owner is"),
    Case("tag", TAG, TAGS, "GET locations", PLACE),
    Case("add phones", ADD_PHONES, PHONE_ROWS, "GET .*supportedDevices", "use these models"),
    Case("add phones", ADD_PHONES, PHONE_ROWS, "GET locations", PLACES),
    Case("add phones", ADD_PHONES, PHONE_ROWS, "GET licenses", ALL_LICENCES),
    Case("add phones", ADD_PHONES, PHONE_ROWS, "GET people/p1", ALL_LICENCES),
    Case("add phones", ADD_PHONES, PHONE_ROWS, MACS, "whether all MAC addresses are free"),
    Case("add phones", ADD_PHONES, PHONE_ROWS, "GET telephony/config/people/p1/devices", COUNTS),
    Case("activation codes", ACTIVATION_CODES, CODE_ROWS, "GET licenses", ALL_LICENCES),
    Case("delete devices", DELETE_DEVICES, DEVICE_ROWS, "GET locations", PLACES),
    Case("delete devices", DELETE_DEVICES, DEVICE_ROWS, "GET licenses", THEIR_LICENCES),
    Case("delete devices", DELETE_DEVICES, DEVICE_ROWS, "GET people/p1", THEIR_LICENCES),
    Case("delete devices", DELETE_DEVICES, DEVICE_ROWS, "GET people"),
    Case("delete devices", DELETE_DEVICES, DEVICE_ROWS, "GET workspaces"),
    Case("tag devices", TAG_DEVICES, TAG_ROWS, "GET locations", PLACES),
]
NEEDED = [
    Case("add phone", ADD_PHONE, FOR_PERSON, "GET people"),
    Case("add phone by name", ADD_PHONE, BY_NAME, "GET people"),
    Case("in workspace", ADD_PHONE, IN_ROOM, "GET workspaces"),
    Case("activation code", ACTIVATION_CODE, CODE, "GET people"),
    Case("create dect network", CREATE_DECT_NETWORK, NETWORK, "GET locations"),
    Case(
        "with an access code",
        CREATE_DECT_NETWORK,
        NETWORK | {"access_code": "4711"},
        "GET .*dectNetworks",
    ),
    Case("delete device", DELETE_DEVICE, DELETE, "GET devices"),
    Case("tag", TAG, TAGS, "GET devices"),
    Case("tag", TAG, TAGS, "GET devices/d1"),
    Case("add phones", ADD_PHONES, PHONE_ROWS, "GET people"),
    Case("activation codes", ACTIVATION_CODES, CODE_ROWS, "GET people"),
    Case("delete devices", DELETE_DEVICES, DEVICE_ROWS, "GET devices"),
    Case("delete devices by name", DELETE_DEVICES, NAMED_ROWS, "GET devices"),
    Case("tag devices", TAG_DEVICES, TAG_ROWS, "GET devices"),
    Case("tag devices", TAG_DEVICES, TAG_ROWS, "GET devices/d1"),
]
# These are good answers of those reads: they say nothing of anything being in use, or gone.
FINE = {("GET people/p1", "words in it")}


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("case", OPTIONAL, ids=str)
def test_a_read_that_only_warns_never_blocks(case, kind):
    life = made(case, kind, ALWAYS)
    if case.warns and (case.read, kind) not in FINE:
        assert case.warns in " ".join(life.shown.warnings)


@pytest.mark.parametrize("steps", [("plan",), ("confirm",), ("run",)], ids=" ".join)
@pytest.mark.parametrize("kind", ["403", "404", "500", "{}", "no connection"])
@pytest.mark.parametrize("case", OPTIONAL, ids=str)
def test_a_warning_that_comes_or_goes_before_confirm_is_no_change(case, kind, steps):
    made(case, kind, steps)


def made(case: Case, kind: str, steps: tuple[str, ...]) -> Life:
    """The life of a request whose change is made, once, and of which nothing false is said."""
    broken = Broken(case.read, SPOILT[kind])

    async def living() -> Life:
        return await live(case.operation, case.inputs, broken, at=steps)

    life = virtually(living)[0]
    assert len(broken.changes) == 1
    assert life.shown.is_still(life.now)
    text = str(life)
    assert not any(part in text for part in FALSE)
    return life


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("case", NEEDED, ids=str)
def test_a_failed_required_read_refuses_the_request_and_is_named(case, kind):
    broken = Broken(case.read, SPOILT[kind])
    with pytest.raises((WebexError, Refused)) as caught:
        virtually(lambda: live(case.operation, case.inputs, broken))
    message = shown_message(caught.value)
    assert not any(part in message for part in FALSE), message
    assert broken.changes == []
    if kind == "403":
        assert "refused GET " in message
        assert "spark-admin:" in message


def shown_message(problem: Exception) -> str:
    """As people hear it."""
    if isinstance(problem, WebexError):
        return error_messages.for_person(problem)
    return " ".join(problem.problems.values()) if isinstance(problem, Invalid) else str(problem)


@pytest.mark.parametrize("case", [*OPTIONAL, *NEEDED], ids=str)
def test_a_slow_read_does_not_block_forever(case):
    broken = Broken(case.read, slow=12.0)
    life, _ = virtually(lambda: live(case.operation, case.inputs, broken))
    assert life.shown.is_still(life.now)
    assert life.shown.unread == {}
    assert len(broken.changes) == 1


@pytest.mark.parametrize("case", OPTIONAL, ids=str)
def test_a_read_that_recovers_leaves_no_warning(case):
    broken = Broken(case.read, SPOILT["403"])
    life, _ = virtually(lambda: live(case.operation, case.inputs, broken, at=("plan",)))
    assert bool(life.shown.unread) is bool(case.warns)
    assert life.now.unread == {}


@pytest.mark.parametrize("kind", ["403", "500", "{}", "html"])
@pytest.mark.parametrize("name", ["add phone", "delete device", "tag"])
def test_without_locations_a_role_for_a_location_is_refused(name, kind):
    case = next(case for case in OPTIONAL if case.name == name)
    broken = Broken("GET locations", SPOILT[kind])
    with pytest.raises(WebexError) as caught:
        virtually(lambda: live(case.operation, case.inputs, broken, places=("Berlin",)))
    message = shown_message(caught.value)
    assert not any(part in message for part in FALSE), message
    assert kind != "403" or "spark-admin:locations_read" in message
    assert broken.changes == []


def test_a_new_fact_still_counts():
    broken = Broken("GET (licenses|locations|.*supportedDevices)", SPOILT["500"])

    async def changed() -> tuple[Plan, Plan]:
        calling = broken.calling(asyncio.get_running_loop().time)
        plans = []
        for email in ("olive@example.com", "owen@example.com"):
            broken.answers["GET people/p1"] = ANSWERS["GET people/p1"] | {"displayName": email}
            ctx = Context(calling.uncached(), lambda _name: True)
            plans.append(await ADD_PHONE.plan(read_form(ADD_PHONE.form, FOR_PERSON), ctx))
        return plans[0], plans[1]

    shown, now = virtually(changed)[0]
    assert not shown.is_still(now)


def test_the_waits_of_forty_phones_do_not_add_up():
    broken = Broken("GET (licenses|locations|.*supportedDevices)", SPOILT["500"])

    async def forty() -> None:
        calling = broken.calling(asyncio.get_running_loop().time)
        for _ in range(40):
            await calling.person("olive@example.com")
            with pytest.raises(WebexError):
                await calling.models()

    _, seconds = virtually(forty)
    assert seconds < 20


@pytest.mark.parametrize("case", [*OPTIONAL, *NEEDED], ids=str)
def test_every_call_of_an_operation_is_declared(case):
    broken = Broken()
    virtually(lambda: live(case.operation, case.inputs, broken))
    templates = [call.call.replace("{id}", "[a-z][0-9]") for call in api_calls.CALLS]
    assert [
        name
        for name in broken.asked
        if not any(re.fullmatch(template, name) for template in templates)
    ] == []


def test_every_read_that_only_warns_says_what_is_missing():
    for call in api_calls.READS:
        assert call.without or needed_for([call])
        assert needed_for([call]) or lost_without([call])
