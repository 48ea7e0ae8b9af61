"""Compares names as people write them: word order, possessives, small words, typos. Pure.

A name is compared in rounds, from whole words to typos. The first round in which anything fits
counts: a weaker one is for names that nothing fits better.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from bot.core.models.text import fold, fold_loosely
from bot.domain.language.vocabulary import ARTICLES, FILLERS, PREPOSITIONS

TITLES = frozenset(
    re.findall(r"\w+", "mr mrs ms miss dr prof herr frau monsieur madame mme senor senora sr sra")
)
# They join the words of a phrase and name nobody: prepositions, articles, please.
SMALL_WORDS = frozenset(
    [*PREPOSITIONS, *ARTICLES, *TITLES]
    + ["and", "or", "und", "oder", "et", "ou", "y", "o", "both", "beide"]
    + [fold_loosely(filler) for filler in FILLERS if " " not in filler]
)
# What stands for the phone, or for its place, in a phrase such as “Bob Keller's desk”.
PHONES = frozenset(
    re.findall(
        r"\w+",
        "deskphone device devices fone handset line phone phones telephone"
        " apparat gerat telefon tischtelefon poste telefono",
    )
)
THINGS = PHONES | frozenset(
    re.findall(
        r"\w+",
        "desk office place room workplace workspace workstation"
        " arbeitsplatz buro raum schreibtisch zimmer bureau salle escritorio oficina sala",
    )
)
MAX_WORDS = 8  # of a phrase that are compared; no name has more
MIN_PICKED = 5  # letters of a name that a typo may lead to without a question
SHORT, LONG = 3, 8  # letters: a typo makes a short word another one; a long word may have two

KEPT = 10_000  # texts whose words are kept: the same names are compared with each phrase

Fold = Callable[[str], str]


@dataclass(frozen=True)
class Named:
    """A candidate: its index in the list, its name, and its location, which a phrase may name."""

    index: int
    name: str
    place: str = ""


@dataclass(frozen=True)
class Match:
    """The indexes of the candidates that fit, best first; `sure` if one of them may be taken."""

    indexes: tuple[int, ...] = ()
    sure: bool = False
    exact: bool = False  # the whole name
    misspelt: bool = False  # they fit with typos only


@lru_cache(KEPT)
def words(text: str, folded: Fold = fold) -> tuple[str, ...]:
    """The words of a name, folded, without `'s` and the French `l'`."""
    plain = re.sub(r"(?<=\w)'s?(?!\w)|\bl'(?=\w)", " ", folded(text))
    return tuple(re.findall(r"\w+", plain.replace("'", "")))


@lru_cache(KEPT)
def significant_words(text: str, folded: Fold = fold) -> tuple[str, ...]:
    """The words without small ones; all of them if there are no others."""
    all_words = words(text, folded)[:MAX_WORDS]
    return tuple(word for word in all_words if fold_loosely(word) not in SMALL_WORDS) or all_words


def without_things(phrase: Sequence[str]) -> tuple[str, ...]:
    """The words of a phrase without those for a phone or its place."""
    return tuple(word for word in phrase if fold_loosely(word) not in THINGS)


def begins_with(parts: Sequence[str], name: str) -> bool:
    """Whether each of the words is the beginning of a word of the name."""
    in_name = words(name)
    return all(any(word.startswith(part) for word in in_name) for part in parts)


def best(text: str, candidates: Sequence[Named]) -> Match:
    """The candidates that the phrase names, from the first round in which any fits."""
    match = without_typos(text, candidates)
    return match if match.indexes else _with_typos(text, candidates)


def without_typos(text: str, candidates: Sequence[Named]) -> Match:
    """Like `best`, without the last round."""
    name = fold(text)
    exact = [named.index for named in candidates if fold(named.name) == name]
    if exact:
        return Match(tuple(exact), sure=len(exact) == 1, exact=True)
    strict, loose = significant_words(text), significant_words(text, fold_loosely)
    rounds = [(strict, fold), (loose, fold_loosely)]
    if without_things(loose) != loose:
        rounds += [(without_things(strict), fold), (without_things(loose), fold_loosely)]
    for phrase, folded in rounds:
        match = _by_words(phrase, candidates, folded)
        if match.indexes:
            return match
    return Match()


def _by_words(phrase: Sequence[str], candidates: Sequence[Named], folded: Fold) -> Match:
    if not phrase:
        return Match()
    in_order = sorted(phrase)
    same = [
        named.index
        for named in candidates
        if sorted(significant_words(named.name, folded)) == in_order
    ]
    if same:
        return Match(tuple(same), sure=len(same) == 1, exact=folded is fold)
    if all(_says_little(word) for word in phrase):
        return Match()
    for fits in (_is_beginning, _is_part):
        ranked = [
            (-whole, named.index)
            for named in candidates
            if (whole := _whole_words(phrase, named, folded, fits)) is not None
        ]
        if ranked:
            return Match(tuple(index for _, index in sorted(ranked)), sure=len(ranked) == 1)
    return Match()


def _says_little(word: str) -> bool:
    """A word that may be a whole name, but no part of one: `the` is no beginning of Theo."""
    return fold_loosely(word) in SMALL_WORDS or (len(word) == 1 and word.isascii())


def _is_beginning(word: str, part: str) -> bool:
    return word.startswith(part)


def _is_part(word: str, part: str) -> bool:
    return len(part) > 1 and part in word


def _whole_words(
    phrase: Sequence[str], named: Named, folded: Fold, fits: Callable[[str, str], bool]
) -> int | None:
    """How many words of the phrase are whole words of the candidate; None if one is missing.

    A word may be the location's, but not all of them.
    """
    letters = _letters(f"{named.name} {named.place}", folded)
    if not all(part in letters for part in phrase):  # most candidates: a quick way out
        return None
    in_name = words(named.name, folded)
    if fits is not _is_part:  # `bbirch` is no part of Bob Birch
        in_name = _joined(in_name)
    of_name = [any(fits(word, part) for word in in_name) for part in phrase]
    if not any(of_name):
        return None
    in_place = words(named.place, folded)
    for part, is_named in zip(phrase, of_name, strict=True):
        if not is_named and not any(fits(word, part) for word in in_place):
            return None
    return sum(part in in_name for part in phrase)


@lru_cache(KEPT)
def _letters(text: str, folded: Fold) -> str:
    """The words with and without spaces: each word that fits is a part of it."""
    parts = words(text, folded)
    return f"{' '.join(parts)} {''.join(parts)}"


@lru_cache(KEPT)
def _joined(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The words, and each two neighbours as one: `Meetingroom` is a `Meeting Room`."""
    return (*parts, *(first + second for first, second in pairwise(parts)))


