"""What the clauses of a message say about its command: reasons, negations, questions. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.language.phrases import match_at, phrase_list
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.vocabulary import (
    BECAUSE,
    CONJUNCTIONS,
    DEFECTS,
    GREETINGS,
    INSTEAD_OF,
    LABELS_OF_REASONS,
    NEGATIONS,
    NEGATIONS_BEHIND,
    OPPOSITE_STATES,
    PREPOSITIONS,
    QUESTIONS,
    SIGN_OFFS,
    SMALL_WORDS_OF_NEGATIONS,
    WITHDRAWALS,
)

_NEGATIONS = phrase_list(NEGATIONS)
_INSTEAD_OF = phrase_list(INSTEAD_OF)
_BECAUSE = phrase_list(BECAUSE)
_MEANS_REASON = re.compile(
    r"^(?:because\b(?! of\b)|(?:cause|cuz|coz|b/c)\b|\w+\s*:)[\s,:]*", re.IGNORECASE
)
_QUESTIONS = phrase_list(QUESTIONS)
_WITHDRAWALS = phrase_list(WITHDRAWALS)
_SIGN_OFFS = phrase_list(SIGN_OFFS)
_PHONES = (Kind.MAC, Kind.NEAR_MAC, Kind.MODEL)
_WORDS_OF_ADDRESS, _WORDS_OF_SIGN_OFF = 2, 3
_WORDS_OF_DEFECT = 4  # at most: `the display is broken`
_IT_IS = frozenset({"its", "it's", "it’s"})
_CLAUSE_ENDS = frozenset(",.;:!?()—–|")


def is_break(tokens: Sequence[Token], index: int, source: str) -> bool:
    """Whether a clause ends between the token before `index` and that at `index`."""
    gap = source[tokens[index - 1].end : tokens[index].start]
    return not _CLAUSE_ENDS.isdisjoint(gap) or " - " in gap or tokens[index].word in CONJUNCTIONS


def without_no(tokens: Sequence[Token], typed: str) -> tuple[Token, ...]:
    """The tokens without a `no` that a comma separates from what is meant instead."""
    is_answer = bool(tokens) and tokens[0].word == "no" and typed[tokens[0].end :][:1] in (",", ".")
    return tuple(tokens[1:] if is_answer else tokens)


def without_letter(tokens: Sequence[Token], typed: str) -> tuple[Token, ...]:
    """The tokens without `Hi Tom,` in front and `Thanks, Bob` behind: they name no owner."""
    start, end = 0, len(tokens)
    for index in range(1, min(_WORDS_OF_ADDRESS + 2, end)):
        is_address = tokens[0].word in GREETINGS and _are_words(tokens[:index])
        if is_address and "," in typed[tokens[index - 1].end : tokens[index].start]:
            start = index
    for index in range(max(1, end - _WORDS_OF_ADDRESS - _WORDS_OF_SIGN_OFF), end):
        count, _ = match_at(tokens, index, _SIGN_OFFS)
        name = tokens[index + count :]
        if count and is_break(tokens, index, typed) and 0 < len(name) <= _WORDS_OF_ADDRESS:
            gap = typed[tokens[index + count - 1].end : name[0].start]
            if "," in gap and _are_words(name):
                end = index
                break
    return tuple(tokens[start:end])


def _are_words(tokens: Sequence[Token]) -> bool:
    return all(token.kind is Kind.WORD for token in tokens)


def with_states(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens with `not online` as one: offline."""
    joined: list[Token] = []
    for token in tokens:
        is_negated_state = joined and token.word in OPPOSITE_STATES and _is_negation(joined[-1:], 0)
        if is_negated_state:
            opposite = OPPOSITE_STATES[token.word]
            joined[-1] = replace(token, start=joined[-1].start, text=opposite, word=opposite)
        else:
            joined.append(token)
    return tuple(joined)


def without_reason(tokens: Sequence[Token], typed: str) -> tuple[tuple[Token, ...], str]:
    """The tokens without a reason, and the reason: it names nothing that should be done."""
    for index in range(len(tokens)):
        count, _ = match_at(tokens, index, _BECAUSE)
        if index and tokens[index].text.istitle() and tokens[index - 1].word in PREPOSITIONS:
            continue  # a name: `in Since Hall`
        if index and (count or _is_label_of_reason(tokens[index], typed)):
            return tuple(tokens[:index]), _reason(typed[tokens[index].start : tokens[-1].end])
        if count:
            comma = typed.find(",", tokens[index].start)
            behind = tuple(token for token in tokens if 0 <= comma < token.start)
            reason = _reason(typed[tokens[index].start : comma]) if behind else ""
            return behind or tuple(tokens), reason
    start = _start_of_defect(tokens, typed)
    if start:
        return tuple(tokens[:start]), _reason(typed[tokens[start].start : tokens[-1].end])
    return tuple(tokens), ""


