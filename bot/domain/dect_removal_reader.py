"""Reads what is removed from DECT networks or changed in them, from what was typed. Pure.

`remove base D8:2E:3E:EF:4E:5C from Lobby`, `delete the handset of Bob Baker`, `rename dect network
Lobby to Foyer`, `set the access code of Lobby to 1234`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from bot.domain.language.arguments import Arguments, split_at_preposition, without
from bot.domain.language.phrases import Term, terms_of
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.vocabulary import (
    ALL,
    ARTICLES,
    AUXILIARIES,
    CONJUNCTIONS,
    DEFECTS,
    HOLDERS,
    PREPOSITIONS,
)
from bot.domain.text_readers import PLACES, mac_text, non_empty, subject_of

Tokens = tuple[Token, ...]

ALL_HANDSETS = "all"  # instead of one handset of an owner
MADE, EACH = "new", "each"  # what becomes of an access code: a new one, or one for each handset

_DELETE = ("delete",)
_BASE, _HANDSET, _NETWORK = "base station", "handset", "dect network"
_THINGS = frozenset({_BASE, _HANDSET, _NETWORK, "dect", "network", "netz", "netzwerk", "reseau"})
_NETWORK_WORDS = frozenset({"network", "netz", "netzwerk", "reseau"})
_BOTH = ALL | {"both", "beide"}
_PERSON = (Kind.EMAIL, Kind.MENTION)
_FROM = HOLDERS | {"aus", "out", "off"}
_OF = frozenset({"of", "for", "von", "fur", "fuer", "de", "du", "del", "pour", "para"})
_OF_NETWORK = _FROM | PLACES | {"on", "dans", "auf"}
_TO = frozenset({"to", "into", "as", "zu", "nach"})
# In English they stand before a place.
_TO_BESIDE = {"umbenennen": {"in", "auf"}, "renommer": {"en"}, "renombrar": {"a", "como"}}
_RENAME = frozenset({"rename", *_TO_BESIDE})
_LOSSES = frozenset({"lost", "left", "his", "her", "their", "verloren"})  # `Bob lost his handset`
_NAME = frozenset({"name", "namen", "nom", "nombre"})
_NOT_YET = (("code",), (_NETWORK,))  # aliases that ask for something new, without a verb
_CODE_NOUNS = frozenset({"code", "codes", "pin", "zugangscode"})
_AROUND = PREPOSITIONS | ARTICLES | AUXILIARIES | CONJUNCTIONS | _FROM | _NAME | _LOSSES
_CHANGE_VERBS = frozenset({"andern", "andere", "aendern"})  # beside `Zugangscode`
_CODE_WORDS = _CODE_NOUNS | _CHANGE_VERBS | {"access", "set", "one", "all", "use"}
_NEW = frozenset(
    {"new", "another", "different", "fresh", "random", "reset", "renew", "generate", "neuen"}
)
# An access code that is typed in a space is seen by all who read there; it is kept as a secret.
_TYPED_CODE = re.compile(
    r"[\s,]*\bcode\s*[:=]?\s*(?P<code>\d+)\b"
    r"|[\s,]*(?:\b(?:to|auf|zu|is|(?:should|must)\s+be)\b|[:=])\s*(?P<last>\d+)\W*$",
    re.IGNORECASE,
)
_ONE_EACH = re.compile(
    r"[\s,]*(?:\b(?:to|with|use)\s+)?(?:\b(?:one|a|an|own)\s+)*(?:access\s+)?codes?\s+"
    r"(?:per|for\s+each|for\s+every|each|of\s+(?:its|their)\s+own)\b(?:\s+(?:user|handset|person))?",
    re.IGNORECASE,
)
_ONE_FOR_ALL = re.compile(
    r"\bone\s+(?:access\s+)?code\s+for\s+(?:all|everybody|everyone)\b", re.IGNORECASE
)
_ON_HANDSETS = re.compile(
    r"\b(?:display\s+name|name\s+on\s+(?:the\s+|its\s+|all\s+)?handsets?)\b", re.IGNORECASE
)
_ARROW = re.compile(r"->|→|⇒|=>")


def read_base(arguments: Arguments) -> dict[str, str]:
    """`D8:2E:3E:EF:4E:5C from Lobby` → base and network, wherever they stand."""
    mac, macs = mac_text(arguments)
    rest = without(arguments.values(), *macs)
    if any(token.word in AUXILIARIES for token in rest):  # `the base … is broken, remove it`
        rest = tuple(token for token in rest if token.word not in DEFECTS)
    return non_empty(base=mac, network=_named(arguments, rest))


def is_base_removal(arguments: Arguments) -> bool:
    """`remove D8:2E:3E:EF:4E:5C, the base of Lobby`: the noun does not stand behind the verb."""
    has_mac = bool(arguments.of_kind(Kind.MAC, Kind.NEAR_MAC))
    return _deletes(arguments, _BASE) and has_mac


def read_handsets(arguments: Arguments) -> dict[str, str]:
    """`of Bob Baker from Lobby` → owner and network. Several owners stay in one text.

    Addresses and mentions are owners wherever they stand. `all handsets of Bob Baker from Lobby`
    gives the network `Lobby/all`.
    """
    parts = _Parts.of(arguments.tokens)
    owner, network = parts.owner, parts.network or parts.behind_person
    if not parts.network:
        owner = without(owner, *network)
    if not owner and not parts.says_network:
        owner, network = network, ()
    is_all = any(token.word in _BOTH for token in arguments.message)
    owner = subject_of(tuple(token for token in owner if token.word not in _BOTH))
    name = _named(arguments, network)
    network_text = "/".join(filter(None, (name, ALL_HANDSETS))) if is_all else name
    return non_empty(owner=_named(arguments, owner), network=network_text)


def is_handset_removal(arguments: Arguments) -> bool:
    """`delete Bob's handset`: a DECT handset is no device that has a MAC or a model of its own."""
    is_phone = bool(arguments.of_kind(Kind.MAC, Kind.NEAR_MAC, Kind.MODEL))
    is_named = _deletes(arguments, _HANDSET) or _is_from_network(arguments)
    return is_named and not is_phone


def _is_from_network(arguments: Arguments) -> bool:
    """`remove Bob from the dect network Lobby`: only a handset connects somebody with it."""
    terms = [term for term in terms_of(arguments.message) if term.meaning not in ARTICLES]
    nouns = [index for index, term in enumerate(terms) if term.meaning in (_NETWORK, "dect")]
    return arguments.alias == _DELETE and any(
        index > 2 and terms[index - 1].meaning in _FROM for index in nouns
    )


def read_network(arguments: Arguments) -> dict[str, str]:
    """`the network Lobby at Lyon` → network."""
    return non_empty(network=_named(arguments, arguments.tokens))


def is_network_deletion(arguments: Arguments) -> bool:
    """`delete the Lobby DECT network`."""
    is_apart = arguments.alias == _DELETE and {"dect", "network"} <= arguments.meanings
    return is_apart or _deletes(arguments, _NETWORK)


def _deletes(arguments: Arguments, noun: str) -> bool:
    """Whether the message says so, with the verb anywhere: `das Mobilteil von Bob löschen`."""
    is_named = arguments.alias in (_DELETE, (noun,))
    return is_named and {"delete", noun} <= arguments.meanings


def read_change(arguments: Arguments) -> dict[str, str]:
    """`Lobby to Foyer`, `access code of Lobby to 1234` → the network, and what changes in it."""
    source, tokens = arguments.source, arguments.tokens
    if match := _ONE_EACH.search(source):
        return _code_of(arguments, _outside(tokens, *match.span()), codes=EACH)
    if _tells_code(arguments):
        typed = _TYPED_CODE.search(source)
        rest = _outside(tokens, *typed.span()) if typed else tokens
        is_new = _wants_new(arguments) or _ONE_FOR_ALL.search(source)
        codes = MADE if typed is None and is_new else ""
        code = (typed["code"] or typed["last"]) if typed else ""
        return _code_of(arguments, rest, codes=codes, access_code=code)
    verbs = {token.word for token in arguments.message} & _RENAME
    words = _TO.union(*(_TO_BESIDE.get(verb, ()) for verb in verbs))
    tokens = tuple(token for token in tokens if token.word not in verbs)
    before, behind = _around_new_name(tokens, source, words)
    if shown := _ON_HANDSETS.search(source):
        network = _named(arguments, _outside(before, *shown.span()))
        return non_empty(network=network, display_name=_as_typed(arguments, behind))
    return non_empty(network=_named(arguments, before), name=_as_typed(arguments, behind))


def is_change(arguments: Arguments) -> bool:
    """`new access code for Lobby`, `das DECT-Netz Lobby in Foyer umbenennen`."""
    is_network = arguments.alias in ((_NETWORK,), ("dect",))
    is_renamed = any(token.word in _RENAME for token in arguments.message)
    return (is_network and is_renamed) or _is_code_change(arguments)


def _is_code_change(arguments: Arguments) -> bool:
    """`access code of Lobby` alone asks for it, and `code 8865` for one that activates a phone."""
    if not _tells_code(arguments):
        return False
    is_typed = _TYPED_CODE.search(arguments.source) is not None
    if arguments.alias == ("code",) and _ONE_EACH.search(arguments.source):
        return not {"get", "activation"} & arguments.meanings and not arguments.of_kind(Kind.MODEL)
    if any(token.word in _CHANGE_VERBS for token in arguments.message):
        return arguments.alias == ()
    if arguments.alias in ((), ("access",)) and "access" in arguments.meanings:
        return is_typed or _ONE_EACH.search(arguments.source) is not None or _wants_new(arguments)
    is_set = bool({"set", "change"} & arguments.meanings)
    return is_typed and (is_set if arguments.alias in _NOT_YET else arguments.alias == ("dect",))


def _tells_code(arguments: Arguments) -> bool:
    return any(token.word in _CODE_NOUNS for token in arguments.message)


def _wants_new(arguments: Arguments) -> bool:
    return any(token.word in _NEW for token in arguments.message)


def _code_of(arguments: Arguments, tokens: Sequence[Token], **inputs: str) -> dict[str, str]:
    """The network whose access code changes, and how."""
    named = tuple(token for token in tokens if token.word not in _CODE_WORDS)
    network = _named(arguments, tuple(token for token in named if token.word not in _NEW))
    return non_empty(network=network, **inputs)


def _around_new_name(
    tokens: Sequence[Token], source: str, words: Collection[str]
) -> tuple[Tokens, Tokens]:
    """What stands before the last of these words or an arrow, and behind it."""
    for before, behind in pairwise(tokens):
        if _ARROW.search(source[before.end : behind.start]):
            index = tokens.index(behind)
            return tuple(tokens[:index]), tuple(tokens[index:])
    network, _, name = split_at_preposition(tokens, last=True, words=words)
    return (network, name) if network else (name, ())


def _as_typed(arguments: Arguments, tokens: Sequence[Token]) -> str:
    """A new name, without quotes around it."""
    return arguments.phrase(tokens).strip("\"'“”„‘’«»") if tokens else ""


def _outside(tokens: Sequence[Token], start: int, end: int) -> Tokens:
    return tuple(token for token in tokens if not start <= token.start < end)


@dataclass(frozen=True)
class _Parts:
    """What is said of the owner of a handset, and of its network, each in its order."""

    owner: Tokens
    network: Tokens
    says_network: bool  # with the word itself

    @classmethod
    def of(cls, tokens: Sequence[Token]) -> "_Parts":
        """By the prepositions: what follows none is the owner's."""
        owner: list[Token] = []
        network: list[Token] = []
        part = owner
        says_network = False
        for token, following in zip_longest(tokens, tokens[1:]):
            is_of_network = bool(following and following.word in _NETWORK_WORDS | {"dect"})
            if token.kind in _PERSON:
                owner.append(token)
                continue
            if token.word in _OF_NETWORK or (part is owner and is_of_network):
                part = network
            elif token.word in _OF and part is network and not owner:
                part = owner
            says_network = says_network or token.word in _NETWORK_WORDS
            part.append(token)
        return cls(tuple(owner), tuple(network), says_network)

    @property
    def behind_person(self) -> Tokens:
        """`bob@example.com Lobby`: the words behind the last address, unless they go on with it."""
        last = max(
            (index for index, token in enumerate(self.owner) if token.kind in _PERSON),
            default=len(self.owner),
        )
        behind = self.owner[last + 1 :]
        return () if behind[:1] and behind[0].word in CONJUNCTIONS else behind


def _named(arguments: Arguments, tokens: Sequence[Token]) -> str:
    """The tokens as they were typed, without what names nothing at both ends."""
    rest = _without_around(tuple(tokens), _AROUND)
    return arguments.phrase(rest) if rest else ""


def _without_around(tokens: Tokens, words: Collection[str]) -> Tokens:
    """The tokens without these words, and without the nouns of DECT, at both ends.

    A network may be called `A`, though it is an article as well.
    """
    terms = list(terms_of(tokens))

    def names_nothing(term: Term) -> bool:
        token = tokens[term.first]
        is_letter = token.text.isupper() and len(token.text) == 1
        return term.meaning in _THINGS or (token.word in words and not is_letter)

    while terms and names_nothing(terms[0]):
        del terms[0]
    while terms and names_nothing(terms[-1]):
        del terms[-1]
    return tokens[terms[0].first : terms[-1].last] if terms else ()
