"""Remove a base station from its DECT network."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.errors import NotFound, Unavailable
from bot.core.models.dect import BaseStation, DectNetwork, HandsetSettings
from bot.core.models.webex import Location
from bot.domain.lookup.base_search import MAX_READS
from bot.domain.operation import Context
from bot.domain.plan import Plan
from bot.operations.remove_base import REMOVE_BASE
from tests.bot.operations.forms import context, done, plan, problems
from tests.example_org import ANN, BERLIN, LYON, WAREHOUSE
from tests.fake_calling import FakeCalling

MAC, OTHER = "D82E3EEF4E5C", "D82E3EEF4E5D"
SHOWN = "D8:2E:3E:EF:4E:5C"
TROUBLE = Unavailable(503, "No service.", "T-1")


def network(number: int, where: Location = LYON) -> DectNetwork:
    """Another one than the warehouse."""
    return WAREHOUSE.model_copy(
        update={
            "id": f"net-{number}", "name": f"Hall {number:03}", "location_id": where.id,
            "location": where.name,
        }
    )  # fmt: skip


def with_bases(calling: FakeCalling, of: DectNetwork, macs: Sequence[str]) -> None:
    """Base stations of a network, one line registered at each."""
    calling.dect.stations[of.id] = [
        BaseStation(id=f"base-{mac}", mac=mac, lines_registered=1) for mac in macs
    ]


@pytest.fixture
def calling() -> FakeCalling:
    """The warehouse has two base stations."""
    calling = FakeCalling()
    with_bases(calling, WAREHOUSE, [MAC, OTHER])
    return calling


async def made(calling: FakeCalling, ctx: Context | None = None, **inputs: str) -> Plan:
    """The plan."""
    return await plan(REMOVE_BASE, inputs, ctx or context(calling))


async def test_the_plan_finds_the_network_and_running_it_removes_the_base_station(calling):
    planned = await made(calling, base=SHOWN.lower())
    assert planned.title == f"Remove the base station {SHOWN} from Warehouse"
    assert dict(planned.facts)["Other bases"] == "1"
    assert dict(planned.context)["Handsets there"] == "none"
    assert planned.only_location == "Lyon"
    (step,) = planned.steps
    path = f"/telephony/config/locations/{LYON.id}/dectNetworks/net-1/baseStations/base-{MAC}"
    assert (step.call.method, step.call.path) == ("DELETE", path)
    assert calling.changes == 0

    outcome = await done(REMOVE_BASE, planned, context(calling))

    assert SHOWN in outcome.title
    assert [station.mac for station in calling.dect.stations["net-1"]] == [OTHER]


async def test_the_handsets_there_are_named_and_the_last_base_station_is_warned_of(calling):
    with_bases(calling, WAREHOUSE, [MAC])
    settings = HandsetSettings(line1=ANN.id, display_name="A. Alder")
    await calling.dect.add_handset(WAREHOUSE.ref, settings)
    calling.dect.pair(WAREHOUSE.ref)
    planned = await made(calling, base=MAC)
    assert dict(planned.context)["Handsets there"] == "1 handset: A. Alder"
    assert "It is the only base station of Warehouse" in planned.warnings[0]


async def test_a_base_station_whose_handsets_cannot_be_read_can_be_removed(calling):
    calling.broken["base_station"] = [TROUBLE]
    planned = await made(calling, base=MAC)
    assert len(planned.steps) == 1
    assert any("handsets" in warning for warning in planned.warnings)


async def test_of_many_networks_a_few_are_read_at_once_and_none_after_the_hit(calling):
    halls = [network(number) for number in range(2, 202)]
    calling.dect.held = [*halls, WAREHOUSE]
    for hall in halls:
        with_bases(calling, hall, [f"D82E3EE{hall.id.removeprefix('net-'):0>5}"])
    halls_mac = calling.dect.stations["net-40"][0].mac
    planned = await made(calling, base=halls_mac)
    assert planned.first.details["network"] == "net-40"
    assert calling.asked.count("base_stations") <= 39 + MAX_READS


async def test_at_confirm_only_the_network_of_the_shown_plan_is_read(calling):
    calling.dect.held = [*(network(number) for number in range(2, 50)), WAREHOUSE]
    ctx = context(calling)
    shown = await made(calling, ctx, base=MAC)
    calling.asked.clear()
    again = await made(
        calling, Context(calling, ctx.reaches, allowlist=ctx.allowlist, shown=shown), base=MAC
    )
    assert again == shown
    assert calling.asked.count("base_stations") == 1


async def test_networks_of_other_locations_are_not_searched(calling):
    refusal = await problems(REMOVE_BASE, {"base": MAC}, context(calling, "Berlin"))
    assert "in any DECT network in your locations" in refusal.problems["base"]
    assert calling.asked.count("base_stations") == 0


async def test_that_there_is_none_is_said_only_if_all_networks_could_be_read(calling):
    calling.dect.held = [network(2, BERLIN), WAREHOUSE]
    refusal = await problems(REMOVE_BASE, {"base": "D82E3EEF0000"}, context(calling))
    assert "I found no base station" in refusal.problems["base"]
    for trouble in (TROUBLE, NotFound(404, "Not found.", "T-1")):
        calling.broken["base_stations"] = [trouble]
        refusal = await problems(REMOVE_BASE, {"base": "D82E3EEF0000"}, context(calling))
        assert "could not be looked up in all DECT networks" in refusal.problems["base"]


async def test_without_a_mac_the_base_stations_of_the_network_are_a_choice(calling):
    refusal = await problems(REMOVE_BASE, {"network": "Warehouse"}, context(calling))
    assert refusal.problems == {"base": "Which base station of Warehouse in Lyon?"}
    titles = [choice.title for choice in refusal.choices["base"]]
    assert titles == [f"{SHOWN} · 1 line registered", "D8:2E:3E:EF:4E:5D · 1 line registered"]
    planned = await made(calling, network="Warehouse", base=refusal.choices["base"][0].value)
    assert planned.first.details["mac"] == MAC


@pytest.mark.parametrize(
    ("inputs", "field", "sentence"),
    [
        ({}, "base", "Please enter the MAC address of the base station."),
        ({"base": "lobby"}, "base", "MAC"),
        ({"network": "Warehouse", "base": "D82E3EEF0000"}, "base", "has no base station with the"),
        ({"network": "Paris"}, "network", "I found no DECT network called “Paris”"),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(calling, inputs, field, sentence):
    refusal = await problems(REMOVE_BASE, inputs, context(calling))
    assert set(refusal.problems) == {field}
    assert sentence in refusal.problems[field]


async def test_a_network_without_base_stations_has_none_to_remove(calling):
    calling.dect.stations.clear()
    refusal = await problems(REMOVE_BASE, {"network": "Warehouse"}, context(calling))
    assert "has no base stations" in refusal.problems["network"]


async def test_a_plan_that_was_shown_does_not_follow_the_base_station_elsewhere(calling):
    hall = network(2)
    calling.dect.held = [WAREHOUSE, hall]
    shown = await made(calling, base=MAC)
    with_bases(calling, WAREHOUSE, [OTHER])
    with_bases(calling, hall, [MAC])
    invalid = await problems(REMOVE_BASE, {"base": MAC}, replace(context(calling), shown=shown))
    moved = f"The base station {SHOWN} is in another DECT network now: Hall 002 in Lyon."
    assert invalid.problems["base"].startswith(moved)
