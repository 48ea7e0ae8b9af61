"""`/workspaces` (docs/webex/provisioning.md §3)."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox.admin.common import own_organization, same_id
from sandbox.admin.device_json import device_body
from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.endpoints import SERVICE_APP, Endpoint, json_response
from sandbox.ids import key_of, public_id
from sandbox.offset_paging import paginated_response
from sandbox.organization import Organization
from sandbox.organization.entities import Owner, Workspace
from sandbox.organization.errors import unknown_id
from sandbox.tokens import Token

Body = Mapping[str, Any]


def workspace_body(org: Organization, workspace: Workspace) -> dict[str, Any]:
    """Return a workspace without its devices."""
    location = public_id("LOCATION", workspace.location_key)
    body: dict[str, Any] = {
        "id": public_id("PLACE", workspace.key),
        "orgId": public_id("ORGANIZATION", org.key),
        "locationId": location,
        "workspaceLocationId": location,
        "displayName": workspace.name,
        "type": workspace.room_type,
        "created": webex_date(workspace.created),
        "calling": _calling(workspace),
        "calendar": {"type": "none"},
        "hotdeskingStatus": "off",
        "supportedDevices": workspace.supported_devices,
        "deviceHostedMeetings": {"enabled": False},
        "devicePlatform": "cisco",
        "plannedMaintenance": {"mode": "off"},
    }
    return body | ({} if workspace.capacity is None else {"capacity": workspace.capacity})


def _calling(workspace: Workspace) -> dict[str, Any]:
    if workspace.calling != "webexCalling":
        return {"type": workspace.calling}
    licences = [public_id("LICENSE", key) for key in workspace.licences]
    return {"type": workspace.calling, "webexCalling": {"licenses": licences}}


def _name_contains(body: Body, text: str) -> bool:
    return text.casefold() in str(body["displayName"]).casefold()


def _capacity(body: Body, text: str) -> bool:
    """Whether the capacity matches; `-1` matches workspaces without one."""
    return str(body.get("capacity", -1)) == text


FILTERS: dict[str, Callable[[Body, str], bool]] = {
    "locationId": lambda body, text: same_id(text, body["locationId"]),
    "workspaceLocationId": lambda body, text: same_id(text, body["locationId"]),
    "displayName": _name_contains,
    "capacity": _capacity,
    "type": lambda body, text: body["type"] == text,
    "calling": lambda body, text: body["calling"]["type"] == text,
    "supportedDevices": lambda body, text: body["supportedDevices"] == text,
    "calendar": lambda body, text: body["calendar"]["type"] == text,
    "devicePlatform": lambda body, text: body["devicePlatform"] == text,
    "plannedMaintenance": lambda body, text: body["plannedMaintenance"]["mode"] == text,
}


async def list_workspaces(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /workspaces: workspaces that pass every filter of the query."""
    org = own_organization(request, cloud)
    filters = [(FILTERS[name], text) for name, text in request.query.items() if name in FILTERS]
    bodies = [
        _with_devices(request, cloud, org, workspace) for workspace in org.workspaces.values()
    ]
    matching = [body for body in bodies if all(passes(body, text) for passes, text in filters)]
    return paginated_response(request, cloud, matching)


async def get_workspace(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /workspaces/{id}."""
    org = own_organization(request, cloud)
    workspace = org.workspaces.get(key_of(request.match_info["workspace_id"], "PLACE"))
    if workspace is None:
        raise unknown_id("workspace")
    return json_response(_with_devices(request, cloud, org, workspace))


def _with_devices(
    request: web.Request, cloud: Cloud, org: Organization, workspace: Workspace
) -> dict[str, Any]:
    body = workspace_body(org, workspace)
    if request.query.get("includeDevices") != "true":
        return body
    phones = org.phones_of(Owner("workspace", workspace.key))
    listed = [phone for phone in phones if phone.is_listed(cloud.clock.now())]
    return body | {"devices": [device_body(org, phone) for phone in listed]}


READ = frozenset({"spark-admin:workspaces_read"})

ENDPOINTS: list[Endpoint] = [
    Endpoint("GET", "/workspaces", list_workspaces, SERVICE_APP, READ),
    Endpoint("GET", "/workspaces/{workspace_id}", get_workspace, SERVICE_APP, READ),
]
