"""Finds the words of commands among the tokens of a text, in any of the languages known."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.core.models.text import fold_loosely
from bot.domain.language.synonyms import SYNONYMS
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.vocabulary import ARTICLES

Phrases = Mapping[str, Sequence[tuple[tuple[str, ...], str]]]


def by_first_word(phrases: Iterable[tuple[str, str]]) -> Phrases:
    """Pairs of phrase and meaning, by the folded first word, longest phrase first."""
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for phrase, meaning in phrases:
        words = tuple(fold_loosely(phrase).split())
        table.setdefault(words[0], []).append((words, meaning))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


def phrase_list(phrases: Iterable[str]) -> Phrases:
    """Phrases that mean themselves."""
    return by_first_word((phrase, phrase) for phrase in phrases)


def match_at(tokens: Sequence[Token], start: int, phrases: Phrases) -> tuple[int, str]:
    """The longest phrase that begins at this token: how many tokens it has, and its meaning.

    (0, "") if there is none.
    """
    for words, meaning in phrases.get(tokens[start].word, ()):
        end = start + len(words)
        if tuple(token.word for token in tokens[start:end]) == words:
            return len(words), meaning
    return 0, ""


@dataclass(frozen=True)
class Term:
    """A word of the vocabulary, or another token: `meaning` is its canonical form.

    `first` and `last` are indexes of tokens, `last` exclusive.
    """

    meaning: str
    first: int
    last: int
    kind: Kind = Kind.WORD


@cache
def _synonyms() -> Phrases:
    return by_first_word(
        [(phrase, canonical) for canonical, others in SYNONYMS.items() for phrase in others]
        + [(canonical, canonical) for canonical in SYNONYMS]
    )


def terms_of(tokens: Sequence[Token]) -> tuple[Term, ...]:
    """The tokens with synonyms replaced: `neues Telefon für Kim` → get, device, fur, kim."""
    return tuple(_terms(tokens))


def _terms(tokens: Sequence[Token]) -> Iterator[Term]:
    index = 0
    while index < len(tokens):
        count, meaning = match_at(tokens, index, _synonyms())
        end = index + max(count, 1)
        yield Term(meaning or tokens[index].word, index, end, tokens[index].kind)
        index = end


def meanings_of(phrase: str) -> tuple[str, ...]:
    """An alias of a command in canonical words: `add phone` → add, device."""
    words = [Token(Kind.WORD, 0, 0, word, word) for word in fold_loosely(phrase).split()]
    return tuple(term.meaning for term in terms_of(words))


def alias_end(terms: Sequence[Term], start: int, alias: Sequence[str]) -> int:
    """The index behind an alias that begins at this term; 0 if it does not begin there.

    Articles between its words do not count: `delete the old phone` has the alias `delete phone`.
    """
    index = start
    for position, meaning in enumerate(alias):
        while position and index < len(terms) and _is_article(terms[index], meaning):
            index += 1
        if index >= len(terms) or terms[index].meaning != meaning:
            return 0
        index += 1
    return index


def _is_article(term: Term, expected: str) -> bool:
    is_number = term.meaning.isdigit() and len(term.meaning) < 4  # `add 3 phones`
    return term.meaning != expected and (
        is_number or term.meaning in ARTICLES or term.meaning in ("get", "new")
    )


def follows_name(tokens: Sequence[Token], index: int) -> bool:
    """Whether the token is written like the surname behind a first name: `Ann Add`, `Mark Tag`."""
    return index > 0 and tokens[index - 1].text.istitle() and tokens[index].text.istitle()


def without_phrases_around(
    tokens: Sequence[Token], phrases: Phrases, *, only_at_end: bool = False
) -> tuple[Token, ...]:
    """The tokens without these phrases at the beginning and at the end."""
    start, end = 0, len(tokens)
    while start < end and not only_at_end:
        count, _ = match_at(tokens[:end], start, phrases)
        if not count:
            break
        start += count
    while start < end:
        count = _phrase_before(tokens, start, end, phrases)
        if not count:
            break
        end -= count
    return tuple(tokens[start:end])


def _phrase_before(tokens: Sequence[Token], start: int, end: int, phrases: Phrases) -> int:
    """How many tokens the longest phrase has that ends there; 0 if there is none."""
    for first in range(max(start, end - 5), end):
        count, _ = match_at(tokens[:end], first, phrases)
        if count == end - first:
            return count
    return 0


def without_meanings_around(
    tokens: Sequence[Token], meanings: Collection[str], *, only_at_end: bool = False
) -> tuple[Token, ...]:
    """The tokens without words that have these meanings at the beginning and at the end."""
    terms = list(terms_of(tokens))
    while terms and not only_at_end and terms[0].meaning in meanings:
        del terms[0]
    while terms and terms[-1].meaning in meanings and not follows_name(tokens, terms[-1].first):
        del terms[-1]
    return tuple(tokens[terms[0].first : terms[-1].last]) if terms else ()
