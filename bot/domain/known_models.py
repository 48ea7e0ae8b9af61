"""Phone models that provbot knows, for use when the list of the organization cannot be read.

The names are those of GET /telephony/config/supportedDevices, from the examples of Cisco's OpenAPI
specification, wxc_sdk and help.webex.com n9r1aac, which adds all of them by MAC. The list of an
organization decides: Webex refuses models that it does not support.
"""

import re

from bot.core.models.webex import PhoneModel

EITHER_WAY, BY_MAC = frozenset({"MAC_ADDRESS", "ACTIVATION_CODE"}), frozenset({"MAC_ADDRESS"})
ANYBODY = frozenset({"PEOPLE", "PLACE"})
MPP = (
    "6821", "6841", "6851", "6861", "6871", "7811", "7821", "7832", "7841", "7861",
    "8811", "8832", "8841", "8845", "8851", "8861", "8865", "8875",
)  # fmt: skip
DESK_PHONES = ("9811", "9821", "9841", "9851", "9861", "9871")
CUSTOMER_MANAGED = ("2N", "Generic IPPhone", "Imagicle")


def _model(model: str, name: str, kind: str, ways: frozenset[str] = EITHER_WAY) -> PhoneModel:
    return PhoneModel(
        model=model, display_name=name, type=kind, supported_for=ANYBODY, onboarding=ways
    )


def _of_others(name: str, ways: frozenset[str]) -> PhoneModel:
    return _model(name, name, "GENERIC_SIP", ways).model_copy(
        update={"manufacturer": "THIRD_PARTY", "managed_by": "CUSTOMER"}
    )


KNOWN = [
    *(_model(f"DMS Cisco {number}", f"Cisco {number}", "MPP") for number in MPP),
    *(_model(f"Cisco {number}", f"Cisco {number}", "DESK_PHONE") for number in DESK_PHONES),
    _model("DMS Cisco 192", "Cisco 192", "ATA", BY_MAC),
    *(_of_others(f"{maker} Customer Managed", BY_MAC) for maker in CUSTOMER_MANAGED),
]


def as_typed(text: str) -> PhoneModel | None:
    """The model of that name, if it looks complete: maker and number, or customer managed."""
    name = text.strip()
    if "customer managed" in name.casefold():
        return _of_others(name, BY_MAC)
    if re.search(r"[^\W\d]{2,}.*\s.*\d", name):
        return _model(name, name, "", EITHER_WAY)
    return None
