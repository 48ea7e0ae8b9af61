"""A refused person asks for access; an admin presses a role, and the usual grant begins."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from adaptivecardbuilder import AdaptiveCard

from bot.chat.event_reader import IncomingEvent
from bot.core.errors import Stranger, Unavailable
from bot.core.models.people import Grant, Place, Role, Sender
from bot.operations import POLICY
from bot.requests.access_asks import MAX_OPEN, OFFERED, TRY_AGAIN
from bot.requests.refusals import DAY, HOUR, Refusals
from bot.requests.strangers import MAX_ANSWERED_PRESSES
from bot.store import access_asks, audit
from cards import render
from tests.bot.requests import harness as harnesses
from tests.bot.requests.fixtures import ADA, ELI, ROLES, SAM, TOM, VERA
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness
from tests.cards import rules
from tests.database import count
from tests.fake_messenger import PostedMessage
from tests.fake_people import OTHER_ORG, FakePeople

pytestmark = pytest.mark.usefixtures("engine")

LEA = Sender("id-lea", "lea@example.com")  # admin
ASKED = "I asked the admins to give you a role."
IS_OPEN = "Your request for access is open: no admin has decided yet."


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[DispatchHarness]:
    """A world with two admins."""
    async with harnesses.opened(
        tmp_path / "provbot.db", *ROLES, Grant(LEA.email, Role.ADMIN)
    ) as made:
        made.people.meet(LEA)
        yield made


async def asks(harness: DispatchHarness, who: Sender = SAM, **inputs: str) -> list[PostedMessage]:
    """Press the button of a refusal."""
    return await harness.presses(who, {"access": "ask", **inputs})


def card_for(harness: DispatchHarness, admin: Sender = ADA) -> PostedMessage:
    """The newest card about an ask that this admin has."""
    return [
        message
        for message in harness.messenger.posted
        if message.email == admin.email and "asks for access" in message.text
    ][-1]


async def gives(
    harness: DispatchHarness, role: str, admin: Sender = ADA, card: PostedMessage | None = None
) -> PostedMessage:
    """Press a role on the card; the answer."""
    card = card or card_for(harness, admin)
    button = rules.button(card.card or {}, role)
    (answer,) = await harness.presses(admin, button, card=card.id)
    return answer


async def confirms(harness: DispatchHarness, plan: PostedMessage, admin: Sender = ADA) -> str:
    """Confirm the plan; all that the admin hears."""
    heard = await harness.presses(admin, rules.button(plan.card or {}, "Confirm"), card=plan.id)
    return "\n".join(message.text for message in heard)


def rows(harness: DispatchHarness, action: str) -> list[dict[str, Any]]:
    """The details of these entries of the trail."""
    return [json.loads(row.detail) for row in audit.entries(harness.db) if row.action == action]


async def test_a_refusal_names_the_admins_and_has_the_button(harness: DispatchHarness):
    harness.people.names[ADA.person_id] = "Ada Fischer"
    harness.people.meet(ADA)
    (refusal,) = await harness.says(SAM, "hello")
    assert refusal.text.endswith(f"Admins are Ada Fischer ({ADA.email}) and {LEA.email}.")
    assert rules.violations(refusal.card or {}) == []
    assert rules.button(refusal.card or {}, "Ask for access") == {"access": "ask"}
    (denial,) = await harness.says(VERA, "add phone")
    assert "does not allow “add phone”" in denial.text
    assert f"{LEA.email}." in denial.text
    assert rules.button(denial.card or {}, "Ask for access") == {
        "access": "ask",
        "wants": "add phone",
    }


async def test_a_space_does_not_hear_the_admins(harness: DispatchHarness):
    (refusal,) = await harness.says(SAM, "hello", GROUP_ROOM)
    assert ADA.email not in refusal.text
    assert rules.buttons(refusal.card or {}) == ["Ask for access"]


@pytest.mark.parametrize("org", [OTHER_ORG, None])
async def test_other_organizations_hear_no_admins_and_cannot_ask(harness: DispatchHarness, org):
    harness.people.orgs[SAM.person_id] = org
    (refusal,) = await harness.says(SAM, "hello")
    assert refusal.card is None
    assert ADA.email not in refusal.text
    before = len(harness.messenger.posted)
    assert await asks(harness) == []
    assert len(harness.messenger.posted) == before
    assert rows(harness, "asked for access") == []


async def test_with_guests_in_the_policy_they_can_ask_but_hear_no_admins(tmp_path: Path):
    path = tmp_path / "provbot.db"
    async with harnesses.opened(path, Grant(ADA.email, Role.ADMIN), guests=True) as harness:
        harness.people.orgs[SAM.person_id] = OTHER_ORG
        (refusal,) = await harness.says(SAM, "hello")
        assert ADA.email not in refusal.text
        (answer,) = await asks(harness)
        assert answer.text.startswith(ASKED)


async def test_an_account_that_cannot_be_read_is_refused_in_words(harness: DispatchHarness):
    harness.people.troubles = [Unavailable(503, "Down.")] * 9
    (refusal,) = await harness.says(SAM, "hello")
    assert refusal.card is None
    assert "not on the list" in refusal.text


async def test_two_admins_dismiss_at_the_same_time(harness: DispatchHarness):
    await asks(harness)
    presses = [
        harness.pressed(
            admin,
            rules.button(card_for(harness, admin).card or {}, "Dismiss"),
            f"direct-{admin.email}",
            card_for(harness, admin).id,
        )
        for admin in (ADA, LEA)
    ]
    before = len(harness.messenger.posted)
    assert await harness.live(*(harness.inbox.take(press) for press in presses))
    told = harness.messenger.posted[before:]
    assert sorted(message.text.split(" ")[1].strip(".") for message in told) == [
        "admin", "dismissed", "sam@example.com"
    ]  # fmt: skip
    assert len(rows(harness, "dismissed ask")) == 1


async def test_without_names_the_admins_are_told_by_address(harness: DispatchHarness):
    people = SlowPeople(harness.people.emails)
    identities = replace(harness.authorization.identities, directory=people)
    authorization = replace(harness.authorization, identities=identities)
    refusals = Refusals(authorization, timeout=0.01)
    incoming = IncomingEvent("e-1", SAM, Place("room", direct=True))
    answer = await refusals.answer(Stranger("No."), incoming)
    assert isinstance(answer, AdaptiveCard)
    assert render.to_text(answer) == f"No. Admins are {ADA.email} and {LEA.email}."


class SlowPeople(FakePeople):
    """Searches by address are not answered."""

    async def people(self, email: str) -> list[dict[str, Any]]:
        """Never."""
        await asyncio.Event().wait()
        return []


async def test_without_an_admin_for_everything_nobody_is_named(tmp_path: Path):
    path = tmp_path / "provbot.db"
    async with harnesses.opened(path, Grant("@example.org", Role.ADMIN)) as harness:
        (refusal,) = await harness.says(SAM, "hello")
        assert refusal.text.endswith(f"add you ({SAM.email}).")


async def test_old_asks_are_forgotten(harness: DispatchHarness):
    await asks(harness)
    await harness.store.call(access_asks.forget, harness.clock.now)
    assert harness.db.execute("select count(*) from access_asks").fetchone()[0] == 1
    await harness.store.call(access_asks.forget, harness.clock.now + 1)
    assert harness.db.execute("select count(*) from access_asks").fetchone()[0] == 0
    assert harness.db.execute("select count(*) from access_ask_cards").fetchone()[0] == 0
    assert (await gives(harness, "Viewer")).text.startswith("I do not know this request")


async def test_an_ask_reaches_each_admin_and_leads_to_a_plan(harness: DispatchHarness):
    harness.people.names[SAM.person_id] = "Sam **Stone**\n\u202e[x](https://evil.example)"
    (answer,) = await asks(harness)
    assert answer.text.startswith(ASKED)
    card = card_for(harness)
    assert rules.violations(card.card or {}) == []
    assert rules.buttons(card.card or {}) == [*(role.capitalize() for role in OFFERED), "Dismiss"]
    assert SAM.email in card.text
    assert "Roles now: none" in card.text
    assert "\u202e" not in json.dumps(card.card, ensure_ascii=False)
    assert "**Stone**" not in json.dumps(card.card)
    assert card_for(harness, LEA).card
    assert rows(harness, "asked for access") == [{"who": SAM.email, "wants": ""}]

    plan = await gives(harness, "Technician")
    assert f"Who: {SAM.email}\nRole: technician\nWhere: everywhere" in plan.text
    assert harness.db.execute("select 1 from access where who = ?", [SAM.email]).fetchone() is None
    assert f"{SAM.email} is now a technician" in await confirms(harness, plan)
    assert rows(harness, "granted")[-1]["asked"] is True
    assert any(
        message.email == SAM.email and "gave you the role technician" in message.text
        for message in harness.messenger.posted
    )


async def test_the_cards_of_all_admins_go_when_the_ask_ends(harness: DispatchHarness):
    await asks(harness)
    mine, others = card_for(harness), card_for(harness, LEA)
    await confirms(harness, await gives(harness, "Viewer"))
    await harness.access_asks.tick()
    assert {mine.id, others.id} <= set(harness.messenger.removed)
    told = harness.messenger.posted[-1]
    assert told.email == LEA.email
    assert told.text.startswith(f"{SAM.email} has the role viewer everywhere now: {ADA.email}")
    before = len(harness.messenger.posted)
    await harness.access_asks.tick()
    assert len(harness.messenger.posted) == before


async def test_two_admins_at_the_same_time_are_both_answered(harness: DispatchHarness):
    await asks(harness)
    plan = await gives(harness, "Technician")
    other_plan = await gives(harness, "Technician", LEA)
    assert f"{SAM.email} is now a technician" in await confirms(harness, plan)
    assert f"{SAM.email} is already a technician everywhere" in await confirms(
        harness, other_plan, LEA
    )
    late = await gives(harness, "Viewer", LEA)
    assert late.text.startswith(f"{SAM.email} has the role technician everywhere now")
    assert f"grant {SAM.email} ROLE" in late.text


async def test_a_dismissed_ask_tells_the_person_nothing_about_the_admin(harness: DispatchHarness):
    await asks(harness)
    answer = await gives(harness, "Dismiss")
    assert answer.text.startswith("Dismissed.")
    told = harness.messenger.posted[-2]
    assert told.email == SAM.email
    assert ADA.email not in told.text
    assert rows(harness, "dismissed ask") == [{"who": SAM.email, "wants": ""}]
    late = await gives(harness, "Technician", LEA)
    assert late.text.startswith(f"{ADA.email} dismissed the request of {SAM.email}.")
    harness.clock.now += HOUR
    (again,) = await asks(harness)
    assert "An admin has dismissed your request for access." in again.text
    assert "You can ask again in 23 hours." in again.text
    harness.clock.now += DAY - HOUR
    (answer,) = await asks(harness)
    assert answer.text.startswith(ASKED)


async def test_the_next_refusal_says_how_the_request_stands(harness: DispatchHarness):
    (refusal,) = await harness.says(SAM, "add phone")
    await harness.presses(SAM, rules.button(refusal.card or {}, "Ask for access"))
    assert "Roles now: none\nTried: add phone" in card_for(harness).text
    harness.clock.now += HOUR
    (refusal,) = await harness.says(SAM, "add phone")
    assert IS_OPEN in refusal.text
    assert refusal.card is None
    await gives(harness, "Dismiss")
    harness.clock.now += HOUR
    (refusal,) = await harness.says(SAM, "add phone")
    assert "You can ask again in 22 hours." in refusal.text
    assert refusal.card is None
    harness.clock.now += DAY
    (refusal,) = await harness.says(SAM, "add phone")
    assert rules.buttons(refusal.card or {}) == ["Ask for access"]


@pytest.mark.parametrize("typed", ["hello", "help", "whoami"])
async def test_a_message_that_needs_no_role_is_no_try(harness: DispatchHarness, typed: str):
    (refusal,) = await harness.says(SAM, typed)
    assert rules.button(refusal.card or {}, "Ask for access") == {"access": "ask"}


async def test_the_old_button_of_somebody_who_has_a_role_now_asks_nobody(harness: DispatchHarness):
    (refusal,) = await harness.says(SAM, "add phone")
    button = rules.button(refusal.card or {}, "Ask for access")
    await harness.presses(SAM, button)
    await confirms(harness, await gives(harness, "Viewer"))
    (answer,) = await harness.presses(SAM, button)
    assert answer.text.startswith("You have a role now: viewer everywhere.")
    assert len(rows(harness, "asked for access")) == 1


async def test_an_admin_is_told_how_to_take_a_role(harness: DispatchHarness):
    (refusal,) = await harness.says(ADA, "approvals")
    assert refusal.text.endswith(
        f"You can give yourself a role that does: grant {ADA.email} approver"
    )
    assert refusal.card is None


async def test_asking_again_does_not_flood_anybody(harness: DispatchHarness):
    await asks(harness)
    before = len(harness.messenger.posted)
    heard = [await asks(harness) for _ in range(MAX_ANSWERED_PRESSES + 10)]
    assert [len(answers) for answers in heard] == [1] * MAX_ANSWERED_PRESSES + [0] * 10
    assert all(answers[0].text.startswith(IS_OPEN) for answers in heard if answers)
    assert len(harness.messenger.posted) == before + MAX_ANSWERED_PRESSES
    assert len(rows(harness, "asked for access")) == 1
    assert len(rows(harness, "denied")) == 1


async def test_a_person_with_a_role_gets_an_answer_to_each_press(harness: DispatchHarness):
    await asks(harness, VERA, wants="add phone")
    heard = [await asks(harness, VERA, wants="add phone") for _ in range(MAX_ANSWERED_PRESSES + 5)]
    assert all(answers[0].text.startswith(IS_OPEN) for answers in heard)
    assert rows(harness, "denied") == []


async def test_an_old_open_ask_can_be_renewed(harness: DispatchHarness):
    await asks(harness)
    old = card_for(harness)
    harness.clock.now += DAY + 1
    (answer,) = await asks(harness)
    assert answer.text.startswith(ASKED)
    refused = await gives(harness, "Viewer", card=old)
    assert "has asked again since" in refused.text
    await harness.access_asks.tick()
    assert old.id in harness.messenger.removed
    assert card_for(harness) in harness.messenger.standing


async def test_many_people_cannot_flood_the_admins(harness: DispatchHarness):
    for number in range(MAX_OPEN + 5):
        sender = Sender(f"id-s{number}", f"s{number}@example.com")
        await asks(harness, sender)
    cards = [
        message
        for message in harness.messenger.posted
        if message.email == ADA.email and "asks for access" in message.text
    ]
    assert len(cards) == MAX_OPEN
    assert "Too many people have asked" in harness.messenger.posted[-1].text


async def test_a_person_with_a_role_asks_for_more(harness: DispatchHarness):
    (answer,) = await asks(harness, VERA, wants="add phone")
    assert answer.text.startswith(ASKED)
    assert "Roles now: viewer everywhere\nTried: add phone" in card_for(harness).text
    assert rules.buttons(card_for(harness).card or {})[0] == "Technician"  # viewer she is
    harness.clock.now += DAY + 1
    await asks(harness, VERA, wants="<b>anything</b>")
    assert "Tried" not in card_for(harness).text


@pytest.mark.parametrize("who", [SAM, TOM, ELI])
async def test_only_admins_can_press_the_card(harness: DispatchHarness, who):
    await asks(harness)
    button = rules.button(card_for(harness).card or {}, "Technician")
    for inputs in (button, {**button, "access": "dismiss"}):
        await harness.presses(who, inputs)
    assert count(harness.db, "requests") == 0
    assert harness.db.execute("select outcome from access_asks").fetchone()[0] == ""


async def test_a_revoked_admin_cannot_press_nor_confirm(harness: DispatchHarness):
    await asks(harness)
    plan = await gives(harness, "Technician", LEA)
    await harness.store.call(lambda db: db.execute("delete from access where who = ?", [LEA.email]))
    assert "not on the list" in await confirms(harness, plan, LEA)
    assert "not on the list" in (await gives(harness, "Viewer", LEA)).text
    assert harness.db.execute("select 1 from access where who = ?", [SAM.email]).fetchone() is None


@pytest.mark.parametrize(
    "inputs",
    [
        {"access": "give", "ask": "nothing", "role": "viewer"},
        {"access": "give", "role": "viewer"},
        {"access": "give", "ask": ["x"], "role": {"y": 1}},
        {"access": "grant"},
        {"access": None},
        {"access": "dismiss", "ask": "' or 1=1 --"},
    ],
)
async def test_crafted_presses_are_refused(harness: DispatchHarness, inputs):
    await asks(harness)
    (answer,) = await harness.presses(ADA, inputs)
    assert answer.text.startswith("I do not know this request for access any more.")


async def test_the_admin_role_is_not_offered_even_in_a_crafted_press(harness: DispatchHarness):
    await asks(harness)
    button = rules.button(card_for(harness).card or {}, "Viewer")
    (answer,) = await harness.presses(ADA, {**button, "role": "admin"})
    assert answer.text.startswith("I do not know this request for access any more.")


async def test_an_address_that_belongs_to_another_account_gets_no_role(harness: DispatchHarness):
    await asks(harness)
    harness.people.emails[SAM.person_id] = "sam.other@example.com"
    answer = await gives(harness, "Viewer")
    assert answer.text.startswith(f"The account that asked no longer has the address {SAM.email}.")
    harness.people.deleted.add(SAM.person_id)
    answer = await gives(harness, "Viewer")
    assert answer.text.startswith(f"I cannot check who {SAM.email} is at the moment.")


async def test_without_an_admin_who_can_be_reached_it_is_tried_again(harness: DispatchHarness):
    harness.messenger.unreachable = {ADA.email, LEA.email}
    (answer,) = await asks(harness)
    assert answer.text.startswith("I could not reach an admin yet, and keep trying for a day.")
    assert answer.text.endswith(f"Your email is {SAM.email}.")
    harness.messenger.unreachable = {LEA.email}
    before = len(harness.messenger.posted)
    await harness.access_asks.tick()
    assert len(harness.messenger.posted) == before
    harness.clock.now += TRY_AGAIN
    await harness.access_asks.tick()
    await harness.access_asks.tick()
    assert [message.email for message in harness.messenger.posted[before:]] == [ADA.email]


async def test_the_policy_decides_who_gets_the_card(tmp_path: Path):
    engineers = {Role.ENGINEER: POLICY["grant"].roles[Role.ADMIN]}
    policy = {**POLICY, "grant": replace(POLICY["grant"], roles=engineers)}
    async with harnesses.opened(tmp_path / "provbot.db", *ROLES, policy=policy) as harness:
        await asks(harness)
        assert card_for(harness, ELI).card
        assert not any(message.email == ADA.email for message in harness.messenger.posted)


async def test_a_crash_while_asking_loses_and_doubles_nothing(tmp_path: Path):
    for steps in range(40):
        path = tmp_path / f"{steps}.db"
        async with harnesses.opened(path, *ROLES) as harness:
            press = harness.pressed(SAM, {"access": "ask"}, f"direct-{SAM.email}", "msg-1")
            survived = await harness.live(harness.inbox.take(press), crash_timer=steps)
            if not survived:
                harness.restart()
                await harness.pick_up()
            assert len(rows(harness, "asked for access")) <= 1
            if harness.db.execute("select 1 from access_asks").fetchone():
                assert card_for(harness).card
                heard = [message.text for message in harness.messenger.posted]
                assert any(text.startswith(ASKED) for text in heard)
        if survived:
            return
    pytest.fail("it never survived")
