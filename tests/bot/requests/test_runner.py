"""Confirmed requests come to an end, once, whatever Webex does: every ending there is."""

import pytest
import stamina

from bot.core.errors import Conflict, Forbidden, RateLimited, Unavailable, Unreached, WebexError
from bot.core.models.webex import Device
from bot.requests.executor import MAX_SENDS, OUTCOME_UNCLEAR, SENT_TWICE
from bot.requests.revalidation import SECRETS_FORGOTTEN
from bot.requests.runs import CHECKING
from bot.requests.step_lookups import LOOKUP_DELAYS
from bot.store import requests as rows
from bot.store.database import instance
from tests.bot.requests.fixtures import DIRECT, ELI, GROUP, NETWORK, PHONE, RequestFixture
from tests.example_org import ANN, BOB, FREE_MAC, LOBBY, THIRD_PARTY
from tests.fake_calling import FakeCalling, LostAfter, lost

CODE = {"model": "8865", "owner": "ann@example.com"}


def phones(calling: FakeCalling) -> int:
    """How often the phone of these tests is there."""
    return sum(device.mac == FREE_MAC for device in calling.held)


async def test_a_success_is_done_and_told(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    row = await world.row(code)
    assert (row.state, row.told) == ("done", True)
    assert row.outcome
    assert (phones(world.calling), world.calling.changes) == (1, 1)
    (result,) = world.messenger.standing
    assert result.text.startswith("✓ Cisco 8865 D8:2E:3E:EF:4E:5C now belongs to Ann Alder")
    assert result.place == DIRECT
    assert world.clock.slept == []


async def test_progress_is_shown_at_once_and_removed_at_the_end(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    first = world.messenger.posted[0]
    assert first.text == f"⏳ {code}: Add a Cisco 8865 for Ann Alder …"
    assert world.messenger.removed == [first.id, "card-1"]


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (Conflict(409, "MAC Address is in use by another device", "T-1"), "already uses this MAC"),
        (WebexError(400, "Phones cannot be added to this user", "T-1"), "another phone"),
        (Forbidden(403, "No scope", "T-1"), "provbot doctor"),
        (RateLimited(429, "Slow down", "T-1", retry_after=60), "very busy"),
        (Unreached(503, "Webex cannot be reached.", "T-1"), "Nothing was changed"),
    ],
)
async def test_a_refusal_is_failed_and_told_with_the_tracking_id(
    world: RequestFixture, trouble, sentence
):
    world.calling.troubles = [trouble]
    code = await world.confirmed("add phone", PHONE)
    assert await world.state(code) == "failed"
    assert (phones(world.calling), world.calling.changes) == (0, 1)
    (answer,) = world.messenger.standing
    assert answer.text.startswith("Not done: Add a Cisco 8865 for Ann Alder")
    assert sentence in answer.text
    assert (
        f"Request {code} · Webex {trouble.status}: {trouble.message} · tracking id T-1"
        in answer.text
    )
    assert world.clock.slept == []


async def test_a_change_found_after_a_lost_answer_is_not_sent_again(world: RequestFixture):
    world.calling.troubles = [LostAfter()]
    shown = await world.ask("add phone", PHONE)
    await world.press(shown, "confirm")
    before = world.calling.freshened
    await world.rest()
    assert shown.request
    assert await world.state(shown.request.code) == "done"
    assert (phones(world.calling), world.calling.changes) == (1, 1)
    assert world.clock.slept == [0.0]
    assert world.calling.freshened == before + 1  # what was kept from before would not tell


async def test_a_change_that_appears_late_is_found_by_a_later_look_up(world: RequestFixture):
    world.calling.troubles = [lost()]
    late = Device(mac=FREE_MAC, person_id=ANN.id)
    world.clock.events[3] = lambda: world.calling.held.append(late)
    code = await world.confirmed("add phone", PHONE)
    assert await world.state(code) == "done"
    assert world.calling.changes == 1
    assert any(CHECKING in text for text in world.messenger.texts)


async def test_a_verified_absent_change_is_sent_once_more(world: RequestFixture):
    world.calling.troubles = [lost(), None]
    code = await world.confirmed("add phone", PHONE)
    assert await world.state(code) == "done"
    assert (phones(world.calling), world.calling.changes) == (1, 2)
    assert tuple(world.clock.slept) == LOOKUP_DELAYS
    assert sum(LOOKUP_DELAYS) >= 120  # a late change shows within two minutes


