"""DECT networks (docs/webex/provisioning.md §5)."""

import pytest

from sandbox.errors import ApiError
from sandbox.organization.dect import create_network, require_network, update_network
from tests.sandbox.organization import location_key, seeded

GOOD = {
    "name": "Hall",
    "displayName": "Hall",
    "model": "Cisco DECT 110 Base",
    "defaultAccessCodeEnabled": True,
    "defaultAccessCode": "0042",
}


def refused(changes, location="Austin"):
    org = seeded()
    with pytest.raises(ApiError) as refusal:
        create_network(org, location_key(org, location), GOOD | changes)
    assert len(org.dect_networks) == 1
    return refusal.value.status


def test_a_network_is_kept_under_the_dms_name_of_its_model():
    org = seeded()

    network = create_network(org, location_key(org, "Austin"), GOOD)

    assert (network.model, network.access_code) == ("DMS Cisco DBS110", "0042")
    assert require_network(org, network.location_key, network.key) is network
    assert len({n.chain_id for n in org.dect_networks.values()}) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 41},
        {"name": None},
        {"displayName": "x" * 12},
        {"model": "DBS210"},
        {"defaultAccessCodeEnabled": None},
        {"defaultAccessCodeEnabled": "true"},
        {"defaultAccessCode": "123"},
        {"defaultAccessCode": 1234},
        {"defaultAccessCode": "12a4"},
    ],
    ids=str,
)
def test_a_wrong_field_is_refused(changes):
    assert refused(changes) == 400


@pytest.mark.parametrize("changes", [{"name": "warehouse dect"}, {"defaultAccessCode": "1234"}])
def test_name_and_code_are_unique_in_a_location_only(changes):
    assert refused(changes) == 409

    org = seeded()
    assert create_network(org, location_key(org, "Lyon"), GOOD | changes)


def test_without_a_default_code_none_is_kept():
    org = seeded()
    body = GOOD | {"defaultAccessCodeEnabled": False}

    assert create_network(org, location_key(org, "Lyon"), body).access_code == ""


def test_an_update_may_keep_the_code_and_may_send_it_as_a_number():
    org = seeded()
    (network,) = org.dect_networks.values()

    body = {"name": "Depot", "defaultAccessCodeEnabled": True, "defaultAccessCode": 1234}
    update_network(org, network, body)

    assert (network.name, network.access_code) == ("Depot", "1234")
    assert network.display_name == "Warehouse"


def test_a_network_of_another_location_is_error_27455():
    org = seeded()
    (network,) = org.dect_networks.values()

    with pytest.raises(ApiError) as refusal:
        require_network(org, location_key(org, "Lyon"), network.key)

    assert refusal.value.status == 404
    assert refusal.value.body("a tracking id")["errors"][0]["errorCode"] == 27455
