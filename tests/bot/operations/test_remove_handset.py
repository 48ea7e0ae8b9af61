"""Remove handsets of one or several owners."""

from dataclasses import replace

import pytest

from bot.core.errors import NotFound, Unavailable
from bot.core.models.dect import DectNetwork, HandsetSettings
from bot.core.models.webex import Licence, Owner
from bot.domain.forms import read_form
from bot.domain.operation import Context
from bot.domain.plan import Plan
from bot.operations.remove_handset import REMOVE_HANDSET
from tests.bot.operations.forms import context, done, plan, problems
from tests.example_org import ANN, BERLIN, BOB, LOBBY, LYON, SOUTH, WAREHOUSE
from tests.fake_calling import FakeCalling

HALL = WAREHOUSE.model_copy(
    update={"id": "net-2", "name": "Hall", "location_id": BERLIN.id, "location": BERLIN.name}
)


async def add(
    calling: FakeCalling,
    owner: Owner,
    name: str,
    *,
    at: DectNetwork = WAREHOUSE,
    second: Owner | None = None,
) -> str:
    """A handset; its id."""
    calling.dect.takes_two_lines = True
    line2 = second.id if second else None
    settings = HandsetSettings(line1=owner.id, line2=line2, display_name=name)
    await calling.dect.add_handset(at.ref, settings)
    calling.changes = 0
    return calling.dect.sets[at.id][-1].id


@pytest.fixture
async def calling() -> FakeCalling:
    """Bob has a handset in the warehouse, and Ann one in the hall."""
    calling = FakeCalling()
    calling.dect.held = [WAREHOUSE, HALL]
    await add(calling, BOB, "B. Birch")
    await add(calling, ANN, "A. Alder", at=HALL)
    return calling


async def made(
    calling: FakeCalling, owner: str, network: str = "", ctx: Context | None = None
) -> Plan:
    """The plan."""
    return await plan(REMOVE_HANDSET, {"owner": owner, "network": network}, ctx or context(calling))


async def test_the_plan_finds_the_handset_of_an_owner_and_running_it_removes_it(calling):
    planned = await made(calling, "bob@example.com")
    assert planned.title == "Remove the handset “B. Birch” of Bob Birch from Warehouse"
    assert dict(planned.facts)["Network"] == "Warehouse"
    assert planned.only_location == "Lyon"
    (step,) = planned.steps
    networks = f"/telephony/config/locations/{LYON.id}/dectNetworks"
    path = f"{networks}/net-1/handsets/{step.details['handset']}"
    assert (step.call.method, step.call.path, step.spacing) == ("DELETE", path, 90.0)
    assert step.subject == f"dect:{LYON.id}:warehouse"
    assert calling.changes == 0

    outcome = await done(REMOVE_HANDSET, planned, context(calling))

    assert "B. Birch" in outcome.title
    assert calling.dect.sets["net-1"] == []


async def test_one_read_finds_the_networks_of_an_owner(calling):
    calling.dect.held += [
        WAREHOUSE.model_copy(update={"id": f"net-{number}", "name": f"Hall {number}"})
        for number in range(3, 50)
    ]
    await made(calling, "bob@example.com")
    assert calling.asked.count("networks_of") == 1
    assert calling.asked.count("handsets") == 1


async def test_calling_in_apps_comes_back_with_a_standard_licence(calling):
    planned = await made(calling, "Bob Birch")
    assert any("Bob Birch has Webex Calling Standard" in text for text in planned.warnings)
    planned = await made(calling, "Ann Alder")
    assert not any("Standard" in text for text in planned.warnings)
    calling.owners = [BOB.model_copy(update={"licence": Licence.UNKNOWN}), ANN]
    planned = await made(calling, "bob@example.com")
    assert any("could not check the owner's licence" in text for text in planned.warnings)


