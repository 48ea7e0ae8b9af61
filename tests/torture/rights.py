"""Who may do what by the design's table, for the checker."""

from collections.abc import Iterable

from tests.policy_table import CHANGES
from tests.torture.records import Held

DENY, ASK, DO = 0, 1, 2
IN_WORDS = {"ask": ASK, "do": DO}


def action_of(method: str, path: str) -> str:
    """What a changing call does, by method and path below /v1; empty for a forbidden one."""
    parts = path.strip("/").split("/")
    known = {
        ("POST", "devices", 1): "add phone",
        ("POST", "devices", 2): "activation code" if parts[-1] == "activationCode" else "",
        ("PATCH", "devices", 2): "tag",
        ("DELETE", "devices", 2): "delete device",
        ("POST", "telephony", 7): "apply changes" if "applyChanges" in parts else "",
        ("POST", "telephony", 5): "create dect network" if parts[-1] == "dectNetworks" else "",
    }
    return known.get((method, parts[0], len(parts)), "")


def may(
    who: str, operation: str, location: str, roles: Iterable[Held], since: float, until: float
) -> int:
    """The best that a person's roles said at some moment between the two.

    An undo of many steps follows the rule of what it takes back.
    """
    rule = CHANGES[operation.removeprefix("undo ")]
    held = (
        IN_WORDS.get(rule.get(role.role, ""), DENY)
        for role in roles
        if _reaches(role, who, location, since, until)
    )
    return max(held, default=DENY)


def may_approve(who: str, location: str, roles: Iterable[Held], since: float, until: float) -> bool:
    """Whether a person was an approver there."""
    return any(
        role.role == "approver" and _reaches(role, who, location, since, until) for role in roles
    )


def _reaches(role: Held, who: str, location: str, since: float, until: float) -> bool:
    in_time = role.since <= until and role.until >= since
    return role.who == who and in_time and role.location in ("", location)
