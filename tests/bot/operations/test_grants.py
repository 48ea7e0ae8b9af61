"""Roles given and taken in chat, and the questions of admins."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.core.errors import Forbidden, Unavailable
from bot.core.models.people import Grant, Role
from bot.domain.identity import Identities
from bot.domain.lookup.addresses import look_up_holder
from bot.domain.operation import Job, Operation
from bot.domain.plan import Undo
from bot.operations import POLICY
from bot.operations.grants import ACCESS, GRANT, PAGE_SIZE, REVOKE, last_admin
from cards import render
from tests import example_org
from tests.bot.operations.allowlists import ADA, ANN, ASKER, EVERY, LYON, listed
from tests.bot.operations.forms import context, plan, problems
from tests.cards import rules
from tests.fake_calling import FakeCalling
from tests.fake_people import OWN_ORG, FakeAllowlist, FakePeople


@pytest.mark.parametrize(
    ("inputs", "grant", "where"),
    [
        (EVERY, Grant("ann@example.com", Role.TECHNICIAN), "everywhere"),
        (LYON, ANN, "Lyon"),
        (
            EVERY | {"who": " Ann@Example.COM ", "role": "Technician"},
            Grant("ann@example.com", Role.TECHNICIAN),
            "everywhere",
        ),
        (
            EVERY | {"who": "@example.com", "role": "VIEWER"},
            Grant("@example.com", Role.VIEWER),
            "everywhere",
        ),
    ],
)
async def test_a_role_is_planned_then_granted(inputs, grant, where):
    held, ctx = listed()
    made = await plan(GRANT, inputs, ctx)
    who = f"everybody at {grant.who}" if grant.for_domain else grant.who
    place = "everywhere" if where == "everywhere" else f"in {where}"
    assert made.title == f"Give {who} the role {grant.role} {place}"
    assert made.facts == (("Who", grant.who), ("Role", grant.role.value), ("Where", where))
    assert (made.only_location, made.first.subject) == ("", "allowlist")
    assert held.held == [ADA]
    outcome = await GRANT.actions[0].run(Job.only(made), {}, ctx)
    assert held.held == [ADA, grant]
    subject = who.replace("everybody", "Everybody")
    assert outcome.title == f"{subject} is now a {grant.role} {place}"
    assert outcome.undo == Undo(
        operation="revoke",
        inputs={"who": grant.who, "role": grant.role, "location": grant.location_id},
    )


async def test_a_domain_leads_to_a_warning():
    _, ctx = listed()
    made = await plan(GRANT, EVERY | {"who": "@example.com"}, ctx)
    assert made.warnings == ("This gives the role to everybody whose email ends in @example.com.",)
    assert (await plan(GRANT, EVERY, ctx)).warnings == ()


@pytest.mark.parametrize("operation", [GRANT, REVOKE])
@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"who": ""}, "who", "Please fill this in."),
        ({"who": "zoe"}, "who", "I found no person called “zoe”. WHO is an email such as ann@"),
        ({"who": "Lobby"}, "who", "I found no person called “Lobby”."),
        ({"who": "@"}, "who", "WHO is an email"),
        ({"role": ""}, "role", "Please fill this in."),
        (
            {"role": "boss"},
            "role",
            "“boss” is not a role. The roles are viewer, technician, engineer, approver and admin.",
        ),
        (
            {"location": "Nowhere"},
            "location",
            "“Nowhere” is not one of your locations. The locations are Berlin and Lyon.",
        ),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(operation, change, field, sentence):
    held, ctx = listed(Grant("ann@example.com", Role.TECHNICIAN))
    refusal = await problems(operation, EVERY | change, ctx)
    assert sentence in refusal.problems[field]
    assert len(held.held) == 2


async def test_all_mistakes_are_reported_at_once():
    _, ctx = listed()
    refusal = await problems(GRANT, {"who": "x", "role": "y", "location": "z"}, ctx)
    assert set(refusal.problems) == {"who", "role", "location"}


async def test_a_role_that_is_held_already_is_reported():
    _, ctx = listed(ANN)
    refusal = await problems(GRANT, LYON, ctx)
    assert refusal.problems == {"role": "ann@example.com is already a technician in Lyon."}
    assert (await plan(GRANT, EVERY, ctx)).title  # everywhere is another one


async def test_a_role_is_revoked():
    held, ctx = listed(ANN)
    made = await plan(REVOKE, LYON, ctx)
    assert made.title == "Take the role technician in Lyon from ann@example.com"
    assert held.held == [ADA, ANN]
    outcome = await REVOKE.actions[0].run(Job.only(made), {}, ctx)
    assert held.held == [ADA]
    assert outcome.title == "ann@example.com is no longer a technician in Lyon"
    assert outcome.undo == Undo(operation="grant", inputs=LYON | {"location": "loc-lyon"})


@pytest.mark.parametrize(
    ("grants", "problem"),
    [
        ((), "ann@example.com is not a technician everywhere. Type “access” to see who is what."),
        (
            (ANN,),
            "ann@example.com is a technician in Lyon. To take the role away, name the location.",
        ),
        ((Grant(ANN.who, Role.VIEWER),), "ann@example.com is not a technician everywhere."),
    ],
)
async def test_a_role_that_is_not_held_is_reported_with_those_held(grants, problem):
    _, ctx = listed(*grants)
    refusal = await problems(REVOKE, EVERY, ctx)
    assert refusal.problems["role"].startswith(problem)


@pytest.mark.parametrize(
    ("grants", "advice"),
    [
        (
            (Grant(ANN.who, Role.TECHNICIAN),),
            "ann@example.com is a technician everywhere. To take the role away, leave the "
            "location out.",
        ),
        (
            (Grant("@example.com", Role.TECHNICIAN, "Lyon", "loc-lyon"),),
            "ann@example.com is a technician because everybody at @example.com has that role. To "
            "take it from all of them, type: revoke @example.com technician at Lyon",
        ),
    ],
)
async def test_a_role_that_is_not_held_there_is_reported_with_what_to_type(grants, advice):
    _, ctx = listed(*grants)
    refusal = await problems(REVOKE, LYON, ctx)
    assert refusal.problems == {"role": advice}


@pytest.mark.parametrize("who", ["ann@example.com", "Ann"])
@pytest.mark.parametrize(
    ("grants", "location"),
    [
        ((ANN,), "Lyon"),
        ((ANN, replace(ANN, location="Berlin", location_id="loc-berlin")), ""),
        ((ANN, replace(ANN, location="", location_id="")), ""),
        ((replace(ANN, role=Role.VIEWER),), ""),
    ],
)
async def test_the_form_fills_in_the_only_location_of_the_role(who, grants, location):
    _, ctx = listed(*grants)
    fields = await REVOKE.fields({"who": who, "role": "Technician"}, ctx)
    assert [field.value for field in fields if field.id == "location"] == [location]


@pytest.mark.parametrize("others", [(), (ANN,), (Grant("bea@example.com", Role.ADMIN, "Lyon"),)])
async def test_the_last_admin_cannot_be_removed(others):
    _, ctx = listed(*others)
    refusal = await problems(REVOKE, {"who": ADA.who, "role": "admin"}, ctx)
    assert refusal.problems == {
        "who": "ada@example.com is the last admin. Make somebody else admin first."
    }


@pytest.mark.parametrize("other", ["bea@example.com", "@example.com"])
async def test_one_of_two_admins_can_be_removed(other):
    held, ctx = listed(Grant(other, Role.ADMIN))
    made = await plan(REVOKE, {"who": ADA.who, "role": "admin"}, ctx)
    await REVOKE.actions[0].run(Job.only(made), {}, ctx)
    assert held.held == [Grant(other, Role.ADMIN)]


def test_an_admin_of_a_location_does_not_count_as_the_last_admin():
    lyon = Grant("bea@example.com", Role.ADMIN, "Lyon")
    assert last_admin([ADA, lyon], ADA)
    assert not last_admin([ADA, lyon], lyon)


@pytest.mark.parametrize("operation", [GRANT, REVOKE], ids=lambda operation: operation.name)
async def test_after_a_crash_the_allowlist_decides(operation: Operation):
    held, ctx = listed(*([ANN] if operation is REVOKE else []))
    made = await plan(operation, LYON, ctx)
    (action,) = operation.actions
    assert await action.look_up(Job.only(made), ctx) is None
    outcome = await action.run(Job.only(made), {}, ctx)
    assert await action.look_up(Job.only(made), ctx) == outcome
    assert len(held.held) == (1 if operation is REVOKE else 2)


@pytest.mark.parametrize(("operation", "other"), [(GRANT, REVOKE), (REVOKE, GRANT)])
async def test_undo_restores_the_role(operation, other):
    held, ctx = listed(*([ANN] if operation is REVOKE else []))
    before = list(held.held)
    made = await plan(operation, LYON, ctx)
    outcome = await operation.actions[0].run(Job.only(made), {}, ctx)
    assert outcome.undo
    assert outcome.undo.operation == other.name
    taken_back = await plan(other, outcome.undo.inputs, ctx)
    await other.actions[0].run(Job.only(taken_back), {}, ctx)
    assert held.held == before


async def test_without_an_allowlist_nothing_is_planned():
    with pytest.raises(LookupError):
        await plan(GRANT, EVERY, replace(context(FakeCalling()), allowlist=None))


async def test_the_form_keeps_the_given_inputs():
    _, ctx = listed()
    boxes = {box.id: box for box in await GRANT.fields({"who": "x", "role": "Viewer"}, ctx)}
    assert list(boxes) == ["who", "role", "location"]
    assert (boxes["who"].value, boxes["role"].value) == ("x", "viewer")
    assert [choice.value for choice in boxes["role"].choices] == list(Role)
    assert not boxes["location"].required


async def test_access_lists_the_roles_of_each_person():
    _, ctx = listed(ANN)
    text = render.to_text(await ACCESS.answer("", ASKER, ctx))
    assert "ada@example.com\nadmin everywhere\nann@example.com\ntechnician in Lyon" in text
    assert "grant WHO ROLE at LOCATION" in text


async def test_a_long_list_of_roles_has_pages():
    _, ctx = listed(*(Grant(f"p{n:02}@example.com", Role.VIEWER) for n in range(PAGE_SIZE)))
    card = await ACCESS.answer("", ASKER, ctx)
    text = render.to_text(card)
    assert f"1 to {PAGE_SIZE} of {PAGE_SIZE + 1}. 1 more." in text
    assert rules.button(render.to_content(card), "More") == {"say": "access page 2"}
    rest = render.to_text(await ACCESS.answer("page 2", ASKER, ctx))
    assert rest.startswith(f"Who may do what\np{PAGE_SIZE - 1}@example.com\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("ann", {"ann"}), ("technician", {"ann"}), ("Lyon", {"ann"}), ("example.com", {"ann", "ada"})],
)
async def test_the_list_of_roles_can_be_searched(text: str, shown: set[str]):
    _, ctx = listed(ANN)
    answer = render.to_text(await ACCESS.answer(text, ASKER, ctx))
    assert answer.startswith(f"Who may do what: “{text}”")
    assert {who for who in ("ann", "ada") if f"{who}@example.com" in answer} == shown


async def test_a_search_for_roles_that_nobody_has_says_so():
    _, ctx = listed(ANN)
    answer = render.to_text(await ACCESS.answer("frobnicate", ASKER, ctx))
    assert answer.startswith("No role fits “frobnicate”")
    assert "ann@example.com" not in answer


@pytest.mark.parametrize(
    ("org", "warnings"),
    [
        ("org-own", ()),
        ("org-other", ("ann@example.com is in another organization than this bot.",)),
        (None, ("ann@example.com is in another organization than this bot.",)),
        (
            "nobody",
            (
                "Webex does not know anybody with the address ann@example.com."
                " It may be a typing mistake. Please check the spelling.",
            ),
        ),
        (
            "unread",
            ("Webex did not say whose address ann@example.com is. Please check the spelling.",),
        ),
    ],
)
async def test_a_doubtful_address_leads_to_a_warning(org, warnings):
    people = FakePeople(orgs={"id-ann": org})
    if org != "nobody":
        people.emails["id-ann"] = ANN.who
    people.troubles = [Forbidden(403, "")] if org == "unread" else []
    held, ctx = listed()
    calling = FakeCalling(owners=[])
    ctx = replace(ctx, accounts=Identities(people, frozenset({OWN_ORG})), calling=calling)
    made = await plan(GRANT, LYON, ctx)
    assert made.warnings == warnings
    await GRANT.actions[0].run(Job.only(made), {}, ctx)
    assert held.held == [ADA, ANN]


async def test_warnings_do_not_change_a_plan_that_was_shown():
    people = FakePeople({"id-ann": ANN.who}, {"id-ann": "org-other"})
    _, ctx = listed()
    ctx = replace(ctx, accounts=Identities(people, frozenset({OWN_ORG})))
    shown = await plan(GRANT, LYON, ctx)
    people.troubles = [Forbidden(403, "")]
    assert shown.is_still(await plan(GRANT, LYON, replace(ctx, shown=shown)))


async def test_a_plan_names_the_person_and_keeps_the_name_that_was_shown():
    people = FakePeople({"id-ann": ANN.who}, names={"id-ann": "Ann\n\u202eAlder" + "x" * 90})
    _, ctx = listed()
    ctx = replace(ctx, accounts=Identities(people, frozenset({OWN_ORG})))
    shown = await plan(GRANT, LYON, ctx)
    assert shown.title.startswith("Give Ann Alderxxx")
    assert shown.title.endswith("x… the role technician in Lyon")
    assert len(shown.title) < 100
    people.names["id-ann"] = "Somebody Else"
    assert shown.is_still(await plan(GRANT, LYON, replace(ctx, shown=shown)))
    await GRANT.actions[0].run(Job.only(shown), {}, ctx)
    people.names["id-ann"] = "Ann Alder"
    taken = await plan(REVOKE, LYON, ctx)
    assert (taken.title, taken.warnings) == ("Take the role technician in Lyon from Ann Alder", ())


@pytest.mark.parametrize("operation", [GRANT, REVOKE], ids=lambda operation: operation.name)
async def test_a_plan_of_an_older_version_still_holds(operation: Operation):
    _, ctx = listed(*([ANN] if operation is REVOKE else []))
    made = await plan(operation, LYON, ctx)
    details = {name: value for name, value in made.first.details.items() if name != "name"}
    older_text = {"title": "Make ann technician"}
    step = made.first.model_copy(update={**older_text, "details": details})
    older = made.model_copy(update={**older_text, "steps": (step,)})
    assert older.is_still(await plan(operation, LYON, replace(ctx, shown=older)))


@pytest.mark.parametrize(
    ("email", "near"),
    [
        ("ann@exxample.com", "Did you mean ann@example.com?"),
        ("amn@example.com", "Did you mean ann@example.com?"),
        ("ann.alder@example.com", "Did you mean ann@example.com?"),
        ("zacharias@example.com", "Please check the spelling."),
    ],
)
async def test_an_address_near_that_of_a_person_is_proposed(email, near):
    _, ctx = listed()
    ctx = replace(
        ctx,
        accounts=Identities(FakePeople(), frozenset({OWN_ORG})),
        calling=FakeCalling(owners=[example_org.ANN, example_org.BOB]),
    )
    (warning,) = (await plan(GRANT, EVERY | {"who": email}, ctx)).warnings
    assert warning == (
        f"Webex does not know anybody with the address {email}. It may be a typing mistake. {near}"
    )


@pytest.mark.parametrize("trouble", [Forbidden(403, ""), Unavailable(503, "")])
async def test_a_search_for_near_addresses_that_fails_stops_nothing(trouble):
    calling = FakeCalling(broken={"people_named": [trouble] * 9, "workspaces_named": [trouble] * 9})
    _, ctx = listed()
    ctx = replace(ctx, accounts=Identities(FakePeople(), frozenset({OWN_ORG})), calling=calling)
    (warning,) = (await plan(GRANT, EVERY | {"who": "amn@example.com"}, ctx)).warnings
    assert warning.endswith("Please check the spelling.")


class SlowPeople(FakePeople):
    """Webex does not answer."""

    async def people(self, email: str) -> list[dict[str, Any]]:
        """Never."""
        await asyncio.Event().wait()
        return []


async def test_a_look_up_that_takes_long_stops_nothing():
    _, ctx = listed()
    ctx = replace(ctx, accounts=Identities(SlowPeople(), frozenset({OWN_ORG})))
    made = await look_up_holder(ANN.who, ctx, time_limit=0.01)
    assert "did not say whose address" in made.warnings[0]


@pytest.mark.parametrize(
    ("revoked", "others", "warning"),
    [
        ("", [], "Apart from ana@example.com, nobody can approve “add phones”,"),
        ("", [Grant("lea@example.com", Role.APPROVER, "Lyon")], "in all locations."),
        ("", [Grant("lea@example.com", Role.APPROVER)], ""),
        ("Lyon", [], "“delete devices” in Lyon. Requests that need it are refused"),
        ("Lyon", [Grant("lea@example.com", Role.APPROVER)], ""),
    ],
)
async def test_revoking_the_last_approver_warns(revoked, others, warning):
    grant = Grant("ana@example.com", Role.APPROVER, revoked)
    ctx = replace(
        context(FakeCalling()), allowlist=FakeAllowlist([ADA, grant, *others]), policy=POLICY
    )
    inputs = {"who": grant.who, "role": "approver", "location": revoked}
    warnings = (await plan(REVOKE, inputs, ctx)).warnings
    assert [warning in text for text in warnings] == ([True] if warning else [])
