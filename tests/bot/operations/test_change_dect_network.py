"""Change the name and the access code of a DECT network."""

import pytest
from pydantic import SecretStr

from bot.core.models.dect import HandsetSettings
from bot.domain.plan import Plan
from bot.operations.change_dect_network import CHANGE_DECT_NETWORK, NOTHING_SAID, new_code
from tests.bot.operations.forms import context, done, plan, problems
from tests.example_org import BERLIN, BOB, LYON, WAREHOUSE
from tests.fake_calling import FakeCalling

HALL = WAREHOUSE.model_copy(
    update={"id": "net-2", "name": "Hall", "access_code": SecretStr("7777")}
)


@pytest.fixture
def calling() -> FakeCalling:
    """Lyon has the warehouse with the code 1234, and the hall with 7777."""
    calling = FakeCalling()
    calling.dect.held = [WAREHOUSE, HALL]
    return calling


async def made(calling: FakeCalling, **inputs: str) -> Plan:
    """The plan for the warehouse."""
    return await plan(CHANGE_DECT_NETWORK, {"network": "Warehouse", **inputs}, context(calling))


async def test_a_rename_is_one_step_that_keeps_the_pause_of_handsets(calling):
    planned = await made(calling, name="Depot")
    assert planned.title == "Rename the DECT network Warehouse in Lyon to Depot"
    (step,) = planned.steps
    path = f"/telephony/config/locations/{LYON.id}/dectNetworks/net-1"
    assert (step.call.method, step.call.path) == ("PUT", path)
    assert step.call.body == {"name": "Depot"}
    assert (step.subject, step.spacing) == (f"dect:{LYON.id}:warehouse", 90.0)
    assert planned.warnings == ()

    await done(CHANGE_DECT_NETWORK, planned, context(calling))

    network = calling.dect.held[0]
    assert (network.name, network.access_code) == ("Depot", SecretStr("1234"))


async def test_a_typed_code_reaches_webex_and_stands_nowhere_else(calling):
    await calling.dect.add_handset(
        WAREHOUSE.ref, HandsetSettings(line1=BOB.id, display_name="B. Birch")
    )
    planned = await made(calling, access_code="0042")
    assert planned.title == "Change the access code of the DECT network Warehouse in Lyon"
    assert planned.needs == ("access_code",)
    assert planned.first.spacing == 0
    assert "0042" not in planned.model_dump_json()
    assert "may have to be paired again" in planned.warnings[0]
    assert "Warehouse has 1 handset." in planned.warnings[0]

    outcome = await done(CHANGE_DECT_NETWORK, planned, context(calling), {"access_code": "0042"})

    assert calling.dect.held[0].access_code == SecretStr("0042")
    assert "0042" not in outcome.model_dump_json()


async def test_a_new_code_is_made_and_told_to_the_requester_alone(calling):
    planned = await made(calling, codes="new")
    assert (planned.needs, planned.generates) == ((), ("access_code",))
    code = CHANGE_DECT_NETWORK.generators["access_code"]()

    outcome = await done(CHANGE_DECT_NETWORK, planned, context(calling), {"access_code": code})

    assert calling.dect.held[0].access_code == SecretStr(code)
    assert outcome.secret == SecretStr(code)
    assert code not in outcome.model_dump_json()
    assert dict(planned.facts)["Access codes"] == "a new one for all, which comes to you alone"
    assert "Access codes" not in dict(outcome.secret_facts)  # beside the code itself


async def test_only_names_are_taken_back(calling):
    renamed = await made(calling, name="Depot", access_code="0042")
    assert CHANGE_DECT_NETWORK.undoes_steps(renamed)
    assert not CHANGE_DECT_NETWORK.undoes_steps(await made(calling, access_code="0042"))
    assert not CHANGE_DECT_NETWORK.undoes_steps(await made(calling, codes="each"))


async def test_webex_makes_one_code_for_each_handset(calling):
    planned = await made(calling, codes="each")
    assert planned.first.call.body == {"defaultAccessCodeEnabled": False}
    assert (planned.needs, planned.generates) == ((), ())
    await done(CHANGE_DECT_NETWORK, planned, context(calling))
    assert calling.dect.held[0].has_shared_code is False


