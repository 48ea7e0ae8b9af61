"""Activation codes (webex-provisioning.md §4.4)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sandbox.organization.facts import ActivationCode, Owner, Workspace
from sandbox.organization.phones import require_model, require_owner, require_room
from sandbox.organization.refusals import refusal
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


def redeem(org: Organization, text: str, now: datetime) -> ActivationCode:
    """Return the code that is typed in on a phone, if it still opens something.

    The digits may be grouped. The caller marks it as used. Texts of the refusals are ours: what a
    phone shows is not known.
    """
    digits = "".join(sign for sign in text if sign not in " -")
    code = next((one for one in org.codes if one.code == digits), None)
    if code is None:
        raise refusal(HTTPStatus.NOT_FOUND, "This activation code is unknown. Check its digits.")
    if code.used:
        raise refusal(HTTPStatus.CONFLICT, "This activation code has been used. It works once.")
    if code.expires <= now:
        raise refusal(HTTPStatus.GONE, "This activation code has expired. Ask for a new one.")
    owner = require_owner(org, code.owner)
    if not (isinstance(owner, Workspace) and owner.calling == "freeCalling"):
        require_room(org, code.owner)
    return code


def _is_reset(owner: object) -> bool:
    """Whether a device resets the calling type of this owner to freeCalling."""
    return isinstance(owner, Workspace) and owner.calling in ("none", "thirdPartySipCalling")
