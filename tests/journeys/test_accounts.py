"""People whose address, account or organization changes, and locations whose names do."""

import pytest

from tests.journeys import cards
from tests.journeys.world import ADA, ELI, SAM, TESS, TOM, VERA, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGER = "not on the list of people I work for"
ANOTHER = "belong to another Webex account"
GONE = "tom@gone.example"


async def test_a_plan_is_not_run_for_an_address_without_a_role(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF5A01 8865 for bob@acme.example")
    await fresh.client.change_person(TOM, newEmail=GONE)

    async with fresh.nothing_changes():
        answer = await fresh.press(GONE, plan, "Confirm")

    assert STRANGER in answer["text"]
    assert fresh.state(cards.code_of(plan)) == "draft"


async def test_nothing_is_done_while_the_presser_cannot_be_read(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF5A02 8865 for bob@acme.example")
    fault = await fresh.client.fault(path="/people/*", status=403, token="bot", times=0)

    async with fresh.nothing_changes():
        answer = await fresh.press(TOM, plan, "Confirm")
    assert answer["text"].startswith(
        "I cannot check who you are at the moment. Nothing was changed."
    )

    await fresh.client.end_fault(fault)
    assert "now belongs to Bob Keller" in (await fresh.press(TOM, plan, "Confirm"))["text"]


async def test_a_recreated_account_is_admin_only_after_a_new_grant(fresh: World):
    await fresh.access("add", ELI, "admin")
    await fresh.say(ADA, "whoami")
    await fresh.client.recreate_person(ADA)
    seq = await fresh.client.seq()

    async with fresh.nothing_changes():
        answer = await fresh.say(ADA, "access")
    assert ANOTHER in answer["text"]
    message = await fresh.answer(ELI, seq)
    assert f"Somebody with the address {ADA} wrote to me" in cards.plain(message["text"])
    rows = fresh.rows("select actor from audit where action = 'denied'")
    assert [row["actor"] for row in rows] == [ADA]

    await fresh.access("add", ADA, "admin")
    assert "Who may do what" in (await fresh.say(ADA, "access"))["text"]


async def test_a_role_of_a_domain_holds_in_our_own_organization(fresh: World):
    await fresh.access("add", "@acme.example", "viewer")
    await fresh.client.change_person(SAM, external=True)
    await fresh.client.change_person(VERA, external=True)

    assert STRANGER in (await fresh.say(SAM, "devices"))["text"]
    # A role of one's own holds in whatever organization.
    assert cards.facts(await fresh.say(VERA, "whoami"))["Roles"] == "viewer"


async def test_two_locations_that_swap_names_do_not_swap_roles(fresh: World):
    await fresh.say(TESS, "devices")  # the locations are read
    assert await fresh.stop() == 0
    await fresh.client.rename_locations(Lyon="Berlin", Berlin="Lyon")
    await fresh.start()

    elsewhere = await fresh.say(TESS, "add phone D82E3EEF5A03 8865 for bob@acme.example")
    assert "I found no person" in cards.mistakes(elsewhere)["owner"]
    plan = await fresh.press(TESS, elsewhere, "Continue", owner="hugo@acme.example")
    assert cards.facts(plan)["Location"] == "Berlin"
    assert "now belongs to Hugo Petit" in (await fresh.press(TESS, plan, "Confirm"))["text"]
