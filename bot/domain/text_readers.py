"""Readers of what was typed behind the name of a command: arguments → inputs of a form. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from bot.core.models.mac import distinct_macs, show_mac
from bot.domain.language.arguments import (
    Arguments,
    without_noise,
    without_prepositions_around,
    without_verbs_behind,
    without_words_around,
)
from bot.domain.language.phrases import terms_of
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.two_phones import DEVICES, Side, side_told
from bot.domain.language.vocabulary import (
    ARTICLES,
    AUXILIARIES,
    CONJUNCTIONS,
    DEFECTS,
    INDEFINITE_ARTICLES,
    LABELS,
    POINTS_TO_LIST,
    PREPOSITIONS,
)

# Beside a device they name none. An article may begin a name: `New York`.
_BESIDE_DEVICES = (
    AUXILIARIES
    | (ARTICLES - {"new"})
    | frozenset({"one", "ones", "him", "her", "his", "their", "them", "he", "she", "it"})
    | frozenset({"should", "must", "needs", "need", "to", "and", "then", "now", "out", "over"})
)
PLACES = frozenset(["at", "in", "bei", "im", "en"])


def non_empty(**inputs: str) -> dict[str, str]:
    """Those inputs that are not empty."""
    return {name: value for name, value in inputs.items() if value}


def read_text(arguments: Arguments) -> dict[str, str]:
    """The whole text as one input: the reader of commands without fields."""
    return non_empty(text=arguments.text)


def read_search(arguments: Arguments) -> dict[str, str]:
    """What is searched for: `for Erin` → Erin."""
    return non_empty(text=search_text(arguments))


def read_list(arguments: Arguments) -> dict[str, str]:
    """What is behind the command for a list, if it says more than that there is a list."""
    tokens = without_noise(arguments.tokens)
    is_told = any(
        token.word not in POINTS_TO_LIST | LABELS | ARTICLES | PREPOSITIONS | CONJUNCTIONS
        for token in tokens
    )
    return non_empty(rows=arguments.phrase(tokens) if is_told else "")


def search_text(arguments: Arguments) -> str:
    """The arguments without small words: `for Erin`, `which phones does Erin have`."""
    values = _without_defect(_with_version(arguments))
    kept = tuple(token for token in values if token.word not in AUXILIARIES)
    named = without_verbs_behind(without_prepositions_around(kept))
    if len(named) > 1 and named[-1].text in INDEFINITE_ARTICLES:  # `does Kim have a phone`
        named = named[:-1]
    return arguments.phrase(named)


def _without_defect(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Without what is wrong with a device: `Kim's phone is broken` → Kim's phone."""
    for index, token in enumerate(tokens):
        if index > 1 and token.word in DEFECTS and tokens[index - 1].word in AUXILIARIES:
            return tokens[: index - 1]
    return tokens


def tells_of_defect(arguments: Arguments) -> bool:
    """`Kim's 8845 is broken`: nothing is wanted yet, and no MAC is told."""
    values = arguments.tokens
    is_told = len(_without_defect(values)) < len(values)
    return is_told and not arguments.of_kind(Kind.MAC, Kind.NEAR_MAC)


def _with_version(arguments: Arguments) -> tuple[Token, ...]:
    """The values, and `version 12.8`: here it is the software's, not a revision on a label."""
    kept = set(arguments.values())
    for token, following in pairwise(arguments.tokens):
        if token.word == "version":
            kept |= {token, following}
    return tuple(token for token in arguments.tokens if token in kept)


def device_text(arguments: Arguments, tokens: Sequence[Token]) -> str:
    """The words that name a device or its owner: `the old phone of Kim` → Kim; empty if none do.

    MACs and serial numbers are left out, as their reader tells them.
    """
    named = _device_words(
        tuple(
            token
            for index, token in enumerate(tokens)
            if token.kind not in (Kind.MAC, Kind.NEAR_MAC, Kind.SERIAL)
            and side_told(tokens, index) is Side.UNKNOWN
        )
    )
    meanings = {term.meaning for term in terms_of(named)}
    return "" if meanings <= DEVICES | _BESIDE_DEVICES else arguments.phrase(named)


def _device_words(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The words without what names nothing at both ends, and without `phone` before a name."""
    rest = without_words_around(tokens, _BESIDE_DEVICES | LABELS)
    rest = without_verbs_behind(without_prepositions_around(rest))
    terms = terms_of(rest)
    if len(terms) > 1 and terms[0].meaning in DEVICES:
        rest = rest[terms[0].last :]
    return rest if rest == tokens else _device_words(rest)


def subject_of(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """What a sentence is about: `Kim's phone` in `Kim's phone is broken since Monday`."""
    for index, token in enumerate(tokens):
        if index and (token.word in AUXILIARIES or terms_of([token])[0].meaning == "get"):
            return tuple(tokens[:index])
    return tuple(tokens)


def mac_of(token: Token) -> str:
    """The MAC of a token, without its label; a wrong one as it was typed."""
    return show_mac(next(iter(distinct_macs(token.text)), token.text.strip()))


def mac_text(arguments: Arguments) -> tuple[str, tuple[Token, ...]]:
    """The MAC, and its tokens; two different ones stand side by side, and the form asks.

    Without a MAC, what was meant as one.
    """
    macs = arguments.of_kind(Kind.MAC)
    if not macs:
        near = arguments.of_kind(Kind.NEAR_MAC)[:1]
        return "".join(token.text for token in near).strip(), near
    digits = distinct_macs(", ".join(token.text for token in macs))
    return " ".join(show_mac(mac) for mac in digits), macs
