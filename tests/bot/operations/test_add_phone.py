"""Add a desk phone by MAC, for a person or a workspace."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.core.errors import Conflict, NotFound, OutcomeUnknown
from bot.core.models.webex import Device, OwnedDevices, Owner
from bot.domain.operation import Job, LookupInconclusive
from bot.domain.plan import Plan
from bot.domain.unsupported import GAPS, Feature
from bot.operations.add_phone import ADD_PHONE
from tests.bot.operations.forms import context, plan, problems
from tests.example_org import (
    ANN,
    ANNS_PHONE,
    BOB,
    FOREIGN_MAC,
    FREE_MAC,
    LOBBY,
    SOUTHS_PHONE,
    THIRD_PARTY,
)
from tests.fake_calling import FakeCalling, LostAfter, lost

GOOD = {"mac": "d82e.3eef.4e5c", "model": "8865", "owner": "ann@example.com"}


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def planned(calling: FakeCalling, **changes: str) -> Plan:
    """The plan for good inputs, with these changes."""
    return await plan(ADD_PHONE, GOOD | changes, context(calling))


async def test_the_plan_describes_the_change_and_makes_none(calling):
    made = await planned(calling)
    assert made.title == "Add a Cisco 8865 for Ann Alder"
    assert dict(made.facts) == {
        "Phone": "Cisco 8865", "MAC": "D8:2E:3E:EF:4E:5C",
        "For": "Ann Alder (ann@example.com)", "Location": "Berlin", "Password": "",
    }  # fmt: skip
    assert made.warnings == ()
    assert (made.only_location, made.first.subject, made.needs) == ("Berlin", ANN.key, ())
    (step,) = made.steps
    assert (step.call.method, step.call.path) == ("POST", "/devices")
    assert step.call.body == {"mac": FREE_MAC, "model": "DMS Cisco 8865", "personId": ANN.id}
    assert calling.changes == 0


class OneNeedsTheOther(FakeCalling):
    """Tells of a person only once their phones were asked for."""

    asked_for: asyncio.Event

    async def person(self, email: str) -> Owner | None:
        """Later."""
        async with asyncio.timeout(5):
            await self.asked_for.wait()
        return await super().person(email)

    async def devices_of(self, owner: Owner) -> OwnedDevices:
        """The one that comes first."""
        self.asked_for.set()
        return await super().devices_of(owner)


async def test_the_facts_of_a_plan_are_read_again_concurrently():
    calling = OneNeedsTheOther()
    calling.asked_for = asyncio.Event()
    calling.asked_for.set()
    shown = await planned(calling)
    calling.asked_for.clear()
    again = await plan(ADD_PHONE, GOOD, replace(context(calling), shown=shown))
    assert again == shown
    assert calling.asked.count("devices_of") == 2


async def test_another_owner_with_the_email_is_read_as_well(calling):
    calling.most = 1  # Ann has one phone, Bob none
    shown = await planned(calling)
    calling.owners = [BOB.model_copy(update={"email": ANN.email})]
    again = await plan(ADD_PHONE, GOOD, replace(context(calling), shown=shown))
    full = [
        "already has 1 of 1 allowed devices" in str(version.warnings) for version in (shown, again)
    ]
    assert full == [True, False]
    assert again.first.details["owner"] == BOB.key


async def test_a_deleted_owner_is_reported(calling):
    shown = await planned(calling)
    calling.owners.remove(ANN)
    calling.broken["devices_of"] = [NotFound(404, "There is no such person.")]
    refusal = await problems(ADD_PHONE, GOOD, replace(context(calling), shown=shown))
    assert list(refusal.problems) == ["owner"]


async def test_a_workspace_is_named_by_its_own_field_alone(calling):
    made = await planned(calling, owner="Lobby")
    assert made.first.call.body == {
        "mac": FREE_MAC,
        "model": "DMS Cisco 8865",
        "workspaceId": LOBBY.id,
    }


async def test_running_the_plan_adds_exactly_that_phone(calling):
    outcome = await ADD_PHONE.actions[0].run(Job.only(await planned(calling)), {}, context(calling))
    assert outcome.title == "Cisco 8865 D8:2E:3E:EF:4E:5C now belongs to Ann Alder"
    phone = calling.phone(FREE_MAC)
    assert phone
    assert (phone.person_id, phone.workspace_id, phone.product) == (ANN.id, None, "Cisco 8865")
    assert calling.changes == 1
    assert (outcome.again, outcome.again_title) == ("add phone", "Add another")


@pytest.mark.parametrize("mac", ["D8:2E:3E:EF:4E:5C", "MAC: d82e3eef4e5c", "d8-2e-3e-ef-4e-5c"])
async def test_the_mac_goes_out_as_twelve_upper_case_digits(calling, mac):
    assert (await planned(calling, mac=mac)).first.call.body["mac"] == FREE_MAC


async def test_a_mac_in_use_names_its_owner(calling):
    inputs = GOOD | {"mac": ANNS_PHONE.mac, "owner": "Lobby"}
    refusal = await problems(ADD_PHONE, inputs, context(calling))
    assert refusal.problems == {
        "mac": "00:00:5E:00:53:01 is in use by the Cisco 8845 of Ann Alder. Please read the label"
        " again. To move that phone, type: move 00:00:5E:00:53:01 to Lobby"
    }
    assert refusal.commands == {"Show": "device 00:00:5E:00:53:01"}


async def test_an_owner_who_has_the_phone_already_is_told_so(calling):
    refusal = await problems(ADD_PHONE, GOOD | {"mac": ANNS_PHONE.mac}, context(calling))
    assert refusal.problems == {
        "mac": "Ann Alder already has this phone, the Cisco 8845 00:00:5E:00:53:01:"
        " nothing needs to be added."
    }
    assert refusal.commands == {"Show": "device 00:00:5E:00:53:01"}


async def test_an_owner_has_a_phone_that_only_their_own_list_shows(calling):
    calling.owned_only = {ANNS_PHONE.mac}
    refusal = await problems(ADD_PHONE, GOOD | {"mac": ANNS_PHONE.mac}, context(calling))
    assert "Ann Alder already has this phone" in refusal.problems["mac"]
    assert refusal.commands == {"Show": "devices ann@example.com"}


async def test_a_mac_in_use_in_another_location_does_not_name_its_owner(calling):
    ctx = context(calling, "Berlin")
    refusal = await problems(ADD_PHONE, GOOD | {"mac": SOUTHS_PHONE.mac}, ctx)
    assert "in a location that is not yours" in refusal.problems["mac"]
    assert refusal.problems["mac"].endswith("looks after that location, to remove that device.")
    assert "South" not in refusal.problems["mac"]
    assert refusal.commands == {}


async def test_a_mac_in_use_by_another_organization_names_nobody(calling):
    refusal = await problems(ADD_PHONE, GOOD | {"mac": FOREIGN_MAC}, context(calling))
    assert "I cannot see the device" in refusal.problems["mac"]


async def test_all_mistakes_are_reported_at_once(calling):
    inputs = {"mac": "D82E", "model": "8856", "owner": "nobody@example.com"}
    refusal = await problems(ADD_PHONE, inputs, context(calling))
    assert set(refusal.problems) == {"mac", "model", "owner"}


async def test_all_missing_fields_are_reported_at_once(calling):
    refusal = await problems(ADD_PHONE, {}, context(calling))
    assert refusal.problems == {
        "mac": "Please enter the MAC address.",
        "model": "Please choose a model.",
        "owner": "Please enter an email, or the name of a person or workspace.",
    }
    assert set(calling.asked) <= {"models"}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"owner": "carl@example.com"}, "owner", "has no Webex Calling licence"),
        ({"owner": "Boardroom"}, "owner", "for Webex room devices"),
        ({"owner": "Meeting Room"}, "owner", "2 workspaces match “Meeting Room”"),
        ({"model": "6871"}, "model", "added with an activation code"),
        ({"model": "7832"}, "model", "cannot be added for people"),
        ({"model": "Customer Managed"}, "password", "please give its SIP password"),
        ({"mac": "x" * 1_000_000}, "mac", "twelve hex digits"),
        ({"owner": "**Vault**"}, "owner", "I found no person"),
        ({"owner": "Va\u202eult\x00!"}, "owner", "“Vault!”"),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(calling, changes, field, sentence):
    refusal = await problems(ADD_PHONE, GOOD | changes, context(calling))
    assert set(refusal.problems) == {field}
    assert sentence in refusal.problems[field]
    assert calling.changes == 0


@pytest.mark.parametrize("value", [None, [], {"a": 1}, 7, True, ["x"]])
async def test_inputs_of_a_wrong_type_are_mistakes(calling, value):
    inputs = GOOD | {"owner": value}
    assert "owner" in (await problems(ADD_PHONE, inputs, context(calling))).problems


async def test_unknown_inputs_change_nothing(calling):
    made = await planned(calling, personId="id-bob", location="Lyon", request="7K3F")
    assert made == await planned(calling)


async def test_the_standard_licence_leads_to_a_warning(calling):
    made = await planned(calling, owner="bob@example.com")
    assert made.first.subject == BOB.key
    assert "switches calling off in their Webex apps" in made.warnings[0]


async def test_the_limit_of_devices_leads_to_a_warning():
    made = await planned(FakeCalling(most=1))
    assert "already has 1 of 1 allowed devices" in made.warnings[0]
    assert (await planned(FakeCalling(most=2))).warnings == ()


class Mute(FakeCalling):
    """Answers without a device whatever the model."""

    async def add_phone(
        self, body: Mapping[str, Any], *, password: str | None = None
    ) -> Device | None:
        """Keep it, and say nothing of it."""
        await super().add_phone(body, password=password)
        return None


async def test_an_empty_answer_is_no_success_for_other_models():
    calling = Mute()
    made = await planned(calling)
    with pytest.raises(OutcomeUnknown):
        await ADD_PHONE.actions[0].run(Job.only(made), {}, context(calling))
    assert await ADD_PHONE.actions[0].look_up(Job.only(made), context(calling)) is not None


async def test_an_empty_answer_is_a_success_for_the_9800_series(calling):
    made = await planned(calling, model="9861")
    assert "a few minutes after" in made.warnings[0]
    outcome = await ADD_PHONE.actions[0].run(Job.only(made), {}, context(calling))
    assert outcome.title.startswith("Webex accepted the Cisco 98")
    assert outcome.title.endswith(" for Ann Alder")
    assert "appears in a few minutes" in outcome.notes[0]
    assert outcome.awaits_listing
    assert outcome.undo
    assert outcome.undo.inputs == {"device": FREE_MAC}


async def test_the_password_of_a_third_party_phone_is_sent_and_shown_nowhere(calling):
    made = await planned(calling, model=THIRD_PARTY.model, password="hunter2!")
    assert made.needs == ("password",)
    assert "hunter2!" not in made.model_dump_json()
    outcome = await ADD_PHONE.actions[0].run(
        Job.only(made), {"password": "hunter2!"}, context(calling)
    )
    assert calling.passwords == {FREE_MAC: "hunter2!"}
    assert "hunter2!" not in outcome.model_dump_json()


@pytest.mark.parametrize(
    ("model", "government", "warned"),
    [(THIRD_PARTY.model, True, True), (THIRD_PARTY.model, False, False), ("8865", True, False)],
)
async def test_what_the_government_cloud_does_not_show_of_a_third_party_phone_is_said(
    calling, model, government, warned
):
    inputs = GOOD | {"model": model, "password": "hunter2!"}
    made = await plan(ADD_PHONE, inputs, context(calling, government=government))
    assert (GAPS[Feature.THIRD_PARTY_DETAILS].sentence in made.warnings) is warned
    assert made.is_still(await plan(ADD_PHONE, inputs, context(calling, government=government)))


@pytest.mark.parametrize(
    ("model", "asked"), [("8865", False), (THIRD_PARTY.model, True), ("", False)]
)
async def test_the_password_is_asked_for_only_where_it_is_needed(calling, model, asked):
    fields = await ADD_PHONE.fields({"model": model}, context(calling))
    assert ("password" in [field.id for field in fields]) is asked


async def test_the_form_is_filled_with_the_given_inputs(calling):
    fields = await ADD_PHONE.fields(GOOD, context(calling))
    assert {field.id: field.value for field in fields} == {
        "mac": GOOD["mac"],
        "model": "DMS Cisco 8865",
        "owner": GOOD["owner"],
    }


async def test_other_facts_have_another_digest(calling):
    first = await planned(calling)
    assert (await planned(calling)).digest() == first.digest()
    assert (await planned(calling, mac="00005E005310")).digest() != first.digest()
    calling.supported[1] = calling.supported[1].model_copy(update={"display_name": "Cisco 8865 X"})
    assert (await planned(calling)).digest() != first.digest()


async def test_a_refusal_of_webex_is_raised(calling):
    calling.troubles = [Conflict(409, "MAC Address is in use by another device")]
    with pytest.raises(Conflict):
        await ADD_PHONE.actions[0].run(Job.only(await planned(calling)), {}, context(calling))
    assert calling.phone(FREE_MAC) is None


@pytest.mark.parametrize(("trouble", "is_there"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_answer_is_looked_up(calling, trouble, is_there):
    made = await planned(calling)
    calling.troubles = [trouble]
    with pytest.raises(Exception, match="did not answer"):
        await ADD_PHONE.actions[0].run(Job.only(made), {}, context(calling))
    outcome = await ADD_PHONE.actions[0].look_up(Job.only(made), context(calling))
    assert bool(outcome) is is_there
    if outcome:
        assert "now belongs to Ann Alder" in outcome.title
        target = ADD_PHONE.actions[0].follow(Job.only(made), outcome)
        assert target is not None
        assert target.device == ""  # it was found in the list of its owner, which has another id


async def test_a_phone_that_another_owner_got_meanwhile_is_a_conflict(calling):
    made = await planned(calling)
    calling.held.append(
        Device(mac=FREE_MAC, product="Cisco 8865", name="Bob Birch", person_id=BOB.id)
    )
    with pytest.raises(LookupInconclusive, match=r"in use by another device"):
        await ADD_PHONE.actions[0].look_up(Job.only(made), context(calling))
