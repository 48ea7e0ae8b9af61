"""Third-party phones: who manages them, their SIP password, and what is entered on them."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.core.errors import Forbidden
from bot.core.models.secret import check_sip_password, new_sip_password
from bot.domain.forms import clean_inputs, read_form
from bot.domain.operation import Context, Job
from bot.domain.plan import Outcome, Plan
from bot.domain.third_party import LOST, PLUG_IN
from bot.operations.add_phone import ADD_PHONE
from bot.operations.delete_device import DELETE_DEVICE
from tests.bot.operations.forms import context, plan
from tests.example_org import ANNS_PHONE, FREE_MAC, MODELS, THIRD_PARTY
from tests.fake_calling import FakeCalling

GOOD = {"mac": FREE_MAC, "model": THIRD_PARTY.model, "owner": "ann@example.com"}
POLY = THIRD_PARTY.model_copy(
    update={"model": "DMS Polycom EE400", "display_name": "Polycom EE400", "managed_by": "CISCO"}
)
SETTINGS = {
    "SIP user name": "d82e3eef4e5c_01",
    "Line ID": "d82e3eef4e5c_01",
    "SIP domain": "sip.example.com",
    "Outbound proxy": "proxy.example.com",
}


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling(supported=[*MODELS, POLY])


async def empty(calling: FakeCalling, ctx: Context | None = None, **changes: str) -> Plan:
    """The plan of a form whose password was left empty."""
    form = read_form(ADD_PHONE.form, clean_inputs(ADD_PHONE.form, GOOD | changes))
    form.left_empty = frozenset({"password"})
    return await ADD_PHONE.plan(form, ctx or context(calling))


async def added(calling: FakeCalling, made: Plan, ctx: Context | None = None) -> Outcome:
    return await ADD_PHONE.actions[0].run(
        Job.only(made), {"password": "made-by-us-1"}, ctx or context(calling)
    )


def test_each_password_that_is_made_is_strong_and_different():
    made = {new_sip_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_sip_password(SecretStr(password))
        assert {len(group) for group in password.split("-")} == {5}
        assert not set(password) & set("0O1lI")
        assert any(map(str.isupper, password))
        assert any(map(str.islower, password))
        assert any(map(str.isdigit, password))


async def test_an_empty_password_is_made(calling):
    made = await empty(calling)
    assert (made.needs, made.generates) == ((), ("password",))
    assert dict(made.facts)["Password"] == "made by provbot, shown to the requester alone"
    again = await plan(ADD_PHONE, GOOD, replace(context(calling), shown=made))
    assert made.is_still(again)


async def test_only_a_phone_that_webex_manages_is_followed(calling):
    action = ADD_PHONE.actions[0]
    theirs = Job.only(await empty(calling))
    ours = Job.only(await empty(calling, model=POLY.model))

    assert action.follow(theirs, Outcome(title="added")) is None
    followed = action.follow(ours, Outcome(title="added"))
    assert followed is not None
    assert followed.mac == FREE_MAC


async def test_a_typed_password_is_never_shown(calling):
    made = await plan(ADD_PHONE, GOOD | {"password": "hunter2!"}, context(calling))
    assert (made.needs, made.generates) == (("password",), ())
    assert dict(made.facts)["Password"] == "as entered (never shown)"
    outcome = await ADD_PHONE.actions[0].run(
        Job.only(made), {"password": "hunter2!"}, context(calling)
    )
    assert outcome.secret is None
    assert "hunter2!" not in str(outcome)


async def test_the_password_that_was_made_goes_to_the_requester_alone(calling):
    outcome = await added(calling, await empty(calling))
    assert calling.passwords == {FREE_MAC: "made-by-us-1"}
    assert outcome.secret
    assert outcome.secret.get_secret_value() == "made-by-us-1"
    assert "sent to the requester in a direct message" in outcome.notes[-1]
    assert SETTINGS.items() <= dict(outcome.secret_facts).items()
    assert "made-by-us-1" not in outcome.model_dump_json(exclude={"secret"})


async def test_the_settings_are_told_instead_of_plugging_in(calling):
    outcome = await added(calling, await empty(calling))
    assert SETTINGS.items() <= dict(outcome.facts).items()
    assert PLUG_IN not in outcome.notes
    assert "The phone does not fetch its settings" in outcome.notes[0]


@pytest.mark.parametrize("government", [False, True])
async def test_settings_that_webex_does_not_tell_only_shorten_the_result(calling, government):
    made = await empty(calling)
    calling.broken["sip_settings"] = [Forbidden(403, "No.", "T-1")]
    outcome = await added(calling, made, context(calling, government=government))
    assert dict(outcome.facts).keys() == dict(made.facts).keys()
    assert "They are in Control Hub" in outcome.notes[0]
    assert ("sip_settings" in calling.asked) is not government


async def test_a_third_party_phone_that_webex_manages_fetches_its_settings(calling):
    outcome = await added(calling, await empty(calling, model="Polycom EE400"))
    assert outcome.notes[0] == PLUG_IN
    assert outcome.secret
    assert "sip_settings" not in calling.asked


async def test_a_phone_of_cisco_has_no_password(calling):
    made = await empty(calling, model="8865")
    assert (made.needs, made.generates) == ((), ())
    assert not dict(made.facts)["Password"]


async def test_a_lost_answer_says_that_the_password_is_lost(calling):
    made = await empty(calling)
    await added(calling, made)
    outcome = await ADD_PHONE.actions[0].look_up(Job.only(made), context(calling))
    assert outcome
    assert outcome.notes[-1] == LOST
    assert outcome.secret is None
    assert SETTINGS.items() <= dict(outcome.facts).items()


async def test_a_deleted_phone_of_the_customer_is_not_reset(calling):
    calling.held = [ANNS_PHONE.model_copy(update={"managed_by": "CUSTOMER"})]
    made = await plan(DELETE_DEVICE, {"device": ANNS_PHONE.mac}, context(calling))
    assert "Webex does not reset it" in made.warnings[0]
    outcome = await DELETE_DEVICE.actions[0].run(Job.only(made), {}, context(calling))
    assert outcome.undo
    assert "the new password on the phone" in outcome.undo.note
