"""A DECT network from its creation to its end: `DectApi` with the sandbox, and the fake alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from bot.core.errors import NotFound, WebexError
from bot.core.models.dect import (
    HandsetSettings,
    MemberKind,
    NetworkChange,
    NetworkRef,
)
from bot.core.models.webex import Owner, OwnerKind
from bot.domain import dect_limits, error_messages
from bot.domain.ports import DectCalling
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken, ssl_context
from bot.webex.http_client import http_client
from tests.example_org import BOB, LYON
from tests.fake_calling import FakeCalling
from tests.sandbox.admin.admin_client import admin_api

MACS = ["00005E005301", "00005E005302", "00005E005303"]


@dataclass
class Building:
    """The calls to an organization, a new network in Lyon, and a person with a number."""

    dect: DectCalling
    hall: NetworkRef
    bob: str  # id

    def handset(self, name: str, *, two_lines: bool = False) -> HandsetSettings:
        """Of Bob, with one or both lines."""
        return HandsetSettings(
            line1=self.bob, line2=self.bob if two_lines else None, display_name=name
        )


async def with_hall(dect: DectCalling, location: str, bob: str) -> Building:
    settings = {
        "name": "Hall",
        "model": "DMS Cisco DBS210",
        "defaultAccessCodeEnabled": True,
        "defaultAccessCode": "0042",
    }
    network_id = await dect.create_network(location, settings)
    return Building(dect, NetworkRef(location, network_id), bob)


@pytest.fixture(params=["sandbox", "fake"])
async def building(request: pytest.FixtureRequest) -> AsyncIterator[Building]:
    if request.param == "fake":
        yield await with_hall(FakeCalling().dect, LYON.id, BOB.id)
        return
    async with admin_api() as api:
        token = FixedToken(api.http.headers["Authorization"].removeprefix("Bearer "))
        async with http_client(ssl_context(api.sandbox.ca_file)) as http:
            client = Client(http, api.sandbox.api_url, token)
            calling = CallingApi(client, Cache(lambda: 0.0), None)
            yield await with_hall(calling.dect, api.location("Lyon"), api.id_of("bob"))


async def test_a_network_is_built_read_changed_and_deleted(building: Building):
    dect, hall = building.dect, building.hall
    added = await dect.add_base_stations(hall, MACS)
    assert all(result.is_added and result.id for result in added)
    await dect.add_handset(hall, building.handset("Bob mobile"))
    mixed = [building.handset("Bob 2"), building.handset("Bob 3", two_lines=True)]
    good, bad = await dect.add_handsets(hall, mixed)
    assert good.is_added
    assert bad.refusal
    assert error_messages.is_two_lines_refused(bad.refusal)

    bob = building.bob
    first, second = await dect.handsets(hall, member_id=bob)
    assert [first.shown_name, second.shown_name] == ["Bob mobile", "Bob 2"]
    assert first.access_code == SecretStr("0042")
    assert first.lines[0].is_member(bob)
    assert not first.is_paired
    await dect.update_handset(hall, first.id, building.handset("Both", two_lines=True))
    both = await dect.handset(hall, first.id)
    assert both
    assert (both.shown_name, len(both.lines)) == ("Both", 2)

    network = await dect.network(hall)
    assert network
    assert (network.base_stations, network.handsets, network.lines) == (3, 2, 3)
    limits = dect_limits.limits_of(network.model)
    assert dect_limits.room_problems(network, limits, base_stations=248) != []
    change = NetworkChange(name="Lager", one_code_per_handset=True)
    await dect.update_network(hall, change)
    renamed = await dect.network(hall)
    assert renamed
    assert (renamed.name, renamed.has_shared_code, renamed.access_code) == ("Lager", False, None)

    await dect.delete_handset(hall, first.id)
    await dect.delete_handset(hall, first.id)
    await dect.delete_handsets(hall, [second.id])
    assert await dect.handsets(hall) == []
    await dect.delete_base_station(hall, added[0].id)
    assert [station.mac for station in await dect.base_stations(hall)] == MACS[1:]
    await dect.delete_network(hall)
    await dect.delete_network(hall)
    assert await dect.network(hall) is None


async def test_refusals_of_base_stations_and_networks_are_explained(building: Building):
    dect, hall = building.dect, building.hall
    await dect.add_base_stations(hall, MACS[:1])
    taken, added = await dect.add_base_stations(hall, MACS[:2])
    assert taken.refusal
    assert "name or MAC address" in error_messages.for_person(taken.refusal)
    assert added.is_added
    await dect.delete_network(hall)
    with pytest.raises(NotFound) as gone:
        await dect.add_base_stations(hall, MACS)
    assert error_messages.is_network_gone(gone.value)
    with pytest.raises(NotFound) as unlisted:
        await dect.handsets(hall)
    assert error_messages.for_person(unlisted.value) == error_messages.NETWORK_IS_GONE


async def test_the_list_of_handsets_finds_what_a_deletion_left(building: Building):
    dect, hall = building.dect, building.hall
    await dect.add_handsets(hall, [building.handset(name) for name in ("A", "B")])
    first, second = [handset.id for handset in await dect.handsets(hall)]
    await dect.delete_handset(hall, first)
    with pytest.raises(NotFound):  # one of them is gone already, so Webex deletes none
        await dect.delete_handsets(hall, [first, second])
    await dect.delete_handset(hall, second)
    await dect.delete_handsets(hall, [first, second])


async def test_members_models_and_service_are_read(building: Building):
    dect, hall = building.dect, building.hall
    models = {model.model: (model.base_stations, model.lines) for model in await dect.models()}
    assert models == {"DMS Cisco DBS110": (1, 30), "DMS Cisco DBS210": (250, 1000)}
    owners = await dect.available_members()
    assert {member.kind for member in owners} == {MemberKind.PERSON, MemberKind.WORKSPACE}
    assert [member.id for member in owners if member.is_member(building.bob)] == [building.bob]
    await dect.add_handset(hall, building.handset("Bob"))
    bob = Owner(kind=OwnerKind.PERSON, id=building.bob, name="Bob")
    assert [network.name for network in await dect.networks_of(bob)] == ["Hall"]
    password = await dect.new_serviceability_password(hall)
    assert len(password.get_secret_value()) == 16
    assert await dect.has_serviceability_password(hall)
    await dect.switch_serviceability_password(hall, enabled=False)
    assert not await dect.has_serviceability_password(hall)


async def test_a_virtual_line_can_be_a_second_line_only(building: Building):
    (line,) = [
        member
        for member in await building.dect.available_members(second_line=True)
        if member.kind is MemberKind.VIRTUAL_LINE
    ]
    settings = HandsetSettings(line1=line.id, display_name="Store")
    with pytest.raises(WebexError):
        await building.dect.add_handset(building.hall, settings)
    await building.dect.add_handset(building.hall, building.handset("Bob"))
    (handset,) = await building.dect.handsets(building.hall)
    both = building.handset("Bob").model_copy(update={"line2": line.id})
    await building.dect.update_handset(building.hall, handset.id, both)
    (handset,) = await building.dect.handsets(building.hall, member_id=line.id)
    assert [each.kind for each in handset.lines] == [MemberKind.PERSON, MemberKind.VIRTUAL_LINE]
