"""Who acts is the account as Webex has it now: not an address, and not what was known before."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.audit import moment
from bot.core.errors import Forbidden, NotFound, Unauthorized, Unavailable
from bot.core.models.people import Grant, Role, Sender
from bot.dispatch import Dispatch
from bot.domain.identity import CACHE_LIFETIME
from bot.requests import allowlist
from bot.requests.strangers import HOUR
from bot.store import audit, grants
from bot.webex.messaging import public_id
from tests.bot.requests.approving import APPROVERS, BOTH
from tests.bot.requests.fixtures import ADA, ELI, NETWORK, ROLES, TOM, VERA
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, opened, room_of
from tests.bot.requests.strategies import ANA, LEA
from tests.cards import rules
from tests.example_org import FREE_MAC
from tests.fake_messenger import PostedMessage
from tests.fake_people import OTHER_ORG

ADD = f"add phone {FREE_MAC} 8865 for ann@example.com"
STRANGER, UNCHECKED = (
    "not on the list",
    "I cannot check who you are at the moment. Nothing was changed.",
)
ANOTHER = "belong to another Webex account"
REFUSALS = [Unauthorized(401, ""), Forbidden(403, ""), NotFound(404, ""), Unavailable(503, "")]
ZOE = Sender("id-zoe", "zoe@example.com")


def staged(path: Path, **settings: Any) -> DispatchHarness:
    return DispatchHarness(path / "provbot.db", **settings)


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[DispatchHarness]:
    """With everybody on the list, and two approvers where two are needed."""
    async with opened(tmp_path / "provbot.db", *ROLES, *APPROVERS, policy=BOTH) as made:
        yield made


async def says(harness: DispatchHarness, sender: Sender, text: str) -> PostedMessage:
    return answer(await harness.says(sender, text))


def answer(heard: list[PostedMessage]) -> PostedMessage:
    """The first message that is not a progress message."""
    return next(message for message in heard if not message.text.startswith("⏳"))


async def presses(
    harness: DispatchHarness, sender: Sender, room: str = "", **inputs: Any
) -> PostedMessage:
    return answer(await harness.presses(sender, inputs, room))


def button(card: PostedMessage, title: str) -> dict[str, Any]:
    return rules.button(card.card or {}, title)


async def waiting(harness: DispatchHarness) -> str:
    """The code of a network that waits for two approvals."""
    form = await says(harness, TOM, "create dect network Hall at Lyon")
    plan = await presses(harness, TOM, **button(form, "Continue"), **NETWORK)
    await presses(harness, TOM, **button(plan, "Confirm"))
    return str(button(plan, "Confirm")["request"])


def renamed(harness: DispatchHarness, sender: Sender) -> None:
    """Their address is another one from now on, on no list."""
    harness.people.emails[sender.person_id] = f"{sender.person_id}@gone.example"


def denied(harness: DispatchHarness) -> list[str]:
    return [entry.actor for entry in audit.entries(harness.db) if entry.action == "denied"]


# An address that has changed


@pytest.mark.parametrize("kind", ["confirm", "cancel", "undo", "again", "stop"])
async def test_a_press_counts_for_the_address_that_the_account_has_now(
    harness: DispatchHarness, kind
):
    plan = await says(harness, TOM, ADD)
    renamed(harness, TOM)
    heard = await presses(harness, TOM, **button(plan, "Confirm") | {"press": kind})
    assert STRANGER in heard.text or kind == "cancel"  # one may always take back one's own
    assert harness.calling.changes == 0


@pytest.mark.parametrize("text", ["approve {}", "reject {} because no"])
@pytest.mark.parametrize("how", ["typed", "said by a card", "pressed"])
async def test_a_decision_counts_for_the_address_that_the_account_has_now(
    harness: DispatchHarness, text, how
):
    code = await waiting(harness)
    renamed(harness, ANA)
    verb = text.split()[0]
    match how:
        case "typed":
            heard = await says(harness, ANA, text.format(code))
        case "said by a card":
            heard = await presses(harness, ANA, say=text.format(code))
        case _:
            heard = await presses(harness, ANA, request=code, press=verb, reason="no")
    assert STRANGER in heard.text
    assert denied(harness) == ["id-ana@gone.example"]
    assert await harness.state(code) == "waiting"


async def test_a_pressed_question_uses_the_cached_address(harness: DispatchHarness):
    assert "Who may do what" in (await presses(harness, ADA, say="access")).text
    renamed(harness, ADA)
    harness.clock.now += CACHE_LIFETIME
    assert STRANGER in (await presses(harness, ADA, say="access")).text


async def test_a_request_is_not_run_if_its_account_has_another_address_now(
    harness: DispatchHarness,
):
    code = await waiting(harness)
    await says(harness, ANA, f"approve {code}")
    renamed(harness, TOM)
    await says(harness, LEA, f"approve {code}")
    assert await harness.state(code) == "cancelled"
    assert harness.calling.changes == 0


async def test_an_approval_does_not_count_if_its_account_has_another_address_now(
    harness: DispatchHarness,
):
    code = await waiting(harness)
    await says(harness, ANA, f"approve {code}")
    renamed(harness, ANA)
    heard = await says(harness, LEA, f"approve {code}")
    assert "is no longer allowed to approve this" in heard.text
    assert harness.calling.changes == 0


@pytest.mark.parametrize("who", [TOM, ANA])
async def test_a_deleted_account_does_not_block_a_decision(harness: DispatchHarness, who):
    code = await waiting(harness)
    await says(harness, ANA, f"approve {code}")
    harness.people.deleted.add(who.person_id)
    heard = await says(harness, LEA, f"approve {code}")
    assert f"{who.email} is no longer allowed" in heard.text
    assert await harness.state(code) == "cancelled"
    assert harness.calling.changes == 0


# Webex does not say who it is


@pytest.mark.parametrize("problem", REFUSALS)
@pytest.mark.parametrize("kind", ["confirm", "approve", "reject", "cancel"])
async def test_nothing_is_done_while_the_account_cannot_be_read(
    harness: DispatchHarness, problem, kind
):
    code = await waiting(harness)
    plan = await says(harness, TOM, ADD)
    harness.people.troubles = [problem] * 3
    if kind == "confirm":
        heard = await presses(harness, TOM, **button(plan, "Confirm"))
    else:
        who = TOM if kind == "cancel" else ANA
        heard = await says(harness, who, f"{kind} {code} because")
    assert heard.text.startswith(UNCHECKED)
    assert await harness.state(code) == "waiting"
    assert harness.calling.changes == 0
    assert denied(harness) == []
    assert harness.unhandled() == set()


@pytest.mark.parametrize("answer", [{}, {"emails": []}, {"emails": [None]}])
async def test_nothing_is_done_if_the_answer_names_no_person(harness: DispatchHarness, answer):
    plan = await says(harness, TOM, ADD)
    harness.people.malformed[TOM.person_id] = answer
    assert (await presses(harness, TOM, **button(plan, "Confirm"))).text.startswith(UNCHECKED)
    assert harness.calling.changes == 0


async def test_the_message_names_the_requester_that_could_not_be_read(harness: DispatchHarness):
    code = await waiting(harness)
    harness.people.troubles = [None, *REFUSALS[1:2] * 2]  # the presser is read first
    heard = await says(harness, ANA, f"approve {code}")
    assert heard.text.startswith(f"I cannot check who {TOM.email} is at the moment.")
    assert await harness.state(code) == "waiting"


async def test_one_malformed_answer_blocks_nobody(harness: DispatchHarness):
    plan = await says(harness, TOM, ADD)
    harness.people.troubles = [Forbidden(403, "")]
    await presses(harness, TOM, **button(plan, "Confirm"))
    assert harness.calling.phone(FREE_MAC)


async def test_a_typed_question_needs_no_look_up_of_the_account(harness: DispatchHarness):
    harness.people.troubles = [*REFUSALS]
    assert "Roles" in (await says(harness, TOM, "whoami")).text
    assert "8865" in (await says(harness, TOM, ADD)).text
    assert harness.people.read == []


@pytest.mark.parametrize("troubles", [[], REFUSALS[1:2] * 9])
async def test_presses_from_before_a_restore_are_not_acted_on(harness: DispatchHarness, troubles):
    plan = await says(harness, TOM, ADD)
    event = harness.pressed(TOM, button(plan, "Confirm"), room_of(TOM), plan.id)
    harness.messages.kept[public_id("ATTACHMENT_ACTION", event.id)]["created"] = moment(
        harness.clock()
    )
    dispatch = harness.inbox.handler
    assert isinstance(dispatch, Dispatch)
    restored = replace(dispatch.late_events, act_after=harness.clock() + 60)
    object.__setattr__(dispatch, "late_events", restored)
    harness.people.troubles = [*troubles]
    assert await harness.live(harness.inbox.take(event))
    assert harness.calling.changes == 0
    assert await harness.state(str(button(plan, "Confirm")["request"])) == "draft"


# Another account with the same address


def again(sender: Sender) -> Sender:
    """Their account, deleted and made again."""
    return replace(sender, person_id=f"{sender.person_id}-2")


@pytest.mark.parametrize("text", ["help", "access", ADD, "grant x@example.com admin"])
async def test_another_account_with_the_address_does_not_inherit_its_roles(
    harness: DispatchHarness, text
):
    await says(harness, ADA, "whoami")
    assert ANOTHER in (await says(harness, again(ADA), text)).text
    harness.clock.now += HOUR
    assert ANOTHER in (await presses(harness, again(ADA), say=text)).text
    assert denied(harness) == [ADA.email] * 2


async def test_the_admins_are_told_of_another_account_once(harness: DispatchHarness):
    await harness.allow(Grant(ELI.email, Role.ADMIN))
    for sender in (ADA, again(ADA), again(ADA)):
        harness.clock.now += HOUR
        await says(harness, sender, "whoami")
    notified = [
        message.email
        for message in harness.messenger.posted
        if "not from the Webex account that holds" in message.text
    ]
    assert notified == [ELI.email]


@pytest.mark.parametrize("how", ["add", "remove and add"])
async def test_a_renewed_grant_is_for_the_next_account_with_the_address(
    harness: DispatchHarness, how
):
    await says(harness, VERA, "whoami")
    assert ANOTHER in (await says(harness, again(VERA), "whoami")).text
    grant = Grant(VERA.email, Role.VIEWER)
    if how != "add":
        await harness.store.call(allowlist.remove, grant, ADA, request="", now=1.0)
    await harness.store.call(allowlist.add, grant, ADA, request="", now=1.0)
    assert "viewer" in (await says(harness, again(VERA), "whoami")).text
    assert ANOTHER in (await says(harness, VERA, "whoami")).text


async def test_another_account_with_the_address_is_no_second_approver(harness: DispatchHarness):
    await harness.allow(
        Grant("@example.com", Role.APPROVER), Grant("bob@example.com", Role.APPROVER)
    )
    await harness.store.call(grants.revoke, APPROVERS[0])
    code = await waiting(harness)
    await says(harness, ANA, f"approve {code}")  # brings the card: nobody asked her
    assert "Noted" in (await says(harness, ANA, f"approve {code}")).text
    for other in (
        again(ANA),
        Sender("id-x", "Ana+1@example.com"),
        replace(ANA, email="a@example.com"),
    ):
        harness.people.emails[other.person_id] = other.email
        assert "You have decided on" in (await says(harness, other, f"approve {code}")).text
    assert await harness.state(code) == "waiting"
    harness.people.emails[ANA.person_id] = ANA.email
    for _ in range(2):  # the first brings the card
        await says(harness, ZOE, f"approve {code}")
    assert await harness.state(code) == "done"


async def test_an_alias_of_the_requester_does_not_approve(harness: DispatchHarness):
    await harness.allow(Grant("@example.com", Role.APPROVER))
    code = await waiting(harness)
    for alias in ("tom+1@example.com", "Tom+a+b@Example.com"):
        heard = await says(harness, Sender("id-alias", alias), f"approve {code}")
        assert "is your own request" in heard.text
    assert await harness.state(code) == "waiting"


# Roles of a whole domain


@pytest.mark.parametrize(
    ("guests", "org", "let_in"),
    [
        (False, "org-own", True),
        (False, OTHER_ORG, False),
        (False, None, False),
        (True, OTHER_ORG, True),
        (True, None, True),
    ],
)
async def test_a_role_of_a_domain_holds_in_our_own_organization(tmp_path, guests, org, let_in):
    harness = staged(tmp_path, guests=guests)
    await harness.allow(Grant("@example.com", Role.TECHNICIAN))
    harness.people.orgs[ZOE.person_id] = org
    for doing in (
        lambda: says(harness, ZOE, "whoami"),
        lambda: says(harness, ZOE, ADD),
        lambda: presses(harness, ZOE, say="whoami"),
        lambda: presses(harness, ZOE, GROUP_ROOM, say="add phone"),
    ):
        harness.clock.now += HOUR  # strangers are answered once in an hour
        assert (STRANGER not in (await doing()).text) is let_in
    harness.store.close()


async def test_without_a_known_organization_a_domain_role_holds_in_all(tmp_path):
    harness = staged(tmp_path)
    object.__setattr__(harness.identities, "own", frozenset())
    await harness.allow(Grant("@example.com", Role.VIEWER))
    harness.people.orgs[ZOE.person_id] = OTHER_ORG
    assert "viewer" in (await says(harness, ZOE, "whoami")).text
    assert harness.people.read == []
    harness.store.close()


@pytest.mark.parametrize("problem", REFUSALS)
async def test_personal_grants_hold_if_the_organization_cannot_be_read(tmp_path, problem):
    harness = staged(tmp_path)
    await harness.allow(Grant("@example.com", Role.ENGINEER), Grant(VERA.email, Role.VIEWER))
    harness.people.troubles = [problem] * 2
    assert (await says(harness, ZOE, "whoami")).text.startswith(UNCHECKED)
    harness.people.troubles = [problem] * 2
    heard = await says(harness, VERA, "whoami")
    assert "viewer" in heard.text
    assert "engineer" not in heard.text
    harness.store.close()