async def test_all_of_it_can_change_at_once(calling):
    planned = await made(calling, name="Depot", display_name="Dep", access_code="0042")
    assert planned.title == "Change the DECT network Warehouse in Lyon"
    assert planned.first.call.body == {
        "name": "Depot",
        "displayName": "Dep",
        "defaultAccessCodeEnabled": True,
    }
    assert dict(planned.facts)["New name"] == "Depot"


async def test_without_handsets_none_must_be_paired_again(calling):
    planned = await made(calling, access_code="0042")
    assert planned.warnings == ()


@pytest.mark.parametrize(
    ("inputs", "field", "sentence"),
    [
        ({}, "name", NOTHING_SAID),
        ({"name": "Warehouse"}, "name", "That changes nothing"),
        ({"display_name": "Ware"}, "name", "That changes nothing"),
        ({"name": "hall"}, "name", "Lyon already has a DECT network called “hall”"),
        ({"name": "x" * 41}, "name", "1 to 40 characters"),
        ({"display_name": "x" * 12}, "display_name", "11 characters at most"),
        ({"access_code": "12"}, "access_code", "exactly four digits"),
        ({"access_code": "7777"}, "access_code", "Another DECT network in Lyon uses this"),
        (
            {"access_code": "0042", "codes": "new"},
            "access_code",
            "You entered a code, but also chose",
        ),
        ({"codes": "other"}, "codes", "Please choose what becomes of the access code."),
        ({"network": "Paris", "name": "x"}, "network", "I found no DECT network called “Paris”"),
        ({"network": "", "name": "x"}, "network", "Please enter the name of the DECT network."),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(calling, inputs, field, sentence):
    refusal = await problems(
        CHANGE_DECT_NETWORK, {"network": "Warehouse", **inputs}, context(calling)
    )
    assert set(refusal.problems) == {field}
    assert sentence in refusal.problems[field]
    assert calling.changes == 0


async def test_names_and_codes_of_other_locations_are_free(calling):
    elsewhere = {"location_id": BERLIN.id, "location": BERLIN.name}
    calling.dect.held[1] = HALL.model_copy(update=elsewhere)
    assert await made(calling, name="Hall", access_code="7777")


async def test_the_case_of_its_own_name_can_change(calling):
    assert (await made(calling, name="WAREHOUSE")).first.call.body == {"name": "WAREHOUSE"}


async def test_a_network_whose_handsets_have_codes_of_their_own_keeps_them(calling):
    own = {"has_shared_code": False, "access_code": None}
    calling.dect.held[0] = WAREHOUSE.model_copy(update=own)
    refusal = await problems(
        CHANGE_DECT_NETWORK, {"network": "Warehouse", "codes": "each"}, context(calling)
    )
    assert "That changes nothing" in refusal.problems["name"]


def test_a_made_code_is_four_digits_that_nobody_tries_first():
    codes = {new_code() for _ in range(200)}
    assert all(len(code) == 4 and code.isdigit() for code in codes)
    assert len(codes) > 100
    assert "1234" not in codes


async def test_the_form_has_all_fields_and_never_shows_a_code(calling):
    shown = await CHANGE_DECT_NETWORK.fields(
        {"network": "Warehouse", "access_code": "0042"}, context(calling)
    )
    assert [field.id for field in shown] == [*CHANGE_DECT_NETWORK.form.model_fields]
    assert "0042" not in str(shown)


async def test_the_same_code_again_changes_nothing(calling):
    invalid = await problems(
        CHANGE_DECT_NETWORK, {"network": "Warehouse", "access_code": "1234"}, context(calling)
    )
    assert invalid.problems["access_code"].startswith(
        "This is the access code of Warehouse already"
    )


async def test_a_wrong_code_is_told_what_empty_means_here(calling):
    inputs = {"network": "Warehouse", "access_code": "12345"}
    invalid = await problems(CHANGE_DECT_NETWORK, inputs, context(calling))
    told = invalid.problems["access_code"]
    assert told.endswith("four digits, 0 to 9. Leave it empty for no change of the code.")
