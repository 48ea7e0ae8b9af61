"""Searches by a part of a name, an extension or a number: two lists, filtered again."""

from typing import Any

import pytest

from bot.core.errors import Unavailable
from bot.core.models.webex import Line, Owner, OwnerKind
from bot.webex.messaging import public_id
from bot.webex.owners import FIRST_LIFETIME, OWNERS_LIFETIME
from tests.bot.webex.organization import ANN, Organization

AVAILABLE = "/telephony/config/devices/availableMembers"
NUMBERS = "/telephony/config/numbers"
PLACE = {"location": {"id": "l1", "name": "Berlin"}}
ANN_ROW = PLACE | {
    "id": "p1", "firstName": "Ann", "lastName": "Alder", "memberType": "PEOPLE",
    "extension": "1107", "phoneNumber": "+49 30-23125107",
}  # fmt: skip
LOBBY_ROW = PLACE | {"id": "w1", "firstName": "Lobby", "lastName": ".", "memberType": "PLACE"}
LINE_ROW = PLACE | {"id": "v1", "firstName": "Night", "memberType": "VIRTUAL_LINE"}
NUMBER_ROW = PLACE | {
    "phoneNumber": "+493023125107", "extension": 1107,
    "owner": {"id": "p1", "type": "PEOPLE", "firstName": "Ann", "lastName": "Alder"},
}  # fmt: skip
LISTED = Owner(
    kind=OwnerKind.PERSON, id="p1", name="Ann Alder", location_id="l1", location="Berlin",
    partial=True,
)  # fmt: skip


def org(available: Any, numbers: Any = 404) -> Organization:
    """With these members and numbers."""
    answers = {"telephony__config__devices__availableMembers": available}
    return Organization(**answers, telephony__config__numbers=numbers)


def members(*rows: Any) -> dict[str, Any]:
    """An answer of availableMembers."""
    return {"members": list(rows)}


async def test_owners_are_found_by_a_part_of_their_name():
    webex = org(members(ANN_ROW, LOBBY_ROW, LINE_ROW, "odd", {}))
    owners = await webex.calling.owners_like("alder")
    assert [(owner.kind, owner.name, owner.partial) for owner in owners] == [
        (OwnerKind.PERSON, "Ann Alder", True),
        (OwnerKind.WORKSPACE, "Lobby", True),
    ]
    assert owners[0] == LISTED
    assert dict(webex.asked[0].url.params) == {
        "memberName": "alder", "usageType": "DEVICE_OWNER", "excludeVirtualLine": "true",
        "max": "50", "orgId": "org-1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"extension": "1107"}, [LISTED]),
        ({"extension": "110"}, []),  # Webex finds parts
        ({"number": "493023125107"}, [LISTED]),
        ({"number": "3023125107"}, [LISTED]),
        ({"number": "30231251"}, []),
    ],
)
async def test_only_the_whole_extension_or_the_end_of_the_number_counts(asked, expected):
    assert await org(members(ANN_ROW)).calling.owners_at(**asked) == expected


@pytest.mark.parametrize("available", [403, 404, 405, members()])
async def test_numbers_stand_in_for_members(available):
    webex = org(available, {"phoneNumbers": [NUMBER_ROW, {"phoneNumber": "+4930"}]})
    assert await webex.calling.owners_at(extension="1107") == [LISTED]
    assert await webex.calling.owners_like("alder") == [LISTED]
    assert webex.asked[-1].url.params["ownerName"] == "alder"


async def test_a_list_that_is_refused_is_not_asked_at_each_search():
    webex = org(403, 404)
    for part in ("alder", "birch", "cedar"):
        assert await webex.calling.owners_like(part) == []
    assert (webex.times(AVAILABLE), webex.times(NUMBERS)) == (1, 1)


async def test_a_search_that_is_refused_for_its_text_does_not_stop_others():
    webex = org(400, 400)
    assert await webex.calling.owners_like("%") == []
    webex.answers[AVAILABLE] = members(ANN_ROW)
    assert await webex.calling.owners_like("alder") == [LISTED]


async def test_a_list_that_cannot_be_read_now_is_an_error():
    webex = org({"members": "odd"})
    with pytest.raises(Unavailable):
        await webex.calling.owners_like("alder")


async def test_searches_are_cached_for_a_while():
    webex = org(members(ANN_ROW))
    for text in ("alder", "ALDER"):
        await webex.calling.owners_like(text)
    assert webex.times(AVAILABLE) == 1
    webex.now += OWNERS_LIFETIME
    await webex.calling.owners_like("alder")
    assert webex.times(AVAILABLE) == 2


async def test_the_first_owners_are_listed_once_for_many_names():
    webex = org(members(ANN_ROW, LOBBY_ROW))
    assert len(await webex.calling.first_owners()) == 2
    await webex.calling.uncached().first_owners()
    assert webex.times(AVAILABLE) == 1
    assert webex.asked[0].url.params["max"] == "1000"
    webex.now += FIRST_LIFETIME
    await webex.calling.first_owners()
    assert webex.times(AVAILABLE) == 2


