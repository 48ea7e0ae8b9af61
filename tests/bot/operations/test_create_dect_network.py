"""Create a DECT network in a location."""

import pytest
from pydantic import SecretStr

from bot.domain.operation import Job
from bot.domain.unsupported import GAPS, Feature
from bot.operations.actions.dect_network import PER_USER
from bot.operations.create_dect_network import CREATE_DECT_NETWORK
from tests.bot.operations.forms import context, plan, problems
from tests.example_org import BERLIN, LYON
from tests.fake_calling import FakeCalling, LostAfter, lost

GOOD = {"location": "Lyon", "name": "Hall", "display_name": "Hall", "model": "DBS210"}


@pytest.fixture
def calling() -> FakeCalling:
    """An organization; it has the network Warehouse with the code 1234 in Lyon."""
    return FakeCalling()


async def test_the_plan_describes_the_change_and_makes_none(calling):
    made = await plan(CREATE_DECT_NETWORK, GOOD, context(calling))
    assert made.title == "Create the DECT network Hall in Lyon"
    facts = dict(made.facts)
    assert (facts["Name"], facts["Location"], facts["Access code"]) == (
        "Hall",
        "Lyon",
        "one per user",
    )
    assert "up to 250 base stations" in facts["Model"]
    (step,) = made.steps
    assert (step.call.method, step.call.path) == (
        "POST",
        f"/telephony/config/locations/{LYON.id}/dectNetworks",
    )
    assert step.call.body == {
        "name": "Hall",
        "displayName": "Hall",
        "model": "DMS Cisco DBS210",
        "defaultAccessCodeEnabled": False,
    }
    assert (made.only_location, made.needs, made.warnings) == ("Lyon", (), ())
    assert calling.changes == 0


async def test_running_the_plan_creates_exactly_that_network(calling):
    made = await plan(CREATE_DECT_NETWORK, GOOD, context(calling))
    outcome = await CREATE_DECT_NETWORK.actions[0].run(Job.only(made), {}, context(calling))
    assert outcome.title == "The DECT network Hall was created in Lyon"
    assert PER_USER in outcome.notes
    network = calling.dect.held[-1]
    assert (network.name, network.display_name, network.model) == (
        "Hall",
        "Hall",
        "DMS Cisco DBS210",
    )
    assert (network.location_id, network.access_code) == (LYON.id, None)


async def test_an_access_code_keeps_its_zeros_and_is_shown_nowhere(calling):
    made = await plan(CREATE_DECT_NETWORK, GOOD | {"access_code": "0042"}, context(calling))
    assert made.needs == ("access_code",)
    assert made.first.call.body["defaultAccessCodeEnabled"] is True
    assert "0042" not in made.model_dump_json()
    outcome = await CREATE_DECT_NETWORK.actions[0].run(
        Job.only(made), {"access_code": "0042"}, context(calling)
    )
    assert calling.dect.held[-1].access_code == SecretStr("0042")
    assert "0042" not in outcome.model_dump_json()
    assert PER_USER not in outcome.notes


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("DBS110", "DMS Cisco DBS110"),
        ("DBS210", "DMS Cisco DBS210"),
        ("110", "DMS Cisco DBS110"),
        ("dbs-210", "DMS Cisco DBS210"),
        ("Cisco DECT 110 Base", "DMS Cisco DBS110"),
    ],
)
async def test_a_model_is_known_by_its_number(calling, model, sent):
    made = await plan(CREATE_DECT_NETWORK, GOOD | {"model": model}, context(calling))
    assert made.first.call.body["model"] == sent


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "x"},
        {"name": "x" * 40},
        {"name": "李" * 40},
        {"display_name": ""},
        {"display_name": "x" * 11},
        {"access_code": "0000"},
        {"access_code": "9999"},
    ],
)
async def test_the_limits_themselves_are_valid(calling, changes):
    assert await plan(CREATE_DECT_NETWORK, GOOD | changes, context(calling))


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": ""}, "name", "Please enter a name."),
        ({"name": "   "}, "name", "Please enter a name."),
        ({"name": "x" * 41}, "name", "1 to 40 characters; this one has 41"),
        ({"display_name": "x" * 12}, "display_name", "11 characters at most; this one has 12"),
        ({"access_code": "123"}, "access_code", "exactly four digits"),
        ({"access_code": "12345"}, "access_code", "exactly four digits"),
        ({"access_code": "12a4"}, "access_code", "exactly four digits"),
        ({"access_code": "１２３４"}, "access_code", "exactly four digits"),
        ({"access_code": "1234"}, "access_code", "uses this access code"),
        ({"name": "Warehouse"}, "name", "already has a DECT network called “Warehouse”"),
        ({"name": "WAREHOUSE"}, "name", "already has a DECT network"),
        ({"model": "DBS310"}, "model", "The models are DBS110"),
        ({"model": ""}, "model", "Please choose a model."),
        ({"location": ""}, "location", "Please choose a location."),
        ({"location": "Paris"}, "location", "The locations are Berlin and Lyon."),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(calling, changes, field, sentence):
    refusal = await problems(CREATE_DECT_NETWORK, GOOD | changes, context(calling))
    assert set(refusal.problems) == {field}
    assert sentence in refusal.problems[field]
    assert calling.changes == 0


