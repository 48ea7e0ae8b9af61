"""Reads which phone goes to which other owner, from what was typed. Pure.

`move 00:11:22:33:44:55 to Sam`, `give the phone of Kim to Sam`, `Sam gets Kim's phone`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from bot.domain.language.arguments import (
    Arguments,
    without_excluded,
    without_noise,
    without_prepositions_around,
    without_verbs_behind,
)
from bot.domain.language.clauses import is_break
from bot.domain.language.phrases import terms_of
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.two_phones import DEVICES, MACS
from bot.domain.language.vocabulary import (
    ARTICLES,
    BACK,
    COLLEAGUES,
    GIVES,
    GOES,
    HOLDERS,
    MOVES_WITH_A,
    QUESTION_WORDS,
    RECIPIENTS,
    TAKES,
)
from bot.domain.text_readers import PLACES, device_text, mac_of, non_empty, subject_of

Tokens = tuple[Token, ...]

_FOR = frozenset({"for", "fur", "fuer", "pour", "para"})
_OF = frozenset({"of", "von", "de", "du", "del"})
_IS = frozenset({"is", "ist", "est", "es"})
_CHANGE_OWNER = ("change", "owner")  # an alias
_NOUNS = ((), ("device",), ("devices",))
_DEFINITE = frozenset({"the", "das", "le", "el"})
_PERSON = (Kind.EMAIL, Kind.MENTION)
_POSSESSIVE = re.compile(r"(?:s['’]|['’]s)$")
_GERMAN_POSSESSIVE = re.compile(r"[A-ZÄÖÜ]\w{2,}s$")
_MY = frozenset({"my", "our", "mein", "meine", "meinem", "meiner", "mon", "ma", "mi"})
_MOVED = frozenset({"moved", "left", "umgezogen"})
_NUMBER = frozenset({"number", "extension", "nummer", "durchwahl"})


def read_move(arguments: Arguments) -> dict[str, str]:
    """The phone and its new owner → inputs; what is not clear is left out.

    `move the 8845 of Kim to Sam` → device, owner. Who has it, behind `from`, tells of the device if
    nothing else does.
    """
    read = _Gift.of(arguments) or _best(_readings(arguments))
    return non_empty(device=read.device, owner=read.owner)


def is_move(arguments: Arguments) -> bool:
    """Whether a message means a move; it may tell of somebody's phone without the verb."""
    if arguments.alias[:1] == ("move",) or arguments.alias == _CHANGE_OWNER:
        return True
    if arguments.alias not in _NOUNS:
        return False
    if _new_owner(arguments.message):
        return not arguments.of_kind(Kind.MODEL)
    if "move" in arguments.meanings:
        has_mac = any(token.kind in MACS for token in arguments.message)
        return has_mac or any(token.word in RECIPIENTS for token in arguments.message)
    return _Gift.of(arguments) is not None


@dataclass(frozen=True)
class _Reading:
    """One way to read a message: the texts of the form."""

    device: str = ""
    owner: str = ""


def _best(readings: Iterator[_Reading]) -> _Reading:
    """The first reading that has most of both."""
    return max(readings, key=lambda reading: bool(reading.device) + bool(reading.owner))


def _readings(arguments: Arguments) -> Iterator[_Reading]:
    """What stands behind the verb, with the words before it in the clause, and with all of them."""
    tokens = without_excluded(arguments.message, arguments.source)
    first, last = _verb(tokens)
    before, behind = tokens[:first], tokens[last:]
    start = first
    while 0 < start < len(tokens) and not is_break(tokens, start, arguments.source):
        start -= 1
    verb = "" if _new_owner(tokens) else tokens[first].word if first < last else ""
    yield _Parts(arguments, behind, verb, is_all=True).reading
    yield _Parts(arguments, (*tokens[start:first], *behind), verb).reading
    if before and (before[0].word in RECIPIENTS or _has_phone(before)):
        yield _Parts(arguments, (*before, *behind), verb).reading


def _has_phone(tokens: Tokens) -> bool:
    return is_held(tokens) or any(token.kind in MACS for token in tokens)


def _verb(tokens: Tokens) -> tuple[int, int]:
    """Where the verb stands: indexes of tokens, end exclusive; (0, 0) without one."""
    for term in terms_of(tokens):
        if term.meaning == "move":
            return term.first, term.last
    return 0, _new_owner(tokens)


def _new_owner(tokens: Sequence[Token]) -> int:
    """The index behind `change the owner` or `new owner`; 0 if they are not said."""
    words = [token.word for token in tokens]
    index = words.index("owner") if "owner" in words else 0
    is_new = words[max(0, index - 1) : index] == ["new"]
    return index + 1 if index and (is_new or "change" in words[max(0, index - 2) : index]) else 0


