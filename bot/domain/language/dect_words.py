"""The words around what is named in DECT: base stations, handsets, networks, owners. Pure."""

import re
from collections.abc import Mapping, Sequence
from itertools import dropwhile, pairwise

from bot.domain.language.phrases import terms_of
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.vocabulary import (
    ARTICLES,
    AUXILIARIES,
    CONJUNCTIONS,
    POINTS_TO_LIST,
    PREPOSITIONS,
)

BASE, HANDSET, NETWORK, SET_UP = "base station", "handset", "dect network", "set up dect"
MACS = (Kind.MAC, Kind.NEAR_MAC)
PEOPLE = (Kind.EMAIL, Kind.MENTION)
AND = CONJUNCTIONS | {"et", "y", "plus"}
WITH = frozenset({"with", "mit", "avec", "con", "using"})
# They ask for a network with all that belongs to it, where `add` asks for a part of one.
_SET_UP_VERBS = frozenset({
    "setup", "build", "deploy", "install", "configure", "provision", "einrichten", "aufbauen",
    "baue", "installieren", "installer", "configurer", "instalar", "configurar",
})  # fmt: skip
_PARTICLES = (("set", "up"), ("roll", "out"), ("richte", "ein"), ("baue", "auf"))
NAMED = AUXILIARIES | {"name", "names", "nom", "nombre"}
# Verbs and nouns around a name that belong to the command.
_WISHES = frozenset(
    {
        *("add", "get", "new", "create", "device", HANDSET, BASE, NETWORK, SET_UP),
        *("dect", "network", "here", "are", "is", "for", "from", "of", "list"),
        *("attached", "following"),
    }
)
_COUNTS = frozenset(
    {"two", "three", "four", "five", "zwei", "drei", "deux", "trois", "dos", "tres"}
)
_COMMA = "\0"  # within a name
_BASE_MODEL = re.compile(r"(?:DBS|DECT)\D{0,3}(?P<number>110|210)", re.IGNORECASE)
_HANDSET_MODEL = re.compile(r"\b68(?:23|25)\b")
_BETWEEN_OWNERS = re.compile(r"\s*[,;]\s*|\s+(?:and|und|et|y|&)\s+", re.IGNORECASE)
BEFORE_OWNER = re.compile(
    r"^(?:(?:and|und|et|y|for|für|fuer|pour|para|of|to|workspace|person|user|owner)\s+)+(?=\S)"
)
_SURNAME_FIRST = re.compile(r"[^\W\d_][\w'’-]*,\s*[^\W\d_][\w'’-]*")
_SURNAME_AND_ADDRESS = re.compile(r"(?P<surname>\b[^\W\d_]\S*),(?=\s*[^\W\d_]\S*\s*<)")

Tokens = tuple[Token, ...]


def each_owner(text: str) -> list[str]:
    """`bob@example.com, Carol Cole and Dan` → three; `Baker, Bob` is one name."""
    if _SURNAME_FIRST.fullmatch(text):
        return [text]
    tokens = tokenize(text)
    if all(token.kind in PEOPLE for token in tokens):  # with blanks between them
        return [token.text for token in tokens]
    whole = _SURNAME_AND_ADDRESS.sub(rf"\g<surname>{_COMMA}", text)
    parts = (part.replace(_COMMA, ",") for part in _BETWEEN_OWNERS.split(whole))
    return [BEFORE_OWNER.sub("", part).strip(" .") for part in parts]


def without_things(tokens: Sequence[Token]) -> Tokens:
    """The tokens without MACs and models of base stations, and without what announces them.

    `Lobby with two base stations D8:2E:3E:EF:4E:5C` → Lobby; `Base Camp` is a name.
    """
    kept: list[Token] = []
    meanings = meanings_by_token(tokens)
    follows_thing = follows_noun = False
    for index in reversed(range(len(tokens))):
        token = tokens[index]
        is_value = token.kind in (*MACS, Kind.SERIAL) or _is_model(token)
        is_noun = meanings[token] in (BASE, HANDSET) and (
            follows_thing or _is_announced(tokens, index, meanings)
        )
        is_small = follows_thing and token.word in WITH | AND | ARTICLES | {"model", "mac"}
        is_count = follows_noun and (token.word.isdigit() or token.word in _COUNTS)
        follows_thing = is_value or is_noun or is_small or is_count
        follows_noun = is_noun
        if not follows_thing:
            kept.append(token)
    return tuple(reversed(kept))


def _is_announced(tokens: Sequence[Token], index: int, meanings: Mapping[Token, str]) -> bool:
    """Whether `with`, `and` or a MAC stands before the noun, or the owners behind it.

    Other words of the noun, articles and numbers may stand between.
    """
    noun = meanings[tokens[index]]
    if index == len(tokens) - 1 and noun == HANDSET and tokens[index].text.islower():
        return True
    before = [
        token
        for token in tokens[:index]
        if not (token.word in ARTICLES | _COUNTS or token.word.isdigit() or meanings[token] == noun)
    ]
    return bool(before) and (before[-1].word in WITH | AND or before[-1].kind in MACS)


def meanings_by_token(tokens: Sequence[Token]) -> dict[Token, str]:
    """The canonical word of each token: `dect network` of both words of it."""
    return {
        token: term.meaning for term in terms_of(tokens) for token in tokens[term.first : term.last]
    }


def names_base(tokens: Sequence[Token]) -> bool:
    """Whether the noun stands directly before a MAC: `base D8:2E:3E:EF:4E:5C`."""
    meanings = meanings_by_token(tokens)
    return any(
        meanings[noun] == BASE and noun.text.islower() and mac.kind in MACS
        for noun, mac in pairwise(tokens)
    )


def base_model(token: Token) -> re.Match[str] | None:
    """The model of a base station that a token is; its group `number` is 110 or 210."""
    return _BASE_MODEL.search(token.text) if token.kind is Kind.MODEL else None


def is_base_model(token: Token) -> bool:
    """Whether it is a model of base stations."""
    return base_model(token) is not None


def _is_model(token: Token) -> bool:
    return is_base_model(token) or is_handset_model(token)


def is_handset_model(token: Token) -> bool:
    """Whether it is a model of handsets."""
    return token.kind is Kind.MODEL and bool(_HANDSET_MODEL.search(token.text))


def only_points(tokens: Sequence[Token]) -> bool:
    """Whether the words name nothing, but point to a list: `these people`, `the attached file`."""
    small = POINTS_TO_LIST | ARTICLES | PREPOSITIONS | WITH
    return all(token.word in small and token.text.islower() for token in tokens)


def without_wishes(tokens: Sequence[Token]) -> Tokens:
    """The tokens without `we need a new dect network` and the like in front, if more stands there.

    `DECT Lobby` and `The Hub` are names.
    """
    meanings = meanings_by_token(tokens)
    rest = tuple(
        dropwhile(
            lambda token: (
                (token.text.islower() and (meanings[token] in _WISHES or token.word in ARTICLES))
                or meanings[token] == NETWORK
            ),
            tokens,
        )
    )
    return rest or tuple(tokens)


def sets_up(tokens: Sequence[Token]) -> bool:
    """Whether one of the words says that something is built: `set up`, `einrichten`."""
    words = [token.word for token in tokens if token is tokens[0] or token.text.islower()]
    pairs = set(pairwise(words))
    return not _SET_UP_VERBS.isdisjoint(words) or any(pair in pairs for pair in _PARTICLES)