async def test_all_mistakes_are_reported_at_once(calling):
    inputs = {
        "location": "Paris",
        "name": "x" * 41,
        "display_name": "x" * 12,
        "model": "?",
        "access_code": "1",
    }
    refusal = await problems(CREATE_DECT_NETWORK, inputs, context(calling))
    assert set(refusal.problems) == {"location", "name", "display_name", "model", "access_code"}


async def test_a_message_about_a_code_does_not_repeat_it(calling):
    refusal = await problems(CREATE_DECT_NETWORK, GOOD | {"access_code": "98765"}, context(calling))
    assert "98765" not in refusal.problems["access_code"]


async def test_names_and_codes_are_unique_within_a_location_only(calling):
    inputs = GOOD | {"location": "Berlin", "name": "Warehouse", "access_code": "1234"}
    made = await plan(CREATE_DECT_NETWORK, inputs, context(calling))
    assert made.first.subject == f"dect:{BERLIN.id}:warehouse"


async def test_a_location_outside_the_role_is_not_offered(calling):
    refusal = await problems(CREATE_DECT_NETWORK, GOOD, context(calling, "Berlin"))
    assert refusal.problems["location"].endswith("The location is Berlin.")


async def test_the_government_cloud_leads_to_a_warning(calling):
    made = await plan(CREATE_DECT_NETWORK, GOOD, context(calling, government=True))
    assert made.warnings == (GAPS[Feature.DECT].sentence,)


@pytest.mark.parametrize(("trouble", "is_there"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_answer_is_looked_up(calling, trouble, is_there):
    made = await plan(CREATE_DECT_NETWORK, GOOD, context(calling))
    calling.troubles = [trouble]
    with pytest.raises(Exception, match="did not answer"):
        await CREATE_DECT_NETWORK.actions[0].run(Job.only(made), {}, context(calling))
    assert (
        bool(await CREATE_DECT_NETWORK.actions[0].look_up(Job.only(made), context(calling)))
        is is_there
    )


async def test_the_same_name_in_another_location_is_not_our_network(calling):
    made = await plan(
        CREATE_DECT_NETWORK, GOOD | {"location": "Berlin", "name": "Warehouse"}, context(calling)
    )
    assert await CREATE_DECT_NETWORK.actions[0].look_up(Job.only(made), context(calling)) is None


async def test_the_code_is_never_shown_in_the_form_again(calling):
    fields = await CREATE_DECT_NETWORK.fields(GOOD | {"access_code": "0042"}, context(calling))
    (code,) = [field for field in fields if field.id == "access_code"]
    assert (code.secret, code.value) == (True, "")
