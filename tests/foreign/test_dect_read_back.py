"""wxc_sdk reads back the DECT networks that provbot builds."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import ManualClock
from sandbox.settings import Settings
from tests.database import copy
from tests.journeys.conftest import allowlist
from tests.journeys.world import ELI, World, living
from tests.sandbox.admin.admin_client import connected
from tests.sandbox.admin.wxc_sdk_client import with_sdk
from tests.sandbox.organization import NOW

__all__ = ["allowlist"]  # a shared fixture
BASES = ["00005E005301", "00005E005302"]
CODE = "0042"


@dataclass(frozen=True)
class Network:
    """A DECT network as wxc_sdk reads it. `handsets`: name, members of the lines, MAC, base MAC."""

    model: str
    access_code: str
    counts: tuple[int, int, int]  # base stations, handsets, lines
    bases: list[tuple[str, int]]  # MAC, and lines registered
    handsets: list[tuple[str, list[str], str | None, str | None]]


def read_back(sdk: Any, name: str) -> Network:
    """Read the only DECT network with that name, its base stations and its handsets."""
    dect = sdk.telephony.dect_devices
    (listed,) = [network for network in dect.list_dect_networks(name=name) if network.name == name]
    place = (listed.location.id, listed.id)
    network = dect.dect_network_details(*place)
    bases = dect.list_base_stations(*place)
    macs = {base.id: base.mac for base in bases}
    rows = dect.list_handsets(*place).handsets
    handsets = [dect.handset_details(*place, row.id) for row in rows]
    return Network(
        model=network.model,
        access_code=network.default_access_code,
        counts=(
            network.number_of_base_stations,
            network.number_of_handsets_assigned,
            network.number_of_lines,
        ),
        bases=[(base.mac, base.number_of_lines_registered) for base in bases],
        handsets=[_handset(handset, macs) for handset in handsets],
    )


def _handset(handset: Any, macs: dict[str, str]) -> tuple[str, list[str], str | None, str | None]:
    members = [line.member_id for line in handset.lines]
    base = macs.get(handset.base_station_id or "")
    return handset.custom_display_name, members, handset.mac, base


@pytest.fixture
async def world(allowlist: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A sandbox with the bot in it, which keeps no pause between changes of handsets."""
    copy(allowlist, tmp_path / "provbot.db")
    settings = Settings(phone_registers_s=0)
    async with living(tmp_path, settings, PROVBOT_DECT_SPACING="0") as running:
        yield running


async def set_up(world: World) -> None:
    """Eli sets up a network with two base stations and three handsets, one with two lines."""
    form = await world.say(ELI, "set up dect Hall at Lyon")
    plan = await world.press(
        ELI, form, "Continue", model="DBS210", access_code=CODE, bases="\n".join(BASES),
        members="hugo@acme.example; ; Hugo\nMeeting Room Lyon; ; Room\n"
        "kim@acme.example; hugo@acme.example; Kim",
    )  # fmt: skip
    await world.press(ELI, plan, "Confirm")
    await world.at_rest()


async def read(world: World) -> Network:
    """Return the network as wxc_sdk reads it."""
    async with connected(world.sandbox, ManualClock(NOW)) as api:
        return await with_sdk(api, lambda sdk: read_back(sdk, "Hall"))


async def test_what_was_set_up_is_read_back(world: World):
    await set_up(world)

    async with connected(world.sandbox, ManualClock(NOW)) as api:
        hugo, kim, room = (api.id_of(who) for who in ("hugo", "kim", "Meeting Room Lyon"))
    network = await read(world)
    assert replace(network, handsets=sorted(network.handsets)) == Network(
        model="DMS Cisco DBS210",
        access_code=CODE,
        counts=(2, 3, 4),
        bases=[(mac, 0) for mac in BASES],
        handsets=[
            ("Hugo", [hugo], None, None),
            ("Kim", [kim, hugo], None, None),
            ("Room", [room], None, None),
        ],
    )


async def test_a_handset_that_was_paired_is_read_back_with_its_base_station(world: World):
    await set_up(world)
    (hall,) = [network for network in await world.client.dect() if network["name"] == "Hall"]
    (kim,) = [handset["index"] for handset in hall["handsets"] if handset["name"] == "Kim"]
    await world.client.switch_base(BASES[1], online=True)
    await world.client.pair_handset(BASES[1], CODE, index=kim, mac="00005E0053F1")

    network = await read(world)
    assert network.bases == [(BASES[0], 0), (BASES[1], 2)]
    paired = {name: (mac, base) for name, _, mac, base in network.handsets}
    assert paired == {
        "Hugo": (None, None),
        "Kim": ("00005E0053F1", BASES[1]),
        "Room": (None, None),
    }
