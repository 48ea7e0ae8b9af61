"""Handsets of a DECT network: one or two lines for people, workspaces and virtual lines.

See docs/webex/provisioning.md §5.
"""

import secrets
import uuid
from dataclasses import dataclass
from itertools import count

from sandbox.organization.dect_members import require_line1_member, require_line2_member
from sandbox.organization.dect_stations import model_of
from sandbox.organization.entities import DectNetwork, Handset, Member, Owner
from sandbox.organization.errors import MISSING_FIELD, TWO_LINES, bad_request, unknown_id
from sandbox.organization.phones import update_derived_state
from sandbox.organization.state import Organization

NAME_LENGTH = 16
MAX_BULK_ITEMS = 50


@dataclass(frozen=True)
class HandsetRequest:
    """The fields of a request; the name is not validated yet. ``second`` None: one line."""

    first: Member
    second: Member | None
    name: object

    @property
    def lines(self) -> list[Member]:
        """Line 1, and line 2 if there is one."""
        return [self.first, self.second] if self.second else [self.first]


def add_handset(org: Organization, network: DectNetwork, request: HandsetRequest) -> Handset:
    """Add a handset, or raise an error. Webex was seen to refuse two lines at once."""
    name = _checked(org, request)
    if request.second and not org.settings.dect_two_lines_at_once:
        raise bad_request("Could not synchronize the lines of the handset.", TWO_LINES)
    _require_ports(network, len(request.lines))
    handset = Handset(
        key=str(uuid.uuid4()),
        index=_free_index(network),
        name=name,
        access_code=f"{secrets.randbelow(10_000):04}",
        lines=request.lines,
    )
    network.handsets[handset.key] = handset
    _settle(org, request.lines)
    return handset


def update_handset(
    org: Organization, network: DectNetwork, handset: Handset, request: HandsetRequest
) -> None:
    """Change the name and the lines of a handset; without a second member line 2 is removed."""
    name = _checked(org, request)
    _require_ports(network, len(request.lines) - len(handset.lines))
    before, handset.lines, handset.name = handset.lines, request.lines, name
    _settle(org, [*before, *handset.lines])


def remove_handsets(org: Organization, network: DectNetwork, keys: list[str]) -> None:
    """Remove handsets, which must all exist; people with Standard regain their apps.

    See docs/webex/provisioning.md §7.
    """
    handsets = [require_handset(network, key) for key in dict.fromkeys(keys)]
    for handset in handsets:
        del network.handsets[handset.key]
    _settle(org, [member for handset in handsets for member in handset.lines])


def require_handset(network: DectNetwork, key: str) -> Handset:
    """Return the handset with that key; raises if there is none."""
    handset = network.handsets.get(key)
    if handset is None:
        raise unknown_id("handset")
    return handset


def remove_network(org: Organization, network: DectNetwork) -> None:
    """Remove a network with its base stations and handsets."""
    del org.dect_networks[network.key]
    _settle(org, [member for handset in network.handsets.values() for member in handset.lines])


def lines_at(network: DectNetwork, base_key: str) -> int:
    """Return how many lines are registered with a base station."""
    return sum(
        len(handset.lines) for handset in network.handsets.values() if handset.base_key == base_key
    )


def _checked(org: Organization, request: HandsetRequest) -> str:
    """Return the name after checking it and the members."""
    name = request.name
    if name is None:
        raise bad_request("Missing mandatory field: customDisplayName.", MISSING_FIELD)
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_LENGTH or not name.strip():
        raise bad_request(f"The custom display name must have 1 to {NAME_LENGTH} characters.")
    require_line1_member(org, request.first)
    if request.second:
        require_line2_member(org, request.second)
    return name


def _require_ports(network: DectNetwork, additional: int) -> None:
    if network.lines + additional > model_of(network).line_ports:
        raise bad_request("The DECT network has no line port left.")


def _free_index(network: DectNetwork) -> int:
    used = {handset.index for handset in network.handsets.values()}
    return next(number for number in count(1) if number not in used)


def _settle(org: Organization, members: list[Member]) -> None:
    for member in dict.fromkeys(members):
        if member.kind != "virtual_line":
            update_derived_state(org, Owner(member.kind, member.key))
