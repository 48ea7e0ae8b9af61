"""The allowlist's rows."""

import pytest

from bot.core.models.people import Grant, Role
from bot.domain.policy import find_grants
from bot.requests.allowlist import seed_admins
from bot.store import grants as grants_table
from bot.store.grants import LastAdmin

pytestmark = pytest.mark.usefixtures("engine")
ANN = Grant("ann@example.com", Role.TECHNICIAN, "Lyon")
ALL = Grant("@example.com", Role.VIEWER)


def test_a_grant_is_stored_once(db):
    assert grants_table.add(db, ANN, 1.0)
    assert not grants_table.add(db, ANN, 2.0)
    assert grants_table.grants(db) == [ANN]


def test_a_person_can_hold_several_roles_in_several_locations(db):
    grants = [ANN, Grant(ANN.who, Role.TECHNICIAN), Grant(ANN.who, Role.ADMIN, "Lyon")]
    assert all(grants_table.add(db, grant, 1.0) for grant in grants)
    assert len(grants_table.grants(db)) == 3


@pytest.mark.parametrize(
    ("email", "grants"),
    [
        ("ann@example.com", [ALL, ANN]),
        (" ANN@Example.com", [ALL, ANN]),
        ("bob@example.com", [ALL]),
        ("ann@other.example", []),
        ("", []),
    ],
)
def test_the_grants_of_a_person_are_found_by_email_or_domain(db, email, grants):
    for grant in (ANN, ALL):
        grants_table.add(db, grant, 1.0)
    assert grants_table.grants_for(db, email) == grants


@pytest.mark.parametrize(
    ("role", "location", "left"),
    [
        (None, None, []),
        (Role.TECHNICIAN, None, [(Role.VIEWER, "")]),
        (Role.TECHNICIAN, "lyon", [(Role.TECHNICIAN, ""), (Role.VIEWER, "")]),
        (Role.TECHNICIAN, "", [(Role.TECHNICIAN, "Lyon"), (Role.VIEWER, "")]),
        (None, "Lyon", [(Role.TECHNICIAN, ""), (Role.VIEWER, "")]),
        (Role.ADMIN, None, [(Role.TECHNICIAN, ""), (Role.TECHNICIAN, "Lyon"), (Role.VIEWER, "")]),
    ],
)
def test_only_the_named_roles_are_removed(db, open_db, role, location, left):
    held = [(Role.TECHNICIAN, ""), (Role.TECHNICIAN, "Lyon"), (Role.VIEWER, "")]
    for held_role, place in held:
        grants_table.add(db, Grant(ANN.who, held_role, place), 1.0)
    grants_table.add(db, ALL, 1.0)
    gone = find_grants(grants_table.grants(db), ANN.who, role, location)
    assert len(gone) == len(held) - len(left)
    assert all(grants_table.revoke(db, grant) for grant in gone)
    # Read by another connection: it is committed.
    assert grants_table.grants(open_db()) == [
        ALL,
        *(Grant(ANN.who, left_role, place) for left_role, place in left),
    ]


def test_first_admins_are_granted_once_so_that_a_revoke_is_kept(db):
    emails = ["ada@example.com", "bea@example.com"]
    seed_admins(db, emails, 1.0)
    assert grants_table.admins(db) == emails
    grants_table.revoke(db, Grant("ada@example.com", Role.ADMIN))
    seed_admins(db, [*emails, "cleo@example.com"], 2.0)
    assert grants_table.admins(db) == ["bea@example.com", "cleo@example.com"]


def test_the_last_admin_stays(db):
    last = Grant("ada@example.com", Role.ADMIN)
    for grant in (last, Grant("bea@example.com", Role.ADMIN, "Lyon")):
        grants_table.add(db, grant, 1.0)
    with pytest.raises(LastAdmin):
        grants_table.revoke(db, last)
    assert last in grants_table.grants(db)


def test_only_people_who_are_admin_everywhere_count_as_admins(db):
    for grant in (
        Grant("ada@example.com", Role.ADMIN),
        Grant("local@example.com", Role.ADMIN, "Lyon"),
        Grant("@example.com", Role.ADMIN),
        Grant("tom@example.com", Role.TECHNICIAN),
    ):
        grants_table.add(db, grant, 1.0)
    assert grants_table.admins(db) == ["ada@example.com"]
