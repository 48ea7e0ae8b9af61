"""What a command was given: the tokens behind and before its name, and readers of them. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.core.models.text import CONTROL
from bot.domain.language.phrases import (
    follows_name,
    match_at,
    phrase_list,
    without_meanings_around,
    without_phrases_around,
)
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.vocabulary import (
    ARTICLES,
    AUXILIARIES,
    CONTRASTS,
    EXCLUSIONS,
    FILLERS,
    IGNORED_LABELS,
    INDEFINITE_ARTICLES,
    INSTEAD_OF,
    LABELS,
    PREPOSITIONS,
)

PUNCTUATION = " ,;.:!?=|/"
_EXCLUSIONS = phrase_list(EXCLUSIONS)
_ALL_EXCLUSIONS = phrase_list((*EXCLUSIONS, *INSTEAD_OF))
_FILLERS = phrase_list(FILLERS)
_VERBS = AUXILIARIES | {"get", "add", "create"}
_NOISE = _VERBS | ARTICLES | {"device", "devices"}
_QUOTES = "\"'`“”„‘’«»"
# Signs of Markdown around words: `**add phone**`, `_8865_`.
_EMPHASIS = re.compile(r"(?<![^\s(])(\*\*|__|~~|[*_])(?=\w)([^*_~]{1,80})(?<=\w)\1(?![^\s),.!?:;])")
_REASON = re.compile(r"\bbecause\b", re.IGNORECASE)
_OPENING = {">": "<", ")": "(", "]": "["}


@dataclass(frozen=True)
class Arguments:
    """The tokens of a command without its name and without what means nothing.

    `alias` are the canonical words by which the command was named, empty if it was not; `meanings`
    all canonical words of the message. `raw` is the text behind the name as it was typed.
    `message` are all tokens of the message, also those of the name.
    """

    source: str
    tokens: tuple[Token, ...]
    alias: tuple[str, ...] = ()
    meanings: frozenset[str] = frozenset()
    raw: str = ""
    message: tuple[Token, ...] = ()

    @property
    def text(self) -> str:
        """All of it, as one text."""
        return self.phrase(self.tokens)

    def of_kind(self, *kinds: Kind) -> tuple[Token, ...]:
        """The tokens of these kinds, in order."""
        return tuple(token for token in self.tokens if token.kind in kinds)

    def phrase(self, tokens: Sequence[Token]) -> str:
        """These tokens as they were typed, without what stood between them and was left out."""
        parts: list[str] = []
        for before, token in zip([None, *tokens], tokens, strict=False):
            gap = self.source[before.end : token.start] if before else ""
            is_left_out = any(char.isalnum() for char in gap)
            parts += [" " if is_left_out else gap, token.text]
        text = "".join(parts).strip(PUNCTUATION)
        return self._closed(text, tokens[-1].end) if text else ""

    def _closed(self, text: str, end: int) -> str:
        """With the bracket behind its last token, if it has the opening one."""
        bracket = self.source[end : end + 1]
        opening = _OPENING.get(bracket)
        return text + bracket if opening and opening in text and bracket not in text else text

    def values(self) -> tuple[Token, ...]:
        """The tokens without labels (`Model:`), serial numbers, and articles before a model."""
        kept: list[Token] = []
        skips_value = False
        for token, following in zip_longest(self.tokens, self.tokens[1:]):
            is_label = self._is_label(token)
            is_before_model = following is not None and following.kind is Kind.MODEL
            is_article = is_before_model and token.word in INDEFINITE_ARTICLES
            if not (is_label or is_article or skips_value or token.kind is Kind.SERIAL):
                kept.append(token)
            skips_value = is_label and token.word in IGNORED_LABELS
        return tuple(kept)

    def _is_label(self, token: Token) -> bool:
        if token.word not in LABELS and token.word not in IGNORED_LABELS:
            return False
        follows = self.source[token.end :].lstrip()[:1]
        nearest = next((other for other in self.tokens if other.start >= token.end), None)
        is_before_slot = nearest is not None and nearest.kind in (Kind.MAC, Kind.MODEL, Kind.EMAIL)
        return follows in (":", "=") or is_before_slot or token.word in IGNORED_LABELS


def without(tokens: Sequence[Token], *left_out: Token) -> tuple[Token, ...]:
    """The tokens without these."""
    return tuple(token for token in tokens if token not in left_out)


def without_excluded(
    tokens: Sequence[Token], source: str, *, replaced: bool = True
) -> tuple[Token, ...]:
    """The tokens without what is excluded: `for Bob, not for Jack` → for Bob.

    An exclusion ends at a comma, or where `but` says what is meant instead. Unless `replaced`, what
    stands behind `instead of` is kept.
    """
    phrases = _ALL_EXCLUSIONS if replaced else _EXCLUSIONS
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        count, _ = match_at(tokens, index, phrases)
        if count and not follows_name(tokens, index):  # `Do Not Disturb` is a name
            index = _end_of_exclusion(tokens, index + count, source)
        else:
            kept.append(tokens[index])
            index += 1
    return tuple(kept)


def _end_of_exclusion(tokens: Sequence[Token], start: int, source: str) -> int:
    """The index behind what is excluded. `not an 8845 for Kim` excludes the model only."""
    is_article = start < len(tokens) and tokens[start].word in INDEFINITE_ARTICLES
    first = min(start + is_article, len(tokens) - 1)
    names_slot = tokens[first].kind in (Kind.MODEL, Kind.MAC)
    for index in range(start, len(tokens)):
        if tokens[index].word in CONTRASTS:
            return index + 1
        if index > start and set(source[tokens[index - 1].end : tokens[index].start]) & set(",;.:"):
            return index
        if names_slot and index > first and tokens[index].word in PREPOSITIONS:
            return index
    return len(tokens)


def split_at_preposition(
    tokens: Sequence[Token], *, last: bool = False, words: Collection[str] = PREPOSITIONS
) -> tuple[tuple[Token, ...], tuple[Token, ...], tuple[Token, ...]]:
    """Before, the preposition, behind it: the first preposition, or the last one."""
    positions = [index for index, token in enumerate(tokens) if token.word in words]
    if not positions:
        return tuple(tokens), (), ()
    start = positions[-1 if last else 0]
    end = start + 1
    # `belonging to` is one; in `for An Nguyen`, `An` is a name.
    while end < len(tokens) and tokens[end].word in words and tokens[end].text.islower():
        end += 1
    return tuple(tokens[:start]), tuple(tokens[start:end]), tuple(tokens[end:])


def without_fillers_behind(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens without polite words at the end."""
    return without_phrases_around(tokens, _FILLERS, only_at_end=True)