async def test_a_change_that_is_absent_twice_has_failed(world: RequestFixture):
    world.calling.troubles = [lost(), lost(), lost()]
    code = await world.confirmed("add phone", PHONE)
    assert await world.state(code) == "failed"
    assert (phones(world.calling), world.calling.changes) == (0, MAX_SENDS)
    assert SENT_TWICE in world.messenger.texts[-1]
    assert tuple(world.clock.slept) == (*LOOKUP_DELAYS, *LOOKUP_DELAYS)


async def test_a_refused_retry_has_failed(world: RequestFixture):
    world.calling.troubles = [lost(), Conflict(409, "No.")]
    code = await world.confirmed("add phone", PHONE)
    assert await world.state(code) == "failed"
    assert world.calling.changes == 2


async def test_an_activation_code_with_a_lost_answer_is_not_created_again(world: RequestFixture):
    world.calling.troubles = [LostAfter()]
    code = await world.confirmed("activation code", CODE)
    assert await world.state(code) == "failed"
    assert world.calling.changes == 1
    assert "Please ask for a new one" in world.messenger.texts[-1]


async def test_a_mac_that_another_owner_got_meanwhile_is_reported(world: RequestFixture):
    world.calling.troubles = [lost()]
    shown = await world.ask("add phone", PHONE)
    await world.press(shown, "confirm")
    world.calling.held.append(
        Device(mac=FREE_MAC, product="Cisco 8865", name="Bob", person_id=BOB.id)
    )
    await world.rest()
    assert shown.request
    assert await world.state(shown.request.code) == "failed"
    assert "in use by another device" in world.messenger.texts[-1]


async def test_a_phone_is_found_once_it_is_listed(world: RequestFixture):
    world.calling.troubles, world.calling.unlisted = [LostAfter()], {FREE_MAC}
    world.clock.events[4] = world.calling.unlisted.clear
    code = await world.confirmed("add phone", PHONE | {"model": "9861"})
    assert await world.state(code) == "done"
    assert (phones(world.calling), world.calling.changes) == (1, 1)


async def test_a_phone_that_is_never_listed_is_not_sent_again(world: RequestFixture):
    world.calling.troubles, world.calling.unlisted = [LostAfter()], {FREE_MAC}
    code = await world.confirmed("add phone", PHONE | {"model": "9861"})
    assert await world.state(code) == "failed"
    assert world.calling.changes == 1
    assert "its phone is not listed yet" in world.messenger.texts[-1]
    assert tuple(world.clock.slept) == LOOKUP_DELAYS


async def test_an_owner_deleted_before_the_look_up_is_reported(world: RequestFixture):
    world.calling.troubles = [lost()]
    world.calling.gate.clear()
    await started(world, "ann@example.com")
    world.calling.owners.remove(ANN)
    world.calling.gate.set()
    await world.rest()
    (row,) = await world.store.call(rows.planned, "id-tom", 1)
    assert (row.state, row.told) == ("failed", True)
    assert "I found no person" in world.messenger.texts[-1]


async def test_look_ups_with_malformed_answers_are_reported(world: RequestFixture):
    world.calling.troubles = [lost()]
    shown = await world.ask("add phone", PHONE)
    await world.press(shown, "confirm")
    world.calling.broken["devices_of"] = [KeyError("mac")] * len(LOOKUP_DELAYS)
    await world.rest()
    assert shown.request
    row = await world.row(shown.request.code)
    assert (row.state, row.told) == ("unknown", True)
    assert OUTCOME_UNCLEAR in world.messenger.texts[-1]


async def test_failed_look_ups_leave_the_request_unknown_and_say_so(world: RequestFixture):
    world.calling.troubles = [lost()]
    shown = await world.ask("add phone", PHONE)
    await world.press(shown, "confirm")
    for read in ("devices_of", "mac_state"):
        world.calling.broken[read] = [Unavailable(503, "No.")] * len(LOOKUP_DELAYS)
    await world.rest()
    assert shown.request
    assert await world.state(shown.request.code) == "unknown"
    assert world.calling.changes == 1
    assert OUTCOME_UNCLEAR in world.messenger.texts[-1]


async def test_absence_counts_only_after_the_last_look_up(world: RequestFixture):
    world.calling.troubles = [lost()]
    shown = await world.ask("add phone", PHONE)
    await world.press(shown, "confirm")
    for read in ("devices_of", "mac_state"):
        world.calling.broken[read] = [None] * (len(LOOKUP_DELAYS) - 1) + [Unavailable(503, "No.")]
    await world.rest()
    assert shown.request
    assert await world.state(shown.request.code) == "unknown"
    assert world.calling.changes == 1


