"""Approvers who cannot be reached: those who can act hear it at once, without many calls."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Forbidden, NotFound, Refused, Unauthorized, Unavailable, WebexError
from bot.core.models.people import Grant, Role
from bot.domain.policy import Decision, Rule
from bot.operations import POLICY
from bot.requests import unreachable_approvers
from bot.requests.interaction import Reply
from bot.requests.unreachable_approvers import FIRST_PAUSE, MAX_PAUSE, is_refused
from bot.store import grants
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.approving import APPROVERS, BOTH, HOURS, SPACE, cards, direct_messages
from tests.bot.requests.fixtures import ADA, DIRECT, NETWORK, TOM, RequestFixture, text_of
from tests.bot.requests.strategies import ANA, LEA
from tests.fake_messenger import FakeMessenger

TICK = 5.0
ZOE = "zoe@example.com"


class Counting(FakeMessenger):
    """Counts attempts; each of `refusals` is what an address is refused with, each time."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts: list[str] = []
        self.refusals: dict[str, WebexError] = {}

    def _keep(self, place, email, answer) -> str:
        who = email or (place.room_id if place else "")
        self.attempts.append(who)
        if who in self.refusals:
            raise self.refusals[who]
        return super()._keep(place, email, answer)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With one approver everywhere, and one in Lyon."""
    async with worlds.world(tmp_path / "provbot.db", messenger=Counting()) as made:
        await made.allow(*APPROVERS)
        yield made


def messenger(world: RequestFixture) -> Counting:
    """The one that counts."""
    assert isinstance(world.messenger, Counting)
    return world.messenger


async def confirm(world: RequestFixture) -> Reply:
    """The answer to Confirm on a plan that needs approval."""
    return await world.press(await world.ask("create dect network", NETWORK), "confirm")


async def pass_by(world: RequestFixture, seconds: float) -> None:
    """The clocks go on, as they do every five seconds."""
    for _ in range(int(seconds / TICK)):
        world.clock.now += TICK
        await world.approvals.tick()


async def code_of(shown: Reply) -> str:
    assert shown.request
    return shown.request.code


@pytest.mark.parametrize(
    "refusal",
    [
        NotFound(404, "No such person."),
        Forbidden(403, "No."),
        WebexError(400, "Bad address."),
        WebexError(410, "Gone."),
    ],
)
async def test_unreachable_approvers_are_reported_to_requester_and_admins(
    world: RequestFixture, refusal
):
    messenger(world).refusals = {ANA.email: refusal, LEA.email: refusal}
    shown = await confirm(world)
    code = await code_of(shown)
    for text in (text_of(shown), *direct_messages(world, ADA.email)):
        assert "nobody could be asked" in text
        assert ANA.email in text
        assert LEA.email in text
        assert "grant WHO approver" in text
    assert "Waiting for approval" not in text_of(shown)
    assert "Nothing was changed." in text_of(shown)
    assert len(direct_messages(world, ADA.email)) == 1
    assert await world.state(code) == "waiting"
    await world.press(shown, "cancel")
    assert await world.state(code) == "cancelled"


async def test_attempts_are_rarer_than_every_five_seconds(world: RequestFixture):
    messenger(world).refusals = {email: NotFound(404, "No.") for email in (ANA.email, LEA.email)}
    await confirm(world)
    mark = len(messenger(world).attempts)
    await pass_by(world, 3600.0)
    tries = len(messenger(world).attempts) - mark
    assert 20 <= tries <= 2 * 2 * (3600 / MAX_PAUSE + 6)  # two people, each twice
    assert len(direct_messages(world, ADA.email)) == 1  # and nobody hears of it each time


async def test_the_reminder_reports_it_once_more(world: RequestFixture):
    messenger(world).refusals = {email: NotFound(404, "No.") for email in (ANA.email, LEA.email)}
    code = await code_of(await confirm(world))
    await pass_by(world, 2 * HOURS + 60)
    (reminded,) = direct_messages(world, TOM.email)
    assert reminded.startswith(f"⏰ {code} still waits")
    assert ANA.email in reminded
    assert len(direct_messages(world, ADA.email)) == 2
    await pass_by(world, HOURS)
    assert len(direct_messages(world, TOM.email)) == 1
    assert len(direct_messages(world, ADA.email)) == 2


async def test_one_reachable_approver_of_two_is_enough(world: RequestFixture):
    messenger(world).refusals = {LEA.email: NotFound(404, "No.")}
    shown = await confirm(world)
    assert text_of(shown).startswith("Waiting for approval")
    assert direct_messages(world, ADA.email) == []
    messenger(world).refusals.clear()
    await pass_by(world, FIRST_PAUSE)
    assert {card.email for card in cards(world)} == {ANA.email, LEA.email}


async def test_too_few_reachable_approvers_are_reported_with_their_number(tmp_path: Path):
    async with worlds.world(tmp_path / "provbot.db", messenger=Counting(), policy=BOTH) as world:
        await world.allow(*APPROVERS)
        messenger(world).refusals = {LEA.email: Forbidden(403, "No.")}
        shown = await confirm(world)
        assert "only 1 of 2 could be asked" in text_of(shown)
        assert ANA.email not in text_of(shown)
        (text,) = direct_messages(world, ADA.email)
        assert LEA.email in text


async def test_an_approver_reached_later_is_asked_and_the_requester_told(world: RequestFixture):
    messenger(world).refusals = {email: NotFound(404, "No.") for email in (ANA.email, LEA.email)}
    shown = await confirm(world)
    code = await code_of(shown)
    mark = len(world.messenger.posted)
    messenger(world).refusals.clear()
    await pass_by(world, FIRST_PAUSE)
    (waits,) = [message for message in world.messenger.posted[mark:] if message.place == DIRECT]
    assert waits.text.startswith("Waiting for approval")
    assert (await world.row(code)).card_id == waits.id
    assert len(cards(world)) == 2
    await pass_by(world, 600.0)
    assert (
        len([message for message in world.messenger.posted[mark:] if message.place == DIRECT]) == 1
    )
    await world.decide(code, "approve", ANA)
    await world.rest()
    assert await world.state(code) == "done"


async def test_a_new_approver_is_asked_at_once(world: RequestFixture):
    messenger(world).refusals = {email: NotFound(404, "No.") for email in (ANA.email, LEA.email)}
    await confirm(world)
    await pass_by(world, 600.0)
    await world.allow(Grant(ZOE, Role.APPROVER))
    await pass_by(world, TICK)
    assert [card.email for card in cards(world)] == [ZOE]


async def test_a_revoked_approver_is_not_tried_again(world: RequestFixture):
    messenger(world).refusals = {LEA.email: NotFound(404, "No.")}
    await confirm(world)
    await world.store.call(grants.revoke, APPROVERS[1])
    mark = len(messenger(world).attempts)
    await pass_by(world, 600.0)
    assert len(messenger(world).attempts) == mark


async def test_the_loss_of_all_approvers_is_reported_and_a_new_one_is_asked(world: RequestFixture):
    code = await code_of(await confirm(world))
    for grant in APPROVERS:
        await world.store.call(grants.revoke, grant)
    mark = len(world.messenger.posted)
    await pass_by(world, 60.0)

    told = [message for message in world.messenger.posted[mark:] if message.place == DIRECT]
    assert [message.text.partition(":")[0] for message in told] == [
        "Not enough approvers could be asked"
    ]
    assert "nobody could be asked. The people I asked are no longer approvers" in told[0].text
    assert f"Please ask {ADA.email} to name another approver: grant WHO approver." in told[0].text
    assert (await world.row(code)).card_id == told[0].id
    (to_admin,) = direct_messages(world, ADA.email)
    assert "Please name an approver: grant WHO approver at Lyon." in to_admin

    await world.allow(Grant(ZOE, Role.APPROVER))
    await pass_by(world, TICK)
    assert ZOE in {card.email for card in cards(world)}
    assert world.messenger.posted[-1].text.startswith("Waiting for approval")


async def test_an_address_that_nobody_has_does_not_count_although_webex_takes_messages_to_it(
    world: RequestFixture,
):
    for grant in APPROVERS:
        await world.store.call(grants.revoke, grant)
    await world.allow(Grant(ZOE, Role.APPROVER))
    del world.people.emails["id-zoe"]
    shown = await confirm(world)
    assert f"Webex finds nobody with the address {ZOE}." in text_of(shown)
    assert [card.email for card in cards(world)] == [ZOE]  # it may still be read
    assert ZOE in direct_messages(world, ADA.email)[-1]

    world.people.emails["id-zoe"] = ZOE
    await pass_by(world, 120.0)
    assert world.messenger.posted[-1].text.startswith("Waiting for approval")
    assert [card.email for card in cards(world)] == [ZOE]


@pytest.mark.parametrize("problem", [Unavailable(503, "Down."), Forbidden(403, "No.")])
async def test_an_address_that_cannot_be_looked_up_counts(world: RequestFixture, problem):
    world.people.troubles = [problem, problem, problem]
    asked = await world.ask("create dect network", NETWORK)
    assert text_of(await world.press(asked, "confirm")).startswith("Waiting for approval")


@pytest.mark.parametrize("refusal", [NotFound(404, "Gone."), Forbidden(403, "Blocked.")])
async def test_approvers_whom_the_reminder_does_not_reach_are_reported(
    world: RequestFixture, refusal
):
    """Their account was deleted, or they blocked the bot, after they had got the card."""
    code = await code_of(await confirm(world))
    messenger(world).refusals = {ANA.email: refusal, LEA.email: refusal}
    await pass_by(world, 2 * HOURS + 60)
    (reminded,) = direct_messages(world, TOM.email)
    assert reminded.startswith(f"⏰ {code} still waits")
    assert "nobody could be asked" in reminded
    (to_admin,) = direct_messages(world, ADA.email)
    assert ANA.email in to_admin
    assert cards(world) == []
    messenger(world).refusals.clear()
    await pass_by(world, MAX_PAUSE)
    assert {card.email for card in cards(world)} == {ANA.email, LEA.email}


async def test_a_space_that_is_closed_when_it_is_reminded_is_reported(tmp_path: Path):
    async with worlds.world(
        tmp_path / "provbot.db", messenger=Counting(), approval_room=SPACE
    ) as world:
        await world.allow(*APPROVERS)
        await confirm(world)
        assert [card.place.room_id for card in cards(world) if card.place] == [SPACE]
        messenger(world).refusals = {SPACE: NotFound(404, "Deleted.")}
        await pass_by(world, 2 * HOURS + 60)
        assert {card.email for card in cards(world)} == {ANA.email, LEA.email}
        (text,) = direct_messages(world, ADA.email)
        assert "I cannot post in the approval space: it was deleted, or I was removed" in text
        assert direct_messages(world, TOM.email) == []  # enough people were asked


async def test_a_request_that_nobody_may_approve_is_told_to_admins_once_an_hour(tmp_path: Path):
    async with worlds.world(tmp_path / "provbot.db") as world:
        await world.allow(Grant("@example.com", Role.APPROVER))
        for _ in range(2):
            plan = await world.ask("create dect network", NETWORK)
            with pytest.raises(Refused, match=r"Please ask ada@example\.com to name another"):
                await world.press(plan, "confirm")
        (text,) = direct_messages(world, ADA.email)
        assert "too few people may give it" in text
        assert "I can ask @example.com only in an approval space" in text
        assert "grant WHO approver at Lyon" in text
        world.clock.now += HOURS
        plan = await world.ask("create dect network", NETWORK)
        with pytest.raises(Refused):
            await world.press(plan, "confirm")
        assert len(direct_messages(world, ADA.email)) == 2


@pytest.mark.parametrize(
    ("admins", "sentence"),
    [
        ([], "Please ask the operator of provbot to name another approver: provbot access add"),
        (
            ["Ada (ada@x.example)", "b@x.example"],
            "ask Ada (ada@x.example) or b@x.example to name",
        ),
    ],
)
def test_the_requester_is_told_whom_to_ask(admins, sentence):
    assert sentence in unreachable_approvers.advice(
        admins, unreachable_approvers.naming("delete device", POLICY)
    )


@pytest.mark.parametrize(
    ("operation", "accepted", "granting", "advice"),
    [
        ("tag", {Role.APPROVER, Role.ADMIN}, Decision.DO, "ask b@x.example to name another"),
        ("tag", {Role.APPROVER, Role.ADMIN}, Decision.DO, "approver: grant WHO approver."),
        ("tag", {Role.ENGINEER, Role.ADMIN}, Decision.DO, "approver: grant WHO engineer."),
        ("tag", {Role.ADMIN}, Decision.ASK, "operator of provbot to name"),
        ("tag", {Role.ADMIN}, Decision.ASK, "provbot access add WHO admin."),
        ("grant", {Role.ADMIN}, Decision.ASK, "provbot access add WHO admin."),
    ],
)
def test_the_advice_names_an_accepted_role_and_a_command_that_is_allowed(
    operation, accepted, granting, advice
):
    policy = {
        **POLICY,
        "grant": Rule({Role.ADMIN: granting}),
        operation: Rule({Role.ADMIN: granting}, approve=frozenset(accepted)),
    }
    naming = unreachable_approvers.naming(operation, policy)
    assert advice in unreachable_approvers.advice(["b@x.example"], naming)


def test_a_location_is_named_as_the_server_takes_it():
    assert unreachable_approvers.Naming(Role.ADMIN, in_chat=False).server_command("New York") == (
        "provbot access add WHO admin --location 'New York'"
    )


@pytest.mark.parametrize("problem", [Unavailable(503, "Down."), Unauthorized(401, "Stray.")])
async def test_a_short_outage_is_reported_to_the_requester_only(world: RequestFixture, problem):
    messenger(world).refusals = dict.fromkeys((ANA.email, LEA.email), problem)
    shown = await confirm(world)
    assert "nobody could be asked" in text_of(shown)
    assert "I will keep trying" in text_of(shown)
    assert direct_messages(world, ADA.email) == []
    messenger(world).refusals = {email: NotFound(404, "No.") for email in (ANA.email, LEA.email)}
    await pass_by(world, FIRST_PAUSE)
    assert len(direct_messages(world, ADA.email)) == 1


async def test_a_closed_space_is_reported_to_admins_and_approvers_are_asked(tmp_path: Path):
    async with worlds.world(
        tmp_path / "provbot.db", messenger=Counting(), approval_room=SPACE
    ) as world:
        await world.allow(*APPROVERS)
        messenger(world).refusals = {SPACE: Forbidden(403, "No member.")}
        shown = await confirm(world)
        assert text_of(shown).startswith("Waiting for approval")
        assert {card.email for card in cards(world)} == {ANA.email, LEA.email}
        (text,) = direct_messages(world, ADA.email)
        assert "the approval space" in text
        assert "Add me to the approval space again" in text


async def test_a_closed_space_of_a_domain_is_reported_to_requester_and_admins(tmp_path: Path):
    async with worlds.world(
        tmp_path / "provbot.db", messenger=Counting(), approval_room=SPACE
    ) as world:
        await world.allow(Grant("@example.com", Role.APPROVER))
        messenger(world).refusals = {SPACE: NotFound(404, "No such space.")}
        shown = await confirm(world)
        assert "nobody could be asked" in text_of(shown)
        (text,) = direct_messages(world, ADA.email)
        assert "set PROVBOT_APPROVAL_ROOM to another one" in text
        messenger(world).refusals.clear()
        await pass_by(world, FIRST_PAUSE)
        (card,) = cards(world)
        assert card.place
        assert card.place.room_id == SPACE


async def test_after_a_restart_attempts_stay_as_rare(world: RequestFixture):
    messenger(world).refusals = {email: NotFound(404, "No.") for email in (ANA.email, LEA.email)}
    await confirm(world)
    world.restart()
    mark = len(messenger(world).attempts)
    await world.approvals.recover()
    assert len(messenger(world).attempts) == mark + 4
    await pass_by(world, TICK)
    assert len(messenger(world).attempts) == mark + 4
    await pass_by(world, 600.0)
    assert len(messenger(world).attempts) < mark + 40
    assert len(direct_messages(world, ADA.email)) == 1


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (400, True),
        (403, True),
        (404, True),
        (410, True),
        (401, False),
        (423, False),
        (429, False),
        (500, False),
        (503, False),
        (504, False),
    ],
)
def test_a_refusal_is_distinguished_from_a_temporary_failure(status, refused):
    assert is_refused(WebexError(status, "…")) is refused


async def test_attempts_of_decided_requests_are_removed(world: RequestFixture):
    messenger(world).refusals = {LEA.email: NotFound(404, "No.")}
    shown = await confirm(world)
    await world.press(shown, "cancel")
    await pass_by(world, TICK)
    assert world.approvals.approval_requests._attempts == {}
