"""Devices: what `CallingApi` sends for a change, and how it reads the answer."""

import pytest

from bot.core import api_calls
from bot.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Unavailable,
    WebexError,
)
from bot.core.models.webex import Device, MacState, SipSettings
from bot.core.single_attempt import single_attempt
from tests.bot.webex.organization import BASE, OWNER, Organization


@pytest.mark.parametrize(
    ("body", "available"),
    [
        ({"status": "OK"}, True),
        ({"status": "OK", "macStatus": []}, True),
        ({"macStatus": None}, True),
        ({"macStatus": [{"mac": "D82E3EEF4E5C", "state": "AVAILABLE"}]}, True),
        ({"macStatus": [{"mac": "00005E005301", "state": "UNAVAILABLE"}]}, True),
        (
            {
                "macStatus": [
                    {"mac": "d8:2e:3e:ef:4e:5c", "state": "UNAVAILABLE", "message": "In use."}
                ]
            },
            False,
        ),
        ({"macStatus": [{"mac": "D82E3EEF4E5C", "state": "INVALID"}]}, False),
        ({"macStatus": [{"mac": "D82E3EEF4E5C", "state": "SOMETHING_NEW"}]}, False),
    ],
)
async def test_a_mac_is_free_unless_it_is_listed(body, available):
    org = Organization(telephony__config__devices__actions__validateMacs__invoke=body)
    assert (await org.calling.mac_state("D82E3EEF4E5C")).available is available
    assert org.body == {"macs": ["D82E3EEF4E5C"]}


async def test_webexs_message_about_a_mac_is_kept():
    row = {"mac": "D82E3EEF4E5C", "state": "UNAVAILABLE", "message": "In use."}
    org = Organization(
        telephony__config__devices__actions__validateMacs__invoke={"macStatus": [row]}
    )
    assert await org.calling.mac_state("D82E3EEF4E5C") == MacState(
        available=False, message="In use."
    )


@pytest.mark.parametrize(("key", "field"), [("PEOPLE:p1", "personId"), ("PLACE:w1", "workspaceId")])
@pytest.mark.parametrize("password", [None, "hunter2"])
async def test_a_phone_is_added_for_one_owner_in_this_organization(key, field, password):
    org = Organization(devices={"id": "d1", "mac": "D82E3EEF4E5C"})
    owner = await org.calling.owner(key)
    assert owner
    body = {"mac": "D82E3EEF4E5C", "model": "M", **owner.field}
    device = await org.calling.add_phone(body, password=password)
    assert device
    assert device.id == "d1"
    assert org.asked[-1].url.params["orgId"] == "org-1"
    sent = {"mac": "D82E3EEF4E5C", "model": "M", field: key.partition(":")[2]}
    assert org.body == sent | ({"password": password} if password else {})


async def test_an_empty_answer_for_the_9800_series_is_no_device():
    org = Organization(devices=204)
    owner = await org.calling.owner("PEOPLE:p1")
    assert owner
    assert await org.calling.add_phone({"mac": "x", "model": "M", **owner.field}) is None


async def test_a_device_with_missing_fields_is_read():
    odd = {
        "items": [{"id": "d1", "displayName": None, "tags": None, "connectionStatus": "brand_new"}]
    }
    (device,) = await Organization(devices=odd).calling.devices(mac="x")
    assert (device.name, device.tags, device.status) == ("", (), "brand_new")


ROW = {
    "id": "d1", "displayName": "Ann Alder", "product": "Cisco 8845", "mac": "00:00:5E:00:53:01",
    "personId": "p1", "locationId": "l1", "connectionStatus": "connected", "tags": ["a", 7],
}  # fmt: skip


async def test_a_device_is_read_by_id_in_this_organization():
    org = Organization(devices__d1=ROW)
    device = await org.calling.device("d1")
    assert device
    assert (device.id, device.name, device.mac, device.tags) == (
        "d1",
        "Ann Alder",
        ROW["mac"],
        ("a", "7"),
    )
    assert str(org.asked[-1].url) == f"{BASE}/devices/d1?orgId=org-1"


async def test_a_deleted_device_is_none():
    assert await Organization().calling.device("d1") is None


