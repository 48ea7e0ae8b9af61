"""Who may do what, where: the design's table cell by cell."""

import re
from functools import partial

import pytest

from bot.core.models.people import Grant, Role, normalize_who
from bot.core.models.webex import LocationRef
from bot.domain import policy
from bot.domain.policy import Decision, grants_of
from bot.operations import OPERATIONS, POLICY, QUESTIONS
from tests.policy_table import TABLE

LYON = LocationRef("Lyon")
NO, ASK, DO = Decision.DENY, Decision.ASK, Decision.DO
IN_WORDS = {"ask": ASK, "do": DO}
CELLS = [
    (command, role, IN_WORDS.get(row.get(role, ""), NO))
    for command, row in TABLE.items()
    for role in Role
]
decide = partial(policy.decide, policy=POLICY)
decide_anywhere = partial(policy.decide_anywhere, policy=POLICY)
limited = partial(policy.is_limited, policy=POLICY)


def held(role: Role, location: str = "") -> tuple[Grant, ...]:
    """One role."""
    return (Grant("ann@example.com", role, location),)


@pytest.mark.parametrize(("operation", "role", "decision"), CELLS)
def test_the_built_in_policy_equals_the_designs_table(operation, role, decision):
    assert decide(operation, held(role), LYON) is decision
    assert decide_anywhere(operation, held(role)) is decision


def test_the_policy_has_no_other_rows_than_the_design():
    assert set(POLICY) == set(TABLE), "tests/policy_table.py has the rows of the design."


@pytest.mark.parametrize("named", [*OPERATIONS, *QUESTIONS], ids=lambda command: command.name)
def test_the_policy_covers_all_commands_but_small_talk(named):
    assert (named.name in POLICY) == bool(named.usage and not named.follows)


@pytest.mark.parametrize("operation", ["", "no such thing", "ADD PHONE", "approve"])
@pytest.mark.parametrize("role", list(Role))
def test_anything_without_a_rule_is_denied(operation, role):
    assert decide(operation, held(role), LYON) is NO
    assert decide_anywhere(operation, held(role)) is NO


@pytest.mark.parametrize("operation", list(POLICY))
def test_a_person_without_a_role_may_do_nothing(operation):
    assert decide(operation, (), LYON) is NO
    assert decide_anywhere(operation, ()) is NO


@pytest.mark.parametrize(
    ("location", "decision"),
    [("Lyon", DO), ("LYON", DO), ("Berlin", NO), ("Lyon Sud", NO), ("", NO)],
)
def test_a_role_for_a_location_holds_only_there(location, decision):
    assert decide("add phone", held(Role.TECHNICIAN, "Lyon"), LocationRef(location)) is decision


def test_a_role_for_a_location_opens_the_form():
    assert decide_anywhere("add phone", held(Role.TECHNICIAN, "Lyon")) is DO


@pytest.mark.parametrize("operation", ["grant", "revoke", "approval space", "access", "audit"])
def test_global_commands_need_a_role_for_all_locations(operation):
    here = held(Role.ADMIN, "Lyon")
    assert decide_anywhere(operation, here) is NO
    assert decide_anywhere(operation, here + held(Role.VIEWER)) is NO
    assert decide_anywhere(operation, here + held(Role.ADMIN)) is DO


def test_the_best_of_several_roles_counts_where_each_holds():
    both = held(Role.TECHNICIAN) + held(Role.ENGINEER, "Lyon")
    assert decide("create dect network", both, LYON) is DO
    assert decide("create dect network", both, LocationRef("Berlin")) is ASK


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
def test_a_person_is_limited_to_the_locations_of_the_roles(grants, is_limited):
    assert limited("add phone", grants) is is_limited


ROWS = (
    Grant("ann@example.com", Role.ENGINEER),
    Grant("@example.com", Role.VIEWER),
    Grant("bob@example.com", Role.ADMIN),
    Grant("@other.example", Role.ADMIN),
)


@pytest.mark.parametrize(
    ("email", "grants"),
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
def test_a_grant_is_for_an_email_or_its_domain(email, grants):
    assert grants_of(email, ROWS) == grants


def test_a_grant_counts_in_any_case():
    assert grants_of("ann@example.com", [Grant("Ann@Example.com", Role.VIEWER)])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ann@Example.com", "ann@example.com"),
        ("  @Example.COM ", "@example.com"),
        ("ann.b+c@sub.example.com", "ann.b+c@sub.example.com"),
        ("<Sam@Example.com>", "sam@example.com"),
        ("Sam Stone <sam@example.com>", "sam@example.com"),
        ("Stone, Sam (sam@example.com)", "sam@example.com"),
        ("“sam@example.com”,", "sam@example.com"),
        ("mailto:sam@example.com", "sam@example.com"),
        ("[sam@example.com](mailto:sam@example.com)", "sam@example.com"),
        ("sam@example.com.", "sam@example.com"),
        ("sam\u200b@example.com", "sam@example.com"),
        ("O’Brien@example.com", "o'brien@example.com"),
        ("'sam@example.com'", "sam@example.com"),
        ("sam@example.com.partner.example", "sam@example.com.partner.example"),
    ],
)
def test_the_address_is_stored_in_lower_case(typed, stored):
    assert normalize_who(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "ann@",
        "@",
        "@com",
        "ann@localhost",
        "a@b@example.com",
        "*@example.com",
        "@*.example",
        "@.",
        "@a..example",
        "@.example",
        "ann@example.",
        "ann@-a.example",
        "a@example.com,b@example.com",
        "a@example.com;b@example.com",
        "Ann <ann@example.com> <@example.com>",
        "<ann>",
    ],
)
def test_an_invalid_address_is_refused_with_an_example(typed):
    with pytest.raises(ValueError, match=r"ann@example\.com.*@example\.com"):
        normalize_who(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a@b@example.com", "Did you mean b@example.com?"),
        ("a@example.com b@example.com", "Did you mean a@example.com or b@example.com?"),
        ("ann", "@example.com."),
        ("*@example.org", "@example.com."),
    ],
)
def test_an_address_with_something_around_it_is_named(typed, meant):
    with pytest.raises(ValueError, match=re.escape(meant) + "$"):
        normalize_who(typed)


def test_decisions_are_ordered():
    assert policy.Decision.DENY < policy.Decision.ASK < policy.Decision.DO
