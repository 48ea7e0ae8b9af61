"""Finds MAC addresses in text: typed, pasted, dictated, or scanned from a label.

The text is cut into runs of letters and digits. Runs of hex digits in groups of one size, with the
same separator between them, are a MAC if they have twelve digits together. Each run is looked at
a fixed number of times, so the time grows with the length of the text only.
"""

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

DIGITS_OF_A_MAC = 12
GROUP_SIZES = (1, 2, 3, 4, 6)
HEX = frozenset("0123456789ABCDEF")
# Letters that people and scanners take for a digit, or a digit for them.
LOOK_ALIKES = {"O": "0", "Q": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6"}
SEPARATORS = frozenset(":.-_")
BETWEEN_DIGITS = re.compile(r"[\s:.\-_]+")
_MISREAD_SEPARATORS = frozenset(",;|/*'")  # what scanners make of a small colon
_MODEL_NUMBER = re.compile(r"[6-9]\d{3}")  # in `8865 d82e 3eef 4e5c` the first group is a model
# Device names of Unified CM (SEP6C5E3BA0B1C2), data identifiers of a Data Matrix (23S…), hex
# numbers (0x…) and a label without a space are cut from the digits.
_PREFIX = "SEP|ATA|MAC|23S|0X"
_TOKEN = re.compile(rf"(?:{_PREFIX})(?=[0-9A-F]{{2}})|[^\W_]+")
_SPOKEN_SEPARATOR = re.compile(r"(?<=[0-9A-F] )(?:COLON|DASH|DOT|HYPHEN|MINUS|POINT)(?= [0-9A-F])")
_SPOKEN = {"C": ":", "D": "-", "H": "-", "M": "-", "P": "."}
_RADIO = r"WI-?FI|WLAN|WIRELESS|BLUETOOTH|BT"
_INTERFACE = rf"(?:ETHERNET|WIRED|LAN|{_RADIO})"
_LABEL = re.compile(
    r"(?:(?<![0-9A-Z])(?:THE|ITS|DIE|LA|EL) )?"
    rf"[\"'`]?(?<![0-9A-Z])(?:(?:{_INTERFACE}|ADRESSE|DIRECCION)[ _-]?)?"
    r"MAC(?:[ _-]?(?:ADDR(?:ESS)?|ADRESSE|ADD|ID|NO|NR|NUMBER)(?![A-Z]))?"
    rf"\.?(?: ?\(?{_INTERFACE}\)?)?(?: ?[1-4](?=\W))?"
    r"[\"'`]?\s*(?:(?:IS|IST|EST|ES)\s)?\s*[#:=]*\s*[\"'`]?\Z"
)
_RADIO_LABEL = re.compile(_RADIO)
_DEVICE_NAME = re.compile(rf"(?<![0-9A-Z])(?:{_PREFIX})[ _-]?\Z")
_EMAIL_AFTER = re.compile(r"[\w.+'\-]{0,64}@")
_EMAIL_BEFORE = re.compile(r"@[\w.\-]*\Z")
_INTERNATIONAL_NUMBER = re.compile(r"\+[\d ()/.\-]*\Z")
_SMALL_WORDS = frozenset({"DE", "DA", "AD", "BE", "ADD"})  # hex digits, but words before a MAC
_WRAPPERS = frozenset({'""', "''", "``", "**", "()", "[]", "<>", "{}", "“”", "‘’", "«»"})
_MAX_LABEL = 48  # characters before the digits in which a label is looked for

Span = tuple[int, int, str]  # start, end, digits


@dataclass(frozen=True)
class MacMatch:
    """A MAC in a text: where it stands with its label, and its digits in upper case."""

    start: int
    end: int
    digits: str
    is_radio: bool = False  # labelled as that of Wi-Fi or Bluetooth: a phone is added by its other


class Token(NamedTuple):
    """A run of letters and digits, and what stands between it and the next one."""

    start: int
    end: int
    text: str
    gap: str = ""  # `:` beside it, ` : ` with spaces, ` ` for spaces only; empty for all else

    @property
    def is_hex(self) -> bool:
        """Whether each character is a hex digit."""
        return HEX.issuperset(self.text)


@dataclass(frozen=True)
class PlainText:
    """A text in upper-case ASCII where that is possible, with the way back to the text as typed."""

    text: str
    positions: Sequence[int]  # of each character in the text as typed

    @classmethod
    def of(cls, typed: str) -> "PlainText":
        """Fullwidth digits, Unicode dashes and spaces become plain ones; a case is no difference.

        Words for separators, as dictation writes them, become separators.
        """
        if typed.isascii():
            return cls(_with_spoken_separators(typed.upper()), range(len(typed)))
        pairs = [(plain, position) for position, char in enumerate(typed) for plain in _plain(char)]
        text = "".join(plain for plain, _ in pairs)
        return cls(_with_spoken_separators(text), [position for _, position in pairs])

    def match(self, start: int, end: int, digits: str) -> MacMatch:
        """A match with the positions in the text as typed, and with its label."""
        first, last = _with_label(self.text, start, end)
        is_radio = bool(_RADIO_LABEL.search(self.text, first, start))
        return MacMatch(self.positions[first], self.positions[last - 1] + 1, digits, is_radio)


@lru_cache(2000)  # texts are written with few different characters
def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cf", "Mn"):  # invisible signs, accents
        return ""
    if category == "Pd" or char == "−":
        return "-"
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    letters = unicodedata.normalize("NFKD", char)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).upper()