async def test_a_device_is_not_cached():
    org = Organization(devices__d1=ROW)
    await org.calling.device("d1")
    await org.calling.device("d1")
    assert org.times("/devices/d1") == 2


@pytest.mark.parametrize("answer", [{}, 204, 404])
async def test_a_device_is_deleted_once_or_was_deleted_already(answer):
    org = Organization(devices__d1=answer)
    await org.calling.delete_device("d1")
    request = org.asked[0]
    assert len(org.asked) == (2 if answer == 404 else 1)  # a 404 is looked after
    assert (request.method, str(request.url)) == ("DELETE", f"{BASE}/devices/d1?orgId=org-1")
    assert request.content == b""


async def test_a_stray_404_does_not_mean_that_a_device_is_deleted():
    org = Organization(devices__d1=ROW)
    org.refuses = {"DELETE": 404}
    with pytest.raises(NotFound):
        await org.calling.delete_device("d1")


@pytest.mark.parametrize("answer", [{}, {"mac": "00005E005301"}, 200, 204])
async def test_an_answer_without_an_id_is_no_device(answer):
    org = Organization(devices=answer)
    body = {"mac": "00005E005301", "model": "M", **OWNER.field}
    added = await org.calling.add_phone(body)
    assert added is None


@pytest.mark.parametrize(
    ("status", "problem"), [(403, Forbidden), (409, Conflict), (500, OutcomeUnknown)]
)
async def test_a_refusal_to_delete_a_device_is_raised(status, problem):
    with pytest.raises(problem):
        await Organization(devices__d1=status).calling.delete_device("d1")


@pytest.mark.parametrize("op", ["add", "replace"])
async def test_tags_are_changed_by_one_json_patch(op):
    org = Organization(devices__d1=ROW | {"tags": ["b"]})
    await getattr(org.calling, f"{op}_tags")("d1", ("b",))
    (request,) = org.asked
    assert (request.method, str(request.url)) == ("PATCH", f"{BASE}/devices/d1?orgId=org-1")
    assert request.headers["content-type"] == "application/json-patch+json"
    assert org.body == {"op": op, "path": "tags", "value": ["b"]}


async def test_an_empty_list_of_tags_can_be_set():
    org = Organization(devices__d1=ROW | {"tags": []})
    await org.calling.replace_tags("d1", ())
    assert org.body["value"] == []


@pytest.mark.parametrize(
    ("status", "problem"), [(404, NotFound), (409, Conflict), (502, OutcomeUnknown)]
)
async def test_a_refusal_of_tags_is_raised_and_not_retried(status, problem):
    org = Organization(devices__d1=status)
    with pytest.raises(problem):
        await org.calling.replace_tags("d1", ("b",))
    assert org.times("/devices/d1") == 1


@pytest.mark.parametrize(
    ("body", "settings"),
    [
        (
            {
                "owner": {"sipUserName": "392829", "linePort": "lg1_LGU@64941297.example.com"},
                "proxy": {"outboundProxy": "hs17.example.com"},
            },
            SipSettings(
                user_name="392829",
                line_id="lg1_LGU",
                domain="64941297.example.com",
                outbound_proxy="hs17.example.com",
            ),
        ),
        ({"owner": {"sipUserName": "392829"}}, SipSettings(user_name="392829")),
        ({}, SipSettings()),
    ],
)
async def test_sip_settings_are_read_as_far_as_webex_tells_them(body, settings):
    org = Organization(telephony__config__devices__c1=body)
    assert await org.calling.sip_settings(Device(id="d1", calling_id="c1")) == settings


async def test_sip_settings_that_are_not_understood_are_a_failed_read():
    org = Organization(telephony__config__devices__d1={"owner": ["392829"]})
    with pytest.raises(Unavailable):
        await org.calling.sip_settings(Device(id="d1"))


async def test_a_device_tells_who_manages_it_and_its_id_for_calling():
    row = {"id": "d1", "managedBy": "CUSTOMER", "callingDeviceId": "c1"}
    org = Organization(devices={"items": [row, {"id": "d2"}]})
    third_party, other = await org.calling.devices()
    assert (third_party.customer_managed, third_party.calling_id) == (True, "c1")
    assert (other.customer_managed, other.calling_id) == (False, "")


