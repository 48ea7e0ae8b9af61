"""Adding and removing phones: every refusal, and the effect on licences.

See docs/webex/provisioning.md §4.3, §7.
"""

from datetime import timedelta

import pytest

from sandbox.errors import ApiError
from sandbox.organization.entities import Owner, OwnerKind
from sandbox.organization.mac_addresses import validate
from sandbox.organization.phones import PhoneRequest, add_phone, remove_phone, update_derived_state
from sandbox.settings import Settings
from tests.sandbox.organization import NOW, owner, person, phone_with, seeded

FREE = "D82E3EEF4E5C"


def refused(org, mac=FREE, model="DMS Cisco 8845", who="bob", password=None):
    with pytest.raises(ApiError) as refusal:
        add_phone(org, PhoneRequest(mac, model, owner(org, who), password), NOW)
    return refusal.value


def test_the_seed_has_the_documented_size():
    org = seeded()

    assert len(org.workspaces) == 8
    assert len(org.phones) == 12
    assert len([p for p in org.people.values() if p.kind == "person"]) == 25


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("Cisco IP Phone 8851", "Valid model is required"),
        ("dms cisco 8845", "Valid model is required"),
        (None, "Valid model is required"),
        ("DMS Cisco 9841", "Device model is not supported."),
        ("DMS Sandbox WP100", "Device model is not supported."),
    ],
)
def test_a_wrong_model_is_refused(model, text):
    error = refused(seeded(), model=model)

    assert (error.status, error.message) == (400, text)


@pytest.mark.parametrize("mac", ["D82E3EEF4E5", "D82E3EEF4E5G", "D8-2E-3E-EF-4E-5C", "", None, 12])
def test_a_malformed_mac_is_refused(mac):
    error = refused(seeded(), mac=mac)

    assert (error.status, error.message) == (400, "Valid device mac is required")


@pytest.mark.parametrize("mac", ["001122334455", "00:11:22:33:44:55", "0A0B0C0D0E0F"])
def test_a_mac_in_use_here_or_elsewhere_is_refused(mac):
    error = refused(seeded(), mac=mac)

    assert (error.status, error.message) == (403, "MAC Address is in use by another device")


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [("dave", 400, 4008), ("nora", 400, 5700), ("provisioning", 403, 4003)],
)
def test_an_owner_who_cannot_call_is_refused_with_a_code(who, status, code):
    body = refused(seeded(), who=who).body("a tracking id")

    assert refused(seeded(), who=who).status == status
    assert body["errors"][0]["errorCode"] == code
    assert body["message"].startswith(f"[Error {code}] ")


@pytest.mark.parametrize("who", ["grace", "frank", "Warehouse Austin", "Boardroom"])
def test_an_owner_without_room_for_a_phone_is_refused(who):
    error = refused(seeded(), who=who)

    assert (error.status, error.message) == (400, "Phones cannot be added to this user")


@pytest.mark.parametrize("kind", ["person", "workspace"])
def test_an_unknown_owner_is_not_found(kind: OwnerKind):
    with pytest.raises(ApiError) as refusal:
        add_phone(seeded(), PhoneRequest(FREE, "DMS Cisco 8845", Owner(kind, "nobody")), NOW)

    assert refusal.value.status == 404


@pytest.mark.parametrize("password", [None, "", 1])
def test_a_customer_managed_phone_needs_a_password(password):
    assert refused(seeded(), model="2N Customer Managed", password=password).status == 400


def test_a_customer_managed_phone_is_added_with_a_password():
    org = seeded()
    request = PhoneRequest(FREE, "2N Customer Managed", owner(org, "bob"), "s3cret-Word")

    assert add_phone(org, request, NOW).managed_by == "CUSTOMER"


@pytest.mark.parametrize("model", ["DMS Cisco 8845", "Cisco 8845"])
def test_both_names_of_a_model_are_good(model):
    org = seeded()

    phone = add_phone(org, PhoneRequest("d8:2e:3e:ef:4e:5c", model, owner(org, "bob")), NOW)

    assert (phone.mac, phone.model, phone.product) == (FREE, "DMS Cisco 8845", "Cisco 8845")
    assert phone.primary


def test_a_phone_ends_calling_in_the_apps_for_a_standard_person():
    org = seeded()
    observed = [person(org, "carol").calling_in_apps]

    phone = add_phone(org, PhoneRequest(FREE, "DMS Cisco 8845", owner(org, "carol")), NOW)
    observed.append(person(org, "carol").calling_in_apps)
    remove_phone(org, phone)
    observed.append(person(org, "carol").calling_in_apps)

    assert observed == [True, False, True]


def test_a_professional_keeps_calling_in_the_apps():
    org = seeded()

    add_phone(org, PhoneRequest(FREE, "DMS Cisco 8845", owner(org, "bob")), NOW)

    assert person(org, "bob").calling_in_apps


def test_a_new_licence_brings_calling_to_the_apps_unless_there_is_a_phone():
    org = seeded()
    standard = org.licence_named("Webex Calling - Standard")
    assert standard is not None
    for name in ("dave", "erin"):
        person(org, name).licences = [standard.key]
        update_derived_state(org, owner(org, name))

    assert person(org, "dave").calling_in_apps
    assert not person(org, "erin").calling_in_apps


def test_the_next_phone_becomes_primary_when_the_primary_is_removed():
    org = seeded()

    remove_phone(org, phone_with(org, "001122334455"))

    assert phone_with(org, "0011223344A1").primary


def test_a_9800_appears_late_and_is_not_listed_until_webex_aware():
    org = seeded(Settings(phoneos_appears_s=3, phoneos_aware_s=60))

    phone = add_phone(org, PhoneRequest(FREE, "Cisco 9841", owner(org, "bob")), NOW)

    soon, later = NOW + timedelta(seconds=3), NOW + timedelta(seconds=60)
    assert [phone.is_known(NOW), phone.is_known(soon)] == [False, True]
    assert [phone.is_listed(soon), phone.is_listed(later)] == [False, True]
    assert refused(org, who="jack").status == 403


def test_macs_are_validated_one_by_one():
    answer = validate(seeded(), ["kjhgf", FREE, FREE.lower(), "001122334455"])

    assert answer["status"] == "ERRORS"
    assert [(s["state"], s.get("errorCode")) for s in answer["macStatus"]] == [
        ("INVALID", 25220),
        ("AVAILABLE", None),
        ("DUPLICATE_IN_LIST", 5676),
        ("UNAVAILABLE", 5675),
    ]


def test_nothing_is_listed_when_all_macs_are_fine():
    assert validate(seeded(), [FREE]) == {"status": "OK"}
