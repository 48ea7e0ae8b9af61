"""Parts a message about two phones: what is said of the old one, and what of the new one. Pure.

`replace Kim's phone with D8:2E:3E:EF:4E:5C`, `old: …, new: …`, `D8:2E:3E:EF:4E:5C replaces …`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import takewhile

from bot.domain.language.clauses import is_break
from bot.domain.language.phrases import Term, match_at, phrase_list, terms_of
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.vocabulary import (
    ARTICLES,
    CHANGES,
    CONJUNCTIONS,
    HOLDERS,
    INSTEAD_OF,
    LABELS,
    OLD,
    RECIPIENTS,
    REPLACED_BY,
    REPLACEMENT,
    REPLACES,
)

MACS = (Kind.MAC, Kind.NEAR_MAC)
DEVICES = frozenset({"device", "devices"})  # meanings of words
_PHONES = (*MACS, Kind.MODEL)
_INSTEAD_OF = phrase_list(INSTEAD_OF)
FOR = frozenset({"for", "fur", "fuer", "pour", "para"})
_OF = FOR | {"of", "von", "de", "du", "del"}
_ONE = frozenset({"one", "ones"})
_ARROWS = ("->", "=>", "→", "➡", ">>")


class Side(Enum):
    """Which of the two phones is meant."""

    OLD = "old"
    NEW = "new"
    UNKNOWN = "unknown"


@dataclass
class Part:
    """What is said of one phone. `is_marked`: a word between the two phones tells of which.

    `is_object`: it stands directly behind the verb.
    """

    side: Side = Side.UNKNOWN
    is_marked: bool = False
    is_object: bool = False
    tokens: list[Token] = field(default_factory=list)

    def of_kind(self, *kinds: Kind) -> list[Token]:
        """The tokens of these kinds, in order."""
        return [token for token in self.tokens if token.kind in kinds]

    @property
    def has_content(self) -> bool:
        """Whether it has more than articles."""
        return any(token.word not in ARTICLES for token in self.tokens)


@dataclass(frozen=True)
class _Start:
    """A part that begins: how many tokens say so, and whether the one before is the new phone."""

    count: int
    part: Part
    ends_new: bool = False


def parts_of(tokens: Sequence[Token], source: str) -> list[Part]:
    """The parts of a message, in order, without the words that part them."""
    return [
        piece
        for part in _Parting(tokens, source).parts()
        for piece in _Adjectives(part, source).pieces()
    ]


def has_arrow(tokens: Sequence[Token], source: str) -> bool:
    """Whether an arrow stands between two of the tokens."""
    return any(_is_arrow(tokens, index, source) for index in range(1, len(tokens)))


def tells_of_two_phones(lines: Sequence[str]) -> bool:
    """Whether one line begins with the old phone, and another one with the new phone."""
    beginnings = [tokenize(line)[:2] for line in lines]
    sides = [
        side
        for tokens in beginnings
        for index in range(len(tokens))
        if (side := side_told(tokens, index)) is not Side.UNKNOWN
    ]
    return sides.count(Side.OLD) == 1 and sides.count(Side.NEW) == 1


def _is_arrow(tokens: Sequence[Token], index: int, source: str) -> bool:
    gap = source[tokens[index - 1].end : tokens[index].start]
    return any(arrow in gap for arrow in _ARROWS)


def side_told(tokens: Sequence[Token], index: int) -> Side:
    """OLD or NEW if this word tells of which phone something is said; `New York` is a name."""
    token = tokens[index]
    is_new = terms_of([token])[0].meaning == "new"
    if not (is_new or token.word in OLD) or _begins_name(tokens, index):
        return Side.UNKNOWN
    return Side.NEW if is_new else Side.OLD


def _begins_name(tokens: Sequence[Token], index: int) -> bool:
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    return (
        following is not None
        and tokens[index].text[:1].isupper()
        and following.kind is Kind.WORD
        and following.text[:1].isupper()
        and not _is_noun(following)
    )


def _is_noun(token: Token) -> bool:
    """Whether the word stands for a phone, or for what is known of it: `Phone`, `MAC`, `one`."""
    return token.word in LABELS | _ONE or terms_of([token])[0].meaning in DEVICES


@dataclass(frozen=True)
class _Parting:
    """Parts tokens at verbs, at words between two phones, and at the ends of clauses."""

    tokens: Sequence[Token]
    source: str

    def parts(self) -> list[Part]:
        """The parts, in order."""
        terms = {term.first: term for term in terms_of(self.tokens)}
        parts = [Part()]
        index = 0
        while index < len(self.tokens):
            start = self._start(index, terms.get(index))
            if start:
                before = parts[-1]
                if start.ends_new and before.of_kind(*_PHONES) and not self._is_break(index):
                    before.side, before.is_marked = Side.NEW, True
                elif start.ends_new:
                    start.part.side, start.part.is_marked = Side.UNKNOWN, False
                parts.append(start.part)
            if start is None or not start.count:
                parts[-1].tokens.append(self.tokens[index])
            index += max(1, start.count if start else 0)
        return parts

    def _start(self, index: int, term: Term | None) -> _Start | None:
        """The part that begins with this token; None if the part before goes on."""
        if term and (term.meaning == "swap" or self.tokens[index].word in CHANGES):
            return self._behind_verb(term)
        count, _ = match_at(self.tokens, index, _INSTEAD_OF)
        if count:
            return _Start(count, Part(Side.OLD, is_marked=True))
        return self._behind_word(index) or self._behind_break(index)

    def _behind_verb(self, term: Term) -> _Start:
        words = {token.word for token in self.tokens[term.first : term.last]}
        count = term.last - term.first
        if words & REPLACES:
            return _Start(count, Part(Side.OLD, is_marked=True, is_object=True), ends_new=True)
        if not words & REPLACEMENT:
            return _Start(count, Part(is_object=True))
        if any(token.word in _OF for token in self.tokens[term.last : term.last + 1]):
            return _Start(count + 1, Part(Side.OLD, is_marked=True), ends_new=True)
        return _Start(count, Part(Side.NEW))

    def _behind_word(self, index: int) -> _Start | None:
        """`with`, `for`, `to` before the new phone, `from` before the old one."""
        word = self.tokens[index].word
        behind = self._until_next_start(index + 1)
        names_new = any(token.kind in _PHONES for token in behind) or any(
            term.meaning == "new" or term.meaning in _ONE for term in terms_of(behind)
        )
        if word in REPLACED_BY and names_new:
            return _Start(1, Part(Side.NEW, is_marked=True))
        if word in FOR | RECIPIENTS and names_new:
            return _Start(1, Part(Side.NEW))
        if word in HOLDERS and behind and behind[0].kind in MACS:
            return _Start(1, Part(Side.OLD))
        return None

    def _behind_break(self, index: int) -> _Start | None:
        if not index:
            return None
        if _is_arrow(self.tokens, index, self.source):
            return _Start(0, Part(Side.NEW, is_marked=True))
        if not self._is_break(index):
            return None
        return _Start(int(self.tokens[index].word in CONJUNCTIONS), Part())

    def _is_break(self, index: int) -> bool:
        """Whether a clause ends before this token; not at `old: …` or within `Food and Drinks`."""
        before, token = self.tokens[index - 1], self.tokens[index]
        gap = self.source[before.end : token.start]
        if token.word in CONJUNCTIONS and not gap.strip():
            following = self.tokens[index + 1 : index + 2]
            return not (following and before.text[:1].isupper() and following[0].text[:1].isupper())
        is_label = side_told(self.tokens, index - 1) is not Side.UNKNOWN or _is_noun(before)
        return is_break(self.tokens, index, self.source) and not (":" in gap and is_label)

    def _until_next_start(self, index: int) -> list[Token]:
        """The tokens from here to the end of the clause, or to the next `with`."""

        def goes_on(position: int) -> bool:
            token = self.tokens[position]
            is_verb = terms_of([token])[0].meaning == "swap"
            is_end = position > index and self._is_break(position)
            return not (is_verb or is_end or token.word in REPLACED_BY)

        positions = takewhile(goes_on, range(index, len(self.tokens)))
        return [self.tokens[position] for position in positions]


@dataclass(frozen=True)
class _Adjectives:
    """Parts a part at `old` and `new`, which stand before what they describe, or behind it."""

    part: Part
    source: str

    def pieces(self) -> list[Part]:
        """The pieces, in order, without the adjectives."""
        part = self.part
        pieces = [Part(part.side, part.is_marked, part.is_object)]
        for index, token in enumerate(part.tokens):
            side = side_told(part.tokens, index)
            if side is Side.UNKNOWN:
                pieces[-1].tokens.append(token)
            elif self._stands_behind(index, pieces[-1]):
                pieces[-1].side = side
                pieces.append(Part())
            elif self._begins_piece(pieces[-1], side):
                pieces.append(Part(side))
            elif not pieces[-1].is_marked:
                pieces[-1].side = side
        return [piece for piece in pieces if piece.tokens or piece is pieces[0]]

    def _stands_behind(self, index: int, piece: Part) -> bool:
        """Whether it describes the MAC before it: `… old, … new`, `… is the new one`."""
        if not piece.of_kind(*MACS) or piece.side is not Side.UNKNOWN:
            return False
        tokens = self.part.tokens
        last_mac = max(position for position, token in enumerate(tokens) if token.kind in MACS)
        return last_mac < index or any(
            side_told(tokens, position) is not Side.UNKNOWN
            for position in range(last_mac + 1, len(tokens))
        )

    def _begins_piece(self, piece: Part, side: Side) -> bool:
        """Whether it tells of another phone than the words before it."""
        is_other = piece.side not in (Side.UNKNOWN, side) and piece.has_content
        return is_other or (piece.side is Side.UNKNOWN and bool(piece.of_kind(*MACS)))
