"""Handsets of a DECT network: one line or two, and pairing with a base station (webex-provisioning.md §5)."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sandbox.organization.dect_stations import model_of
from sandbox.organization.facts import DectNetwork, Handset, Member, Owner
from sandbox.organization.members import require_first, require_second
from sandbox.organization.phones import settle
from sandbox.organization.refusals import MISSING_FIELD, TWO_LINES, bad, gone
from sandbox.organization.state import Organization

NAME_LENGTH = 16
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class WantedHandset:
    """What a call asks for; the name is unchecked. ``second`` None: one line."""

    first: Member
    second: Member | None
    name: object

    @property
    def lines(self) -> list[Member]:
        """Line 1, and line 2 if there is to be one."""
        return [self.first, self.second] if self.second else [self.first]


def add_handset(org: Organization, network: DectNetwork, wanted: WantedHandset) -> Handset:
    """Add a handset or raise a refusal; with two lines at once Webex was seen to refuse it."""
    name = _checked(org, wanted)
    if wanted.second and not org.settings.dect_two_lines_at_once:
        raise bad("Could not synchronize the lines of the handset.", TWO_LINES)
    _require_ports(network, len(wanted.lines))
    handset = Handset(
        key=str(uuid.uuid4()),
        index=_free_index(network),
        name=name,
        access_code=f"{secrets.randbelow(10_000):04}",
        lines=wanted.lines,
    )
    network.handsets[handset.key] = handset
    _settle(org, wanted.lines)
    return handset


def update_handset(
    org: Organization, network: DectNetwork, handset: Handset, wanted: WantedHandset
) -> None:
    """Give a handset another name and other lines; without a second member line 2 is gone."""
    name = _checked(org, wanted)
    _require_ports(network, len(wanted.lines) - len(handset.lines))
    before, handset.lines, handset.name = handset.lines, wanted.lines, name
    _settle(org, [*before, *handset.lines])


def remove_handsets(org: Organization, network: DectNetwork, keys: list[str]) -> None:
    """Remove handsets, all of which must be there; Standard people get their apps back (§7)."""
    handsets = [require_handset(network, key) for key in dict.fromkeys(keys)]
    for handset in handsets:
        del network.handsets[handset.key]
    _settle(org, [member for handset in handsets for member in handset.lines])


def require_handset(network: DectNetwork, key: str) -> Handset:
    """Return the handset of that key."""
    handset = network.handsets.get(key)
    if handset is None:
        raise gone("handset")
    return handset


def remove_network(org: Organization, network: DectNetwork) -> None:
    """Remove a network with its base stations and handsets."""
    del org.dect_networks[network.key]
    _settle(org, [member for one in network.handsets.values() for member in one.lines])


def pair(network: DectNetwork, now: datetime) -> list[Handset]:
    """Let every handset without a base station find the one with the fewest; returns those that did."""
    alone = [one for one in network.handsets.values() if one.base_key not in network.base_stations]
    if not network.base_stations:
        return []
    for handset in alone:
        handset.base_key = min(network.base_stations, key=lambda key: lines_at(network, key))
        handset.mac = handset.mac or handset.key.replace("-", "")[-12:].upper()
        handset.registered = now
    return alone


def lines_at(network: DectNetwork, base_key: str) -> int:
    """How many lines are registered with a base station."""
    return sum(len(one.lines) for one in network.handsets.values() if one.base_key == base_key)


def _checked(org: Organization, wanted: WantedHandset) -> str:
    """Return the name; name and members must be good."""
    name = wanted.name
    if name is None:
        raise bad("Missing mandatory field: customDisplayName.", MISSING_FIELD)
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_LENGTH or not name.strip():
        raise bad(f"The custom display name must have 1 to {NAME_LENGTH} characters.")
    require_first(org, wanted.first)
    if wanted.second:
        require_second(org, wanted.second)
    return name


def _require_ports(network: DectNetwork, more: int) -> None:
    if network.lines + more > model_of(network).line_ports:
        raise bad("The DECT network has no line port left.")


def _free_index(network: DectNetwork) -> int:
    taken = {handset.index for handset in network.handsets.values()}
    return next(number for number in count(1) if number not in taken)


def _settle(org: Organization, members: list[Member]) -> None:
    for member in dict.fromkeys(members):
        if member.kind != "virtual_line":
            settle(org, Owner(member.kind, member.key))
