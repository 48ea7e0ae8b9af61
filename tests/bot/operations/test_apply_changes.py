"""Let a phone fetch its configuration: what is shown before, and what cannot be asked for it."""

import pytest

from bot.core import api_calls
from bot.core.errors import Conflict, Forbidden, Unavailable, WebexError
from bot.core.models.webex import Device
from bot.domain import error_messages
from bot.domain.command_parser import Command
from bot.domain.lookup.unlisted_phones import NAME_THE_OWNER
from bot.domain.operation import Job, LookupInconclusive
from bot.operations import PARSER
from bot.operations.actions.apply_changes import WAITS
from bot.operations.apply_changes import (
    APPLY_CHANGES,
    FETCHES,
    IS_OFFLINE,
    MUST_BE_ONLINE,
    STATUS_UNTOLD,
)
from tests.bot.operations.forms import context, done, plan, problems
from tests.example_org import ANNS_PHONE, BOB
from tests.fake_calling import FakeCalling

MAC = "00:00:5E:00:53:01"
MAC_OF_9861 = "00005E0053A1"
INPUTS = {"device": MAC}
(ACTION,) = APPLY_CHANGES.actions


def parsed(text: str) -> Command:
    """The only command of a message."""
    (command,) = PARSER.parse_all(text)
    assert isinstance(command, Command)
    return command


def organization(**facts: object) -> FakeCalling:
    """An organization in which Ann's phone is changed by `facts`."""
    phone = ANNS_PHONE.model_copy(update={"calling_id": "calling-1"} | facts)
    return FakeCalling(held=[phone])


async def test_the_plan_says_what_happens_and_asks_nothing_yet():
    calling = organization()
    made = await plan(APPLY_CHANGES, INPUTS, context(calling))
    assert made.title == "Apply changes to the Cisco 8845 of Ann Alder"
    assert made.facts == (
        ("Device", "Ann Alder · Cisco 8845"),
        ("MAC", MAC),
        ("Location", "Berlin"),
    )
    assert made.context == (("Status", "online"),)
    assert made.warnings == (FETCHES,)
    path = "/telephony/config/devices/calling-1/actions/applyChanges/invoke"
    assert (made.first.call.method, made.first.call.path) == ("POST", path)
    assert (made.only_location, made.first.subject) == ("Berlin", "device:dev-1")
    assert calling.changes == 0
    assert "devices_of" not in calling.asked


async def test_the_phone_is_asked_once():
    calling = organization()
    ctx = context(calling)
    outcome = await done(APPLY_CHANGES, await plan(APPLY_CHANGES, INPUTS, ctx), ctx)
    assert calling.applied == ["calling-1"]
    assert outcome.title == "The Cisco 8845 of Ann Alder fetches its configuration"
    assert outcome.undo is None


@pytest.mark.parametrize(
    ("product", "status", "warnings"),
    [
        ("Cisco 8845", "disconnected", (IS_OFFLINE,)),
        ("Cisco 8845", "offline_expired", (IS_OFFLINE,)),
        ("Cisco 8845", "unknown", (FETCHES,)),
        ("Cisco 9861", "disconnected", (MUST_BE_ONLINE,)),
        ("Cisco 9861", "connected", (FETCHES,)),
        ("Cisco 9861", "unknown", (FETCHES, STATUS_UNTOLD)),
        ("Cisco 8845", "connected_with_issues", (FETCHES,)),
    ],
)
async def test_the_plan_says_what_to_do_with_a_phone_that_is_offline(product, status, warnings):
    calling = organization(product=product, status=status)
    assert (await plan(APPLY_CHANGES, INPUTS, context(calling))).warnings == warnings


@pytest.mark.parametrize("status", ["disconnected", "offline_expired"])
async def test_a_phone_that_is_offline_is_not_said_to_fetch_anything_yet(status):
    calling = organization(status=status)
    ctx = context(calling)
    outcome = await done(APPLY_CHANGES, await plan(APPLY_CHANGES, INPUTS, ctx), ctx)
    assert calling.applied == ["calling-1"]
    assert (
        outcome.title
        == "The Cisco 8845 of Ann Alder will fetch its configuration when it is online"
    )
    assert outcome.notes == (WAITS,)


