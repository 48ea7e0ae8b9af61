"""Who may do what, where: roles, scopes and the policy. Pure: rows in, decision out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from bot.core.models.people import Grant, Role
from bot.core.models.webex import LocationRef


class Decision(IntEnum):
    """Ordered, so that the best of several roles is their maximum."""

    DENY = 0
    ASK = 1
    DO = 2


@dataclass(frozen=True)
class Rule:
    """What the policy says about one command; times in seconds."""

    roles: Mapping[Role, Decision]
    approvers: int = 1  # how many people must approve where a role has to ask
    approve_by: float = 4 * 3600.0  # after Confirm: then the request expires
    run_by: float = 900.0  # after the last approval: then a change that has not begun never runs
    finish_by: float = 24 * 3600.0  # after the last approval: then nothing more is sent
    approve: frozenset[Role] = frozenset({Role.APPROVER})  # who may decide, within their locations
    # Concerns the organization as a whole: a role for one location does not allow it.
    organization_wide: bool = False


Policy = Mapping[str, Rule]  # by name of the command; a command that is missing is denied

# Which roles may do something without approval.
CHANGE = dict.fromkeys((Role.TECHNICIAN, Role.ENGINEER, Role.ADMIN), Decision.DO)
READ = {**CHANGE, Role.VIEWER: Decision.DO}
EVERYBODY = {**READ, Role.APPROVER: Decision.DO}
ADMIN = {Role.ADMIN: Decision.DO}
DENY_ALL = Rule({})
UNDO = "undo "  # with the name of an operation: the operation that takes back its many steps
UNDO_MINUTES = 15  # in which an undo of one's own change needs no approval
LAST_ADMIN = "{who} is the last admin. Make somebody else admin first."
EVERYWHERE = LocationRef()  # no single location: only a role for everywhere reaches it


def rule_for(operation: str, policy: Policy) -> Rule:
    """The rule of an operation; an undo of many steps follows the operation that it takes back."""
    return policy.get(operation.removeprefix(UNDO), DENY_ALL)


def grants_of(email: str, rows: Iterable[Grant]) -> tuple[Grant, ...]:
    """The person's rows, by email or by domain; empty if they are not on the list."""
    address = email.strip().lower()
    domain = "@" + address.rpartition("@")[2]
    return tuple(row for row in rows if address and row.who.lower() in (address, domain))


def decide(
    operation: str, grants: Iterable[Grant], location: LocationRef, policy: Policy
) -> Decision:
    """The decision for this operation in this location; deny unless a rule allows it."""
    roles = rule_for(operation, policy).roles
    return max(
        (roles.get(grant.role, Decision.DENY) for grant in grants if grant.reaches(location)),
        default=Decision.DENY,
    )


def decide_everywhere(
    operation: str, grants: Collection[Grant], locations: Collection[LocationRef], policy: Policy
) -> Decision:
    """The worst of the decisions in these locations; without any, in the whole organization."""
    places = locations or (EVERYWHERE,)
    return min(decide(operation, grants, place, policy) for place in places)


def decide_anywhere(operation: str, grants: Iterable[Grant], policy: Policy) -> Decision:
    """The best decision of all locations: it decides whether a form is shown."""
    rule = rule_for(operation, policy)
    if rule.organization_wide:
        return decide(operation, grants, EVERYWHERE, policy)
    roles = rule.roles
    return max((roles.get(grant.role, Decision.DENY) for grant in grants), default=Decision.DENY)


def is_limited(operation: str, grants: Iterable[Grant], policy: Policy) -> bool:
    """Whether the person may use it in some locations only."""
    roles = rule_for(operation, policy).roles
    return not any(
        roles.get(grant.role, Decision.DENY) > Decision.DENY and not grant.where for grant in grants
    )


def approvers(rule: Rule, rows: Collection[Grant], locations: Collection[LocationRef]) -> list[str]:
    """Who may decide in all of these locations, emails and domains, each once."""
    holders: dict[str, list[Grant]] = {}
    for grant in rows:
        holders.setdefault(grant.who, []).append(grant)
    return [who for who, grants in holders.items() if may_approve(rule, grants, locations)]


def may_approve(rule: Rule, grants: Collection[Grant], locations: Collection[LocationRef]) -> bool:
    """Whether these grants of one person allow to decide in all of these locations."""
    approving = [grant for grant in grants if grant.role in rule.approve]
    places = locations or (EVERYWHERE,)
    return all(any(grant.reaches(place) for grant in approving) for place in places)


def find_grants(
    rows: Iterable[Grant], who: str, role: Role | None, location: str | None
) -> list[Grant]:
    """The grants of `who` with this role and location; None matches all."""
    return [
        grant
        for grant in rows
        if grant.who == who
        and role in (None, grant.role)
        and (location is None or _is_at(grant, location))
    ]


def _is_at(grant: Grant, location: str) -> bool:
    """Whether the text is the name or id of the grant's location; an empty text: everywhere."""
    return location.casefold() == grant.location.casefold() or location == grant.location_id != ""
