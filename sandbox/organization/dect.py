"""DECT networks (docs/webex/provisioning.md §5).

The error texts are the sandbox's own: Webex's are not known.
"""

import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sandbox.errors import ApiError
from sandbox.organization.device_models import find_dect_model
from sandbox.organization.entities import DectNetwork
from sandbox.organization.errors import (
    MISSING_FIELD,
    NO_SUCH_NETWORK,
    bad_request,
    refusal,
    unknown_id,
)
from sandbox.organization.state import Organization

NAME_LENGTH = 40
DISPLAY_NAME_LENGTH = 11


def require_network(org: Organization, location_key: str, key: str) -> DectNetwork:
    """Return the network of that location; raises if there is none."""
    if location_key not in org.locations:
        raise unknown_id("location")
    network = org.dect_networks.get(key)
    if network is None or network.location_key != location_key:
        raise refusal(HTTPStatus.NOT_FOUND, "DECT network does not exist.", NO_SUCH_NETWORK)
    return network


def create_network(org: Organization, location_key: str, body: Mapping[str, Any]) -> DectNetwork:
    """Add a network, or raise an error; `body` has the keys of the API."""
    if location_key not in org.locations:
        raise unknown_id("location")
    network = DectNetwork(
        key=str(uuid.uuid4()),
        name="",
        display_name="",
        model=_model(body),
        location_key=location_key,
        access_code="",
        access_code_enabled=False,
        chain_id=1 + max((n.chain_id for n in org.dect_networks.values()), default=1000),
    )
    _apply(org, network, body)
    org.dect_networks[network.key] = network
    return network


def update_network(org: Organization, network: DectNetwork, body: Mapping[str, Any]) -> None:
    """Change name, display name and access code, after everything was checked."""
    if "defaultAccessCode" not in body:
        raise _missing("defaultAccessCode")
    # The official example of this call sends the code as a number.
    code = body["defaultAccessCode"]
    _apply(org, network, {**body, "defaultAccessCode": str(code) if _is_int(code) else code})


def _missing(key: str) -> ApiError:
    return bad_request(f"Missing mandatory field: {key}.", MISSING_FIELD)


def _model(body: Mapping[str, Any]) -> str:
    if "model" not in body:
        raise _missing("model")
    model = find_dect_model(body["model"])
    if model is None:
        raise bad_request("Invalid value for model.")
    return model.name


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _apply(org: Organization, network: DectNetwork, body: Mapping[str, Any]) -> None:
    name = _name(body)
    _require_unique_name(org, network, name)
    enabled, code = _access_code(body)
    if enabled:
        _require_unique_code(org, network, code)
    network.display_name = _display_name(body, network.display_name)
    network.name, network.access_code_enabled, network.access_code = name, enabled, code


def _name(body: Mapping[str, Any]) -> str:
    name = body.get("name")
    if name is None:
        raise _missing("name")
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_LENGTH or not name.strip():
        raise bad_request(f"The name must have 1 to {NAME_LENGTH} characters.")
    return name


def _display_name(body: Mapping[str, Any], before: str) -> str:
    name = body.get("displayName", before)
    if not isinstance(name, str) or len(name) > DISPLAY_NAME_LENGTH:
        raise bad_request(f"The display name must have at most {DISPLAY_NAME_LENGTH} characters.")
    return name


def _access_code(body: Mapping[str, Any]) -> tuple[bool, str]:
    enabled = body.get("defaultAccessCodeEnabled")
    if enabled is None:
        raise _missing("defaultAccessCodeEnabled")
    if not isinstance(enabled, bool):
        raise bad_request("defaultAccessCodeEnabled must be true or false.")
    code = body.get("defaultAccessCode", "")
    if not enabled:
        return False, ""
    if not isinstance(code, str) or not re.fullmatch("[0-9]{4}", code):
        raise bad_request("The default access code must be 4 digits.")
    return True, code


def _other_networks(org: Organization, network: DectNetwork) -> list[DectNetwork]:
    everywhere = org.dect_networks.values()
    networks = [n for n in everywhere if n.location_key == network.location_key]
    return [n for n in networks if n.key != network.key]


def _require_unique_name(org: Organization, network: DectNetwork, name: str) -> None:
    if any(n.name.casefold() == name.casefold() for n in _other_networks(org, network)):
        text = "A DECT network with this name already exists in the location."
        raise refusal(HTTPStatus.CONFLICT, text)


def _require_unique_code(org: Organization, network: DectNetwork, code: str) -> None:
    if any(n.access_code == code for n in _other_networks(org, network) if n.access_code_enabled):
        text = "The default access code is used by another DECT network in the location."
        raise refusal(HTTPStatus.CONFLICT, text)
