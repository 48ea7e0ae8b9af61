"""What was removed is gone only if that is certain, and what fails holds nothing else up."""

import pytest

from bot.core.errors import NotFound, RateLimited, Unauthorized, Unavailable, WebexError
from tests.bot.domain.followed_devices import ANN, BOB, NOW, base, mac_of, phone, record
from tests.bot.requests.looking import Looker, waiting_record
from tests.example_org import ANN as ANN_ALDER

HOUR, DAY = 3600.0, 24 * 3600.0


# What is gone


async def test_a_phone_that_was_there_and_is_removed_is_gone():
    pending = phone(1)
    looker = Looker([pending])
    looker.add(waiting_record(1))
    await looker.run(30)

    looker.calling.held.clear()
    await looker.run(120)

    assert looker.state(pending) == "gone"


async def test_a_clock_that_is_set_back_hides_no_phone_that_is_gone():
    pending = phone(1)
    looker = Looker([pending])
    looker.add(waiting_record(1))
    await looker.run(30)
    looker.calling.held.clear()
    await looker.run(45)

    looker.clock.now -= HOUR
    await looker.run(200)

    assert looker.state(pending) == "gone"


async def test_a_phone_that_webex_loses_for_a_moment_is_not_gone():
    pending = phone(1, device="dev-1")
    looker = Looker([pending])
    looker.add(waiting_record(1))
    await looker.run(12)

    looker.calling.held = []
    await looker.run(36)
    looker.add(record(1))
    await looker.run(60)

    assert looker.state(pending) == "registered"


async def test_a_phone_that_lists_do_not_show_yet_is_not_gone():
    pending = phone(1, device="dev-1")
    looker = Looker([pending])

    await looker.run(240)
    assert looker.state(pending) == "waiting"
    looker.add(record(1))
    await looker.run(60)

    assert looker.state(pending) == "registered"


async def test_one_missing_page_of_a_list_is_no_proof():
    pending = [phone(number, f"PEOPLE:p{number}") for number in range(1, 7)]
    looker = Looker(pending)
    records = [waiting_record(number, f"PEOPLE:p{number}") for number in range(1, 7)]
    looker.add(*records)
    await looker.run(30)

    looker.calling.unlisted = {mac_of(3)}  # from the list; it can still be read by its id
    await looker.run(300)

    assert looker.seen == {}


async def test_a_phone_that_has_another_owner_now_is_gone():
    pending = phone(1, device="dev-1")
    looker = Looker([pending])
    looker.add(waiting_record(1))
    await looker.run(30)

    looker.change(mac_of(1), person_id="ann", status="connected")
    await looker.run(120)

    assert looker.state(pending) == "gone"


async def test_the_list_that_still_shows_the_phone_at_its_old_owner():
    moved = phone(1, ANN)
    looker = Looker([moved])
    looker.add(record(1, BOB))

    await looker.run(60)

    assert looker.state(moved) == "waiting"


async def test_base_stations_of_a_deleted_network_are_gone():
    pending = base(1, since=NOW - 400)
    looker = Looker([pending])
    looker.calling.dect.held = []
    looker.calling.broken = {"base_stations": [NotFound(404, "No such network.")] * 3}

    await looker.run(400)

    assert looker.state(pending) == "gone"


# What fails


async def test_a_clock_that_is_set_back_stops_no_looks():
    pending = phone(1)
    looker = Looker([pending])
    looker.add(waiting_record(1))
    await looker.run(120)
    looker.clock.now -= HOUR
    looker.calls.clear()

    await looker.run(120)

    assert 4 <= len(looker.calls) <= 8


@pytest.mark.parametrize(
    "problem",
    [
        Unavailable(503, "Down."),
        RateLimited(429, "Slow down.", retry_after=60),
        Unauthorized(401, "Revoked."),
        NotFound(404, "No such thing."),
    ],
)
async def test_a_read_that_fails_is_tried_again_later_and_proves_nothing(problem: WebexError):
    pending = phone(1)
    looker = Looker([pending])
    looker.calling.broken = {"device_page": [problem] * 3}

    await looker.run(400)

    assert [round(at - NOW) for at in looker.calls] == [3, 63, 183]
    assert looker.state(pending) == "waiting"


async def test_the_last_failure_can_be_told_until_a_look_works():
    pending = phone(1)
    looker = Looker([pending])
    looker.calling.broken = {"device_page": [Unavailable(503, "Down.", "T-1")]}

    await looker.run(30)
    assert "T-1" in [problem.tracking_id for problem in [looker.polling.problem] if problem]
    assert looker.polling.looked_at(pending) is None
    await looker.run(60)

    assert looker.polling.problem is None
    assert looker.polling.looked_at(pending) is not None


async def test_base_stations_that_cannot_be_read_do_not_hold_up_phones():
    pending = [phone(1), base(2), phone(3, f"PEOPLE:{ANN_ALDER.id}", model="Cisco 9861")]
    looker = Looker(pending)
    looker.add(waiting_record(1))
    looker.calling.broken = {
        "base_stations": [NotFound(404, "Not here.")] * 99,
        "devices_of": [NotFound(404, "Not here.")] * 99,
    }
    await looker.run(120)

    looker.register(mac_of(1))
    await looker.run(60)

    assert [key[1] for key in looker.seen] == ["phone 1"]
