"""Who is asked, and who decides."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.errors import Denied, PrivateRefusal, Refused, Unavailable
from bot.core.models.local_time import utc
from bot.core.models.people import Grant, Place, Role, Sender
from bot.core.models.webex import Licence
from bot.operations import POLICY
from bot.requests import decision_views, listings
from bot.requests.revalidation import SECRETS_FORGOTTEN
from bot.store import approvals, progress_messages
from bot.store import grants as grants_table
from cards import render
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.approving import BERLIN, BOTH, HOURS, SPACE, cards, direct_messages
from tests.bot.requests.fixtures import (
    ADA,
    DIRECT,
    ELI,
    GROUP,
    NETWORK,
    PHONE,
    SAM,
    TOM,
    VERA,
    RequestFixture,
    text_of,
)
from tests.bot.requests.strategies import ANA, LEA
from tests.cards import rules
from tests.example_org import THIRD_PARTY

pytestmark = pytest.mark.usefixtures("engine")

BOB = Sender("id-bob", "bob@example.com")


async def test_each_approver_of_the_location_is_asked_directly(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    assert asked.state == "waiting"
    assert asked.approve_by == approving.clock.now + 4 * HOURS
    assert {card.email for card in cards(approving)} == {ANA.email, LEA.email}
    shown = cards(approving)[0]
    assert rules.inputs(shown.card or {}) == ["reason"]
    assert all(
        part in shown.text for part in ("Create the DECT network Hall", TOM.email, asked.code)
    )
    assert approving.calling.changes == 0


async def test_an_approver_of_another_location_is_not_asked(approving: RequestFixture):
    await approving.asked("create dect network", BERLIN)
    assert [card.email for card in cards(approving)] == [ANA.email]


async def test_confirm_shows_something_before_the_facts_are_read_again(approving: RequestFixture):
    plan = await approving.ask("create dect network", NETWORK)
    assert plan.request
    seen: list[bool] = []
    approving.calling.on_ask = lambda: seen.append(bool(approving.runner.progress.tasks))
    await approving.press(plan, "confirm")
    await approving.rest()
    line = f"⏳ {plan.request.code}: asking for approval …"
    assert seen[0]  # it is on its way already
    assert approving.messenger.texts[0] == line
    assert line not in [message.text for message in approving.messenger.standing]
    assert await approving.store.call(progress_messages.posted) == []


async def test_a_refused_confirm_leaves_no_progress_message(approving: RequestFixture):
    plan = await approving.ask("create dect network", NETWORK)
    approving.calling.broken["locations"] = [Unavailable(503, "Down.")]
    with pytest.raises(Unavailable):
        await approving.press(plan, "confirm")
    await approving.rest()
    assert len(approving.messenger.posted) == 1
    assert approving.messenger.standing == []


@pytest.mark.parametrize("place", [None, "room-elsewhere"])
async def test_approve_shows_something_before_the_facts_are_read_again(
    approving: RequestFixture, place: str | None
):
    asked = await approving.asked("create dect network", NETWORK)
    await approving.rest()
    mark, seen = len(approving.messenger.posted), []
    approving.calling.on_ask = lambda: seen.append(approving.messenger.texts[mark:])
    await approving.decide(asked.code, "approve", ANA, room=place)
    line = f"⏳ {asked.code}: checking whether anything has changed …"
    assert seen[0] == [line]
    await approving.rest()
    answer = approving.messenger.posted[mark]
    assert answer.place == Place(place or f"direct-{ANA.email}", direct=place is None)
    assert answer not in approving.messenger.standing
    assert await approving.store.call(progress_messages.posted) == []


async def test_reject_reads_no_facts_and_shows_no_progress(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    await approving.rest()
    mark = len(approving.messenger.posted)
    await approving.decide(asked.code, "reject", ANA, "Not now.")
    assert not [text for text in approving.messenger.texts[mark:] if text.startswith("⏳")]


async def test_the_requester_sees_that_the_request_waits(approving: RequestFixture):
    plan = await approving.ask("create dect network", NETWORK)
    shown = await approving.press(plan, "confirm")
    assert text_of(shown).startswith("Waiting for approval: Create the DECT network Hall in Lyon")
    assert rules.buttons(worlds.card(shown)) == ["Cancel"]


async def test_a_requester_with_the_approver_role_is_not_asked(approving: RequestFixture):
    await approving.allow(Grant(TOM.email, Role.APPROVER))
    await approving.asked("create dect network", NETWORK)
    assert TOM.email not in {card.email for card in cards(approving)}


async def test_with_an_approval_space_one_card_is_posted_there(space: RequestFixture):
    await space.asked("create dect network", NETWORK)
    (shown,) = cards(space)
    assert shown.place
    assert (shown.place.room_id, shown.email) == (SPACE, None)


@pytest.mark.parametrize(
    ("grants", "policy", "sentence"),
    [
        (
            [],
            POLICY,
            r"approval by somebody else, and there is nobody who could give it for Lyon\.",
        ),
        ([Grant(TOM.email, Role.APPROVER)], POLICY, "nobody who could give it"),
        ([Grant(ANA.email, Role.APPROVER, "Berlin")], POLICY, "nobody who could give it"),
        ([Grant("@example.com", Role.APPROVER)], POLICY, "nobody who could give it"),
        (
            [Grant(ANA.email, Role.APPROVER)],
            BOTH,
            "approval by 2 other people, and there are too few people",
        ),
        (
            [Grant(ANA.email, Role.APPROVER), Grant(ANA.email, Role.APPROVER, "Lyon")],
            BOTH,
            "too few people who could",
        ),
    ],
)
async def test_too_few_approvers_are_reported_at_once(tmp_path, grants, policy, sentence):
    async with worlds.world(tmp_path / "provbot.db", policy=policy) as world:
        await world.allow(*grants)
        plan = await world.ask("create dect network", NETWORK)
        with pytest.raises(Refused, match=sentence):
            await world.press(plan, "confirm")
        assert plan.request
        assert await world.state(plan.request.code) == "draft"
        assert cards(world) == []


async def test_approve_runs_the_request_and_everybody_is_told(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK, place=GROUP)
    assert (
        await approving.decide(asked.code, "approve", ANA) is None
    )  # the final message was the answer
    await approving.rest()
    assert await approving.state(asked.code) == "done"
    assert [network.name for network in approving.calling.dect.held].count("Hall") == 1
    assert cards(approving) == []
    final = (
        f"✓ Approved by {ANA.email} at 13:46 UTC. {asked.code}: Create the DECT network Hall in "
        f"Lyon (asked by {TOM.email})"
    )
    assert (
        direct_messages(approving, LEA.email)[-1]
        == direct_messages(approving, TOM.email)[0]
        == final
    )
    assert final in [
        message.text for message in approving.messenger.posted if message.place == GROUP
    ]
    assert (
        direct_messages(approving, ANA.email)[-1]
        == f"{asked.code} is done: Create the DECT network Hall in Lyon."
    )
    order = [message.text for message in approving.messenger.posted if message.place == GROUP]
    assert order.index(final) < next(
        i for i, text in enumerate(order) if text.startswith("✓ The DECT")
    )


async def test_people_are_named_as_webex_names_them(approving: RequestFixture):
    tom, ana = replace(TOM, name="Tom Berger"), replace(ANA, name="Ana Ruiz")
    asked = await approving.asked("create dect network", NETWORK, tom)
    for card in cards(approving):
        assert "Tom Berger asks for your approval.\ntom@example.com\n" in card.text
    assert "Tom Berger" in render.to_text(listings.waiting_list([asked], utc(0.0)))
    assert "(asked by Tom Berger)" in decision_views.reminder(asked, utc(0.0))

    approving.restart()  # the names are kept, as nobody may be read at such a time
    await approving.decide(asked.code, "approve", ana)
    await approving.rest()

    assert direct_messages(approving, LEA.email)[-1] == (
        f"✓ Approved by Ana Ruiz at 13:46 UTC. {asked.code}: Create the DECT network Hall in "
        "Lyon (asked by Tom Berger)"
    )
    details = text_of(await approving.type("request", asked.code))
    assert "approved by Ana Ruiz" in details


async def test_a_rejection_in_a_group_is_told_to_its_requester_in_one_line(
    approving: RequestFixture,
):
    asked = await approving.asked("create dect network", NETWORK, place=GROUP)
    await approving.decide(asked.code, "reject", replace(ANA, name="Ana Ruiz"), "not this week")
    await approving.rest()
    assert direct_messages(approving, TOM.email) == [
        "✗ Rejected: Create the DECT network Hall in Lyon. Ana Ruiz: “not this week” "
        f"(request {asked.code}, 13:46 UTC)"
    ]


async def test_reject_needs_a_reason_and_keeps_the_card(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    with pytest.raises(Refused, match=rf"give a reason.*reject {asked.code} because"):
        await approving.decide(asked.code, "reject", ANA)
    assert await approving.state(asked.code) == "waiting"
    assert len(cards(approving)) == 2


async def test_reject_ends_the_request_and_tells_the_reason(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    await approving.decide(asked.code, "reject", ANA, "not this week")
    await approving.rest()
    row = await approving.row(asked.code)
    assert (row.state, row.told, row.changed_by) == ("rejected", True, ANA.email)
    assert (cards(approving), approving.calling.changes) == ([], 0)
    (answer,) = [message for message in approving.messenger.standing if message.place == DIRECT]
    assert answer.text == (
        "Rejected: Create the DECT network Hall in Lyon\n"
        f"{ANA.email}: “not this week”\n"
        f"Request {asked.code} · 13:46 UTC · Nothing was changed."
    )
    assert rules.buttons(answer.card or {}) == ["Ask again"]


async def test_a_decision_from_elsewhere_is_answered_by_the_final_message(
    approving: RequestFixture,
):
    asked = await approving.asked("create dect network", NETWORK)
    answer = await approving.decide(asked.code, "reject", ANA, "no", room="room-elsewhere")
    assert (answer or "").startswith("✗ Rejected by")


async def test_the_approver_is_answered_if_the_final_message_failed(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    approving.messenger.unreachable = {ANA.email}
    answer = await approving.decide(asked.code, "reject", ANA, "no")
    assert (answer or "").startswith("✗ Rejected by")
    await approving.rest()


@pytest.mark.parametrize(
    ("who", "grant", "sentence"),
    [
        (TOM, Grant(TOM.email, Role.APPROVER), "is your own request: somebody else must decide"),
        (
            Sender("id-other", TOM.email),
            Grant("@example.com", Role.APPROVER),
            "belong to another Webex account",
        ),
        (
            Sender("id-alias", "tom+1@example.com"),
            Grant("@example.com", Role.APPROVER),
            "is your own request",
        ),
        (
            Sender(TOM.person_id, "tim@example.com"),
            Grant("tim@example.com", Role.APPROVER),
            "is your own request",
        ),
        (ELI, None, "Only people with the role approver may decide on .* in Lyon"),
        (ADA, None, "Only people with the role approver may decide"),
        (VERA, None, "Only people with the role approver may decide"),
        (
            BOB,
            Grant(BOB.email, Role.APPROVER, "Berlin"),
            "Only people with the role approver may decide on .* in Lyon",
        ),
        (SAM, None, "not on the list"),
    ],
)
@pytest.mark.parametrize("verdict", ["approve", "reject"])
async def test_a_decision_without_the_role_changes_nothing(
    approving: RequestFixture, verdict, who, grant, sentence
):
    await approving.allow(*([grant] if grant else []))
    asked = await approving.asked("create dect network", NETWORK)
    with pytest.raises(Refused, match=sentence) as problem:
        await approving.decide(asked.code, verdict, who, "x")
    assert isinstance(problem.value, Denied) is (who is SAM or "another" in sentence)
    assert await approving.state(asked.code) == "waiting"
    assert await approving.store.call(approvals.votes, asked.code) == []


async def test_the_role_is_checked_at_the_press(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    await approving.store.call(grants_table.revoke, Grant(ANA.email, Role.APPROVER))
    await approving.allow(Grant(ANA.email, Role.VIEWER))
    with pytest.raises(Refused, match="Only people with the role approver may decide"):
        await approving.decide(asked.code, "approve", ANA)
    await approving.allow(Grant(VERA.email, Role.APPROVER))
    await approving.decide(asked.code, "approve", VERA)
    await approving.rest()
    assert await approving.state(asked.code) == "done"


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        ((), "has not been confirmed by its requester yet: there is nothing to decide on"),
        (("waiting", "approved"), "was already confirmed at"),
        (("waiting", "rejected"), "was rejected"),
        (("waiting", "expired"), "has expired"),
        (("cancelled",), "was cancelled"),
        (("approved", "running", "done"), "is already done"),
    ],
)
@pytest.mark.parametrize("verdict", ["approve", "reject"])
async def test_a_decision_on_another_state_is_answered_with_the_state(
    approving: RequestFixture, verdict, states, sentence
):
    shown = await approving.ask("create dect network", NETWORK)
    row = await approving.put(shown, *states)
    with pytest.raises(Refused, match=sentence):
        await approving.decide(row.code, verdict, ANA)
    assert await approving.state(row.code) == row.state


async def test_a_form_that_has_no_plan_yet_cannot_be_decided_on(approving: RequestFixture):
    form = await approving.ask("create dect network", {})
    assert form.request
    with pytest.raises(Refused, match="has not been confirmed"):
        await approving.decide(form.request.code, "approve", ANA)


async def test_two_different_people_must_approve(both: RequestFixture):
    asked = await both.asked("create dect network", NETWORK)
    answer = await both.decide(asked.code, "approve", ANA)
    assert answer == f"Noted: you approved {asked.code}. It needs approval by 1 more person."
    assert (await both.row(asked.code)).state == "waiting"
    assert len(cards(both)) == 2
    with pytest.raises(
        Refused, match=r"You have decided on .* already. It also needs a decision by somebody else"
    ):
        await both.decide(asked.code, "approve", ANA)
    assert both.calling.changes == 0
    await both.decide(asked.code, "approve", LEA)
    await both.rest()
    assert await both.state(asked.code) == "done"


async def test_a_second_approver_can_reject(both: RequestFixture):
    asked = await both.asked("create dect network", NETWORK)
    await both.decide(asked.code, "approve", ANA)
    await both.decide(asked.code, "reject", LEA, "no")
    await both.rest()
    assert await both.state(asked.code) == "rejected"
    assert any(text.startswith(f"✗ Rejected by {LEA.email} at") for text in both.messenger.texts)


async def test_a_vote_does_not_count_after_its_role_is_revoked(both: RequestFixture):
    asked = await both.asked("create dect network", NETWORK)
    await both.decide(asked.code, "approve", ANA)
    await both.store.call(grants_table.revoke, Grant(ANA.email, Role.APPROVER))
    await both.decide(asked.code, "approve", LEA)
    await both.rest()
    assert (await both.state(asked.code), both.calling.changes) == ("cancelled", 0)
    assert any(
        f"{ANA.email} is no longer allowed to approve this." in text
        for text in both.messenger.texts
    )


async def test_two_simultaneous_approvals_are_both_counted(both: RequestFixture):
    asked = await both.asked("create dect network", NETWORK)
    answers = await asyncio.gather(*(both.decide(asked.code, "approve", who) for who in (ANA, LEA)))
    assert min(map(str, answers)).startswith("None")
    await both.rest()
    assert (await both.state(asked.code), both.calling.changes) == ("done", 1)
    votes = await both.store.call(approvals.votes, asked.code)
    assert {decision.email for decision in votes} == {ANA.email, LEA.email}


async def test_one_of_two_simultaneous_decisions_wins(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    answers = await asyncio.gather(
        approving.decide(asked.code, "approve", ANA),
        approving.decide(asked.code, "reject", LEA, "no"),
        return_exceptions=True,
    )
    await approving.rest()
    assert [type(message) for message in answers].count(PrivateRefusal) == 1
    assert len(await approving.store.call(approvals.votes, asked.code)) == 1
    assert approving.calling.changes == ((await approving.state(asked.code)) == "done")


async def test_changed_facts_end_the_request_at_approve_and_both_are_told(
    approving: RequestFixture,
):
    asked = await approving.asked("add phone", PHONE)
    owner = approving.calling.owners[0]
    approving.calling.owners[0] = owner.model_copy(update={"licence": Licence.STANDARD})
    await approving.decide(asked.code, "approve", ANA)
    await approving.rest()
    assert (await approving.state(asked.code), approving.calling.changes) == ("cancelled", 0)
    for text in (
        direct_messages(approving, ANA.email)[-1],
        [message.text for message in approving.messenger.posted if message.place][-1],
    ):
        assert "Cancelled by provbot" in text
        assert "This has changed since you saw it: Ann Alder has Webex Calling Standard" in text


async def test_a_secret_lost_in_a_restart_is_reported_at_approve(approving: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    asked = await approving.asked("add phone", inputs)
    approving.restart()
    await approving.decide(asked.code, "approve", ANA)
    await approving.rest()
    assert (await approving.state(asked.code), approving.calling.changes) == ("cancelled", 0)
    assert any(SECRETS_FORGOTTEN in text for text in approving.messenger.texts)
    assert not any("hunter2!" in text for text in approving.messenger.texts)


async def test_a_secret_is_kept_until_the_approval_expires(approving: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    asked = await approving.asked("add phone", inputs)
    approving.clock.now += 4 * HOURS - 1
    await approving.ask(
        "add phone", PHONE
    )  # what is too old is forgotten when something new is kept
    await approving.decide(asked.code, "approve", ANA)
    await approving.rest()
    assert approving.calling.passwords == {"D82E3EEF4E5C": "hunter2!"}
