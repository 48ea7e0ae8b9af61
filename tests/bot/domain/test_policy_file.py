"""The policy file: every setting, every mistake with its line, and no text that breaks it."""

import json
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.errors import ConfigError
from bot.core.models.people import Role
from bot.core.models.text import join_words
from bot.domain import policy_file
from bot.domain.policy import Decision, Rule
from bot.domain.policy_file import MAX_MINUTES, EffectivePolicy, describe
from bot.operations import COMMANDS, POLICY
from tests.policy_table import CHANGES, QUESTIONS, TABLE

HEADER = '["delete device"]\n'
SETTINGS = "approvers, approve_by_minutes, run_by_minutes, finish_by_minutes and approve"
NAMES = join_words(TABLE, "and")


def parse(text: str, name: str = "the policy file") -> EffectivePolicy:
    """The policy in force with this file."""
    return policy_file.parse(text, COMMANDS, name)


def changed(text: str) -> Rule:
    """The rule about deleting a device where a file says this about it."""
    return parse(HEADER + text).rules["delete device"]


def described(text: str) -> str:
    """What `provbot policy` prints with this file."""
    return describe(parse(text), COMMANDS)


def wrong(text: str) -> str:
    """What is said about a faulty file."""
    with pytest.raises(ConfigError) as problem:
        parse(text, "policy.toml")
    return str(problem.value)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", HEADER])
def test_rules_that_the_file_does_not_name_are_unchanged(text):
    assert parse(text) == EffectivePolicy(POLICY)


def test_only_the_named_cell_changes():
    policy = parse('["create dect network"]\nengineer = "ask"\n').rules
    was = POLICY["create dect network"]
    assert policy["create dect network"] == Rule({**was.roles, Role.ENGINEER: Decision.ASK})
    assert {name for name in POLICY if policy[name] != POLICY[name]} == {"create dect network"}


@pytest.mark.parametrize(
    ("text", "guests"), [("", False), ("guests = false", False), ("guests = true\n[tag]", True)]
)
def test_the_guests_setting_is_read_and_shown(text, guests):
    assert parse(text).guests is guests
    assert f"guests = {str(guests).lower()}: " in described(text)


@pytest.mark.parametrize(
    ("text", "minutes", "shown"),
    [
        ("", 15, "needs no approval within 15 min"),
        ("undo_minutes = 0", 0, "undo_minutes = 0: an undo needs approval whenever"),
        ("undo_minutes = 1440\n[tag]", 1440, "needs no approval within 1440 min"),
    ],
)
def test_the_time_for_an_undo_is_read_and_shown(text, minutes, shown):
    assert parse(text).undo_minutes == minutes
    assert shown in described(text).splitlines()[-1]


@pytest.mark.parametrize("value", ["-1", "1441", "true", '"15"', "1.5", "[]"])
def test_the_time_for_an_undo_is_a_number_of_minutes(value):
    reason = "line 2: undo_minutes must be a whole number from 0 to 1440"
    assert reason in wrong(f"guests = true\nundo_minutes = {value}")


@pytest.mark.parametrize("text", ['guests = "yes"', "guests = 1", "guests = []", "[guests]"])
def test_guests_must_be_true_or_false(text):
    assert "line 1: guests must be true or false" in wrong(text)


def test_the_built_in_policy_is_not_modified():
    before = dict(POLICY["tag"].roles)
    parse('[tag]\ntechnician = "deny"\n')
    assert dict(POLICY["tag"].roles) == before


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("word", "decision"), [("do", Decision.DO), ("ask", Decision.ASK), ("deny", Decision.DENY)]
)
def test_each_role_can_be_given_each_decision(role, word, decision):
    assert changed(f'{role} = "{word}"').roles[role] is decision


@pytest.mark.parametrize("operation", CHANGES)
def test_every_change_can_need_approval(operation):
    assert (
        parse(f'["{operation}"]\nadmin = "ask"').rules[operation].roles[Role.ADMIN] is Decision.ASK
    )


@pytest.mark.parametrize("operation", QUESTIONS)
def test_a_question_cannot_need_approval(operation):
    problem = wrong(f'["{operation}"]\n\nviewer = "ask"')
    assert problem == (
        f"policy.toml, line 3: “{operation}” changes nothing, so it cannot need approval:"
        " write do or deny."
    )


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("approvers = 1", "approvers", 1),
        ("approvers = 5", "approvers", 5),
        ("approve_by_minutes = 1", "approve_by", 60.0),
        (f"approve_by_minutes = {MAX_MINUTES}", "approve_by", 60.0 * MAX_MINUTES),
        ("run_by_minutes = 90", "run_by", 5400.0),
        ("finish_by_minutes = 90", "finish_by", 5400.0),
        ('approve = ["admin"]', "approve", {Role.ADMIN}),
        ('approve = ["approver", "admin"]', "approve", {Role.APPROVER, Role.ADMIN}),
    ],
)
def test_each_setting_is_read(text, name, value):
    assert getattr(changed(text), name) == value


