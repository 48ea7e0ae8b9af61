"""Who may decide on a request: pure, so by table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Refused
from bot.core.models.people import Grant, Place, Role, Sender
from bot.core.models.requests import APPROVE, REJECT, Request, Vote
from bot.core.models.webex import LocationRef
from bot.domain.policy import Rule, approvers
from bot.requests.approval_rules import check, has_enough_votes, individuals, without_requester

TOM = Sender("id-tom", "tom@example.com")
ANA = Sender("id-ana", "ana@example.com")
ASKED = Request(
    code="7K3F",
    state="waiting",
    version=2,
    operation="delete device",
    event_id="e",
    requester=TOM,
    place=Place("room", direct=True),
    inputs={},
    created_at=0.0,
    changed_at=0.0,
    changed_by=TOM.email,
)
RULE = Rule({})
ADMINS_TOO = Rule({}, approve=frozenset({Role.APPROVER, Role.ADMIN}))


def held(role: Role, location: str = "", who: str = ANA.email) -> Grant:
    """One row."""
    return Grant(who, role, location)


@pytest.mark.parametrize(
    ("grants", "rule", "location"),
    [
        ([held(Role.APPROVER)], RULE, "Lyon"),
        ([held(Role.APPROVER)], RULE, ""),
        ([held(Role.APPROVER, "lyon")], RULE, "Lyon"),
        ([held(Role.VIEWER), held(Role.APPROVER, "Lyon")], RULE, "Lyon"),
        ([held(Role.ADMIN)], ADMINS_TOO, "Lyon"),
        ([held(Role.APPROVER, who="@example.com")], RULE, "Lyon"),
    ],
)
def test_an_approver_of_the_location_may_decide(grants, rule, location):
    check(ASKED, ANA, grants, rule, (LocationRef(location),))


@pytest.mark.parametrize(
    ("grants", "rule", "location", "sentence"),
    [
        (
            [],
            RULE,
            "Lyon",
            r"^Only .* approver may decide on 7K3F in Lyon\. Nothing was changed\.$",
        ),
        ([held(Role.ADMIN)], RULE, "Lyon", "Only people with the role approver may decide"),
        ([held(Role.ENGINEER)], ADMINS_TOO, "Lyon", "the role admin or approver may decide"),
        ([held(Role.APPROVER, "Berlin")], RULE, "Lyon", "in Lyon"),
        ([held(Role.APPROVER, "Lyon")], RULE, "", "decide on 7K3F. Nothing"),
        ([held(Role.APPROVER, "Berlin"), held(Role.TECHNICIAN, "Lyon")], RULE, "Lyon", "in Lyon"),
    ],
)
def test_others_are_told_who_may_decide(grants, rule, location, sentence):
    with pytest.raises(Refused, match=sentence):
        check(ASKED, ANA, grants, rule, (LocationRef(location),))


@pytest.mark.parametrize(
    ("grants", "rule", "places", "sentence"),
    [
        (
            [held(Role.APPROVER, "Lyon")],
            RULE,
            ("Berlin", "Lyon"),
            "7K3F needs an approver for both Berlin and Lyon; you are one for Lyon only."
            " Nothing was changed.",
        ),
        (
            [held(Role.APPROVER, "Lyon"), held(Role.APPROVER, "Oslo")],
            RULE,
            ("Berlin", "Lyon", "Oslo"),
            "7K3F needs an approver for Berlin, Lyon and Oslo; you are one for Lyon and Oslo only."
            " Nothing was changed.",
        ),
        (
            [held(Role.APPROVER, "Oslo"), held(Role.ADMIN, "Lyon")],
            RULE,
            ("Berlin", "Lyon"),
            "Only people with the role approver may decide on 7K3F in Berlin and Lyon."
            " Nothing was changed.",
        ),
        (
            [held(Role.APPROVER, "Lyon")],
            RULE,
            ("", "Lyon"),
            "Only people with the role approver may decide on 7K3F in Lyon. Nothing was changed.",
        ),
    ],
)
def test_an_approver_of_some_locations_is_told_which_are_missing(grants, rule, places, sentence):
    with pytest.raises(Refused) as refusal:
        check(ASKED, ANA, grants, rule, tuple(map(LocationRef, places)))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    "presser", [TOM, Sender("id-tom", "other@example.com"), Sender("id-other", TOM.email)]
)
@given(st.lists(st.builds(held, st.sampled_from(Role), st.sampled_from(["", "Lyon"]))))
def test_requesters_cannot_decide_on_their_own_request(presser, grants):
    with pytest.raises(Refused, match="7K3F is your own request: somebody else must decide on it"):
        check(ASKED, presser, grants, ADMINS_TOO, (LocationRef("Lyon"),))


def verdict(person: str, what: str = APPROVE) -> Vote:
    """One row."""
    return Vote(person_id=person, email="", verdict=what, reason="", at=0.0)


@pytest.mark.parametrize(
    ("needed", "votes", "suffices"),
    [
        (1, [], False),
        (1, [verdict("a")], True),
        (1, [verdict("a", REJECT)], False),
        (2, [verdict("a")], False),
        (2, [verdict("a"), verdict("a")], False),
        (2, [verdict("a"), verdict("b", REJECT)], False),
        (2, [verdict("a"), verdict("b")], True),
        (2, [verdict("a"), verdict("b"), verdict("c")], True),
    ],
)
def test_different_people_are_counted(needed, votes, suffices):
    assert has_enough_votes(votes, Rule({}, approvers=needed)) is suffices


ROWS = [
    held(Role.APPROVER),
    held(Role.APPROVER, "Lyon"),
    held(Role.APPROVER, "Berlin", "ben@example.com"),
    held(Role.ADMIN, who="ada@example.com"),
    held(Role.APPROVER, who="@example.org"),
    held(Role.VIEWER, who="vera@example.com"),
]


@pytest.mark.parametrize(
    ("rule", "location", "expected"),
    [
        (RULE, "Lyon", [ANA.email, "@example.org"]),
        (RULE, "berlin", [ANA.email, "ben@example.com", "@example.org"]),
        (RULE, "", [ANA.email, "@example.org"]),
        (ADMINS_TOO, "Lyon", [ANA.email, "ada@example.com", "@example.org"]),
        (Rule({}, approve=frozenset({Role.ENGINEER})), "Lyon", []),
    ],
)
def test_the_approvers_of_a_location_are_listed_once(rule, location, expected):
    assert approvers(rule, ROWS, (LocationRef(location),)) == expected


def test_the_requester_is_not_asked_and_a_domain_cannot_be_written_to():
    approvers = [TOM.email, ANA.email, "@example.com"]
    assert without_requester(approvers, TOM) == [ANA.email, "@example.com"]
    assert individuals(approvers) == [TOM.email, ANA.email]
