"""Add base stations and handsets to a DECT network that is there: plans and results."""

from dataclasses import replace

import pytest

from bot.core import api_calls as calls
from bot.core.errors import Invalid, Unavailable
from bot.core.models.people import Role
from bot.core.models.webex import Licence
from bot.domain import unsupported
from bot.domain.dect_plans import TIME_NEEDED
from bot.domain.lists.rows import ListRow
from bot.domain.lookup.dect_reads import MACS_UNREAD, MAX_LINES_ASKED
from bot.domain.operation import Context
from bot.domain.policy import Decision, Rule
from bot.domain.unsupported import Feature
from bot.operations.add_base import ADD_BASE
from bot.operations.add_handset import ADD_HANDSET
from tests.bot.operations.dect_lists import plan_boxes, plan_rows
from tests.bot.operations.forms import context, done
from tests.bot.operations.lists import rows_of, told, wrong
from tests.example_org import ANN, BERLIN, LYON, WAREHOUSE, person
from tests.fake_calling import FakeCalling

MAC = "D8:2E:3E:EF:4E:60"
MACS = [f"D82E3EEF4E{number:02X}" for number in range(0x60, 0x64)]
DOWN = Unavailable(503, "down", "T")


@pytest.fixture
def calling() -> FakeCalling:
    """An organization; it has the network Warehouse in Lyon, with bases and handsets of nobody."""
    return FakeCalling()


async def bases(ctx: Context, lines: str, network: str = "Warehouse"):
    return await plan_boxes(ADD_BASE, ctx, bases=lines, network=network)


async def handsets(ctx: Context, lines: str, network: str = "Warehouse"):
    return await plan_boxes(ADD_HANDSET, ctx, members=lines, network=network)


async def test_one_base_station_reads_like_a_single_change(calling):
    made = await bases(context(calling), MAC)
    assert made.title == f"Add base station {MAC} to Warehouse"
    assert [name for name, text in made.facts if text] == [
        *("DECT network", "Location", "Model", "Access code", "Base station"),
    ]
    assert (rows_of(made), made.checks, made.only_location) == (["row 1 base"], (), "Lyon")
    result = await done(ADD_BASE, made, context(calling))
    assert result.title == f"Added base station {MAC} to Warehouse"
    assert [station.mac for station in calling.dect.stations[WAREHOUSE.id]] == [MACS[0]]


async def test_one_handset_reads_like_a_single_change(calling):
    made = await handsets(context(calling), "bob@example.com; Store")
    assert made.title == "Add a handset of Bob Birch to Warehouse"
    assert dict(made.facts)["Second line"] == "Store"
    assert made.checks == ()
    assert any("Bob Birch has Webex Calling Standard" in text for text in made.warnings)
    result = await done(ADD_HANDSET, made, context(calling))
    assert result.title == "Added a handset of Bob Birch to Warehouse"


async def test_what_is_wrong_with_a_single_one_stands_beside_its_field(calling):
    with pytest.raises(Invalid) as caught:
        await handsets(context(calling), "Nobody")
    assert caught.value.problems["members"].startswith("I found no person or workspace")
    with pytest.raises(Invalid) as caught:
        await bases(context(calling), "00:00:5E:00:53:FF")
    assert "is in use by" in caught.value.problems["bases"]


async def test_a_single_one_that_is_there_is_no_mistake(calling):
    ctx = context(calling)
    await done(ADD_BASE, await bases(ctx, MAC), ctx)
    again = await bases(ctx, MAC)
    assert rows_of(again) == []
    assert wrong(again)[1].endswith("Nothing needs to be added.")


async def test_several_are_a_list_where_wrong_rows_hold_up_no_others(calling):
    made = await handsets(context(calling), "ann@example.com\nNobody\nLobby; Carl Cedar\nLobby")
    assert made.title == "Add 2 handsets to Warehouse"
    assert rows_of(made) == ["row 1", "row 4"]
    assert [*wrong(made)] == [2, 3]
    assert "Carl Cedar has no Webex Calling licence" in wrong(made)[3]
    facts = dict(made.facts)
    assert (facts["Rows"], facts["Ready"], facts["Wrong"]) == ("4", "2", "2")
    assert facts["Handsets"] == "2: Ann Alder and Lobby"


