"""Masks the secrets that a person typed in everything that Webex answers.

A context variable holds the secrets of a request while it is processed: its calls mask their
answers with them, and so does the log.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus

MASK = "***"
_ESCAPES = re.compile(r"[%&+\\]")
SECRETS: ContextVar[frozenset[str]] = ContextVar("SECRETS", default=frozenset())


@contextmanager
def during(secrets: Iterable[str]) -> Iterator[None]:
    """Mask these secrets too while the body runs."""
    before = SECRETS.set(SECRETS.get() | {secret for secret in secrets if secret})
    try:
        yield
    finally:
        SECRETS.reset(before)


def mask(text: str) -> str:
    """The text without the current secrets, in any escaped form."""
    secrets = SECRETS.get()
    if not secrets:
        return text
    for secret in sorted(secrets, key=len, reverse=True):  # one may be a part of another
        text = _pattern_for(text, secret).sub(MASK, text)
    return text


def _pattern_for(text: str, secret: str) -> re.Pattern[str]:
    """The pattern to look for: only the secret itself if the text contains no escapes."""
    if secret.isascii() and not _ESCAPES.search(text):
        return re.compile(re.escape(secret), re.IGNORECASE)
    return _any_form_pattern(secret)


# Sized for the people who work at the same time; building a pattern costs more than using it.
@lru_cache(1000)
def _any_form_pattern(secret: str) -> re.Pattern[str]:
    """The secret in any case, escaped as in JSON, HTML or a URL, wholly or in part."""
    escaped = sorted(map(re.escape, _escaped(secret)), key=len, reverse=True)
    signs = "".join(
        _any_form_of_character(part) for part in re.findall(r"\\+|.", secret, re.DOTALL)
    )
    return re.compile("|".join([*escaped, signs]), re.IGNORECASE)


def _escaped(secret: str) -> set[str]:
    """The secret as the usual libraries escape it."""
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    twice = {json.dumps(form)[1:-1] for form in in_json}
    in_address = {
        quoting(secret, safe=safe, errors="replace")
        for quoting in (quote, quote_plus)
        for safe in ("", "/")
    }
    twice |= {quote(form, safe="") for form in in_address}
    return {secret, html.escape(secret), *in_json, *in_address, *twice}


def _any_form_of_character(part: str) -> str:
    """One character, or backslashes in a row. Atomic, to prevent backtracking."""
    sign = part[0]
    point, utf16 = ord(sign), sign.encode("utf-16-be", "surrogatepass").hex()
    forms = {re.escape(form) for form in (sign, sign.lower(), sign.upper(), sign.casefold())}
    forms |= {re.escape(f"&{codepoint2name[point]};")} if point in codepoint2name else set()
    forms |= {r"\+"} if sign == " " else set()
    forms |= {
        "".join(f"%(?:25){{0,3}}{byte:02x}" for byte in sign.encode("utf-8", "surrogatepass")),
        "".join(rf"\\{{1,8}}u{utf16[index : index + 4]}" for index in range(0, len(utf16), 4)),
        f"&#0{{0,6}}{point};",
        f"&#x0{{0,6}}{point:x};",
    }
    either = "|".join(sorted(forms, key=len, reverse=True))
    if sign == "\\":
        return rf"(?>(?:{either}){{1,{4 * len(part)}}})"
    return rf"(?>\\{{0,8}}(?:{either}))"