def _with_typos(text: str, candidates: Sequence[Named]) -> Match:
    """Candidates with a letter or two wrong, missing or swapped in each word.

    A second candidate that is only one letter farther is reason enough to ask.
    """
    phrase = significant_words(text, fold_loosely)
    phrase = without_things(phrase) or phrase
    scored = sorted(
        (distance, named.index)
        for named in candidates
        if (distance := _distance(phrase, named, extra=1)) is not None
    )
    by_index = {named.index: named for named in candidates}
    if not any(_distance(phrase, by_index[index], extra=0) is not None for _, index in scored):
        return Match()
    near = [index for distance, index in scored if distance <= scored[0][0] + 1]
    short = [word for word in phrase if len(word) <= SHORT]
    short_fit = not short or _distance(short, by_index[near[0]], extra=-1) is not None
    letters = sum(len(word) for word in phrase)
    sure = len(near) == 1 and short_fit and letters >= MIN_PICKED
    return Match(tuple(near), sure=sure, misspelt=True)


def _distance(phrase: Sequence[str], named: Named, *, extra: int) -> int | None:
    """Letters that differ in all words; None if a word is too different."""
    in_name = _joined(words(named.name, fold_loosely))
    in_place = words(named.place, fold_loosely)
    total, of_name = 0, 0
    for part in phrase:
        limit = _allowed_typos(part, extra)
        name_distance = _nearest(part, in_name, limit)
        place_distance = 0 if part in in_place else None
        if name_distance is None and place_distance is None:
            return None
        of_name += name_distance is not None
        total += min(n for n in (name_distance, place_distance) if n is not None)
    return total if of_name else None


def _allowed_typos(word: str, extra: int) -> int:
    """Longer words may have more; a word with a digit none, as it is another one then."""
    if any(char.isdigit() for char in word) or len(word) < SHORT:
        return 0
    return (1 if len(word) < LONG else 2) + extra


def _nearest(part: str, of_words: Iterable[str], limit: int) -> int | None:
    distances = [
        0
        if len(part) > 2 and word.startswith(part)
        else OSA.distance(word, part, score_cutoff=limit)
        for word in of_words
    ]
    least = min(distances, default=limit + 1)
    return least if least <= limit else None
