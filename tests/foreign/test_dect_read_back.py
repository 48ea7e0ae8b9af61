"""wxc_sdk reads back the DECT networks that provbot's calls build."""

from dataclasses import dataclass
from typing import Any

from bot.core.models.dect import HandsetSettings, NetworkRef
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken, ssl_context
from bot.webex.http_client import http_client
from tests.sandbox.admin.admin_client import Api, admin_api
from tests.sandbox.admin.wxc_sdk_client import with_sdk

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


async def build(api: Api) -> None:
    """Build a network with two base stations and three handsets, one of them with two lines."""
    hugo, kim, room = (api.id_of(who) for who in ("hugo", "kim", "Meeting Room Lyon"))
    token = FixedToken(api.http.headers["Authorization"].removeprefix("Bearer "))
    async with http_client(ssl_context(api.sandbox.ca_file)) as http:
        client = Client(http, api.sandbox.api_url, token)
        dect = CallingApi(client, Cache(lambda: 0.0), None).dect
        body = {
            "name": "Hall",
            "model": "DMS Cisco DBS210",
            "defaultAccessCodeEnabled": True,
            "defaultAccessCode": CODE,
        }
        location = api.location("Lyon")
        hall = NetworkRef(location, await dect.create_network(location, body))
        await dect.add_base_stations(hall, BASES)
        names = {hugo: "Hugo", room: "Room"}
        await dect.add_handsets(
            hall, [HandsetSettings(line1=who, display_name=name) for who, name in names.items()]
        )
        await dect.add_handset(hall, HandsetSettings(line1=kim, display_name="Kim"))
        (handset,) = await dect.handsets(hall, member_id=kim)
        both = HandsetSettings(line1=kim, line2=hugo, display_name="Kim")
        await dect.update_handset(hall, handset.id, both)


async def test_what_provbots_calls_built_is_read_back():
    async with admin_api() as api:
        await build(api)
        network = await with_sdk(api, lambda sdk: read_back(sdk, "Hall"))
        hugo, kim, room = (api.id_of(who) for who in ("hugo", "kim", "Meeting Room Lyon"))

    assert network == Network(
        model="DMS Cisco DBS210",
        access_code=CODE,
        counts=(2, 3, 4),
        bases=[(mac, 0) for mac in BASES],
        handsets=[
            ("Hugo", [hugo], None, None),
            ("Room", [room], None, None),
            ("Kim", [kim, hugo], None, None),
        ],
    )


async def test_a_handset_that_was_paired_is_read_back_with_its_base_station():
    async with admin_api() as api:
        await build(api)
        await api.sandbox.client.switch_base(BASES[1], online=True)
        api.clock.advance(4)
        await api.sandbox.client.pair_handset(BASES[1], CODE, index=3, mac="00005E0053F1")
        api.clock.advance(4)
        network = await with_sdk(api, lambda sdk: read_back(sdk, "Hall"))

    assert network.bases == [(BASES[0], 0), (BASES[1], 2)]
    assert [handset[2:] for handset in network.handsets] == [
        (None, None),
        (None, None),
        ("00005E0053F1", BASES[1]),
    ]
