"""Whether the file that answers a list has each of its rows, and says what became of it."""

import csv
import io
import json
from collections.abc import Callable, Iterator

from tests.torture.records import Finding, Json, Record

ENDED = ("done", "partly", "failed")
ADD = "add phones"
DECT = frozenset({"set up dect", "add base", "add handset"})  # a row can have several steps
# By the state of the step of a row: what its file may say. A code that nobody has is not certain.
STATUSES = {
    "done": ("added", "code sent", "unknown"),
    "failed": ("failed", "unknown"),
    "skipped": ("not begun",),
}
REFUSED = "Webex did not accept the file “{code}-result.csv” here."
WRONG = ("wrong",)  # a row without a step


def check(record: Record) -> Iterator[Finding]:
    """Each list that ran has a file, and the newest one is true."""
    for row in record.requests:
        code = str(row["code"])
        if row["state"] not in ENDED or code not in record.lists:
            continue
        if row["operation"] == ADD:
            yield from _check(code, record, _untrue)
        elif row["operation"] in DECT and not record.lists[code].get("is_short"):
            yield from _check(code, record, _untrue_of_dect)


def _check(
    code: str, record: Record, untrue: Callable[[str, Json, str, Record], Iterator[Finding]]
) -> Iterator[Finding]:
    told, rows = _told(code, record), record.lists[code]["rows"]
    if told is None:
        if not any(REFUSED.format(code=code) in post.text for post in record.posts):
            yield Finding("unanswered", code, "it has ended, and nobody got its file")
    elif len(told) != len(rows):
        yield Finding("untrue", code, f"has {len(rows)} rows, and its file {len(told)}")
    else:
        for listed, status in zip(rows, told, strict=True):
            yield from untrue(code, listed, status, record)


def _told(code: str, record: Record) -> list[str] | None:
    """What the newest file says of each row; None if there is none."""
    name = f"{code}-result.csv"
    files = [post.file[name] for post in record.posts if name in post.file]
    if not files:
        return None
    rows = csv.DictReader(io.StringIO(files[-1].removeprefix("\ufeff")))
    return [row["status"] for row in rows if row["status"]]


def _untrue(code: str, listed: Json, status: str, record: Record) -> Iterator[Finding]:
    added = {change.body.get("mac") for change in record.changes if change.good}
    key = f"row {listed['number']}"
    step = next((each for each in record.journal[code] if each["key"] == key), None)
    may_be = STATUSES.get(str(step["state"]), ()) if step else WRONG
    if status not in may_be:
        state = step["state"] if step else "left out"
        yield Finding("untrue", f"{code} {key}", f"is {state}, and its file says: {status}")
    if status == "added" and json.loads(step["spec"])["call"]["body"]["mac"] not in added:  # type: ignore[index]  # such a row has a step
        yield Finding("untrue", f"{code} {key}", "was not added, but its file says so")


def _untrue_of_dect(code: str, listed: Json, status: str, record: Record) -> Iterator[Finding]:
    """A row is added if all its steps are done, and wrong if it has none."""
    key = f"row {listed['number']}"
    steps = [step for step in record.journal[code] if f"{step['key']} ".startswith(f"{key} ")]
    is_done = all(step["state"] == "done" for step in steps)
    expected = "wrong" if not steps else "added" if is_done else ""
    if (expected and status != expected) or (not expected and status in ("added", "wrong")):
        states = [step["state"] for step in steps]
        yield Finding("untrue", f"{code} {key}", f"is {states}, and its file says: {status}")
