"""What the DECT endpoints share: their paths and scopes, the network of a path, lines as JSON.

In government mode there are none of these calls (webex-provisioning.md §9).
"""

from typing import Any

from aiohttp import web

from sandbox.admin.common import own_organization
from sandbox.clock import epoch_ms
from sandbox.cloud import Cloud
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.dect import require_network
from sandbox.organization.facts import DectNetwork, Handset, Member, MemberKind
from sandbox.organization.members import Caller, caller
from sandbox.problems import not_found

PREFIX = "/telephony/config"
NETWORKS = f"{PREFIX}/locations/{{location_id}}/dectNetworks"
NETWORK = f"{NETWORKS}/{{network_id}}"
READ = frozenset({"spark-admin:telephony_config_read"})
WRITE = frozenset({"spark-admin:telephony_config_write"})

ID_KINDS: dict[MemberKind, str] = {
    "person": "PEOPLE",
    "workspace": "PLACE",
    "virtual_line": "VIRTUAL_LINE",
}
FIRST_HOST = 100


def organization_with_dect(request: web.Request, cloud: Cloud) -> Organization:
    """Return the organization; 404 where there is no DECT."""
    if cloud.settings.gov:
        raise not_found()
    return own_organization(request, cloud)


def named_network(request: web.Request, org: Organization) -> DectNetwork:
    """Return the network of the path."""
    location_key = key_of(request.match_info["location_id"], "LOCATION")
    key = key_of(request.match_info["network_id"], "DECT_DEV_NET")
    return require_network(org, location_key, key)


def member_named(text: object) -> Member:
    """Return the member an id names, whatever its kind; a raw uuid is a person's."""
    for kind, id_kind in ID_KINDS.items():
        key = key_of(text, id_kind)
        if key:
            return Member(kind, key)
    return Member("person", "")


def member_facts(org: Organization, found: Caller) -> dict[str, Any]:
    """Return what lines and lists of members have in common."""
    location = org.locations[found.location_key]
    return {
        "firstName": found.first_name,
        "lastName": found.last_name,
        "location": {"id": public_id("LOCATION", location.key), "name": location.name},
        "memberType": ID_KINDS[found.member.kind],
    }


def member_id(member: Member) -> str:
    """Return the public id of a member."""
    return public_id(ID_KINDS[member.kind], member.key)


def lines_json(org: Organization, handset: Handset, *, registration: bool) -> list[dict[str, Any]]:
    """Return the lines of a handset; those of a base station do not tell of their registration."""
    told = _registration(handset) if registration and handset.registered else {}
    found = [caller(org, member) for member in handset.lines]
    return [_line(org, one) | told for one in found if one is not None]


def _line(org: Organization, found: Caller) -> dict[str, Any]:
    return {
        "memberId": member_id(found.member),
        "external": found.phone_number or "",
        "extension": found.extension or "",
        **member_facts(org, found),
    }


def _registration(handset: Handset) -> dict[str, Any]:
    address = f"192.0.2.{FIRST_HOST + handset.index % FIRST_HOST}"
    moment = handset.registered and str(epoch_ms(handset.registered))
    return {"lastRegistrationTime": moment, "hostIP": address, "remoteIP": address}


def access_code(network: DectNetwork, handset: Handset) -> str:
    """Return the code the handset is paired with: the network's, or else its own."""
    return network.access_code if network.access_code_enabled else handset.access_code
