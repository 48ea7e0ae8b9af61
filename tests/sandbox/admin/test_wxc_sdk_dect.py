"""The whole DECT API of wxc_sdk, unmodified: every public method of it is called here."""

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.ids import public_id
from tests.sandbox.admin.admin_client import Api
from tests.sandbox.admin.wxc_sdk_client import error_text, with_sdk

if TYPE_CHECKING:
    from wxc_sdk.telephony.dect_devices import DECTDevicesApi

BASES = ["AA0000000001", "AA0000000002"]


class Used:
    """The API, and the names of its methods that were called."""

    def __init__(self, api: "DECTDevicesApi") -> None:
        self._api = api
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.names.add(name)
        return getattr(self._api, name)


@pytest.fixture(scope="module")
def used() -> set[str]:
    """The names of all methods called by the tests of this module."""
    return set()


@pytest.fixture
async def lyon(api: Api) -> tuple[str, str]:
    """A location and a new network in it."""
    path = f"/telephony/config/locations/{api.location('Lyon')}/dectNetworks"
    body = {
        "name": "Hall",
        "model": "DMS Cisco DBS210",
        "defaultAccessCodeEnabled": False,
        "defaultAccessCode": "",
    }
    created = await api.post(path, body)
    return api.location("Lyon"), str(created.json()["dectNetworkId"])


async def with_dect(api: Api, used: set[str], story: Any) -> Any:
    """Let a test use the DECT API and record the methods it calls."""

    def use(sdk):
        dect = Used(sdk.telephony.dect_devices)
        try:
            return story(dect)
        finally:
            used.update(dect.names)

    return await with_sdk(api, use)


async def test_networks(api, used):
    from wxc_sdk.rest import RestError
    from wxc_sdk.telephony.dect_devices import DECTNetworkModel

    location = api.location("Lyon")

    def story(dect):
        models = [model.number_of_line_ports for model in dect.device_type_list()]
        key = dect.create_dect_network(
            location_id=location,
            name="Yard",
            model=DECTNetworkModel.dms_cisco_dbs110,
            default_access_code_enabled=True,
            default_access_code="0042",
            display_name="Yard",
        )
        created = dect.dect_network_details(location, key)
        dect.update_dect_network(location, key, "Court", True, "0043", "Court")
        (listed,) = dect.list_dect_networks(name="cou", location_id=location)
        with pytest.raises(RestError) as misspelt:
            dect.update_dect_network_settings(created)
        dect.delete_dect_network(location, key)
        with pytest.raises(RestError) as deleted:
            dect.dect_network_details(location, key)
        return models, created, listed, error_text(misspelt.value), error_text(deleted.value)

    models, created, listed, misspelt, deleted = await with_dect(api, used, story)

    assert models == [30, 1000]
    assert (created.name, created.display_name, created.default_access_code) == (
        "Yard",
        "Yard",
        "0042",
    )
    assert (listed.name, listed.display_name, listed.default_access_code) == (
        "Court",
        "Court",
        "0043",
    )
    # wxc_sdk 1.37 sends Python names instead of those of the API, which no contract has.
    assert misspelt[0] == 400
    assert "default_access_code" in misspelt[2]
    assert deleted[:2] == (404, 27455)


async def test_base_stations(api, used, lyon):
    def story(dect):
        added = dect.create_base_stations(*lyon, [*BASES, BASES[0].lower(), "001122334455", "x"])
        listed = dect.list_base_stations(*lyon)
        details = dect.base_station_details(*lyon, listed[0].id)
        dect.delete_base_station(*lyon, listed[0].id)
        remaining = [base.mac for base in dect.list_base_stations(*lyon)]
        dect.delete_bulk_base_stations(*lyon)
        return added, listed, details, remaining, dect.list_base_stations(*lyon)

    added, listed, details, remaining, none = await with_dect(api, used, story)

    assert [result.result.status for result in added] == [201, 201, 409, 409, 400]
    assert [item.result.id for item in added[:2]] == [item.id for item in listed]
    assert [item.mac for item in listed] == BASES
    assert (details.mac, details.handsets) == (BASES[0], [])
    assert (remaining, none) == (BASES[1:], [])


async def test_handsets(api, used, lyon):
    from wxc_sdk.telephony.dect_devices import AddDECTHandset

    hugo, kim, room = (api.id_of(who) for who in ("hugo", "kim", "Meeting Room Lyon"))

    def story(dect):
        dect.add_a_handset(*lyon, hugo, custom_display_name="Hugo 1")
        (handset,) = dect.list_handsets(*lyon, member_id=hugo).handsets
        dect.update_handset(*lyon, handset.id, hugo, "Hugo one", kim)
        both = dect.handset_details(*lyon, handset.id)
        items = [
            AddDECTHandset(line1_member_id=room, custom_display_name=f"Room {n}") for n in "12"
        ]
        bulk = dect.add_list_of_handsets(*lyon, items)
        everything = dect.list_handsets(*lyon)
        of_room = dect.dect_networks_associated_with_workspace(room)
        of_kim = dect.dect_networks_associated_with_person(kim)
        dect.delete_handset(*lyon, handset.id)
        dect.delete_handsets(*lyon, [everything.handsets[1].id])
        remaining = [handset.custom_display_name for handset in dect.list_handsets(*lyon).handsets]
        dect.delete_handsets(*lyon, [], delete_all=True)
        return (
            both,
            bulk,
            everything,
            of_room,
            of_kim,
            remaining,
            dect.list_handsets(*lyon).handsets,
        )

    both, bulk, everything, of_room, of_kim, remaining, none = await with_dect(api, used, story)

    assert (both.custom_display_name, both.default_display_name) == ("Hugo one", "Hugo Petit")
    assert [line.member_id for line in both.lines] == [hugo, kim]
    assert [result.result.status for result in bulk] == [200, 200]
    assert (everything.number_of_handsets_assigned, everything.number_of_lines_assigned) == (3, 4)
    assert [handset.index for handset in everything.handsets] == [1, 2, 3]
    assert [handset.primary_enabled for handset in everything.handsets] == [True, True, False]
    assert [(network.name, network.number_of_handsets_assigned) for network in of_room] == [
        ("Hall", 2)
    ]
    assert [(network.name, network.number_of_handsets_assigned) for network in of_kim] == [
        ("Hall", 1)
    ]
    assert (remaining, none) == (["Room 2"], [])


