"""Times as a person reads them, and names of zones from outside."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.models.local_time import LocalTime, utc, zone_named


def seconds(text: str) -> float:
    """An ISO time as Unix seconds."""
    return datetime.fromisoformat(text).timestamp()


NOW = seconds("2026-10-24T14:27:00Z")  # a Saturday; in Europe the clocks go back that night


@pytest.mark.parametrize(
    ("zone", "at", "shown", "phrase"),
    [
        ("Europe/Berlin", "2026-10-24T14:27:00Z", "16:27 CEST", "at 16:27 CEST"),
        ("Europe/Berlin", "2026-10-24T21:59:00Z", "23:59 CEST", "at 23:59 CEST"),
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "tomorrow 00:00 CEST", "tomorrow at 00:00 CEST"),
        ("Europe/Berlin", "2026-10-25T00:30:00Z", "tomorrow 02:30 CEST", "tomorrow at 02:30 CEST"),
        ("Europe/Berlin", "2026-10-25T01:30:00Z", "tomorrow 02:30 CET", "tomorrow at 02:30 CET"),
        (
            "Europe/Berlin",
            "2026-10-23T21:50:00Z",
            "yesterday 23:50 CEST",
            "yesterday at 23:50 CEST",
        ),
        (
            "Europe/Berlin",
            "2026-12-02T08:10:00Z",
            "2 December, 09:10 CET",
            "on 2 December at 09:10 CET",
        ),
        (
            "Europe/Berlin",
            "2025-12-02T08:10:00Z",
            "2 December 2025, 09:10 CET",
            "on 2 December 2025 at 09:10 CET",
        ),
        ("America/Chicago", "2026-10-25T02:00:00Z", "21:00 CDT", "at 21:00 CDT"),
        ("Asia/Tokyo", "2026-10-24T14:27:00Z", "23:27 JST", "at 23:27 JST"),
        ("Asia/Tokyo", "2026-10-24T15:27:00Z", "tomorrow 00:27 JST", "tomorrow at 00:27 JST"),
        ("UTC", "2026-10-24T14:27:00Z", "14:27 UTC", "at 14:27 UTC"),
        ("America/Sao_Paulo", "2026-10-24T14:27:00Z", "11:27 (Sao Paulo)", "at 11:27 (Sao Paulo)"),
        (
            "America/Argentina/Buenos_Aires",
            "2026-10-24T14:27:00Z",
            "11:27 (Buenos Aires)",
            "at 11:27 (Buenos Aires)",
        ),
        ("Etc/GMT+3", "2026-10-24T14:27:00Z", "11:27 UTC-3", "at 11:27 UTC-3"),
        ("Etc/GMT-14", "2026-10-24T14:27:00Z", "04:27 UTC+14", "at 04:27 UTC+14"),
    ],
)
def test_a_time_is_shown_by_the_clock_of_its_reader(zone, at, shown, phrase):
    local = LocalTime(ZoneInfo(zone), NOW)
    assert (local.show(seconds(at)), local.phrase(seconds(at))) == (shown, phrase)


def test_a_zone_without_any_name_is_shown_by_its_offset():
    half = datetime.fromisoformat("2026-10-24T10:57:00-03:30").tzinfo
    assert half is not None
    assert LocalTime(half, NOW).show(NOW) == "10:57 UTC-3:30"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-10-24T14:27:00.100Z", "14:27 UTC"),
        ("2026-10-24T16:27:00+02:00", "14:27 UTC"),
        ("2026-10-24T14:27:00", "14:27 UTC"),
        ("soon", "soon"),
        ("", ""),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59-12:00"),
    ],
)
def test_a_time_of_webex_is_shown_likewise_and_other_text_as_it_is(text, shown):
    assert utc(NOW).show_iso(text) == shown


@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "UTC", "EST5EDT", "GMT-0"],
)
def test_a_zone_is_found_by_its_name(name):
    assert zone_named(name) == ZoneInfo(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "Mars/Olympus", "America", "../etc/passwd", "/etc/localtime", "Europe/../../etc/passwd",
        "localtime", "Factory", "posix/UTC", "right/UTC", "zone.tab", "leapseconds",
        "Europe/Berlin\n", "Europe/Berlin\0", "Ｅurope/Berlin", "A" * 10_000, "a/b/c/d",
        "W. Europe Standard Time", "<b>", None, 3, ["UTC"],
    ],
)  # fmt: skip
def test_a_name_that_is_none_of_a_zone_is_ignored(name):
    assert zone_named(name) is None


def test_each_zone_of_the_world_is_shown_without_a_bare_number():
    for name in ("Pacific/Chatham", "Asia/Kathmandu", "Asia/Dubai", "Etc/GMT-5", "Asia/Kolkata"):
        clock = LocalTime(ZoneInfo(name), NOW).show(NOW)
        assert not clock.split()[1].lstrip("+-").isdigit(), clock
    assert utc(NOW).zone is UTC


def test_a_time_in_a_file_always_has_its_year():
    assert utc(NOW).show_iso("2026-12-04T09:10:00Z", for_file=True) == "4 December 2026, 09:10 UTC"
    assert utc(NOW).show_iso("soon", for_file=True) == "soon"
