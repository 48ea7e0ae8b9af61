"""Reads what is set up in DECT, or added to it, from what was typed. Pure.

`set up dect Lobby at Lyon DBS210 with base D8:2E:3E:EF:4E:5C for bob@example.com`, `add base … to
Lobby`, `add a handset for Bob Baker to Lobby`. Base stations and owners become the lines of the
boxes in the forms (`bot.domain.lists.dect_lines`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, pairwise, takewhile

from bot.core.models.text import fold_loosely
from bot.domain.language.arguments import (
    Arguments,
    split_at_preposition,
    without,
    without_fillers_behind,
    without_verbs_behind,
    without_words_around,
)
from bot.domain.language.dect_words import (
    AND,
    BASE,
    BEFORE_OWNER,
    HANDSET,
    MACS,
    NAMED,
    NETWORK,
    PEOPLE,
    SET_UP,
    WITH,
    Tokens,
    base_model,
    each_owner,
    is_base_model,
    is_handset_model,
    meanings_by_token,
    only_points,
    sets_up,
    without_things,
    without_wishes,
)
from bot.domain.language.phrases import without_meanings_around
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.two_phones import FOR
from bot.domain.language.vocabulary import ARTICLES, AUXILIARIES, PREPOSITIONS
from bot.domain.lists.dect_lines import BOXES, DISPLAY_NAME, LINE_2, is_heading, labelled
from bot.domain.lists.pasted import is_header
from bot.domain.text_readers import PLACES, mac_of, non_empty

# Before the network to which something is added.
_TO = frozenset({"to", "into", "onto", "on", "zu", "zum", "zur", "auf", "au", "dans", "al"})
_OF = frozenset({"of", "von", "de", "du", "del", "owner", "user"})
_VERBS = frozenset({"add", "get", "new", "create"})  # behind an owner: `Bob needs a cordless`
# They begin what is said of a handset.
_DETAILS = frozenset({
    "named", "called", "name", "display", "line", "line2", "second", "namens", "anzeigename",
    "leitung", "zweite", "ligne", "linea",
})  # fmt: skip
_BESIDE_MODEL = frozenset({"model", "modele", "modelo", "cisco", "dect", "base"})
_SEPARATORS = frozenset(",;:")
_QUOTES = "\"'“”„‟‘’«»"
# An access code that is typed in a space is seen by all who read there; it is kept as a secret.
_CODE = re.compile(
    r"(?:\b(?:and|with|using|und|mit|et|avec|y|con)\s+){0,2}(?:\b(?:the|an?|one)\s+)?"
    r"\b(?:access[\s-]+)?(?:code|pin|zugangscode)\b(?:\s+is\b)?\s*[:=]?\s*(?P<code>\d+)\b",
    re.IGNORECASE,
)
_ON_HANDSETS = re.compile(
    r"(?:\b(?:and|with|und|mit)\s+){0,2}(?:\bthe\s+)?"
    r"\b(?:display\s+name|name\s+on\s+(?:the\s+|all\s+)?handsets?)\b(?:\s+is\b)?\s*[:=]?\s*"
    r"(?P<name>\"[^\"]{1,40}\"|“[^”]{1,40}”|[^\s,;:]{1,40})",
    re.IGNORECASE,
)
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


def without_code(text: str) -> tuple[str, str]:
    """The access code of a text, empty without one, and the text without any."""
    match = _CODE.search(text)
    return (match["code"], _CODE.sub(" ", text).strip(" ,;")) if match else ("", text)


def read_network(arguments: Arguments) -> dict[str, str]:
    """`Warehouse at Berlin code 1234` → name, location, model and access code of a new network."""
    text = _Text.of(arguments)
    return {**text.name_and_place(text.tokens), **text.settings}


def read_set_up(arguments: Arguments) -> dict[str, str]:
    """The network, its base stations and the owners of its handsets, wherever they stand."""
    if _adds_both(arguments):
        return _read_addition(arguments)
    text = _Text.of(arguments)
    before, owners = _at_owners(text.tokens)
    place: Tokens = ()
    if not any(token.word in PLACES for token in before):
        owners, place = _at_last_place(owners)
    if owners and not before and not any(token.kind in PEOPLE for token in owners):
        before, owners = owners, ()  # `set up dect for Lobby`
    people = tuple(token for token in before if token.kind in PEOPLE)
    inputs = text.name_and_place((*without(before, *people), *place))
    return {
        **inputs,
        **text.settings,
        **non_empty(bases=text.bases, members=text.members((*people, *owners))),
    }


def _read_addition(arguments: Arguments) -> dict[str, str]:
    """`base D8:2E:3E:EF:4E:5C and a handset for Bob Baker to Warehouse DECT`.

    The words of `set up dect`, which the parser took out of the tokens, may be of the name.
    """
    meanings = meanings_by_token(arguments.message)
    around = _VERBS | ARTICLES | {BASE, HANDSET}
    tokens = tuple(dropwhile(lambda token: meanings[token] in around, arguments.message))
    text = _Text.of(replace(arguments, tokens=tokens))
    network, owners = text.network_and_owners()
    if not network and not any(token.kind in PEOPLE for token in owners):
        network, owners = owners, ()  # `base stations and handsets for Lobby`
    inputs = text.name_and_place(network)
    return {**inputs, **non_empty(bases=text.bases, members=text.members(owners))}


def read_add_base(arguments: Arguments) -> dict[str, str]:
    """`D8:2E:3E:EF:4E:5C to Lobby` → base stations and network, wherever they stand."""
    text = _Text.of(arguments)
    named = without_things(text.tokens)
    _, _, behind = split_at_preposition(named, last=True, words=_TO)
    return non_empty(bases=text.bases, network=text.network(behind or named))


def read_add_handset(arguments: Arguments) -> dict[str, str]:
    """`for Bob Baker to Lobby with line 2 Carol Cole` → network, and a line for each owner."""
    text = _Text.of(arguments)
    network, owners = text.network_and_owners()
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
        if model := _only_model(line):
            inputs["model"] = model
        elif fact and field:
            inputs[field] = fact["value"].strip(f"{_QUOTES} ")
        elif not is_heading(line):
            has_mac = any(token.kind in MACS for token in tokenize(line))
            (bases if has_mac else members).append(line)
        inputs |= non_empty(access_code=code)
    return {**inputs, **_boxes(bases, members)}


def _only_model(line: str) -> str:
    """The model of base stations of a line that says nothing else: `model DBS210`."""
    tokens = tokenize(line)
    models = [match for token in tokens if (match := base_model(token))]
    others = [token for token in tokens if not base_model(token)]
    is_only = len(models) == 1 and all(token.word in _BESIDE_MODEL for token in others)
    return f"DBS{models[0]['number']}" if is_only else ""


def read_base_lines(lines: Iterable[str]) -> dict[str, str]:
    """The lines below `add base`: base stations."""
    return _boxes(lines, ())


def read_handset_lines(lines: Iterable[str]) -> dict[str, str]:
    """The lines below `add handset`: owners of handsets."""
    return _boxes((), (BEFORE_OWNER.sub("", line) for line in lines))


def _boxes(bases: Iterable[str], members: Iterable[str]) -> dict[str, str]:
    """The lines of both boxes."""
    boxes = zip(BOXES, (bases, members), strict=True)
    return non_empty(**{box: "\n".join(filter(str.strip, lines)) for box, lines in boxes})


def is_set_up(arguments: Arguments) -> bool:
    """`set up the Lobby DECT network`, `create dect network Lobby … for bob@example.com`."""
    if not {"dect", NETWORK, SET_UP} & arguments.meanings or _adds_both(arguments):
        return _adds_both(arguments)
    is_new = _alias(arguments) in (("add", NETWORK), ("create", NETWORK))
    has_parts = any(token.kind in (*MACS, *PEOPLE) for token in arguments.message)
    may_mean_it = arguments.alias in (("add",), ("dect",), (NETWORK,))
    return (is_new and has_parts) or (may_mean_it and sets_up(arguments.message))


def _adds_both(arguments: Arguments) -> bool:
    """`add base D8:2E:3E:EF:4E:5C and a handset for bob@example.com to Lobby`."""
    if _alias(arguments) not in (("add", BASE), ("add", HANDSET), (BASE,), (HANDSET,)):
        return False
    kinds = {token.kind for token in arguments.message}
    has_both = not (kinds.isdisjoint(MACS) or kinds.isdisjoint(PEOPLE)) and BASE in arguments.alias
    meanings = meanings_by_token(arguments.message)
    nouns = {
        meanings[token]
        for index, token in enumerate(arguments.message)
        if token.text.islower() or not index
    }
    return has_both or {BASE, HANDSET} <= nouns


def _alias(arguments: Arguments) -> tuple[str, ...]:
    """The words by which the command was named, without articles."""
    return tuple(word for word in arguments.alias if word not in ARTICLES)


def is_base_addition(arguments: Arguments) -> bool:
    """`add D8:2E:3E:EF:4E:5C as a base to Lobby`, `add D8:2E:3E:EF:4E:5C to the DECT network`."""
    if arguments.alias != ("add",):
        return False
    tokens, meanings = arguments.message, meanings_by_token(arguments.message)
    if any(_is_of_others(token) for token in tokens):
        return False
    names_base = any(
        (token.text.islower() and meanings[token] == BASE) or is_base_model(token)
        for token in tokens
    )
    has_mac = any(token.kind in MACS for token in tokens)
    points = any(token.word in ("attached", "following") for token in tokens)
    return (has_mac and (names_base or NETWORK in arguments.meanings)) or (names_base and points)


def _is_of_others(token: Token) -> bool:
    """Whether it is an owner or a model, which base stations do not have."""
    return token.kind in PEOPLE or (token.kind is Kind.MODEL and not is_base_model(token))


def is_handset_addition(arguments: Arguments) -> bool:
    """`put Bob's cordless on Lobby`, `add bob@example.com to the Lobby DECT network`."""
    if arguments.alias != ("add",) or arguments.of_kind(*MACS):
        return False
    models = arguments.of_kind(Kind.MODEL)
    if models:
        return all(map(is_handset_model, models))
    to_network = NETWORK in arguments.meanings and bool(arguments.of_kind(*PEOPLE))
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
        people = [token.start for token in arguments.tokens if token.kind in PEOPLE]
        code = _CODE.search(source)
        # Behind the first owner it is the name of one handset.
        shown = _ON_HANDSETS.search(source, 0, min(people, default=len(source)))
        spans = [match.span() for match in (*_CODE.finditer(source), shown) if match]
        tokens = tuple(
            token
            for token in arguments.tokens
            if not any(start <= token.start < end for start, end in spans)
        )
        models = [match for token in tokens if (match := base_model(token))]
        settings = non_empty(
            model=f"DBS{models[0]['number']}" if models else "",
            display_name=shown["name"].strip(_QUOTES) if shown else "",
            access_code=code["code"] if code else "",
        )
        return cls(arguments, without_fillers_behind(tokens), settings)

    @property
    def bases(self) -> str:
        """The MACs of base stations, one a line; wrong ones as they were typed."""
        macs = [token for token in self.arguments.tokens if token.kind in MACS]
        return "\n".join(dict.fromkeys(map(mac_of, macs)))

    def phrase(self, tokens: Sequence[Token]) -> str:
        """These tokens as they were typed, without quotes around them."""
        return self.arguments.phrase(tokens).strip(_QUOTES) if tokens else ""

    def network(self, tokens: Sequence[Token]) -> str:
        """The name of a network, without articles and prepositions around it."""
        named = without_verbs_behind(without_things(tokens))
        around = ARTICLES | PREPOSITIONS | AUXILIARIES | AND | _TO
        return self.phrase(without_wishes(without_words_around(named, around)))

    def name_and_place(self, tokens: Sequence[Token]) -> dict[str, str]:
        """`Lobby at Lyon`, `at Lyon called Lobby` and `Lobby, Lyon` → name and location."""
        content = without_wishes(without_verbs_behind(without_things(tokens)))
        rest = without_words_around(content, WITH | AND | FOR)
        before, _, place = split_at_preposition(rest, last=True, words=PLACES)
        called = next((i for i, token in enumerate(place) if token.word in NAMED), len(place))
        if called < len(place):  # the name stands behind its location
            place, before = place[:called], (*before, *place[called:])
        before = without_words_around(before, WITH | AND)
        named = without_wishes(tuple(dropwhile(_is_small, before)))
        if named and meanings_by_token(named)[named[-1]] == NETWORK:  # `the Lobby DECT network`
            named = without_meanings_around(named, {NETWORK}, only_at_end=True)
        name = "" if only_points(named) else self.phrase(named)
        location = self.phrase(place)
        if not location:
            name, _, location = (part.strip() for part in name.partition(","))
        is_noun = fold_loosely(name) == "dect"  # `DECT in Lyon einrichten`
        return non_empty(name="" if is_noun else name, location=location)

    def members(self, tokens: Sequence[Token]) -> str:
        """A line for each owner; a second line and a name are those of each."""
        named = without_wishes(without_things(tokens))
        wished = without_meanings_around(named, _VERBS | ARTICLES, only_at_end=True)
        content = without_words_around(wished, WITH | AND | FOR | _OF | _TO)
        if only_points(content):
            return ""
        (_, owners), *details = labelled(self._without_possessive(content))
        values = dict(details)
        parts = [values.get(LINE_2, ""), values.get(DISPLAY_NAME, "")]
        lines = ("; ".join([owner, *parts]).rstrip("; ") for owner in each_owner(owners))
        return "\n".join(filter(None, lines))

    def _without_possessive(self, tokens: Sequence[Token]) -> str:
        """The text; of `Bob's cordless` only Bob."""
        text = self.arguments.phrase(tokens)
        message = self.arguments.message
        following, meanings = dict(pairwise(message)), meanings_by_token(message)
        for token in tokens:
            if token in following and meanings[following[token]] == HANDSET:
                text = text.replace(token.text, _POSSESSIVE.sub("", token.text))
        return text

    def network_and_owners(self) -> tuple[Tokens, Tokens]:
        """The tokens that name the network, behind the last `to` or `on`, and the others.

        Without such words, `in` or `at` stand before it.
        """
        starts = self._starts(_TO) or self._starts(PLACES)
        if not starts:
            return (), self.tokens
        start = starts[-1]
        goes_on = (
            index == start or not self._ends_network(index)
            for index in range(start, len(self.tokens))
        )
        end = start + sum(1 for _ in takewhile(bool, goes_on))
        return self.tokens[start:end], (*self.tokens[: start - 1], *self.tokens[end:])

    def _ends_network(self, index: int) -> bool:
        """Whether the token begins something else than the name of the network before it."""
        before, token = self.tokens[index - 1], self.tokens[index]
        gap = self.arguments.source[before.end : token.start]
        is_detail = token.word in _DETAILS and before.word != "network" and token.text.islower()
        is_owner = token.word in FOR | _OF | WITH or token.kind in PEOPLE
        return is_owner or is_detail or not _SEPARATORS.isdisjoint(gap)

    def _starts(self, words: frozenset[str]) -> list[int]:
        """The indexes behind these words, unless an address stands there."""
        return [
            index
            for index, (before, token) in enumerate(pairwise(self.tokens), start=1)
            if ((before.word in words and before.text.islower()) or before.text == "à")
            and token.kind not in PEOPLE
        ]


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
    is_place = bool(before and place) and not any(token.kind in PEOPLE for token in place)
    return (before, (*preposition, *place)) if is_place else (owners, ())


def _is_small(token: Token) -> bool:
    """`called`, `in`, or an article: `the warehouse`. `The Hub` is a name."""
    is_small = token.word in ARTICLES | PLACES | FOR and token.text.islower()
    return token.word in NAMED or is_small
