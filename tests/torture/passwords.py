"""Whether a password that somebody typed is written anywhere it must not be."""

import json
from collections.abc import Iterator

from tests.torture.records import Finding, Record


def check(record: Record) -> Iterator[Finding]:
    """In no message, no row and no line of the log."""
    messages = [
        (post.key, f"{post.text} {json.dumps(post.card, ensure_ascii=False)}")
        for post in record.posts
    ]
    rows = [
        (f"{name} {row.get('code') or row.get('seq') or ''}", json.dumps(row, ensure_ascii=False))
        for name in ("events", "requests", "decisions", "audit")
        for row in getattr(record, name)
    ]
    for where, text in (*messages, *rows, ("log", record.log)):
        if any(secret in text for secret in record.secrets):
            yield Finding("told", where, "a password stands there")
