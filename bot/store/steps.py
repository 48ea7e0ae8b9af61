"""The table `steps`: the journal of what requests change, one row for each step."""

import json
from collections.abc import Sequence
from typing import Any

from bot.core.models.steps import StepRecord
from bot.core.models.webex import LocationRef
from bot.store.sql import Database, insert, select


class StaleStep(Exception):
    """Another change came first. Carries the step as it is now."""

    def __init__(self, step: StepRecord) -> None:
        super().__init__("the step has moved on")
        self.step = step


def create(db: Database, code: str, specs: Sequence[dict[str, Any]], now: float) -> None:
    """Write the steps of a request, all of them pending."""
    for number, spec in enumerate(specs, start=1):
        row = {
            "request": code,
            "number": number,
            "key": spec["key"],
            "subject": spec["subject"],
            "spec": json.dumps(spec),
            "state": "pending",
            "changed_at": now,
        }
        insert(db, "steps", row)


def of(db: Database, code: str) -> list[StepRecord]:
    """Return the steps of a request, in the order of its plan."""
    rows = select(db, "select * from steps where request = ? order by number", [code])
    return [_step(row) for row in rows]


def of_again(db: Database, code: str, known: Sequence[StepRecord]) -> list[StepRecord]:
    """Return the `known` steps of a request as they are now; reads those that moved again."""
    rows = db.execute(
        "select state, coalesce(attempts, 0), not_before, changed_at from steps where request = ?"
        " order by number",
        [code],
    )
    return [
        step
        if row == (step.state, step.attempts, step.not_before, step.changed_at)
        else _find(db, step)
        for step, row in zip(known, rows, strict=True)
    ]


def change(db: Database, /, before: StepRecord, *, now: float, **values: Any) -> StepRecord:
    """Write `values` if the step is still in the state of `before`; otherwise raise StaleStep."""
    written = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
    columns = {**written, "changed_at": now}
    marks = ", ".join(f"{name} = ?" for name in columns)
    done = db.execute(
        f"update steps set {marks} where request = ? and number = ? and state = ?",  # noqa: S608 - our own names
        [*columns.values(), before.request, before.number, before.state],
    )
    after = _find(db, before)
    if done.rowcount != 1:
        raise StaleStep(after)
    return after


def _find(db: Database, step: StepRecord) -> StepRecord:
    rows = select(
        db, "select * from steps where request = ? and number = ?", [step.request, step.number]
    )
    return _step(next(rows))


def last_spaced(db: Database, subject: str, network: str, since: float) -> float | None:
    """Return when a step that keeps a spacing was last sent, or its answer came.

    By any request, about this subject or this DECT network, whose name may have changed meanwhile;
    `network` is its id, or empty. Times are Unix seconds. None: not since then.
    """
    # The subjects of all networks of a location begin alike, so that the index finds them.
    kind, place = (*subject.split(":"), "")[:2]
    rows = db.execute(
        "select case when begun_at > changed_at then begun_at else changed_at end from steps"
        " where (subject = ? or (? <> '' and subject > ? and subject < ?"
        " and json_extract(spec, '$.details.network') = ?))"
        " and changed_at >= ? and begun_at is not null"
        " and cast(json_extract(spec, '$.spacing') as double precision) > 0"
        " order by 1 desc limit 1",
        [subject, network, f"{kind}:{place}:", f"{kind}:{place};", network, since],
    )
    row = rows.fetchone()
    return None if row is None else float(row[0])


def last_change(db: Database, subject: str, other_than: str) -> float:
    """Return when another request last moved a step of this subject, in Unix seconds; 0: never."""
    row = next(
        select(
            db,
            "select max(changed_at) as at from steps where subject = ? and request != ?"
            " and attempts > 0",
            [subject, other_than],
        )
    )
    return float(row["at"] or 0.0)


def later_requests(db: Database, subject: str, code: str) -> list[str]:
    """Return the requests that have done steps of this subject after `code` did its own."""
    rows = select(
        db,
        "select request from steps where subject = ? and request != ? and state = 'done'"
        " and changed_at >= (select min(changed_at) from steps where request = ?)"
        " group by request order by min(changed_at), min(rowid)",
        [subject, code, code],
    )
    return [str(row["request"]) for row in rows]


def under_way(db: Database, subject: str, other_than: str) -> list[str]:
    """Return the other requests whose steps of this subject are under way, oldest first."""
    rows = select(
        db,
        "select request from steps where subject = ? and request != ?"
        " and state in ('pending', 'running', 'unknown') group by request order by min(rowid)",
        [subject, other_than],
    )
    return [str(row["request"]) for row in rows]


def removed_by(db: Database, step: StepRecord) -> str:
    """Return the other request that has done the same deletion since this step was last sent."""
    spec = json.loads(step.spec)
    call = spec["call"]
    if call["method"] != "DELETE":
        return ""
    rows = select(
        db,
        "select request from steps where subject = ? and request != ? and state = 'done'"
        " and changed_at >= ? and json_extract(spec, '$.call.method') = 'DELETE'"
        " and json_extract(spec, '$.call.path') = ? order by changed_at, rowid limit 1",
        [spec["subject"], step.request, step.begun_at or 0.0, call["path"]],
    )
    row = next(rows, None)
    return str(row["request"]) if row else ""


def last_removal(db: Database, mac: str, since: float) -> str:
    """Return the request that last removed the device with this MAC; empty if none did since then.

    `mac` are 12 upper-case hex digits, `since` is in Unix seconds.
    """
    rows = select(
        db,
        "select request from steps where state = 'done' and changed_at >= ?"
        " and instr(upper(replace(spec, ':', '')), ?) > 0"  # faster than to parse each
        " and json_extract(spec, '$.call.method') = 'DELETE'"
        " and upper(replace(json_extract(spec, '$.details.mac'), ':', '')) = ?"
        " order by changed_at desc, rowid desc limit 1",
        [since, mac, mac],
    )
    row = next(rows, None)
    return str(row["request"]) if row else ""


def awaiting_listing(
    db: Database, since: float
) -> list[tuple[StepRecord, tuple[LocationRef, ...]]]:
    """Return the steps done since then whose phone Webex accepted unlisted, newest first.

    With each, the locations of its plan.
    """
    query = (
        "select * from steps where state = 'done' and changed_at >= ?"
        " and instr(result, 'awaits_listing') > 0"  # faster than to parse each
        " and cast(json_extract(result, '$.awaits_listing') as text) in ('1', 'true')"
        " order by changed_at desc, number desc"
    )
    steps = [_step(row) for row in select(db, query, [since])]
    # The plan of a list is long: it is parsed once, not for each of its steps.
    codes = json.dumps(sorted({step.request for step in steps}))
    query = (
        "select code, json_extract(plan, '$.locations') as locations from requests"
        " where code in (select value from json_each(cast(? as text)))"
    )
    plans = {row["code"]: _locations(row["locations"]) for row in select(db, query, [codes])}
    return [(step, plans[step.request]) for step in steps if step.request in plans]


def _locations(text: str) -> tuple[LocationRef, ...]:
    return tuple(LocationRef(**location) for location in json.loads(text))


def _step(row: dict[str, Any]) -> StepRecord:
    return StepRecord(
        result=json.loads(row["result"]) if row["result"] else None,
        reason=row["reason"] or "",
        unclear=bool(row["unclear"]),
        reference=row["reference"] or "",
        tracking_id=row["tracking_id"] or "",
        attempts=row["attempts"] or 0,
        **{
            name: row[name]
            for name in (
                "request", "number", "key", "spec", "state", "not_before", "begun_at", "changed_at",
            )
        },
    )  # fmt: skip
