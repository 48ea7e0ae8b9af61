"""Reads what is set up in DECT, or added to it, from what was typed. Pure.

`set up dect Lobby at Lyon DBS210 with base D8:2E:3E:EF:4E:5C for bob@example.com`, `add base … to
Lobby`, `add a handset for Bob Baker to Lobby`. Base stations and owners become the lines of the
boxes in the forms (`bot.domain.lists.dect_lines`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise

from bot.core.models.text import fold_loosely
from bot.domain.language.arguments import (
    Arguments,
    split_at_preposition,
    without,
    without_fillers_behind,
    without_verbs_behind,
    without_words_around,
)
from bot.domain.language.phrases import terms_of, without_meanings_around
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.two_phones import FOR
from bot.domain.language.vocabulary import ARTICLES, AUXILIARIES, CONJUNCTIONS, PREPOSITIONS
from bot.domain.lists.dect_lines import BOXES, DISPLAY_NAME, LINE_2, is_heading, labelled
from bot.domain.lists.pasted import is_header
from bot.domain.text_readers import PLACES, mac_of, non_empty

BASE, HANDSET, NETWORK, SET_UP = "base station", "handset", "dect network", "set up dect"
_MACS = (Kind.MAC, Kind.NEAR_MAC)
_PEOPLE = (Kind.EMAIL, Kind.MENTION)
_AND = CONJUNCTIONS | {"et", "y", "plus"}
_WITH = frozenset({"with", "mit", "avec", "con", "using"})
# Before the network to which something is added.
_TO = frozenset({"to", "into", "onto", "on", "zu", "zum", "zur", "auf", "au", "dans", "al"})
_OF = frozenset({"of", "von", "de", "du", "del", "owner", "user"})
# They ask for a network with all that belongs to it, where `add` asks for a part of one.
_SET_UP_VERBS = frozenset({
    "setup", "build", "deploy", "install", "configure", "provision", "einrichten", "aufbauen",
    "baue", "installieren", "installer", "configurer", "instalar", "configurar",
})  # fmt: skip
_PARTICLES = (("set", "up"), ("roll", "out"), ("richte", "ein"), ("baue", "auf"))
_NAMED = AUXILIARIES | {"name", "names", "nom", "nombre"}
_WISHES = ARTICLES | {"add", "get", "new", "create", "device"}
_COUNTS = frozenset(
    {"two", "three", "four", "five", "zwei", "drei", "deux", "trois", "dos", "tres"}
)
_SEPARATORS = frozenset(",;:")
_COMMA = "\0"  # within a name
_QUOTES = "\"'“”„‟‘’«»"
# An access code that is typed in a space is seen by all who read there; it is kept as a secret.
_CODE = re.compile(
    r"[\s,;]*(?:\b(?:and|with|using|und|mit|et|avec|y|con)\s+)*(?:\b(?:the|an?|one)\s+)?"
    r"\b(?:access[\s-]+)?(?:code|pin|zugangscode)\b(?:\s+is\b)?\s*[:=]?\s*(?P<code>\d+)\b",
    re.IGNORECASE,
)
_ON_HANDSETS = re.compile(
    r"[\s,;]*(?:\b(?:and|with|und|mit)\s+)*(?:\bthe\s+)?"
    r"\b(?:display\s+name|name\s+on\s+(?:the\s+|all\s+)?handsets?)\b(?:\s+is\b)?\s*[:=]?\s*"
    r"(?P<name>\"[^\"]{1,40}\"|“[^”]{1,40}”|[^\s,;:]{1,40})",
    re.IGNORECASE,
)
_BASE_MODEL = re.compile(r"(?:DBS|DECT)\D{0,3}(?P<number>110|210)", re.IGNORECASE)
_BETWEEN_OWNERS = re.compile(r"\s*[,;]\s*|\s+(?:and|und|et|y|&)\s+", re.IGNORECASE)
_BEFORE_OWNER = re.compile(
    r"^(?:(?:and|und|et|y)\s+)?(?:for|für|fuer|pour|para|of)\s+", re.IGNORECASE
)
_SURNAME_FIRST = re.compile(r"[^\W\d_][\w'’-]*,\s*[^\W\d_][\w'’-]*")
_SURNAME_AND_ADDRESS = re.compile(r"(?P<surname>\b[^\W\d_]\S*),(?=\s*[^\W\d_]\S*\s*<)")
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")
# A line below the command that has one fact: `Location: Lyon`.
_FACT = re.compile(r"\s*(?P<label>[^\W\d_][\w ]{1,24}?)\s*[:=]\s*(?P<value>\S.*)")
_FACTS = {
    label: field
    for field, labels in {
        "name": ("name", "network", "network name", "dect network", "netz", "nom", "nombre"),
        "location": ("location", "site", "standort", "emplacement", "ubicación", "sede"),
        "model": ("model", "modèle", "modelo"),
        "display_name": ("display name", "name on the handset", "name on handsets"),
    }.items()
    for label in labels
}

Tokens = tuple[Token, ...]


def without_code(text: str) -> tuple[str, str]:
    """The access code of a text, empty without one, and the text without any."""
    match = _CODE.search(text)
    return (match["code"], _CODE.sub(" ", text).strip()) if match else ("", text)


def read_network(arguments: Arguments) -> dict[str, str]:
    """`Warehouse at Berlin code 1234` → name, location, model and access code of a new network."""
    text = _Text.of(arguments)
    return {**text.name_and_place(text.tokens), **text.settings}


def read_set_up(arguments: Arguments) -> dict[str, str]:
    """The network, its base stations and the owners of its handsets, wherever they stand."""
    text = _Text.of(arguments)
    told, owners = _at_owners(text.tokens)
    place: Tokens = ()
    if not any(token.word in PLACES for token in told):
        owners, place = _at_last_place(owners)
    if owners and not told and not any(token.kind in _PEOPLE for token in owners):
        told, owners = owners, ()  # `set up dect for Lobby`
    people = tuple(token for token in told if token.kind in _PEOPLE)
    inputs = text.name_and_place((*without(told, *people), *place))
    return {
        **inputs,
        **text.settings,
        **non_empty(bases=text.bases, members=text.members((*people, *owners))),
    }


def read_add_base(arguments: Arguments) -> dict[str, str]:
    """`D8:2E:3E:EF:4E:5C to Lobby` → base stations and network, wherever they stand."""
    text = _Text.of(arguments)
    named = _without_things(text.tokens)
    _, _, behind = split_at_preposition(named, last=True, words=_TO)
    return non_empty(bases=text.bases, network=text.network(behind or named))


def read_add_handset(arguments: Arguments) -> dict[str, str]:
    """`for Bob Baker to Lobby with line 2 Carol Cole` → network, and a line for each owner."""
    text = _Text.of(arguments)
    start, end = text.network_span()
    network, owners = (
        text.tokens[start:end],
        (*text.tokens[: max(start - 1, 0)], *text.tokens[end:]),
    )
    return non_empty(members=text.members(owners), network=text.network(network))


def read_lines(lines: Iterable[str]) -> dict[str, str]:
    """The lines below `set up dect`: those with MACs are of base stations, others of handsets.

    A table stays whole. `Location: Lyon` and the like tell of the network.
    """
    inputs: dict[str, str] = {}
    bases: list[str] = []
    members: list[str] = []
    rows = iter(lines)
    for typed in rows:
        if is_header(typed):
            bases += [typed, *rows]
            break
        code, line = without_code(typed)
        fact = _FACT.fullmatch(line)
        field = _FACTS.get(fact["label"].casefold()) if fact else None
        if fact and field:
            inputs[field] = fact["value"].strip(f"{_QUOTES} ")
        elif not is_heading(line):
            has_mac = any(token.kind in _MACS for token in tokenize(line))
            (bases if has_mac else members).append(line)
        inputs |= non_empty(access_code=code)
    return {**inputs, **_boxes(bases, members)}


def read_base_lines(lines: Iterable[str]) -> dict[str, str]:
    """The lines below `add base`: base stations."""
    return _boxes(lines, ())


def read_handset_lines(lines: Iterable[str]) -> dict[str, str]:
    """The lines below `add handset`: owners of handsets."""
    return _boxes((), (_BEFORE_OWNER.sub("", line) for line in lines))


def _boxes(bases: Iterable[str], members: Iterable[str]) -> dict[str, str]:
    """The lines of both boxes."""
    boxes = zip(BOXES, (bases, members), strict=True)
    return non_empty(**{box: "\n".join(filter(str.strip, lines)) for box, lines in boxes})


def is_set_up(arguments: Arguments) -> bool:
    """`set up the Lobby DECT network`, `create dect network Lobby … for bob@example.com`."""
    if not {"dect", NETWORK, SET_UP} & arguments.meanings:
        return False
    is_new = arguments.alias in (("add", NETWORK), ("create", NETWORK))
    has_parts = any(token.kind in (*_MACS, *_PEOPLE) for token in arguments.message)
    may_mean_it = arguments.alias in (("add",), ("dect",), (NETWORK,))
    return (is_new and has_parts) or (may_mean_it and _sets_up(arguments.message))


def is_base_addition(arguments: Arguments) -> bool:
    """`add D8:2E:3E:EF:4E:5C as a base to Lobby`, `add D8:2E:3E:EF:4E:5C to the DECT network`."""
    if arguments.alias != ("add",) or not arguments.of_kind(*_MACS):
        return False
    is_phone = any(
        token.kind in _PEOPLE or (token.kind is Kind.MODEL and not _is_base_model(token))
        for token in arguments.tokens
    )
    meanings = _meanings(arguments.message)
    names_base = any(
        token.text.islower() and meanings[token] == BASE for token in arguments.message
    )
    return not is_phone and (NETWORK in arguments.meanings or names_base)


def is_handset_addition(arguments: Arguments) -> bool:
    """`put Bob's cordless on Lobby`, `add bob@example.com to the Lobby DECT network`."""
    if arguments.alias != ("add",) or arguments.of_kind(*_MACS, Kind.MODEL):
        return False
    to_network = NETWORK in arguments.meanings and bool(arguments.of_kind(*_PEOPLE))
    return HANDSET in arguments.meanings or to_network


@dataclass(frozen=True)
class _Text:
    """What was typed. `tokens` are without the access code and the name on all handsets."""

    arguments: Arguments
    tokens: Tokens
    settings: dict[str, str]  # of the network: what has no words of a name

    @classmethod
    def of(cls, arguments: Arguments) -> "_Text":
        source = arguments.source
        people = [token.start for token in arguments.tokens if token.kind in _PEOPLE]
        code = _CODE.search(source)
        # Behind the first owner it is the name of one handset.
        shown = _ON_HANDSETS.search(source, 0, min(people, default=len(source)))
        spans = [match.span() for match in (*_CODE.finditer(source), shown) if match]
        tokens = tuple(
            token
            for token in arguments.tokens
            if not any(start <= token.start < end for start, end in spans)
        )
        models = [match for token in tokens if (match := _base_model(token))]
        settings = non_empty(
            model=f"DBS{models[0]['number']}" if models else "",
            display_name=shown["name"].strip(_QUOTES) if shown else "",
            access_code=code["code"] if code else "",
        )
        return cls(arguments, without_fillers_behind(tokens), settings)

    @property
    def bases(self) -> str:
        """The MACs of base stations, one a line; wrong ones as they were typed."""
        macs = [token for token in self.arguments.tokens if token.kind in _MACS]
        return "\n".join(map(mac_of, macs))

    def phrase(self, tokens: Sequence[Token]) -> str:
        """These tokens as they were typed, without quotes around them."""
        return self.arguments.phrase(tokens).strip(_QUOTES) if tokens else ""

    def network(self, tokens: Sequence[Token]) -> str:
        """The name of a network, without articles and prepositions around it."""
        named = without_verbs_behind(_without_things(tokens))
        return self.phrase(without_words_around(named, ARTICLES | PREPOSITIONS | _AND | _TO))

    def name_and_place(self, tokens: Sequence[Token]) -> dict[str, str]:
        """`Lobby at Lyon`, `at Lyon called Lobby` and `Lobby, Lyon` → name and location."""
        told = without_meanings_around(_without_things(tokens), {NETWORK, SET_UP, "add"})
        rest = without_words_around(told, _WITH | _AND | FOR)
        before, _, place = split_at_preposition(rest, last=True, words=PLACES)
        called = next((i for i, token in enumerate(place) if token.word in _NAMED), len(place))
        if called < len(place):  # the name stands behind its location
            place, before = place[:called], (*before, *place[called:])
        before = without_words_around(before, _WITH | _AND)
        named = without_meanings_around(tuple(dropwhile(_is_small, before)), {NETWORK})
        name, location = self.phrase(named), self.phrase(place)
        if not location:
            name, _, location = (part.strip() for part in name.partition(","))
        is_noun = fold_loosely(name) == "dect"  # `DECT in Lyon einrichten`
        return non_empty(name="" if is_noun else name, location=location)

    def members(self, tokens: Sequence[Token]) -> str:
        """A line for each owner; a second line and a name are those of each."""
        wished = without_meanings_around(_without_things(tokens), _WISHES)
        told = without_words_around(wished, _WITH | _AND | FOR | _OF)
        if not told:
            return ""
        (_, owners), *details = labelled(self._without_possessive(told))
        values = dict(details)
        parts = [values.get(LINE_2, ""), values.get(DISPLAY_NAME, "")]
        lines = ("; ".join([owner, *parts]).rstrip("; ") for owner in _each_owner(owners))
        return "\n".join(filter(None, lines))

    def _without_possessive(self, tokens: Sequence[Token]) -> str:
        """The text; of `Bob's cordless` only Bob."""
        text = self.arguments.phrase(tokens)
        message = self.arguments.message
        following, meanings = dict(pairwise(message)), _meanings(message)
        for token in tokens:
            if token in following and meanings[following[token]] == HANDSET:
                text = text.replace(token.text, _POSSESSIVE.sub("", token.text))
        return text

    def network_span(self) -> tuple[int, int]:
        """Where the tokens name the network: behind the last `to` or `on`, else `in` or `at`."""
        starts = self._starts(_TO) or self._starts(PLACES)
        if not starts:
            return 0, 0
        source, first = self.arguments.source, starts[-1]
        for end in range(first + 1, len(self.tokens)):
            token = self.tokens[end]
            is_owner = token.word in FOR | _OF | _WITH or token.kind in _PEOPLE
            behind = source[self.tokens[end - 1].end : token.start]
            if is_owner or not _SEPARATORS.isdisjoint(behind):
                return first, end
        return first, len(self.tokens)

    def _starts(self, words: frozenset[str]) -> list[int]:
        """The indexes behind these words, unless an address stands there."""
        return [
            index
            for index, (before, token) in enumerate(pairwise(self.tokens), start=1)
            if before.word in words and before.text.islower() and token.kind not in _PEOPLE
        ]


def _each_owner(text: str) -> list[str]:
    """`bob@example.com, Carol Cole and Dan` → three; `Baker, Bob` is one name."""
    if _SURNAME_FIRST.fullmatch(text):
        return [text]
    tokens = tokenize(text)
    if all(token.kind in _PEOPLE for token in tokens):  # with blanks between them
        return [token.text for token in tokens]
    whole = _SURNAME_AND_ADDRESS.sub(rf"\g<surname>{_COMMA}", text)
    parts = (part.replace(_COMMA, ",") for part in _BETWEEN_OWNERS.split(whole))
    return [_BEFORE_OWNER.sub("", part).strip(" .") for part in parts]


def _at_owners(tokens: Tokens) -> tuple[Tokens, Tokens]:
    """What stands before the owners, and the owners: those behind `for`."""
    starts = [index for index, token in enumerate(tokens) if token.word in FOR]
    if len(starts) > 1 and starts[0] == 0:  # `for Lobby at Lyon, for bob@example.com`
        del starts[0]
    start = starts[0] if starts else len(tokens)
    return tokens[:start], tokens[start + 1 :]


def _at_last_place(owners: Tokens) -> tuple[Tokens, Tokens]:
    """The owners, and the place behind them with its preposition: `bob@example.com at Lyon`."""
    before, preposition, place = split_at_preposition(owners, last=True, words=PLACES)
    is_place = bool(before and place) and not any(token.kind in _PEOPLE for token in place)
    return (before, (*preposition, *place)) if is_place else (owners, ())


def _without_things(tokens: Sequence[Token]) -> Tokens:
    """The tokens without MACs and models of base stations, and without what announces them.

    `Lobby with two base stations D8:2E:3E:EF:4E:5C` → Lobby; `Base Camp` is a name.
    """
    kept: list[Token] = []
    meanings = _meanings(tokens)
    follows_thing = follows_noun = False
    for index in reversed(range(len(tokens))):
        token = tokens[index]
        is_value = token.kind in (*_MACS, Kind.SERIAL) or _is_base_model(token)
        is_noun = meanings[token] in (BASE, HANDSET) and (
            follows_thing or _is_announced(tokens, index, meanings)
        )
        is_small = follows_thing and token.word in _WITH | _AND | ARTICLES | {"model", "mac"}
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
    return bool(before) and (before[-1].word in _WITH | _AND or before[-1].kind in _MACS)


def _meanings(tokens: Sequence[Token]) -> dict[Token, str]:
    """The canonical word of each token: `dect network` of both words of it."""
    return {
        token: term.meaning for term in terms_of(tokens) for token in tokens[term.first : term.last]
    }


def _base_model(token: Token) -> re.Match[str] | None:
    return _BASE_MODEL.search(token.text) if token.kind is Kind.MODEL else None


def _is_base_model(token: Token) -> bool:
    return _base_model(token) is not None


def _is_small(token: Token) -> bool:
    """`called`, or an article: `the warehouse`. `The Hub` is a name."""
    return token.word in _NAMED or (token.word in ARTICLES and token.text.islower())


def _sets_up(tokens: Sequence[Token]) -> bool:
    """Whether one of the words says that something is built: `set up`, `einrichten`."""
    words = [token.word for token in tokens if token is tokens[0] or token.text.islower()]
    pairs = set(pairwise(words))
    return not _SET_UP_VERBS.isdisjoint(words) or any(pair in pairs for pair in _PARTICLES)
