"""People and workspaces: how `CallingApi` finds and reads the owner of a device."""

import pytest

from bot.core.errors import Unreadable
from bot.core.models.webex import Licence, Owner, OwnerKind
from bot.webex.messaging import public_id
from bot.webex.owners import IDS_LIFETIME
from tests.bot.webex.organization import ANN, LOBBY, Organization


async def test_a_person_is_looked_up_by_email_and_read_with_licence_and_location():
    org = Organization()
    assert await org.calling.person("ann@example.com") == Owner(
        kind=OwnerKind.PERSON, id="p1", name="Ann Alder", email="ann@example.com",
        location_id="l1", location="Berlin", licence=Licence.STANDARD,
    )  # fmt: skip
    first = org.asked[0].url.params
    assert (first["email"], first["callingData"], first["orgId"]) == (
        "ann@example.com",
        "true",
        "org-1",
    )


async def test_a_recently_found_email_is_read_without_a_search():
    org = Organization()
    for calling in (org.calling, org.calling.uncached()):
        assert (await calling.person("Ann@example.com")) is not None
    assert (org.times("/people"), org.times("/people/p1")) == (1, 2)
    org.now += IDS_LIFETIME
    await org.calling.person("ann@example.com")
    assert org.times("/people") == 2


async def test_an_email_that_belongs_to_another_person_now_is_searched_again():
    org = Organization(people__p2={**ANN, "id": "p2"})
    await org.calling.person("ann@example.com")
    org.answers["/people/p1"] = {**ANN, "emails": ["ann.old@example.com"]}
    org.answers["/people"] = {"items": [{"id": "p2", "type": "person"}]}
    person = await org.calling.uncached().person("ann@example.com")
    assert person
    assert person.id == "p2"


async def test_the_email_of_a_deleted_person_is_searched_again():
    org = Organization()
    await org.calling.person("ann@example.com")
    org.answers["/people/p1"] = 404
    org.answers["/people"] = {"items": []}
    assert await org.calling.uncached().person("ann@example.com") is None


@pytest.mark.parametrize(
    "record",
    [
        {"id": "p1"},
        {"id": 4},
        {"id": "p1", "displayName": "Ann Alder"},
        {"id": "p1", "emails": ["ann@example.com"]},
        {"id": "p1", "displayName": None, "emails": []},
    ],
)
async def test_missing_fields_of_a_person_are_taken_from_the_list(record):
    org = Organization(people={"items": [{**ANN, "type": "person"}]}, people__p1=record)
    for calling in (org.calling, org.calling.uncached()):
        owner = await calling.person("ann@example.com")
        assert owner
        assert (owner.email, owner.location) == ("ann@example.com", "Berlin")
        assert owner.described.endswith("(ann@example.com)")
        assert await calling.owner(owner.key) == owner


async def test_the_record_of_another_person_is_refused():
    asked, other = public_id("PEOPLE", "one"), public_id("PEOPLE", "other")
    listed = {**ANN, "id": asked, "type": "person"}
    org = Organization(people={"items": [listed]})
    org.answers[f"/people/{asked}"] = {
        "id": other,
        "displayName": "Bob",
        "emails": ["bob@example.com"],
    }
    owner = await org.calling.person("ann@example.com")
    assert owner
    assert (owner.id, owner.name, owner.email) == (asked, "Ann Alder", "ann@example.com")


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"id": 4},
        {"id": "w1"},
        {"id": "w1", "displayName": ""},
        {"id": "w1", "displayName": "Lobby"},
        {
            "id": "w1",
            "displayName": "Lobby",
            "locationId": None,
            "calling": None,
            "supportedDevices": None,
        },
    ],
)
async def test_missing_fields_of_a_workspace_are_taken_from_the_list(record):
    collaboration = LOBBY | {"supportedDevices": "collaborationDevices"}
    org = Organization(workspaces={"items": [collaboration]}, workspaces__w1=record)
    (listed,) = await org.calling.workspaces_named("lobby")
    for calling in (org.calling, org.calling.uncached()):
        assert await calling.owner(listed.key) == listed
    org.answers["/workspaces/w1"] = 503
    assert await org.calling.owner(listed.key) == listed


@pytest.mark.parametrize(
    "record", [{}, {"id": "w1"}, {"id": "w1", "displayName": None}, {"displayName": "Lobby"}]
)
async def test_a_workspace_without_name_or_id_is_not_cached(record):
    org = Organization(workspaces__w1=record)
    for _ in range(2):
        with pytest.raises(Unreadable):
            await org.calling.owner("PLACE:w1")
    org.answers["/workspaces/w1"] = LOBBY
    owner = await org.calling.owner("PLACE:w1")
    assert owner
    assert owner.described == "Lobby (workspace)"