async def test_an_unexpected_answer_is_looked_up(world: RequestFixture):
    world.calling.troubles = [KeyError("code")]
    code = await world.confirmed("create dect network", NETWORK, ELI)
    assert await world.state(code) == "done"
    assert world.calling.changes == 2
    assert [network.name for network in world.calling.dect.held].count("Hall") == 1


async def started(world: RequestFixture, *owners: str) -> None:
    """Confirm a phone for each and give all of them every chance to be sent."""
    for number, owner in enumerate(owners, 10):
        inputs = PHONE | {"mac": f"00:00:5E:00:53:{number}", "owner": owner}
        await world.press(await world.ask("add phone", inputs), "confirm")
    for _ in range(20 * len(owners)):
        await world.store.call(instance)  # before a change is sent, the store is asked


async def test_changes_for_one_owner_run_one_after_another(world: RequestFixture):
    world.calling.gate.clear()
    await started(world, *["ann@example.com"] * 5)
    assert world.calling.at_once == {ANN.key: 1}
    world.calling.gate.set()
    await world.rest()
    assert world.calling.changes == 5
    assert world.calling.most_at_once == {ANN.key: 1}


async def test_changes_for_different_owners_run_side_by_side(world: RequestFixture):
    world.calling.gate.clear()
    await started(world, "ann@example.com", "Lobby", "bob@example.com")
    assert world.calling.at_once == {ANN.key: 1, LOBBY.key: 1, BOB.key: 1}
    world.calling.gate.set()
    await world.rest()
    assert world.calling.changes == 3


async def test_undelivered_messages_delay_no_change(world: RequestFixture):
    world.messenger.gate.clear()
    await started(world, *["ann@example.com"] * 3)
    assert world.calling.changes == 3
    assert world.messenger.posted == []
    world.messenger.gate.set()


async def test_a_secret_result_goes_to_the_requester_alone(world: RequestFixture):
    await world.confirmed("activation code", CODE, place=GROUP)
    secret, public = world.messenger.standing
    assert (secret.email, secret.place) == ("tom@example.com", None)
    assert "5414 0112 5617 0000" in secret.text
    assert public.place == GROUP
    in_the_space = [message for message in world.messenger.posted if message.place]
    assert not any("5414" in str(message) for message in in_the_space)
    assert "sent to tom@example.com in a direct message" in public.text


async def test_in_a_direct_space_the_secret_is_posted_once(world: RequestFixture):
    code = await world.confirmed("activation code", CODE)
    (secret,) = world.messenger.standing
    assert secret.place == (await world.row(code)).place
    assert "5414 0112 5617 0000" in secret.text
    assert "5414" not in str(await world.row(code))


async def test_a_password_is_sent_and_then_forgotten(world: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    code = await world.confirmed("add phone", inputs)
    assert world.calling.passwords == {FREE_MAC: "hunter2!"}
    assert world.form_secrets.secrets(code) == {}
    assert "hunter2!" not in str(await world.row(code)) + str(world.messenger.posted)
    assert b"hunter2!" not in b"".join(file.read_bytes() for file in world.path.parent.iterdir())


async def test_telling_the_result_is_retried_until_it_succeeds(world: RequestFixture):
    world.messenger.troubles = [None, Unavailable(503, "No."), Unavailable(503, "No.")]
    with stamina.set_testing(True, attempts=5, cap=False):
        code = await world.confirmed("add phone", PHONE)
    assert (await world.row(code)).told
    assert world.messenger.texts[-1].startswith("✓")


async def test_a_failed_progress_message_stops_nothing(world: RequestFixture):
    world.messenger.troubles = [Unavailable(503, "No.")]
    code = await world.confirmed("add phone", PHONE)
    assert await world.state(code) == "done"
    assert len(world.messenger.posted) == 1


async def test_a_lost_secret_is_not_sent_as_an_empty_one(world: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    shown = await world.ask("add phone", inputs)
    assert shown.request
    await world.put(shown, "approved")
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert await world.state(shown.request.code) == "cancelled"
    assert SECRETS_FORGOTTEN in world.messenger.texts[-1]
    assert world.calling.changes == 0


async def test_the_lock_of_an_owner_is_removed_after_use(world: RequestFixture):
    await world.confirmed("add phone", PHONE)
    assert len(world.runner.executor._subjects) == 0
