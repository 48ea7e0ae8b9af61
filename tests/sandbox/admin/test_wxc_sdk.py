"""jeokrohn's wxc_sdk, which knows nothing of the sandbox, works with it unmodified."""

import pytest

from tests.sandbox.admin.admin_client import FREE_MAC
from tests.sandbox.admin.wxc_sdk_client import error_text, with_sdk


async def test_devices_are_listed_over_all_pages(api):
    from wxc_sdk.devices import ProductType

    devices = await with_sdk(api, lambda sdk: list(sdk.devices.list()))

    assert len(devices) == 11
    assert {device.product_type for device in devices} == {ProductType.phone, ProductType.roomdesk}


async def test_a_phone_is_created_tagged_shown_and_deleted(api):
    from wxc_sdk.devices import TagOp

    def use(sdk):
        created = sdk.devices.create_by_mac_address(
            mac=FREE_MAC, person_id=api.id_of("bob"), model="DMS Cisco 8845"
        )
        tagged = sdk.devices.modify_device_tags(created.device_id, op=TagOp.add, value=["a", "b"])
        cleared = sdk.devices.modify_device_tags(created.device_id, op=TagOp.remove)
        details = sdk.devices.details(created.calling_device_id)
        (matches,) = sdk.devices.list(mac=FREE_MAC)
        sdk.devices.delete(created.device_id)
        return created, tagged, cleared, details, matches, list(sdk.devices.list(mac=FREE_MAC))

    created, tagged, cleared, details, matches, remaining = await with_sdk(api, use)

    assert (tagged.tags, cleared.tags) == (["a", "b"], [])
    assert created == details == matches
    assert remaining == []


async def test_creating_a_9800_returns_none(api):
    created = await with_sdk(
        api,
        lambda sdk: sdk.devices.create_by_mac_address(
            mac=FREE_MAC, person_id=api.id_of("bob"), model="Cisco 9841"
        ),
    )

    assert created is None


async def test_refusals_are_understood(api):
    from wxc_sdk.rest import RestError

    def use(sdk):
        with pytest.raises(RestError) as refused:
            sdk.devices.create_by_mac_address(
                mac="001122334455", person_id=api.id_of("bob"), model="DMS Cisco 8845"
            )
        with pytest.raises(RestError) as unlicensed:
            sdk.devices.create_by_mac_address(
                mac=FREE_MAC, person_id=api.id_of("dave"), model="DMS Cisco 8845"
            )
        return error_text(refused.value), error_text(unlicensed.value)

    refused, unlicensed = await with_sdk(api, use)

    assert refused == (403, 0, "MAC Address is in use by another device")
    assert unlicensed[:2] == (400, 4008)


async def test_an_activation_code_is_read(api):
    answer = await with_sdk(
        api,
        lambda sdk: sdk.devices.activation_code(
            workspace_id=api.id_of("Meeting Room South"), model="DMS Cisco 8845"
        ),
    )

    assert len(answer.code) == 16
    assert answer.expiry_time > api.clock.now()


async def test_places_are_listed(api):
    def use(sdk):
        workspaces = list(sdk.workspaces.list(calling="webexCalling"))
        return (
            {workspace.display_name for workspace in workspaces},
            {location.name for location in sdk.locations.list()},
            sdk.locations.by_name("Lyon"),
            {licence.name for licence in sdk.licenses.list() if licence.webex_calling},
        )

    workspaces, locations, lyon, licences = await with_sdk(api, use)

    assert len(workspaces) == 6
    assert locations == {"Berlin", "Lyon", "Austin"}
    assert (lyon.location_id, lyon.address.country) == (api.location("Lyon"), "FR")
    assert licences == {"Webex Calling - Professional", "Webex Calling - Workspaces"} | {
        name for name in licences if "Standard" in name
    }


async def test_supported_devices_and_macs_are_read(api):
    from wxc_sdk.telephony.devices import MACState

    def use(sdk):
        return (
            sdk.telephony.supported_devices().devices,
            sdk.telephony.devices.validate_macs([FREE_MAC]),
            sdk.telephony.devices.validate_macs(["kjhgf", "001122334455"]),
        )

    devices, fine, response = await with_sdk(api, use)

    assert "DMS Cisco 8845" in {device.model for device in devices}
    assert fine.mac_status is None
    states = [status.state for status in response.mac_status]
    assert states == [MACState.invalid, MACState.unavailable]


async def test_an_owners_devices_are_read(api):
    def use(sdk):
        person = sdk.person_settings.devices(person_id=api.id_of("ivy"))
        room = sdk.workspace_settings.devices.list(workspace_id=api.id_of("Lobby Berlin"))
        return person, list(room)

    person, room = await with_sdk(api, use)

    assert [(device.mac, device.model) for device in person.devices] == [
        ("0011223344B2", "Cisco 9841")
    ]
    assert person.max_device_count == 5
    assert [device.mac for device in room] == ["0011223344C3"]


async def test_a_dect_network_is_created_listed_shown_and_deleted(api):
    from wxc_sdk.rest import RestError
    from wxc_sdk.telephony.dect_devices import DECTNetworkModel

    location = api.location("Lyon")

    def use(sdk):
        dect = sdk.telephony.dect_devices
        key = dect.create_dect_network(
            location_id=location,
            name="Hall",
            model=DECTNetworkModel.cisco_dect_110_base,
            default_access_code_enabled=True,
            default_access_code="0042",
        )
        details = dect.dect_network_details(location_id=location, dect_network_id=key)
        listed = dect.list_dect_networks(location_id=location)
        dect.update_dect_network(location, key, "Depot", True, "0043")
        renamed = dect.dect_network_details(location_id=location, dect_network_id=key)
        dect.delete_dect_network(location_id=location, dect_network_id=key)
        with pytest.raises(RestError) as deleted:
            dect.dect_network_details(location_id=location, dect_network_id=key)
        return details, listed, renamed, error_text(deleted.value)

    details, listed, renamed, deleted = await with_sdk(api, use)

    assert details.model == DECTNetworkModel.dms_cisco_dbs110
    assert listed == [details]
    assert (renamed.name, renamed.default_access_code) == ("Depot", "0043")
    assert deleted[:2] == (404, 27455)


async def test_dect_models_are_read(api):
    models = await with_sdk(api, lambda sdk: sdk.telephony.dect_devices.device_type_list())

    assert [model.number_of_base_stations for model in models] == [1, 250]


async def test_a_sip_password_is_generated(api):
    location = api.location("Berlin")

    password = await with_sdk(api, lambda sdk: sdk.telephony.location.generate_password(location))

    assert len(password) > 8


async def test_people_are_listed_and_shown_with_their_calling_data(api):
    def use(sdk):
        everybody = list(sdk.people.list(calling_data=True, max=7))
        (bob,) = sdk.people.list(email="bob@acme.example")
        names = {licence.license_id: licence.name for licence in sdk.licenses.list()}
        return everybody, sdk.people.details(bob.person_id, calling_data=True), names

    everybody, bob, names = await with_sdk(api, use)

    assert len({person.person_id for person in everybody}) == len(everybody) >= 25
    assert (bob.display_name, bob.location_id) == ("Bob Keller", api.location("Berlin"))
    assert bob.extension == "1107"
    assert "Webex Calling - Professional" in {names[licence] for licence in bob.licenses}