async def test_of_several_handsets_one_is_chosen_with_its_network(calling):
    await add(calling, BOB, "Bob upstairs", at=HALL, second=ANN)
    refusal = await problems(REMOVE_HANDSET, {"owner": "bob@example.com"}, context(calling))
    sentence = "Bob Birch has 2 handsets, in Hall in Berlin and Warehouse in Lyon. Which one?"
    assert refusal.problems == {"network": sentence}
    titles = [choice.title for choice in refusal.choices["network"]]
    assert titles == [
        "“Bob upstairs” · Hall in Berlin · line 2: Ann Alder",
        "“B. Birch” · Warehouse in Lyon",
        "All 2 handsets",
    ]
    planned = await made(calling, "bob@example.com", refusal.choices["network"][0].value)
    assert planned.title == "Remove the handset “Bob upstairs” of Bob Birch from Hall"
    assert dict(planned.facts)["Line 2"] == "Ann Alder"


async def test_of_two_handsets_in_one_network_all_can_be_removed(calling):
    await add(calling, BOB, "Bob 2")
    refusal = await problems(
        REMOVE_HANDSET, {"owner": "bob@example.com", "network": "Warehouse"}, context(calling)
    )
    assert "Bob Birch has 2 handsets, in Warehouse in Lyon." in refusal.problems["network"]
    planned = await made(calling, "bob@example.com", refusal.choices["network"][-1].value)
    assert [step.key for step in planned.steps] == ["handset 1", "handset 2"]
    typed = await made(calling, "bob@example.com", "Warehouse/all")
    assert typed == planned


async def test_a_network_with_a_slash_in_its_name_is_found(calling):
    calling.dect.held[0] = WAREHOUSE.model_copy(update={"name": "A/all in"})
    planned = await made(calling, "bob@example.com", "A/all in")
    assert planned.first.details["network"] == "net-1"


async def test_several_owners_are_one_plan_that_goes_on_after_a_refusal(calling):
    planned = await made(calling, "Bob Birch and ann@example.com")
    assert planned.title == "Remove 2 DECT handsets"
    assert planned.on_refusal == "go on"
    assert [step.details["owner_name"] for step in planned.steps] == ["Bob Birch", "Ann Alder"]
    assert {location.name for location in planned.locations} == {"Lyon", "Berlin"}
    assert "Webex wants" not in " ".join(planned.warnings)  # of each network, one change

    outcome = await done(REMOVE_HANDSET, planned, context(calling))

    assert outcome.title == "Removed 2 DECT handsets"
    assert calling.dect.sets == {"net-1": [], "net-2": []}


async def test_one_owner_may_have_a_name_with_and(calling):
    both = BOB.model_copy(
        update={"id": "id-both", "name": "Bob and Ann", "email": "both@example.com"}
    )
    calling.owners.append(both)
    await add(calling, both, "Both")
    planned = await made(calling, "Bob and Ann")
    assert planned.first.details["owner_name"] == "Bob and Ann"


async def test_if_one_of_several_owners_is_unknown_the_sentence_names_them(calling):
    refusal = await problems(
        REMOVE_HANDSET, {"owner": "bob@example.com, nobody@example.com"}, context(calling)
    )
    assert "“nobody@example.com”" in refusal.problems["owner"]
    assert calling.changes == 0


async def test_of_several_owners_all_handsets_can_be_chosen(calling):
    await add(calling, BOB, "Bob 2")
    inputs = {"owner": "bob@example.com, ann@example.com"}
    refusal = await problems(REMOVE_HANDSET, inputs, context(calling))
    assert [choice.value for choice in refusal.choices["network"]] == ["all"]
    planned = await made(calling, inputs["owner"], "all")
    assert len(planned.steps) == 3


async def test_a_handset_with_the_second_line_of_somebody_is_not_theirs(calling):
    await add(calling, LOBBY, "Lobby", second=SOUTH)
    refusal = await problems(REMOVE_HANDSET, {"owner": "Meeting Room South"}, context(calling))
    sentence = refusal.problems["owner"]
    assert "has only the second line of a handset of Lobby in Warehouse in Lyon" in sentence


