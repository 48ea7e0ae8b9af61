"""Turns rows of the admin APIs into values of `bot.core.models`. No I/O.

A missing field is not an error, but a missing list is: see `responses.rows`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeVar

from bot.core.errors import Unreadable
from bot.core.masking import mask
from bot.core.models.mac import bare_mac
from bot.core.models.text import clean
from bot.core.models.webex import (
    Device,
    Licence,
    Line,
    Location,
    MacState,
    Member,
    Owner,
    OwnerKind,
    PhoneModel,
    SipSettings,
)
from bot.webex import responses
from bot.webex.messaging import key_of
from bot.webex.response_guard import SHAPE_ERRORS

T = TypeVar("T")
Row = Mapping[str, Any]
MAX_SHOWN = 80  # characters of a name; a card on a phone has no room for more
MAX_EMAIL = 254  # RFC 5321
MAX_ERRORS = 50  # codes of a device that are read
ERROR_KEYS = ("errorCode", "code", "type", "name", "description")  # of an object with a code
MAX_LOCATION = 256  # as in Webex: roles are compared with the whole name


def readable(rows: Iterable[Row], read: Callable[[Row], T]) -> list[T]:
    """The values of all readable rows. Raises Unreadable if there are rows and none is readable."""
    values, has_malformed = [], False
    for row in rows:
        try:
            values.append(read(row))
        except SHAPE_ERRORS:
            has_malformed = True
    if has_malformed and not values:
        raise Unreadable(HTTPStatus.BAD_GATEWAY, "The list in the answer is not understood.")
    return values


def each_readable(rows: Iterable[Row], read: Callable[[Row], T]) -> list[T]:
    """The values of the readable rows of a page. For pages of which the caller wants a few rows."""
    values = []
    for row in rows:
        with suppress(*SHAPE_ERRORS):
            values.append(read(row))
    return values


def mac_rows(body: Any) -> list[dict[str, Any]]:
    """The MACs in the answer of validateMacs, which may leave out free ones."""
    unlisted = isinstance(body, dict) and body.get("macStatus") is None
    if unlisted and ("macStatus" in body or body.get("status") == "OK"):
        return []
    return responses.rows(body, "macStatus")


def mac_states(body: Any, macs: Iterable[str]) -> dict[str, MacState]:
    """The states of these MACs; one that is not listed is available (provisioning.md §4.2)."""
    taken = {
        bare_mac(str(row.get("mac") or "")): MacState(
            available=False, message=clean(mask(str(row.get("message", ""))))
        )
        for row in mac_rows(body)
        if row.get("state") != "AVAILABLE"
    }
    return {mac: taken.get(bare_mac(mac), MacState(available=True)) for mac in macs}


def licence_users(body: Any) -> list[dict[str, Any]]:
    """The people in the details of a licence. Their list may be missing if nobody has it."""
    if isinstance(body, dict) and body.get("users") is None and body.get("consumedByUsers") == 0:
        return []
    return responses.rows(body, "users")


def listed(row: Row, key: str) -> list[Any]:
    """A list in a row; empty if it is missing. Raises TypeError for any other value."""
    value = row.get(key)
    if value is not None and not isinstance(value, list):
        raise TypeError(key)
    return value or []


def person(row: Row, licences: Mapping[str, str] | None, places: Mapping[str, str]) -> Owner:
    """A row of people, or a person's own record: only the record has licences.

    See docs/webex/provisioning.md §3.
    """
    email = clean("".join(listed(row, "emails")[:1]).lower(), MAX_EMAIL)
    location_id = row.get("locationId")
    return Owner(
        kind=OwnerKind.PERSON,
        id=row["id"],
        name=text(row, "displayName") or clean(email, MAX_SHOWN),
        email=email,
        location_id=location_id,
        location=places.get(location_id or "", ""),
        licence=licence_of(row.get("licenses"), licences),
        has_number=_has_number(row),
        line=_line(row),
        time_zone=text(row, "timezone") or text(row, "timeZone"),
    )


def _has_number(row: Row) -> bool | None:
    """Whether the person has a number or an extension for work; None if the row does not tell."""
    if row.get("extension"):
        return True
    numbers = row.get("phoneNumbers")
    if not isinstance(numbers, list) or not row.get("locationId"):
        return None  # a row without calling data
    types = [str(number.get("type")) for number in numbers if isinstance(number, dict)]
    return any(kind.startswith("work") for kind in types)


def _line(row: Row) -> Line | None:
    """The extension and the number for work; None if the row tells neither."""
    numbers = row.get("phoneNumbers")
    values = [
        str(number.get("value", ""))
        for number in (numbers if isinstance(numbers, list) else [])
        if isinstance(number, dict) and number.get("type") == "work"
    ]
    line = Line(extension=digits(row.get("extension")), number=_international(values[:1]))
    return line if line.extension or line.number else None


def _international(values: Sequence[str]) -> str:
    """The first number with a plus sign and digits alone; empty if there is none."""
    return next((f"+{digits(value)}" for value in values if digits(value)), "")


def is_record_of(person_id: str, record: Any) -> bool:
    """Whether an answer is this person's record: no other id, and with a name or an address."""
    if not isinstance(record, dict) or not record.get("id"):
        return False
    requested, returned = key_of(person_id), key_of(str(record["id"]))
    is_another = requested and returned and requested != returned
    return not is_another and bool(text(record, "displayName") or listed(record, "emails"))


