"""Corrects misspelt words of commands, and tells how sure that is. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.domain.language.synonyms import SYNONYMS
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.vocabulary import ARTICLES, FILLERS, PREPOSITIONS

MAX_WORDS = 4  # a command is named by its first words; behind them stand names
# `unapprove` is the opposite of what is left without its prefix.
OPPOSITES = ("un", "dis", "de", "non", "in")
SURE_LENGTH = 5  # letters: shorter words are too much like names


@dataclass(frozen=True)
class Correction:
    """The text with one or more words corrected. `is_sure`: it need not be asked about."""

    text: str
    is_sure: bool


@dataclass(frozen=True)
class Spelling:
    """Knows the words that commands are made of."""

    words: Collection[str]
    _known: frozenset[str] = field(init=False)
    _candidates: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        synonyms = (
            word for phrases in SYNONYMS.values() for phrase in phrases for word in phrase.split()
        )
        fillers = (word for phrase in FILLERS for word in phrase.split())
        known = frozenset({*self.words, *synonyms, *fillers, *ARTICLES, *PREPOSITIONS})
        object.__setattr__(self, "_known", known)
        candidates = (word for word in sorted(self.words) if len(word) > 2 and word not in ARTICLES)
        object.__setattr__(self, "_candidates", tuple(candidates))

    def corrections(self, typed: str, tokens: Sequence[Token]) -> Iterator[Correction]:
        """The text with the first misspelt word of a command corrected, the first two, and so on.

        Only the first words can name a command: behind a slot or a preposition stand names.
        """
        replaced = [
            (token, correct)
            for token in _first_words(tokens)
            if (correct := self._correct(token.word))
        ]
        has_slot = any(token.kind not in (Kind.WORD, Kind.QUOTED) for token in tokens)
        for count in range(1, len(replaced) + 1):
            text = typed
            for token, correct in reversed(replaced[:count]):
                text = text[: token.start] + correct + text[token.end :]
            is_long = all(len(correct) >= SURE_LENGTH for _, correct in replaced[:count])
            yield Correction(text, has_slot or is_long or count > 1)

    def _correct(self, word: str) -> str:
        """The word of a command that this word is a misspelling of; empty if it is none."""
        if word in self._known or len(word) < 2 or not word.isalpha() or self._is_past(word):
            return ""
        most = 2 if len(word) >= 7 else 1
        best = process.extractOne(word, self._candidates, scorer=OSA.distance, score_cutoff=most)
        if best is None or _is_opposite(word, best[0]):
            return ""
        return best[0] if word[0] == best[0][0] else ""

    def _is_past(self, word: str) -> bool:
        """`deleted`, `approved`, `cancelled`: what was done is not to be done."""
        return word.endswith("ed") and not self._known.isdisjoint({word[:-1], word[:-2], word[:-3]})


def _first_words(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens[:MAX_WORDS]:
        if token.kind is not Kind.WORD or token.word in PREPOSITIONS:
            return
        yield token


def _is_opposite(word: str, correct: str) -> bool:
    return any(word == prefix + correct for prefix in OPPOSITES)