async def test_the_record_of_another_workspace_is_refused():
    asked, other = public_id("PLACE", "one"), public_id("PLACE", "other")
    org = Organization(workspaces={"items": [LOBBY | {"id": asked}]})
    org.answers[f"/workspaces/{asked}"] = LOBBY | {"id": other, "displayName": "Vault"}
    with pytest.raises(Unreadable):
        await org.calling.owner(f"PLACE:{asked}")
    (listed,) = await org.calling.workspaces_named("lobby")
    assert await org.calling.owner(f"PLACE:{asked}") == listed
    assert (listed.id, listed.name) == (asked, "Lobby")


async def test_an_unknown_email_is_none():
    assert await Organization(people={"items": []}).calling.person("x@example.com") is None


@pytest.mark.parametrize(
    ("held", "licence"),
    [
        ([], Licence.NONE),
        (["lic-msg"], Licence.NONE),
        (["gone"], Licence.UNKNOWN),  # a licence without a name may be one for calling
        (["lic-std"], Licence.STANDARD),
        (["lic-pro"], Licence.PROFESSIONAL),
        (["lic-std", "lic-pro"], Licence.PROFESSIONAL),
        (["lic-ws"], Licence.OTHER),
        (None, Licence.UNKNOWN),
        ("odd", Licence.UNKNOWN),
    ],
)
async def test_a_licence_is_known_by_a_part_of_its_name(held, licence):
    owner = await Organization(people__p1=ANN | {"licenses": held}).calling.owner("PEOPLE:p1")
    assert owner
    assert owner.licence is licence


async def test_licences_that_cannot_be_read_are_unknown():
    owner = await Organization(licenses=403).calling.owner("PEOPLE:p1")
    assert owner
    assert owner.licence is Licence.UNKNOWN


@pytest.mark.parametrize("key", ["PEOPLE:p1", "PLACE:w1"])
async def test_an_owner_is_found_by_key(key):
    owner = await Organization().calling.owner(key)
    assert owner
    assert owner.key == key


@pytest.mark.parametrize("key", ["PEOPLE:gone", "PLACE:gone"])
async def test_a_deleted_owner_is_none(key):
    assert await Organization().calling.owner(key) is None


async def test_names_are_searched_in_people_and_workspaces_and_filtered():
    other = LOBBY | {"id": "w2", "displayName": "Warehouse"}
    org = Organization(
        workspaces={"items": [LOBBY, other]},
        people={"items": [{"id": "p1", "type": "person"}, {"id": "b1", "type": "bot"}]},
    )
    assert [owner.id for owner in await org.calling.workspaces_named("lob")] == ["w1"]
    assert [owner.id for owner in await org.calling.people_named("lob")] == ["p1"]


async def test_a_workspace_is_read_with_its_calling_and_device_type():
    odd = {"id": "w1", "displayName": "Board", "supportedDevices": "collaborationDevices"}
    owner = await Organization(workspaces__w1=odd).calling.owner("PLACE:w1")
    assert owner
    assert (owner.takes_phones, owner.calling_type, owner.location, owner.licence) == (
        False,
        "",
        "",
        Licence.NONE,
    )
    assert owner.takes_room_devices
    lobby = await Organization().calling.owner("PLACE:w1")
    assert lobby
    assert (lobby.takes_phones, lobby.calling_type, lobby.licence) == (
        True,
        "webexCalling",
        Licence.PROFESSIONAL,
    )
    assert not lobby.takes_room_devices


@pytest.mark.parametrize("supported", [{}, {"supportedDevices": "somethingNew"}])
async def test_a_workspace_that_does_not_say_takes_both(supported):
    odd = {"id": "w1", "displayName": "Hall", **supported}
    owner = await Organization(workspaces__w1=odd).calling.owner("PLACE:w1")
    assert owner
    assert owner.takes_phones
    assert owner.takes_room_devices


async def test_an_owners_devices_and_their_limit_are_read():
    body = {
        "devices": [{"id": "c1", "model": "M", "mac": "D82E3EEF4E5C"}, "odd", {}],
        "maxDeviceCount": 5,
    }
    org = Organization(telephony__config__workspaces__w1__devices=body)
    owner = await org.calling.owner("PLACE:w1")
    assert owner
    devices = await org.calling.devices_of(owner)
    assert ([device.mac for device in devices.devices], devices.most) == (["D82E3EEF4E5C", ""], 5)


async def test_an_uncached_read_asks_about_the_owner_again():
    org = Organization()
    await org.calling.owner("PEOPLE:p1")
    org.answers["/people/p1"] = ANN | {"licenses": ["lic-pro"]}
    kept, fresh = (
        await org.calling.owner("PEOPLE:p1"),
        await org.calling.uncached().owner("PEOPLE:p1"),
    )
    assert kept
    assert fresh
    assert (kept.licence, fresh.licence) == (Licence.STANDARD, Licence.PROFESSIONAL)
