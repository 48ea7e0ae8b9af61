"""A message as tokens: MACs, models, addresses, mentions and tags wherever they stand, and words.

Offsets are those of the text, so that what is shown and stored is what was typed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.core.models.mac import find_macs, find_near_macs
from bot.core.models.text import fold_loosely
from bot.domain.language.model_text import find_models

MENTION = re.compile(r"\bPEOPLE:[\w=-]{8,500}")
EMAIL = re.compile(r"[^\s@<>()\[\]\",;:=|]+@[^\W_][\w-]*(?:\.[\w-]*[^\W_])+(?:[’']s\b)?")
KEY = re.compile(r"\"(\w[\w -]{0,30})\"(?=\s*:)")  # of a line of JSON
QUOTED = re.compile(r"\"([^\"]{1,200})\"")
TAG = re.compile(r"(?<!\S)[+\-#][^\s,+\-#<=>|][^\s,]*")  # an arrow is no tag
SERIAL = re.compile(r"\b[A-Z]{3}\d{4}[0-9A-Z]{4}\b")
# An equals sign or a colon behind a letter ends a word: `for=Kim`, `owner:Kim`.
WORD = re.compile(r"[^\s,;|=:!?()\[\]<>{}…]+")
MAX_WORD = 100  # characters that are compared
PLAIN = "\"'`.,;:!?()[]<>{}"


class Kind(StrEnum):
    """What a token is."""

    MAC = "mac"
    NEAR_MAC = "near mac"
    MODEL = "model"
    EMAIL = "email"
    MENTION = "mention"
    TAG = "tag"
    QUOTED = "quoted"
    SERIAL = "serial"
    WORD = "word"


@dataclass(frozen=True)
class Token:
    """A part of a text. `word` is the folded form of a word, and empty for other kinds."""

    kind: Kind
    start: int
    end: int
    text: str
    word: str = ""


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of a text, in order. Signs without letters or digits are left out."""
    claimed = bytearray(len(text))
    tokens = []
    for kind, start, end in _slots(text):
        if not any(claimed[start:end]):
            claimed[start:end] = b"\1" * (end - start)
            tokens.append(Token(kind, start, end, text[start:end]))
    text = KEY.sub(r" \1 ", text)
    free = "".join(" " if taken else char for char, taken in zip(text, claimed, strict=True))
    tokens += _words(free)
    return tuple(sorted(tokens, key=lambda token: token.start))


def _slots(text: str) -> Iterator[tuple[Kind, int, int]]:
    """Spans of kinds; an earlier one wins where two overlap."""
    text = KEY.sub(r" \1 ", text)
    for kind, pattern in ((Kind.MENTION, MENTION), (Kind.EMAIL, EMAIL)):
        yield from ((kind, *match.span()) for match in pattern.finditer(text))
    yield from ((Kind.MAC, match.start, match.end) for match in find_macs(text))
    yield from ((Kind.SERIAL, *match.span()) for match in SERIAL.finditer(text))
    yield from (
        (Kind.MODEL, *match.span(1)) if _is_model(match[1]) else (Kind.QUOTED, *match.span())
        for match in QUOTED.finditer(text)
    )
    for kind, find in ((Kind.NEAR_MAC, find_near_macs), (Kind.MODEL, find_models)):
        yield from ((kind, match.start, match.end) for match in find(text))
    yield from ((Kind.TAG, *match.span()) for match in TAG.finditer(text))


def _is_model(text: str) -> bool:
    """Whether all of the text is the name of a model."""
    return any(match.text == text for match in find_models(text))


def _words(text: str) -> Iterable[Token]:
    for match in WORD.finditer(text):
        typed = match.group().rstrip(".\"'")
        word = fold_loosely(typed.strip(PLAIN)[:MAX_WORD])
        if any(char.isalnum() for char in word):
            yield Token(Kind.WORD, match.start(), match.start() + len(typed), typed, word)
