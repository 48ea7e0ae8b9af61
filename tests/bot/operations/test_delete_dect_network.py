"""Delete a DECT network with all that it has."""

import pytest

from bot.core.errors import Unavailable
from bot.core.models.dect import BaseStation, HandsetSettings
from bot.core.models.webex import Licence, Owner
from bot.domain.plan import Plan
from bot.operations.delete_dect_network import DELETE_DECT_NETWORK
from tests.bot.operations.forms import context, done, plan, problems
from tests.example_org import ANN, BOB, LYON, SOUTH, WAREHOUSE, person
from tests.fake_calling import FakeCalling

TROUBLE = Unavailable(503, "No service.", "T-1")


async def add(calling: FakeCalling, owner: Owner, name: str, second: Owner | None = None) -> None:
    """A handset in the warehouse."""
    calling.dect.takes_two_lines = True
    settings = HandsetSettings(
        line1=owner.id, line2=second.id if second else None, display_name=name
    )
    await calling.dect.add_handset(WAREHOUSE.ref, settings)
    calling.changes = 0


@pytest.fixture
async def calling() -> FakeCalling:
    """The warehouse has a base station and two handsets."""
    calling = FakeCalling()
    calling.dect.stations["net-1"] = [BaseStation(id="base-1", mac="D82E3EEF4E5C")]
    await add(calling, BOB, "B. Birch", ANN)
    await add(calling, SOUTH, "South")
    return calling


async def made(calling: FakeCalling, network: str = "Warehouse") -> Plan:
    """The plan."""
    return await plan(DELETE_DECT_NETWORK, {"network": network}, context(calling))


async def test_the_plan_counts_what_goes_with_the_network_and_running_it_deletes_all(calling):
    planned = await made(calling)
    assert planned.title == "Delete the DECT network Warehouse in Lyon"
    assert dict(planned.facts) == {
        "Network": "Warehouse",
        "Location": "Lyon",
        "Base stations": "1",
        "Handsets": "2, with 3 lines",
        "Owners": "Bob Birch and Meeting Room South",
    }
    (step,) = planned.steps
    assert (step.call.method, step.call.path) == (
        "DELETE",
        f"/telephony/config/locations/{LYON.id}/dectNetworks/net-1",
    )
    assert planned.only_location == "Lyon"
    assert calling.changes == 0

    outcome = await done(DELETE_DECT_NETWORK, planned, context(calling))

    assert outcome.title == "The DECT network Warehouse in Lyon was deleted"
    assert calling.dect.held == []


async def test_with_other_counts_it_is_another_plan(calling):
    before = await made(calling)
    assert before.is_still(await made(calling))
    await add(calling, ANN, "A. Alder")
    assert not before.is_still(await made(calling))


async def test_who_gets_calling_back_is_told(calling):
    planned = await made(calling)
    told = "Bob Birch has Webex Calling Standard: without a phone or handset"
    assert any(told in text for text in planned.warnings)
    calling.broken["owner"] = [TROUBLE]
    unread = await made(calling)
    assert any("could not check the licences" in text for text in unread.warnings)
    assert planned.is_still(unread)


async def test_the_licences_of_many_owners_are_not_read_one_by_one(calling):
    for number in range(26):
        owner = person(f"p{number}", f"Person {number}", LYON, Licence.STANDARD)
        calling.owners.append(owner)
        await add(calling, owner, f"P {number}")
    calling.asked.clear()
    planned = await made(calling)
    assert "owner" not in calling.asked
    assert any("too many owners to check" in text for text in planned.warnings)
    names = "Bob Birch, Meeting Room South, Person 0, Person 1, Person 2 and 23 more"
    assert dict(planned.facts)["Owners"] == names


async def test_an_empty_network_has_nothing_to_take_along(calling):
    calling.dect.stations.clear()
    calling.dect.sets.clear()
    planned = await made(calling)
    assert dict(planned.facts)["Handsets"] == "none"
    assert "It has no base stations and no handsets." in planned.warnings[0]


@pytest.mark.parametrize("method", ["base_stations", "handsets"])
async def test_nothing_is_planned_without_the_counts(calling, method):
    calling.broken[method] = [TROUBLE]
    with pytest.raises(Unavailable):
        await made(calling)


@pytest.mark.parametrize(
    ("network", "sentence"),
    [("", "Please enter the name of the DECT network."), ("Paris", "I found no DECT network")],
)
async def test_a_mistake_is_reported_beside_its_field(calling, network, sentence):
    refusal = await problems(DELETE_DECT_NETWORK, {"network": network}, context(calling))
    assert sentence in refusal.problems["network"]


async def test_a_network_of_another_location_does_not_exist(calling):
    refusal = await problems(
        DELETE_DECT_NETWORK, {"network": "Warehouse"}, context(calling, "Berlin")
    )
    assert "in your locations" in refusal.problems["network"]