async def test_a_second_line_of_many_handsets_is_named_once(calling):
    made = await handsets(context(calling), "Lobby; Store\nMeeting Room North; Store")
    assert dict(made.facts)["Second lines"] == "2 × Store"


async def test_a_handset_reaches_into_the_locations_of_all_members(calling):
    made = await handsets(context(calling), "Meeting Room South; ann@example.com")
    assert [place.name for place in made.locations] == ["Lyon", "Berlin"]


async def test_people_of_some_locations_find_neither_networks_nor_owners_elsewhere(calling):
    with pytest.raises(Invalid) as caught:
        await handsets(context(calling, "Berlin"), "ann@example.com")
    assert "There is no DECT network in your locations" in caught.value.problems["network"]
    with pytest.raises(Invalid) as caught:
        await handsets(context(calling, "Lyon"), "ann@example.com")
    assert caught.value.problems["members"].startswith("I found no person")


async def test_nothing_to_add_is_asked_for(calling):
    for operation, field in ((ADD_BASE, "bases"), (ADD_HANDSET, "members")):
        with pytest.raises(Invalid) as caught:
            await plan_boxes(operation, context(calling), network="Warehouse")
        assert caught.value.problems[field].startswith("Please enter the")


async def test_rows_of_a_file_may_have_base_station_and_handset(calling):
    rows = [
        ListRow(2, base=MACS[0], owner="Ann Alder"),
        ListRow(3, base=MACS[1]),
        ListRow(4, owner="Lobby", line2="Store"),
    ]
    made = await plan_rows(ADD_BASE, context(calling), *rows, network="Warehouse")
    assert rows_of(made) == ["row 2 base", "row 3 base", "row 2", "row 4", "row 4 line 2"]
    assert "Ann Alder is in Berlin" in told(made)[2]
    assert not made.is_short


async def test_a_base_station_of_another_network_is_named(calling):
    other = WAREHOUSE.model_copy(update={"id": "net-2", "name": "Hall"})
    calling.dect.held.append(other)
    await calling.dect.add_base_stations(other.ref, [MACS[0]])
    calling.foreign_macs.add(MACS[0])
    with pytest.raises(Invalid) as caught:
        await bases(context(calling), MAC)
    assert "is a base station of the DECT network Hall in Lyon" in caught.value.problems["bases"]
    assert calling.asked.count("base_stations") == 2


async def test_what_only_warns_never_blocks(calling):
    calling.broken = {
        name: [DOWN] * 3
        for name in ("mac_states", "base_stations", "devices_with_macs", "locations")
    }
    made = await bases(context(calling), f"{MAC}\n{MACS[1]}")
    assert rows_of(made) == ["row 1 base", "row 2 base"]
    assert made.unread == {
        calls.MACS.name: MACS_UNREAD,
        calls.BASE_STATIONS.name: calls.BASE_STATIONS.without,
    }
    assert {*made.unread.values()} <= {*made.warnings}


async def test_virtual_lines_that_cannot_be_read_block_only_who_needs_them(calling):
    calling.broken = {"available_members": [DOWN] * 9}
    made = await handsets(context(calling), "ann@example.com; Store\nLobby; Ann Alder")
    assert rows_of(made) == ["row 2", "row 2 line 2"]
    assert "“Store” could not be looked up" in wrong(made)[1]


async def test_handsets_are_not_planned_without_knowing_those_that_are_there(calling):
    calling.broken = {"handsets": [DOWN]}
    with pytest.raises(Unavailable):
        await handsets(context(calling), "ann@example.com")


async def test_licences_that_cannot_be_read_are_a_warning(calling):
    made = await handsets(context(calling), "Dora Daisy\nLobby")
    assert calls.LICENCES.name in made.unread
    assert rows_of(made) == ["row 1", "row 2"]


