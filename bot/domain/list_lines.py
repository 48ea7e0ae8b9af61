"""Lines of a message that may be rows of a list: what each has, and what is around them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Self

from bot.domain.command_parser import MAX_NAME_WORDS, Command, Unknown
from bot.domain.language.clauses import has_negation, is_break, reason_alone, without_reason
from bot.domain.language.letters import is_sign_off
from bot.domain.language.message import POLITE_WORDS, Message
from bot.domain.language.phrases import without_phrases_around
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.two_phones import FOR
from bot.domain.language.vocabulary import (
    ARTICLES,
    POINTS_TO_LIST,
    PREPOSITIONS,
    QUESTION_WORDS,
)
from bot.domain.lists.mac_cells import is_spoilt_mac

MAX_LINE = 300  # characters that are looked at
MACS = frozenset({Kind.MAC, Kind.NEAR_MAC})
PEOPLE = frozenset({Kind.EMAIL, Kind.MENTION})
PHONES = MACS | PEOPLE | {Kind.MODEL}
_THINGS = frozenset({"devices", "device"})


@dataclass(frozen=True)
class Line:
    """A line as it was typed, and its tokens."""

    text: str
    tokens: tuple[Token, ...] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Self:
        """The line with this text."""
        return cls(text, tokenize(text[:MAX_LINE]))

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        """What is in it."""
        return frozenset(token.kind for token in self.tokens)

    @cached_property
    def has_mac(self) -> bool:
        """Whether it has a MAC, or what was meant as one."""
        words = self.text[:MAX_LINE].replace(",", " ").split()
        return bool(self.kinds & MACS) or any(map(is_spoilt_mac, words))

    @property
    def has_phone(self) -> bool:
        """Whether it has a MAC, a model or a person."""
        return bool(self.kinds & PHONES) or self.has_mac

    @property
    def is_without_owner(self) -> bool:
        """Whether it has no more than MAC and model."""
        return bool(self.tokens) and self.kinds <= MACS | {Kind.MODEL}

    @property
    def has_cells(self) -> bool:
        """Whether it was copied from a table."""
        return "\t" in self.text.strip()

    @property
    def is_polite(self) -> bool:
        """Whether it says nothing: `Thanks in advance!`."""
        return not without_phrases_around(self.tokens, POLITE_WORDS)

    @cached_property
    def has_one_phone(self) -> bool:
        """Whether it has one MAC, a model, and no tags."""
        macs = [token for token in self.tokens if token.kind is Kind.MAC]
        return len(macs) == 1 and Kind.MODEL in self.kinds and Kind.TAG not in self.kinds

    @property
    def is_plain_phone(self) -> bool:
        """`MAC MODEL OWNER`, without words that may say more: there may be hundreds of these."""
        is_plain = self.has_one_phone and self.tokens[0].kind in PHONES
        return is_plain and not has_negation(self.tokens)

    @property
    def is_plain_code(self) -> bool:
        """`MODEL OWNER` or `OWNER MODEL`, which gets a code: the owner is written like a name."""
        models = [token for token in self.tokens if token.kind is Kind.MODEL]
        others = [token for token in self.tokens if token.kind is not Kind.MODEL]
        is_plain = len(models) == 1 and models[0] in (self.tokens[0], self.tokens[-1])
        return is_plain and 0 < len(others) <= MAX_NAME_WORDS + 1 and all(map(_may_name, others))


def _may_name(token: Token) -> bool:
    """Whether the word may stand in `for Meeting Room 12`."""
    is_word = token.kind is Kind.WORD and (token.word in PREPOSITIONS or token.text.isdigit())
    return is_word or token.kind in PEOPLE or token.text.istitle()


@dataclass
class Row:
    """The lines that tell of one device, and the command of the first, if it is one."""

    lines: list[Line]
    parsed: Command | Unknown | None = None

    @property
    def inputs(self) -> Mapping[str, str]:
        """What the command names."""
        return self.parsed.args if isinstance(self.parsed, Command) else {}

    @property
    def kinds(self) -> frozenset[Kind]:
        """What is in its lines."""
        return frozenset(kind for line in self.lines for kind in line.kinds)

    @property
    def text(self) -> str:
        """The line as it was typed, or several in one."""
        if len(self.lines) == 1:
            return self.lines[0].text
        return " ".join(line.text.strip() for line in self.lines)

    @property
    def is_negated(self) -> bool:
        """Whether it says that something is not to be done."""
        return isinstance(self.parsed, Unknown) and self.parsed.negated


def body_of(lines: Sequence[Line]) -> tuple[list[Line], str]:
    """The lines without signature and polite ones, and the reason that one of them tells."""
    signature = next(_sign_offs(lines), len(lines))
    body, reason = [], ""
    for line in lines[:signature]:
        line_reason = "" if line.has_phone else reason_alone(line.text)
        reason = reason or line_reason
        if not line_reason and not line.is_polite:
            body.append(line)
    if body and not reason:
        body[-1], reason = _without_reason(body[-1])
    return body, reason


def _without_reason(line: Line) -> tuple[Line, str]:
    """The last line without the reason at its end, which is for all: `MAC MODEL Kim because …`."""
    content, reason = without_reason(line.tokens, line.text)
    is_at_end = bool(content) and content == line.tokens[: len(content)]
    if not reason or not is_at_end or line.has_cells or len(line.text) > MAX_LINE:
        return line, ""
    return Line.of(line.text[: line.tokens[len(content)].start].rstrip(" ,;-–—")), reason


def _sign_offs(lines: Sequence[Line]) -> Iterator[int]:
    """The indexes of lines that begin a signature: no phone stands below."""
    phones = MACS | {Kind.MODEL}
    last = max((i for i, line in enumerate(lines) if line.kinds & phones), default=-1)
    return (i for i, line in enumerate(lines) if i > last and is_sign_off(line.text))


def phone_for_all(heading: Line) -> tuple[str, str]:
    """Model and address of the owner that a heading names for its rows; empty if it names none."""
    models = [token.text for token in heading.tokens if token.kind is Kind.MODEL]
    owners = [
        token.text
        for before, token in pairwise(heading.tokens)
        if token.kind in PEOPLE and before.word in PREPOSITIONS
    ]
    return models[0] if len(models) == 1 else "", owners[0] if len(owners) == 1 else ""


def name_for_all(heading: Line) -> str:
    """The name behind `for` in a heading: `add phones for Kim Berg:`; empty without one."""
    content, _ = without_reason(heading.tokens, heading.text)
    tokens = without_phrases_around(content, POLITE_WORDS)
    for before, token in pairwise(tokens):
        if before.word in FOR:
            return heading.text[token.start : tokens[-1].end]
    return ""


def is_caption(command: Command, text: str) -> bool:
    """`here are the phones for floor 3`, `list of phones`: no question about devices."""
    message = Message.of(text[:MAX_LINE])
    is_question = command.verb not in _THINGS or text.rstrip().endswith("?")
    is_named = any(token.kind in MACS | PEOPLE for token in message.tokens)
    if is_question or is_named or message.first == len(message.terms):
        return False
    first, *behind = message.terms[message.first :]
    word = message.tokens[first.first].word
    if word == "list":
        ends = not behind or is_break(message.tokens, behind[0].first, message.typed)
        return ends or behind[0].meaning in ("of", "for", "with")
    return first.meaning not in ("show", "list") and word not in _THINGS | QUESTION_WORDS


def only_points(text: str) -> bool:
    """Whether a text names nothing but the list: `these`, `the following devices:`."""
    return all(
        token.word in POINTS_TO_LIST | ARTICLES | PREPOSITIONS
        for token in tokenize(text[:MAX_LINE])
    )
