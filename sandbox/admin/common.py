"""Helpers that the admin endpoints share: the organization, owners, allowed keys."""

from collections.abc import Collection, Mapping
from typing import Any

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.errors import bad_request, forbidden
from sandbox.ids import key_of, public_id
from sandbox.organization import Organization
from sandbox.organization.entities import Owner

OWNER_KINDS = {"person": "PEOPLE", "workspace": "PLACE"}
DEVICE_CLUSTER = "urn:TEAM:us-east-1_a"


def own_organization(request: web.Request, cloud: Cloud) -> Organization:
    """Return the organization; 403 for another `orgId`.

    Only partners can name another organization (docs/webex/provisioning.md §1).
    """
    named = request.query.get("orgId")
    if named and key_of(named, "ORGANIZATION") != cloud.organization.key:
        raise forbidden()
    return cloud.organization


def require_known_keys(body: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Refuse a body with keys that the call does not define."""
    unknown = sorted(set(body) - set(allowed))
    if unknown:
        raise bad_request(f"Unrecognized field: {', '.join(unknown)}.")


def owner_id(owner: Owner) -> str:
    """Return the public id of a person or workspace."""
    return public_id(OWNER_KINDS[owner.kind], owner.key)


def owner_from_body(body: Mapping[str, Any]) -> Owner:
    """Return the owner that a body names; 400 for both kinds or none.

    See docs/webex/provisioning.md §4.3.
    """
    person, workspace = body.get("personId"), body.get("workspaceId")
    if (person is None) == (workspace is None):
        raise bad_request("Either workspaceId or personId must be provided, and not both.")
    if person is not None:
        return Owner("person", key_of(person, "PEOPLE"))
    return Owner("workspace", key_of(workspace, "PLACE"))


def same_id(query_id: str, ours: object) -> bool:
    """Whether an id from a query equals one of ours, with or without padding."""
    return query_id.rstrip("=") == ours