@dataclass(frozen=True)
class _Parts:
    """The words of a move without the verb; `is_all`: no words before the verb are among them."""

    arguments: Arguments
    tokens: Tokens
    verb: str  # its first word; empty for `new owner of …`
    is_all: bool = False

    @cached_property
    def reading(self) -> _Reading:
        """The device and the owner that these words name."""
        phone, owner = self._around_recipient()
        phone, holder = _split(phone, HOLDERS)
        phone = _without_back(phone)
        owner, other_holder = _split(owner, HOLDERS)
        macs = [mac_of(token) for token in self.tokens if token.kind in MACS]
        device = ", ".join(dict.fromkeys(macs)) or self._named(phone, holder or other_holder)
        return _Reading(device, self._person(owner))

    def _named(self, phone: Tokens, holder: Tokens) -> str:
        """The device by its words, else by its model and who has it."""
        tokens = subject_of(phone)
        models = [token for token in tokens if token.kind is Kind.MODEL]
        others = [token for token in tokens if token.kind is not Kind.MODEL]
        if not holder or device_text(self.arguments, others):
            return device_text(self.arguments, tokens)
        parts = (*(model.text for model in models), device_text(self.arguments, holder))
        return " ".join(filter(None, parts))

    def _person(self, tokens: Tokens) -> str:
        """The owner as it was typed."""
        others = tuple(token for token in tokens if token.kind not in MACS)
        return _person(self.arguments, without_verbs_behind(without_prepositions_around(others)))

    def _around_recipient(self) -> tuple[Tokens, Tokens]:
        """What stands before the word for the new owner, and what behind it."""
        has_mac = any(token.kind in MACS for token in self.tokens)
        for words, is_last in ((RECIPIENTS, False), (_FOR | PLACES, not has_mac)):
            positions = [index for index in self._positions(words) if has_mac or self._names(index)]
            if positions:
                index = positions[-1 if is_last else 0]
                return self.tokens[:index], self.tokens[index + 1 :]
        return self._at_article() or self._owner_first() or self._without_preposition()

    def _owner_first(self) -> tuple[Tokens, Tokens] | None:
        """`move to Sam the phone of Kim`, `move it to Sam`."""
        _, behind = _split(self.tokens, RECIPIENTS)
        if not behind:
            return None
        owner, phone = _split_at_possession(behind)
        return (phone, owner) if owner else ((), behind)

    def _positions(self, words: Collection[str]) -> list[int]:
        last = len(self.tokens) - 1
        return [i for i, token in enumerate(self.tokens[:last]) if token.word in words]

    def _names(self, index: int) -> bool:
        """Whether a device, or who has it, is named before this token."""
        phone, holder = _split(self.tokens[:index], HOLDERS)
        return bool(device_text(self.arguments, phone) or device_text(self.arguments, holder))

    def _at_article(self) -> tuple[Tokens, Tokens] | None:
        """`mover 00:11:22:33:44:55 a Sam`, `déplacer … à Sam`."""
        for index in self._positions({"a"}):
            if index and (self.verb in MOVES_WITH_A or self.tokens[index].text == "à"):
                return self.tokens[:index], self.tokens[index + 1 :]
        return None

    def _without_preposition(self) -> tuple[Tokens, Tokens]:
        """`move 00:11:22:33:44:55 sam@example.com`, `new owner of Kim's phone: Sam`."""
        tokens = self.tokens
        if not self.is_all:
            return tokens, ()
        end = self._end_of_device()
        rest = without_noise(tokens[end:])
        if not rest or rest[0].word in _OF:
            return tokens, ()
        return tokens[:end], rest

    def _end_of_device(self) -> int:
        """Behind the last MAC, before the second of two addresses, at a colon or at `is`."""
        tokens = self.tokens
        macs = [index for index, token in enumerate(tokens) if token.kind in MACS]
        persons = [index for index, token in enumerate(tokens) if token.kind in _PERSON]
        if macs:
            return macs[-1] + 1
        if len(persons) == 2:
            return persons[1]
        for index in range(1, len(tokens)):
            gap = self.arguments.source[tokens[index - 1].end : tokens[index].start]
            if ":" in gap or (not self.verb and tokens[index].word in _IS):
                return index
        return len(tokens)


def _split(tokens: Tokens, words: Collection[str]) -> tuple[Tokens, Tokens]:
    """What stands before one of these words, and what behind it."""
    index = next((i for i, token in enumerate(tokens) if token.word in words), len(tokens))
    return tokens[:index], tokens[index + 1 :]


