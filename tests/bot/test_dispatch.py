"""From the event to the answer: nothing that happens leaves a person without one."""

import asyncio
import json
from typing import Any

import pytest

from bot.chat.events import JOINED, Event
from bot.core.errors import Unavailable
from bot.core.models.audit import AuditEntry
from bot.core.models.mac import show_mac
from bot.core.models.people import Grant, Place, Role, Sender
from bot.dispatch import WELCOME
from bot.store import audit
from bot.webex.messaging import key_of
from tests.bot.requests.fixtures import ADA, NETWORK, PHONE, SAM, TOM, VERA
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, room_of
from tests.bot.requests.strategies import ANA, LEA
from tests.cards import rules
from tests.example_org import ANNS_PHONE
from tests.fake_messenger import PostedMessage


async def presses(
    harness: DispatchHarness, sender: Sender, room: str = "", card: str = "msg-1", **inputs: Any
) -> list[PostedMessage]:
    """What is answered to a press."""
    return await harness.presses(sender, inputs, room, card)


async def asked(harness: DispatchHarness) -> str:
    """The code of a network that waits for approval."""
    (form,) = await harness.says(TOM, "create dect network Hall at Lyon")
    (plan,) = await presses(
        harness, TOM, card=form.id, **rules.button(form.card or {}, "Continue"), **NETWORK
    )
    await presses(harness, TOM, card=plan.id, **rules.button(plan.card or {}, "Confirm"))
    return str(rules.button(plan.card or {}, "Confirm")["request"])


def denials(harness: DispatchHarness) -> list[AuditEntry]:
    """What the trail says of them."""
    return [entry for entry in audit.entries(harness.db) if entry.action == "denied"]


async def test_typed_approve_does_what_the_button_does(harness: DispatchHarness):
    code = await asked(harness)
    assert await harness.says(ANA, f"approve {code.lower()}:")
    assert await harness.state(code) == "done"


@pytest.mark.parametrize("text", ["reject {} because it is too dear", "reject #{}: it is too dear"])
async def test_typed_reject_takes_the_reason(harness: DispatchHarness, text):
    code = await asked(harness)
    heard = await harness.says(LEA, text.format(code))
    assert "“it is too dear”" in heard[0].text
    assert await harness.state(code) == "rejected"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("approve ZZZZ", "There is no request ZZZZ"),
        ("approve all", "There is no request ALL"),
        ("approve {} and 7K3F", "one request at a time: approve {}, then approve 7K3F."),
        ("reject", "give a reason"),
        ("reject please", "give a reason"),
        ("reject {}", "give a reason"),
        ("reject {} because", "give a reason"),
    ],
)
async def test_an_impossible_decision_is_answered(harness: DispatchHarness, text, sentence):
    code = await asked(harness)
    (heard,) = await harness.says(ANA, text.format(code))
    assert sentence.format(code) in heard.text
    assert await harness.state(code) == "waiting"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("approve request {}", "done"),
        ("approve {} please", "done"),
        ("approve", "done"),
        ("approve it please", "done"),
        ("deny {} because 7K3F is cheaper", "rejected"),
        ("decline request {} because it is too dear", "rejected"),
        ("reject because 7K3F is cheaper", "rejected"),
    ],
)
async def test_a_decision_finds_its_request(harness: DispatchHarness, text, state):
    code = await asked(harness)
    await harness.says(ANA, text.format(code))
    assert await harness.state(code) == state


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_a_decision_without_a_code_asks_which_of_several(harness: DispatchHarness, verb):
    assert "No request waits" in (await harness.says(ANA, f"{verb} because no"))[0].text
    codes = [await asked(harness), await asked(harness)]
    (heard,) = await harness.says(ANA, f"{verb} because no")
    for code in codes:
        assert f"{verb} {code} (Create the DECT network Hall" in heard.text
        assert await harness.state(code) == "waiting"
    assert heard.text.endswith("because …") == (verb == "reject")


@pytest.mark.parametrize("text", ["approve", "reject because it is too dear"])
async def test_nobody_decides_without_a_code_on_a_plan_that_they_have_not_seen(
    harness: DispatchHarness, text
):
    code = await asked(harness)
    late = Sender("id-zoe", "zoe@example.com")
    await harness.allow(Grant(late.email, Role.APPROVER))
    (card, heard) = await harness.says(late, text)
    assert card.email == late.email
    assert rules.buttons(card.card or {}) == ["Approve", "Reject"]
    assert f"Nothing was decided on {code} yet" in heard.text
    assert await harness.state(code) == "waiting"
    await harness.says(late, text)
    assert await harness.state(code) != "waiting"


async def test_typed_confirm_does_what_the_button_does(harness: DispatchHarness):
    (plan,) = await harness.says(TOM, f"add phone {PHONE['mac']} 8865 for ann@example.com")
    code = str(rules.button(plan.card or {}, "Confirm")["request"])
    assert plan.text.endswith(f"Or type: confirm {code}, cancel {code}")
    (refused,) = await harness.says(ADA, f"confirm {code}")
    assert "Only the person who asked for it can confirm" in refused.text
    heard = await harness.says(TOM, f"confirm {code.lower()} please")
    assert await harness.state(code) == "done"
    assert heard[-1].text.startswith("✓")
    assert plan not in harness.messenger.standing
    (undo,) = await harness.says(TOM, "undo")
    assert undo.text.startswith("Delete the Cisco 8865 of Ann Alder")


