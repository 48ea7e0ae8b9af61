"""Roles follow the id of their location, whatever it is called."""

import pytest

from bot.core.models.people import Grant, Role
from bot.core.models.webex import LocationRef
from bot.store import grants
from bot.store.migrations import migration
from bot.store.sqlite import SqliteDatabase, connect

LYON, BERLIN = LocationRef("Lyon", "id-1"), LocationRef("Berlin", "id-2")
ANN = "ann@example.com"


def grant(name: str, key: str = "") -> Grant:
    return Grant(ANN, Role.TECHNICIAN, name, key)


@pytest.mark.usefixtures("engine")
def test_a_role_by_name_becomes_one_by_id_once_locations_are_read(db):
    grants.add(db, grant("lyon"), 1.0)
    assert grants.by_name_only(db)
    grants.note_locations(db, [LYON, BERLIN])
    assert grants.grants(db) == [grant("Lyon", "id-1")]
    assert not grants.by_name_only(db)


@pytest.mark.usefixtures("engine")
def test_a_role_stays_with_its_location_when_names_are_swapped(db):
    grants.add(db, grant("Lyon"), 1.0)
    grants.note_locations(db, [LYON, BERLIN])
    grants.note_locations(db, [LocationRef("Berlin", "id-1"), LocationRef("Lyon", "id-2")])
    (held,) = grants.grants(db)
    assert held == grant("Berlin", "id-1")
    assert held.reaches(LocationRef("Berlin", "id-1"))
    assert not held.reaches(LocationRef("Lyon", "id-2"))


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "read",
    [[], [BERLIN], [LYON, LocationRef("LYON", "id-3")]],
    ids=["none", "another", "two of the name"],
)
def test_a_name_without_a_location_stays_a_name(db, read):
    grants.add(db, grant("Lyon"), 1.0)
    grants.note_locations(db, read)
    assert grants.grants(db) == [grant("Lyon")]


@pytest.mark.usefixtures("engine")
def test_an_empty_list_deletes_nothing(db):
    grants.note_locations(db, [LYON, BERLIN])
    grants.note_locations(db, [])
    assert grants.locations(db) == [LYON, BERLIN]


@pytest.mark.usefixtures("engine")
def test_names_are_cleaned_before_they_are_shown(db):
    grants.note_locations(db, [LocationRef("Ly\x1b[31mon\u202e", "id-1")])
    assert grants.locations(db) == [LocationRef("Ly[31mon", "id-1")]


@pytest.mark.usefixtures("engine")
def test_a_location_is_not_granted_twice_under_two_names(db):
    assert grants.add(db, grant("Lyon", "id-1"), 1.0)
    assert not grants.add(db, grant("Lyon Sud", "id-1"), 2.0)
    assert not grants.add(db, grant("LYON"), 2.0)
    assert grants.add(db, grant("Lyon", "id-2"), 2.0)
    assert grants.revoke(db, grant("Another name", "id-2"))
    assert grants.grants(db) == [grant("Lyon", "id-1")]


@pytest.mark.usefixtures("engine")
def test_two_rows_of_one_location_become_one(db):
    grants.add(db, grant("Lyon"), 1.0)
    grants.add(db, grant("Old name", "id-1"), 1.0)
    grants.note_locations(db, [LYON])
    assert grants.grants(db) == [grant("Lyon", "id-1")]


def test_roles_of_an_older_database_are_kept(tmp_path):
    path = tmp_path / "provbot.db"
    old = SqliteDatabase(path)
    migration.apply(old, stop_before="m018_location_ids")
    old.execute("insert into access values (?, 'technician', 'Lyon', 1.0)", [ANN])
    old.conn.commit()
    old.close()
    assert grants.grants(connect(path)) == [grant("Lyon")]
