"""Reads what people write for devices: MACs and parts of them, filters, words. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz.distance import OSA

from bot.core.models.mac import find_macs, mac_fragment, parse_mac, show_mac
from bot.core.models.text import fold, fold_loosely, join_words
from bot.core.models.webex import Device
from bot.domain.language.model_name import read_model_name
from bot.domain.language.model_text import find_models
from bot.domain.lookup import names
from bot.domain.lookup.owner_phrases import OwnerPhrase, read_phrase

ONLINE = frozenset({"connected", "connected_with_issues"})
OFFLINE = frozenset({"disconnected", "offline_expired", "offline_deep_sleep"})
WITH_ISSUES = frozenset({"connected_with_issues"})
# States that a device also has by what it reports (`errorCodes`), whatever its status.
TROUBLES = frozenset({"issues", "problems", "errors", "faults"})
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
    "issues": WITH_ISSUES,
    "problems": WITH_ISSUES,
    "errors": WITH_ISSUES,
    "faults": WITH_ISSUES,
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
    | {"which", "are", "is", "that", "has", "have", "status", "state", "dms", "all", "every"}
    | {"any", "owned", "belonging", "located", "model", "models", "me", "our", "my", "only"}
    | {"run", "use", "using", "show", "list", "report", "reports", "reporting"}
)
TAG_LABELS = frozenset({"tag", "tags", "tagged", "label", "labelled", "labeled"})
SOFTWARE_LABELS = frozenset({"software", "firmware", "version", "release", "running", "runs"})
MAX_WORDS = 12  # of a search that are compared
MAX_MACS = 5
MIN_STATE = 6  # letters: shorter words are too much like names
_WITHOUT_APOSTROPHE = re.compile(
    rf"\b(\w+[^\W\ds])s(?=\s+(?:{'|'.join(sorted(names.PHONES))})\b)", re.IGNORECASE
)
# What is said behind the noun: `phones with issues`.
_BEHIND = {
    "issues": "with issues",
    "problems": "with problems",
    "errors": "with errors",
    "faults": "with faults",
    "unknown": "with an unknown status",
    "asleep": "that are asleep",
    "down": "that are down",
}
_NOT = re.compile(rf"\bnot\s+({'|'.join(OPPOSITES)})\b", re.IGNORECASE)

Fold = Callable[[str], str]


@dataclass(frozen=True)
class DeviceFilter:
    """What a search says about devices, besides names. All of it must hold.

    `states` are words of STATES, `software` parts of a version, `location` is a name.
    """

    states: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    software: tuple[str, ...] = ()
    location: str = ""

    def __bool__(self) -> bool:
        return bool(self.states or self.models or self.tags or self.software or self.location)

    @property
    def statuses(self) -> frozenset[str]:
        """The values of `connectionStatus` that are meant: of all the states, else of any.

        Empty where they do not decide: `with errors` alone.
        """
        values = [STATES[state] for state in self.states if state not in TROUBLES]
        return (
            frozenset.intersection(*values) or frozenset.union(*values) if values else frozenset()
        )

    @property
    def wants_trouble(self) -> bool:
        """Whether only devices are meant that report something."""
        return not TROUBLES.isdisjoint(self.states)

    @property
    def without_states(self) -> "DeviceFilter":
        """The same for devices of any state."""
        return replace(self, states=())

    def describe(self, noun: str) -> str:
        """`offline 8865 phones tagged #vip in Berlin`; the noun alone if there is no filter."""
        before = [state for state in self.states if state not in _BEHIND]
        behind = [_BEHIND[state] for state in self.states if state in _BEHIND]
        tags = f"tagged {join_words((f'#{tag}' for tag in self.tags), 'and')}" if self.tags else ""
        software = f"with software {' '.join(self.software)}" if self.software else ""
        place = f"in {self.location}" if self.location else ""
        parts = [*before, join_words(self.models), noun, *behind, tags, software, place]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class DevicePhrase:
    """A search as somebody wrote it. `owner` has its addresses and mentions.

    `words` are what is left beside the filter: names, parts of a MAC and the like.
    """

    text: str
    owner: OwnerPhrase
    macs: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    filter: DeviceFilter = field(default_factory=DeviceFilter)

    @property
    def names_owner_only(self) -> bool:
        """Whether it has no filter, so that all of it may name an owner."""
        return not self.filter

    @property
    def plain_words(self) -> tuple[str, ...]:
        """The parts of the words, folded."""
        return tuple(part for word in self.words for part in names.words(word))

    def in_location(self, location: str, rest: tuple[str, ...]) -> "DevicePhrase":
        """The same search within a location that its words name; `rest` are the other words."""
        return replace(self, words=rest, filter=replace(self.filter, location=location))

    @property
    def with_models_as_words(self) -> "DevicePhrase":
        """The same search with its models as names: `8845` may be an extension, or end a MAC."""
        return replace(
            self,
            words=(*self.words, *self.filter.models),
            filter=replace(self.filter, models=()),
        )


def with_apostrophe(text: str) -> str:
    """The text with the apostrophe that it lacks: `franks phone` → frank's phone."""
    return _WITHOUT_APOSTROPHE.sub(r"\1's", text)