class OwnerTells(FakeCalling):
    """The list of the owner's devices has the id for calling, the list of all has not."""

    async def devices(self, **filters: str) -> list[Device]:
        """Without the id."""
        listed = await super().devices(**filters)
        return [device.model_copy(update={"calling_id": ""}) for device in listed]


async def test_the_id_is_read_from_the_owners_devices_where_the_list_has_none():
    calling = OwnerTells(held=organization().held)
    made = await plan(APPLY_CHANGES, INPUTS, context(calling))
    assert made.first.details["calling_id"] == "calling-1"


def organization_with_a_9800(**facts: object) -> FakeCalling:
    """An organization in which only the list of its owner shows Bob's 9861."""
    phone = ANNS_PHONE.model_copy(
        update={
            "id": "calling-9",
            "calling_id": "calling-9",
            "product": "Cisco 9861",
            "mac": MAC_OF_9861,
            "name": "",
            "person_id": BOB.id,
            "status": "",
            "type": "",
            "location_id": None,
        }
        | facts
    )
    return FakeCalling(held=[ANNS_PHONE, phone], owned_only={phone.mac})


@pytest.mark.parametrize(
    "device",
    [
        "Bob Birch",
        "bob@example.com",
        "Bob Birch's 9861",
        f"{MAC_OF_9861} bob@example.com",
        f"{MAC_OF_9861} {BOB.key}",
    ],
)
async def test_a_9800_that_only_its_owner_lists_is_asked(device):
    calling = organization_with_a_9800()
    made = await plan(APPLY_CHANGES, {"device": device}, context(calling))
    assert made.title == "Apply changes to the Cisco 9861 of Bob Birch"
    assert made.first.details["calling_id"] == "calling-9"
    assert made.warnings == (FETCHES, STATUS_UNTOLD)
    assert made.only_location == BOB.location


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        (MAC_OF_9861, NAME_THE_OWNER),
        ("Bob Birch's 9841", "has no 9841 device"),
        (f"{MAC} bob@example.com", "Please use Control Hub for the Cisco 9861"),
    ],
)
async def test_another_phone_than_the_unlisted_one_is_not_asked(device, reason):
    calling = organization_with_a_9800()
    invalid = await problems(APPLY_CHANGES, {"device": device}, context(calling))
    assert reason in invalid.problems["device"]


async def test_an_unlisted_phone_without_an_id_for_calling_stays_for_control_hub():
    calling = organization_with_a_9800(calling_id="")
    invalid = await problems(APPLY_CHANGES, {"device": "Bob Birch"}, context(calling))
    assert "Please use Control Hub for the Cisco 9861" in invalid.problems["device"]


async def test_an_unlisted_phone_of_another_location_is_not_found():
    calling = organization_with_a_9800()
    invalid = await problems(APPLY_CHANGES, {"device": "Bob Birch"}, context(calling, "Berlin"))
    assert "I found no device" in invalid.problems["device"]


async def test_several_unlisted_phones_are_told_apart_by_their_owners_list():
    calling = organization_with_a_9800()
    second = calling.held[1].model_copy(update={"mac": "00005E0053A2", "calling_id": "calling-10"})
    calling.held.append(second)
    calling.owned_only.add(second.mac)
    invalid = await problems(APPLY_CHANGES, {"device": "Bob Birch"}, context(calling))
    chosen = invalid.choices["device"][1].value
    made = await plan(APPLY_CHANGES, {"device": chosen}, context(calling))
    assert made.first.details["calling_id"] == "calling-10"