async def test_yes_confirms_and_approves_nothing(harness: DispatchHarness):
    code = await asked(harness)
    for word in ("yes", "ok", "👍", "go ahead"):
        (heard,) = await harness.says(ANA, word)
        assert f"type: approve {code}" in heard.text
    assert await harness.state(code) == "waiting"


async def test_the_card_of_an_approver_decides(harness: DispatchHarness):
    code = await asked(harness)
    card = next(message for message in harness.messenger.posted if message.email == LEA.email)
    assert await presses(harness, LEA, card=card.id, **rules.button(card.card or {}, "Approve"))
    assert card.id in harness.messenger.removed
    assert await harness.state(code) == "done"


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("  too \n dear\u202e ", "too dear"),
        (["x"], "['x']"),
        (7, "7"),
        ("x" * 999, "x" * 299 + "…"),
    ],
)
async def test_a_reason_from_a_card_is_cleaned(harness: DispatchHarness, reason, kept):
    code = await asked(harness)
    await presses(harness, ANA, request=code, press="reject", reason=reason)
    (entry,) = [row for row in audit.entries(harness.db) if row.action == "reject"]
    assert json.loads(entry.detail)["reason"] == kept


async def test_a_press_is_authorized_by_the_person_who_presses(harness: DispatchHarness):
    code = await asked(harness)
    for who in (TOM, VERA, ADA):
        (heard,) = await presses(harness, who, room=GROUP_ROOM, request=code, press="approve")
        assert heard.email == who.email  # nobody else in the space needs to read it
    assert await harness.state(code) == "waiting"


@pytest.mark.parametrize(
    ("who", "why"), [(SAM, "not on the list"), (VERA, "does not allow “add phone”")]
)
async def test_denied_attempts_are_in_the_audit_trail(harness: DispatchHarness, who, why):
    (heard,) = await harness.says(who, "add phone")
    (entry,) = denials(harness)
    assert (entry.actor_id, entry.actor, entry.request) == (who.person_id, who.email, "")
    assert list(json.loads(entry.detail)) == ["why"]
    assert why in entry.detail
    assert heard.text == f"{json.loads(entry.detail)['why']} The admin is {ADA.email}."


@pytest.mark.parametrize("added", ["", "\ud800", "\n", "\x00", " "])
async def test_a_denied_press_with_any_code_is_answered_and_recorded(
    harness: DispatchHarness, added
):
    code = await asked(harness)
    (heard,) = await presses(harness, SAM, request=code + added, press="approve")
    assert "not on the list" in heard.text
    (entry,) = denials(harness)
    assert entry.request == code


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"request": ""},
        {"request": None, "press": "approve"},
        {"request": {"a": 1}, "press": ["approve"]},
        {"request": "7K3F", "press": "approve", "version": "x" * 5000},
        {"request": "\ud800", "press": "confirm", "version": "²"},
        {"say": "\ud800"},
        {"say": {"a": "b"}},
        {"say": "approve " + "x" * 5000},
    ],
)
async def test_every_submission_of_a_card_is_answered(harness: DispatchHarness, inputs):
    heard = await presses(harness, ANA, **inputs)
    assert len(heard) == 1
    assert "Something went wrong in provbot" not in heard[0].text
    assert harness.unhandled() == set()


async def test_the_same_event_twice_is_answered_once(harness: DispatchHarness):
    code = await asked(harness)
    mark = len(harness.messenger.posted)
    event = harness.typed(VERA, f"approve {code}", room_of(VERA))
    assert await harness.live(harness.inbox.take(event), harness.inbox.take(event))
    assert len(harness.heard_since(mark, VERA, room_of(VERA))) == 1


async def test_approvals_and_requests_are_listed(harness: DispatchHarness):
    code = await asked(harness)
    (mine,) = await harness.says(TOM, "requests")
    (theirs,) = await harness.says(LEA, "approvals")
    (nobodys,) = await harness.says(VERA, "approvals")
    (single,) = await harness.says(TOM, f"request {code}")
    assert f"{code} · waits for approval · just now" in mine.text
    assert f"{code} · until " in theirs.text
    assert "State: waiting" in single.text
    assert code not in nobodys.text


async def test_waiting_requests_about_devices_are_told_apart_by_the_mac(harness: DispatchHarness):
    (plan,) = await harness.says(TOM, f"delete device {ANNS_PHONE.mac}")
    await presses(harness, TOM, card=plan.id, **rules.button(plan.card or {}, "Confirm"))
    (waiting,) = await harness.says(ANA, "approvals")
    assert f"of Ann Alder, {show_mac(ANNS_PHONE.mac)} · {TOM.email}" in waiting.text


