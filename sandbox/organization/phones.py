"""Adding and removing phones, and what that does to their owner (webex-provisioning.md §4.3, §6, §7)."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sandbox.organization import refusals
from sandbox.organization.catalogue import Model
from sandbox.organization.facts import Owner, Phone, Workspace
from sandbox.organization.macs import bare_mac
from sandbox.organization.refusals import bad, gone, refusal
from sandbox.organization.state import Organization
from sandbox.people import Person


@dataclass(frozen=True)
class Wanted:
    """What POST /devices asks for, unchecked."""

    mac: object
    model: object
    owner: Owner
    password: object = None


def require_owner(org: Organization, owner: Owner) -> Person | Workspace:
    """Return the owner, who must exist."""
    found = org.owner(owner)
    if found is None:
        raise gone("person" if owner.kind == "person" else "workspace")
    return found


def require_model(org: Organization, text: object, owner: Owner, method: str) -> Model:
    """Return the model, which must be known, fit the owner's kind and take this way of onboarding."""
    model = org.catalogue.find(text)
    if model is None:
        dms_98xx = isinstance(text, str) and org.catalogue.find(text.removeprefix("DMS "))
        raise bad(refusals.MODEL_REFUSED if dms_98xx else refusals.MODEL_UNKNOWN)
    kind = "PEOPLE" if owner.kind == "person" else "PLACE"
    if not (model.is_for(kind) and model.takes(method)):
        raise bad(refusals.MODEL_REFUSED)
    return model


def require_room(org: Organization, owner: Owner) -> None:
    """Refuse an owner who has no Webex Calling, no number, or as many devices as allowed."""
    found = require_owner(org, owner)
    if isinstance(found, Workspace):
        require_phone_workspace(found)
    else:
        require_caller(org, found)
    if len(org.phones_of(owner)) >= org.device_limit(owner):
        raise bad(refusals.NO_PHONES)


def require_phone_workspace(workspace: Workspace) -> None:
    """Refuse a workspace that is not for desk phones with Webex Calling."""
    if workspace.supported_devices != "phones" or workspace.calling != "webexCalling":
        raise bad(refusals.NO_PHONES)


def require_caller(org: Organization, person: Person) -> None:
    """Refuse who is no person, has no Webex Calling or no number."""
    if person.kind != "person":
        code = refusals.NOT_AUTHORIZED
        raise refusal(HTTPStatus.FORBIDDEN, "Target user not authorized", code)
    if org.tier(Owner("person", person.key)) is None:
        code = refusals.NO_CALLING_LICENCE
        raise bad("User does not have a Webex Calling license", code)
    if not (person.phone_number or person.extension):
        raise bad("Phone number or extension is required", refusals.NUMBER_REQUIRED)


def _require_password(model: Model, password: object) -> None:
    if model.row["managedBy"] != "CUSTOMER":
        return
    if not isinstance(password, str) or not password:
        raise bad("Password is required for customer managed devices", refusals.MISSING_FIELD)


def _require_free_mac(org: Organization, text: object) -> str:
    mac = bare_mac(text)
    if mac is None:
        raise bad(refusals.MAC_MALFORMED)
    if org.mac_in_use(mac):
        raise refusal(HTTPStatus.FORBIDDEN, refusals.MAC_TAKEN)
    return mac


def add_phone(org: Organization, wanted: Wanted, now: datetime) -> Phone:
    """Add a phone or raise Webex's refusal; a 9800 appears later, see `Phone.known_from`."""
    model = require_model(org, wanted.model, wanted.owner, "MAC_ADDRESS")
    mac = _require_free_mac(org, wanted.mac)
    require_room(org, wanted.owner)
    _require_password(model, wanted.password)
    phone = new_phone(org, mac, model, wanted.owner, now)
    show_later(phone, model, org, now)
    keep_phone(org, phone)
    return phone


def keep_phone(org: Organization, phone: Phone) -> None:
    """Put a phone into the organization, and let its owner feel it."""
    org.phones[phone.key] = phone
    settle(org, phone.owner)


def new_phone(org: Organization, mac: str, model: Model, owner: Owner, now: datetime) -> Phone:
    """Return a phone that is not in the organization yet."""
    found = require_owner(org, owner)
    key = str(uuid.uuid4())
    return Phone(
        key=key,
        calling_key=str(uuid.uuid4()),
        webex_key=key,
        mac=mac,
        model=model.name,
        product=model.display_name,
        owner=owner,
        location_key=found.location_key or "",
        created=now,
        known_from=now,
        listed_from=now,
        primary=False,
        manufacturer=str(model.row["manufacturer"]),
        managed_by=str(model.row["managedBy"]),
        model_type=model.type,
    )


def show_later(phone: Phone, model: Model, org: Organization, now: datetime) -> None:
    """Hide a new phone of the 9800 series for a while; `/devices` may never show it (§6)."""
    if not model.is_phone_os:
        return
    phone.known_from = now + timedelta(seconds=org.settings.phoneos_appears_s)
    aware_after = org.settings.phoneos_aware_s
    phone.listed_from = None if aware_after is None else now + timedelta(seconds=aware_after)


def remove_phone(org: Organization, phone: Phone) -> None:
    """Remove a phone and give a Standard person calling in the apps back with the last one."""
    del org.phones[phone.key]
    settle(org, phone.owner)


def settle(org: Organization, owner: Owner) -> None:
    """Bring what follows from an owner's phones, DECT handsets and licence in line with them.

    That is the primary phone, and calling in the applications, which somebody with a Standard
    licence has only without a phone and without a handset's first line (§7).
    """
    phones = org.phones_of(owner)
    if phones and not any(phone.primary for phone in phones):
        phones[0].primary = True
    person = org.owner(owner)
    if isinstance(person, Person):
        tier = org.tier(owner)
        taken = phones or org.is_first_line(owner)
        person.calling_in_apps = tier is not None and not (tier == "standard" and taken)
