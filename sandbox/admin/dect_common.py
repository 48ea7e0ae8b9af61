"""Helpers that the DECT endpoints share: paths and scopes, the network of a path, lines as JSON.

Webex for Government does not have these calls (docs/webex/provisioning.md §9).
"""

from typing import Any

from aiohttp import web

from sandbox.admin.common import own_organization
from sandbox.clock import epoch_ms
from sandbox.cloud import Cloud
from sandbox.errors import not_found
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.dect import require_network
from sandbox.organization.dect_members import MemberDetails, member_details
from sandbox.organization.entities import DectNetwork, Handset, Member, MemberKind

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
    """Return the organization; 404 in government mode, which has no DECT.

    That such a call answers 404 is inferred: docs/webex/provisioning.md §9.
    """
    if cloud.settings.gov:
        raise not_found()
    return own_organization(request, cloud)


def network_from_path(request: web.Request, org: Organization) -> DectNetwork:
    """Return the network of the path."""
    location_key = key_of(request.match_info["location_id"], "LOCATION")
    key = key_of(request.match_info["network_id"], "DECT_DEV_NET")
    return require_network(org, location_key, key)


def member_from_id(text: object) -> Member:
    """Return the member with this id, of any kind; a raw uuid is a person's."""
    for kind, id_kind in ID_KINDS.items():
        key = key_of(text, id_kind)
        if key:
            return Member(kind, key)
    return Member("person", "")


def member_json(org: Organization, details: MemberDetails) -> dict[str, Any]:
    """Return the fields that lines and lists of members have in common."""
    location = org.locations[details.location_key]
    return {
        "firstName": details.first_name,
        "lastName": details.last_name,
        "location": {"id": public_id("LOCATION", location.key), "name": location.name},
        "memberType": ID_KINDS[details.member.kind],
    }


def member_id(member: Member) -> str:
    """Return the public id of a member."""
    return public_id(ID_KINDS[member.kind], member.key)


def lines_json(org: Organization, handset: Handset, *, registration: bool) -> list[dict[str, Any]]:
    """Return the lines of a handset; base stations show them without their registration."""
    registered = _registration(handset) if registration and handset.registered else {}
    members = [member_details(org, member) for member in handset.lines]
    return [_line(org, member) | registered for member in members if member is not None]


def _line(org: Organization, details: MemberDetails) -> dict[str, Any]:
    return {
        "memberId": member_id(details.member),
        "external": details.phone_number or "",
        "extension": details.extension or "",
        **member_json(org, details),
    }


def _registration(handset: Handset) -> dict[str, Any]:
    address = f"192.0.2.{FIRST_HOST + handset.index % FIRST_HOST}"
    moment = handset.registered and str(epoch_ms(handset.registered))
    return {"lastRegistrationTime": moment, "hostIP": address, "remoteIP": address}


def log_handset_change(cloud: Cloud, change: str, network: DectNetwork) -> None:
    """Log a change of a network's handsets, and whether it came too soon after the last one.

    Then a base station of Webex may keep its old configuration (docs/webex/provisioning.md §5).
    """
    now, last = cloud.clock.now(), network.handsets_changed
    network.handsets_changed = now
    log_network_event(cloud, change, network)
    if last is not None and (now - last).total_seconds() < cloud.settings.dect_spacing_s:
        network.early_changes += 1
        log_network_event(cloud, "DECT handsets changed too soon", network)


def log_network_event(cloud: Cloud, change: str, network: DectNetwork) -> None:
    """Log a change of a network, which the page shows."""
    cloud.event_log.append("organization", what=change, name=network.name)
