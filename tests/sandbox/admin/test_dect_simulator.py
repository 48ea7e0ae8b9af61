"""Base stations come online, and handsets register there with the right code.

See docs/webex/provisioning.md §5.
"""

import json
from typing import Any

import pytest

from sandbox.client import ControlError
from sandbox.settings import Settings
from tests.sandbox.admin.admin_client import Api, admin_api

CONFIG = "/telephony/config"
FIRST, SECOND = "AA0000000001", "AA0000000002"
HANDSET = "AA00000000F1"
SHARED = "0042"
SEEDED_BASE = "0011223366D1"
MISSING_BASE = "There is no base station with this MAC address."
OFFLINE = "This base station is not online. Plug it in and wait for it."
UNKNOWN = "The DECT network Hall has no such handset. Add it first."
WRONG_CODE = "This access code is not right. The handset was not paired."
TAKEN = "This MAC address is already in use."


async def hall(api: Api, *owners: str, code: str | None = SHARED) -> str:
    """Return the path of a new network with two base stations, and handsets of these owners."""
    body = {
        "name": "Hall",
        "model": "DMS Cisco DBS210",
        "defaultAccessCodeEnabled": code is not None,
        "defaultAccessCode": code or "",
    }
    networks = f"{CONFIG}/locations/{api.location('Lyon')}/dectNetworks"
    path = f"{networks}/{(await api.post(networks, body)).json()['dectNetworkId']}"
    await api.post(f"{path}/baseStations", {"baseStationMacs": [FIRST, SECOND]})
    for owner in owners:
        handset = {"line1MemberId": api.id_of(owner), "customDisplayName": owner}
        await api.post(f"{path}/handsets", handset)
    return path


async def online(api: Api, *macs: str) -> None:
    """Plug in base stations and wait until they are online."""
    for mac in macs:
        await api.sandbox.client.switch_base(mac, online=True)
    api.clock.advance(4)


async def handset(api: Api, path: str, owner: str) -> dict[str, Any]:
    """Return the details of the only handset of an owner, as Webex shows them."""
    (row,) = (await api.get(f"{path}/handsets", memberId=api.id_of(owner)))["handsets"]
    return dict(await api.get(f"{path}/handsets/{row['id']}"))


async def states(api: Api) -> tuple[list[str], list[str]]:
    """Return the states of the base stations and of the handsets in the hall."""
    (network,) = [n for n in await api.sandbox.client.dect() if n["name"] == "Hall"]
    parts = network["baseStations"], network["handsets"]
    bases, handsets = ([part["state"] for part in some] for some in parts)
    return bases, handsets


async def refusal(api: Api, base: str, code: str, **options: Any) -> tuple[int, str]:
    with pytest.raises(ControlError) as refused:
        await api.sandbox.client.pair_handset(base, code, **options)
    return refused.value.status, refused.value.message


async def test_a_base_station_comes_online_some_seconds_after_it_was_plugged_in(api):
    await hall(api)
    assert await states(api) == (["offline", "offline"], [])

    plugged = await api.sandbox.client.switch_base(FIRST.lower(), online=True)
    assert plugged == {"mac": FIRST, "state": "starting", "linesRegistered": 0}
    api.clock.advance(4)

    assert (await states(api))[0] == ["online", "offline"]


async def test_a_base_station_unplugged_during_its_start_stays_offline(api):
    await hall(api)
    await api.sandbox.client.switch_base(FIRST, online=True)
    await api.sandbox.client.switch_base(FIRST, online=False)
    api.clock.advance(60)

    assert (await states(api))[0] == ["offline", "offline"]


@pytest.mark.parametrize(
    ("mac", "online", "refused"),
    [
        (SEEDED_BASE, True, "409: This base station is plugged in already."),
        (FIRST, False, "409: This base station is not plugged in."),
        (HANDSET, True, f"404: {MISSING_BASE}"),
        ("00:11", True, "400: A MAC address has twelve hexadecimal digits."),
        (FIRST, None, "400: 'online' must be true or false."),
    ],
)
async def test_a_base_station_that_cannot_be_switched_is_refused(api, mac, online, refused):
    await hall(api)
    with pytest.raises(ControlError) as error:
        await api.sandbox.client.switch_base(mac, online=online)

    assert str(error.value) == refused


async def test_a_handset_registers_with_the_shared_code_and_webex_shows_it(api):
    path = await hall(api, "hugo")
    await online(api, FIRST)

    paired = await api.sandbox.client.pair_handset(FIRST, SHARED, mac=HANDSET)
    assert (paired["state"], paired["mac"], paired["base"]) == ("registering", HANDSET, None)
    assert "mac" not in await handset(api, path, "hugo")
    api.clock.advance(4)

    assert (await states(api))[1] == ["registered"]
    details = await handset(api, path, "hugo")
    bases = (await api.get(f"{path}/baseStations"))["baseStations"]
    assert (details["mac"], details["baseStationId"]) == (HANDSET, bases[0]["id"])
    (line,) = details["lines"]
    assert line["lastRegistrationTime"] == str(int(api.clock.now().timestamp() * 1000))
    assert line["hostIP"].startswith("192.0.2.")
    assert [base["numberOfLinesRegistered"] for base in bases] == [1, 0]


