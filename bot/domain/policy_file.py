"""The policy file: TOML over the built-in policy. Pure: text in, policy out.

["delete device"]
technician = "deny"          # do | ask | deny, for each role
engineer = "ask"
approvers = 2                # how many different people must approve
approve_by_minutes = 60
run_by_minutes = 15
approve = ["approver"]       # roles that may decide, where their grant reaches
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.access import POLICY, Decision, Policy, Rule
from bot.errors import ConfigError
from bot.models import Role, listed

DECISIONS = {"do": Decision.DO, "ask": Decision.ASK, "deny": Decision.DENY}
# Questions and administration are not asked for: there is nothing to approve in an answer.
MAY_ASK = frozenset(
    {
        "add phone",
        "activation code",
        "tag",
        "create dect network",
        "delete device",
        "grant",
        "revoke",
    }
)
MOST_MINUTES = 7 * 24 * 60


def parse(text: str, name: str = "the policy file") -> Policy:
    """The built-in policy with what the file changes; ConfigError names the line and the reason."""
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:  # also for a number of 5,000 digits
        last = f"at the end, line {len(text.splitlines())}"
        raise ConfigError(f"{name}: {problem}.".replace("at end of document", last)) from problem
    policy = dict(POLICY)
    for operation, table in tables.items():
        try:
            policy[operation] = _rule(operation, table)
        except _Wrong as wrong:
            line = _line(text, operation, wrong.key)
            raise ConfigError(f"{name}, line {line}: {wrong}.") from None
    return policy


def describe(policy: Policy) -> str:
    """The policy in force, as `provbot policy` prints it."""
    head = f"{'operation':22}" + "".join(f"{role:12}" for role in Role if role is not Role.APPROVER)
    return "\n".join([head + "approvers", *(_row(name, rule) for name, rule in policy.items())])


class _Wrong(Exception):
    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def _rule(operation: str, table: Any) -> Rule:
    if operation not in POLICY:
        raise _Wrong("", f"there is no operation “{operation}”; there is {listed(POLICY, 'and')}")
    if not isinstance(table, dict):
        raise _Wrong("", f'“{operation}” must be a table: ["{operation}"]')
    rule = POLICY[operation]
    for key, value in table.items():
        rule = _with(rule, operation, key, value)
    return rule


def _with(rule: Rule, operation: str, key: str, value: Any) -> Rule:
    if key in set(Role):
        return replace(rule, roles={**rule.roles, Role(key): _decision(operation, key, value)})
    if key not in _SETTINGS:
        raise _Wrong(key, f"“{key}” is neither a role nor one of {listed(_SETTINGS, 'and')}")
    return _SETTINGS[key](rule, key, value)


def _decision(operation: str, key: str, value: Any) -> Decision:
    if not isinstance(value, str) or value not in DECISIONS:
        raise _Wrong(key, f"{key} must be {listed(DECISIONS)}, not {value!r}")
    if value == "ask" and operation not in MAY_ASK:
        raise _Wrong(key, f"“{operation}” changes nothing, so nobody can be asked: do or deny")
    return DECISIONS[value]


def _number(key: str, value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise _Wrong(key, f"{key} must be a whole number from 1 to {most}, not {value!r}")
    return value


def _approve(rule: Rule, key: str, value: Any) -> Rule:
    if not isinstance(value, list) or not value or not set(map(str, value)) <= set(Role):
        raise _Wrong(key, f"{key} must be a list of roles: {listed(Role, 'and')}")
    return replace(rule, approve=frozenset(Role(role) for role in value))


_SETTINGS: Mapping[str, Callable[[Rule, str, Any], Rule]] = {
    "approvers": lambda rule, key, value: replace(rule, approvers=_number(key, value, 5)),
    "approve_by_minutes": lambda rule, key, value: replace(
        rule, approve_by=60.0 * _number(key, value, MOST_MINUTES)
    ),
    "run_by_minutes": lambda rule, key, value: replace(
        rule, run_by=60.0 * _number(key, value, MOST_MINUTES)
    ),
    "approve": _approve,
}


def _line(text: str, operation: str, key: str) -> int:
    """Where the key of that table stands; the table's own line where there is none."""
    table: list[str] = []
    found = 0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        header = words.startswith("[")
        path = _keys(words) if header else [*table, *_keys(words.partition("=")[0] + "= 0")]
        table = path if header else table
        if path[:2] == [operation, key]:
            return number
        if path[:1] == [operation]:
            found = found or number
    return found or 1


def _keys(line: str) -> list[str]:
    """The names in a line of TOML, outermost first; none where it is no header and no key."""
    names: list[str] = []
    try:
        inner: Any = tomllib.loads(line)
    except ValueError:
        return names
    while isinstance(inner, dict) and inner:
        name, inner = next(iter(inner.items()))
        names.append(name)
    return names


def _row(name: str, rule: Rule) -> str:
    cells = (rule.roles.get(role, Decision.DENY) for role in Role if role is not Role.APPROVER)
    row = f"{name:22}" + "".join(f"{_SAYS[decision]:12}" for decision in cells)
    if Decision.ASK not in rule.roles.values():
        return row.rstrip()
    who = listed(sorted(rule.approve))
    return f"{row}{rule.approvers} × {who}, within {rule.approve_by / 60:.0f} min, run within {rule.run_by / 60:.0f} min"


_SAYS = {Decision.DO: "do", Decision.ASK: "ask", Decision.DENY: "—"}
