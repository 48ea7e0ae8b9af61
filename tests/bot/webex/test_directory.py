"""The owners of a list are looked up with few calls, whatever the size of the organization."""

from typing import Any

import httpx
import pytest

from bot.core.api_calls import LOCATIONS, PEOPLE, WORKSPACES
from bot.core.errors import Forbidden, Unreadable
from bot.core.models.webex import Licence
from bot.webex.messaging import public_id
from tests.bot.webex.big_organization import BASE, BigOrganization, addresses, refuses
from tests.virtual_clock import virtually


async def test_three_people_are_asked_for_one_by_one():
    org = BigOrganization(people=5_000)

    directory = await org.calling.directory(["P7@Example.com", *addresses(20, 4_999)], [])

    assert [owner.name for owner in directory.owners] == ["Person 20", "Person 4999", "Person 7"]
    owner = directory.at(" P20@example.COM")
    assert owner
    assert (owner.location, owner.licence, owner.has_number) == ("Place 2", Licence.STANDARD, True)
    assert directory.unread == ()
    assert org.calls() == {"people": 3, "people/{id}": 3, "licenses": 1, "locations": 1}


async def test_a_thousand_people_are_read_from_pages():
    org = BigOrganization(people=5_000)

    directory = await org.calling.directory(addresses(*range(0, 5_000, 5)), [])

    assert len(directory.owners) == 1_000
    calls = org.calls()
    assert calls == {
        "people": 50, "locations": 1, "licenses": 1, "licenses/lic-pro": 14, "licenses/lic-std": 2,
    }  # fmt: skip
    assert calls.total() < 100
    for number, licence in ((10, Licence.STANDARD), (15, Licence.PROFESSIONAL)):
        owner = directory.at(f"p{number}@example.com")
        assert owner
        assert owner == await org.calling.person(f"p{number}@example.com")
        assert owner.licence is licence


async def test_licences_that_lists_show_need_no_further_call():
    org = BigOrganization(people=5_000)
    org.licences_in_lists = True

    directory = await org.calling.directory(addresses(*range(0, 5_000, 5)), [])

    assert org.calls() == {"people": 50, "locations": 1, "licenses": 1}
    assert [directory.at(f"p{number}@example.com").licence for number in (10, 15)] == [  # type: ignore[union-attr]
        Licence.STANDARD,
        Licence.PROFESSIONAL,
    ]


async def test_reading_stops_when_all_are_found():
    org = BigOrganization(people=5_000)

    directory = await org.calling.directory(addresses(*range(250)), [])

    query = next(request for request in org.asked if request.url.path == "/v1/people").url.params
    assert (query["callingData"], query["excludeStatus"], query["max"]) == ("true", "true", "100")
    assert org.calls()["people"] == 3
    assert {owner.licence for owner in directory.owners} == {
        Licence.STANDARD, Licence.PROFESSIONAL, Licence.NONE,
    }  # fmt: skip


