"""What the admin endpoints share: whose organization, which owner, which keys a body may have."""

from collections.abc import Collection, Mapping
from typing import Any

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.facts import Owner
from sandbox.problems import bad_request, forbidden

OWNER_KINDS = {"person": "PEOPLE", "workspace": "PLACE"}
DEVICE_CLUSTER = "urn:TEAM:us-east-1_a"


def own_organization(request: web.Request, cloud: Cloud) -> Organization:
    """Return the organization; another one's `orgId` is for partners only (webex-provisioning.md §1)."""
    named = request.query.get("orgId")
    if named and key_of(named, "ORGANIZATION") != cloud.organization.key:
        raise forbidden()
    return cloud.organization


def known_keys(body: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Refuse a body with keys the call does not have."""
    unknown = sorted(set(body) - set(allowed))
    if unknown:
        raise bad_request(f"Unrecognized field: {', '.join(unknown)}.")


def owner_id(owner: Owner) -> str:
    """Return the public id of a person or workspace."""
    return public_id(OWNER_KINDS[owner.kind], owner.key)


def wanted_owner(body: Mapping[str, Any]) -> Owner:
    """Return the one owner a body names; both or neither is invalid (webex-provisioning.md §4.3)."""
    person, workspace = body.get("personId"), body.get("workspaceId")
    if (person is None) == (workspace is None):
        raise bad_request("Either workspaceId or personId must be provided, and not both.")
    if person is not None:
        return Owner("person", key_of(person, "PEOPLE"))
    return Owner("workspace", key_of(workspace, "PLACE"))


def same_id(sent: str, ours: object) -> bool:
    """Whether an id of a query is ours, padded or not."""
    return sent.rstrip("=") == ours