async def test_a_handset_whose_first_line_is_not_told_is_only_removed_if_it_is_chosen(calling):
    bobs = calling.dect.sets["net-1"][0]
    calling.dect.sets["net-1"] = [bobs.model_copy(update={"lines": ()})]
    refusal = await problems(REMOVE_HANDSET, {"owner": "bob@example.com"}, context(calling))
    assert "does not say whose first line" in refusal.problems["network"]
    (choice,) = refusal.choices["network"]
    planned = await made(calling, "bob@example.com", choice.value)
    assert planned.first.details["handset"] == bobs.id


@pytest.mark.parametrize(
    ("inputs", "field", "sentence"),
    [
        ({}, "owner", "Please enter an email"),
        ({"owner": "Lobby"}, "owner", "Lobby has no DECT handset."),
        ({"owner": "bob@example.com", "network": "Hall"}, "network", "has no handset in Hall in"),
        ({"owner": "bob@example.com", "network": "Paris"}, "network", "I found no DECT network"),
        ({"owner": "bob@example.com", "network": "net-1/gone"}, "network", "not there any more"),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(calling, inputs, field, sentence):
    refusal = await problems(REMOVE_HANDSET, inputs, context(calling))
    assert set(refusal.problems) == {field}
    assert sentence in refusal.problems[field]


async def test_more_than_twenty_owners_are_too_many_for_one_message(calling):
    text = ", ".join(f"p{number}@example.com" for number in range(21))
    refusal = await problems(REMOVE_HANDSET, {"owner": text}, context(calling))
    assert "Please name up to 20 at once" in refusal.problems["owner"]
    assert "networks_of" not in calling.asked


async def test_handsets_elsewhere_do_not_exist_for_people_of_one_location(calling):
    await add(calling, BOB, "Bob in Berlin", at=HALL)
    planned = await made(calling, "bob@example.com", ctx=context(calling, "Lyon"))
    assert planned.first.details["network"] == "net-1"


async def test_a_read_that_fails_is_no_absence(calling):
    calling.broken["networks_of"] = [Unavailable(503, "No service.", "T-1")]
    with pytest.raises(Unavailable):
        await made(calling, "bob@example.com")


async def test_an_owner_whom_webex_does_not_know_there_is_asked_about(calling):
    calling.broken["networks_of"] = [NotFound(404, "Not found.", "T-1")]
    refusal = await problems(REMOVE_HANDSET, {"owner": "bob@example.com"}, context(calling))
    assert "does not say in which DECT networks Bob Birch" in refusal.problems["network"]
    assert await made(calling, "bob@example.com", "Warehouse")


async def test_many_handsets_of_a_network_take_their_time(calling):
    for number in range(60):
        await add(calling, BOB, f"Bob {number}")
    planned = await made(calling, "bob@example.com", "all")
    assert any("Webex wants 90 s" in warning for warning in planned.warnings)
    assert dict(planned.facts)["More"] == "49 handsets"


async def test_the_form_shows_the_network_of_a_chosen_handset(calling):
    shown = await REMOVE_HANDSET.fields(
        {"owner": "bob@example.com", "network": "net-1/set-1"}, context(calling)
    )
    assert [field.id for field in shown] == [*REMOVE_HANDSET.form.model_fields]
    assert shown[1].value == "net-1"
    assert read_form(REMOVE_HANDSET.form, {"owner": "x"}).values["network"] == ""


async def test_a_plan_that_was_shown_does_not_move_to_a_handset_in_another_network(calling):
    shown = await made(calling, "bob@example.com")
    calling.dect.sets[WAREHOUSE.id] = []
    await add(calling, BOB, "B. Birch", at=HALL)
    again = replace(context(calling), shown=shown)
    invalid = await problems(REMOVE_HANDSET, {"owner": "bob@example.com", "network": ""}, again)
    told = invalid.problems["network"]
    assert told.startswith("Bob Birch does not have the same handset any more, but")
    assert "Hall in Berlin" in told
