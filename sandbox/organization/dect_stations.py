"""Base stations of a DECT network, and its serviceability password.

See docs/webex/provisioning.md §5.
"""

import secrets
import string
import uuid
from http import HTTPStatus

from sandbox.organization.device_models import DectModel, find_dect_model
from sandbox.organization.entities import BaseStation, DectNetwork
from sandbox.organization.errors import MISSING_FIELD, bad_request, unknown_id
from sandbox.organization.mac_addresses import bare_mac
from sandbox.organization.state import Organization

PASSWORD_LENGTH = 16
PASSWORD_SIGNS = string.ascii_letters + string.digits + "?@$)!#%"

Result = tuple[str, int, BaseStation | None]


def model_of(network: DectNetwork) -> DectModel:
    """Return the model of its base stations, whose limits apply to the network."""
    model = find_dect_model(network.model)
    if model is None:
        raise bad_request("Invalid value for model.")
    return model


def require_macs(macs: object) -> list[str]:
    """Return the addresses of a request, in any form; raises if there are none."""
    if not isinstance(macs, list) or not macs or not all(isinstance(mac, str) for mac in macs):
        raise bad_request("Missing mandatory field: baseStationMacs.", MISSING_FIELD)
    return macs


def add_base_station(org: Organization, network: DectNetwork, text: str) -> Result:
    """Add a base station; the status of the result is 201, 400 or 409."""
    mac = bare_mac(text)
    if mac is None:
        return text, HTTPStatus.BAD_REQUEST, None
    if org.mac_in_use(mac):
        return mac, HTTPStatus.CONFLICT, None
    if len(network.base_stations) >= model_of(network).base_stations:
        return mac, HTTPStatus.BAD_REQUEST, None
    base = BaseStation(str(uuid.uuid4()), mac)
    network.base_stations[base.key] = base
    return mac, HTTPStatus.CREATED, base


def require_base(network: DectNetwork, key: str) -> BaseStation:
    """Return the base station with that key; raises if there is none."""
    base = network.base_stations.get(key)
    if base is None:
        raise unknown_id("base station")
    return base


def remove_base(network: DectNetwork, base: BaseStation) -> None:
    """Remove a base station; its handsets become unpaired."""
    del network.base_stations[base.key]
    for handset in network.handsets.values():
        if handset.base_key == base.key:
            handset.base_key = None


def generate_password(network: DectNetwork) -> str:
    """Create and enable a new serviceability password; it can never be read again."""
    password = "".join(secrets.choice(PASSWORD_SIGNS) for _ in range(PASSWORD_LENGTH))
    network.password, network.password_enabled = password, True
    return password
