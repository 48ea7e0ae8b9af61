"""Who may do what, where: roles, scopes and the policy. Pure: rows in, decision out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from bot.models import Grant, Role


class Decision(IntEnum):
    """Ordered, so that the best of several roles is their maximum."""

    DENY = 0
    ASK = 1
    DO = 2


@dataclass(frozen=True)
class Rule:
    """What the policy says about one operation; times in seconds."""

    roles: Mapping[Role, Decision]
    approvers: int = 1  # how many different people must approve where a role has to ask
    approve_by: float = 4 * 3600.0  # from Confirm: then the request expires
    run_by: float = 900.0  # from the last approval: what has not begun by then never will
    approve: frozenset[Role] = frozenset(
        {Role.APPROVER}
    )  # who may decide, where their role reaches


Policy = Mapping[str, Rule]

_READ = dict.fromkeys((Role.VIEWER, Role.TECHNICIAN, Role.ENGINEER, Role.ADMIN), Decision.DO)
_ALL = {**_READ, Role.APPROVER: Decision.DO}
_CHANGE = dict.fromkeys((Role.TECHNICIAN, Role.ENGINEER, Role.ADMIN), Decision.DO)
_ADMIN = {Role.ADMIN: Decision.DO}

# The built-in policy of the design. What is not in the table is denied. `approver` adds only the
# right to decide on requests; with it one may see what one is asked about.
POLICY: Policy = {
    "help": Rule(_ALL),
    "whoami": Rule(_ALL),
    "requests": Rule(_ALL),
    "devices": Rule(_READ),
    "device": Rule(_READ),
    "add phone": Rule(_CHANGE),
    "activation code": Rule(_CHANGE),
    "tag": Rule(_CHANGE),
    "create dect network": Rule({**_CHANGE, Role.TECHNICIAN: Decision.ASK}),
    "delete device": Rule({**_CHANGE, Role.TECHNICIAN: Decision.ASK, Role.ENGINEER: Decision.ASK}),
    "approvals": Rule({Role.APPROVER: Decision.DO}),
    "grant": Rule(_ADMIN),
    "revoke": Rule(_ADMIN),
    "access": Rule(_ADMIN),
    "audit": Rule(_ADMIN),
}
NOTHING = Rule({})


def grants_of(email: str, rows: Iterable[Grant]) -> tuple[Grant, ...]:
    """The rows that speak of this person, by email or by domain. An empty tuple: not on the list."""
    address = email.strip().lower()
    domain = "@" + address.rpartition("@")[2]
    return tuple(row for row in rows if address and row.who.lower() in (address, domain))


def decide(
    operation: str, grants: Iterable[Grant], location: str, policy: Policy = POLICY
) -> Decision:
    """What the policy says for this operation in this location; deny unless a rule allows."""
    roles = policy.get(operation, NOTHING).roles
    return max(
        (roles.get(grant.role, Decision.DENY) for grant in grants if grant.reaches(location)),
        default=Decision.DENY,
    )


def decide_anywhere(operation: str, grants: Iterable[Grant], policy: Policy = POLICY) -> Decision:
    """The best that could be said for some location: what decides whether a form is shown at all."""
    roles = policy.get(operation, NOTHING).roles
    return max((roles.get(grant.role, Decision.DENY) for grant in grants), default=Decision.DENY)


def limited(operation: str, grants: Iterable[Grant], policy: Policy = POLICY) -> bool:
    """Whether the person may do it in some locations only."""
    roles = policy.get(operation, NOTHING).roles
    return not any(
        roles.get(grant.role, Decision.DENY) > Decision.DENY and not grant.location
        for grant in grants
    )


def approvers(rule: Rule, rows: Iterable[Grant], location: str) -> list[str]:
    """Who may decide in that location, emails and domains, each once."""
    found = (grant.who for grant in rows if grant.role in rule.approve and grant.reaches(location))
    return list(dict.fromkeys(found))


def named(rows: Iterable[Grant], who: str, role: Role | None, location: str | None) -> list[Grant]:
    """The grants of `who` that are meant; all where role or location are not named."""
    return [
        grant
        for grant in rows
        if grant.who == who
        and role in (None, grant.role)
        and (location is None or grant.location.casefold() == location.casefold())
    ]


def normal_who(who: str) -> str:
    """An email or `@domain` as it is stored; ValueError with a sentence for anything else."""
    address = who.strip().lower()
    name, at, domain = address.rpartition("@")
    if (
        not at
        or not domain
        or "." not in domain
        or any(c.isspace() for c in address)
        or "@" in name
    ):
        raise ValueError(
            "WHO is an email such as ann@example.com, or a whole domain such as @example.com."
        )
    return address