@pytest.mark.parametrize("people", [100, 1_000, 5_000, 20_000])
@pytest.mark.parametrize("rows", [6, 40, 1_000])
async def test_no_list_costs_more_than_twice_the_better_way(people, rows):
    org = BigOrganization(people=people)
    org.licences_in_lists = True
    wanted = addresses(*(number * (people // rows) for number in range(rows) if people >= rows))

    directory = await org.calling.directory(wanted, [])

    assert len(directory.owners) == len(wanted)
    calls = org.calls()
    assert calls["people"] + calls["people/{id}"] <= 2 * min(2 * rows, people // 100) + 2


async def test_forty_of_many_are_found_for_no_more_than_their_own_questions():
    org = BigOrganization(people=5_000)

    directory = await org.calling.directory(addresses(*range(0, 5_000, 125)), [])

    assert len(directory.owners) == 40
    assert {owner.licence for owner in directory.owners} == {Licence.STANDARD, Licence.PROFESSIONAL}
    assert org.calls().total() < 2 * 80


async def test_each_list_is_read_afresh():
    org = BigOrganization(people=300)
    await org.calling.directory(addresses(*range(300)), [])
    org.people[7]["locationId"] = "l2"

    directory = await org.calling.directory(addresses(*range(300)), [])

    owner = directory.at("p7@example.com")
    assert owner
    assert owner.location == "Place 2"


async def test_a_few_workspaces_are_asked_for_and_many_read_from_pages():
    org = BigOrganization(people=5_000, workspaces=450)

    few = await org.calling.directory([], ["room 7", "Room 449"])
    assert [owner.name for owner in few.named("Room 7")] == ["Room 7"]
    calls = org.calls()
    assert (calls["workspaces"], calls["people"]) == (2, 0)

    many = await org.calling.directory([], [f"Room {number}" for number in range(0, 450, 5)])
    assert len(many.owners) == 90
    (owner,) = many.named("ROOM  445")
    assert owner == (await org.calling.workspaces_named("Room 445"))[0]
    assert (owner.takes_phones, owner.licence) == (True, Licence.PROFESSIONAL)
    assert org.calls() == {"workspaces": 5 + 1}


async def test_a_name_that_no_workspace_has_is_searched_among_people():
    org = BigOrganization(people=300, workspaces=300)
    org.people[299]["displayName"] = "Jörg Åkesson"
    org.people[298]["displayName"] = "jörg åkesson"

    names = [*(f"Room {number}" for number in range(8)), "Jorg Akesson"]

    directory = await org.calling.directory(addresses(*range(9)), names)

    assert {owner.id for owner in directory.named("Jorg Akesson")} == {"p299", "p298"}
    assert (len(directory.owners), org.calls()["people"]) == (9 + 10, 3)


async def test_people_of_one_name_are_all_found_however_few_questions_there_are():
    org = BigOrganization(people=300)
    for row in (org.people[3], org.people[250]):
        row["displayName"] = "Ann Alder"
    for emails in ([], addresses(*range(0, 300, 30))):
        directory = await org.calling.directory(emails, ["ann alder"])

        assert {owner.id for owner in directory.named("Ann Alder")} == {"p3", "p250"}
        assert all(not owner.partial and owner.location for owner in directory.owners)


async def test_a_person_is_found_at_each_of_their_addresses():
    org = BigOrganization(people=300)
    org.people[7]["emails"].append("Seven@example.com")

    directory = await org.calling.directory(["seven@example.com", *addresses(*range(10, 60))], [])

    owner = directory.at("seven@example.com")
    assert owner
    assert (owner.email, directory.at("p7@example.com")) == ("p7@example.com", owner)


async def test_somebody_whom_the_list_lacks_is_asked_for_once_more():
    org = BigOrganization(people=300)

    def hide(request: httpx.Request) -> httpx.Response | None:
        is_list = request.url.path == "/v1/people" and "email" not in request.url.params
        shown = [row for row in org.people[:100] if row["id"] != "p7"]
        return httpx.Response(200, json={"items": shown}) if is_list else None

    org.special = hide
    directory = await org.calling.directory(addresses(*range(20)), [])
    assert directory.at("p7@example.com")
    assert org.calls()["people"] == 2

    directory = await org.calling.directory(addresses(*range(95, 130)), [])
    assert (len(directory.owners), org.calls()["people"]) == (5, 1)


async def test_a_misspelt_address_is_nobodys_and_the_nearest_are_proposed():
    org = BigOrganization(people=300, workspaces=20)
    wanted = ["p27@example.con", *addresses(*range(30, 50))]

    directory = await org.calling.directory(wanted, ["Rooom 7", *(f"Room {n}" for n in range(6))])

    assert directory.at("p27@example.con") is None
    assert [owner.email for owner in directory.near("p27@example.con", 1)] == ["p27@example.com"]
    assert [owner.name for owner in directory.near("Rooom 7", 1)] == ["Room 7"]
    assert directory.named("Rooom 7") == ()


async def test_owners_near_to_a_few_misspelt_ones_come_from_the_first_members():
    org = BigOrganization(people=3)
    member = {"id": "p9", "firstName": "Ann", "lastName": "Alder", "memberType": "PEOPLE"}

    def members(request: httpx.Request) -> httpx.Response | None:
        is_list = request.url.path.endswith("/availableMembers")
        return httpx.Response(200, json={"members": [member]}) if is_list else None

    org.special = members
    directory = await org.calling.directory(["ann.adler@example.com"], ["Alder, Anne"])
    for text in ("ann.adler@example.com", "Alder, Anne"):
        assert [owner.name for owner in directory.near(text)] == ["Ann Alder"]

    org.special = refuses("telephony")
    org.now += 1_000
    directory = await org.calling.directory(["ann.adler@example.com"], [])
    assert directory.near("ann.adler@example.com") == ()


async def test_names_that_differ_in_diacritics_only_are_asked_for_each():
    org = BigOrganization(people=3, workspaces=2)
    org.workspaces[0]["displayName"], org.workspaces[1]["displayName"] = "Büro Süd", "Buro Sud"

    directory = await org.calling.directory([], ["Buro Sud", "Büro Süd"])

    assert [owner.id for owner in directory.named("Büro Süd")] == ["w0"]
    assert [owner.id for owner in directory.named("buro sud")] == ["w1"]


async def test_names_of_locations_that_cannot_be_read_are_noted():
    org = BigOrganization(people=300, workspaces=10)
    org.special = refuses("locations")

    directory = await org.calling.directory(addresses(*range(50)), ["Room 1"])

    assert {owner.location for owner in directory.owners} == {""}
    assert all(owner.location_id for owner in directory.owners)
    assert directory.unread == (LOCATIONS,)


@pytest.mark.parametrize("names", [["Room 1"], [f"Room {number}" for number in range(9)]])
async def test_workspaces_that_cannot_be_read_are_noted(names):
    org = BigOrganization(people=300, workspaces=10)
    org.special = refuses("workspaces")

    directory = await org.calling.directory(addresses(*range(50)), names)

    assert len(directory.owners) == 50
    assert directory.unread == (WORKSPACES,)


@pytest.mark.parametrize("count", [2, 50])
async def test_people_that_cannot_be_read_are_an_error_unless_only_names_are_wanted(count):
    org = BigOrganization(people=300, workspaces=100)
    org.special = refuses("people")

    with pytest.raises(Forbidden) as refused:
        await org.calling.directory(addresses(*range(count)), ["Room 1"])
    assert refused.value.call == "GET people"

    directory = await org.calling.directory([], [f"Room {n}" for n in range(count)] + ["Nobody"])
    assert (len(directory.owners), directory.unread) == (count, (PEOPLE,))


ODD_ROWS: list[Any] = [
    7, None, [], {}, {"id": None}, {"id": "x", "emails": "p3@example.com"},
    {"id": "y", "emails": [{}, 4]}, {"id": "z", "emails": None, "displayName": ["Person 3"]},
    {"id": {"a": 1}, "emails": ["p3@example.com"]},
]  # fmt: skip


async def test_odd_rows_spoil_no_other():
    org = BigOrganization(people=60)

    def odd(request: httpx.Request) -> httpx.Response | None:
        is_list = request.url.path == "/v1/people" and "email" not in request.url.params
        rows = [*ODD_ROWS, *org.people, *ODD_ROWS]
        return httpx.Response(200, json={"items": rows}) if is_list else None

    org.special = odd
    directory = await org.calling.directory(addresses(*range(20)), ["Person 30"])
    assert [owner.id for owner in directory.owners if owner.id[0] != "p"] == []
    assert len(directory.owners) == 21


@pytest.mark.parametrize(
    "body", [{}, [], {"items": None}, {"items": "many"}, {"items": [7]}], ids=str
)
def test_a_page_without_its_list_is_an_error(body):
    org = BigOrganization(people=300)
    org.special = lambda request: (
        httpx.Response(200, json=body) if "cursor" in request.url.params else None
    )

    async def look_up() -> None:
        with pytest.raises(Unreadable):
            await org.calling.directory(addresses(*range(50, 250)), [])

    virtually(look_up)


def test_a_page_that_is_limited_is_read_later():
    org = BigOrganization(people=300)
    refused: list[httpx.Request] = []

    def limit(request: httpx.Request) -> httpx.Response | None:
        if request.url.params.get("cursor") != "100" or len(refused) > 2:
            return None
        refused.append(request)
        return httpx.Response(429, headers={"Retry-After": "7"}, json={})

    org.special = limit
    found, seconds = virtually(lambda: org.calling.directory(addresses(*range(250)), []))
    assert (len(found.owners), len(refused)) == (250, 3)
    assert 21 <= seconds < 30


@pytest.mark.parametrize("wanted", [range(90, 130), range(0, 300, 3)])
async def test_links_that_lead_in_a_circle_end(wanted):
    """Those who are on no page that can be reached are asked for one by one."""
    org = BigOrganization(people=300)

    def circle(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/people" or "email" in request.url.params:
            return None
        link = f'<{BASE}/people?cursor=1>; rel="next"'
        return httpx.Response(200, json={"items": org.people[:100]}, headers={"Link": link})

    org.special = circle
    directory = await org.calling.directory(addresses(*wanted), [])
    assert len(directory.owners) == len(wanted)
    assert org.calls()["people"] == 2 + sum(number >= 100 for number in wanted)


async def test_a_page_that_comes_twice_names_nobody_twice():
    org = BigOrganization(people=300)
    org.people += org.people[:150]

    directory = await org.calling.directory(addresses(*range(40)), ["Person 3", "Person 200"])

    assert len(directory.owners) == len({owner.key for owner in directory.owners}) == 41
    assert len(directory.named("Person 3")) == 1


async def test_people_of_another_organization_are_foreign():
    org = BigOrganization(people=50)
    ours, theirs = public_id("ORGANIZATION", "a" * 8), public_id("ORGANIZATION", "b" * 8)
    org.special = lambda request: (
        httpx.Response(200, json={"items": [{"id": "l1", "name": "Here", "orgId": ours}]})
        if request.url.path == "/v1/locations"
        else None
    )
    for row in org.people:
        row["orgId"] = ours
    org.people[7] |= {"orgId": theirs, "locationId": None}

    directory = await org.calling.directory(addresses(*range(20)), [])

    assert [owner.id for owner in directory.owners if owner.foreign] == ["p7"]


@pytest.mark.parametrize("emails", [[], ["", " "]])
async def test_nothing_costs_nothing(emails):
    org = BigOrganization(people=5)

    directory = await org.calling.directory(emails, ["", "  "])

    assert (directory.owners, directory.unread) == ((), ())
    assert org.calls()["people"] == org.calls()["workspaces"] == 0
