"""Finds what was meant as a MAC, but has a digit too few or too many, or a letter for a digit."""

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.core.models.mac_text import (
    DIGITS_OF_A_MAC,
    HEX,
    LOOK_ALIKES,
    SEPARATORS,
    MacMatch,
    PlainText,
    Span,
    Token,
    in_something_else,
    scan,
)

_LENGTHS = range(9, 17)  # what is shorter or longer is something else
_PAIRS, _QUADS, _HALVES = 2, 4, 6
_BEFORE_NUMBER = re.compile(
    r"\b(?:FOR|TO|OF|FUR|VON|POUR|DE|PARA|NUMBER|NUMMER|NUMERO|TEL|CALL|DIAL)[.:]? ?\Z"
)
_LONGEST_WORD = 10  # characters, with a space
_GROUPS = {_PAIRS: range(5, 9), _QUADS: range(3, 5), _HALVES: range(2, 3)}  # how many


def find_near_macs(text: str) -> list[MacMatch]:
    """What was meant as a MAC in the text and is none, in order; `digits` are as typed."""
    plain = PlainText.of(text)
    tokens, spans = scan(plain.text)
    matches = []
    for run in _runs(tokens):
        start, end = run[0].start, run[-1].end
        digits = "".join(token.text for token in run)
        if not _may_be_near(digits) or _is_taken(start, end, spans):
            continue
        match = plain.match(start, end, digits)
        is_near = _is_near(run, digits, labelled=match.start < plain.positions[start])
        if is_near and not _is_something_else(plain.text, start, end):
            matches.append(match)
    return matches


def _may_be_near(digits: str) -> bool:
    return len(digits) in _LENGTHS and any(char.isdigit() for char in digits)


def _is_taken(start: int, end: int, spans: Sequence[Span]) -> bool:
    """Whether a part of the span is a MAC already."""
    index = bisect(spans, (end,)) - 1
    return index >= 0 and start < spans[index][1]


def _is_something_else(text: str, start: int, end: int) -> bool:
    """Whether it is in an address, or a phone number: of an owner, or named as one."""
    before = text[max(0, start - _LONGEST_WORD) : start]
    is_number = text[start:end].isdigit() and bool(_BEFORE_NUMBER.search(before))
    return is_number or in_something_else(text, start, end)


def _runs(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The runs of groups with the same separator between them, and the other tokens alone.

    What hangs on something longer, as the parts of a UUID do, is left out.
    """
    start = 0
    for end, (before, after) in enumerate(pairwise([*tokens, Token(0, 0, "")]), start=1):
        if not (before.gap == tokens[start].gap and _may_be_groups(before, after)):
            is_part = (start and tokens[start - 1].gap == "-") or before.gap == "-"
            if not is_part:
                yield tokens[start:end]
            start = end


def _may_be_groups(before: Token, after: Token) -> bool:
    gap = before.gap
    if gap != " " and gap.strip() not in SEPARATORS:
        return False
    if gap == " " and after.gap.strip() in SEPARATORS:
        return False  # `base` is a word in `base D8:2E:3E:EF:4E`
    # Words stand between spaces only: `is` may be `15` in `IS:22:33`.
    return _may_be_group(before, gap != " ") and _may_be_group(after, gap != " ")


def _may_be_group(token: Token, takes_look_alikes: bool) -> bool:
    """Whether it may be a group of a MAC: mostly hex digits, and as short as one."""
    strange = _strange(token.text)
    is_near_hex = len(strange) <= 1 or (takes_look_alikes and _are_look_alikes(strange))
    return 0 < len(token.text) <= _HALVES + 1 and is_near_hex


def _strange(text: str) -> str:
    """The characters that are no hex digits."""
    return "".join(char for char in text if char not in HEX)


def _are_look_alikes(text: str) -> bool:
    return all(char in LOOK_ALIKES for char in text)


def _is_near(run: Sequence[Token], digits: str, *, labelled: bool) -> bool:
    if len(run) > 1:
        return _are_near_groups(run, digits)
    return len(_strange(digits)) <= 2 if labelled else _is_near_bare(digits)


def _is_near_bare(text: str) -> bool:
    if text.isdigit():  # with ten digits it is a phone number
        return abs(len(text) - DIGITS_OF_A_MAC) == 1
    strange = _strange(text)
    digits = sum(char.isdigit() for char in text)
    return not strange or (len(text) == DIGITS_OF_A_MAC and len(strange) <= 2 and digits >= 3)


def _are_near_groups(run: Sequence[Token], text: str) -> bool:
    """Whether all groups but one have the size of a MAC's groups."""
    sizes = [len(token.text) for token in run]
    size = max(set(sizes), key=sizes.count)
    if len(run) not in _GROUPS.get(size, ()) or len(run) - sizes.count(size) > 1:
        return False
    if run[0].gap == " " and (text.isdigit() or not _mixed(run)):
        return False  # numbers with spaces are phone numbers, and `be` and `add` are words
    strange = _strange(text)
    return _are_look_alikes(strange) or (len(strange) <= 2 and run[0].gap in ":.")


def _mixed(run: Sequence[Token]) -> bool:
    """Whether at least two groups have both letters and digits."""
    return sum(not token.text.isdigit() and not token.text.isalpha() for token in run) >= 2