def without_noise(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens without verbs, articles and the like at both ends, which name nobody."""
    rest = without_fillers_behind(without_meanings_around(tokens, _NOISE))
    return rest if len(rest) == len(tokens) else without_noise(rest)


def without_verbs_behind(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens without verbs and polite words at the end: `Bob Keller needs it`."""
    kept = without_meanings_around(tokens, _VERBS, only_at_end=True)
    rest = without_fillers_behind(kept)
    return rest if len(rest) == len(tokens) else without_verbs_behind(rest)


def without_leading_articles(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens without articles in front; one token stays."""
    start = 0
    while start < len(tokens) - 1 and tokens[start].word in ARTICLES:
        start += 1
    return tuple(tokens[start:])


def without_prepositions_around(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens without prepositions at both ends."""
    return without_words_around(tokens, PREPOSITIONS)


def without_words_around(tokens: Sequence[Token], words: Collection[str]) -> tuple[Token, ...]:
    """The tokens without these words at both ends; one token stays, as it may be a name."""
    start, end = 0, len(tokens)
    while end - start > 1 and tokens[start].word in words:
        start += 1
    while end - start > 1 and tokens[end - 1].word in words:
        end -= 1
    return tuple(tokens[start:end])


def tidy(text: str, limit: int) -> str:
    """One line without what wraps it: backticks, quotes around all of it, a slash, bullets."""
    line = " ".join(CONTROL.sub("", text[: limit * 4]).split())[:limit]
    line = _without_emphasis(line.replace("\ufe0f", "")).lstrip("/•*–—>").strip()
    while len(line) > 1 and line[0] in _QUOTES and line[-1] in _QUOTES:
        line = line[1:-1].strip()
    return line.rstrip("!?").strip()


def _without_emphasis(line: str) -> str:
    """Without signs of Markdown around words. A reason is kept as it was typed."""
    reason = _REASON.search(line)
    end = reason.start() if reason else len(line)
    return _EMPHASIS.sub(r"\2", line[:end]) + line[end:]
