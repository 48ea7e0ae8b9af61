"""Models by their whole name, for when the organization's list cannot be read."""

import pytest

from bot.domain.known_models import unlisted_model


@pytest.mark.parametrize("name", ["DMS Cisco 8865", "Yealink MP56 2", " Cisco 9841 "])
def test_a_manufacturer_with_a_number_is_taken_as_typed(name):
    model = unlisted_model(name)

    assert model
    assert model.display_name == name.strip()
    assert model.onboarding == {"MAC_ADDRESS", "ACTIVATION_CODE"}


def test_a_customer_managed_phone_is_added_by_mac_only():
    model = unlisted_model("Generic IPPhone Customer Managed")

    assert model
    assert (model.manufacturer, model.managed_by) == ("THIRD_PARTY", "CUSTOMER")
    assert model.onboarding == {"MAC_ADDRESS"}


def test_words_before_the_name_are_no_part_of_it():
    model = unlisted_model("please a Cisco 8866")

    assert model
    assert model.display_name == "Cisco 8866"


@pytest.mark.parametrize(
    "name", ["", "8865", "please an 8865", "Cisco", "a phone", "CP-8866-K9", "Cisco DECT 210 Base"]
)
def test_a_part_of_a_name_is_not_a_model(name):
    assert unlisted_model(name) is None
