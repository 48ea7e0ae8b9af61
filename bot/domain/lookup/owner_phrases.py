"""Reads what people write for an owner: addresses, mentions, numbers, and names around them. Pure.

What Webex must be asked about, such as whether `Austin` is a location, is not decided here.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from bot.core.models.people import addresses_in
from bot.core.models.text import fold, fold_loosely
from bot.domain.lookup.names import PHONES, SMALL_WORDS, THINGS

KEY = re.compile(r"(?:PEOPLE|PLACE):[A-Za-z0-9_=-]{1,500}")  # an Owner.key: a choice or a mention
_KEYS = re.compile(rf"(?<![\w:]){KEY.pattern}(?!\w)")
_ADDRESS = re.compile(r"(?:mailto:)?[^\s<>()\[\],;:\"“”]+@[^\s<>()\[\],;:\"“”]+")
_KIND = re.compile(r"(?:\(\s*workspace\s*\)|·\s*workspace)\s*$", re.IGNORECASE)
_WRAPPERS = " \t\"'“”„‟‘’‚«»`*_.,;:!?<>()[]"
# Words that join two owners, or an owner and a place.
_AND = re.compile(r"\s+(?:and|und|et|y|e|or|oder|ou|o)\s+|\s*[&+/;]\s*", re.IGNORECASE)
_IN = re.compile(
    r"\s+(?:in|at|im|bei|beim|à|chez|en|for|für|pour|para)\s+(?:the\s+)?", re.IGNORECASE
)
_COMMA = re.compile(r"\s*,\s*")
_NUMBER_LABEL = re.compile(
    r"^(?:(?:ext|extn|extension|phone number|number|no|tel|telephone|durchwahl|dw|nr|poste|x)\b"
    r"|(?=x\d))[.:#\s]*x?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\+?[\d\s().\-/]{2,40}")
_LOGIN = r"[A-Za-z0-9][A-Za-z0-9._+-]{1,63}"
MIN_EXTENSION, MAX_EXTENSION = 2, 10  # digits, as in Webex
MAX_SPLITS = 2  # each costs two or more searches
MIN_NUMBER = 6  # significant digits of a phone number


@dataclass(frozen=True)
class OwnerPhrase:
    """An owner as somebody wrote it. `name` is what is left beside addresses and mentions."""

    text: str
    keys: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    name: str = ""
    places: tuple[str, ...] = field(default=())  # behind the name in a line that provbot printed

    @property
    def without_brackets(self) -> str:
        """The name without remarks in brackets: `Bob Keller (IT)` → Bob Keller."""
        return _unwrapped(re.sub(r"\([^()]*\)|\[[^][]*\]", " ", self.name)) or self.name

    @property
    def login(self) -> str:
        """The only word of the name if an email can have it before the @; else an empty text."""
        telling = _telling_parts(self.name, SMALL_WORDS | THINGS)
        is_login = len(telling) == 1 and re.fullmatch(_LOGIN, telling[0])
        return telling[0].lower() if is_login else ""


def _telling_parts(name: str, meaningless: frozenset[str]) -> list[str]:
    """The words as they were typed, without those that mean nothing."""
    parts = (re.sub(r"['’]s$", "", part.strip(_WRAPPERS)) for part in name.split())
    return [part for part in parts if part and fold_loosely(part) not in meaningless]


@dataclass(frozen=True)
class Number:
    """A typed number: all digits, and those without prefixes for international calls."""

    digits: str
    significant: str
    is_international: bool

    @property
    def can_be_extension(self) -> bool:
        """Whether it has as many digits as an extension, and no country code."""
        return not self.is_international and MIN_EXTENSION <= len(self.digits) <= MAX_EXTENSION

    @property
    def can_be_number(self) -> bool:
        """Whether it has enough digits to tell whose number it is."""
        return len(self.significant) >= MIN_NUMBER


def read_phrase(text: str) -> OwnerPhrase:
    """The parts of a phrase. Wrappers and what provbot adds to names fall off."""
    composed = unicodedata.normalize("NFC", text).strip()
    keys = tuple(dict.fromkeys(_KEYS.findall(composed)))
    without_keys = _KEYS.sub(" ", composed)
    emails = tuple(addresses_in(without_keys))
    name = _ADDRESS.sub(" ", without_keys) if emails else without_keys
    first, *places = (part.strip() for part in _KIND.sub("", name).split("·"))
    return OwnerPhrase(composed, keys, emails, _unwrapped(first), tuple(filter(None, places)))


def _unwrapped(name: str) -> str:
    """Without quotes and brackets around it, and without doubled spaces."""
    filled = re.sub(r"\(\s*\)|<\s*>|\[\s*\]", " ", name)
    bare = " ".join(filled.split()).strip(_WRAPPERS)
    for opening, closing in ("()", "[]"):  # `Bob Keller (IT)` keeps its last bracket
        if bare.count(opening) > bare.count(closing):
            bare += closing
    return bare


def read_number(text: str) -> Number | None:
    """An extension or a phone number in any notation; None for other texts."""
    plain = fold(text)
    for candidate in (plain, " ".join(_telling_parts(plain, SMALL_WORDS | PHONES))):
        bare = _NUMBER_LABEL.sub("", candidate.removeprefix("tel:")).strip(" .,;:#")
        if _NUMBER.fullmatch(bare):
            return _number(bare)
    return None


def _number(bare: str) -> Number | None:
    is_international = bare.startswith(("+", "00"))
    # `+49 (0)30 …`: the zero is for calls within the country.
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", bare) if is_international else bare)
    significant = digits.lstrip("0")
    return Number(digits, significant, is_international) if significant else None


def split_phrase(name: str) -> list[tuple[str, str]]:
    """The ways to read a name as two: `Bob and Jack`, `Bob in Lobby Lyon`.

    The last `in` is tried first: what stands behind it is a place or a workspace.
    """
    splits = []
    for pattern in (_AND, _IN, _COMMA):
        for match in reversed(list(pattern.finditer(name))):
            first, second = _unwrapped(name[: match.start()]), _unwrapped(name[match.end() :])
            if first and second:
                splits.append((first, second))
    return splits[:MAX_SPLITS]
