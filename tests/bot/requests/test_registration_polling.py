"""Few calls show everything that registers, soon, and nothing that has not."""

from datetime import UTC, datetime

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.core.errors import RateLimited, Unavailable, WebexError
from bot.core.models.dect import BaseStation, Handset
from bot.core.models.followed import FollowedDevice
from bot.domain.registration_reads import CALLS_PER_MINUTE
from tests.bot.domain.followed_devices import ANN, BOB, NOW, base, code, mac_of, phone, record
from tests.bot.requests.looking import Looker, network, others, waiting_record
from tests.example_org import ANN as ANN_ALDER

HOUR, DAY = 3600.0, 24 * 3600.0
# A simulated organization is not made smaller step by step: that takes minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


# How many calls


@st.composite
def mixes(draw: st.DrawFn) -> list[FollowedDevice]:
    """Phones, codes and base stations of many owners, added at different times."""
    pending: list[FollowedDevice] = []
    for number in range(draw(st.integers(1, 30))):
        since = NOW - draw(st.sampled_from([0.0, 30.0, 2 * HOUR, 23 * HOUR]))
        owner = f"PEOPLE:p{draw(st.integers(0, 12))}"
        known_id = draw(st.sampled_from(["", f"dev-{number}"]))
        pending.append(
            draw(
                st.sampled_from(
                    [
                        phone(number, owner, since, device=known_id),
                        phone(number, owner, since, model="Cisco 9861"),
                        code(f"code {number}", owner, since, expires=iso(NOW + 300)),
                        code(f"code {number}", owner, since, model="Cisco 9861"),
                        base(number, f"net-{number % 7}", since),
                    ]
                )
            )
        )
    return pending


PROBLEMS = st.sampled_from(
    [None, None, None, Unavailable(503, "Down."), RateLimited(429, "Slow down.", retry_after=60)]
)


@settings(max_examples=20, deadline=None, phases=PHASES)
@given(
    mix=mixes(),
    devices=st.integers(0, 900),
    listed=st.booleans(),
    problems=st.lists(PROBLEMS, max_size=40),
)
async def test_no_minute_has_more_than_four_calls(
    mix: list[FollowedDevice], devices: int, listed: bool, problems: list[WebexError | None]
):
    looker = Looker(mix)
    looker.add(*others(devices))
    for device in mix:
        if listed and device.target.mac:
            looker.add(waiting_record(int(device.target.mac, 16), device.target.owner))
    looker.calling.dect.held = [network(f"net-{number}") for number in range(5)]
    looker.calling.broken = {"device_page": list(problems), "devices_of": list(problems)}

    await looker.run(420)

    assert 1 <= looker.busiest_minute() <= CALLS_PER_MINUTE