async def test_people_are_listed_without_their_records():
    webex = Organization(people={"items": [ANN, {"id": "b", "type": "bot"}]})
    (ann,) = await webex.calling.people_like("ann")
    assert (ann.name, ann.email, ann.location, ann.partial) == (
        "Ann Alder",
        "ann@example.com",
        "Berlin",
        True,
    )
    assert webex.times("/people/p1") == 0


async def test_of_many_people_only_the_one_with_that_name_is_read():
    others = [ANN | {"id": f"o{n}", "displayName": f"Ann Alder-{n}"} for n in range(30)]
    webex = Organization(people={"items": [*others, ANN]})
    people = await webex.calling.people_named("ann alder")
    assert (len(people), people[0].id, people[0].partial) == (31, "p1", False)
    assert all(person.partial for person in people[1:])
    assert webex.times("/people/p1") == 1


async def test_a_bare_uuid_of_a_mention_is_read_by_its_rest_id():
    uuid = "0a1b2c3d-0000-4000-8000-000000000001"
    rest = public_id("PEOPLE", uuid)
    webex = Organization()
    webex.answers[f"/people/{rest}"] = ANN | {"id": rest}
    owner = await webex.calling.owner(f"PEOPLE:{uuid}")
    assert owner
    assert (owner.id, owner.name) == (rest, "Ann Alder")


@pytest.mark.parametrize(
    ("person_org", "location_org", "place", "foreign"),
    [
        ("a", "a", None, False),
        ("a", "b", None, True),
        ("a", "b", "l1", False),
        ("a", None, None, False),
        (None, "b", None, False),
    ],
)
async def test_a_person_of_another_organization_than_the_locations_is_foreign(
    person_org, location_org, place, foreign
):
    def org_id(letter: str | None) -> dict[str, str]:
        uuid = f"{letter}" * 8 + "-0000-4000-8000-000000000001"
        return {"orgId": public_id("ORGANIZATION", uuid)} if letter else {}

    webex = Organization(
        people__p1=ANN | {"locationId": place} | org_id(person_org),
        locations={"items": [{"id": "l1", "name": "Berlin"} | org_id(location_org)]},
    )
    owner = await webex.calling.owner("PEOPLE:p1")
    assert owner
    assert owner.foreign is foreign


@pytest.mark.parametrize("status", [403, 404])
async def test_a_foreign_person_whose_record_is_refused_is_known_by_the_list(status):
    ours = public_id("ORGANIZATION", "a" * 8 + "-0000-4000-8000-000000000001")
    theirs = public_id("ORGANIZATION", "b" * 8 + "-0000-4000-8000-000000000001")
    webex = Organization(
        people={"items": [ANN | {"orgId": theirs, "locationId": None}]}, people__p1=status,
        locations={"items": [{"id": "l1", "name": "Berlin", "orgId": ours}]},
    )  # fmt: skip
    owner = await webex.calling.person("ann@example.com")
    assert owner
    assert owner.foreign


@pytest.mark.parametrize(
    ("facts", "has_number"),
    [
        ({}, None),
        ({"extension": "1107"}, True),
        ({"phoneNumbers": []}, False),
        ({"phoneNumbers": [{"type": "mobile", "value": "+1"}]}, False),
        ({"phoneNumbers": [{"type": "work_extension", "value": "1107"}]}, True),
        ({"phoneNumbers": [], "locationId": None}, None),
        ({"phoneNumbers": "odd"}, None),
    ],
)
async def test_a_record_tells_whether_there_is_a_number(facts, has_number):
    owner = await Organization(people__p1=ANN | facts).calling.owner("PEOPLE:p1")
    assert owner
    assert owner.has_number is has_number


async def test_the_line_of_a_person_is_in_their_record():
    numbers = [
        {"type": "mobile", "value": "+49 170 1"},
        {"type": "work", "value": "+49 30-23125107"},
    ]
    webex = Organization(people__p1=ANN | {"extension": "1107", "phoneNumbers": numbers})
    assert await webex.calling.line_of("PEOPLE:p1", "Ann Alder") == Line(
        extension="1107", number="+493023125107"
    )
    await webex.calling.line_of("PEOPLE:p1", "Ann Alder")
    assert webex.times("/people/p1") == 1
    assert await Organization().calling.line_of("PEOPLE:p1", "Ann Alder") is None
    assert await Organization(people__p1=404).calling.line_of("PEOPLE:p1", "Ann") is None


async def test_the_line_of_a_workspace_is_found_among_the_members():
    other = LOBBY_ROW | {"id": "w2", "extension": "1999"}
    webex = org(members(other, LOBBY_ROW | {"extension": "1200"}))
    assert await webex.calling.line_of("PLACE:w1", "Lobby") == Line(extension="1200")
    await webex.calling.line_of("PLACE:w1", "Lobby")
    assert webex.times(AVAILABLE) == 1
    without_line = org(members(LOBBY_ROW))
    assert await without_line.calling.line_of("PLACE:w1", "Lobby") is None
