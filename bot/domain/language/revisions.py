"""Corrections within a message: `for Kim, no wait, for Bob` → for Bob. Pure."""

from collections.abc import Sequence

from bot.domain.language.clauses import is_break
from bot.domain.language.phrases import match_at, phrase_list, terms_of
from bot.domain.language.synonyms import SYNONYMS
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.vocabulary import (
    ARTICLES,
    AUXILIARIES,
    PREPOSITIONS,
    REVISIONS,
    SHORT_REVISIONS,
)

_REVISIONS = phrase_list(REVISIONS)
_MAX_REVISIONS = 3
_SLOTS = (
    {Kind.MAC, Kind.NEAR_MAC},
    {Kind.MODEL},
    {Kind.EMAIL, Kind.MENTION},
    {Kind.TAG},
)
_NAMES = frozenset({Kind.WORD, Kind.QUOTED, Kind.EMAIL, Kind.MENTION})
_THINGS = frozenset({"device", "devices", "tags", "request", "requests", "role"})


def revised(tokens: Sequence[Token], source: str) -> tuple[tuple[Token, ...], bool]:
    """The tokens with what is said last in place of what it corrects, and whether that is clear."""
    for _ in range(_MAX_REVISIONS):
        start, end = _marker(tokens, source)
        if not start or end == len(tokens):
            break
        merged = _merged(tokens[:start], tokens[end:])
        if merged is None:
            return tuple(tokens), False
        tokens = merged
    return tuple(tokens), True


def _marker(tokens: Sequence[Token], source: str) -> tuple[int, int]:
    """Where the first words of a correction stand: indexes, end exclusive; (0, 0) without one."""
    for index in range(1, len(tokens)):
        end = index
        while end < len(tokens) and (count := _words_of_marker(tokens, end, source)):
            end += count
        if end > index:
            return index, end
    return 0, 0


def _words_of_marker(tokens: Sequence[Token], index: int, source: str) -> int:
    count, _ = match_at(tokens, index, _REVISIONS)
    if count:
        return count if is_break(tokens, index, source) else 0
    if tokens[index].word not in SHORT_REVISIONS or index + 1 == len(tokens):
        return 0
    before, following = tokens[index - 1], tokens[index + 1]
    is_between_slots = any({before.kind, following.kind} <= kinds for kinds in _SLOTS)
    is_apart = is_break(tokens, index, source) and (
        is_break(tokens, index + 1, source)
        or following.kind is not Kind.WORD
        or (following.word in PREPOSITIONS and tokens[index].word != "sorry")  # for the trouble
        or match_at(tokens, index + 1, _REVISIONS)[0] > 0
    )
    return int(is_between_slots or is_apart)


def _merged(head: Sequence[Token], tail: Sequence[Token]) -> tuple[Token, ...] | None:
    """What was said first without what is said again; None if that cannot be told."""
    first = terms_of(tail)[0]
    if first.meaning in SYNONYMS and first.meaning not in _THINGS:
        return tuple(tail) if len(tail) > 1 else None  # another command
    again = {
        kind for kinds in _SLOTS if any(token.kind in kinds for token in tail) for kind in kinds
    }
    if len(_macs(head)) > 1 and len(_macs(tail)) == 1:
        return _with_last_mac(head, tail)
    kept = [token for token in head if token.kind not in again]
    if not any(map(_is_name, tail)):
        return (*kept, *tail) if again else None
    position = next((i for i, token in enumerate(kept) if token.word in PREPOSITIONS), None)
    if position is None:  # nobody was named before: `8845, sorry, 8865 for Kim`
        continues = tail[0].kind in again and any(token.word in PREPOSITIONS for token in tail)
        return (*kept, *tail) if continues else None
    end = position if any(token.word in PREPOSITIONS for token in tail) else position + 1
    behind = [token for token in kept[position:] if token.kind not in _NAMES]
    return (*kept[:end], *behind, *tail)


def _macs(tokens: Sequence[Token]) -> set[str]:
    return {token.text for token in tokens if token.kind in _SLOTS[0]}


def _with_last_mac(head: Sequence[Token], tail: Sequence[Token]) -> tuple[Token, ...] | None:
    """Two MACs and a third one that corrects the last; None if more is said than a MAC."""
    correction = [token for token in tail if token.word not in PREPOSITIONS | ARTICLES]
    if any(token.kind not in _SLOTS[0] | _SLOTS[1] for token in correction):
        return None
    again = {kind for kinds in _SLOTS for kind in kinds if any(t.kind in kinds for t in correction)}
    last = max(index for index, token in enumerate(head) if token.kind in _SLOTS[0])
    behind = [token for token in head[last + 1 :] if token.kind not in again]
    return (*head[:last], *correction, *behind)


def _is_name(token: Token) -> bool:
    return token.kind in _NAMES and token.word not in ARTICLES | AUXILIARIES | PREPOSITIONS
