"""The sentences and cards about what has registered, or has not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.models.followed import FollowedDevice, FollowKind, FollowState, FollowTarget
from bot.core.models.local_time import utc
from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request
from bot.requests import following_views as views
from bot.requests.following_views import Unasked
from cards import render

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC).timestamp()
REGISTERED, WAITING, GONE = FollowState.REGISTERED, FollowState.WAITING, FollowState.GONE
EXPIRED, LOST = FollowState.EXPIRED, FollowState.LOST
REQUEST = Request(
    code="QH4A", state="done", version=1, operation="activation code", event_id="e",
    requester=Sender("id-tom", "tom@example.com"), place=Place("room", direct=True), inputs={},
    plan={"facts": [["Phone", "Cisco 8865"], ["For", "Bob Keller (bob@example.com)"]]},
    created_at=NOW, changed_at=NOW, changed_by="tom@example.com",
)  # fmt: skip


def device(
    number: int = 1, state: FollowState = WAITING, took: float = 360, **target: Any
) -> FollowedDevice:
    """Added an hour ago; it got its state `took` seconds later."""
    values: dict[str, Any] = {
        "kind": FollowKind.PHONE,
        "name": "Cisco 8865",
        "model": "8865",
        "owner": "PEOPLE:1",
        "owner_name": "Bob Keller",
        "mac": f"D82E3EEF4E{number:02X}",
    }
    return FollowedDevice(
        request="QH4A", step=f"row {number}", target=FollowTarget(**(values | target)),
        since=NOW - 3600, state=state, changed_at=NOW - 3600 + took,
    )  # fmt: skip


def code(number: int = 1, state: FollowState = WAITING, **more: Any) -> FollowedDevice:
    target = {"kind": FollowKind.CODE, "mac": "", "expires": "2026-12-30T01:52:00Z"} | more
    return device(number, state, **target)


def base(number: int = 1, state: FollowState = WAITING, **more: Any) -> FollowedDevice:
    target = {"kind": FollowKind.BASE, "owner": "", "owner_name": "", "network": "net-1"}
    return device(number, state, **(target | {"network_name": "Plant"} | more))


def text(card: Any) -> str:
    return render.to_text(card)


def says(card: Any) -> dict[str, str]:
    """What the buttons of a card type, by their titles."""
    actions = render.to_content(card).get("actions", [])
    return {action["title"]: action["data"]["say"] for action in actions}


@pytest.mark.parametrize(
    ("followed", "sentence"),
    [
        (device(), "✓ Bob Keller's 8865 is registered, 6 minutes after it was added."),
        (
            device(owner="PLACE:2", owner_name="Lobby Lyon", took=40),
            "✓ The 8865 of Lobby Lyon is registered, 40 seconds after it was added.",
        ),
        (
            code(took=720),
            "✓ Bob Keller's 8865 is registered, 12 minutes after the code was made.",
        ),
        (
            base(),
            "✓ The base station D8:2E:3E:EF:4E:01 of Plant is in use: a handset registered at it,"
            " 6 minutes after it was added.",
        ),
    ],
)
def test_what_registered_is_told_with_how_long_it_took(followed: FollowedDevice, sentence: str):
    assert views.registered(followed) == sentence


def test_a_late_phone_is_told_with_what_to_check():
    card = views.late(REQUEST, device(), utc(NOW), None)

    shown = text(card)
    assert shown.startswith("Not registered yet: Bob Keller's 8865\nRequest QH4A\n")
    assert "Webex has not heard of it for 60 minutes." in shown
    for word in ("PoE", "VLAN", "DHCP: do options 66 and 160"):
        assert word in shown
    assert "11.2.3MSR1" not in shown  # that is for codes
    assert says(card) == {"Still not there?": "device D8:2E:3E:EF:4E:01"}


def test_a_late_code_is_told_with_its_validity_and_a_button_for_another():
    card = views.late(REQUEST, code(), utc(NOW), None)

    shown = text(card)
    assert "Nobody has typed the code yet. It is valid until 30 December, 01:52 UTC." in shown
    assert "11.2.3MSR1" in shown
    assert says(card) == {
        "Still not there?": "followed QH4A",
        "New code": "activation code Cisco 8865 for bob@example.com",
    }


def test_a_new_code_for_a_room_device_of_a_workspace():
    facts = [["Device", "any Room, Board or Desk device"], ["For", "Boardroom (workspace)"]]
    request = REQUEST.model_copy(update={"plan": {"facts": facts}})
    followed = code(model="", owner="PLACE:2", owner_name="Boardroom")

    card = views.late(request, followed, utc(NOW), None)

    assert text(card).startswith("Not registered yet: the room device of Boardroom\n")
    assert says(card)["New code"] == "activation code room device for Boardroom"
    assert "DHCP" not in text(card)
    assert "11.2.3MSR1" not in text(card)
    assert "factory reset" in text(card)


def test_a_late_base_station_is_known_only_through_its_handsets():
    card = views.late(REQUEST, base(), utc(NOW), None)

    assert "Webex reports on a base station only through its handsets" in text(card)
    assert "dect sheet Plant" in text(card)
    assert says(card) == {"Still not there?": "dect net-1"}


def test_what_webex_could_not_be_asked_about_is_not_said_to_be_missing():
    card = views.late(REQUEST, device(), utc(NOW), NOW - 1800)

    assert text(card).startswith("Not known whether it is registered: Bob Keller's 8865\n")
    assert "has not been able to ask Webex about it since 11:30 UTC" in text(card)
    assert "has not heard" not in text(card)


def test_late_devices_of_a_list_are_named():
    devices = [device(1, REGISTERED), device(2), device(3, owner_name="Kim Larsen")]

    card = views.late_many(REQUEST, devices, utc(NOW), Unasked())

    shown = text(card)
    assert shown.startswith("Not registered yet: 2 of 3\nRequest QH4A\n")
    assert "Bob Keller 8865 D8:2E:3E:EF:4E:02, Kim Larsen 8865 D8:2E:3E:EF:4E:03." in shown
    assert "Webex has not heard of them for 60 minutes." in shown
    assert says(card) == {"Still not there?": "followed QH4A"}


def test_late_codes_of_a_list_and_other_kinds():
    codes = views.late_many(REQUEST, [code(1), code(2)], utc(NOW), Unasked())
    mixed = views.late_many(REQUEST, [device(1), code(2), base(3)], utc(NOW), Unasked())

    assert "Nobody has typed the codes yet." in text(codes)
    assert says(codes)["New codes"] == "activation codes"
    assert "not heard" not in text(mixed)
    assert "none has registered at it for 60 minutes" in text(mixed)
    bases = views.late_many(REQUEST, [base(1), base(2)], utc(NOW), Unasked())
    assert "none has registered at them for 60 minutes" in text(bases)
    assert "base station D8:2E:3E:EF:4E:03." in text(mixed)
    assert "Webex reports on a base station only through its handsets" in text(mixed)


def test_devices_of_a_list_that_could_not_be_asked_about_are_counted_apart():
    devices = [device(1), device(2), device(3)]

    some = text(views.late_many(REQUEST, devices, utc(NOW), Unasked(frozenset({"row 2"}), NOW)))
    unasked = Unasked(frozenset({"row 1", "row 2", "row 3"}), NOW - 60)
    none = text(views.late_many(REQUEST, devices, utc(NOW), unasked))

    assert some.startswith("Not registered yet: 2 of 3\n")
    assert "about 1 of them since 12:00 UTC" in some
    assert none.startswith("Not known whether registered: 3\n")
    assert "not heard" not in none


def test_an_expired_code_is_told_with_a_button_for_another():
    followed = code(state=EXPIRED, expires="2026-11-29T10:00:00Z")

    card = views.expired(REQUEST, followed, utc(NOW))

    assert text(card).startswith("The activation code for Bob Keller (8865) has expired\n")
    assert "Nobody used the code, so it expired yesterday at 10:00 UTC." in text(card)
    assert says(card) == {"New code": "activation code Cisco 8865 for bob@example.com"}


@pytest.mark.parametrize("expires", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_code_that_expired_in_a_year_without_calendar_is_told(expires: str):
    card = views.expired(REQUEST, code(state=EXPIRED, expires=expires), utc(NOW))

    assert "Nobody used the code, so it expired at 11:06 UTC." in text(card)


def test_a_summary_counts_and_names_what_is_missing():
    devices = [device(1, REGISTERED), device(2), device(3, GONE), code(4, EXPIRED), device(5, LOST)]

    assert views.summary(REQUEST, devices) == (
        "1 of 5 registered; 1 code expired unused; 1 removed or given to somebody else;"
        " not yet: Bob Keller 8865 D8:2E:3E:EF:4E:02, Bob Keller 8865 D8:2E:3E:EF:4E:05"
        " · request QH4A"
    )


def test_a_summary_names_ten_at_most():
    devices = [device(0, REGISTERED), *(device(number) for number in range(1, 14))]

    shown = views.summary(REQUEST, devices)

    assert shown.count("Bob Keller") == 10
    assert shown.endswith("4E:0A and 3 more · request QH4A")


def test_the_last_message_says_how_long_the_last_one_took():
    devices = [device(1, REGISTERED, 60), device(2, REGISTERED, 720), device(3, GONE)]

    assert views.finished(REQUEST, devices) == (
        "✓ 2 of 3 registered, the last one 12 minutes after it was added;"
        " 1 removed or given to somebody else · request QH4A"
    )


def test_expired_codes_of_a_list_are_told_in_one_card():
    devices = [
        code(1, REGISTERED),
        code(2, EXPIRED),
        code(3, EXPIRED, owner_name="Kim"),
        device(4, GONE),
    ]

    card = views.finished(REQUEST, devices)

    assert text(card).startswith("1 of 4 registered; 2 codes expired\n")
    assert "Nobody used them in time: Bob Keller 8865, Kim 8865." in text(card)
    assert "Removed or given to somebody else: 1." in text(card)
    assert says(card) == {"New codes": "activation codes"}


@pytest.mark.parametrize(
    ("devices", "lines"),
    [
        ([], []),
        ([device()], ["Not registered yet"]),
        ([device(state=LOST)], ["Not registered when provbot looked last"]),
        (
            [device(state=REGISTERED)],
            ["Registered at 11:06 UTC, 6 minutes after it was added"],
        ),
        (
            [device(state=GONE)],
            ["Gone: provbot saw at 11:06 UTC that it was removed or given to somebody else"],
        ),
        ([code(state=EXPIRED)], ["Nobody used the code: it expired on 30 December at 01:52 UTC"]),
        ([code(state=EXPIRED, expires="?")], ["Nobody used the code: it expired at 11:06 UTC"]),
        (
            [device(1, REGISTERED), device(2)],
            ["1 of 2 registered; not yet: Bob Keller 8865 D8:2E:3E:EF:4E:02"],
        ),
        ([device(number) for number in range(4)], ["0 of 4 registered; 4 not yet"]),
        ([device(1, REGISTERED), device(2, REGISTERED)], ["2 of 2 registered"]),
    ],
)
def test_the_details_of_a_request(devices: list[FollowedDevice], lines: list[str]):
    assert views.lines(devices, utc(NOW)) == lines
