"""A DECT network from its creation to its end, by `DectApi` against the sandbox's server."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from bot.core.errors import NotFound
from bot.core.models.dect import HandsetSettings, MemberKind, NetworkChange, NetworkRef
from bot.core.models.webex import Owner, OwnerKind
from bot.domain import dect_limits, error_messages
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken, ssl_context
from bot.webex.dect import DectApi
from bot.webex.http_client import http_client
from tests.sandbox.admin.admin_client import Api, admin_api

MACS = ["00005E005301", "00005E005302", "00005E005303"]


@dataclass
class Building:
    """A sandbox, the bot's calls to it, and a new network in Lyon."""

    api: Api
    calling: CallingApi
    hall: NetworkRef

    @property
    def dect(self) -> DectApi:
        """The calls under test."""
        return self.calling.dect

    def handset(self, who: str, name: str, second: str | None = None) -> HandsetSettings:
        """Of a person (by mailbox) or a workspace (by name)."""
        line2 = self.api.id_of(second) if second else None
        return HandsetSettings(line1=self.api.id_of(who), line2=line2, display_name=name)


@pytest.fixture
async def building() -> AsyncIterator[Building]:
    async with admin_api() as api:
        token = FixedToken(api.http.headers["Authorization"].removeprefix("Bearer "))
        async with http_client(ssl_context(api.sandbox.ca_file)) as http:
            calling = CallingApi(Client(http, api.sandbox.api_url, token), Cache(lambda: 0.0), None)
            location = api.location("Lyon")
            settings = {
                "name": "Hall",
                "model": "DMS Cisco DBS210",
                "defaultAccessCodeEnabled": True,
                "defaultAccessCode": "0042",
            }
            network_id = await calling.dect.create_network(location, settings)
            yield Building(api, calling, NetworkRef(location, network_id))


async def test_a_network_is_built_read_changed_and_deleted(building: Building):
    dect, hall = building.dect, building.hall
    added = await dect.add_base_stations(hall, MACS)
    assert all(result.is_added and result.id for result in added)
    await dect.add_handset(hall, building.handset("bob", "Bob mobile"))
    mixed = [building.handset("bob", "Bob 2"), building.handset("bob", "Bob 3", second="bob")]
    good, bad = await dect.add_handsets(hall, mixed)
    assert good.is_added
    assert bad.refusal
    assert error_messages.is_two_lines_refused(bad.refusal)

    bob = building.api.id_of("bob")
    first, second = await dect.handsets(hall, member_id=bob)
    assert [first.shown_name, second.shown_name] == ["Bob mobile", "Bob 2"]
    assert first.access_code == SecretStr("0042")
    assert first.lines[0].is_member(bob)
    assert not first.is_paired
    await dect.update_handset(hall, first.id, building.handset("bob", "Both", second="bob"))
    building.api.clock.advance(10)
    paired = await dect.handset(hall, first.id)
    assert paired
    assert (paired.shown_name, len(paired.lines)) == ("Both", 2)

    network = await dect.network(hall)
    assert network
    assert (network.base_stations, network.handsets, network.lines) == (3, 2, 3)
    assert dect_limits.room_problems(network, base_stations=248) != []
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
    await dect.add_handsets(hall, [building.handset("bob", name) for name in ("A", "B")])
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
    second = await dect.available_members(second_line=True)
    kinds = {member.kind for member in second}
    assert kinds == {MemberKind.PERSON, MemberKind.WORKSPACE, MemberKind.VIRTUAL_LINE}
    owners = await dect.available_members()
    assert MemberKind.VIRTUAL_LINE not in {member.kind for member in owners}
    await dect.add_handset(hall, building.handset("bob", "Bob"))
    bob = Owner(kind=OwnerKind.PERSON, id=building.api.id_of("bob"), name="Bob")
    assert [network.name for network in await dect.networks_of(bob)] == ["Hall"]
    password = await dect.new_serviceability_password(hall)
    assert len(password.get_secret_value()) == 16
    assert await dect.has_serviceability_password(hall)
    await dect.switch_serviceability_password(hall, enabled=False)
    assert not await dect.has_serviceability_password(hall)
