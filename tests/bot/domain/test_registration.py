"""What shows that something has registered, and what does not."""

from datetime import UTC, datetime

import pytest

from bot.core.models.dect import BaseStation, Handset
from bot.core.models.followed import FollowedDevice, FollowState
from bot.core.models.webex import Device
from bot.domain import registration
from bot.domain.registration import LOST_AFTER, SETTLING, by_mac, phone_in
from tests.bot.domain.followed_devices import ANN, BOB, LOBBY, NOW, base, code, phone, record

HOUR = 3600.0


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("shown", "is_it"),
    [
        (record(), True),
        (record(mac="00:00:00:00:00:01"), True),
        (record(2), False),
        (record(owner=ANN), False),
        (record(owner=LOBBY), False),
        (record(created=iso(NOW - 3600)), False),  # it was removed just now
        (record(created=iso(NOW - 5)), True),
        (record(created="yesterday"), True),
        (record(mac=""), False),
    ],
)
def test_a_phone_is_known_by_its_mac_and_owner(shown: Device, is_it: bool):
    assert (phone_in(phone(), by_mac([shown]), NOW + 5) is not None) == is_it


def test_an_old_record_with_the_same_id_is_the_phone():
    shown = record(created=iso(NOW - 3600))

    assert phone_in(phone(device="dev-1"), by_mac([shown]), NOW + 5) == shown


def test_a_phone_that_was_noted_minutes_after_it_was_made_is_no_older_one():
    made = phone(begun_at=NOW - 300)

    assert phone_in(made, by_mac([record(created=iso(NOW - 299))]), NOW + 5)
    assert not phone_in(made, by_mac([record(created=iso(NOW - 400))]), NOW + 5)


def test_a_record_is_not_too_old_once_lists_have_settled():
    shown = record(created=iso(NOW - 3600))

    assert phone_in(phone(), by_mac([shown]), NOW + SETTLING + 5) == shown


def used_by(
    codes: list[FollowedDevice], records: list[Device], *others: FollowedDevice
) -> dict[str, str]:
    uses = registration.uses_of(codes, records, [*codes, *others])
    return {key[1]: device.id for key, device in uses.items()}


@pytest.mark.parametrize(
    ("shown", "made", "counts"),
    [
        (record(created=iso(NOW + 5)), code(), True),
        (record(created=iso(NOW - 50)), code(), True),  # clocks differ
        (record(created=iso(NOW - 70)), code(), False),
        (record(), code(), False),  # nobody has looked yet
        (record(), code(known=("dev-2",)), True),
        (record(), code(known=("dev-1",)), False),
        (record(created=iso(NOW + 5), owner=ANN), code(), False),
        (record(created=iso(NOW + 5), product="Cisco 8845"), code(), False),
        (record(created=iso(NOW + 5), product="Cisco 8865NR"), code(), False),
        (record(created=iso(NOW + 5)), code(model="Cisco 8865"), True),
        (record(created=iso(NOW + 5), person_id=None), code(), False),
        (record(created=iso(NOW + 5)), code(model=""), False),
        (record(created=iso(NOW + 5), type="roomdesk", product="Room Kit"), code(model=""), True),
        (record(created=iso(NOW + 5), type="", product="Webex Room Kit"), code(model=""), True),
        (record(created=iso(NOW + 5), type="accessory"), code(model=""), False),
    ],
)
def test_a_code_is_used_by_a_new_device_of_its_owner_and_model(
    shown: Device, made: FollowedDevice, counts: bool
):
    assert used_by([made], [shown]) == ({"code": shown.id} if counts else {})


def test_a_device_counts_for_the_newest_of_two_codes():
    codes = [code("old"), code("new", BOB, NOW + 10)]
    shown = [record(created=iso(NOW + 60))]

    assert used_by(codes, shown) == {"new": "dev-1"}


def test_a_device_that_was_made_between_two_codes_counts_for_the_older_one():
    """The phone of the first code had registered before anybody looked."""
    codes = [code("old"), code("new", BOB, NOW + 10, begun_at=NOW + 9)]
    between, later = record(1, created=iso(NOW + 8)), record(2, created=iso(NOW + 9))

    assert used_by(codes, [between]) == {"old": "dev-1"}
    assert used_by(codes, [between, later]) == {"old": "dev-1", "new": "dev-2"}
    assert used_by(codes[1:], [between]) == {"new": "dev-1"}  # clocks differ


def test_two_devices_count_for_two_codes_the_registered_one_first():
    codes = [code("old"), code("new", BOB, NOW + 10)]
    waiting, connected = record(1, status="activating"), record(2)
    shown = [each.model_copy(update={"created": iso(NOW + 60)}) for each in (waiting, connected)]

    assert used_by(codes, shown) == {"new": "dev-2", "old": "dev-1"}


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        (phone(1), False),
        (phone(1, device="dev-1"), False),
        (phone(1, device="dev-9"), True),  # that one was removed, and this is another record
        (phone(1, device="calling-1"), False),  # as older versions wrote it
        (phone(1, owner=ANN), True),
        (phone(2), True),
    ],
)
def test_an_added_phone_counts_for_no_code(other: FollowedDevice, counts: bool):
    shown = record(created=iso(NOW + 5), calling_id="calling-1")

    assert used_by([code()], [shown], other) == ({"code": "dev-1"} if counts else {})


def test_an_added_phone_counts_for_no_code_by_the_list_of_its_owner_either():
    shown = record(id="calling-1", calling_id="calling-1")
    made = code(known=())

    assert used_by([made], [shown], phone(1, device="dev-1")) == {}
    assert used_by([made], [shown], phone(2, device="dev-1")) == {"code": "calling-1"}


