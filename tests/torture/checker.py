"""The independent checker: reads a record, and shares no decision with the bot."""

from collections import Counter
from collections.abc import Iterator

from tests.torture import (
    answers,
    changes,
    dect_checks,
    following_checks,
    lists,
    passwords,
    photo_checks,
    state_checks,
    strangers,
)
from tests.torture.records import Finding, Record

KINDS = ("lost", "unanswered", "twice", "unauthorised", "untrue", "told", "state", "chain")


def check(record: Record) -> list[Finding]:
    """Everything that must not be and is; nothing where all promises were kept."""
    return list(_all(record))


def _all(record: Record) -> Iterator[Finding]:
    yield from answers.check(record)
    yield from changes.check(record)
    yield from lists.check(record)
    yield from dect_checks.check(record)
    yield from following_checks.check(record)
    yield from photo_checks.check(record)
    for path in record.astray:
        yield Finding("unauthorised", path, "a call that no operation makes")
    yield from strangers.check(record)
    yield from passwords.check(record)
    yield from state_checks.check(record)
    yield from state_checks.check_chain(record)


def counted(findings: list[Finding]) -> dict[str, int]:
    """How many of each kind, zeros included."""
    counts = Counter(finding.kind for finding in findings)
    return {kind: counts[kind] for kind in KINDS}
