"""Activation codes (webex-provisioning.md §4.4)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.organization.facts import ActivationCode, Owner, Workspace
from sandbox.organization.phones import require_model, require_owner, require_room
from sandbox.organization.state import Organization

DIGITS = 16


@dataclass(frozen=True)
class WantedCode:
    """What POST /devices/activationCode asks for, unchecked."""

    owner: Owner
    model: object = None


def issue_code(org: Organization, wanted: WantedCode, now: datetime) -> ActivationCode:
    """Return a new code, another one each time; without a model it is for RoomOS devices."""
    found = require_owner(org, wanted.owner)
    model = None
    if wanted.model is not None:
        model = require_model(org, wanted.model, wanted.owner, "ACTIVATION_CODE")
        if not _is_reset(found):
            require_room(org, wanted.owner)
    if isinstance(found, Workspace) and _is_reset(found):
        found.calling = "freeCalling"
    code = ActivationCode(
        code="".join(str(secrets.randbelow(10)) for _ in range(DIGITS)),
        owner=wanted.owner,
        model=model.name if model else None,
        expires=now + timedelta(days=org.settings.activation_code_days),
        seq=len(org.codes) + 1,
    )
    org.codes.append(code)
    return code


def _is_reset(owner: object) -> bool:
    """Whether a device resets the calling type of this owner to freeCalling."""
    return isinstance(owner, Workspace) and owner.calling in ("none", "thirdPartySipCalling")
