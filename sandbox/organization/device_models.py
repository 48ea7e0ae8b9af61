"""The models of phones and DECT base stations that the organization can use.

See docs/webex/provisioning.md §4.1, §5.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

# Flags that DeviceObject of the official contract requires, with the values of its simplest
# example. A row states only the differences.
PLAIN_FLAGS: dict[str, Any] = {
    "allowConfigureLayoutEnabled": False,
    "numberOfLinePorts": 1,
    "kemSupportEnabled": False,
    "kemLinesSupportEnabled": False,
    "upgradeChannelEnabled": False,
    "additionalPrimaryLineAppearancesEnabled": False,
    "basicEmergencyNomadicEnabled": False,
    "customizedBehaviorsEnabled": False,
    "allowConfigurePortsEnabled": False,
    "customizableLineLabelEnabled": False,
    "supportsLinePortReorderingEnabled": False,
    "portNumberSupportEnabled": False,
    "t38Enabled": False,
    "callDeclinedEnabled": False,
    "touchScreenPhone": False,
    "numberOfLineKeyButtons": 0,
    "deviceSettingsConfiguration": "NONE",
    "allowHotelingHostEnabled": False,
    "supportsLogCollection": "NONE",
    "supportsApplyChangesEnabled": False,
    "allowConfigureLinesEnabled": True,
    "allowConfigurePhoneSettingsEnabled": False,
    "supportsHotlineEnabled": False,
}

PHONE_FLAGS: dict[str, Any] = {
    "numberOfLinePorts": 10,
    "upgradeChannelEnabled": True,
    "defaultUpgradeChannel": "STABLE",
    "additionalPrimaryLineAppearancesEnabled": True,
    "customizedBehaviorsEnabled": True,
    "customizableLineLabelEnabled": True,
    "supportsLinePortReorderingEnabled": True,
    "deviceSettingsConfiguration": "WEBEX_CALLING_DEVICE_CONFIGURATION",
    "supportsLogCollection": "CISCO_PRT",
    "supportsApplyChangesEnabled": True,
    "allowConfigurePhoneSettingsEnabled": True,
}

DESK_PHONE_FLAGS = PHONE_FLAGS | {
    "touchScreenPhone": True,
    "deviceSettingsConfiguration": "WEBEX_DEVICE_CONFIGURATION",
    "supportsLogCollection": "CISCO_ROOMOS",
}

FLAGS_OF_TYPE: dict[str, dict[str, Any]] = {
    "MPP": PHONE_FLAGS,
    "DESK_PHONE": DESK_PHONE_FLAGS,
    "ATA": {"numberOfLinePorts": 2, "t38Enabled": True, "portNumberSupportEnabled": True},
    "GENERIC_SIP": {},
}


@dataclass(frozen=True)
class Model:
    """One row of the list; `row` is the JSON that is served."""

    name: str
    display_name: str
    row: Mapping[str, Any]

    @property
    def type(self) -> str:
        """MPP, ATA, GENERIC_SIP, ESIM or DESK_PHONE."""
        return str(self.row["type"])

    @property
    def is_phone_os(self) -> bool:
        """Whether it belongs to the 9800 series; creating one returns an empty body.

        See docs/webex/provisioning.md §6.
        """
        return self.type == "DESK_PHONE"

    def takes(self, method: str) -> bool:
        """Whether it can be onboarded by `MAC_ADDRESS` or `ACTIVATION_CODE`."""
        return method in self.row["onboardingMethod"]

    def is_for(self, owner: str) -> bool:
        """Whether it can belong to `PEOPLE` or `PLACE`."""
        return owner in self.row["supportedFor"]


@dataclass(frozen=True)
class Catalogue:
    """The whole list; `model` and `displayName` both name a row, spelled exactly."""

    models: tuple[Model, ...]
    upgrade_channels: tuple[str, ...]

    def find(self, text: object) -> Model | None:
        """Return the row with this name, or None."""
        return next((m for m in self.models if text in (m.name, m.display_name)), None)


def served_row(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without our own remarks and with every flag that the contract requires."""
    fields = {key: value for key, value in raw.items() if not key.startswith("_")}
    return PLAIN_FLAGS | FLAGS_OF_TYPE.get(fields["type"], {}) | fields


def load() -> Catalogue:
    """Read the list that is part of the sandbox."""
    text = resources.files("sandbox.data").joinpath("supported-devices.json").read_text("utf-8")
    raw = json.loads(text)
    rows = [served_row(row) for row in raw["devices"]]
    models = tuple(Model(row["model"], row["displayName"], row) for row in rows)
    return Catalogue(models, tuple(raw["upgradeChannelList"]))


@dataclass(frozen=True)
class DectModel:
    """A model of DECT base station. The list is static (provisioning.md §5)."""

    name: str
    display_name: str
    base_stations: int
    line_ports: int
    registrations: int


DECT_MODELS: tuple[DectModel, ...] = (
    DectModel("DMS Cisco DBS110", "Cisco DECT 110 Base", 1, 30, 30),
    DectModel("DMS Cisco DBS210", "Cisco DECT 210 Base", 250, 1000, 30),
)


def find_dect_model(text: object) -> DectModel | None:
    """Return the DECT model with this name or display name, or None."""
    return next((m for m in DECT_MODELS if text in (m.name, m.display_name)), None)