@dataclass(frozen=True)
class _Gift:
    """`Give the phone of Kim to Sam`, `Sam gets Kim's phone`: a phone that somebody has.

    `Give Sam a phone` and `Sam gets an 8865` ask for a new one.
    """

    device: str
    owner: str

    @classmethod
    def of(cls, arguments: Arguments) -> "_Gift | None":
        """What is given to whom; None if the message tells of no such gift."""
        tokens = without_excluded(arguments.message, arguments.source)
        verb = _gift(tokens)
        if verb < 0 or "move" in arguments.meanings:
            return None
        phone, owner = _thing_and_owner(tokens, verb)
        if not (owner and phone and (_is_moved(tokens, phone) or is_held(phone))):
            return None
        macs = [mac_of(token) for token in phone if token.kind in MACS]
        device = ", ".join(macs) or device_text(arguments, _of_holder(_without_back(phone)))
        person = _person(
            arguments, without_prepositions_around(without_noise(owner) or tuple(owner))
        )
        return cls(device, person) if device and person else None


def _gift(tokens: Tokens) -> int:
    """The index of the verb that gives a phone to somebody; -1 if there is none.

    A MAC is of a new phone, unless its owner has moved: `Kim moved, give 00:11:22:33:44:55 to Sam`.
    """
    if any(token.word in QUESTION_WORDS for token in tokens):
        return -1
    has_mac = any(token.kind in MACS for token in tokens)
    for index, (token, following) in enumerate(zip_longest(tokens, tokens[1:])):
        is_to = following is not None and following.word in RECIPIENTS
        if token.word in GIVES and (not has_mac or _is_moved(tokens, tokens[index:])):
            return index
        if not has_mac and (token.word in TAKES or (token.word in GOES and is_to)):
            return index
    return -1


def _thing_and_owner(tokens: Tokens, index: int) -> tuple[Tokens, Tokens]:
    """What is given, and to whom, around the verb at this index; empty if it is not clear."""
    before, behind = tokens[:index], tokens[index + 1 :]
    if tokens[index].word in TAKES:
        return behind, before
    if tokens[index].word in GOES:
        is_call = any(token.word == "voicemail" for token in behind)  # `my phone goes to voicemail`
        return ((), ()) if is_call else (before, behind[1:])
    phone, owner = _split(behind, RECIPIENTS)
    if owner:
        return phone, owner
    owner, phone = _split_at_possession(phone)
    return phone, owner


def _is_moved(tokens: Tokens, phone: Tokens) -> bool:
    """Whether somebody moved, and this is a phone by its MAC alone."""
    kinds = {token.kind for token in phone}
    return (
        any(token.word in _MOVED for token in tokens)
        and not kinds.isdisjoint(MACS)
        and Kind.MODEL not in kinds
    )


def _without_back(tokens: Tokens) -> Tokens:
    is_back = len(tokens) > 1 and tokens[-1].word in BACK and tokens[-1].text.islower()
    return tokens[:-1] if is_back else tokens


def _person(arguments: Arguments, tokens: Tokens) -> str:
    """The new owner as it was typed: `my colleague Sam Stone` → Sam Stone."""
    start = next((i for i, token in enumerate(tokens) if token.word in COLLEAGUES), -1) + 1
    is_before_name = start < len(tokens) and all(
        token.word in ARTICLES | _MY for token in tokens[: start - 1 if start else 0]
    )
    named = tokens[start:] if is_before_name else tokens
    return arguments.phrase(named) if named else ""


def _of_holder(tokens: Tokens) -> Tokens:
    """`the phone from Kim` as `the phone of Kim`: the noun alone names nothing."""
    phone, holder = _split(tokens, HOLDERS)
    return (*(token for token in phone if token.kind is Kind.MODEL), *holder) if holder else phone


def _split_at_possession(tokens: Tokens) -> tuple[Tokens, Tokens]:
    """`Sam Kim's phone` → Sam, Kim's phone; `Sam Stone the phone of Kim` → at the article."""
    for index, token in enumerate(tokens):
        if index and (token.word in _DEFINITE or _is_possessive(token)):
            # Of three names before the phone nobody can tell which belong together.
            is_clear = token.word in _DEFINITE or index == 1
            return (tokens[:index], tokens[index:]) if is_clear else ((), tokens)
    return (), tokens


def is_held(tokens: Sequence[Token]) -> bool:
    """Whether these words name a phone and who has it: `Kim's phone`, `the 8845 of Kim`."""
    nouns = [
        index
        for index, token in enumerate(tokens)
        if token.kind is Kind.MODEL or terms_of([token])[0].meaning in DEVICES
    ]
    if not nouns or any(token.word in _NUMBER for token in tokens):
        return False
    noun = nouns[0]
    belongs = any(token.word in _OF | HOLDERS for token in tokens[noun + 1 : -1])
    return belongs or any(_is_possessive(token) for token in tokens[:noun])


def _is_possessive(token: Token) -> bool:
    text = token.text
    return bool(_POSSESSIVE.search(text) or _GERMAN_POSSESSIVE.fullmatch(text))
