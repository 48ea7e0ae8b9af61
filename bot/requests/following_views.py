"""The sentences and cards about what was added and has registered, or has not. Pure."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.followed import FollowedDevice, FollowKind, FollowState
from bot.core.models.local_time import LocalTime, unix_time
from bot.core.models.requests import Request
from bot.core.models.text import clean
from bot.domain.followed_names import (
    MAX_NAME,
    ROOM_DEVICE,
    in_list,
    in_words,
    model_of,
    subject,
    typed_look,
    was_added,
)
from bot.requests.following_counts import Counts
from cards import answers
from cards.parts import Button, say

MAX_NAMED = 10  # devices in one sentence
FEW_NAMED = 3  # where a command lists them
STILL_NOT_THERE, NEW_CODE, NEW_CODES = "Still not there?", "New code", "New codes"
UNASKED = (
    "provbot has not been able to ask Webex about it since {at}, so it is not known whether it"
    " has registered. You will be told when it has."
)
UNASKED_SOME = (
    "provbot has not been able to ask Webex about {count} of them since {at}, so it is not"
    " known whether they have registered. You will be told when they have."
)
NOT_HEARD = "Webex has not heard of it for {time}."
NOT_HEARD_MANY = "Webex has not heard of them for {time}."
NOT_TYPED = "Nobody has typed the code yet."
NOT_TYPED_MANY = "Nobody has typed the codes yet."
VALID_UNTIL = "It is valid until {at}."
ONLY_HANDSETS = (
    "Webex reports on a base station only through its handsets: none has registered at {which} for"
    " {time}."
)
CABLE = "Cable and power: is it connected, and does the port of the switch give power (PoE)?"
VLAN = "VLAN: is the port in the network for phones, and can it reach the internet?"
DHCP = (
    "DHCP: do options 66 and 160 name no other system? A phone that was used elsewhere is set up"
    " by that system, and never asks Webex."
)
FIRMWARE = (
    "Firmware: the screen for the code comes with 11.2.3MSR1 or newer. With older firmware, add"
    " the phone by its MAC."
)
SETUP_ASSISTANT = (
    "Has the room device been factory reset, if it was in use before? The code is typed in its"
    " setup assistant."
)
PAIR_HANDSET = "Handsets: is one paired? The pairing sheet has the codes. Type: dect sheet {name}"
EXPIRED = "Nobody used the code, so it expired {at}. To get another one, press New code."
NOW_REGISTERED = "Registered {at}, {time} after {added}"
NOT_YET = "Not registered yet"
_EMAIL = re.compile(r"\(([^()\s]+@[^()\s]+)\)$")


@dataclass(frozen=True)
class Unasked:
    """The keys of steps about whose devices Webex could not be asked, since when (Unix seconds)."""

    steps: frozenset[str] = frozenset()
    since: float = 0.0


def registered(device: FollowedDevice) -> str:
    """`✓ Bob Keller's 8865 is registered, 6 minutes after it was added.`"""
    target, time = device.target, in_words(device.changed_at - device.since)
    if target.kind is FollowKind.BASE:
        return (
            f"✓ {subject(target)} is in use: a handset registered at it, {time} after it was added."
        )
    return f"✓ {subject(target)} is registered, {time} after {was_added(device)}."


def late(
    request: Request, device: FollowedDevice, local: LocalTime, unasked_since: float | None
) -> AdaptiveCard:
    """What to check of one device that is late.

    `unasked_since`: since when Webex could not be asked about it, in Unix seconds; None: the last
    look has shown that it is not registered.
    """
    name = subject(device.target)
    if unasked_since is None:
        title, note = f"Not registered yet: {_lower_the(name)}", _found(device, local)
    else:
        title = f"Not known whether it is registered: {_lower_the(name)}"
        note = UNASKED.format(at=local.show(unasked_since))
    return answers.details(
        title,
        [],
        subtitle=f"Request {request.code}",
        notes=[note, *_bulleted(_checks([device]))],
        buttons=[
            Button(STILL_NOT_THERE, say(typed_look(device) or followed_command(request))),
            *_new_code_button(request, device),
        ],
    )


def late_many(
    request: Request, devices: Sequence[FollowedDevice], local: LocalTime, unasked: Unasked
) -> AdaptiveCard:
    """What to check of the devices of a request that are late, if it has several.

    `devices` are all that were followed of it.
    """
    waiting = [device for device in devices if device.state is FollowState.WAITING]
    seen = [device for device in waiting if device.step not in unasked.steps]
    of = f"{len(seen)} of {len(devices)}"
    title = f"Not registered yet: {of}" if seen else f"Not known whether registered: {len(waiting)}"
    notes = [f"{names(seen)}."] if seen else []
    notes += _found_many(seen, local)
    if unasked.steps:
        at = local.show(unasked.since)
        notes.append(UNASKED_SOME.format(count=len(unasked.steps), at=at))
    return answers.details(
        title,
        [],
        subtitle=f"Request {request.code}",
        notes=[*notes, *_bulleted(_checks(waiting))],
        buttons=[Button(STILL_NOT_THERE, say(followed_command(request))), *_new_codes(waiting)],
    )


def expired(request: Request, device: FollowedDevice, local: LocalTime) -> AdaptiveCard:
    """One code that nobody used in time."""
    model, owner = model_of(device.target), clean(device.target.owner_name, MAX_NAME)
    text = EXPIRED.format(at=_phrase_iso(device, local))
    buttons = _new_code_button(request, device)
    return answers.notice(f"The activation code for {owner} ({model}) has expired", text, buttons)


def summary(request: Request, devices: Sequence[FollowedDevice]) -> str:
    """`37 of 40 registered; not yet: Bob Keller 8865 D8:2E:3E:EF:4E:5C, …`."""
    counts = Counts.of(devices)
    parts = [f"{len(counts.registered)} of {counts.total} registered", *_others(counts)]
    if counts.open:
        parts.append(f"not yet: {names(counts.open)}")
    return f"{'; '.join(parts)} · request {request.code}"


def finished(request: Request, devices: Sequence[FollowedDevice]) -> str | AdaptiveCard:
    """The last message about a request with several; a card if codes expired."""
    counts = Counts.of(devices)
    of = f"{len(counts.registered)} of {counts.total} registered"
    if counts.expired:
        return answers.notice(
            f"{of}; {_codes(len(counts.expired))} expired",
            f"Nobody used {'it' if len(counts.expired) == 1 else 'them'} in time:"
            f" {names(counts.expired)}. {' '.join(_removed(counts))}".strip(),
            _new_codes(counts.expired),
        )
    last = max(counts.registered, key=lambda device: device.changed_at)
    time = in_words(last.changed_at - last.since)
    parts = [f"✓ {of}, the last one {time} after {was_added(last)}", *_others(counts)]
    return f"{'; '.join(parts)} · request {request.code}"


def lines(devices: Sequence[FollowedDevice], local: LocalTime) -> list[str]:
    """What `request CODE` says of what is or was followed of it."""
    if len(devices) != 1:
        return [_counted(devices)] if devices else []
    (device,) = devices
    at = local.phrase(device.changed_at)
    time = in_words(device.changed_at - device.since)
    sentences = {
        FollowState.WAITING: NOT_YET,
        FollowState.LOST: "Not registered when provbot looked last",
        FollowState.REGISTERED: NOW_REGISTERED.format(at=at, time=time, added=was_added(device)),
        FollowState.EXPIRED: f"Nobody used the code: it expired {_phrase_iso(device, local)}",
        FollowState.GONE: f"Gone: provbot saw {at} that it was removed or given to somebody else",
    }
    return [sentences[device.state]]


def not_registered_button(request: Request, devices: Sequence[FollowedDevice]) -> list[Button]:
    """A button that lists those of a request that have not registered, if there are any."""
    is_open = bool(Counts.of(devices).open)
    return [Button(NOT_YET, say(followed_command(request)))] if is_open else []


def names(devices: Sequence[FollowedDevice]) -> str:
    """The first ten in words, and how many more."""
    named = ", ".join(in_list(device.target) for device in devices[:MAX_NAMED])
    more = len(devices) - MAX_NAMED
    return f"{named} and {more} more" if more > 0 else named


def followed_command(request: Request) -> str:
    """What lists those of a request that are still followed."""
    return f"followed {request.code}"


def _counted(devices: Sequence[FollowedDevice]) -> str:
    counts = Counts.of(devices)
    parts = [f"{len(counts.registered)} of {counts.total} registered", *_others(counts)]
    if len(counts.open) > FEW_NAMED:
        parts.append(f"{len(counts.open)} not yet")
    elif counts.open:
        parts.append(f"not yet: {names(counts.open)}")
    return "; ".join(parts)


def _others(counts: Counts) -> list[str]:
    """How many are neither registered nor awaited."""
    expired_count = len(counts.expired)
    ran_out = [f"{_codes(expired_count)} expired unused"] if expired_count else []
    gone = f"{len(counts.gone)} removed or given to somebody else"
    return [*ran_out, *([gone] if counts.gone else [])]


def _removed(counts: Counts) -> list[str]:
    if not counts.gone:
        return []
    return [f"Removed or given to somebody else: {len(counts.gone)}."]


def _codes(count: int) -> str:
    return "1 code" if count == 1 else f"{count} codes"


def _found(device: FollowedDevice, local: LocalTime) -> str:
    """What the last look has shown of one device."""
    time = in_words(local.now - device.since)
    if device.target.kind is FollowKind.BASE:
        return ONLY_HANDSETS.format(which="it", time=time)
    if device.target.kind is FollowKind.PHONE:
        return NOT_HEARD.format(time=time)
    until = device.target.expires
    valid = VALID_UNTIL.format(at=local.show_iso(until)) if until else ""
    return f"{NOT_TYPED} {valid}".strip()


def _found_many(seen: Sequence[FollowedDevice], local: LocalTime) -> list[str]:
    """The same of several, in a sentence for each kind."""
    time = in_words(local.now - max((device.since for device in seen), default=local.now))
    kinds = {device.target.kind for device in seen}
    base_count = sum(device.target.kind is FollowKind.BASE for device in seen)
    sentences = {
        FollowKind.PHONE: NOT_HEARD_MANY.format(time=time),
        FollowKind.CODE: NOT_TYPED_MANY,
        FollowKind.BASE: ONLY_HANDSETS.format(which="it" if base_count == 1 else "them", time=time),
    }
    if len(kinds) > 1:  # then it is not clear which of them a sentence is about
        sentences[FollowKind.PHONE] = ""
    return [text for kind, text in sentences.items() if kind in kinds and text]


def _checks(devices: Sequence[FollowedDevice]) -> list[str]:
    """What to check, for the kinds of these devices."""
    kinds = {device.target.kind for device in devices}
    models = {
        model_of(device.target) for device in devices if device.target.kind is FollowKind.CODE
    }
    bases = [device.target for device in devices if device.target.kind is FollowKind.BASE]
    checks = [CABLE, VLAN]
    if FollowKind.PHONE in kinds or models - {ROOM_DEVICE}:
        checks.append(DHCP)
    if models - {ROOM_DEVICE}:
        checks.append(FIRMWARE)
    if ROOM_DEVICE in models:
        checks.append(SETUP_ASSISTANT)
    if bases:
        checks.append(PAIR_HANDSET.format(name=clean(bases[0].network_name, MAX_NAME)))
    return checks


def _bulleted(sentences: Sequence[str]) -> list[str]:
    return [f"• {sentence}" for sentence in sentences]


def _new_code_button(request: Request, device: FollowedDevice) -> list[Button]:
    """A button that opens the plan for another code; none for what was added without one."""
    command = new_code(request, device)
    return [Button(NEW_CODE, say(command))] if command else []


def new_code(request: Request, device: FollowedDevice) -> str:
    """What asks for another code; empty for what was added without one."""
    target = device.target
    if target.kind is not FollowKind.CODE:
        return ""
    facts = dict((request.plan or {}).get("facts", ()))
    email = _EMAIL.search(str(facts.get("For", "")))
    owner = email[1] if email else clean(target.owner_name, MAX_NAME)
    model = "room device" if model_of(target) == ROOM_DEVICE else clean(target.name, MAX_NAME)
    return f"activation code {model} for {owner}"


def _new_codes(devices: Sequence[FollowedDevice]) -> list[Button]:
    """A button that opens the form for a list of codes, if one of these has a code."""
    has_code = any(device.target.kind is FollowKind.CODE for device in devices)
    return [Button(NEW_CODES, say("activation codes"))] if has_code else []


def _phrase_iso(device: FollowedDevice, local: LocalTime) -> str:
    """When a code expired: `yesterday at 16:27 CET`."""
    expired_at = unix_time(device.target.expires)
    with suppress(ValueError, OverflowError):  # of a year that no calendar has
        return local.phrase(device.changed_at if expired_at is None else expired_at)
    return local.phrase(device.changed_at)


def _lower_the(name: str) -> str:
    """`The 8865 of …` within a sentence."""
    return f"the{name[3:]}" if name.startswith("The ") else name
