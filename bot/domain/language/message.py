"""A typed text, as commands are looked for in it. Pure."""

from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Self

from bot.domain.language.clauses import (
    is_break,
    with_states,
    without_letter,
    without_no,
    without_reason,
)
from bot.domain.language.phrases import (
    Term,
    follows_name,
    phrase_list,
    terms_of,
    without_phrases_around,
)
from bot.domain.language.revisions import revised
from bot.domain.language.synonyms import SYNONYMS
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.vocabulary import (
    ARTICLES,
    AUXILIARIES,
    FILLERS,
    PREPOSITIONS,
    QUESTION_WORDS,
)

BOT_NAME = "provbot"
POLITE_WORDS = phrase_list((*FILLERS, BOT_NAME, f"@{BOT_NAME}"))


@dataclass(frozen=True)
class Message:
    """A typed text without polite words around it. `reason` is why something should be done."""

    typed: str
    tokens: tuple[Token, ...]
    terms: tuple[Term, ...]
    is_clear: bool = True  # not where it corrects itself, and it cannot be told what
    reason: str = ""

    @classmethod
    def of(cls, typed: str) -> Self:
        spoken = without_phrases_around(
            without_no(without_letter(with_states(tokenize(typed)), typed), typed), POLITE_WORDS
        )
        content, reason = without_reason(spoken, typed)
        tokens, is_clear = revised(content, typed)
        return cls(typed, tokens, terms_of(tokens), is_clear, reason)

    @cached_property
    def first(self) -> int:
        """The index of the first term that is no article."""
        articles = takewhile(lambda term: term.meaning in ARTICLES, self.terms)
        return sum(1 for _ in articles)

    @cached_property
    def preposition(self) -> int:
        """The index of the first preposition; behind the last term if there is none."""
        indexes = (i for i, term in enumerate(self.terms) if term.meaning in PREPOSITIONS)
        return next(indexes, len(self.terms))

    def is_surname(self, position: int) -> bool:
        """Whether the term follows a name, and is written like one: `Mark Tag`, `Will Stop`."""
        before, index = self.terms[position - 1], self.terms[position].first
        return (
            (before.kind is Kind.WORD and before.meaning == self.tokens[before.first].word)
            and follows_name(self.tokens, index)
            and before.meaning not in ARTICLES | PREPOSITIONS
            and not is_break(self.tokens, index, self.typed)
        )

    @cached_property
    def has_phone(self) -> bool:
        """Whether it names a phone by MAC or model."""
        return any(token.kind in (Kind.MAC, Kind.NEAR_MAC, Kind.MODEL) for token in self.tokens)

    @cached_property
    def names(self) -> str:
        """The words that the vocabulary does not have: they may name somebody or something."""
        known = ARTICLES | AUXILIARIES | PREPOSITIONS | QUESTION_WORDS | {"no", "not"}
        return " ".join(
            self.tokens[term.first].text
            for term in self.terms
            if term.meaning not in known and term.meaning not in SYNONYMS
        )

    @cached_property
    def meanings(self) -> frozenset[str]:
        """All canonical words."""
        return frozenset(term.meaning for term in self.terms)
