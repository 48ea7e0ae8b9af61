"""The results of `provbot doctor`, printed as a table or JSON without secrets."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

MIN_SECRET = 6  # characters; the tokens, secrets and keys of Webex and provbot have 44 and more


class Status(StrEnum):
    """The outcome of a check. Only FAILED makes the exit status 1."""

    OK = "✓"
    WARNING = "!"
    FAILED = "✗"
    UNKNOWN = "?"


@dataclass(frozen=True)
class CheckResult:
    """One line of the table. `hint` says what to do next."""

    name: str
    message: str
    status: Status = Status.OK
    hint: str = ""


def table(results: Sequence[CheckResult], secrets: Iterable[str]) -> str:
    """Return the results as a table, with each hint below its line."""
    lines = []
    for result in _masked(results, secrets):
        lines.append(f"{result.status} {result.name:38} {result.message}".rstrip())
        if result.hint:
            lines.append(f"{'':41}→ {result.hint}")
    return "\n".join((*lines, "", _summary(results)))


def as_json(results: Sequence[CheckResult], secrets: Iterable[str]) -> str:
    """Return the results as a JSON list of `{"name", "message", "status", "hint"}`.

    `status` is `ok`, `warning`, `failed` or `unknown`.
    """
    rows = [
        asdict(result) | {"status": result.status.name.lower()}
        for result in _masked(results, secrets)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def passed(results: Iterable[CheckResult]) -> bool:
    """Whether no check failed; warnings do not count."""
    return not any(result.status is Status.FAILED for result in results)


def _masked(results: Iterable[CheckResult], secrets: Iterable[str]) -> list[CheckResult]:
    """Mask secrets in messages and hints, whatever an error repeats."""
    # A shorter "secret" is not a token but a word, which may be part of our own sentences.
    long_enough = [secret for secret in secrets if len(secret) >= MIN_SECRET]
    longest_first = sorted(long_enough, key=len, reverse=True)

    def masked(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, "***")
        return text

    return [
        replace(result, message=masked(result.message), hint=masked(result.hint))
        for result in results
    ]


def short(email: str) -> str:
    """Shorten `ada@acme.example` to `a…@acme.example`, which colleagues still recognize."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}…{at}{domain}" if name and at else email


def _summary(results: Sequence[CheckResult]) -> str:
    failed, warnings = (
        sum(result.status is status for result in results)
        for status in (Status.FAILED, Status.WARNING)
    )
    if not failed and not warnings:
        return "All checks passed."
    return f"{_count(failed, 'problem')}, {_count(warnings, 'warning')}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
