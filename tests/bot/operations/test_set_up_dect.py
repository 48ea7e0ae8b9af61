"""Set up a DECT network with base stations and handsets: the plan, its steps, and what it says."""

import pytest
from pydantic import SecretStr

from bot.core.errors import Invalid
from bot.core.models.dect import HandsetSettings
from bot.domain.dect_plans import TIME_NEEDED
from bot.operations.set_up_dect import SET_UP_DECT
from tests.bot.operations.dect_lists import plan_boxes
from tests.bot.operations.forms import context, done
from tests.bot.operations.lists import rows_of, wrong
from tests.example_org import ANN, BERLIN, BOB, LOBBY, LYON, WAREHOUSE
from tests.fake_calling import FakeCalling
from tests.fake_dect import STORE_LINE

BASES = ["D8:2E:3E:EF:4E:60", "D8:2E:3E:EF:4E:61"]
NEW = {"location": "Berlin", "name": "Hall", "model": "DBS210"}


@pytest.fixture
def calling() -> FakeCalling:
    """An organization; it has the network Warehouse with the code 1234 in Lyon."""
    return FakeCalling()


async def test_one_plan_has_the_network_its_bases_and_its_handsets(calling):
    made = await plan_boxes(
        SET_UP_DECT,
        context(calling),
        bases="\n".join(BASES),
        members="ann@example.com; Lobby\nLobby",
        **NEW,
    )
    assert made.title == "Set up the DECT network Hall in Berlin: 2 base stations and 2 handsets"
    assert rows_of(made) == [
        *("network", "row 1 base", "row 2 base", "row 1", "row 2", "row 1 line 2"),
    ]
    facts = dict(made.facts)
    assert facts["Base stations"] == "2: D8:2E:3E:EF:4E:60 and D8:2E:3E:EF:4E:61"
    assert facts["Handsets"] == "2: Ann Alder and Lobby"
    assert facts["Second line"] == "Lobby"
    assert facts["Access code"] == "one per user"
    assert facts[TIME_NEEDED].startswith("about 2 minutes: Webex wants 90 s")
    assert {step.subject for step in made.steps} == {f"dect:{BERLIN.id}:hall"}
    assert [step.spacing for step in made.steps] == [0, 0, 0, 90, 90, 90]
    assert (made.on_refusal, made.checks, made.only_location) == ("go on", (), "Berlin")
    assert calling.changes == 0


async def test_all_of_it_is_built(calling):
    inputs = NEW | {"access_code": "0042", "display_name": "Hall"}
    ctx = context(calling)
    made = await plan_boxes(
        SET_UP_DECT, ctx, bases="\n".join(BASES), members="ann@example.com; Lobby", **inputs
    )
    assert "0042" not in made.model_dump_json()
    told = await done(SET_UP_DECT, made, ctx, {"access_code": "0042"})
    network = calling.dect.held[-1]
    assert (network.name, network.location_id) == ("Hall", BERLIN.id)
    assert network.access_code == SecretStr("0042")
    assert [station.mac for station in calling.dect.stations[network.id]] == [
        mac.replace(":", "") for mac in BASES
    ]
    (handset,) = calling.dect.sets[network.id]
    assert handset.display_name == "Ann Alder"
    assert [line.id for line in handset.lines] == [ANN.id, LOBBY.id]
    assert told.title == made.title
    assert TIME_NEEDED not in dict(told.facts)
    again = await plan_boxes(
        SET_UP_DECT, ctx, bases="\n".join(BASES), members="ann@example.com; Lobby", **inputs
    )
    assert rows_of(again) == []
    assert all("othing needs to be added." in reason for reason in wrong(again).values())


async def test_a_network_that_is_there_gets_what_it_lacks(calling):
    ctx = context(calling)
    await calling.dect.add_base_stations(WAREHOUSE.ref, [BASES[0].replace(":", "")])
    settings = HandsetSettings(line1=BOB.id, display_name="Bob Birch")
    await calling.dect.add_handset(WAREHOUSE.ref, settings)
    made = await plan_boxes(
        SET_UP_DECT,
        ctx,
        bases="\n".join(BASES),
        members="bob@example.com; Store\nann@example.com",
        location="Lyon",
        name="warehouse",
    )
    assert made.title == "Add 1 base station, 1 handset and 1 second line to Warehouse"
    assert rows_of(made) == ["row 2 base", "row 2", "row 1 line 2"]
    assert dict(made.facts)["DECT network"] == "Warehouse (is there already)"
    assert {step.subject for step in made.steps} == {f"dect:{LYON.id}:warehouse"}
    await done(SET_UP_DECT, made, ctx)
    bobs, anns = calling.dect.sets[WAREHOUSE.id]
    assert [line.id for line in bobs.lines] == [BOB.id, STORE_LINE.id]
    assert [line.id for line in anns.lines] == [ANN.id]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"model": ""}, "model", "Please choose a model."),
        ({"location": "Lyon", "access_code": "1234"}, "access_code", "uses this access code"),
        ({"name": "x" * 41}, "name", "1 to 40 characters"),
    ],
)
async def test_mistakes_stand_beside_their_fields(calling, changes, field, sentence):
    inputs = {"bases": BASES[0], **NEW, **changes}
    with pytest.raises(Invalid) as caught:
        await plan_boxes(SET_UP_DECT, context(calling), **inputs)
    assert sentence in caught.value.problems[field]


async def test_a_new_network_without_base_stations_says_so(calling):
    made = await plan_boxes(SET_UP_DECT, context(calling), members="ann@example.com", **NEW)
    assert any(text.startswith("Hall gets no base station, so its") for text in made.warnings)
    made = await plan_boxes(
        SET_UP_DECT, context(calling), bases=BASES[0], members="ann@example.com", **NEW
    )
    assert not any("gets no base station" in text for text in made.warnings)


async def test_a_form_without_a_model_asks_for_it_and_chooses_none(calling):
    inputs = {"location": "Berlin", "name": "Hall"}
    fields = {each.id: each for each in await SET_UP_DECT.fields(inputs, context(calling))}
    assert (fields["model"].value, fields["model"].error) == ("", "Please choose a model.")
    for inputs in ({}, NEW):
        fields = {each.id: each for each in await SET_UP_DECT.fields(inputs, context(calling))}
        assert (fields["model"].value, fields["model"].error) == (inputs.get("model", ""), "")


async def test_without_rows_only_the_network_is_created(calling):
    ctx = context(calling)
    made = await plan_boxes(SET_UP_DECT, ctx, **NEW)
    assert (made.title, rows_of(made)) == ("Set up the DECT network Hall in Berlin", ["network"])
    assert any(text.startswith("Hall gets no base station") for text in made.warnings)
    await done(SET_UP_DECT, made, ctx)
    assert calling.dect.held[-1].name == "Hall"
    with pytest.raises(Invalid) as caught:
        await plan_boxes(SET_UP_DECT, ctx, **NEW)
    assert caught.value.problems["bases"].startswith("This network is there already.")
