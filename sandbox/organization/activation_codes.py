"""Activation codes (docs/webex/provisioning.md §4.4)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sandbox.organization.entities import ActivationCode, Owner, Workspace
from sandbox.organization.errors import refusal
from sandbox.organization.phones import require_device_capacity, require_model, require_owner
from sandbox.organization.state import Organization

DIGITS = 16


@dataclass(frozen=True)
class CodeRequest:
    """The fields of POST /devices/activationCode, not validated yet."""

    owner: Owner
    model: object = None


def issue_code(org: Organization, request: CodeRequest, now: datetime) -> ActivationCode:
    """Issue a new code; without a model it is for RoomOS devices."""
    owner = require_owner(org, request.owner)
    model = None
    if request.model is not None:
        model = require_model(org, request.model, request.owner, "ACTIVATION_CODE")
        if not _is_reset(owner):
            require_device_capacity(org, request.owner)
    if isinstance(owner, Workspace) and _is_reset(owner):
        owner.calling = "freeCalling"
    code = ActivationCode(
        code="".join(str(secrets.randbelow(10)) for _ in range(DIGITS)),
        owner=request.owner,
        model=model.name if model else None,
        expires=now + timedelta(days=org.settings.activation_code_days),
        seq=len(org.codes) + 1,
    )
    org.codes.append(code)
    return code


def redeem(org: Organization, text: str, now: datetime) -> ActivationCode:
    """Return the code that somebody types in on a phone; raises if it is not valid.

    The digits may be grouped. The caller marks the code as used. The error texts are the sandbox's
    own: nobody knows what a real phone shows.
    """
    digits = "".join(sign for sign in text if sign not in " -")
    code = next((issued for issued in org.codes if issued.code == digits), None)
    if code is None:
        raise refusal(HTTPStatus.NOT_FOUND, "This activation code is unknown. Check its digits.")
    if code.used:
        raise refusal(HTTPStatus.CONFLICT, "This activation code has been used. It works once.")
    if code.expires <= now:
        raise refusal(HTTPStatus.GONE, "This activation code has expired. Ask for a new one.")
    owner = require_owner(org, code.owner)
    if not (isinstance(owner, Workspace) and owner.calling == "freeCalling"):
        require_device_capacity(org, code.owner)
    return code


def _is_reset(owner: object) -> bool:
    """Whether a device resets this owner's calling type to freeCalling."""
    return isinstance(owner, Workspace) and owner.calling in ("none", "thirdPartySipCalling")
