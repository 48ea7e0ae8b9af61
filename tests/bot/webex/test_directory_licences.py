"""Which licences the owners of a list have: from the people who have each licence."""

import httpx
import pytest

from bot.core.api_calls import LICENCE_HOLDERS, LICENCES
from bot.core.models.webex import Licence
from tests.bot.webex.big_organization import BASE, PRO, BigOrganization, addresses, refuses


async def test_licences_that_cannot_be_read_block_nobody():
    for path, unread in (("licenses/", LICENCE_HOLDERS), ("licenses", LICENCES)):
        org = BigOrganization(people=300)
        org.special = refuses(path)

        directory = await org.calling.directory(addresses(*range(50)), [])

        assert {owner.licence for owner in directory.owners} == {Licence.UNKNOWN}
        assert directory.unread == (unread,)


async def test_a_list_of_holders_that_is_too_short_says_of_nobody_that_they_have_no_licence():
    org = BigOrganization(people=300)

    def short(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/licenses/lic-std":
            return None
        users = [{"id": "p10", "email": "p10@example.com"}]
        return httpx.Response(200, json={"users": users, "consumedByUsers": 30})

    org.special = short
    directory = await org.calling.directory(addresses(*range(50)), [])
    licences = {owner.id: owner.licence for owner in directory.owners}
    assert (licences["p10"], licences["p20"]) == (Licence.STANDARD, Licence.UNKNOWN)
    assert (licences["p1"], licences["p2"]) == (Licence.UNKNOWN, Licence.PROFESSIONAL)
    assert directory.unread == (LICENCE_HOLDERS,)


@pytest.mark.parametrize(
    ("body", "licence"),
    [
        ({"consumedByUsers": 0}, Licence.NONE),
        ({"users": None, "consumedByUsers": 0}, Licence.NONE),
        ({"users": [], "consumedByUsers": 0}, Licence.NONE),
        ({"users": [7, None, {}, {"id": 3}]}, Licence.NONE),
        ({"consumedByUsers": 3}, Licence.UNKNOWN),
        ({}, Licence.UNKNOWN),
        ([], Licence.UNKNOWN),
        ({"users": "many"}, Licence.UNKNOWN),
    ],
    ids=str,
)
async def test_holders_are_nobody_only_if_webex_says_so(body, licence):
    org = BigOrganization(people=20)

    def answer(request: httpx.Request) -> httpx.Response | None:
        is_holders = request.url.path.startswith("/v1/licenses/")
        return httpx.Response(200, json=body) if is_holders else None

    org.special = answer
    directory = await org.calling.directory(addresses(*range(10)), [])

    assert {owner.licence for owner in directory.owners} == {licence}


async def test_holders_lists_that_are_longer_than_the_list_of_rows_are_given_up():
    org = BigOrganization(people=6_000)

    directory = await org.calling.directory(addresses(*range(8)), [])

    calls = org.calls()
    assert calls["licenses/lic-pro"] + calls["licenses/lic-std"] <= 8 + 1
    assert calls["people/{id}"] == 8
    assert {owner.licence for owner in directory.owners} == {
        Licence.STANDARD, Licence.PROFESSIONAL, Licence.NONE,
    }  # fmt: skip


@pytest.mark.parametrize(("wanted", "records"), [(range(8), 8), (range(40), 0)])
async def test_holders_lists_that_lead_in_a_circle_say_of_nobody_that_they_have_no_licence(
    wanted, records
):
    """Records are read where they are no more than the pages that were read already."""
    org = BigOrganization(people=300)

    def circle(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.startswith("/v1/licenses/"):
            return None
        number = int(request.url.params.get("next", "0")) % 7 + 1
        link = f'<{BASE}{request.url.path[3:]}?next={number}>; rel="next"'
        users = [{"id": "p5"}] if request.url.path.endswith(PRO) else []
        return httpx.Response(200, json={"users": users}, headers={"Link": link})

    org.special = circle
    directory = await org.calling.directory(addresses(*wanted), [])

    licences = {owner.id: owner.licence for owner in directory.owners}
    assert org.calls()["people/{id}"] == records
    assert licences["p5"] is Licence.PROFESSIONAL
    assert licences["p1"] is (Licence.NONE if records else Licence.UNKNOWN)


@pytest.mark.parametrize(("without", "records"), [(3, 3), (60, 10)])
async def test_the_records_of_a_few_are_read_whose_rows_lack_the_location(without, records):
    org = BigOrganization(people=300)

    def lack(request: httpx.Request) -> httpx.Response | None:
        is_list = request.url.path == "/v1/people" and "email" not in request.url.params
        lost = [row | {"locationId": None} for row in org.people[2 : 2 + without]]
        rows = [*lost, *org.people[2 + without :]]
        return httpx.Response(200, json={"items": rows}) if is_list else None

    org.special = lack
    org.licences_in_lists = True
    directory = await org.calling.directory(addresses(*range(2, 102)), [])

    assert org.calls()["people/{id}"] == records
    assert sum(not owner.location for owner in directory.owners) == max(without - records, 0)
