"""Phone models that provbot knows, for use when the list of the organization cannot be read.

The names are those of GET /telephony/config/supportedDevices, from the examples of Cisco's OpenAPI
specification, wxc_sdk and help.webex.com n9r1aac, which adds all of them by MAC. The list of an
organization decides: Webex refuses models that it does not support.
"""

import re

from bot.core.models.webex import PhoneModel
from bot.domain.language.model_name import kind_of
from bot.domain.language.model_text import find_models

MAC_OR_CODE, MAC_ONLY = frozenset({"MAC_ADDRESS", "ACTIVATION_CODE"}), frozenset({"MAC_ADDRESS"})
PEOPLE_AND_PLACES = frozenset({"PEOPLE", "PLACE"})
MPP = (
    "6821", "6841", "6851", "6861", "6871", "7811", "7821", "7832", "7841", "7861",
    "8811", "8832", "8841", "8845", "8851", "8861", "8865", "8875",
)  # fmt: skip
DESK_PHONES = ("9811", "9821", "9841", "9851", "9861", "9871")
CUSTOMER_MANAGED = ("2N", "Generic IPPhone", "Imagicle")


def _model(model: str, name: str, kind: str, methods: frozenset[str] = MAC_OR_CODE) -> PhoneModel:
    return PhoneModel(
        model=model,
        display_name=name,
        type=kind,
        supported_for=PEOPLE_AND_PLACES,
        onboarding=methods,
    )


def _customer_managed(name: str, methods: frozenset[str]) -> PhoneModel:
    return _model(name, name, "GENERIC_SIP", methods).model_copy(
        update={"manufacturer": "THIRD_PARTY", "managed_by": "CUSTOMER"}
    )


KNOWN_MODELS = [
    *(_model(f"DMS Cisco {number}", f"Cisco {number}", "MPP") for number in MPP),
    *(_model(f"Cisco {number}", f"Cisco {number}", "DESK_PHONE") for number in DESK_PHONES),
    _model("DMS Cisco 192", "Cisco 192", "ATA", MAC_ONLY),
    *(_customer_managed(f"{maker} Customer Managed", MAC_ONLY) for maker in CUSTOMER_MANAGED),
]


def unlisted_model(text: str) -> PhoneModel | None:
    """The model of that name, if it looks complete: maker and number, or customer managed."""
    name = _from_its_name(text).strip()
    if "customer managed" in name.casefold():
        return _customer_managed(name, MAC_ONLY)
    if re.search(r"[^\W\d]{2,}.*\s.*\d", name) and not kind_of(name):
        return _model(name, name, "", MAC_OR_CODE)
    return None


def _from_its_name(text: str) -> str:
    """The text without the words before the name: `a Cisco 8865`."""
    matches = find_models(text)
    return text[matches[0].start :] if matches else text