def _with_spoken_separators(text: str) -> str:
    return _SPOKEN_SEPARATOR.sub(
        lambda match: _spoken_separator(match.group()).ljust(len(match.group())), text
    )


def _spoken_separator(word: str) -> str:
    return "." if word == "DOT" else _SPOKEN[word[0]]


def find_macs(text: str) -> list[MacMatch]:
    """Every MAC in the text, in order, in any written form.

    A match spans its label, quotes and brackets as well: `MAC Addr: "6C5E3BA0B1C2"`.
    """
    plain = PlainText.of(text)
    _, spans = scan(plain.text)
    return [plain.match(*span) for span in spans]


@lru_cache(32)  # the readers of MACs, of near ones and of models scan the same message
def scan(text: str) -> tuple[Sequence[Token], Sequence[Span]]:
    """The runs of letters and digits of a plain text, and its MACs without what is around them."""
    tokens = _tokens(text)
    return tokens, _mac_spans(text, tokens)


def _tokens(text: str) -> list[Token]:
    matches = list(_TOKEN.finditer(text))
    tokens = [
        Token(match.start(), match.end(), match.group(), _gap(text[match.end() : after.start()]))
        for match, after in pairwise(matches)
    ]
    return tokens + [Token(last.start(), last.end(), last.group()) for last in matches[-1:]]


def _gap(between: str) -> str:
    separator = between.strip()
    if not separator:
        return " " if between and "\n" not in between else ""
    if separator not in SEPARATORS and separator not in _MISREAD_SEPARATORS:
        return ""
    return separator if separator == between else f" {separator} "


def _mac_spans(text: str, tokens: Sequence[Token]) -> list[Span]:
    runs = [*_bare(tokens), *_grouped(tokens), *_grouped_unevenly(tokens)]
    spans: list[Span] = []
    # In `1107 8865 000A:0000:0000` the groups with colons belong together.
    for run in sorted(runs, key=lambda run: (run[0].gap == " ", run[0].start)):
        start, end = run[0].start, run[-1].end
        position = bisect(spans, (start,))
        is_free = (position == 0 or spans[position - 1][1] <= start) and (
            position == len(spans) or end <= spans[position][0]
        )
        if is_free and not in_something_else(text, start, end):
            digits = "".join(token.text for token in run)
            spans.insert(position, (start, end, digits))
    return spans


