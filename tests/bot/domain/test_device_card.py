"""The card of one device: since when it is offline, what it reports, what can be done."""

import pytest

from bot.core.models.local_time import LocalTime, utc, zone_named
from bot.core.models.webex import Device, Line
from bot.domain.device_card import device_card
from bot.domain.device_errors import LOOK_IN_CONTROL_HUB, SOFTWARE
from bot.domain.operation import Caller
from cards import render
from tests.cards import rules
from tests.example_org import ANNS_PHONE

VIEWER = Caller("vera@example.com", ("viewer",), ())
SEEN = 1_795_338_000.0  # Unix seconds of SEEN_TEXT
SEEN_TEXT = "2026-11-22T09:00:00.000Z"
WHEN_SEEN = utc(SEEN)
HOUR, DAY = 3600.0, 24 * 3600.0


def shown(local: LocalTime = WHEN_SEEN, **facts: object) -> str:
    """The card of a phone that was seen last at SEEN."""
    phone = ANNS_PHONE.model_copy(update={"last_seen": SEEN_TEXT} | facts)
    card = device_card(phone, "Berlin", Line(extension="101"), VIEWER, local)
    assert rules.violations(render.to_content(card)) == []
    return render.to_text(card)


def line(text: str, label: str) -> str:
    (found,) = [row for row in text.splitlines() if row.startswith(f"{label}: ")]
    return found.removeprefix(f"{label}: ")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (59, "offline for less than a minute"),
        (60, "offline for 1 minute"),
        (119 * 60, "offline for 119 minutes"),
        (3 * HOUR, "offline for 3 hours"),
        (2 * DAY - 1, "offline for 47 hours"),
        (2 * DAY, "offline for 2 days"),
        (400 * DAY, "offline for 400 days"),
        (-1, "offline"),
        (11 * 365 * DAY, "offline"),
    ],
)
def test_a_phone_that_is_offline_says_for_how_long(seconds, told):
    assert line(shown(utc(SEEN + seconds), status="disconnected"), "Status") == told


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("offline_expired", "offline for 40 days"),
        ("offline_deep_sleep", "asleep for 40 days"),
        ("connected", "online"),
        ("connected_with_issues", "online, but reports issues"),
        ("unknown", "unknown"),
        ("brand_new", "brand_new"),
    ],
)
def test_only_a_phone_that_is_offline_says_for_how_long(status, told):
    assert line(shown(utc(SEEN + 40 * DAY), status=status), "Status") == told


@pytest.mark.parametrize("last_seen", ["", "yesterday", "9999-99-99T00:00:00Z"])
def test_a_time_that_is_not_known_is_not_told(last_seen):
    text = shown(utc(SEEN + HOUR), status="offline_expired", last_seen=last_seen)
    assert line(text, "Status") == "offline for a long time"


NEVER_SEEN = {"last_seen": "", "first_seen": "", "ip": "", "software": "", "created": SEEN_TEXT}


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"last_seen": SEEN_TEXT},
        {"last_seen": SEEN_TEXT, "first_seen": SEEN_TEXT},
        {"last_seen": "2026-11-22T08:59:59Z"},
        {"status": "offline_expired"},
    ],
)
def test_a_phone_that_never_registered_is_not_offline_since_it_was_added(facts):
    text = shown(utc(SEEN + 120), **NEVER_SEEN | {"status": "disconnected"} | facts)
    assert line(text, "Status") == "not registered yet, added 2 minutes ago"
    assert "Last seen" not in text


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"last_seen": "2026-11-22T09:00:01Z"}, "offline for 59 minutes"),
        ({"last_seen": SEEN_TEXT, "software": "sip88xx"}, "offline for 60 minutes"),
        ({"last_seen": SEEN_TEXT, "ip": "192.0.2.1"}, "offline for 60 minutes"),
        ({"last_seen": SEEN_TEXT, "created": ""}, "offline for 60 minutes"),
        ({"first_seen": SEEN_TEXT}, "offline"),
        ({"status": "connected"}, "online"),
        ({"status": "activating"}, "activating"),
    ],
)
def test_only_what_webex_never_saw_is_not_registered_yet(facts, told):
    text = shown(utc(SEEN + HOUR), **NEVER_SEEN | {"status": "disconnected"} | facts)
    assert line(text, "Status") == told


def test_last_seen_is_told_by_the_clock_of_the_reader():
    berlin = zone_named("Europe/Berlin")
    assert berlin
    text = shown(LocalTime(berlin, SEEN + DAY), status="disconnected")
    assert line(text, "Last seen") == "yesterday 10:00 CET"


def test_what_a_device_reports_is_told_with_what_to_do():
    text = shown(status="connected_with_issues", errors=("sipprofileregistration", "oddThing"))
    lines = text.splitlines()
    reported = lines[lines.index("The device reports") + 1 :]
    assert reported[0] == "It is not registered for calls"
    assert "whether its owner has Webex Calling" in reported[1]
    assert reported[2] == "Odd thing"
    assert "Look in Control Hub" in reported[3]


def test_advice_that_several_problems_have_is_told_once_below_them():
    text = shown(errors=("OFFLINE_EXPIRED", "softwareoutofdate", "oddThing"))
    reported = text.splitlines()[text.splitlines().index("The device reports") + 1 :]
    assert reported[0] == "Offline expired"
    assert reported[1:4] == ["Its software is out of date", SOFTWARE, "Odd thing"]
    assert reported[4] == LOOK_IN_CONTROL_HUB
    assert text.count(LOOK_IN_CONTROL_HUB) == 1


def test_only_the_first_problems_are_shown_and_the_rest_is_counted():
    text = shown(errors=tuple(f"trouble {number}" for number in range(5)))
    assert "Trouble 2" in text
    assert "Trouble 3" not in text
    assert "2 more: see the device in Control Hub." in text


def test_a_device_without_problems_has_no_section_for_them():
    assert "reports" not in shown()


def test_a_device_of_which_webex_tells_nothing_is_shown():
    card = device_card(Device(), "", None, VIEWER, utc(0.0))
    assert render.to_text(card).startswith("Device")
