"""What belongs to an email around its message: headers, greeting, signature. Pure."""

import re
from collections.abc import Sequence

from bot.core.models.text import fold_loosely
from bot.domain.language.clauses import begins_with_negation
from bot.domain.language.vocabulary import (
    FILLERS,
    GREETINGS,
    HEADERS,
    SENDERS,
    SIGN_OFFS,
    SUBJECTS,
)

MIN_HEADERS = 2  # one alone may be a label: `To: Kim`
_HEADER = re.compile(rf"({'|'.join(sorted(HEADERS | SENDERS | SUBJECTS))}) ?:")
_FORWARDED = re.compile(r"^(?:(?:re|fw|fwd|aw|wg|tr|rv)\s*:\s*)+", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.)]\s+(?=\D)")
_SENT_FROM = re.compile(r"(?:sent from|gesendet von|envoye de|enviado desde) m")
_SENTENCE_END = re.compile(r"[.!?;,]\s+")
# Within a line: `Thanks, add a phone` goes on.
_CLOSINGS = SIGN_OFFS - {fold_loosely(filler) for filler in FILLERS}
_MAX_GREETING = 4  # words: `Hi Tom and Kim`
_MAX_SIGN_OFF = 60  # characters
_MAX_NAME = 2  # words: `Thanks, Tess Berg`


def letter_lines(lines: Sequence[str]) -> list[str]:
    """The lines of a letter without headers, greeting and signature; others as they are."""
    signed = [without_sign_off(line) for line in lines]
    numbered = [_FORWARDED.sub("", _NUMBERED.sub("", line.strip())) for line in signed]
    body = _without_greeting(without_headers(numbered))
    return body[: _end(body)] or numbered


def without_sign_off(line: str) -> str:
    """The line without `. Best regards, Erin Walsh` behind a sentence."""
    for end in _SENTENCE_END.finditer(line):
        closing = fold_loosely(line[end.end() :]).partition(",")[0].strip(" .!")
        if closing in _CLOSINGS and "," in line[end.end() :]:
            return line[: end.start()]
    return line


def joined(lines: Sequence[str]) -> str:
    """The lines as one text; a line that takes something back is a sentence of its own."""
    behind = (f". {line}" if begins_with_negation(line) else f" {line}" for line in lines[1:])
    return "".join((*lines[:1], *behind)).lstrip(". ")


def without_headers(lines: Sequence[str]) -> list[str]:
    """The lines without those of an email above its text; only the subject if it has no text."""
    headers = [_header(line) for line in lines]
    if len([*filter(None, headers)]) < MIN_HEADERS or SENDERS.isdisjoint(headers):
        return list(lines)
    named = list(zip(lines, headers, strict=True))
    rest = [line for line, header in named if not header]
    subjects = [line.partition(":")[2].strip() for line, header in named if header in SUBJECTS]
    return rest or [_FORWARDED.sub("", subject) for subject in subjects]


def _header(line: str) -> str:
    """The folded name of the header; empty for another line."""
    match = _HEADER.match(fold_loosely(line[:40]))
    return match[1] if match else ""


def _without_greeting(lines: list[str]) -> list[str]:
    """Without `Hi Tom,` above other lines."""
    words = fold_loosely(lines[0]).split() if lines else []
    is_greeting = (
        len(lines) > 1
        and words[0].strip(",!") in GREETINGS
        and len(words) <= _MAX_GREETING
        and (len(words) == 1 or lines[0].rstrip()[-1] in ",!.")
    )
    return lines[1:] if is_greeting else lines


def _end(lines: Sequence[str]) -> int:
    """The index of the line with which the signature begins."""
    for index, line in enumerate(lines[1:], start=1):
        if is_sign_off(line):
            return index
    return len(lines)


def is_sign_off(line: str) -> bool:
    """Whether a signature begins with the line: `Best regards`, `Thanks, Tess`, `--`."""
    closing, comma, name = line[:_MAX_SIGN_OFF].partition(",")
    plain = fold_loosely(closing if comma and _may_be_name(name) else line[:_MAX_SIGN_OFF])
    plain = plain.strip(" ,.!")
    return plain in SIGN_OFFS or plain in ("-", "--", "__") or bool(_SENT_FROM.match(plain))


def _may_be_name(text: str) -> bool:
    """`Tess`, `Tess Berg`: it signs a letter."""
    words = text.strip(" .!").split()
    return 0 < len(words) <= _MAX_NAME and all(
        word.istitle() and word.replace("-", "").isalpha() for word in words
    )
