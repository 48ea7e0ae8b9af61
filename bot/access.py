"""Who may do what, where: roles, scopes and the policy. Pure: rows in, decision out."""

from collections.abc import Iterable, Mapping
from enum import IntEnum

from bot.models import Grant, Role


class Decision(IntEnum):
    """Ordered, so that the best of several roles is their maximum."""

    DENY = 0
    ASK = 1
    DO = 2


Rule = Mapping[Role, Decision]
_READ: Rule = dict.fromkeys((Role.VIEWER, Role.TECHNICIAN, Role.ENGINEER, Role.ADMIN), Decision.DO)
_CHANGE: Rule = dict.fromkeys((Role.TECHNICIAN, Role.ENGINEER, Role.ADMIN), Decision.DO)

# The built-in policy of the design. What is not in the table is denied. `approver` adds only the
# right to decide on requests; with it one may see what one is asked about.
POLICY: Mapping[str, Rule] = {
    "help": {**_READ, Role.APPROVER: Decision.DO},
    "whoami": {**_READ, Role.APPROVER: Decision.DO},
    "requests": {**_READ, Role.APPROVER: Decision.DO},
    "devices": _READ,
    "device": _READ,
    "add phone": _CHANGE,
    "activation code": _CHANGE,
    "tag": _CHANGE,
    "create dect network": {**_CHANGE, Role.TECHNICIAN: Decision.ASK},
    "delete device": {**_CHANGE, Role.TECHNICIAN: Decision.ASK, Role.ENGINEER: Decision.ASK},
    "access": {Role.ADMIN: Decision.DO},
}


def grants_of(email: str, rows: Iterable[Grant]) -> tuple[Grant, ...]:
    """The rows that speak of this person, by email or by domain. An empty tuple: not on the list."""
    address = email.strip().lower()
    domain = "@" + address.rpartition("@")[2]
    return tuple(row for row in rows if address and row.who.lower() in (address, domain))


def decide(
    operation: str, grants: Iterable[Grant], location: str, policy: Mapping[str, Rule] = POLICY
) -> Decision:
    """What the policy says for this operation in this location; deny unless a rule allows."""
    rule = policy.get(operation, {})
    return max(
        (rule.get(grant.role, Decision.DENY) for grant in grants if grant.reaches(location)),
        default=Decision.DENY,
    )


def decide_anywhere(
    operation: str, grants: Iterable[Grant], policy: Mapping[str, Rule] = POLICY
) -> Decision:
    """The best that could be said for some location: what decides whether a form is shown at all."""
    rule = policy.get(operation, {})
    return max((rule.get(grant.role, Decision.DENY) for grant in grants), default=Decision.DENY)


def limited(operation: str, grants: Iterable[Grant], policy: Mapping[str, Rule] = POLICY) -> bool:
    """Whether the person may do it in some locations only."""
    rule = policy.get(operation, {})
    return not any(
        rule.get(grant.role, Decision.DENY) > Decision.DENY and not grant.location
        for grant in grants
    )


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
