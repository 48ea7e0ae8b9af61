"""Adding and removing phones, and the effect on their owner.

See docs/webex/provisioning.md §4.3, §6, §7.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sandbox.organization import errors
from sandbox.organization.device_models import Model
from sandbox.organization.entities import Owner, Phone, Workspace
from sandbox.organization.errors import bad_request, refusal, unknown_id
from sandbox.organization.mac_addresses import bare_mac
from sandbox.organization.state import Organization
from sandbox.people import Person


@dataclass(frozen=True)
class PhoneRequest:
    """The fields of POST /devices, not validated yet."""

    mac: object
    model: object
    owner: Owner
    password: object = None


def require_owner(org: Organization, owner: Owner) -> Person | Workspace:
    """Return the owner; raises if it does not exist."""
    person_or_workspace = org.owner(owner)
    if person_or_workspace is None:
        raise unknown_id("person" if owner.kind == "person" else "workspace")
    return person_or_workspace


def require_model(org: Organization, text: object, owner: Owner, method: str) -> Model:
    """Return the model; raises if it is unknown or does not fit the owner or the method."""
    model = org.catalogue.find(text)
    if model is None:
        dms_98xx = isinstance(text, str) and org.catalogue.find(text.removeprefix("DMS "))
        raise bad_request(errors.MODEL_REFUSED if dms_98xx else errors.MODEL_UNKNOWN)
    kind = "PEOPLE" if owner.kind == "person" else "PLACE"
    if not (model.is_for(kind) and model.takes(method)):
        raise bad_request(errors.MODEL_REFUSED)
    return model


def require_device_capacity(org: Organization, owner: Owner) -> None:
    """Raise if the owner has no Webex Calling, no number, or no room for another device."""
    person_or_workspace = require_owner(org, owner)
    if isinstance(person_or_workspace, Workspace):
        require_phone_workspace(person_or_workspace)
    else:
        require_calling(org, person_or_workspace)
    if len(org.phones_of(owner)) >= org.device_limit(owner):
        raise bad_request(errors.NO_PHONES)


def require_phone_workspace(workspace: Workspace) -> None:
    """Raise unless the workspace is for desk phones with Webex Calling."""
    if workspace.supported_devices != "phones" or workspace.calling != "webexCalling":
        raise bad_request(errors.NO_PHONES)


def require_calling(org: Organization, person: Person) -> None:
    """Raise unless this is a person with Webex Calling and a number."""
    if person.kind != "person":
        code = errors.NOT_AUTHORIZED
        raise refusal(HTTPStatus.FORBIDDEN, "Target user not authorized", code)
    if org.tier(Owner("person", person.key)) is None:
        code = errors.NO_CALLING_LICENCE
        raise bad_request("User does not have a Webex Calling license", code)
    if not (person.phone_number or person.extension):
        raise bad_request("Phone number or extension is required", errors.NUMBER_REQUIRED)


def require_takes_changes(phone: Phone) -> None:
    """Raise if the phone cannot fetch its configuration now."""
    if phone.managed_by != "CISCO":
        raise bad_request(errors.NOT_MANAGED)
    if phone.model_type == "DESK_PHONE" and not phone.status.startswith("connected"):
        raise bad_request(errors.NOT_ONLINE)


def _require_password(model: Model, password: object) -> None:
    if model.row["managedBy"] != "CUSTOMER":
        return
    if not isinstance(password, str) or not password:
        raise bad_request("Password is required for customer managed devices", errors.MISSING_FIELD)


def _require_free_mac(org: Organization, text: object) -> str:
    mac = bare_mac(text)
    if mac is None:
        raise bad_request(errors.MAC_MALFORMED)
    if org.mac_in_use(mac):
        raise refusal(HTTPStatus.FORBIDDEN, errors.MAC_TAKEN)
    return mac


def add_phone(org: Organization, request: PhoneRequest, now: datetime) -> Phone:
    """Add a phone, or raise Webex's error; a 9800 appears later, see `Phone.known_from`."""
    model = require_model(org, request.model, request.owner, "MAC_ADDRESS")
    mac = _require_free_mac(org, request.mac)
    require_device_capacity(org, request.owner)
    _require_password(model, request.password)
    phone = new_phone(org, mac, model, request.owner, now)
    delay_visibility(phone, model, org, now)
    store_phone(org, phone)
    return phone


def store_phone(org: Organization, phone: Phone) -> None:
    """Put a phone into the organization and update its owner."""
    org.phones[phone.key] = phone
    update_derived_state(org, phone.owner)


def new_phone(org: Organization, mac: str, model: Model, owner: Owner, now: datetime) -> Phone:
    """Create a phone that is not in the organization yet."""
    person_or_workspace = require_owner(org, owner)
    key = str(uuid.uuid4())
    return Phone(
        key=key,
        calling_key=str(uuid.uuid4()),
        webex_key=key,
        mac=mac,
        model=model.name,
        product=model.display_name,
        owner=owner,
        location_key=person_or_workspace.location_key or "",
        created=now,
        known_from=now,
        listed_from=now,
        primary=False,
        manufacturer=str(model.row["manufacturer"]),
        managed_by=str(model.row["managedBy"]),
        model_type=model.type,
    )


def delay_visibility(phone: Phone, model: Model, org: Organization, now: datetime) -> None:
    """Hide a new phone of the 9800 series for a while; `/devices` may never show it.

    See docs/webex/provisioning.md §6.
    """
    if not model.is_phone_os:
        return
    phone.known_from = now + timedelta(seconds=org.settings.phoneos_appears_s)
    aware_after = org.settings.phoneos_aware_s
    phone.listed_from = None if aware_after is None else now + timedelta(seconds=aware_after)


def remove_phone(org: Organization, phone: Phone) -> None:
    """Remove a phone; with the last one, a person with Standard regains calling in the apps."""
    del org.phones[phone.key]
    update_derived_state(org, phone.owner)


def update_derived_state(org: Organization, owner: Owner) -> None:
    """Update the state that follows from an owner's phones, DECT handsets and licence.

    That is the primary phone, and calling in the applications: a person with a Standard licence has
    it only without a phone and without the first line of a handset (provisioning.md §7).
    """
    phones = org.phones_of(owner)
    if phones and not any(phone.primary for phone in phones):
        phones[0].primary = True
    person = org.owner(owner)
    if isinstance(person, Person):
        tier = org.tier(owner)
        has_device = phones or org.is_first_line(owner)
        person.calling_in_apps = tier is not None and not (tier == "standard" and has_device)