async def test_each_handset_has_its_own_code_if_the_network_has_none(api):
    path = await hall(api, "hugo", "kim", code=None)
    await online(api, FIRST)
    # Two codes can be the same by chance; then the first handset would take it.
    (network,) = [
        n for n in api.sandbox.cloud.organization.dect_networks.values() if n.name == "Hall"
    ]
    for number, record in enumerate(network.handsets.values()):
        record.access_code = f"700{number}"

    assert await refusal(api, FIRST, SHARED) == (409, WRONG_CODE)
    assert await refusal(api, FIRST, "7001", index=1) == (409, WRONG_CODE)
    assert (await api.sandbox.client.pair_handset(FIRST, "7001"))["lines"] == ["Kim Larsen"]
    api.clock.advance(4)

    assert (await handset(api, path, "kim"))["baseStationId"]
    assert "baseStationId" not in await handset(api, path, "hugo")


async def test_with_a_shared_code_handsets_are_taken_in_turn_or_by_their_index(api):
    await hall(api, "hugo", "kim", "lena")
    await online(api, FIRST)
    client = api.sandbox.client

    owners = [
        (await client.pair_handset(FIRST, SHARED, index=index))["lines"]
        for index in (None, 3, None)
    ]

    assert owners == [["Hugo Petit"], ["Lena Hofer"], ["Kim Larsen"]]
    assert await refusal(api, FIRST, SHARED) == (
        409,
        "Every handset with this access code is paired already.",
    )
    assert await refusal(api, FIRST, SHARED, index=3) == (409, "This handset is paired already.")


@pytest.mark.parametrize(
    ("base", "code", "options", "refused"),
    [
        (SECOND, SHARED, {}, (409, OFFLINE)),
        (FIRST, "0043", {}, (409, WRONG_CODE)),
        (FIRST, "42", {}, (400, "An access code has four digits.")),
        (FIRST, SHARED, {"index": 9}, (404, UNKNOWN)),
        (FIRST, SHARED, {"index": True}, (400, "'index' must be a whole number.")),
        (FIRST, SHARED, {"mac": FIRST}, (409, TAKEN)),
        (FIRST, SHARED, {"mac": "001122334455"}, (409, TAKEN)),
        (FIRST, SHARED, {"mac": "00:11"}, (400, "A MAC address has twelve hexadecimal digits.")),
        (HANDSET, SHARED, {}, (404, MISSING_BASE)),
    ],
)  # fmt: skip
async def test_a_handset_that_cannot_be_paired_is_refused(api, base, code, options, refused):
    await hall(api, "hugo")
    await online(api, FIRST)

    assert await refusal(api, base, code, **options) == refused
    assert (await states(api))[1] == ["waiting"]


async def test_a_base_station_that_is_starting_pairs_nothing(api):
    await hall(api, "hugo")
    await api.sandbox.client.switch_base(FIRST, online=True)

    assert await refusal(api, FIRST, SHARED) == (409, OFFLINE)


async def test_handsets_register_with_another_base_station_when_theirs_is_unplugged(api):
    path = await hall(api, "hugo")
    await online(api, FIRST, SECOND)
    await api.sandbox.client.pair_handset(FIRST, SHARED)
    api.clock.advance(4)
    before = await handset(api, path, "hugo")

    await api.sandbox.client.switch_base(FIRST, online=False)
    assert "baseStationId" not in await handset(api, path, "hugo")
    api.clock.advance(4)

    after = await handset(api, path, "hugo")
    assert after["mac"] == before["mac"]
    assert after["baseStationId"] not in (None, before["baseStationId"])


async def test_without_a_base_station_handsets_search_until_one_is_online(api):
    await hall(api, "hugo")
    await online(api, FIRST)
    await api.sandbox.client.pair_handset(FIRST, SHARED)
    api.clock.advance(4)

    await api.sandbox.client.switch_base(FIRST, online=False)
    api.clock.advance(60)
    assert (await states(api))[1] == ["searching"]
    await online(api, SECOND)
    assert (await states(api))[1] == ["registering"]
    api.clock.advance(4)

    assert (await states(api))[1] == ["registered"]


async def test_a_handset_deleted_while_it_registers_does_not_come_back(api):
    path = await hall(api, "hugo")
    await online(api, FIRST)
    await api.sandbox.client.pair_handset(FIRST, SHARED)
    row = (await api.get(f"{path}/handsets"))["handsets"][0]
    await api.http.delete(f"{path}/handsets/{row['id']}")
    api.clock.advance(4)

    assert await states(api) == (["online", "offline"], [])
    assert (await api.get(f"{path}/baseStations"))["baseStations"][0][
        "numberOfLinesRegistered"
    ] == 0


async def test_without_a_delay_a_base_station_is_online_at_once():
    async with admin_api(Settings(phone_registers_s=None)) as api:
        await hall(api)
        await api.sandbox.client.switch_base(FIRST, online=True)

        assert (await states(api))[0] == ["online", "offline"]


async def test_the_seeded_handsets_are_registered(api):
    (network,) = await api.sandbox.client.dect()

    assert (network["name"], network["location"], network["sharedCode"]) == (
        "Warehouse DECT",
        "Austin",
        True,
    )
    assert [base["linesRegistered"] for base in network["baseStations"]] == [3, 2]
    assert {handset["state"] for handset in network["handsets"]} == {"registered"}
    assert network["handsets"][0]["lines"] == ["Eli Novak"]


async def test_each_step_is_logged_without_the_code(api):
    await hall(api, "hugo", code="7391")
    seq = await api.sandbox.client.seq()
    await online(api, FIRST)
    await api.sandbox.client.pair_handset(FIRST, "7391")
    api.clock.advance(4)
    networks = await api.sandbox.client.dect()

    changes = api.sandbox.cloud.event_log.after(seq)
    assert [change.facts["what"] for change in changes] == [
        "DECT base station starting",
        "DECT base station online",
        "DECT handset registering",
        "DECT handset registered",
    ]
    assert "7391" not in json.dumps([[change.facts for change in changes], networks])
