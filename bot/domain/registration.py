"""Decides whether what was added has registered with Webex. No I/O here.

A state that is final is decided only by what a look has shown: a list that lacks a device proves
nothing, as lists lag behind and leave out some phones (docs/webex/provisioning.md §4.5, §6).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.models.dect import BaseStation, same_id
from bot.core.models.followed import FollowedDevice, FollowKind, FollowState, FollowTarget
from bot.core.models.local_time import unix_time
from bot.core.models.mac import bare_mac
from bot.core.models.webex import Device, uuid_in
from bot.domain.language.model_name import CISCO, DeviceKind, kind_of, read_model_name

Key = tuple[str, str]  # the request and the step of a followed device

# Values of `connectionStatus` of a device that Webex hears of.
REGISTERED = frozenset({"connected", "connected_with_issues"})
ACTIVATED = "ACTIVATED"  # `activationState` in the list of an owner
# Values of `type` of devices on which nobody types a code without a model.
_NO_ROOM_DEVICES = frozenset({"phone", "accessory", "webexgo"})
_PHONE_OS = re.compile(r"98\d\d")

CLOCK_SKEW = 60.0  # seconds between our clock and Webex's, at most
SETTLING = 300.0  # seconds in which Webex may not know yet what was added
LOST_AFTER = 24 * 3600.0
MAX_CODE_LIFE = 31 * 24 * 3600.0  # of a code whose expiry is unknown
GIVEN_UP_AFTER = 7 * 24 * 3600.0  # seconds after the end, if no look has worked since


@dataclass(frozen=True)
class Sighting:
    """A state that is final, since when (Unix seconds), and of a code where it was used."""

    device: FollowedDevice
    state: FollowState
    at: float
    target: FollowTarget | None = None  # None: as it is


def key_of(device: FollowedDevice) -> Key:
    """What tells it from all others."""
    return device.request, device.step


def is_phone_os(model: str) -> bool:
    """Whether it is of the 9800 series, which `GET /devices` may never list."""
    name = read_model_name(model)
    return name.maker == CISCO and bool(_PHONE_OS.fullmatch(name.number))


def may_be_unlisted(device: FollowedDevice, absent_at: float) -> bool:
    """Whether only the list of its owner may show a phone that `GET /devices` lacked then.

    The 9800 series for certain, and any of Cisco's when Webex had time to list it. Of a phone that
    the customer manages, `activationState` tells nothing.
    """
    is_cisco = read_model_name(device.target.model).maker == CISCO
    has_had_time = absent_at - device.since > SETTLING
    return is_phone_os(device.target.model) or (is_cisco and has_had_time)


def is_active(record: Device, *, was_inactive: bool) -> bool:
    """Whether the list of an owner shows that a phone, added by its MAC, has reached Webex.

    `ACTIVATED` alone tells only that it needs no activation code: it must have an address, or have
    been in another state before.
    """
    return record.activation == ACTIVATED and (bool(record.ip) or was_inactive)


def comparable(owner: str) -> str:
    """The key of an owner without what may differ in the encoding of an id."""
    kind, _, owner_id = owner.partition(":")
    return f"{kind}:{uuid_in(owner_id) or owner_id}" if owner_id else ""


def is_owners(record: Device, owner: str) -> bool:
    """Whether a device belongs to the owner with that key; so may one without an owner."""
    return comparable(record.owner_key) in ("", comparable(owner))


def by_mac(records: Iterable[Device]) -> dict[str, list[Device]]:
    """The devices with each MAC."""
    by_digits: dict[str, list[Device]] = {}
    for record in records:
        if mac := bare_mac(record.mac):
            by_digits.setdefault(mac, []).append(record)
    return by_digits


def by_owner(records: Iterable[Device]) -> dict[str, list[Device]]:
    """The devices of each owner, by the comparable key."""
    by_key: dict[str, list[Device]] = {}
    for record in records:
        if owner := comparable(record.owner_key):
            by_key.setdefault(owner, []).append(record)
    return by_key


def phone_in(
    device: FollowedDevice, records: Mapping[str, Sequence[Device]], looked_at: float
) -> Device | None:
    """The phone that was added, of the devices with each MAC.

    Another owner's, or an older one with this MAC, is another.
    """
    return next(
        (
            record
            for record in records.get(bare_mac(device.target.mac), ())
            if is_owners(record, device.target.owner) and not _is_older(record, device, looked_at)
        ),
        None,
    )


def _is_older(record: Device, device: FollowedDevice, looked_at: float) -> bool:
    """Whether it was there before: a list may still show what was removed just now.

    Webex has made the phone after its step began, but that may be noted minutes later.
    """
    is_same = bool(device.target.device) and same_id(record.id, device.target.device)
    if is_same or looked_at - device.since > SETTLING:
        return False
    created = unix_time(record.created)
    begun_at = device.target.begun_at or device.since
    return created is not None and created < min(begun_at, device.since) - CLOCK_SKEW


def uses_of(
    codes: Iterable[FollowedDevice], records: Sequence[Device], others: Sequence[FollowedDevice]
) -> dict[Key, Device]:
    """On which device each code was used, by their keys. `others` are all followed devices.

    A device counts for one code only: the newest of its owner and model that was made before it.
    """
    uses: dict[Key, Device] = {}
    left = _not_added_by_mac(records, others)
    newest_first = sorted(codes, key=lambda code: code.since, reverse=True)
    # As Webex's clock may differ, a device that seems to be older comes second.
    for fits in (_is_made_after, is_new):
        for code in newest_first:
            own = left.get(comparable(code.target.owner), [])
            fitting = [
                record
                for record in own
                if is_model(record, code.target.model) and fits(record, code)
            ]
            if fitting and key_of(code) not in uses:
                used = min(fitting, key=lambda record: record.status not in REGISTERED)
                uses[key_of(code)] = used
                own.remove(used)
    return uses


def _not_added_by_mac(
    records: Sequence[Device], others: Sequence[FollowedDevice]
) -> dict[str, list[Device]]:
    """The devices of each owner that no other followed device is."""
    targets: dict[str, list[FollowTarget]] = {}
    for other in others:
        if mac := bare_mac(other.target.mac):
            targets.setdefault(mac, []).append(other.target)
    return {
        owner: [
            record
            for record in own
            if not any(
                _is_meant(record, target) for target in targets.get(bare_mac(record.mac), ())
            )
        ]
        for owner, own in by_owner(records).items()
    }


def _is_meant(record: Device, target: FollowTarget) -> bool:
    """Whether another followed device with the same MAC is this one."""
    return _may_be(record, target.device) and is_owners(record, target.owner)


def _may_be(record: Device, device_id: str) -> bool:
    """Whether it may be the device with that id in `GET /devices`; empty: unknown.

    The list of an owner has other ids, which tell nothing. (Older versions kept one of these.)
    """
    if not device_id or not record.listed_id:
        return True
    return any(same_id(own_id, device_id) for own_id in (record.id, record.calling_id) if own_id)


def is_model(record: Device, model: str) -> bool:
    """Whether a device is of that model; without a model, whether it is a room device."""
    if not model:
        kind = record.type.casefold()
        is_room_device = kind_of(record.product) is DeviceKind.ROOM_DEVICE
        return kind not in _NO_ROOM_DEVICES if kind else is_room_device
    expected, actual = read_model_name(model), read_model_name(record.product)
    if not expected.number:
        return record.product.casefold() == model.casefold()
    return (expected.family, expected.number, expected.variant) == (
        actual.family,
        actual.number,
        actual.variant,
    )


def is_new(record: Device, code: FollowedDevice) -> bool:
    """Whether the owner has it since the code was made."""
    created = unix_time(record.created)
    if created is not None:
        return created >= code.since - CLOCK_SKEW
    return code.known is not None and record.id not in code.known


def _is_made_after(record: Device, code: FollowedDevice) -> bool:
    """Whether a device is new, and Webex did not make it before the code was asked for."""
    created, begun_at = unix_time(record.created), code.target.begun_at or code.since
    return is_new(record, code) and (created is None or created >= min(begun_at, code.since))


def old_ids(code: FollowedDevice, records: Iterable[Device]) -> set[str]:
    """Which of the devices of its owner were there before a code, as far as this can be told."""
    return {record.id for record in records if not is_new(record, code)}


def registered(
    device: FollowedDevice, record: Device, now: float, unregistered_at: float | None
) -> Sighting:
    """That a device is registered. Webex's own time counts if it can be that of the registration.

    `unregistered_at` is when a look last showed that it was not.
    """
    earliest = max(device.since, unregistered_at or 0.0)
    times = (unix_time(record.first_seen), unix_time(record.last_seen))
    registered_at = next(
        (time for time in times if time is not None and earliest < time <= now), now
    )
    target = None
    if device.target.kind is FollowKind.CODE:
        used = {"device": record.listed_id, "mac": bare_mac(record.mac)}
        target = device.target.model_copy(update=used)
    return Sighting(device, FollowState.REGISTERED, registered_at, target)


def has_handsets(base: BaseStation) -> bool:
    """Whether a handset has registered there: all that Webex tells of a base station."""
    return bool(base.lines_registered) or any(handset.is_paired for handset in base.handsets or ())


def superseded(
    waiting: Iterable[FollowedDevice], others: Sequence[FollowedDevice], now: float
) -> list[Sighting]:
    """Those whose phone or base station was added again since: it is looked for there."""
    newest: dict[str, float] = {}
    for other in others:
        if mac := bare_mac(other.target.mac):
            newest[mac] = max(newest.get(mac, 0.0), other.since)
    return [
        Sighting(device, FollowState.GONE, now)
        for device in waiting
        if device.since < newest.get(bare_mac(device.target.mac), 0.0)
    ]


def ends_at(device: FollowedDevice) -> float:
    """When a look that finds nothing is the last one (Unix seconds)."""
    if device.target.kind is not FollowKind.CODE:
        return device.since + LOST_AFTER
    expires = _expiry(device)
    return device.since + MAX_CODE_LIFE if expires is None else expires + CLOCK_SKEW


def _expiry(code: FollowedDevice) -> float | None:
    """When a code expires; None if that is unknown, as a time before it was made tells nothing."""
    expires = unix_time(code.target.expires)
    return expires if expires is not None and expires > code.since else None


def ended(
    device: FollowedDevice, looked_at: float | None, now: float, *, is_used: bool
) -> Sighting | None:
    """What nobody waits for any more. `looked_at` is when the last complete look began.

    `is_used`: whether that look showed a device that may have used the code.
    """
    end = ends_at(device)
    has_expiry = device.target.kind is FollowKind.CODE and _expiry(device) is not None
    if has_expiry and is_used:
        end += LOST_AFTER  # it is activating
    if looked_at is not None and looked_at >= end:
        is_expired = has_expiry and not is_used
        return Sighting(device, FollowState.EXPIRED if is_expired else FollowState.LOST, now)
    return Sighting(device, FollowState.LOST, now) if now >= end + GIVEN_UP_AFTER else None