def test_roles_that_may_approve_something_may_use_the_list_of_approvals():
    rules = parse('[grant]\nadmin = "ask"\napprove = ["admin"]').rules
    assert set(rules["approvals"].roles) == {Role.APPROVER, Role.ADMIN}


@pytest.mark.parametrize(
    "text",
    [
        '[grant]\napprove = ["admin"]',
        '["delete device"]\napprove = ["admin"]\n[approvals]\nadmin = "deny"',
    ],
)
def test_roles_that_approve_nothing_or_are_denied_the_list_do_not_get_it(text):
    assert parse(text).rules["approvals"].roles.get(Role.ADMIN, Decision.DENY) is Decision.DENY


def test_the_printed_policy_says_how_roles_are_given_where_nobody_can_approve_a_grant():
    text = described('[grant]\nadmin = "ask"\napprove = ["admin"]')
    assert "approval by another person with the role admin" in text
    assert "provbot access add WHO ROLE gives roles" in text
    assert "provbot access add" not in described("")


def test_all_settings_can_be_combined():
    rule = changed('engineer = "do"\napprovers = 2\nrun_by_minutes = 2\napprove = ["engineer"]')
    assert rule == Rule(
        {**POLICY["delete device"].roles, Role.ENGINEER: Decision.DO},
        approvers=2,
        run_by=120.0,
        approve=frozenset({Role.ENGINEER}),
    )


WHOLE = "must be a whole number from 1 to"
DECIDE = "must be do, ask or deny, not"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('technician = "maybe"', f"technician {DECIDE} 'maybe'"),
        ('technician = "DO"', f"technician {DECIDE} 'DO'"),
        ("technician = true", f"technician {DECIDE} True"),
        ("technician = 1", f"technician {DECIDE} 1"),
        ('technician = ["do"]', f"technician {DECIDE} ['do']"),
        ('technician = {do = "do"}', f"technician {DECIDE} {{'do': 'do'}}"),
        ("approvers = 0", f"approvers {WHOLE} 5, not 0"),
        ("approvers = 6", f"approvers {WHOLE} 5, not 6"),
        ("approvers = -1", f"approvers {WHOLE} 5, not -1"),
        ("approvers = true", f"approvers {WHOLE} 5, not True"),
        ("approvers = 1.0", f"approvers {WHOLE} 5, not 1.0"),
        ('approvers = "2"', f"approvers {WHOLE} 5, not '2'"),
        ("approve_by_minutes = 0", f"approve_by_minutes {WHOLE} 10080, not 0"),
        ("approve_by_minutes = inf", f"approve_by_minutes {WHOLE} 10080, not inf"),
        ("run_by_minutes = 10081", f"run_by_minutes {WHOLE} 10080, not 10081"),
        ("finish_by_minutes = 0", f"finish_by_minutes {WHOLE} 10080, not 0"),
        (
            "approve = []",
            "approve must be a list of roles: viewer, technician, engineer, approver and admin",
        ),
        (
            'approve = "admin"',
            "approve must be a list of roles: viewer, technician, engineer, approver and admin",
        ),
        (
            'approve = ["boss"]',
            "approve must be a list of roles: viewer, technician, engineer, approver and admin",
        ),
        (
            'approve = [["admin"]]',
            "approve must be a list of roles: viewer, technician, engineer, approver and admin",
        ),
        (
            "approve = [1]",
            "approve must be a list of roles: viewer, technician, engineer, approver and admin",
        ),
        ("approver_count = 2", f"“approver_count” is neither a role nor one of {SETTINGS}"),
        ('boss = "do"', f"“boss” is neither a role nor one of {SETTINGS}"),
    ],
)
def test_each_mistake_is_named_with_its_line_and_reason(text, reason):
    assert wrong(f"# ours\n\n{HEADER}{text}\n") == f"policy.toml, line 4: {reason}."


@pytest.mark.parametrize(
    "header", ['["remove device"]', '["Delete device"]', "[approve]", "[x.tag]"]
)
def test_an_unknown_operation_is_named_with_its_line(header):
    named = header.strip('[]"').partition(".")[0]
    problem = wrong(f'[tag]\nviewer = "deny"\n\n{header}\nviewer = "do"\n')
    assert problem == (
        f"policy.toml, line 4: “{named}” is not a command of the policy; its commands are {NAMES}."
    )


@pytest.mark.parametrize("text", ["tag = 1", 'tag = "do"', "tag = []", "[[tag]]"])
def test_a_value_that_is_no_table_is_named_with_its_line(text):
    assert wrong(f"\n{text}\n") == 'policy.toml, line 2: “tag” must be a table: ["tag"].'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('["delete device"]\nviewer = "do"\n[device]\nviewer = "no"', 4),
        ('[devices]\nviewer = "do"\n[device]\n\nviewer = "no"', 5),
        ('[device]\nadmin = "do"\n[devices]\nadmin = "deny"\nviewer = "no" # [device]', 5),
        ('device = { admin = "do", viewer = "no" }', 1),
        ('# first\ndevice.admin = "do"\ndevice.viewer = "no"', 3),
        ('[ device ] # viewer = "no"\n"viewer" = "no"', 2),
        ('["device"]\nadmin = "do"\nviewer\t=\t"no"', 3),
        ('[tag]\napprove = [\n  "viewer",\n]\n[device]\nviewer = "no"', 6),
    ],
)
def test_the_line_is_that_of_the_right_table(text, line):
    assert f"line {line}: viewer must be" in wrong(text)