async def test_an_owners_list_that_cannot_be_read_is_no_missing_phone():
    calling = OwnerTells(held=organization().held)
    calling.broken["devices_of"] = [Unavailable(503, "Away.")]
    with pytest.raises(Unavailable):
        await plan(APPLY_CHANGES, INPUTS, context(calling))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"type": "roomdesk"}, "is not a desk phone"),
        ({"type": "accessory"}, "is not a desk phone"),
        ({"managed_by": "CUSTOMER"}, "because the customer manages it"),
        ({"managed_by": "PARTNER"}, "because the customer manages it"),
        ({"calling_id": ""}, "Webex does not list the Cisco 8845 of Ann Alder"),
        ({"calling_id": "", "person_id": None}, "Webex does not list the Cisco 8845"),
    ],
)
async def test_what_cannot_fetch_its_configuration_is_refused(facts, reason):
    calling = organization(**facts)
    invalid = await problems(APPLY_CHANGES, INPUTS, context(calling))
    assert reason in invalid.problems["device"]
    assert calling.changes == 0


async def test_a_lost_answer_cannot_be_looked_up():
    ctx = context(organization())
    made = await plan(APPLY_CHANGES, INPUTS, ctx)
    with pytest.raises(LookupInconclusive, match="Doing it twice does no harm"):
        await ACTION.look_up(Job.only(made), ctx)


def test_nothing_takes_it_back():
    assert ACTION.without_undo == APPLY_CHANGES.without_undo
    assert "needs no undo" in ACTION.without_undo


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (WebexError(400, "Device is not online."), "must be online for it"),
        (Conflict(409, "No."), "must be online for it"),
        (Forbidden(403, "No."), "The scope spark-admin:telephony_config_write is missing"),
    ],
)
def test_a_refusal_says_what_to_do(error, told):
    error.call = api_calls.APPLY_CHANGES.call
    assert told in error_messages.for_person(error)
    assert "Nothing was changed" in error_messages.for_storage(error)


@pytest.mark.parametrize(
    "text",
    [
        f"apply changes to {MAC}",
        f"apply changes {MAC}",
        f"Please apply the new settings to {MAC}",
        f"resync {MAC}",
        f"resync the phone {MAC}",
        f"sync phone {MAC}",
        f"can you sync the phone {MAC}?",
        f"reload configuration of {MAC}",
        f"reload the configuration of the phone {MAC}",
        f"push the config to {MAC} please",
        f"update the config of {MAC}",
        f"fetch the configuration of {MAC}",
        f"let {MAC} fetch its configuration",
        f"can you let {MAC} fetch its new settings now?",
        f"get {MAC} to reload its config",
        f"Änderungen anwenden auf {MAC}",
        f"wende die Änderungen auf {MAC} an",
        f"synchronisiere das Telefon {MAC}",
        f"appliquer les modifications sur {MAC}",
        f"recharge la configuration du téléphone {MAC}",
        f"aplicar los cambios en {MAC}",
        f"sincroniza el teléfono {MAC}",
    ],
)
def test_it_is_understood_in_any_wording(text):
    command = parsed(text)
    assert (command.verb, MAC in command.args["device"]) == ("apply changes", True)


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("apply changes to Ann Alder", "Ann Alder"),
        ("apply changes to Lobby Berlin", "Lobby Berlin"),
        ("resync Ann Alder", "Ann Alder"),
        ("update the config of Ann's phone", "Ann's phone"),
        ("let Ann's phone fetch its configuration", "Ann's phone"),
        ("have Ann's phone reload its settings please", "Ann's phone"),
    ],
)
def test_the_phone_may_be_named_by_its_owner(text, device):
    assert parsed(text).args["device"] == device


def test_no_device_opens_the_form():
    assert parsed("apply changes") == Command("apply changes", {})


@pytest.mark.parametrize(
    "text",
    [
        f"don't apply changes to {MAC}",
        f"reboot {MAC}",
        f"restart phone {MAC}",
        "let me see Ann",
        "get a phone for Ann",
        "have a phone for Ann with new settings",
        "apply for a phone",
        f"add phone {MAC} 8845 for ann@example.com",
    ],
)
def test_other_wishes_stay_what_they_are(text):
    (command,) = PARSER.parse_all(text)
    assert getattr(command, "verb", "") != "apply changes"
