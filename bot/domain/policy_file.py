"""The policy file: TOML over the built-in policy. Pure: text in, policy out.

["delete device"]
technician = "deny"          # do | ask | deny, for each role
engineer = "ask"
approvers = 2                # how many different people must approve
approve_by_minutes = 60
run_by_minutes = 15
finish_by_minutes = 1440     # after that, no step is sent or sent again
approve = ["approver"]       # roles that may decide, where their grant reaches

Two keys come before all tables. With `guests = true`, a role for a whole domain covers accounts of
other organizations, too. `undo_minutes = 15` is the time in which people may undo what they did
themselves without approval.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core.errors import ConfigError
from bot.core.models.people import Role
from bot.core.models.text import join_words
from bot.domain.commands import ChatCommand, built_in_policy
from bot.domain.policy import UNDO_MINUTES, Decision, Policy, Rule

DECISIONS = {"do": Decision.DO, "ask": Decision.ASK, "deny": Decision.DENY}
MAX_MINUTES = 7 * 24 * 60
MAX_UNDO_MINUTES = 24 * 60


@dataclass(frozen=True)
class EffectivePolicy:
    """The rules, and whether a role for a whole domain covers accounts of other organizations.

    For `undo_minutes`, people may undo what they did themselves without approval; 0: never.
    """

    rules: Policy
    guests: bool = False
    undo_minutes: int = UNDO_MINUTES


def parse(
    text: str, commands: Iterable[ChatCommand], name: str = "the policy file"
) -> EffectivePolicy:
    """The built-in policy with the changes of the file; ConfigError names line and reason."""
    by_name = {command.name: command for command in commands}
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also for a number of 5,000 digits
        last = f"at the end, line {len(text.splitlines())}"
        raise ConfigError(f"{name}: {error}.".replace("at end of document", last)) from error
    policy = EffectivePolicy(built_in_policy(by_name.values()))
    for key, value in tables.items():
        try:
            if key == "guests":
                policy = replace(policy, guests=_guests(value))
            elif key == "undo_minutes":
                policy = replace(policy, undo_minutes=_undo_minutes(value))
            else:
                rule = _rule(by_name.get(key), key, value, policy.rules)
                policy = replace(policy, rules={**policy.rules, key: rule})
        except _InvalidEntry as entry:
            line = _line(text, key, entry.key)
            raise ConfigError(f"{name}, line {line}: {entry}.") from None
    return replace(policy, rules=_with_deciders(policy.rules, tables.get("approvals", {})))


def _with_deciders(rules: Policy, decided: Mapping[str, Any]) -> Policy:
    """Give the list of what waits to all roles that may approve something.

    `decided` are the roles about which the file says something else.
    """
    asking = [rule for rule in rules.values() if Decision.ASK in rule.roles.values()]
    approving = {role for rule in asking for role in rule.approve if role not in decided}
    listing = rules["approvals"]
    new = dict.fromkeys((role for role in Role if role in approving), Decision.DO)
    return {**rules, "approvals": replace(listing, roles={**listing.roles, **new})}


def describe(policy: EffectivePolicy, commands: Iterable[ChatCommand]) -> str:
    """The policy in force, as `provbot policy` prints it."""
    head = f"{'command':22}" + "".join(f"{role:12}" for role in Role)
    rows = [_row(name, rule) for name, rule in policy.rules.items()]
    return "\n".join(
        [
            head + "approval",
            *rows,
            "",
            _LEGEND,
            *_following_text(commands),
            _GUESTS_TEXT[policy.guests],
            _undo_text(policy.undo_minutes),
            *_granting_text(policy.rules),
        ]
    )


def _following_text(commands: Iterable[ChatCommand]) -> list[str]:
    """Which commands have no row of their own, but follow another one."""
    following: dict[str, list[str]] = {}
    for command in commands:
        if command.follows:
            following.setdefault(command.follows, []).append(command.name)
    return [
        f"The row of {name} also counts for {join_words(names, 'and')}."
        for name, names in following.items()
    ]


def _granting_text(rules: Policy) -> list[str]:
    """How roles are given where `grant` needs approval that perhaps nobody can give."""
    rule = rules["grant"]
    if Decision.ASK not in rule.roles.values():
        return []
    role = join_words(sorted(rule.approve))
    people = "another person" if rule.approvers == 1 else f"{rule.approvers} other people"
    return [
        f"grant needs approval by {people} with the role {role}. On the server, provbot access add "
        "WHO ROLE gives roles without approval."
    ]


def _undo_text(minutes: int) -> str:
    if not minutes:
        return "undo_minutes = 0: an undo needs approval whenever its operation does"
    return (
        f"undo_minutes = {minutes}: an undo of one's own change needs no approval within {minutes} "
        "min"
    )


_LEGEND = "do: allowed · ask: somebody else must approve · —: refused"
_GUESTS_TEXT = {
    False: "guests = false: a role for a whole domain covers accounts of our own organization only",
    True: "guests = true: a role for a whole domain covers accounts of other organizations too",
}


class _InvalidEntry(Exception):
    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def _guests(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _InvalidEntry("", f"guests must be true or false, not {value!r}")
    return value


def _undo_minutes(value: Any) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MAX_UNDO_MINUTES:
        reason = f"undo_minutes must be a whole number from 0 to {MAX_UNDO_MINUTES}, not {value!r}"
        raise _InvalidEntry("", reason)
    return int(value)


def _rule(command: ChatCommand | None, name: str, table: Any, rules: Policy) -> Rule:
    if command is None or name not in rules:
        raise _InvalidEntry(
            "",
            f"“{name}” is not a command of the policy; its commands are {join_words(rules, 'and')}",
        )
    if not isinstance(table, dict):
        raise _InvalidEntry("", f'“{name}” must be a table: ["{name}"]')
    rule = rules[name]
    for key, value in table.items():
        rule = _with_setting(rule, command, key, value)
    return rule


def _with_setting(rule: Rule, command: ChatCommand, key: str, value: Any) -> Rule:
    if key in set(Role):
        return replace(rule, roles={**rule.roles, Role(key): _decision(command, key, value)})
    if key not in _SETTINGS:
        raise _InvalidEntry(
            key, f"“{key}” is neither a role nor one of {join_words(_SETTINGS, 'and')}"
        )
    return _SETTINGS[key](rule, key, value)


def _decision(command: ChatCommand, key: str, value: Any) -> Decision:
    if not isinstance(value, str) or value not in DECISIONS:
        raise _InvalidEntry(key, f"{key} must be {join_words(DECISIONS)}, not {value!r}")
    if value == "ask" and not command.may_need_approval:
        raise _InvalidEntry(
            key, f"“{command.name}” changes nothing, so it cannot need approval: write do or deny"
        )
    return DECISIONS[value]


def _number(key: str, value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise _InvalidEntry(key, f"{key} must be a whole number from 1 to {most}, not {value!r}")
    return value


def _approve(rule: Rule, key: str, value: Any) -> Rule:
    if not isinstance(value, list) or not value or not set(map(str, value)) <= set(Role):
        raise _InvalidEntry(key, f"{key} must be a list of roles: {join_words(Role, 'and')}")
    return replace(rule, approve=frozenset(Role(role) for role in value))


_SETTINGS: Mapping[str, Callable[[Rule, str, Any], Rule]] = {
    "approvers": lambda rule, key, value: replace(rule, approvers=_number(key, value, 5)),
    "approve_by_minutes": lambda rule, key, value: replace(
        rule, approve_by=60.0 * _number(key, value, MAX_MINUTES)
    ),
    "run_by_minutes": lambda rule, key, value: replace(
        rule, run_by=60.0 * _number(key, value, MAX_MINUTES)
    ),
    "finish_by_minutes": lambda rule, key, value: replace(
        rule, finish_by=60.0 * _number(key, value, MAX_MINUTES)
    ),
    "approve": _approve,
}


def _line(text: str, operation: str, key: str) -> int:
    """The line with the key of that table; the table's own line if the key is not there."""
    table: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        header = stripped.startswith("[")
        path = _keys(stripped) if header else [*table, *_keys(stripped.partition("=")[0] + "= 0")]
        table = path if header else table
        if path[:2] == [operation, key]:
            return number
        if path[:1] == [operation]:
            first = first or number
    return first or 1


def _keys(line: str) -> list[str]:
    """The names in a line of TOML, outermost first; none if it is neither a header nor a key."""
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
    cells = (rule.roles.get(role, Decision.DENY) for role in Role)
    row = f"{name:22}" + "".join(f"{_DECISION_TEXT[decision]:12}" for decision in cells)
    if Decision.ASK not in rule.roles.values():
        return row.rstrip()
    approvers = join_words(sorted(rule.approve))
    approve_by, run_by, finish_by = map(_period, (rule.approve_by, rule.run_by, rule.finish_by))
    approval = f"{rule.approvers} × {approvers}, within {approve_by}"
    return f"{row}{approval}, run within {run_by}, finish within {finish_by}"


def _period(seconds: float) -> str:
    """`15 min`, `4 h`, `90 min`."""
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes % 60 else f"{minutes // 60} h"


_DECISION_TEXT = {Decision.DO: "do", Decision.ASK: "ask", Decision.DENY: "—"}
