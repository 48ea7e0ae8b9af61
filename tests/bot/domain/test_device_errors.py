"""What devices report about themselves is told in words, with advice."""

import pytest

from bot.domain.device_errors import KNOWN, LOOK_IN_CONTROL_HUB, DeviceError, explained


@pytest.mark.parametrize("code", ["sipprofileregistration", "SIPProfileRegistration"])
def test_a_known_code_is_told_in_words_with_what_to_do(code):
    (error,) = explained([code])
    assert error.meaning == "It is not registered for calls"
    assert "network" in error.advice


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("brandnewtrouble", "brandnewtrouble"),
        ("BrandNewTrouble", "Brand new trouble"),
        ("brand_new_trouble", "Brand new trouble"),
        ("SIP-trouble", "SIP trouble"),
        ("4711", "4711"),
        ("OFFLINE_EXPIRED", "Offline expired"),
        ("OVERHEATED", "Overheated"),
        ("SIP_NOT_REGISTERED", "SIP not registered"),
        ("NO_DHCP_ANSWER", "No DHCP answer"),
        ("DHCP", "DHCP"),
        ("…", "…"),
    ],
)
def test_an_unknown_code_is_shown_in_the_words_that_it_has(code, shown):
    assert explained([code]) == [DeviceError(shown, LOOK_IN_CONTROL_HUB)]


def test_codes_that_mean_the_same_are_told_once():
    assert len(explained(["mediaprotocol", "tcpmediafallback", "mediaprotocol", ""])) == 1


def test_every_text_is_short_enough_for_a_phone():
    assert all(error.meaning[0].isupper() for error in KNOWN.values())
    assert [error for error in KNOWN.values() if len(error.meaning) > 90] == []
    assert [error for error in KNOWN.values() if not error.advice.endswith(".")] == []