@pytest.mark.parametrize(
    ("first_seen", "last_seen", "before", "at"),
    [
        ("", "", None, NOW + 100),
        (iso(NOW + 20), iso(NOW + 90), None, NOW + 20),
        (iso(NOW - 20), iso(NOW + 90), None, NOW + 90),
        (iso(NOW + 20), iso(NOW + 90), NOW + 30, NOW + 90),  # it had not registered at second 30
        (iso(NOW + 200), iso(NOW - 1), None, NOW + 100),
        ("never", "2026-99-99", None, NOW + 100),
    ],
)
def test_the_time_of_the_registration(
    first_seen: str, last_seen: str, before: float | None, at: float
):
    shown = record(first_seen=first_seen, last_seen=last_seen)

    assert registration.registered(phone(), shown, NOW + 100, before).at == at


def test_a_used_code_keeps_the_device_it_was_used_on():
    sighting = registration.registered(code(), record(mac="00:00:00:00:00:01"), NOW, None)

    assert sighting.target is not None
    assert (sighting.target.mac, sighting.target.device) == ("000000000001", "dev-1")


@pytest.mark.parametrize(
    ("shown", "is_there"),
    [
        (BaseStation(id="b", mac="1", lines_registered=0), False),
        (BaseStation(id="b", mac="1", lines_registered=2), True),
        (BaseStation(id="b", mac="1"), False),
        (BaseStation(id="b", mac="1", handsets=(Handset(id="h", mac="AA"),)), True),
        (BaseStation(id="b", mac="1", handsets=(Handset(id="h"),)), False),
    ],
)
def test_a_base_station_is_there_with_its_first_handset(shown: BaseStation, is_there: bool):
    assert registration.has_handsets(shown) == is_there


@pytest.mark.parametrize(
    ("activation", "ip", "was_inactive", "is_active"),
    [
        ("ACTIVATED", "", False, False),  # so it is from the start
        ("ACTIVATED", "192.0.2.1", False, True),
        ("ACTIVATED", "", True, True),
        ("ACTIVATING", "192.0.2.1", True, False),
        ("", "192.0.2.1", True, False),
    ],
)
def test_what_the_list_of_an_owner_tells(
    activation: str, ip: str, was_inactive: bool, is_active: bool
):
    row = Device(activation=activation, ip=ip)

    assert registration.is_active(row, was_inactive=was_inactive) == is_active


@pytest.mark.parametrize(
    ("model", "absent_after", "may_be"),
    [
        ("Cisco 9861", 5.0, True),
        ("DMS Cisco 8865", 5.0, False),
        ("DMS Cisco 8865", SETTLING + 5, True),
        ("Generic IPPhone Customer Managed", SETTLING + 5, False),
        ("DMS Polycom EE400", SETTLING + 5, False),
    ],
)
def test_which_phones_only_their_owner_may_show(model: str, absent_after: float, may_be: bool):
    assert registration.may_be_unlisted(phone(model=model), NOW + absent_after) == may_be


def test_a_phone_that_was_added_again_is_looked_for_there():
    older, newer, other = phone(1), phone(1, ANN, since=NOW + 60), phone(2)

    (sighting,) = registration.superseded([older, newer, other], [older, newer, other], NOW + 70)

    assert (sighting.device, sighting.state) == (older, FollowState.GONE)


def test_codes_do_not_supersede_each_other():
    codes = [code("old"), code("new", BOB, NOW + 60)]

    assert registration.superseded(codes, codes, NOW + 70) == []


EXPIRES = {"expires": iso(NOW + HOUR)}


@pytest.mark.parametrize(
    ("device", "looked_at", "now", "is_used", "state"),
    [
        (phone(), NOW + LOST_AFTER - 1, NOW + LOST_AFTER, False, None),
        (phone(), NOW + LOST_AFTER, NOW + LOST_AFTER, False, "lost"),
        (phone(), None, NOW + LOST_AFTER + HOUR, False, None),
        (phone(), None, NOW + LOST_AFTER + 8 * 24 * HOUR, False, "lost"),
        (base(), NOW + LOST_AFTER, NOW + LOST_AFTER, False, "lost"),
        (code(**EXPIRES), NOW + HOUR + 59, NOW + HOUR + 90, False, None),
        (code(**EXPIRES), NOW + HOUR + 60, NOW + HOUR + 90, False, "expired"),
        (code(**EXPIRES), NOW + HOUR + 60, NOW + HOUR + 90, True, None),  # it is activating
        (code(**EXPIRES), NOW + 27 * HOUR, NOW + 27 * HOUR, True, "lost"),
        (code(**EXPIRES), None, NOW + 27 * HOUR, False, None),
        (code(expires="soon"), NOW + 27 * HOUR, NOW + 27 * HOUR, False, None),
        (code(expires="soon"), NOW + 800 * HOUR, NOW + 800 * HOUR, False, "lost"),
    ],
)
def test_when_nobody_waits_any_more(
    device: FollowedDevice, looked_at: float | None, now: float, is_used: bool, state: str | None
):
    sighting = registration.ended(device, looked_at, now, is_used=is_used)

    assert (sighting and sighting.state) == state


def test_a_code_that_expired_before_it_was_made_may_be_valid():
    device = code(expires="0001-01-01T00:00:00Z")

    assert registration.ended(device, NOW + 60, NOW + 60, is_used=False) is None
    end = NOW + registration.MAX_CODE_LIFE
    sighting = registration.ended(device, end, end, is_used=False)
    assert sighting is not None
    assert sighting.state == "lost"