def read_device_phrase(text: str) -> DevicePhrase:
    """The parts of a search. Small words and words for a device do not count."""
    owner = read_phrase(_NOT.sub(lambda match: OPPOSITES[match[1].lower()], text))
    macs = tuple(dict.fromkeys(match.digits for match in find_macs(text)))[:MAX_MACS]
    if not macs:
        macs = _only_mac(text)
    named = " ".join([owner.name, *owner.places])
    models = () if macs else tuple(dict.fromkeys(match.text for match in find_models(named)))
    for model in models:
        named = named.replace(model, " ")
    words = [word.strip(' ,;!?"“”„‘’«»()<>`') for word in named.split()][:MAX_WORDS]
    words, tags = _labelled(words, TAG_LABELS, lambda word: word.removeprefix("#"))
    words, software = _labelled(words, SOFTWARE_LABELS, _version)
    tags += tuple(word[1:] for word in words if word.startswith("#") and len(word) > 1)
    others = [word for word in words if word and not word.startswith("#")]
    states = tuple(dict.fromkeys(fold(word) for word in others if fold(word) in STATES))
    names_only = _significant([word for word in others if fold(word) not in STATES])
    return DevicePhrase(
        text,
        owner,
        macs,
        names_only,
        DeviceFilter(states, models, tuple(dict.fromkeys(tags)), software),
    )


def near_state(word: str) -> str:
    """The state of which the word is a misspelling: `ofline` → offline; empty if there is none."""
    typed = fold(word)
    if typed in STATES:
        return ""
    near = [
        state
        for state in STATES
        if len(state) >= MIN_STATE and OSA.distance(typed, state, score_cutoff=1) <= 1
    ]
    # `ofline` is as near to online, but begins like offline.
    return next((state for state in near if state[:2] == typed[:2]), "")


def _labelled(
    words: Sequence[str], labels: frozenset[str], read: Callable[[str], str]
) -> tuple[list[str], tuple[str, ...]]:
    """The other words, and the values that stand behind a label: `tagged vip` → vip.

    A label without a value is a word like others.
    """
    others: list[str] = []
    values: list[str] = []
    index = 0
    while index < len(words):
        end = index
        while end < len(words) and fold(words[end]).rstrip(":=") in labels:
            end += 1  # `software version 12.8` has two
        value = read(words[end]) if index < end < len(words) else ""
        if value:
            values.append(value)
            index = end + 1
        else:
            others.append(words[index])
            index += 1
    return others, tuple(values)


def _version(word: str) -> str:
    """The word if it can be a version: it has a digit."""
    return word.rstrip(".") if any(char.isdigit() for char in word) else ""


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


def passes(device_filter: DeviceFilter, device: Device, location: str, folded: Fold = fold) -> bool:
    """Whether the device is as the filter says."""
    tags = {folded(tag) for tag in device.tags}
    return (
        (not device_filter.statuses or device.status in device_filter.statuses)
        and (not device_filter.wants_trouble or bool(device.errors) or device.status in WITH_ISSUES)
        and (
            not device_filter.models
            or any(_is_model(model, device.product) for model in device_filter.models)
        )
        and all(folded(tag) in tags for tag in device_filter.tags)
        and all(_has_version(part, device.software) for part in device_filter.software)
        and (
            not device_filter.location
            or fold_loosely(location) == fold_loosely(device_filter.location)
        )
    )


def _is_model(typed: str, product: str) -> bool:
    """Whether a product is the typed model: an `8865` is no `8865NR`, but a `DMS Cisco 8865`."""
    expected, actual = read_model_name(typed), read_model_name(product)
    if not expected.number:
        return fold(typed) in fold(product)
    return (expected.number, expected.variant, expected.family) == (
        actual.number,
        actual.variant,
        actual.family,
    )


def _has_version(typed: str, software: str) -> bool:
    """Whether a version has the typed one as a whole part: `12.0` in `sip88xx.12-0-5MPP`."""
    part, version = (re.sub(r"[._]", "-", fold(text)) for text in (typed, software))
    return bool(re.search(rf"(?<![0-9]){re.escape(part)}(?![0-9])", version))


def fits(phrase: DevicePhrase, device: Device, location: str, folded: Fold = fold) -> bool:
    """Whether it passes the filter, and each word is in what identifies the device."""
    if device.id and phrase.text == device.id:
        return True
    if not passes(phrase.filter, device, location, folded):
        return False
    mac = device.mac.replace(":", "").upper()
    parts = (device.name, device.product, mac, show_mac(device.mac), device.serial)
    identity = folded(" ".join((*parts, *device.tags, location))).replace("'", "")
    return all(
        folded(word).replace("'", "") in identity
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
