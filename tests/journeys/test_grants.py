"""Who may do what, changed in chat by admins; a role that is taken is lost at the next press."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import BOB, approving, give, take
from tests.journeys.world import ADA, ANA, ELI, SAM, TESS, TOM, VERA, Json, World, command

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGER = "not on the list of people I work for"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world whose list is changed."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


async def done(world: World, command: str, person: str = ADA) -> Json:
    """Ask and confirm; the result."""
    plan = await world.say(person, command)
    return await world.press(person, plan, "Confirm")


def roles(world: World, who: str) -> list[tuple[str, str]]:
    rows = world.rows("select role, location from access where who = ? order by role", who)
    return [(row["role"], row["location"]) for row in rows]


async def test_a_role_granted_for_a_location_holds_at_once(world: World):
    assert STRANGER in (await world.say(SAM, "help"))["text"]
    plan = await world.say(ADA, f"grant {SAM.upper()} Technician at lyon")
    assert cards.facts(plan) == {"Who": SAM, "Role": "technician", "Where": "Lyon"}
    assert roles(world, SAM) == []

    result = await world.press(ADA, plan, "Confirm")

    assert f"{SAM} is now a technician in Lyon" in cards.plain(result["text"])
    assert roles(world, SAM) == [("technician", "Lyon")]
    whoami = await world.say(SAM, "whoami")
    assert cards.facts(whoami)["Roles"] == "technician at Lyon"
    listed = await world.say(ADA, "access")
    assert SAM in cards.plain(listed["text"])
    take(world, SAM, "technician")


async def test_who_gets_or_loses_a_role_is_told(world: World):
    seq = await world.client.seq()
    result = await done(world, f"grant {SAM} technician in Berlin")
    told = await world.answer(SAM, seq)
    assert f"Ada Fischer ({ADA}) gave you the role technician in Berlin" in told["text"]
    assert "add phone" in told["text"]
    assert "delete device (needs approval)" in told["text"]
    assert "What I can do" in (await world.press(SAM, told, "Help"))["text"]
    assert f"{SAM} was told in a direct message" in cards.plain(result["text"])

    seq = await world.client.seq()
    await done(world, f"revoke {SAM} technician in Berlin")
    told = await world.answer(SAM, seq)
    assert f"Ada Fischer ({ADA}) took the role technician in Berlin from you" in told["text"]
    assert "your only role" in told["text"]


async def test_nobody_can_be_told_at_an_address_without_an_account(world: World):
    result = await done(world, "grant nobody@nowhere.example viewer")
    assert "Webex finds nobody with the address nobody@nowhere.example" in result["text"]
    assert "tell them" not in result["text"]
    assert roles(world, "nobody@nowhere.example") == [("viewer", "")]
    take(world, "nobody@nowhere.example", "viewer")


async def test_a_revoked_role_is_lost_at_the_next_press(world: World):
    give(world, SAM, "technician")
    plan = await world.say(SAM, "add phone D82E3EEF7901 8865 for bob@acme.example")
    await done(world, f"revoke {SAM} technician")

    async with world.nothing_changes():
        pressed = await world.press(SAM, plan, "Confirm")
        typed = await world.say(SAM, "whoami")

    assert STRANGER in pressed["text"]
    assert STRANGER in typed["text"]


async def test_revoke_says_where_the_role_is_held_instead(world: World):
    await done(world, f"grant {SAM} viewer at Lyon")
    answer = await world.say(ADA, f"revoke {SAM} viewer")
    assert f"{SAM} is a viewer in Lyon. To take the role away" in answer["text"]
    assert cards.boxes(answer)["location"]["value"] == "Lyon"
    plan = await world.press(ADA, answer, "Continue", location="Lyon")
    await world.press(ADA, plan, "Confirm")
    assert roles(world, SAM) == []


async def test_revoke_says_what_else_to_type(world: World):
    give(world, SAM, "approver")
    give(world, "@acme.example", "viewer")
    everywhere = await world.say(ADA, "revoke sam approver at Berlin")
    of_domain = await world.say(ADA, "revoke sam viewer")
    assert "To take the role away, leave the location out." in everywhere["text"]
    assert "type: revoke @acme.example viewer" in of_domain["text"]
    take(world, SAM, "approver")
    take(world, "@acme.example", "viewer")


async def test_only_admins_can_see_requests_of_others(world: World):
    await done(world, f"grant {SAM} viewer at Lyon")
    plan = await world.say(ADA, f"revoke {SAM} viewer at Lyon")
    code = cards.code_of(plan)
    assert "somebody else's request" in (await world.say(TOM, f"request {code}"))["text"]
    toms = cards.code_of(await world.say(TOM, "add phone D82E3EEF7001 8865 for bob@acme.example"))
    assert cards.facts(await world.say(ADA, f"request {toms}"))["State"] == "draft"
    await world.press(ADA, plan, "Confirm")


async def test_undo_of_a_grant_revokes_and_undo_of_a_revoke_grants(world: World):
    result = await done(world, f"grant {SAM} viewer")
    revoke = await world.press(ADA, result, "Undo")
    assert "Take the role viewer from" in revoke["text"]
    assert roles(world, SAM) == [("viewer", "")]
    revoked = await world.press(ADA, revoke, "Confirm")
    assert roles(world, SAM) == []

    again = await world.press(ADA, revoked, "Undo")
    await world.press(ADA, again, "Confirm")

    assert roles(world, SAM) == [("viewer", "")]
    take(world, SAM, "viewer")


async def test_the_form_asks_for_what_is_missing(world: World):
    form = await world.say(ADA, "grant")
    assert list(cards.boxes(form)) == ["who", "role", "location"]
    assert cards.buttons(form) == ["Continue", "Cancel"]

    plan = await world.press(ADA, form, "Continue", who=SAM, role="approver", location="Austin")

    assert cards.facts(plan) == {"Who": SAM, "Role": "approver", "Where": "Austin"}
    await world.press(ADA, plan, "Cancel")


async def test_taking_the_role_of_the_last_approver_warns(world: World):
    take(world, BOB, "approver")
    plan = await world.say(ADA, f"revoke {ANA} approver")

    assert any("nobody can approve “" in text for text in cards.warnings(plan))
    await world.press(ADA, plan, "Cancel")
    give(world, BOB, "approver")


@pytest.mark.parametrize(
    ("typed", "field", "expected"),
    [
        ("grant zacharias viewer", "who", "WHO is an email"),
        ("grant sam@acme viewer", "who", "WHO is an email"),
        ("grant sam technician and approver in Berlin", "role", "one role at a time"),
        (f"grant {SAM} boss", "role", "“boss” is not a role. The roles are"),
        (f"grant {SAM} viewer at Paris", "location", "Paris"),
        (f"grant {VERA} viewer", "role", "is already a viewer"),
        (f"revoke {SAM} engineer", "role", "is not an engineer"),
        (f"revoke {ADA} admin", "who", "is the last admin"),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(
    world: World, typed: str, field: str, expected: str
):
    async with world.nothing_changes():
        form = await world.say(ADA, typed)

    assert expected in cards.mistakes(form)[field]
    await world.press(ADA, form, "Cancel")


@pytest.mark.parametrize(
    "typed",
    [
        "grant sam technician for Berlin",
        "make sam a technician in Berlin",
        "make sam a Berlin technician",
        "give sam the role technician at Berlin",
        "grant sam technician Berlin",
        "grant sam berlin technician",
    ],
)
async def test_a_role_for_a_location_is_never_one_for_everywhere(world: World, typed: str):
    plan = await world.say(ADA, typed)

    assert cards.facts(plan) == {"Who": SAM, "Role": "technician", "Where": "Berlin"}
    await world.press(ADA, plan, "Cancel")


async def test_roles_are_given_in_the_plural_and_shown_to_who_asks(world: World):
    plan = await world.say(ADA, "add sam to the approvers")
    assert cards.facts(plan) == {"Who": SAM, "Role": "approver", "Where": "everywhere"}
    await world.press(ADA, plan, "Cancel")
    form = await world.say(ADA, "take away sam's role")
    assert cards.boxes(form)["who"]["value"] == "sam"
    await world.press(ADA, form, "Cancel")
    assert "Who may do what" in (await world.say(ADA, "who is admin"))["text"]


async def test_a_role_for_a_location_is_taken_in_any_words(world: World):
    plan = await world.say(ADA, "take the role technician from tess in Lyon")

    assert cards.facts(plan) == {"Who": TESS, "Role": "technician", "Where": "Lyon"}
    await world.press(ADA, plan, "Cancel")


@pytest.mark.parametrize(
    ("who", "title", "warning"),
    [
        ("sam@acme.example", "Give Sam Stone the role technician in Berlin", ""),
        ("<sam@acme.example>", "Give Sam Stone the role technician in Berlin", ""),
        ("Sam Stone <mailto:sam@acme.example>", "Give Sam Stone the role", ""),
        ("sam", "Give Sam Stone the role technician in Berlin", ""),
        ("sam@acme.exxample", "Give sam@acme.exxample the role", "Did you mean sam@acme.example?"),
        ("nobody@nowhere.example", "Give nobody@nowhere.example the role", "check the spelling"),
    ],
)
async def test_a_plan_names_the_person_and_warns_of_doubtful_addresses(
    world: World, who: str, title: str, warning: str
):
    plan = await world.say(ADA, f"grant {who} technician in Berlin")

    assert title in plan["text"]
    assert "Confirm" in cards.buttons(plan)
    assert warning in " ".join(cards.warnings(plan))
    assert bool(warning) is bool(cards.warnings(plan))
    await world.press(ADA, plan, "Cancel")


async def test_a_plan_warns_of_an_account_of_another_organization(world: World):
    await world.client.change_person(SAM, external=True)
    try:
        plan = await world.say(ADA, f"grant {SAM} technician")
        assert cards.warnings(plan) == [f"⚠ {SAM} is in another organization than this bot."]
        await world.press(ADA, plan, "Cancel")
    finally:
        await world.client.change_person(SAM, external=False)


async def test_the_shell_warns_of_an_address_that_nobody_has(world: World):
    printed = await world.access("add", "sam@acme.exxample", "viewer")
    assert "Webex does not know anybody with the address sam@acme.exxample" in printed
    assert roles(world, "sam@acme.exxample") == [("viewer", "")]
    assert "Warning" not in await world.access("add", SAM, "viewer")
    await world.access("remove", "sam@acme.exxample")
    await world.access("remove", SAM)


async def test_without_webex_the_shell_grants_without_a_word(world: World, tmp_path: Path):
    unreachable = {**world.env, "WEBEX_API_URL": "https://127.0.0.1:9/v1"}
    printed = await command(unreachable, tmp_path, "access", "add", "sam@acme.exxample", "viewer")
    assert "Warning" not in printed
    assert roles(world, "sam@acme.exxample") == [("viewer", "")]
    await world.access("remove", "sam@acme.exxample")


async def test_the_shell_names_a_database_that_it_creates(world: World, tmp_path: Path):
    elsewhere = {**world.env, "PROVBOT_DATABASE": str(tmp_path / "other.db")}
    printed = await command(elsewhere, tmp_path, "access", "add", SAM, "viewer")
    assert f"I created {tmp_path / 'other.db'}." in printed
    assert roles(world, SAM) == []


async def test_a_domain_leads_to_a_warning(world: World):
    plan = await world.say(ADA, "grant @partner.example viewer")

    (warning,) = cards.warnings(plan)
    assert "everybody whose email ends in @partner.example" in warning
    await world.press(ADA, plan, "Cancel")


async def test_two_admins_revoking_each_other_simultaneously_leave_one(world: World):
    for _ in range(5):
        give(world, ELI, "admin")
        plans = {
            ADA: await world.say(ADA, f"revoke {ELI} admin"),
            ELI: await world.say(ELI, f"revoke {ADA} admin"),
        }

        await asyncio.gather(
            *(world.client.press(who, plan["id"], "Confirm") for who, plan in plans.items())
        )
        await world.at_rest()

        rows = world.rows("select who from access where role = 'admin'")
        assert len(rows) == 1, rows
        if rows[0]["who"] == ELI:
            await done(world, f"grant {ADA} admin", ELI)
            await done(world, f"revoke {ELI} admin")
    assert roles(world, ADA) == [("admin", "")]


async def test_an_admin_who_became_the_last_meanwhile_stays(world: World):
    give(world, ELI, "admin")
    plan = await world.say(ADA, f"revoke {ADA} admin")
    take(world, ELI, "admin")

    form = await world.press(ADA, plan, "Confirm")

    assert "is the last admin" in cards.mistakes(form)["who"]
    assert roles(world, ADA) == [("admin", "")]
    await world.press(ADA, form, "Cancel")


async def test_an_admin_of_a_location_cannot_change_the_allowlist(world: World):
    give(world, TOM, "admin", "Berlin")

    plan = await world.say(TOM, f"grant {SAM} viewer at Berlin")

    assert "does not allow “grant”" in plan["text"]
    assert roles(world, SAM) == []
    take(world, TOM, "admin")


async def test_each_change_of_the_allowlist_is_in_the_trail_with_its_actor(world: World):
    code = cards.code_of(await done(world, f"grant {SAM} viewer at Lyon"))
    await done(world, f"revoke {SAM} viewer at Lyon")

    rows = world.rows("select actor, action, detail from audit where request = ?", code)
    (granted,) = [row for row in rows if row["action"] == "granted"]
    assert granted["actor"] == ADA
    assert '"location": "Lyon"' in granted["detail"]
    shown = await world.say(ADA, "audit")
    assert "revoked" in shown["text"]
    assert ADA in cards.plain(shown["text"])