def _start_of_defect(tokens: Sequence[Token], typed: str) -> int:
    """The index at which `, display broken` or `it's broken` begins at the end; 0 if it does not.

    One word alone behind a comma may be a part of a name.
    """
    if not tokens or tokens[-1].word not in DEFECTS:
        return 0
    for index in range(len(tokens) - 2, max(0, len(tokens) - 1 - _WORDS_OF_DEFECT), -1):
        is_behind_comma = set(typed[tokens[index - 1].end : tokens[index].start]) & set(",.;")
        says_it = tokens[index].word in _IT_IS or (
            tokens[index].word == "it" and tokens[index + 1].word == "is"
        )
        if (is_behind_comma or says_it) and _are_words(tokens[index:]):
            return index
    return 0


def _is_label_of_reason(token: Token, typed: str) -> bool:
    return token.word in LABELS_OF_REASONS and typed[token.end :].lstrip().startswith(":")


def _reason(text: str) -> str:
    """`because it is broken`, `Reason: it is broken` → `it is broken`."""
    return _MEANS_REASON.sub("", text).strip(" ,;")


def is_negated(tokens: Sequence[Token], source: str, first: int) -> bool:
    """Whether what the token at `first` begins is said not to be done.

    Before it in the same clause (`I don't want you to delete`), at the end (`lösche das nicht`),
    or taken back behind it (`delete it? No, don't`).
    """
    return (
        any(_is_negation(tokens, index) for index in _clause_before(tokens, source, first))
        or (len(tokens) > first and tokens[-1].word in NEGATIONS_BEHIND)
        or _is_withdrawn(tokens, source, first)
    )


def is_negation(text: str) -> bool:
    """Whether any word of the text negates something."""
    tokens = tokenize(text[:200])
    return any(_is_negation(tokens, index) for index in range(len(tokens)))


def begins_with_negation(text: str) -> bool:
    """Whether the first words negate something, or take it back."""
    tokens = tokenize(text[:40])
    return bool(tokens) and (_is_negation(tokens, 0) or match_at(tokens, 0, _WITHDRAWALS)[0] > 0)


def takes_back(tokens: Sequence[Token]) -> bool:
    """Whether they say no more than that something is not to be done: `no wait`, `don't`."""
    return bool(tokens) and _takes_back(tokens, 0)


def has_negation(tokens: Sequence[Token]) -> bool:
    """Whether a word negates something. A name may have such a word, written as names are."""
    return any(
        _is_negation(tokens, index) and not _may_begin_name(tokens[index])
        for index in range(len(tokens))
    )


def _may_begin_name(token: Token) -> bool:
    """`No Limit Lab`, `Pas de Calais`."""
    return token.text.istitle() and not token.word.endswith("n't")


def reason_alone(text: str) -> str:
    """The reason in a line that begins with `because` or `Reason:`; empty in another line."""
    tokens = tokenize(text[:500])
    if not tokens or not (match_at(tokens, 0, _BECAUSE)[0] or _is_label_of_reason(tokens[0], text)):
        return ""
    return _reason(text[tokens[0].start : tokens[-1].end])


def is_asked(tokens: Sequence[Token], source: str, first: int) -> bool:
    """Whether what begins at `first` is asked about or a condition: `what happens if I delete`."""
    clause = _clause_before(tokens, source, first)
    return any(match_at(tokens[:first], index, _QUESTIONS)[0] for index in clause)


def _clause_before(tokens: Sequence[Token], source: str, first: int) -> range:
    start = first
    while start > 0 and not (start < len(tokens) and is_break(tokens, start, source)):
        start -= 1
    return range(start, first)


def _is_negation(tokens: Sequence[Token], index: int) -> bool:
    word = tokens[index].word
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if word == "no" and following and following.kind is Kind.WORD and following.word.isdigit():
        return False  # a number: `Room No 5`
    if index and tokens[index - 1].kind in _PHONES and match_at(tokens, index, _INSTEAD_OF)[0]:
        return False  # it tells what the phone before it replaces
    return word.endswith("n't") or match_at(tokens, index, _NEGATIONS)[0] > 0


def _is_withdrawn(tokens: Sequence[Token], source: str, first: int) -> bool:
    """Whether the last clause takes back what was said: `No, don't`, `better not`, `forget it`."""
    start = len(tokens)
    while start > first + 1:
        start -= 1
        if is_break(tokens, start, source):
            return _takes_back(tokens, start)
    return False


def _takes_back(tokens: Sequence[Token], start: int) -> bool:
    negations, index = 0, start
    while index < len(tokens):
        count = match_at(tokens, index, _WITHDRAWALS)[0]
        if count or _is_negation(tokens, index):
            negations += 1
        elif tokens[index].word not in SMALL_WORDS_OF_NEGATIONS | CONJUNCTIONS:
            return False
        index += max(count, 1)
    return negations > 0
