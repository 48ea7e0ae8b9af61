"""The devices that the rows of a list mean, by MAC, by their name, or by their owner. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.core.models.mac import bare_mac, show_mac
from bot.core.models.people import addresses_in
from bot.core.models.text import clean, fold, fold_loosely, join_words
from bot.core.models.webex import Device, LocationRef, Owner, OwnerKind, uuid_in
from bot.domain.lists.rows import ListRow
from bot.domain.lookup import models, names
from bot.domain.lookup.checked_rows import CheckedRow
from bot.domain.lookup.devices import CHECK_SPELLING, IN_CONTROL_HUB
from bot.domain.lookup.owner_phrases import KEY
from bot.domain.lookup.row_owners import OwnerFacts, candidates, shown

NO_DEVICE = "I found no device “{text}”{scope}. {advice}"
NONE_OF_OWNER = "{name} has no {device} that Webex lists{scope}."
SEVERAL = "{count} devices match “{text}”: {names}. Please write the MAC address of one of them."
OWNER_UNREAD = "“{text}” could not be looked up. Please write the MAC address, or try again later."
SAME_DEVICE = (
    "Row{s} {rows} mean{verb} the same device, the {product} of {name}. Please delete the row that"
    " is too many."
)
DONE_ONCE = "Row {row} has the same MAC address: the device is changed once."
OTHER_OWNER = (
    "{mac} belongs to {holder}, but the row names {owner}. Please correct the MAC address or the"
    " owner."
)
OTHER_MODEL = "The row names the model {model}, but {mac} is a {product}."
_MOST_NAMED = 3


@dataclass(frozen=True)
class DeviceFacts:
    """What Webex says about the devices of all rows.

    `devices` are those with the MACs of the rows; all devices, if a row has none. `owners_of` are
    the owners of devices, by key, as far as they were read. `late` are sentences about MACs that
    Webex does not list.
    """

    devices: Sequence[Device]
    owners: OwnerFacts
    reaches: Callable[[LocationRef], bool]
    is_limited: bool = False  # whether the person may act at some locations only
    locations: Mapping[str, str] = field(default_factory=dict)  # names by id
    late: Mapping[str, str] = field(default_factory=dict)  # by MAC
    owners_of: Mapping[str, Owner] = field(default_factory=dict)

    def location_of(self, device: Device) -> LocationRef:
        """The location of a device, with its name if that is known."""
        return device.at(self.locations.get(device.location_id or "", ""))

    @cached_property
    def reachable(self) -> tuple[Device, ...]:
        """The devices that the person may know."""
        return tuple(
            device
            for device in self.devices
            if not self.is_limited or self.reaches(self.location_of(device))
        )

    @cached_property
    def by_mac(self) -> Mapping[str, Sequence[Device]]:
        """The same by bare MAC."""
        return _grouped(self.reachable, lambda device: bare_mac(device.mac))

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[Device]]:
        """The same by folded name, and by its words."""
        whole = _grouped(self.reachable, lambda device: fold(device.name))
        return {**_grouped(self.reachable, lambda device: _key(_words(device.name))), **whole}

    @cached_property
    def by_owner(self) -> Mapping[str, Sequence[Device]]:
        """The same by the key of the owner; ids are compared by what is in them."""
        return _grouped(self.reachable, lambda device: _bare_key(device.owner_key))


def _grouped(
    devices: Sequence[Device], key_of: Callable[[Device], str]
) -> Mapping[str, Sequence[Device]]:
    groups: defaultdict[str, list[Device]] = defaultdict(list)
    for device in devices:
        groups[key_of(device)].append(device)
    groups.pop("", None)
    return groups


def _bare_key(key: str) -> str:
    kind, _, owner_id = key.partition(":")
    return f"{kind}:{uuid_in(owner_id) or owner_id}" if key else ""


@dataclass(frozen=True, kw_only=True)
class CheckedDevice(CheckedRow):
    """A row with the device that it means, its location, and its owner if that was looked up."""

    device: Device | None
    location: LocationRef = field(default_factory=LocationRef)
    owner: Owner | None = None


def check_devices(rows: Sequence[ListRow], facts: DeviceFacts) -> list[CheckedDevice]:
    """Check each row. Of rows with the same MAC and tags the first is ready.

    Other rows about the same device are all wrong, and name each other.
    """
    checked = [_check(row, facts) for row in rows]
    same: defaultdict[str, list[ListRow]] = defaultdict(list)
    for checked_device in checked:
        if checked_device.device and not checked_device.problems:
            same[_identity(checked_device.device)].append(checked_device.row)
    return [_without_repeated(checked_device, same) for checked_device in checked]


def _identity(device: Device) -> str:
    """The id of a device, or its MAC where Webex does not tell the id."""
    return device.id or bare_mac(device.mac)


def _without_repeated(
    checked_device: CheckedDevice, same: Mapping[str, Sequence[ListRow]]
) -> CheckedDevice:
    if checked_device.device is None or checked_device.problems:
        return checked_device
    rows = same[_identity(checked_device.device)]
    other_numbers = [row.number for row in rows if row.number != checked_device.row.number]
    if not other_numbers:
        return checked_device
    if checked_device.row.mac and len({(row.mac, row.tags) for row in rows}) == 1:
        is_first = checked_device.row.number == rows[0].number
        once = DONE_ONCE.format(row=rows[0].number)
        return checked_device if is_first else replace(checked_device, problems=(once,))
    sentence = SAME_DEVICE.format(
        s="s" * (len(other_numbers) > 1),
        verb="s" * (len(other_numbers) == 1),
        rows=join_words(map(str, other_numbers[:_MOST_NAMED]), "and"),
        product=checked_device.device.product,
        name=checked_device.device.name,
    )
    return replace(checked_device, problems=(sentence,))


def _check(row: ListRow, facts: DeviceFacts) -> CheckedDevice:
    if row.problems:
        return CheckedDevice(row=row, device=None, problems=row.problems)
    device, problem = _by_mac(row, facts) if row.mac else _by_text(row, facts)
    if device is None:
        return CheckedDevice(row=row, device=None, problems=(problem,))
    return CheckedDevice(
        row=row,
        device=device,
        location=facts.location_of(device),
        owner=facts.owners_of.get(device.owner_key),
        problems=tuple(filter(None, [_other_owner(row, device, facts)])),
        warnings=tuple(filter(None, [_other_model(row, device)])),
    )


def listed(row: ListRow, facts: DeviceFacts) -> Sequence[Device]:
    """The devices with the MAC or the name of a row; those of an owner need the directory."""
    if row.mac:
        return facts.by_mac.get(row.mac, ())
    if KEY.fullmatch(row.owner):  # somebody was mentioned
        return facts.by_owner.get(_bare_key(row.owner), ())
    return () if addresses_in(row.owner) else _named(row.owner, facts)


def _by_mac(row: ListRow, facts: DeviceFacts) -> tuple[Device | None, str]:
    devices = listed(row, facts)
    if len(devices) == 1:
        return devices[0], ""
    if devices:
        return None, _several(show_mac(row.mac), devices)
    advice = facts.late.get(row.mac, IN_CONTROL_HUB)
    return None, NO_DEVICE.format(text=show_mac(row.mac), scope=facts.owners.scope, advice=advice)


def _by_text(row: ListRow, facts: DeviceFacts) -> tuple[Device | None, str]:
    """The only device with this name, or of this owner, that fits the other columns."""
    owners, named = candidates(row, facts.owners), listed(row, facts)
    devices = [
        device
        for device in named
        or [device for owner in owners for device in facts.by_owner.get(_bare_key(owner.key), ())]
        if _fits(row, device, facts)
    ]
    if len(devices) == 1:
        return devices[0], ""
    if devices:
        return None, _several(shown(row.owner), devices)
    return None, _none(row, owners, facts)


def _named(text: str, facts: DeviceFacts) -> Sequence[Device]:
    """The devices with this name: `Erin's`, `the phone of Erin` → Erin."""
    words = _words(text)
    keys = (fold(text), _key(words), _key([word for word in words if word not in names.PHONES]))
    return next((facts.by_name[key] for key in keys if key in facts.by_name), ())


def _words(text: str) -> Sequence[str]:
    return names.significant_words(text, fold_loosely)


def _key(words: Iterable[str]) -> str:
    """The words of a name as one text; no name as a whole is like it."""
    return "\n".join(sorted(words))


def _none(row: ListRow, owners: Sequence[Owner], facts: DeviceFacts) -> str:
    is_mention = KEY.fullmatch(row.owner)
    if owners or is_mention:
        device = f"{clean(row.model, 80)} device".strip()
        name = owners[0].described if owners else "That person"
        return NONE_OF_OWNER.format(name=name, device=device, scope=facts.owners.scope)
    if facts.owners.is_unread:
        return OWNER_UNREAD.format(text=row.owner)
    return NO_DEVICE.format(text=row.owner, scope=facts.owners.scope, advice=CHECK_SPELLING)


def _fits(row: ListRow, device: Device, facts: DeviceFacts) -> bool:
    """Whether the columns for type, location and model do not speak against the device."""
    kind = OwnerKind.WORKSPACE if device.workspace_id else OwnerKind.PERSON
    location = facts.location_of(device).name
    return (
        row.kind in (None, kind)
        and (not (row.location and location) or fold(row.location) == fold(location))
        and not models.is_other(row.model, device.product)
    )


def _several(text: str, devices: Sequence[Device]) -> str:
    first = [f"{device.product} {show_mac(device.mac)}".strip() for device in devices[:_MOST_NAMED]]
    more = len(devices) - len(first)
    shown = join_words([*first, f"{more} more"] if more else first, "and")
    return SEVERAL.format(count=len(devices), text=text, names=shown)


def _other_owner(row: ListRow, device: Device, facts: DeviceFacts) -> str:
    """That the row names another owner than the device has; nothing if that is not certain."""
    owners = candidates(row, facts.owners) if row.mac and needs_owner(row, device) else []
    if not owners or any(owner.key == device.owner_key for owner in owners):
        return ""
    return OTHER_OWNER.format(
        mac=show_mac(row.mac), holder=device.name, owner=owners[0].email or owners[0].name
    )


def needs_owner(row: ListRow, device: Device) -> bool:
    """Whether only the directory can tell if the row names the owner of the device."""
    return bool(row.owner) and fold(row.owner) != fold(device.name)


def _other_model(row: ListRow, device: Device) -> str:
    if not row.model or not models.is_other(row.model, device.product):
        return ""
    mac = show_mac(device.mac)
    return OTHER_MODEL.format(model=row.model, mac=mac, product=device.product)
