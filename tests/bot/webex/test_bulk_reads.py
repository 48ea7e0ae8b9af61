"""The MACs and the devices of a list are read with few calls."""

import json
from typing import Any

import httpx
import pytest

from bot.core.errors import Forbidden, Unreadable, WebexError
from bot.webex.calling import MAC_BATCH, MIN_MAC_BATCH
from tests.bot.webex.big_organization import BASE, BigOrganization
from tests.virtual_clock import virtually

VALIDATE = "validateMacs/invoke"


def macs(*numbers: int) -> list[str]:
    return [f"{number:012X}" for number in numbers]


def batches(org: BigOrganization) -> list[int]:
    """How many MACs each call had."""
    return [len(json.loads(request.content)["macs"]) for request in org.asked]


async def test_three_macs_are_one_call():
    org = BigOrganization()
    org.taken = {*macs(2)}

    states = await org.calling.mac_states(macs(1, 2, 3))

    assert {mac: state.available for mac, state in states.items()} == {
        mac: mac != "000000000002" for mac in macs(1, 2, 3)
    }
    assert states["000000000002"] == await org.calling.mac_state("000000000002")
    assert org.asked[0].url.params["orgId"] == "org-1"
    assert org.calls() == {VALIDATE: 2}


async def test_a_thousand_macs_are_five_calls():
    org = BigOrganization()
    org.taken = {*macs(7, 999)}

    states = await org.calling.mac_states(macs(*range(1_000)))

    assert [mac for mac, state in states.items() if not state.available] == macs(7, 999)
    assert list(states) == macs(*range(1_000))
    assert batches(org) == [MAC_BATCH] * 5


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("most", [100, 60, MIN_MAC_BATCH])
async def test_a_batch_that_is_refused_is_halved(most, status):
    org = BigOrganization()
    org.taken, org.macs_at_most = {*macs(7, 499)}, most
    org.special = lambda request: (
        httpx.Response(status) if len(json.loads(request.content)["macs"]) > most else None
    )

    states = await org.calling.mac_states(macs(*range(500)))

    assert len(states) == 500
    assert [mac for mac, state in states.items() if not state.available] == macs(7, 499)
    assert max(size for size in batches(org) if size <= most) > most / 2


@pytest.mark.parametrize(("status", "calls"), [(400, 20), (413, 20), (403, 5), (404, 5)])
async def test_a_check_that_is_always_refused_ends(status, calls):
    org = BigOrganization()
    org.special = lambda _request: httpx.Response(status, json={"message": "No."})

    with pytest.raises(WebexError) as refused:
        await org.calling.mac_states(macs(*range(1_000)))

    assert refused.value.status == status
    assert "validateMacs" in refused.value.call
    assert len(org.asked) <= calls


async def test_the_same_mac_is_asked_for_once_however_it_is_written():
    org = BigOrganization()
    org.taken = {"D82E3EEF4E5C"}

    states = await org.calling.mac_states(["d8:2e:3e:ef:4e:5c", "D82E3EEF4E5C", "d82e.3eef.4e5c"])

    assert batches(org) == [1]
    assert len(states) == 3


@pytest.mark.parametrize("asked", [[], ()])
async def test_no_macs_are_no_call(asked):
    org = BigOrganization(devices=3)
    assert (await org.calling.mac_states(asked), org.asked) == ({}, [])
    assert (await org.calling.devices_with_macs(asked), org.asked) == ({}, [])


ANSWERS: list[tuple[Any, bool]] = [
    ({"status": "OK"}, True),
    ({"macStatus": None}, True),
    ({"macStatus": [7, {"mac": None, "state": "INVALID"}, {"state": 4}]}, True),
    ({"macStatus": [{"mac": "00:00:00:00:00:01", "state": "UNAVAILABLE"}]}, False),
    ({"macStatus": [{"mac": "000000000001", "state": "NEW STATE", "message": ["x"]}]}, False),
]


@pytest.mark.parametrize(("body", "is_available"), ANSWERS, ids=str)
async def test_answers_about_macs_are_read_tolerantly(body, is_available):
    org = BigOrganization()
    org.special = lambda _request: httpx.Response(200, json=body)

    states = await org.calling.mac_states(macs(1, 2))

    assert [state.available for state in states.values()] == [is_available, True]


