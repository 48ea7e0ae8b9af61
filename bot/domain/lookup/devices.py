"""Devices: the one that a form means, and searches by name, MAC, tag or location."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import TypeAlias

from bot.core import api_calls
from bot.core.errors import WebexError
from bot.core.models.mac import find_macs, same_mac, show_mac
from bot.core.models.text import fold, fold_loosely, join_words
from bot.core.models.webex import AcceptedPhone, Device, LocationRef, Owner, OwnerKind
from bot.domain import fallback
from bot.domain.forms import ANOTHER_DEVICE, MAX_CHOICES, NONE_OF_THESE, ParsedForm
from bot.domain.lookup import late_phones
from bot.domain.lookup.device_phrases import (
    DeviceFilter,
    DevicePhrase,
    fits,
    read_device_phrase,
    with_apostrophe,
)
from bot.domain.lookup.locations import scope_suffix
from bot.domain.lookup.names import Named, best
from bot.domain.lookup.owner_phrases import read_phrase
from bot.domain.lookup.owner_search import OwnerSearch
from bot.domain.operation import Context
from cards.forms import Choice, Field

LocationNames: TypeAlias = Mapping[str, str] | None  # by id; None: they could not be read

IN_CONTROL_HUB = (
    "Phones of the 9800 series that Webex does not list can be managed in Control Hub only."
)
CHECK_SPELLING = "Please check the spelling, or use the MAC address."
DEVICE_MISSING = "Please enter the MAC address or the name of the device."
UNTOLD = frozenset({"", "unknown"})  # values of `connectionStatus` that tell no state
_IN = r"(?:in|at|im|bei|à|en) (?:the )?"  # stands before a location; no word of a name
MAX_OWNERS = 5  # whose devices are read for one search

STATUS = {
    "connected": "online",
    "connected_with_issues": "online, but reports issues",
    "disconnected": "offline",
    "offline_expired": "offline for a long time",
    "offline_deep_sleep": "asleep",
    "activating": "activating",
    "pending": "setup pending",
    "unknown": "unknown",
}


@dataclass(frozen=True)
class FoundDevices:
    """The devices that a phrase may mean; `sure`: if it is only one, that one is meant.

    `filter` is what was understood besides names, `words` are the names that were compared, and
    `unknown` those that nothing has. `owner`: the one whose devices were searched. `hidden`:
    devices of the owner that Webex counts, but does not list among all devices. `unsure`: devices
    that fit, but whose status Webex does not tell, so that they may be meant as well. `late`:
    phones of our requests that Webex does not list yet. `misspelt`: the typed words from which the
    owner, the location of the filter, or else the names of the devices were guessed. `removal`:
    which request removed the device with this MAC.
    """

    devices: tuple[Device, ...] = ()
    owner: Owner | None = None
    hidden: tuple[Device, ...] = ()
    late: tuple[AcceptedPhone, ...] = ()
    sure: bool = True
    filter: DeviceFilter = field(default_factory=DeviceFilter)
    words: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unsure: tuple[Device, ...] = ()
    misspelt: str = ""
    removal: str = ""


async def find_device(form: ParsedForm, ctx: Context) -> Device | None:
    """The device that the field `device` means; None, and an error, if it is not clear."""
    text = form.values.get("device")
    if not text:
        return None
    return choose_device(form, text, await search_devices(text, ctx), ctx)


def choose_device(
    form: ParsedForm,
    text: str,
    result: FoundDevices,
    ctx: Context,
    key: Callable[[Device], str] = lambda device: device.mac or device.id,
) -> Device | None:
    """The only device that was found; None, and an error, if it is not clear.

    `key` is the text that finds a device again.
    """
    matches = prefer_exact_name(text, result.devices)
    if len(matches) == 1 and result.sure:
        return matches[0]
    if matches:
        form.add_error(
            "device",
            f"{_choice_sentence(text, len(matches))}{_cut_note(len(matches))}",
            [*(_choice(device, key(device)) for device in matches[:MAX_CHOICES]), ANOTHER_DEVICE],
        )
    else:
        form.add_error("device", _none_message(text, result, scope_suffix(ctx)))
    return None


def _choice_sentence(text: str, count: int) -> str:
    if count == 1:
        return f"“{text}” is not the exact name of a device. Did you mean this one?"
    return f"{count} devices match “{text}”. Which one?"


def _none_message(text: str, result: FoundDevices, scope: str) -> str:
    if result.late:
        return late_phones.not_changeable(result.late[0])
    if result.owner:
        missing = missing_devices(result, scope)
        return f"{result.owner.described} has no {missing}. {hidden_message(result)}"
    advice = result.removal or (IN_CONTROL_HUB if find_macs(text) else CHECK_SPELLING)
    return f"I found no device “{text}”{scope}. {advice}"


def missing_devices(result: FoundDevices, scope: str) -> str:
    """What the owner does not have: `offline device in Lyon`."""
    listed = " that Webex lists" if result.hidden else ""
    return f"{result.filter.describe('device')}{scope}{listed}"


def hidden_message(result: FoundDevices) -> str:
    """Which devices of the owner can be managed in Control Hub only."""
    if not result.hidden:
        return IN_CONTROL_HUB
    shown = join_words(
        (f"{device.product} {show_mac(device.mac)}" for device in result.hidden), "and"
    )
    return f"Please use Control Hub for the {shown}."


def _cut_note(count: int) -> str:
    if count <= MAX_CHOICES:
        return ""
    return (
        f" The first {MAX_CHOICES} are listed. If yours is not among them, choose “Another device”."
    )


def _choice(device: Device, key: str) -> Choice:
    return Choice(f"{device.name} · {device.product} · {show_mac(device.mac)}", key)


async def search_devices(text: str, ctx: Context) -> FoundDevices:
    """The devices that a text means, and that this person may see.

    Webex itself looks up MACs, tags, states, owners and locations. Other words are compared with
    the devices; if none has them, they may name an owner in another way.
    """
    phrase = read_device_phrase(text)
    result = await _found_by(phrase, ctx)
    possessive = with_apostrophe(text)
    if possessive != text and not (result.devices or result.owner):
        # `franks phone` may be Frank's, where nothing is called Franks.
        phrase = read_device_phrase(possessive)
        result = await _found_by(phrase, ctx)
    if result.misspelt and not result.owner:
        phrase = replace(phrase, words=result.words, filter=result.filter)
    listed = [device.mac for device in result.devices]
    late = await late_phones.late_phones(ctx, partial(_is_meant, phrase, result.owner), listed)
    is_missing = len(phrase.macs) == 1 and not (result.devices or late)
    removal = await late_phones.removal(phrase.macs[0], ctx) if is_missing else ""
    return replace(result, late=late, removal=removal)


def _is_meant(phrase: DevicePhrase, owner: Owner | None, phone: AcceptedPhone) -> bool:
    """Whether a search means a phone of which only its MAC, model and owner are known."""
    if phrase.macs:
        return any(same_mac(phone.mac, mac) for mac in phrase.macs)
    if owner:
        return phone.owner == owner.key
    if not phrase.words and not phrase.filter and phone.age > late_phones.EXPECTED_WITHIN:
        return False  # in the list of all devices it would be told for weeks
    return fits(phrase, phone.device, phone.location, fold_loosely)


async def _found_by(phrase: DevicePhrase, ctx: Context) -> FoundDevices:
    if phrase.owner.keys or phrase.owner.emails:
        return await _devices_of_owner(phrase, ctx)
    if phrase.macs:  # the words beside a MAC do not count, so both reads can run at once
        listed, all_names = await asyncio.gather(
            _listed_for(phrase, None, ctx), fallback.location_names(ctx)
        )
        return _result(phrase, listed, all_names, ctx)
    names, phrase = await _in_location(phrase, ctx)
    result = await _search(phrase, names, ctx)
    if not result.devices and phrase.filter.models and not phrase.words:
        as_words = await _search(phrase.with_models_as_words, names, ctx)
        return as_words if as_words.devices and not as_words.unknown else result
    return result


async def _search(phrase: DevicePhrase, names: LocationNames, ctx: Context) -> FoundDevices:
    listed = await _listed_for(phrase, names, ctx)
    result = _result(phrase, listed, names, ctx)
    if result.devices or not phrase.plain_words:
        return result
    near = _in_near_location(phrase, listed, names, ctx)
    if near and _behind_in(phrase):
        return near
    with suppress(WebexError):  # the list was read: it has no such device
        of_owner = await _devices_of_owner(phrase, ctx)
        is_known = of_owner.devices or of_owner.owner
        if is_known and not (near and of_owner.misspelt):
            return of_owner
    if near or not phrase.filter:
        return near or result
    left = _result(replace(phrase, words=()), listed, names, ctx)
    return replace(left, unknown=phrase.words, sure=False)


def _result(
    phrase: DevicePhrase, listed: Sequence[Device], names: LocationNames, ctx: Context
) -> FoundDevices:
    """The devices of a list that fit, and those that would if Webex told their status."""
    of_any_state = replace(phrase, filter=phrase.filter.without_states)
    matches = _matching(phrase, listed, names, ctx)
    unsure = [
        device
        for device in (_matching(of_any_state, listed, names, ctx) if phrase.filter.states else ())
        if device.status in UNTOLD and device not in matches
    ]
    return FoundDevices(
        matches,
        filter=phrase.filter,
        words=phrase.words,
        unsure=tuple(unsure),
    )


def _in_near_location(
    phrase: DevicePhrase, listed: Sequence[Device], location_names: LocationNames, ctx: Context
) -> FoundDevices | None:
    """The devices in the only location whose name is like the words; None if there is none."""
    words = _behind_in(phrase) or phrase.words
    reachable = sorted(
        {
            name
            for key, name in (location_names or {}).items()
            if not ctx.scoped or ctx.reaches(LocationRef(name, key))
        }
    )
    typed = " ".join(words)
    match = best(typed, [Named(index, name) for index, name in enumerate(reachable)])
    if phrase.filter.location or len(match.indexes) != 1:
        return None
    rest = phrase.words[: len(phrase.words) - len(words)]
    within = phrase.in_location(reachable[match.indexes[0]], rest)
    result = _result(within, listed, location_names, ctx)
    return replace(result, misspelt=typed, sure=False)


def _behind_in(phrase: DevicePhrase) -> tuple[str, ...]:
    """The last words of a phrase, if `in` stands before them."""
    behind = re.search(rf"\b{_IN}((?:(?!\b{_IN}).)+)$", _plain(phrase))
    count = len(behind[1].split()) if behind else 0
    last = phrase.words[-count:] if count else ()
    is_same = behind and fold_loosely(" ".join(last)) == behind[1]
    return last if is_same else ()


async def _in_location(phrase: DevicePhrase, ctx: Context) -> tuple[LocationNames, DevicePhrase]:
    """The names of locations, and the phrase with the location that it names."""
    names = await fallback.location_names(ctx)
    for name in sorted(set((names or {}).values()), key=len, reverse=True):
        rest = _without_location(phrase, name)
        if rest is not None:
            return names, phrase.in_location(name, rest)
    return names, phrase


def _without_location(phrase: DevicePhrase, location: str) -> tuple[str, ...] | None:
    """The other words of a phrase that names the location; None if it does not.

    It does if all of its words are the name, or if `in` stands before the name: a workspace may
    have the name of its location in its own.
    """
    folded = fold_loosely(location)
    if fold_loosely(" ".join(phrase.plain_words)) == folded:
        return ()
    behind_in = re.search(rf"\b{_IN}{re.escape(folded)}$", _plain(phrase))
    parts = folded.split()
    words = [fold_loosely(word) for word in phrase.words]
    if behind_in and words[-len(parts) :] == parts:
        return phrase.words[: -len(parts)]
    return None


def _plain(phrase: DevicePhrase) -> str:
    return fold_loosely(phrase.text).rstrip(" .,;!?")


async def _listed_for(phrase: DevicePhrase, names: LocationNames, ctx: Context) -> list[Device]:
    """The devices among which the phrase is looked for."""
    device_filter = phrase.filter
    if phrase.macs:
        return await _listed([{"mac": mac} for mac in phrase.macs], ctx)
    if device_filter.tags:
        tags = ",".join(device_filter.tags)  # Webex may tell capitals apart
        return await _listed([{"tag": tag} for tag in dict.fromkeys([tags, tags.lower()])], ctx)
    if device_filter.location:
        keys = [key for key, name in (names or {}).items() if name == device_filter.location]
        return await _listed([{"locationId": key} for key in keys], ctx)
    if device_filter.statuses:
        return await _listed_by_status(device_filter.statuses | UNTOLD, ctx)
    return await _listed([{}], ctx)


async def _listed_by_status(statuses: frozenset[str], ctx: Context) -> list[Device]:
    """The devices with one of these statuses; all if Webex does not know one of them."""
    filters = [{"connectionStatus": status} for status in sorted(statuses) if status]
    try:
        return await _listed(filters, ctx)
    except WebexError as error:
        if error.status != HTTPStatus.BAD_REQUEST:
            raise
    return await _listed([{}], ctx)


async def _listed(filters: Sequence[Mapping[str, str]], ctx: Context) -> list[Device]:
    answers = await asyncio.gather(*(ctx.calling.devices(**parameters) for parameters in filters))
    return list(
        {(device.id, device.mac): device for devices in answers for device in devices}.values()
    )


def _matching(
    phrase: DevicePhrase,
    listed: Iterable[Device],
    names: LocationNames,
    ctx: Context,
) -> tuple[Device, ...]:
    """The reachable devices that fit; those that fit without diacritics if no other does."""
    located = [(device, (names or {}).get(device.location_id or "", "")) for device in listed]
    seen = [
        (device, location)
        for device, location in located
        if not ctx.scoped or ctx.reaches(device.at(location))
    ]
    if phrase.macs:
        return tuple(
            device for device, _ in seen if any(same_mac(device.mac, mac) for mac in phrase.macs)
        )
    for folded in (fold, fold_loosely):
        matches = [device for device, location in seen if fits(phrase, device, location, folded)]
        if matches:
            return tuple(matches)
    return ()


async def _devices_of_owner(phrase: DevicePhrase, ctx: Context) -> FoundDevices:
    """The devices of the owners that the phrase names; words beside an address narrow them."""
    owner_phrase = phrase.owner
    if not (owner_phrase.keys or owner_phrase.emails or phrase.names_owner_only):
        owner_phrase = read_phrase(" ".join(phrase.words))
    result = await OwnerSearch(ctx).find(owner_phrase)
    owners = result.owners[:MAX_OWNERS]
    names = await fallback.location_names(ctx)
    listed = await _listed([_of_owner(owner) for owner in owners], ctx)
    narrowed = _result(phrase, listed, names, ctx)
    of_owner = _result(replace(phrase, words=()), listed, names, ctx)
    owner = owners[0] if result.sure else None
    hidden = await _hidden_devices(owner, ctx) if owner and not listed else ()
    chosen = narrowed if narrowed.devices else of_owner
    misspelt = owner_phrase.name if result.misspelt else ""
    return replace(chosen, owner=owner, hidden=hidden, sure=result.sure, misspelt=misspelt)


async def _hidden_devices(owner: Owner, ctx: Context) -> tuple[Device, ...]:
    """What the list of all devices lacks: phones of the 9800 series (provisioning.md §6)."""
    owned = await fallback.read_or_error_briefly(ctx.calling.devices_of(owner))
    return () if isinstance(owned, WebexError) else owned.devices[:MAX_CHOICES]


def prefer_exact_name(text: str, devices: Sequence[Device]) -> Sequence[Device]:
    """The devices with exactly this name; all if none has it."""
    return [device for device in devices if fold(device.name) == fold(text)] or devices


def _of_owner(owner: Owner) -> dict[str, str]:
    return {"personId" if owner.kind is OwnerKind.PERSON else "workspaceId": owner.id}


async def location_of(device: Device, ctx: Context, form: ParsedForm | None = None) -> str:
    """The name of a device's location; empty if Webex names none, or its list cannot be read.

    A list that cannot be read is noted on the form.
    """
    names = await fallback.location_names(ctx)
    if form and names is None and device.location_id:
        form.note_unread(api_calls.LOCATIONS)
    return (names or {}).get(device.location_id or "", "")


def mac_in_use_message(mac: str, holder: str) -> str:
    """The sentence for a MAC that another device has."""
    return (
        f"{show_mac(mac)} is in use{holder}."
        " Please read the label again, or remove that device first."
    )


def device_field(text: str) -> Field:
    """The input for the device."""
    value = "" if text == NONE_OF_THESE else text
    return Field("device", "Device", "MAC, name or owner", value=value, max_length=120)


def status(device: Device) -> str:
    """The status in words; a status that provbot does not know is shown as it is."""
    return STATUS.get(device.status, device.status)