def completed(owner: Owner, row: Owner, places: Mapping[str, str]) -> Owner:
    """The owner, with gaps filled from their row of the list."""
    missing = [name for name in ("name", "email", "location_id") if not getattr(owner, name)]
    filled = owner.model_copy(update={name: getattr(row, name) for name in missing})
    return filled.model_copy(update={"location": places.get(filled.location_id or "", "")})


def merged(row: Row, record: Row) -> dict[str, Any]:
    """Complete a record with the values of its row in the list."""
    return {**row, **{name: value for name, value in record.items() if value is not None}}


def workspace(row: Row, licences: Mapping[str, str] | None, places: Mapping[str, str]) -> Owner:
    """A row of workspaces, or a workspace's own record: they hold the same."""
    calling = row.get("calling") or {}
    licence_ids = (calling.get("webexCalling") or {}).get("licenses") or []
    location_id = row.get("locationId")
    supported = text(row, "supportedDevices").casefold()
    return Owner(
        kind=OwnerKind.WORKSPACE,
        id=row["id"],
        name=text(row, "displayName"),
        location_id=location_id,
        location=places.get(location_id or "", ""),
        licence=licence_of(licence_ids, licences),
        calling_type=text(calling, "type"),
        takes_phones=supported != "collaborationdevices",
        takes_room_devices=supported != "phones",
    )


# Words for the kinds of members; others, such as virtual lines, own no devices.
MEMBER_KINDS = {
    "PEOPLE": OwnerKind.PERSON,
    "USER": OwnerKind.PERSON,
    "PLACE": OwnerKind.WORKSPACE,
    "WORKSPACE": OwnerKind.WORKSPACE,
}


def member(row: Row) -> Member:
    """A row of availableMembers, or of numbers, which has the owner inside.

    KeyError for a row without an owner of devices.
    """
    inside = row["owner"] if isinstance(row.get("owner"), dict) else row
    kind = MEMBER_KINDS[str(inside.get("memberType") or inside.get("type")).upper()]
    location = row.get("location") or {}
    # A workspace has a dot as its last name.
    names = (text(inside, "firstName"), text(inside, "lastName").strip("."))
    owner = Owner(
        kind=kind,
        id=inside["id"],
        name=" ".join(name for name in names if name),
        location_id=location.get("id"),
        location=text(location, "name", MAX_LOCATION),
        partial=True,
    )
    extension, number = digits(row.get("extension")), digits(row.get("phoneNumber"))
    return Member(owner=owner, extension=extension, number=number)


def digits(value: Any) -> str:
    """The digits of a number or an extension, without spaces and signs."""
    return "".join(char for char in str(value or "") if char in "0123456789")


