"""Who may do what, where: the design's table cell by cell."""

import pytest

from bot import access
from bot.access import POLICY, Decision, decide, decide_anywhere, grants_of, limited, normal_who
from bot.commands import VERBS
from bot.models import Grant, Role
from bot.operations import OPERATIONS, QUESTIONS

NO, ASK, DO = Decision.DENY, Decision.ASK, Decision.DO
COLUMNS = (Role.VIEWER, Role.TECHNICIAN, Role.ENGINEER, Role.ADMIN, Role.APPROVER)
# The built-in policy of the design; its last column says that `approver` adds only the right to decide.
TABLE = {
    "help": (DO, DO, DO, DO, DO),
    "whoami": (DO, DO, DO, DO, DO),
    "requests": (DO, DO, DO, DO, DO),
    "devices": (DO, DO, DO, DO, NO),
    "device": (DO, DO, DO, DO, NO),
    "add phone": (NO, DO, DO, DO, NO),
    "activation code": (NO, DO, DO, DO, NO),
    "tag": (NO, DO, DO, DO, NO),
    "create dect network": (NO, ASK, DO, DO, NO),
    "delete device": (NO, ASK, ASK, DO, NO),
    "approvals": (NO, NO, NO, NO, DO),
    "grant": (NO, NO, NO, DO, NO),
    "revoke": (NO, NO, NO, DO, NO),
    "access": (NO, NO, NO, DO, NO),
    "audit": (NO, NO, NO, DO, NO),
}
CELLS = [
    (operation, role, decision)
    for operation, row in TABLE.items()
    for role, decision in zip(COLUMNS, row, strict=True)
]


def held(role: Role, location: str = "") -> tuple[Grant, ...]:
    """One role."""
    return (Grant("ann@example.com", role, location),)


@pytest.mark.parametrize(("operation", "role", "decision"), CELLS)
def test_the_built_in_policy_is_the_designs_table(operation, role, decision):
    assert decide(operation, held(role), "Lyon") is decision
    assert decide_anywhere(operation, held(role)) is decision


def test_the_policy_has_no_row_besides_the_designs():
    assert set(POLICY) == set(TABLE)


@pytest.mark.parametrize("named", [*OPERATIONS, *QUESTIONS], ids=lambda one: one.name)
def test_all_that_the_bot_can_do_is_in_the_policy(named):
    assert named.name in POLICY


@pytest.mark.parametrize("operation", ["", "no such thing", "ADD PHONE", "approve"])
@pytest.mark.parametrize("role", list(Role))
def test_what_is_in_no_rule_is_denied(operation, role):
    assert decide(operation, held(role), "Lyon") is NO
    assert decide_anywhere(operation, held(role)) is NO


@pytest.mark.parametrize("operation", list(POLICY))
def test_who_holds_nothing_may_do_nothing(operation):
    assert decide(operation, (), "Lyon") is NO
    assert decide_anywhere(operation, ()) is NO


@pytest.mark.parametrize(
    ("location", "decision"),
    [("Lyon", DO), ("LYON", DO), ("Berlin", NO), ("Lyon Sud", NO), ("", NO)],
)
def test_a_role_for_one_location_holds_there_only(location, decision):
    assert decide("add phone", held(Role.TECHNICIAN, "Lyon"), location) is decision


def test_a_role_for_one_location_opens_the_form():
    assert decide_anywhere("add phone", held(Role.TECHNICIAN, "Lyon")) is DO


def test_the_best_of_several_roles_counts_where_each_holds():
    both = held(Role.TECHNICIAN) + held(Role.ENGINEER, "Lyon")
    assert decide("create dect network", both, "Lyon") is DO
    assert decide("create dect network", both, "Berlin") is ASK


@pytest.mark.parametrize(
    ("grants", "is_limited"),
    [
        (held(Role.TECHNICIAN), False),
        (held(Role.TECHNICIAN, "Lyon"), True),
        (held(Role.TECHNICIAN, "Lyon") + held(Role.ENGINEER), False),
        # Everywhere, but with a role that does not count for adding phones.
        (held(Role.TECHNICIAN, "Lyon") + held(Role.VIEWER), True),
        ((), True),
    ],
)
def test_who_is_limited_to_some_locations(grants, is_limited):
    assert limited("add phone", grants) is is_limited


ROWS = (
    Grant("ann@example.com", Role.ENGINEER),
    Grant("@example.com", Role.VIEWER),
    Grant("bob@example.com", Role.ADMIN),
    Grant("@other.example", Role.ADMIN),
)


@pytest.mark.parametrize(
    ("email", "found"),
    [
        ("ann@example.com", ROWS[:2]),
        (" ANN@Example.COM ", ROWS[:2]),
        ("zoe@example.com", ROWS[1:2]),
        ("ann@sub.example.com", ()),
        ("ann@example.com.evil.example", ()),
        ("ann@evilexample.com", ()),
        ("@example.com", ROWS[1:2]),
        ("", ()),
        ("ann", ()),
    ],
)
def test_rows_speak_of_an_email_or_of_its_whole_domain(email, found):
    assert grants_of(email, ROWS) == found


def test_a_row_counts_however_it_was_written():
    assert grants_of("ann@example.com", [Grant("Ann@Example.com", Role.VIEWER)])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ann@Example.com", "ann@example.com"),
        ("  @Example.COM ", "@example.com"),
        ("ann.b+c@sub.example.com", "ann.b+c@sub.example.com"),
    ],
)
def test_who_is_stored_in_lower_case(typed, stored):
    assert normal_who(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "ann", "ann@", "@", "@com", "ann@localhost", "a b@example.com", "a@b@example.com"]
)
def test_what_is_no_email_or_domain_is_refused_with_an_example(typed):
    with pytest.raises(ValueError, match=r"ann@example\.com.*@example\.com"):
        normal_who(typed)


def test_what_can_be_typed_but_not_looked_up_is_about_requests():
    # `request` and `cancel` are rights over one's own requests, checked by who asked for them.
    known = {one.name for one in OPERATIONS} | {one.name for one in QUESTIONS}
    assert set(VERBS) - known == {"requests", "request", "cancel", "approvals", "approve", "reject"}


def test_decisions_are_ordered():
    assert access.Decision.DENY < access.Decision.ASK < access.Decision.DO