def _bare(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    for index, token in enumerate(tokens):
        if len(token.text) == DIGITS_OF_A_MAC and token.is_hex:
            before = tokens[index - 1] if index and tokens[index - 1].gap in SEPARATORS else None
            after = tokens[index + 1] if token.gap in SEPARATORS else None
            if not any(_is_group(other) for other in (before, after)):
                yield [token]


def _is_group(token: Token | None, size: int = 0) -> bool:
    """Whether the token looks like a group of a MAC, perhaps with a letter for a digit."""
    if token is None or not all(char in HEX or char in LOOK_ALIKES for char in token.text):
        return False
    return token.is_hex or len(token.text) == size or any(char.isdigit() for char in token.text)


def _grouped(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The runs of groups of one size with one separator that have twelve digits."""
    for start, end in _equal_groups(tokens):
        run = tokens[start:end]
        size, gap = len(run[0].text), run[0].gap
        if size * len(run) == DIGITS_OF_A_MAC:
            if not _is_other_list(run) and not _continues(tokens, start, end, gap, size):
                yield run
        elif gap == " " and size * len(run) > DIGITS_OF_A_MAC:
            yield from _within_words(run)


def _equal_groups(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where the longest runs of hex groups of one size with one separator start and end."""
    start = 0
    while start < len(tokens):
        first, end = tokens[start], start + 1
        if first.is_hex and first.gap and len(first.text) in GROUP_SIZES:
            while (
                end < len(tokens)
                and tokens[end - 1].gap == first.gap
                and len(tokens[end].text) == len(first.text)
                and tokens[end].is_hex
            ):
                end += 1
            yield start, end
        # The last group may be the first of a run with another separator.
        start = end if end == start + 1 else end - 1


def _is_other_list(run: Sequence[Token]) -> bool:
    """Whether they are numbers with twelve digits together: `192.168.100.200`, `8865 8845 8841`."""
    gap, is_decimal = run[0].gap, all(token.text.isdigit() for token in run)
    if gap.strip() in _MISREAD_SEPARATORS:
        return is_decimal or len(run[0].text) != 2
    models = [bool(_MODEL_NUMBER.fullmatch(token.text)) for token in run]
    is_address, is_list = (
        gap == "." and len(run) == 4,
        gap == " " and (models[0] or sum(models) > 1),
    )
    return is_decimal and (is_address or is_list)


def _continues(tokens: Sequence[Token], start: int, end: int, gap: str, size: int) -> bool:
    """Whether the groups go on beside the run: with a group too many it is no MAC."""
    neighbours = [tokens[start - 1]] if start and tokens[start - 1].gap == gap else []
    neighbours += [tokens[end]] if tokens[end - 1].gap == gap else []
    if gap in SEPARATORS:
        return any(_is_group(token, size) for token in neighbours)
    # A word or number beside spaced groups is something else, unless it looks like one of them.
    return any(len(token.text) == size and _is_group(token) for token in neighbours)


def _within_words(run: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The MAC in groups beside which a word or a number looks like a group: `8865 d82e 3eef 4e5c`.

    Nothing if more than one choice of groups is possible.
    """
    size = len(run[0].text)
    count = DIGITS_OF_A_MAC // size
    if not 1 < count <= len(run) - 1 <= count + 2:
        return
    choices = [
        (start, all(_is_likely_word(token) for token in others))
        for start in range(len(run) - count + 1)
        if all(map(_may_be_word, others := [*run[:start], *run[start + count :]]))
    ]
    likely = [start for start, is_likely in choices if is_likely]
    starts = likely if len(choices) > 1 else [start for start, _ in choices]
    if len(starts) == 1:
        yield run[starts[0] : starts[0] + count]


def _may_be_word(token: Token) -> bool:
    """Whether hex digits beside a MAC may be something else: `de`, `face`, `1107`."""
    return token.text.isalpha() or (len(token.text) == 4 and token.text.isdigit())


def _is_likely_word(token: Token) -> bool:
    return token.text in _SMALL_WORDS or bool(_MODEL_NUMBER.fullmatch(token.text))


def _grouped_unevenly(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Groups as scanners read a small label: with different separators, or some of them lost."""
    for start, end in (*_chains(tokens, range(2, 3)), *_chains(tokens, range(2, 11, 2))):
        run = tokens[start:end]
        digits = "".join(token.text for token in run)
        is_mac = len(digits) == DIGITS_OF_A_MAC and _is_uneven(run, digits)
        if is_mac and not any(_continues(tokens, start, end, gap, 2) for gap in SEPARATORS):
            yield run


def _chains(tokens: Sequence[Token], sizes: range) -> Iterator[tuple[int, int]]:
    """Where the longest chains of hex groups of these sizes start and end.

    Pairs may have any separator between them, other groups stand close together.
    """
    takes_any, start = len(sizes) == 1, 0
    for end, token in enumerate(tokens, start=1):
        is_group = len(token.text) in sizes and token.is_hex
        if not (is_group and (token.gap in SEPARATORS or (takes_any and token.gap))):
            last = end if is_group else end - 1
            if last - start > 1:
                yield start, last
            start = end


def _is_uneven(run: Sequence[Token], digits: str) -> bool:
    """Whether sizes or separators differ, and it is no date with a time: `29-11-26 12:30:45`."""
    sizes = {len(token.text) for token in run}
    has_differences = len(sizes) > 1 or len({token.gap for token in run[:-1]}) > 1
    return has_differences and not digits.isdigit() and not digits.isalpha()


def in_something_else(text: str, start: int, end: int) -> bool:
    """Whether the digits are part of an email address or of a phone number."""
    if _EMAIL_AFTER.match(text, end) or _EMAIL_BEFORE.search(text[max(0, start - 64) : start]):
        return True
    is_decimal = not any("A" <= char <= "F" for char in text[start:end])
    return is_decimal and bool(_INTERNATIONAL_NUMBER.search(text[max(0, start - 20) : start]))


def _with_label(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the MAC starts and ends with the label before it, and quotes and brackets around it."""
    start, end = _with_wrappers(text, start, end)
    for label in (_DEVICE_NAME, _LABEL):
        match = label.search(text, max(0, start - _MAX_LABEL), start)
        if match:
            # A quotation mark that opens within the label closes behind the digits.
            opening = match.group()[-1]
            end += opening in "\"'`" and text[end : end + 1] == opening
            start = match.start()
    return _with_wrappers(text, start, end)


def _with_wrappers(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start - 1 : start] + text[end : end + 1] in _WRAPPERS:
        start, end = start - 1, end + 1
    return start, end


def show_mac(mac: str) -> str:
    """`D82E3EEF4E5C` → `D8:2E:3E:EF:4E:5C`; other text is returned as it is."""
    digits = BETWEEN_DIGITS.sub("", mac).upper()
    if not re.fullmatch("[0-9A-F]{12}", digits):
        return mac
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))