@pytest.mark.parametrize("body", [[], {}, {"macStatus": "none"}, {"status": "ERRORS"}], ids=str)
def test_an_answer_about_macs_without_its_list_is_an_error(body):
    org = BigOrganization()
    org.special = lambda _request: httpx.Response(200, json=body)

    async def ask() -> None:
        with pytest.raises(Unreadable):
            await org.calling.mac_states(macs(1, 2))

    virtually(ask)


def test_a_limited_batch_is_checked_later():
    org, refused = BigOrganization(), [429, 429]
    org.special = lambda _request: (
        httpx.Response(refused.pop(), headers={"Retry-After": "9"}) if refused else None
    )

    states, seconds = virtually(lambda: org.calling.mac_states(macs(*range(450))))

    assert (len(states), len(org.asked)) == (450, 3 + 2)
    assert 9 <= seconds < 30


async def test_a_few_devices_are_asked_for_by_mac():
    org = BigOrganization(devices=5_000)

    listed = await org.calling.devices_with_macs(["00:00:00:00:13:87", *macs(3, 9_999)])

    assert {mac: [device.id for device in devices] for mac, devices in listed.items()} == {
        "00:00:00:00:13:87": ["d4999"], "000000000003": ["d3"], "00000000270F": [],
    }  # fmt: skip
    assert org.calls() == {"devices": 3}


async def test_a_thousand_devices_are_read_from_pages():
    org = BigOrganization(devices=5_000)

    listed = await org.calling.devices_with_macs(macs(*range(0, 5_000, 5)))

    assert [devices[0].id for devices in listed.values()] == [f"d{n}" for n in range(0, 5_000, 5)]
    assert org.calls() == {"devices": 50}


async def test_devices_far_behind_are_asked_for_one_by_one():
    org = BigOrganization(devices=5_000)

    listed = await org.calling.devices_with_macs(macs(*range(4_980, 5_010)))

    assert sum(map(bool, listed.values())) == 20
    assert org.calls()["devices"] <= 2 * 30 + 5


async def test_a_device_that_is_listed_twice_is_one_and_two_with_one_mac_are_two():
    org = BigOrganization(devices=30)
    org.devices += [*org.devices[:5], org.devices[9] | {"id": "other"}]

    listed = await org.calling.devices_with_macs(macs(*range(20)))

    assert len(listed[macs(3)[0]]) == 1
    assert [device.id for device in listed[macs(9)[0]]] == ["d9", "other"]


async def test_other_devices_in_the_answer_are_left_out():
    org = BigOrganization(devices=30)
    org.special = lambda _request: httpx.Response(200, json={"items": org.devices})

    listed = await org.calling.devices_with_macs(macs(3, 4))

    assert {mac: [device.id for device in devices] for mac, devices in listed.items()} == {
        macs(3)[0]: ["d3"], macs(4)[0]: ["d4"],
    }  # fmt: skip


@pytest.mark.parametrize("links", [{}, {"Link": f'<{BASE}/devices?start=1>; rel="next"'}], ids=str)
async def test_a_list_of_devices_that_ends_early_or_in_a_circle_hides_none(links):
    """There are reports of lists that end after 100 devices, without a link."""
    org = BigOrganization(devices=300)
    org.special = lambda request: (
        httpx.Response(200, json={"items": org.devices[:100]}, headers=links)
        if "mac" not in request.url.params
        else None
    )

    listed = await org.calling.devices_with_macs(macs(*range(80, 120)))

    assert all(listed.values())


async def test_odd_devices_spoil_no_other():
    org = BigOrganization(devices=30)
    odd: list[Any] = [7, None, {}, {"id": 4}, {"mac": 4}, {"id": "x", "mac": [1], "tags": "t"}]
    org.special = lambda _request: httpx.Response(200, json={"items": [*odd, *org.devices]})

    listed = await org.calling.devices_with_macs(macs(*range(10)))

    assert all(len(devices) == 1 for devices in listed.values())


@pytest.mark.parametrize("count", [2, 20])
async def test_devices_that_cannot_be_read_are_an_error(count):
    org = BigOrganization(devices=30)
    org.special = lambda _request: httpx.Response(403, json={"message": "No."})

    with pytest.raises(Forbidden) as refused:
        await org.calling.devices_with_macs(macs(*range(count)))
    assert refused.value.call == "GET devices"
