"""Reads what people write for devices: MACs and parts of them, tags, states, words. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.models.mac import find_macs, mac_fragment, parse_mac, show_mac
from bot.core.models.text import fold, fold_loosely
from bot.core.models.webex import Device
from bot.domain.lookup import names
from bot.domain.lookup.owner_phrases import OwnerPhrase, read_phrase

ONLINE = frozenset({"connected", "connected_with_issues"})
OFFLINE = frozenset({"disconnected", "offline_expired", "offline_deep_sleep"})
# What people say → values of `connectionStatus`.
STATES: Mapping[str, frozenset[str]] = {
    "online": ONLINE,
    "connected": ONLINE,
    "registered": ONLINE,
    "offline": OFFLINE,
    "disconnected": OFFLINE,
    "down": OFFLINE,
    "unreachable": OFFLINE,
    "unregistered": OFFLINE | {"unknown", "activating", "pending"},
    "issues": frozenset({"connected_with_issues"}),
    "problems": frozenset({"connected_with_issues"}),
    "expired": frozenset({"offline_expired"}),
    "asleep": frozenset({"offline_deep_sleep"}),
    "activating": frozenset({"activating"}),
    "pending": frozenset({"pending"}),
    "unknown": frozenset({"unknown"}),
}
OPPOSITES = {"registered": "unregistered", "online": "offline", "connected": "offline"}
# They mean nothing in a search for devices.
MEANINGLESS = (
    names.SMALL_WORDS
    | names.PHONES
    | {"which", "are", "is", "that", "has", "status", "state", "dms"}
)
MAX_WORDS = 12  # of a search that are compared
MAX_MACS = 5
_NOT = re.compile(rf"\bnot\s+({'|'.join(OPPOSITES)})\b", re.IGNORECASE)

Fold = Callable[[str], str]


@dataclass(frozen=True)
class DevicePhrase:
    """A search as somebody wrote it. `owner` has its addresses and mentions; `words` the rest."""

    text: str
    owner: OwnerPhrase
    macs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def names_owner_only(self) -> bool:
        """Whether it has neither states nor tags, so that all of it may name an owner."""
        return not self.tags and len(self.plain_words) == len(
            [part for word in self.words for part in names.words(word)]
        )

    @property
    def plain_words(self) -> tuple[str, ...]:
        """The words that name neither a state nor a tag, folded."""
        parts = (part for word in self.words for part in names.words(word))
        return tuple(part for part in parts if part not in STATES)


def read_device_phrase(text: str) -> DevicePhrase:
    """The parts of a search. Small words and words for a device do not count."""
    owner = read_phrase(_NOT.sub(lambda match: OPPOSITES[match[1].lower()], text))
    macs = tuple(dict.fromkeys(match.digits for match in find_macs(text)))[:MAX_MACS]
    if not macs:
        macs = _only_mac(text)
    words = [
        word.strip(' ,;!?"“”„‘’«»()<>`') for word in " ".join([owner.name, *owner.places]).split()
    ][:MAX_WORDS]
    tags = tuple(word[1:] for word in words if word.startswith("#") and len(word) > 1)
    others = [word for word in words if word and not word.startswith("#")]
    return DevicePhrase(text, owner, macs, tags, _significant(others))


def _only_mac(text: str) -> tuple[str, ...]:
    try:
        return (parse_mac(text),)
    except ValueError:
        return ()


def _significant(words: list[str]) -> tuple[str, ...]:
    return tuple(
        word for word in words if not _are_all(names.words(word, fold_loosely), MEANINGLESS)
    )


def _are_all(parts: tuple[str, ...], meaningless: frozenset[str]) -> bool:
    return bool(parts) and all(part in meaningless for part in parts)


def fits(phrase: DevicePhrase, device: Device, location: str, folded: Fold = fold) -> bool:
    """Whether each word is in what identifies the device, or names its state, or is its tag."""
    if device.id and phrase.text == device.id:
        return True
    tags = {folded(tag) for tag in device.tags}
    if not all(folded(tag) in tags for tag in phrase.tags):
        return False
    mac = device.mac.replace(":", "").upper()
    parts = (device.name, device.product, mac, show_mac(device.mac), device.serial)
    identity = folded(" ".join((*parts, *device.tags, location))).replace("'", "")
    return all(
        device.status in STATES.get(fold(word), ())
        or folded(word).replace("'", "") in identity
        or _is_part_of_mac(word, mac)
        or _has_words(word, identity, folded)
        for word in phrase.words
    )


def _is_part_of_mac(word: str, mac: str) -> bool:
    return (mac_fragment(word) or "no part") in mac


def _has_words(word: str, identity: str, folded: Fold) -> bool:
    """Whether the parts of a word are there: `Erin's`, `Erin/Lobby`. A part of a MAC is one."""
    parts = names.words(word, folded)
    return mac_fragment(word) is None and bool(parts) and all(part in identity for part in parts)
