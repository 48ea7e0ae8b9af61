"""Checks the DECT networks: nothing double, nothing too soon, and the journal is as they are.

A call can be about several steps, and do only a part of them. So it is told by what it made.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from math import inf

from sandbox.ids import key_of
from tests.torture.dect_parts import Part
from tests.torture.records import Change, Finding, Json, Record

OPERATIONS = frozenset(
    {
        "set up dect",
        "add base",
        "add handset",
        "remove base",
        "remove handset",
        "delete dect network",
        "change dect network",
        "undo create dect network",
    }
)
ADDED = {"create dect network": "network", "add base": "base", "add handset": "handset"}
REMOVED = {"delete dect network": "network", "remove base": "base", "remove handset": "handset"}
ID_KINDS = {
    "network": "DECT_DEV_NET",
    "base": "DECT_DEV_STATION",
    "handset": "DECT_DEV_HANDSET",
}
NAMES = {"network": "network_name", "base": "mac", "handset": "display_name"}  # in details
NOTHING = "Nothing was changed"
SHEET = "-handsets.html"
NOT_MADE = ("failed", "skipped")


def is_about_dect(row: Json) -> bool:
    """Whether these checks are for this request, and those of single calls are not."""
    operation = str(row["operation"])
    return operation in OPERATIONS or operation.removeprefix("undo ") in OPERATIONS


def is_part(change: Change) -> bool:
    """Whether a call is about a network that is there."""
    return "/dectNetworks/" in change.path


def check(record: Record) -> Iterator[Finding]:
    """All of them; who was free to do it is checked with all other changes."""
    made = by_request(record)
    for row in filter(is_about_dect, record.requests):
        yield from _untrue(row, made.get(str(row["code"]), []), record)
    yield from _twice(record)
    yield from _codes_elsewhere(record)
    for name, count in record.early.items():
        if count:
            yield Finding("state", name, f"{count} changes of handsets came too soon")


def by_request(record: Record) -> dict[str, list[Change]]:
    """The changes of each request about DECT; under an empty code those of nobody."""
    made: dict[str, list[Change]] = {}
    codes = [str(row["code"]) for row in filter(is_about_dect, record.requests)]
    for change in record.changes:
        code = record.noted.get(change.tracking_id) or _by_steps(change, record, codes)
        if code in codes or (is_part(change) and not code):
            made.setdefault(code, []).append(change)
    return made


def _by_steps(change: Change, record: Record, codes: Sequence[str]) -> str:
    """The request that has a step for a change, which the bot had no time to record.

    Another one may have run later that makes the same call.
    """
    for code in (code for code in codes if record.running_since.get(code, inf) <= change.at):
        for step in record.journal[code]:
            if step["attempts"] and _is_sent_by(json.loads(step["spec"]), change):
                return code
    return ""


def _is_sent_by(spec: Json, change: Change) -> bool:
    details, call = spec["details"], spec["call"]
    if spec["action"] == "add base":
        return details["mac"] in change.body.get("baseStationMacs", ())
    if spec["action"] in ("add handset", "second line"):
        items = change.body.get("items") or [change.body]
        return any(item.get("customDisplayName") == details["display_name"] for item in items)
    ids = change.body.get("handsetIds", ())
    return (call["method"] == change.method and call["path"] == change.path) or details.get(
        "handset"
    ) in ids


def _untrue(row: Json, made: list[Change], record: Record) -> Iterator[Finding]:
    """The state of the request is that of its steps, and these are as the organization is."""
    code, steps = str(row["code"]), record.journal[str(row["code"])]
    title = str(json.loads(row["outcome"] or "{}").get("title", ""))
    states = Counter(str(step["state"]) for step in steps)
    if row["state"] == "done" and states["done"] < len(steps):
        yield Finding("untrue", code, f"told as done, but its steps are {dict(states)}: {title}")
    if row["state"] == "partly" and not states["done"]:
        yield Finding("untrue", code, f"told as partly done, but nothing was: {title}")
    if any(change.made or change.unmade for change in made) and NOTHING in title:
        yield Finding("untrue", code, f"tells that nothing was changed: {title}")
    for step in steps:
        yield from _untrue_step(code, step, made, record)


def _untrue_step(code: str, step: Json, made: list[Change], record: Record) -> Iterator[Finding]:
    spec = json.loads(step["spec"])
    action, details = spec["action"], spec["details"]
    about, is_done = f"{code} {step['key']}", step["state"] == "done"
    if action in ADDED:
        yield from _untrue_addition(about, step, details, ADDED[action], made, record)
    if action in REMOVED and is_done and _is_there(REMOVED[action], details, record):
        yield Finding("untrue", about, "is done in the journal, but is still there")
    if action == "second line" and is_done and not _had_two_lines(details, record):
        yield Finding("untrue", about, "is done in the journal, but never had two lines")


def _untrue_addition(
    about: str, step: Json, details: Json, kind: str, made: list[Change], record: Record
) -> Iterator[Finding]:
    is_own = any(_is_named(part, kind, details) for change in made for part in change.made)
    if step["state"] == "done" and not _was_ever(kind, details, record):
        yield Finding("untrue", about, "is done in the journal, but was never there")
    if step["state"] in NOT_MADE and is_own and not step["unclear"]:
        yield Finding("untrue", about, f"is {step['state']} in the journal, but was added")


def _is_there(kind: str, details: Json, record: Record) -> bool:
    key = key_of(details[kind], ID_KINDS[kind])
    return any(part.kind == kind and part.key == key for part in record.dect)


def _had_two_lines(details: Json, record: Record) -> bool:
    made = (part for change in record.changes for part in change.made)
    return any(_is_named(part, "handset", details) and part.lines > 1 for part in made)


def _is_named(part: Part, kind: str, details: Json) -> bool:
    return part.kind == kind and part.name == details[NAMES[kind]]


def _was_ever(kind: str, details: Json, record: Record) -> bool:
    return any(
        _is_named(part, kind, details)
        for parts in (record.dect, *(change.made for change in record.changes))
        for part in parts
    )


def _codes_elsewhere(record: Record) -> Iterator[Finding]:
    """The sheet with the access codes goes to the requester alone."""
    homes = {deed.person: deed.room for deed in record.deeds if deed.direct}
    requesters = {str(row["code"]): row["requester_email"] for row in record.requests}
    for post in record.posts:
        for name in post.file:
            code, is_sheet = name.removesuffix(SHEET), name.endswith(SHEET)
            if is_sheet and post.room != homes.get(requesters.get(code, "")):
                yield Finding("told", code, "its access codes were posted elsewhere")


def _twice(record: Record) -> Iterator[Finding]:
    """Nothing was added more often than steps were sent for it; nothing is there twice."""
    sent = Counter(filter(None, map(_sent, record.steps)))
    added: Counter[tuple[str, str]] = Counter()
    for change in record.changes:
        before = {part.key for part in change.unmade}  # else it was there, and has changed
        added.update((part.kind, part.name) for part in change.made if part.key not in before)
    for (kind, name), count in added.items():
        if kind != "network" and count > sent[kind, name]:
            text = f"the {kind} was added {count} times, asked {sent[kind, name]}"
            yield Finding("twice", name, text)
    there = Counter(part[:2] + part[3:4] for part in record.dect if part.kind != "network")
    for (kind, _, name), count in there.items():
        if count > 1:
            yield Finding("twice", name, f"the {kind} is there {count} times")


def _sent(step: Json) -> tuple[str, str] | None:
    """The kind and name of what a step was sent to add; None for all other steps."""
    spec = json.loads(step["spec"])
    kind = ADDED.get(spec.get("action", ""))
    if kind is None or not step["attempts"]:
        return None
    return kind, spec["details"].get(NAMES[kind], "")
