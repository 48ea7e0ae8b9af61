"""Whom and which place the words of a grant mean."""

from dataclasses import replace

import pytest

from bot.core.models.people import Grant, Role
from bot.core.models.webex import Licence
from bot.domain.operation import Job
from bot.operations.grants import GRANT, REVOKE
from tests import example_org
from tests.bot.operations.allowlists import ADA, EVERY, listed
from tests.bot.operations.forms import context, plan, problems
from tests.example_org import LYON as LYON_LOCATION
from tests.example_org import person
from tests.fake_calling import FakeCalling

ANNS = [person("anna", "Anna Ash", LYON_LOCATION, Licence.STANDARD), example_org.ANN]


@pytest.mark.parametrize(
    ("who", "email"),
    [
        ("ann alder", "ann@example.com"),
        ("Alder, Ann", "ann@example.com"),
        ("Ash", "anna@example.com"),
        ("<Sam@Example.com>", "sam@example.com"),
        ("Sam Stone <sam@example.com>", "sam@example.com"),
        (example_org.ANN.key, "ann@example.com"),
    ],
)
async def test_a_role_goes_to_the_address_of_the_person_who_is_named(who, email):
    held, _ = listed()
    ctx = replace(context(FakeCalling(owners=ANNS)), allowlist=held)
    made = await plan(GRANT, EVERY | {"who": who}, ctx)
    assert made.first.details["who"] == email
    await GRANT.actions[0].run(Job.only(made), {}, ctx)
    assert held.held == [ADA, Grant(email, Role.TECHNICIAN)]


async def test_a_name_that_several_people_have_is_asked_about():
    held, _ = listed()
    ctx = replace(context(FakeCalling(owners=ANNS)), allowlist=held)
    refusal = await problems(GRANT, EVERY | {"who": "ann"}, ctx)
    assert refusal.problems["who"] == "“ann” may be one of several people. Please choose."
    titles = [choice.title for choice in refusal.choices["who"]]
    assert titles == [
        "Ann Alder · Berlin · ann@example.com",
        "Anna Ash · Lyon · anna@example.com",
        "Somebody else (type the name)",
    ]
    chosen = refusal.choices["who"][0].value
    assert (await plan(GRANT, EVERY | {"who": chosen}, ctx)).first.details[
        "who"
    ] == "ann@example.com"
    nobody = refusal.choices["who"][-1].value
    boxes = {box.id: box for box in await GRANT.fields({"who": nobody}, ctx)}
    assert boxes["who"].value == ""


async def test_a_likely_person_gets_no_role_without_a_choice():
    held, _ = listed()
    ctx = replace(context(FakeCalling(owners=ANNS)), allowlist=held)
    refusal = await problems(GRANT, EVERY | {"who": "Asch"}, ctx)
    assert refusal.problems["who"] == "I found no “Asch”. Did you mean one of these? Please choose."
    assert refusal.choices["who"][0].value == "anna@example.com"


@pytest.mark.parametrize("who", ["ann", "Ann Alder"])
async def test_revoking_means_the_person_who_holds_the_role(who):
    held, _ = listed(Grant("ann@example.com", Role.TECHNICIAN))
    ctx = replace(context(FakeCalling(owners=ANNS)), allowlist=held)
    made = await plan(REVOKE, EVERY | {"who": who}, ctx)
    assert made.first.details["who"] == "ann@example.com"


async def test_revoking_from_somebody_whom_webex_forgot_asks_nothing_of_webex():
    held, _ = listed(Grant("gone@example.com", Role.TECHNICIAN))
    calling = FakeCalling()
    ctx = replace(context(calling), allowlist=held)
    assert (await plan(REVOKE, EVERY | {"who": "Gone"}, ctx)).first.details[
        "who"
    ] == "gone@example.com"
    assert calling.asked == []


@pytest.mark.parametrize(
    ("who", "location", "where"),
    [
        ("ann", "the Berlin office", "Berlin"),
        ("ann", "Berlin location", "Berlin"),
        ("ann", "location Lyon", "Lyon"),
        ("ann", "everywhere", "everywhere"),
        ("ann", "All locations", "everywhere"),
        ("ann", "the whole organization", "everywhere"),
        ("ann alder berlin", "", "Berlin"),
        ("ann alder berlin", "Berlin", "Berlin"),
        ("ann alder berlin", "Lyon", ""),
        ("ann", "Berlin and Lyon", ""),
        ("ann", "everywhere but not Lyon", ""),
        ("ann", "at", ""),
    ],
)
async def test_a_place_is_understood_or_asked_about(who, location, where):
    held, _ = listed()
    ctx = replace(context(FakeCalling(owners=[example_org.ANN])), allowlist=held)
    inputs = EVERY | {"who": who, "location": location}
    if where:
        made = await plan(GRANT, inputs, ctx)
        assert made.facts[2] == ("Where", where)
        assert made.first.details["who"] == "ann@example.com"
        return
    refusal = await problems(GRANT, inputs, ctx)
    assert "is not one of your locations" in refusal.problems["location"]


async def test_a_place_beside_a_name_of_several_people_is_asked_about():
    held, _ = listed()
    ctx = replace(context(FakeCalling(owners=ANNS)), allowlist=held)
    twins = [person("zed", "Ann Zorn", example_org.BERLIN, Licence.STANDARD), *ANNS[1:]]
    ctx = replace(ctx, calling=FakeCalling(owners=twins))
    refusal = await problems(GRANT, EVERY | {"who": "ann berlin"}, ctx)
    assert len(refusal.choices["who"]) == 3
    assert refusal.problems["location"] == (
        "“berlin” may be a location. Type it here if you mean it."
    )