@settings(max_examples=20, deadline=None, phases=PHASES)
@given(
    phones=st.integers(1, 100),
    devices=st.integers(0, 200),
    owners=st.integers(1, 100),
    registers_after=st.floats(0, 400),
    has_ids=st.booleans(),
)
async def test_each_phone_of_300_devices_is_seen_within_a_minute(
    phones: int, devices: int, owners: int, registers_after: float, has_ids: bool
):
    pending = [
        phone(number, f"PEOPLE:p{number % owners}", device=f"dev-{number}" if has_ids else "")
        for number in range(1, phones + 1)
    ]
    looker = Looker(pending)
    looker.add(*others(devices // 2))
    looker.add(*(waiting_record(device_number(each), each.target.owner) for each in pending))
    looker.add(*others(devices)[devices // 2 :])
    times = {
        each.step: NOW + registers_after + index * 7 % 120 for index, each in enumerate(pending)
    }
    registered: dict[str, float] = {}

    while looker.waiting and looker.clock.now < NOW + 900:
        for each in looker.waiting:
            if looker.clock.now >= times[each.step] and each.step not in registered:
                looker.register(each.target.mac)
                registered[each.step] = looker.clock.now
        await looker.tick()

    waits = {key[1]: looker.seen_at[key] - registered[key[1]] for key in looker.seen}
    late = {step: seconds for step, seconds in waits.items() if seconds > 60}
    assert len(looker.seen) == phones
    assert late == {}
    assert looker.busiest_minute() <= CALLS_PER_MINUTE


def device_number(device: FollowedDevice) -> int:
    return int(device.target.mac, 16)


async def test_nothing_is_asked_while_nothing_waits():
    looker = Looker([])

    await looker.run(600)

    assert looker.calls == []


async def test_one_phone_is_looked_at_soon_and_then_less_often():
    looker = Looker([phone(device="dev-1")])
    looker.add(waiting_record(1))

    await looker.run(1800)

    first = [round(at - NOW) for at in looker.calls[:4]]
    assert first == [3, 9, 21, 36]
    assert set(looker.calling.asked) == {"device"}
    late = [at for at in looker.calls if at > NOW + 900]
    assert len(late) == 30  # in a quarter of an hour


async def test_looks_become_rare_after_the_window_and_end_after_a_day():
    pending = phone(device="dev-1")
    looker = Looker([pending])
    looker.add(waiting_record(1))

    await looker.run(DAY + HOUR)

    late = [at for at in looker.calls if at > NOW + HOUR]
    assert 88 <= len(late) <= 93  # four an hour
    assert late[-1] <= NOW + DAY + 6
    assert looker.state(pending) == "lost"


async def test_a_phone_that_registers_late_is_still_seen():
    pending = phone()
    looker = Looker([pending])
    looker.add(waiting_record(1))
    await looker.run(5 * HOUR)

    looker.register(mac_of(1))
    await looker.run(901)

    assert looker.state(pending) == "registered"


async def test_a_code_is_looked_for_hourly_and_right_after_it_expires():
    pending = code(expires=iso(NOW + 5.5 * HOUR))
    looker = Looker([pending])

    await looker.run(6 * HOUR)

    after = [at - NOW for at in looker.calls if at > NOW + HOUR]
    assert len(after) == 6
    assert 5.5 * HOUR + 60 <= after[-1] <= 5.5 * HOUR + 66
    assert looker.state(pending) == "expired"


async def test_five_owners_of_a_small_organization_cost_one_call_a_look():
    looker = Looker([phone(number, f"PEOPLE:p{number}") for number in range(1, 6)])
    looker.add(*(waiting_record(number, f"PEOPLE:p{number}") for number in range(1, 6)))

    await looker.run(60)

    assert looker.calling.asked == ["device_page"] * 4
    assert looker.calling.device_filters == [{}] * 4


async def test_two_owners_of_a_large_organization_are_asked_for_by_owner():
    looker = Looker([phone(1, BOB), phone(2, ANN)])
    looker.add(*others(2000), waiting_record(1), waiting_record(2, ANN))

    await looker.run(60)
    looker.register(mac_of(2))
    await looker.run(60)

    assert looker.calling.device_filters[0] == {}
    assert {"personId": "ann"} in looker.calling.device_filters
    assert looker.calling.device_filters.count({}) == 1
    assert [key[1] for key in looker.seen] == ["phone 2"]


async def test_the_pages_of_a_large_organization_are_read_over_minutes():
    pending = [phone(number, f"PEOPLE:p{number}") for number in range(1, 41)]
    looker = Looker(pending)
    looker.add(*others(800))
    looker.add(*(record(number, f"PEOPLE:p{number}") for number in range(1, 41)))

    await looker.run(180)

    assert len(looker.seen) == 40
    assert len(looker.calls) == 9


# What is seen


async def test_only_the_list_of_the_owner_shows_some_phones():
    pending = phone(1, f"PEOPLE:{ANN_ALDER.id}", model="Cisco 9861")
    looker = Looker([pending])
    looker.add(waiting_record(1, pending.target.owner, product="Cisco 9861"))
    looker.calling.owned_only = {mac_of(1)}
    await looker.run(60)
    assert looker.state(pending) == "waiting"
    assert looker.polling.looked_at(pending) is not None

    looker.register(mac_of(1), ip="192.0.2.7")
    await looker.run(60)

    assert looker.state(pending) == "registered"
    assert looker.busiest_minute() <= CALLS_PER_MINUTE


async def test_a_new_phone_that_lists_lack_for_a_while_is_not_taken_for_registered():
    pending = phone(1)
    looker = Looker([pending])
    looker.add(waiting_record(1, ip="192.0.2.7"))
    looker.calling.owned_only = {mac_of(1)}

    await looker.run(120)

    assert looker.state(pending) == "waiting"
    assert "devices_of" not in looker.calling.asked


@pytest.mark.parametrize(
    "status", ["", "unknown", "disconnected", "activating", "pending", "offline_expired", "new"]
)
async def test_other_states_are_no_registration(status: str):
    pending = phone(1)
    looker = Looker([pending])
    looker.add(record(1, status=status))

    await looker.run(120)

    assert looker.state(pending) == "waiting"


async def test_a_code_that_was_typed_on_a_phone():
    pending = code()
    looker = Looker([pending])
    looker.add(record(5))  # the owner had it before
    await looker.run(30)
    assert looker.waiting[0].known == ("dev-5",)

    looker.add(waiting_record(6, created=iso(NOW + 40)))
    await looker.run(30)
    assert looker.state(pending) == "waiting"
    looker.register(mac_of(6))
    await looker.run(60)

    assert looker.state(pending) == "registered"


async def test_a_device_counts_for_one_code_also_later():
    older, newer = code("older"), code("newer", BOB, NOW + 1)
    looker = Looker([older, newer])
    looker.add(record(6, created=iso(NOW + 2)))

    await looker.run(120)

    assert (looker.state(older), looker.state(newer)) == ("waiting", "registered")


async def test_a_code_of_a_phone_that_only_its_owner_shows():
    pending = code(model="Cisco 9861")
    looker = Looker([pending])
    looker.add(record(5, product="Cisco 9861"))
    looker.calling.owned_only = {mac_of(5), mac_of(6)}
    await looker.run(60)
    assert looker.state(pending) == "waiting"

    looker.add(record(6, product="Cisco 9861"))
    await looker.run(60)

    assert looker.state(pending) == "registered"


async def test_a_code_is_not_expired_before_a_look_after_its_time():
    pending = code(expires=iso(NOW + 30))
    looker = Looker([pending])
    looker.calling.broken = {"device_page": [Unavailable(503, "Down.")] * 4}

    await looker.run(180)
    assert looker.state(pending) == "waiting"
    await looker.run(900)

    assert looker.state(pending) == "expired"


async def test_a_base_station_with_a_handset_is_registered():
    first, second = base(1), base(2)
    looker = Looker([first, second])
    looker.calling.dect.held = [network("net-1")]
    stations = [BaseStation(id=f"base-{number}", mac=mac_of(number)) for number in (1, 2)]
    looker.calling.dect.stations = {"net-1": stations}
    looker.calling.dect.sets = {"net-1": []}
    await looker.run(60)
    assert (looker.state(first), looker.state(second)) == ("waiting", "waiting")

    handset = Handset(id="h-1", mac="0000000000AA", base_station_id="base-2")
    looker.calling.dect.sets = {"net-1": [handset]}
    await looker.run(60)

    assert (looker.state(first), looker.state(second)) == ("waiting", "registered")