KEYS = st.sampled_from([*Role, "approvers", "approve", "run_by_minutes"])
GOOD: dict[str, str] = {
    "approvers": "2",
    "approve": '["admin"]',
    "run_by_minutes": "5",
    **dict.fromkeys(Role, '"deny"'),
}


@given(st.data())
def test_the_line_of_a_mistake_is_found_anywhere(data):
    tables = data.draw(st.lists(st.sampled_from(sorted(POLICY)), min_size=1, unique=True))
    lines, places = [], []
    for operation in tables:
        lines += [
            *data.draw(st.lists(st.sampled_from(["", "# note"]), max_size=2)),
            f'["{operation}"]',
        ]
        for key in data.draw(st.lists(KEYS, unique=True)):
            lines.append(f"{key} = {GOOD[key]}")
            places.append(len(lines))
    if not places:
        return
    line = data.draw(st.sampled_from(places))
    lines[line - 1] = lines[line - 1].partition("=")[0] + "= 77777"
    assert wrong("\n".join(lines)).startswith(f"policy.toml, line {line}: ")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("\n[tag", "line 2"),
        ("[tag]\nviewer = do\n", "line 2, column 10"),
        ("[tag]\n[tag]\n", "line 2"),
        ('[tag]\nviewer = "do"\nviewer = "do"', "line 3"),
    ],
)
def test_invalid_toml_is_named_with_its_line(text, where):
    assert wrong(text).startswith("policy.toml: ")
    assert where in wrong(text)


TOML = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(string.printable, max_size=9)
    | st.sampled_from(["do", "ask", "deny", *Role]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=2)
    ),
    max_leaves=4,
)


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value).lower() if isinstance(value, float) else json.dumps(value)


NAME = st.sampled_from([*POLICY, *Role, "approvers", "approve", "approve_by_minutes"]) | st.text(
    max_size=5
)


@given(st.dictionaries(NAME, st.dictionaries(NAME, TOML, max_size=3) | TOML, max_size=3))
def test_invalid_values_raise_only_a_config_error(tables):
    lines = []
    for name, table in sorted(tables.items(), key=lambda pair: isinstance(pair[1], dict)):
        if isinstance(table, dict):
            lines += [
                f"[{json.dumps(name)}]",
                *(f"{json.dumps(key)} = {toml(value)}" for key, value in table.items()),
            ]
        else:
            lines.append(f"{json.dumps(name)} = {toml(table)}")
    try:
        assert set(parse("\n".join(lines)).rules) == set(POLICY)
    except ConfigError as problem:
        assert "line" in str(problem)  # noqa: PT017 - either may happen


@given(st.text() | st.text('[]="\n\t adegtv.{},0159-:TZ', max_size=60))
@example("x = " + "9" * 5000)
@example("x = " + "[" * 5000)
@example("x = 1979-13-45T99:99:99Z")
@example('tag = { technician = ["do"] }')
def test_invalid_text_raises_only_a_config_error(text):
    try:
        parse(text)
    except ConfigError as problem:
        assert str(problem).startswith("the policy file")  # noqa: PT017 - either may happen


def test_the_policy_in_force_is_shown_cell_by_cell():
    shown = described('["create dect network"]\ntechnician = "do"\n').splitlines()
    assert shown[0].split() == [
        "command",
        "viewer",
        "technician",
        "engineer",
        "approver",
        "admin",
        "approval",
    ]
    assert [row[:22].strip() for row in shown[1 : 1 + len(POLICY)]] == list(POLICY)
    rows = {row[:22].strip(): row[22:].split() for row in shown[1 : 1 + len(POLICY)]}
    assert rows["help"] == ["do", "do", "do", "do", "do"]
    assert rows["add phone"] == ["—", "do", "do", "—", "do"]
    assert rows["create dect network"] == ["—", "do", "do", "—", "do"]
    assert rows["grant"] == ["—", "—", "—", "—", "do"]
    assert rows["approvals"] == ["—", "—", "—", "do", "—"]
    assert "The row of approvals also counts for approve and reject." in shown
    assert "do: allowed · ask: somebody else must approve · —: refused" in shown


def test_approval_is_shown_with_its_settings():
    file = HEADER + "approvers = 2\napprove_by_minutes = 60\nfinish_by_minutes = 120\n"
    file += 'approve = ["approver", "admin"]\n'
    row = next(row for row in described(file).splitlines() if row.startswith("delete device"))
    assert row.split(maxsplit=7)[2:7] == ["—", "ask", "ask", "—", "do"]
    assert row.endswith("2 × admin or approver, within 1 h, run within 15 min, finish within 2 h")