async def test_many_rows_take_few_reads(calling):
    people = [
        person(f"p{number}", f"Pat {number}", LYON, Licence.PROFESSIONAL) for number in range(200)
    ]
    calling.owners += people
    rows = [
        ListRow(number, owner=owner.email, line2=f"Line {number}")
        for number, owner in enumerate(people, start=2)
    ]
    await plan_rows(ADD_HANDSET, context(calling), *rows, network="Warehouse")
    assert calling.asked.count("available_members") == 1
    assert calling.asked.count("directory") == 1
    assert calling.asked.count("handsets") == 1
    few = rows[:MAX_LINES_ASKED]
    calling.asked.clear()
    await plan_rows(ADD_HANDSET, context(calling), *few, network="Warehouse")
    assert calling.asked.count("available_members") == MAX_LINES_ASKED


async def test_the_time_that_a_run_may_take_is_compared_with_the_time_needed(calling):
    rule = Rule({Role.ADMIN: Decision.DO}, finish_by=200.0)
    ctx = replace(context(calling), policy={"add handset": rule})
    lines = "ann@example.com; Lobby\nLobby; Store\nMeeting Room North; Store"
    made = await handsets(ctx, lines)
    assert dict(made.facts)[TIME_NEEDED].startswith("about 5 minutes: Webex wants 90 s")
    assert (
        "This takes about 5 minutes, but a request ends after 1 hour and leaves the rest"
        " undone. Please split the list into 2 parts."
    ) in made.warnings
    quick = await handsets(replace(ctx, dect_spacing=0.0), lines)
    assert TIME_NEEDED not in dict(quick.facts)
    assert not any("split" in warning for warning in quick.warnings)


async def test_in_webex_for_government_the_plan_says_that_dect_is_not_there(calling):
    made = await bases(context(calling, government=True), MAC)
    assert {*unsupported.warnings(Feature.DECT, government=True)} <= {*made.warnings}


async def test_the_plan_is_the_same_as_long_as_nothing_has_changed(calling):
    ctx = context(calling)
    shown = await handsets(ctx, "ann@example.com; Lobby\nNobody")
    now = await handsets(replace(ctx, shown=shown), "ann@example.com; Lobby\nNobody")
    assert shown.is_still(now)
    await done(ADD_HANDSET, await handsets(ctx, ANN.email), ctx)
    after = await handsets(replace(ctx, shown=shown), "ann@example.com; Lobby\nNobody")
    assert not shown.is_still(after)
    assert rows_of(after) == ["row 1 line 2"]


async def test_the_form_offers_the_networks_and_one_box(calling):
    network, box = await ADD_HANDSET.fields({"network": "warehouse"}, context(calling))
    assert (network.id, network.value, box.id, box.lines) == (
        *("network", WAREHOUSE.id, "members"),
        True,
    )
    assert BERLIN.name not in str(network.choices)


@pytest.mark.parametrize("name", ["Hall2", "Hall 2", "Hall"])
async def test_a_plan_that_was_shown_stays_with_its_network(calling, name):
    hall = WAREHOUSE.model_copy(update={"id": "net-8", "name": "Hall"})
    calling.dect.held = [WAREHOUSE, hall]
    shown = await handsets(context(calling), "ann@example.com", "Hall")
    calling.dect.held = [WAREHOUSE, hall.model_copy(update={"id": "net-9", "name": name})]
    again = replace(context(calling), shown=shown)
    with pytest.raises(Invalid) as caught:
        await handsets(again, "ann@example.com", "Hall")
    gone = "The DECT network Hall, which the plan was for, is not there any more."
    assert caught.value.problems["network"].startswith(gone)
    inputs = {"network": "Hall", "members": "ann@example.com"}
    (field, _) = await ADD_HANDSET.fields(inputs, again)
    assert (len(field.choices), field.value) == (2, "")


async def test_a_plan_that_was_shown_finds_its_network_by_another_name(calling):
    shown = await handsets(context(calling), "ann@example.com")
    calling.dect.held = [WAREHOUSE.model_copy(update={"name": "Depot"})]
    made = await handsets(replace(context(calling), shown=shown), "ann@example.com")
    assert dict(made.facts)["DECT network"] == "Depot"
