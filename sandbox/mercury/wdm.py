"""Device registration (docs/webex/messaging.md §1.2)."""

from typing import Any, Final

from aiohttp import web

from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, Endpoint, json_body, json_response, no_content
from sandbox.errors import not_found
from sandbox.mercury.hub import Device
from sandbox.tokens import Token

_FACTS: Final = (
    "deviceName",
    "deviceType",
    "localizedModel",
    "model",
    "name",
    "systemName",
    "systemVersion",
    "ttl",
)


async def list_devices(_request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET {wdm}/devices: the caller's own devices."""
    devices = cloud.hub.devices_of(token.person_key)
    return json_response({"devices": [device_json(cloud, device) for device in devices]})


async def register(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """POST {wdm}/devices; 403 if the caller has too many."""
    facts = _facts(await json_body(request))
    return _device_response(cloud, cloud.hub.register(token.person_key, facts))


async def refresh(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """PUT {device.url}; 404 if it is gone. It is renewed even if the etag still matches."""
    device = _named(request, cloud, token)
    cloud.hub.refresh(device, _facts(await json_body(request)))
    return _device_response(cloud, device)


async def get_device(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET {device.url}."""
    return _device_response(cloud, _named(request, cloud, token))


async def unregister(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """DELETE {device.url}; 404 if it is already gone."""
    cloud.hub.unregister(_named(request, cloud, token))
    return no_content()


def _facts(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in _FACTS if name in body}


def _named(request: web.Request, cloud: Cloud, token: Token) -> Device:
    device = cloud.hub.devices.get(request.match_info["device_id"])
    if device is None or device.person_key != token.person_key:
        raise not_found()
    return device


def _device_response(cloud: Cloud, device: Device) -> web.Response:
    return json_response(device_json(cloud, device), headers={"etag": f'"{device.etag}"'})


def device_json(cloud: Cloud, device: Device) -> dict[str, Any]:
    """Return a registration; the JS SDK reads the feature lists."""
    sockets = cloud.base_url.replace("https://", "wss://", 1)
    return {
        **device.facts,
        "url": f"{cloud.base_url}/wdm/api/v1/devices/{device.key}",
        "webSocketUrl": f"{sockets}/v1/apps/wx2/registrations/{device.key}/messages",
        "userId": device.person_key,
        "orgId": cloud.organization.key,
        "creationTime": webex_date(device.created),
        "modificationTime": webex_date(device.modified),
        "features": {"developer": [], "entitlement": [], "user": []},
        "services": {},
        "serviceHostMap": {"serviceLinks": {}, "hostCatalog": {}},
    }


ENDPOINTS: Final = [
    Endpoint("GET", "/wdm/api/v1/devices", list_devices, MESSAGING),
    Endpoint("POST", "/wdm/api/v1/devices", register, MESSAGING),
    Endpoint("GET", "/wdm/api/v1/devices/{device_id}", get_device, MESSAGING),
    Endpoint("PUT", "/wdm/api/v1/devices/{device_id}", refresh, MESSAGING),
    Endpoint("DELETE", "/wdm/api/v1/devices/{device_id}", unregister, MESSAGING),
]