def licence_of(licence_ids: Any, names: Mapping[str, str] | None) -> Licence:
    """The calling licence of an owner; UNKNOWN if it cannot be told.

    Names vary by contract, so a part of the name decides (docs/webex/provisioning.md §3). A licence
    without a name may be one for calling, so NONE needs all names.
    """
    if names is None or not isinstance(licence_ids, list):
        return Licence.UNKNOWN
    own_names = [names.get(licence, "").lower() for licence in licence_ids]
    calling = [name for name in own_names if name and may_be_for_calling(name)]
    for word, licence in (("professional", Licence.PROFESSIONAL), ("standard", Licence.STANDARD)):
        if any(word in name for name in calling):
            return licence
    if calling:
        return Licence.OTHER
    return Licence.UNKNOWN if "" in own_names else Licence.NONE


def may_be_for_calling(name: str) -> bool:
    """Whether a licence with this name may be one for calling."""
    return not name or "calling" in name.lower()


def licence(row: Row) -> tuple[str, str]:
    """A row of licenses: id and name."""
    return row["id"], text(row, "name")


def text(row: Row, key: str, limit: int = MAX_SHOWN) -> str:
    """A field of a row as one clean line, without control characters."""
    return clean(row.get(key) or "", limit)


def model(row: Row) -> PhoneModel:
    """A row of supportedDevices."""
    name = clean(row["model"], MAX_SHOWN)
    return PhoneModel(
        model=name,
        display_name=text(row, "displayName") or name,
        type=text(row, "type"),
        manufacturer=text(row, "manufacturer") or "CISCO",
        managed_by=text(row, "managedBy") or "CISCO",
        supported_for=frozenset(row.get("supportedFor") or ("PEOPLE", "PLACE")),
        onboarding=frozenset(row.get("onboardingMethod") or ()),
    )


def location(row: Row) -> Location:
    """A row of locations."""
    return Location(
        id=row["id"],
        name=text(row, "name", MAX_LOCATION),
        time_zone=text(row, "timeZone"),
        org_id=key_of(text(row, "orgId", MAX_LOCATION)) or "",
    )


def device(row: Row) -> Device:
    """A row of devices."""
    return Device(
        id=row.get("id") or "",
        name=text(row, "displayName"),
        product=text(row, "product"),
        mac=text(row, "mac"),
        serial=text(row, "serial"),
        person_id=row.get("personId"),
        workspace_id=row.get("workspaceId"),
        location_id=row.get("locationId"),
        status=text(row, "connectionStatus"),
        tags=tuple(clean(str(tag), MAX_SHOWN) for tag in listed(row, "tags")),
        type=text(row, "type"),
        ip=text(row, "ip"),
        software=text(row, "software"),
        last_seen=text(row, "lastSeen"),
        managed_by=text(row, "managedBy") or "CISCO",
        calling_id=row.get("callingDeviceId") or "",
        errors=error_codes(row.get("errorCodes")),
        created=text(row, "created"),
        first_seen=text(row, "firstSeen"),
    )


def error_codes(value: Any) -> tuple[str, ...]:
    """The codes of what a device reports: texts, or objects with the code inside.

    Any other shape is no code: a device is never unreadable because of them.
    """
    rows = value if isinstance(value, list) else [value]
    codes = (_error_code(row) for row in rows[:MAX_ERRORS])
    return tuple(dict.fromkeys(code for code in codes if code))


def _error_code(row: Any) -> str:
    if isinstance(row, Mapping):
        row = next((row[key] for key in ERROR_KEYS if row.get(key)), "")
    is_code = isinstance(row, str | int) and not isinstance(row, bool)
    return clean(str(row), MAX_SHOWN) if is_code else ""


def owned(row: Row) -> Device:
    """A row of an owner's devices."""
    device_id = row.get("id") or ""
    return Device(
        id=device_id,
        product=text(row, "model"),
        mac=text(row, "mac"),
        calling_id=device_id,
        ip=text(row, "ipAddress"),
        activation=text(row, "activationState").upper(),
    )


def sip_settings(row: Row) -> SipSettings:
    """The SIP settings of a device. Its line and port are `LINE_ID@DOMAIN`."""
    owner, proxy = row.get("owner") or {}, row.get("proxy") or {}
    line_id, _, domain = text(owner, "linePort").partition("@")
    return SipSettings(
        user_name=text(owner, "sipUserName"),
        line_id=line_id,
        domain=domain,
        outbound_proxy=text(proxy, "outboundProxy"),
    )