@pytest.mark.parametrize(
    ("text", "title"), [("access", "Who may do what"), ("audit", "Audit trail")]
)
async def test_admins_can_list_access_and_the_audit_trail(harness: DispatchHarness, text, title):
    (heard,) = await harness.says(ADA, text)
    assert heard.text.startswith(title)
    (refused,) = await harness.says(TOM, text)
    assert f"does not allow “{text}”" in refused.text


@pytest.mark.parametrize(
    "text", ["access", "audit", "grant zoe@example.com viewer", f"revoke {TOM.email} viewer"]
)
async def test_an_admin_of_a_location_neither_sees_nor_changes_others(
    harness: DispatchHarness, text
):
    await harness.allow(Grant(SAM.email, Role.ADMIN, "Lyon"))
    before = await harness.authorization.allowlist.grants()  # type: ignore[union-attr]
    for heard in [await harness.says(SAM, text), await presses(harness, SAM, say=text)]:
        (answer,) = heard
        assert "(admin at Lyon) does not allow" in answer.text
        assert "for the whole organization" in answer.text
        assert TOM.email not in answer.text.replace(text, "")
    assert await harness.authorization.allowlist.grants() == before  # type: ignore[union-attr]
    assert len(denials(harness)) == 2


async def test_an_admin_of_a_location_is_not_offered_global_commands(harness: DispatchHarness):
    await harness.allow(Grant(SAM.email, Role.ADMIN, "Lyon"))
    (heard,) = await harness.says(SAM, "whoami")
    assert "add phone" in heard.text
    assert "audit" not in heard.text


async def test_a_revoked_role_is_lost_at_the_next_press(harness: DispatchHarness):
    code = await asked(harness)
    (form,) = await harness.says(ADA, f"revoke {ANA.email} approver")
    await presses(harness, ADA, card=form.id, **rules.button(form.card or {}, "Confirm"))
    (heard,) = await presses(harness, ANA, request=code, press="approve")
    assert "not on the list" in heard.text
    assert Grant(ANA.email, Role.APPROVER) not in await harness.authorization.grants_or_none(ANA)


async def test_sixty_simultaneous_decisions_are_all_answered(harness: DispatchHarness):
    people = [Sender(f"id-p{number}", f"p{number}@example.org") for number in range(60)]
    await harness.allow(*(Grant(person.email, Role.APPROVER) for person in people))
    code = await asked(harness)
    mark = len(harness.messenger.posted)
    events = [harness.typed(person, f"approve {code}", room_of(person)) for person in people]
    async with asyncio.timeout(60):
        assert await harness.live(*(harness.inbox.take(event) for event in events))
    for person in people:
        assert harness.heard_since(mark, person, room_of(person)), person
    assert await harness.state(code) == "done"
    assert [network.name for network in harness.calling.dect.held].count("Hall") == 1


async def test_an_outage_of_webex_is_reported_with_its_tracking_id(harness: DispatchHarness):
    harness.calling.broken["devices"] = [Unavailable(503, "Down.", "T-7")]
    (heard,) = await harness.says(VERA, "devices")
    assert heard.text.startswith("That did not work")
    assert "T-7" in heard.text


async def test_an_unexpected_error_is_reported_with_its_place_in_the_log(harness: DispatchHarness):
    harness.calling.broken["devices"] = [KeyError("displayName")]
    (heard,) = await harness.says(VERA, "devices")
    assert heard.text.startswith("Something went wrong in provbot, and nothing more was done.")
    assert "said-1" in heard.text
    assert harness.unhandled() == set()


async def test_a_space_that_adds_the_bot_is_greeted(harness: DispatchHarness):
    event = Event("w-1", JOINED, "uuid-of-room", "id-tom", direct=False, host="")
    assert await harness.live(harness.inbox.take(event))
    (welcome,) = harness.messenger.posted
    assert welcome.text == WELCOME.format(things="phones, activation codes and DECT networks")
    assert welcome.place
    assert key_of(welcome.place.room_id) == "uuid-of-room"


async def test_in_a_group_space_a_press_is_answered_in_its_requests_thread(
    harness: DispatchHarness,
):
    event = harness.typed(TOM, "add phone", GROUP_ROOM)
    assert await harness.live(harness.inbox.take(event))
    form = harness.messenger.posted[-1]
    assert form.place
    assert form.place.thread_id
    (answer,) = await presses(
        harness, TOM, GROUP_ROOM, form.id, **rules.button(form.card or {}, "Cancel")
    )
    assert answer.place == form.place


@pytest.mark.parametrize(("parent", "thread"), [("root", "root"), (None, None)])
async def test_a_press_without_a_request_is_answered_beside_the_card(
    harness: DispatchHarness, parent, thread
):
    harness.messages.kept["msg-7"] = {"id": "msg-7", "parentId": parent}
    (answer,) = await presses(harness, TOM, GROUP_ROOM, "msg-7", say="help")
    assert answer.place == Place(GROUP_ROOM, direct=False, thread_id=thread)


async def test_a_card_that_cannot_be_read_is_answered_in_the_space(harness: DispatchHarness):
    harness.messages.strict = True
    (answer,) = await presses(harness, TOM, GROUP_ROOM, "msg-gone", say="help")
    assert answer.place == Place(GROUP_ROOM, direct=False)