async def test_changes_are_applied_by_one_call_without_a_body():
    org = Organization(telephony__config__devices__c1__actions__applyChanges__invoke=204)
    await org.calling.apply_changes("c1")
    path = "/telephony/config/devices/c1/actions/applyChanges/invoke"
    assert org.times(path) == 1
    assert org.asked[-1].content == b""


@pytest.mark.parametrize(
    ("status", "problem"), [(400, WebexError), (404, NotFound), (502, OutcomeUnknown)]
)
async def test_a_refusal_to_apply_changes_is_raised_and_not_retried(status, problem):
    org = Organization(telephony__config__devices__c1__actions__applyChanges__invoke=status)
    with pytest.raises(problem) as raised:
        await org.calling.apply_changes("c1")
    assert raised.value.call == api_calls.APPLY_CHANGES.call
    assert org.times("/telephony/config/devices/c1/actions/applyChanges/invoke") == 1


async def test_what_is_no_id_is_not_sent():
    org = Organization()
    with pytest.raises(NotFound):
        await org.calling.apply_changes("../people/me")
    assert org.asked == []


@pytest.mark.parametrize(
    ("codes", "errors"),
    [
        (["sipprofileregistration", "ntpstatus"], ("sipprofileregistration", "ntpstatus")),
        ([{"errorCode": "a"}, {"code": 7}, {"type": "b", "description": "c"}], ("a", "7", "b")),
        (["a", "a", "", None, True, ["b"], {}], ("a",)),
        ("ntpstatus", ("ntpstatus",)),
        (["a\n\u202eb"], ("a b",)),
        ({}, ()),
        ([], ()),
        (None, ()),
    ],
)
async def test_what_a_device_reports_is_read_in_any_shape(codes, errors):
    org = Organization(devices={"items": [{"id": "d1", "errorCodes": codes}]})
    (device,) = await org.calling.devices()
    assert device.errors == errors


async def test_a_page_of_devices_tells_where_the_next_one_is():
    link = f"{BASE}/devices?start=100&max=100"
    org = Organization(devices={"items": [{"id": "d1"}, {"id": 7, "tags": "no list"}]})
    org.links["/devices"] = link

    page = await org.calling.device_page(personId="p1")

    assert ([device.id for device in page.devices], page.next_link) == (["d1"], link)
    assert (page.has_unreadable, page.is_cut) == (True, False)
    sent = {"max": "100", "orgId": "org-1", "personId": "p1"}
    assert dict(org.asked[-1].url.params) == sent
    await org.calling.device_page(page.next_link)
    assert str(org.asked[-1].url) == link


async def test_a_full_page_without_a_link_may_be_cut():
    org = Organization(devices={"items": [{"id": f"d{number}"} for number in range(100)]})

    page = await org.calling.device_page()

    assert (page.next_link, page.is_cut) == ("", True)


async def test_pages_of_devices_are_not_cached():
    org = Organization(devices={"items": []})

    await org.calling.device_page()
    await org.calling.device_page()

    assert org.times("/devices") == 2


async def test_a_page_without_its_list_is_no_empty_page():
    org = Organization(devices={"notItems": []})

    with pytest.raises(Unavailable), single_attempt():
        await org.calling.device_page()

    assert org.times("/devices") == 1


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_call_of_which_there_is_one_attempt_is_made_once(status: int):
    org = Organization(devices=status)

    with pytest.raises(WebexError), single_attempt():
        await org.calling.device_page()

    assert org.times("/devices") == 1


async def test_the_list_of_an_owner_tells_the_activation_in_either_case():
    rows = [
        {"id": "c1", "activationState": "activated", "ipAddress": "192.0.2.1"},
        {"id": "c2", "activationState": "ACTIVATING"},
        {"id": "c3"},
    ]
    org = Organization(telephony__config__people__p1__devices={"devices": rows})

    owned = (await org.calling.devices_of(OWNER)).devices

    assert [device.activation for device in owned] == ["ACTIVATED", "ACTIVATING", ""]
    assert [device.ip for device in owned] == ["192.0.2.1", "", ""]


async def test_a_link_to_another_host_is_not_followed():
    org = Organization(devices={"items": []})

    with pytest.raises(Unavailable), single_attempt():
        await org.calling.device_page("https://other.example.test/v1/devices?start=100")

    assert org.asked == []
