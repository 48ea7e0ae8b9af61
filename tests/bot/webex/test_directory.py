"""The owners of a list are looked up with few calls, whatever the size of the organization."""

from collections.abc import Callable

import httpx
import pytest

from bot.core.models.webex import Licence
from tests.bot.webex.big_organization import BigOrganization


def addresses(*numbers: int) -> list[str]:
    return [f"p{number}@example.com" for number in numbers]


def refuses(path: str, status: int = 403) -> Callable[[httpx.Request], httpx.Response | None]:
    """A Webex that refuses calls whose path begins so."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        is_refused = request.url.path.startswith(f"/v1/{path}")
        return httpx.Response(status, json={"message": "No."}) if is_refused else None

    return answer


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
