"""DECT networks that are in the cloud before somebody asks the bot about them."""

from sandbox.organization.dect import create_network
from sandbox.organization.dect_handsets import HandsetRequest, add_handset, update_handset
from sandbox.organization.dect_stations import add_base_station
from sandbox.organization.entities import DectNetwork, Handset, Member
from tests.journeys.world import World


def placed_network(world: World, name: str, place: str = "Lyon", *, code: str = "") -> DectNetwork:
    """A network of a DBS210 at that location; any older one of its name is taken away."""
    organization = world.sandbox.cloud.organization
    networks = organization.dect_networks
    for key in [key for key, network in networks.items() if network.name == name]:
        del networks[key]
    locations = organization.locations.values()
    location = next(location for location in locations if location.name == place)
    settings = {
        "name": name,
        "model": "DMS Cisco DBS210",
        "defaultAccessCodeEnabled": bool(code),
        "defaultAccessCode": code,
    }
    return create_network(organization, location.key, settings)


def placed_base(world: World, network: DectNetwork, mac: str) -> None:
    """A base station of the network; no other network has it any more."""
    for other in world.sandbox.cloud.organization.dect_networks.values():
        for key in [key for key, base in other.base_stations.items() if base.mac == mac]:
            del other.base_stations[key]
    _, status, _ = add_base_station(world.sandbox.cloud.organization, network, mac)
    assert status == 201, status


def placed_handset(
    world: World, network: DectNetwork, name: str, owner: str, second: str = ""
) -> Handset:
    """A handset of the person with that address, with a second line for another one."""
    organization = world.sandbox.cloud.organization
    first = _member(world, owner)
    handset = add_handset(organization, network, HandsetRequest(first, None, name))
    if second:
        request = HandsetRequest(first, _member(world, second), name)
        update_handset(organization, network, handset, request)
    return handset


def _member(world: World, email: str) -> Member:
    people = world.sandbox.cloud.organization.people.values()
    return Member("person", next(person.key for person in people if person.email == email))