async def test_a_handset_is_registered_some_seconds_after_it_was_paired(api, used, lyon):
    hugo = api.id_of("hugo")

    def add(dect):
        dect.add_a_handset(*lyon, hugo, custom_display_name="Hugo 1")
        dect.create_base_stations(*lyon, BASES)
        return show(dect)

    def show(dect):
        (row,) = dect.list_handsets(*lyon).handsets
        return dect.handset_details(*lyon, row.id)

    def show_with_bases(dect):
        bases = dect.list_base_stations(*lyon)
        at_first = dect.list_handsets(*lyon, basestation_id=bases[0].id).handsets
        return show(dect), bases, at_first, dect.base_station_details(*lyon, bases[0].id)

    before = await with_dect(api, used, add)
    await api.sandbox.client.switch_base(BASES[0], online=True)
    api.clock.advance(4)
    await api.sandbox.client.pair_handset(BASES[0], before.access_code)
    api.clock.advance(4)
    after, bases, at_first, base = await with_dect(api, used, show_with_bases)

    assert (before.base_station_id, before.mac) == (None, None)
    assert before.lines[0].last_registration_time is None
    assert (after.base_station_id, len(after.mac)) == (bases[0].id, 12)
    assert after.lines[0].last_registration_time == str(int(api.clock.now().timestamp() * 1000))
    assert [base.number_of_lines_registered for base in bases] == [1, 0]
    assert (
        [handset.id for handset in at_first]
        == [after.id]
        == [handset.id for handset in base.handsets]
    )
    assert (base.handsets[0].access_code, base.handsets[0].lines[0].extension) == (
        after.access_code,
        "2113",
    )


async def test_members(api, used):
    (line,) = api.sandbox.cloud.organization.virtual_lines
    line_id = public_id("VIRTUAL_LINE", line)

    def story(dect):
        def names(**query):
            return [
                f"{member.first_name} {member.last_name}"
                for member in dect.available_members(**query)
            ]

        return {
            "everybody": names(),
            "by first name": names(order="fname", location_id=api.location("Lyon")),
            "owners": names(location_id=api.location("Berlin"), usage_type="DEVICE_OWNER"),
            "without": names(location_id=api.location("Berlin"), exclude_virtual_line=True),
            "name": names(member_name="KELL"),
            "number": names(phone_number="125107"),
            "extension": names(extension="1900"),
            "of the line": dect.dect_networks_associated_with_virtual_line(line_id),
        }

    matches = await with_dect(api, used, story)

    lasts = [name.rsplit(" ", 1)[1].casefold() for name in matches["everybody"]]
    assert lasts == sorted(lasts)
    assert len(set(matches["everybody"])) == len(lasts) > 20  # over several pages
    assert {"Night Desk", "Meeting Room North ."} < set(matches["everybody"])
    assert not {"Ada Fischer", "Nora Quist", "Boardroom .", "Provbot "} & set(matches["everybody"])
    firsts = matches["by first name"]
    assert firsts == sorted(firsts)
    assert "Night Desk" not in matches["owners"] + matches["without"]
    assert matches["name"] == ["Bob Keller", "Bob Kellner"]
    assert matches["number"] == ["Bob Keller"]
    assert matches["extension"] == ["Night Desk"]
    assert matches["of the line"] == []


async def test_the_serviceability_password(api, used, lyon):
    def story(dect):
        off = dect.get_dect_serviceability_password_status(*lyon)
        dect.update_dect_serviceability_password_status(*lyon, True)
        on = dect.get_dect_serviceability_password_status(*lyon)
        dect.update_dect_serviceability_password_status(*lyon, False)
        passwords = {dect.generate_and_enable_dect_serviceability_password(*lyon) for _ in "12"}
        return off, on, passwords, dect.get_dect_serviceability_password_status(*lyon)

    off, on, passwords, generated = await with_dect(api, used, story)

    assert (off, on, generated) == (False, True, True)
    assert {len(password) for password in passwords} == {16}
    assert len(passwords) == 2


def test_no_method_was_forgotten(used):
    from wxc_sdk.telephony.dect_devices import DECTDevicesApi

    public = {name for name in vars(DECTDevicesApi) if not name.startswith("_")} - {"base"}
    assert used == public
