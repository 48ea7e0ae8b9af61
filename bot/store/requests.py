"""The table `requests`. A row changes its state by compare-and-set only."""

import json
import secrets
from collections.abc import Collection, Sequence
from typing import Any

from bot.core.models.people import Place, Sender
from bot.core.models.request_codes import ALPHABET, CODE_LENGTH
from bot.core.models.requests import Request
from bot.store import progress_messages
from bot.store.sql import Database, insert, select

MAX_SEARCHED_FOR_MODELS = 20  # requests
MAX_ATTEMPTS = 50  # to find a free code


class StaleVersion(Exception):
    """Another change came first. Carries the request as it is now."""

    def __init__(self, request: Request | None) -> None:
        super().__init__("the request has moved on")
        self.request = request


def create(
    db: Database, *, operation: str, event_id: str, requester: Sender, place: Place, now: float
) -> Request:
    """Create a draft with an unused code, or return the request that this event created before."""
    existing = next(select(db, "select * from requests where event_id = ?", [event_id]), None)
    if existing:
        return _request(existing)
    row = {
        "code": _free_code(db), "state": "draft", "version": 1, "operation": operation,
        "event_id": event_id,
        "requester_id": requester.person_id, "requester_email": requester.email,
        "requester_name": requester.name,
        "room_id": place.room_id, "direct": int(place.direct), "thread_id": place.thread_id,
        "inputs": "{}", "told": 0,
        "created_at": now, "changed_at": now, "changed_by": requester.email,
    }  # fmt: skip
    insert(db, "requests", row)
    return find_or_fail(db, str(row["code"]))


def find(db: Database, code: str) -> Request | None:
    """Find a request by its code as people type it: `7k3f`, `#7K3F`, `7K3F:`."""
    normalized = code.strip(" #.,:;").upper()
    row = next(select(db, "select * from requests where code = ?", [normalized]), None)
    return _request(row) if row else None


def find_or_fail(db: Database, code: str) -> Request:
    """Find a request by its code; raises StaleVersion if there is none."""
    request = find(db, code)
    if request is None:
        raise StaleVersion(None)
    return request


def find_again(db: Database, known: Request) -> Request:
    """Return a request as it is now; its plan is known to be the same, and is not read again."""
    row = next(select(db, "select * from requests where code = ?", [known.code]), None)
    if row is None:
        raise StaleVersion(None)
    return _request(row, known.plan)


# States after Confirm; the two others can also follow a draft.
_AFTER_CONFIRM = (
    *("waiting", "approved", "running", "unknown"),
    *("done", "partly", "failed", "rejected"),
)
_ENDED_EARLY = ("expired", "cancelled")
_CONFIRMED = (
    f"(state in {_AFTER_CONFIRM}"
    f" or (state in {_ENDED_EARLY} and coalesce(approve_by, run_by, 0) > 0))"
)
# One that was stopped keeps an undo in its outcome, if it had done a step until then.
_CHANGED = (
    "(state in ('done', 'partly')"
    " or (state = 'cancelled' and json_type(outcome, '$.undo') = 'object'))"
)
# The undo of a list that left devices which it could not take back yet.
_UNDONE_IN_PART = (
    "(state = 'done' and coalesce("
    "cast(json_extract(nullif(outcome, ''), '$.remaining') as double precision), 0) > 0)"
)
# A plan that expired before anybody confirmed it.
_EXPIRED_PLAN = "(state = 'expired' and coalesce(approve_by, run_by, 0) = 0)"
# Plans that nobody confirmed, and open forms: a form that was cancelled tells nothing.
_UNCONFIRMED = f"(not {_CONFIRMED} and (plan <> '' or state = 'draft'))"


def confirmed(db: Database, person_id: str, limit: int, offset: int = 0) -> list[Request]:
    """Return the requests of a person that were confirmed, newest first."""
    return _own(db, _CONFIRMED, person_id, limit, offset)


def unconfirmed(db: Database, person_id: str, limit: int, offset: int = 0) -> list[Request]:
    """Return the open forms and the unconfirmed plans of a person, newest first."""
    return _own(db, _UNCONFIRMED, person_id, limit, offset)


def count_own(db: Database, person_id: str) -> tuple[int, int]:
    """Count the requests that `confirmed` and `unconfirmed` return without a limit."""
    rows = select(
        db,
        f"select count(*) filter (where {_CONFIRMED}) as confirmed,"  # noqa: S608 - our own words
        f" count(*) filter (where {_UNCONFIRMED}) as unconfirmed"
        " from requests where requester_id = ?",
        [person_id],
    )
    row = next(rows)
    return int(row["confirmed"]), int(row["unconfirmed"])


def last_cancelled(db: Database, person_id: str, since: float) -> Request | None:
    """Return the request that a person cancelled last, at or after a time in Unix seconds."""
    rows = select(
        db,
        "select * from requests where state = 'cancelled' and requester_id = ?"
        " and changed_at >= ? and created_at <= ?"
        " order by changed_at desc, rowid desc limit 1",
        [person_id, since, since],
    )
    row = next(rows, None)
    return _request(row) if row else None


def planned(db: Database, person_id: str, limit: int) -> list[Request]:
    """Return the requests of a person that got as far as a plan, newest first."""
    return _own(db, "plan is not null", person_id, limit)


def forms(db: Database, person_id: str, limit: int, *, with_plans: bool = False) -> list[Request]:
    """Return the open forms of a person, newest first; also those that have become plans."""
    return _own(db, f"state = 'draft' {'' if with_plans else 'and plan is null'}", person_id, limit)


def create_undo(db: Database, code: str, **values: Any) -> Request:
    """Create a draft that takes back the request `code`, with the values of `create`.

    Return the one that there is, unless it ended before all was taken back.
    """
    existing = undoing(db, code)
    if existing:
        return existing
    undo = create(db, **values)
    db.execute("update requests set undoes = ? where code = ?", [code, undo.code])
    return find_or_fail(db, undo.code)


def undoing(db: Database, code: str) -> Request | None:
    """Return the request that takes back this one, or did; None if there is none.

    One that ended without a change does not count, nor one that did a part of it: another undo
    takes back the rest.
    """
    rows = select(
        db,
        "select * from requests where undoes = ?"  # noqa: S608 - our own words
        " and state not in ('partly', 'failed', 'rejected', 'expired', 'cancelled')"
        f" and not {_UNDONE_IN_PART} order by created_at desc, rowid desc limit 1",
        [code],
    )
    row = next(rows, None)
    return _request(row) if row else None


def undone_by(db: Database, codes: Collection[str]) -> dict[str, str]:
    """Return by which requests these were taken back, by code; only those that were."""
    rows = select(
        db,
        f"select undoes, code from requests where state = 'done' and not {_UNDONE_IN_PART}"  # noqa: S608 - our own words
        " and undoes in (select value from json_each(cast(? as text))) order by changed_at, rowid",
        [json.dumps(list(codes))],
    )
    return {row["undoes"]: row["code"] for row in rows}


def last_done(db: Database, person_id: str, by: float) -> Request | None:
    """Return the request that changed something last for a person, by a time in Unix seconds."""
    rows = select(
        db,
        f"select * from requests where {_CHANGED} and requester_id = ? and changed_at <= ?"  # noqa: S608 - our own words
        " order by changed_at desc, rowid desc limit 1",
        [person_id, by],
    )
    row = next(rows, None)
    return _request(row) if row else None


def done(db: Database, person_id: str, limit: int, since: float = 0.0) -> list[Request]:
    """Return the requests of a person that changed something since then, the last one first."""
    rows = select(
        db,
        f"select * from requests where {_CHANGED} and requester_id = ? and changed_at >= ?"  # noqa: S608 - our own words
        " order by changed_at desc, rowid desc limit ?",
        [person_id, since, limit],
    )
    return [_request(row) for row in rows]


def _own(db: Database, where: str, person_id: str, limit: int, offset: int = 0) -> list[Request]:
    rows = select(
        db,
        f"select * from requests where {where} and requester_id = ?"  # noqa: S608 - our own words
        " order by created_at desc, rowid desc limit ? offset ?",
        [person_id, limit, offset],
    )
    return [_request(row) for row in rows]


def opened_by_message(db: Database, message: str) -> list[Request]:
    """Return the requests that a message and its edits opened, oldest first.

    Their event ids are the uuid of the message, or begin with it and `#`.
    """
    rows = select(
        db,
        "select * from requests where event_id = :id or (event_id > :id || '#'"
        " and event_id < :id || '$') order by created_at, rowid",
        {"id": message},
    )
    return [_request(row) for row in rows]


def id_of_another(
    db: Database, code: str, sender: Sender, place: Place, kind: str = "another"
) -> str:
    """Return the event id of one more request like this one: the same while its form is open.

    `kind` is that of the button which opens it.
    """
    event_id = f"{code}+{kind}"
    opened = opened_by_message(db, event_id)
    drafts = [
        request.event_id
        for request in opened
        if request.state == "draft"
        and request.requester.person_id == sender.person_id
        and request.place.room_id == place.room_id
    ]
    return drafts[-1] if drafts else f"{event_id}#{len(opened)}"


def retries(db: Database, code: str) -> list[Request]:
    """Return the requests that tried rows of this list again, oldest first."""
    return opened_by_message(db, f"{code}+retry")


def recent_models(db: Database, person_id: str, limit: int) -> tuple[str, ...]:
    """Return the models that a person added last, newest first and each once."""
    rows = select(
        db,  # the plan of a list is long: the database looks into it
        "select model from (select json_extract(step.value, '$.details.model') as model,"
        " done.created_at, done.place, step.key as number from (select plan, created_at,"
        " rowid as place from requests where state = 'done' and plan <> '' and requester_id = ?"
        " order by created_at desc, rowid desc limit ?) as done,"
        " json_each(done.plan, '$.steps') as step) as added where model <> ''"
        " group by model order by max(created_at) desc, max(place) desc, min(number) limit ?",
        [person_id, MAX_SEARCHED_FOR_MODELS, limit],
    )
    return tuple(str(row["model"]) for row in rows)


def in_states(db: Database, states: list[str]) -> list[Request]:
    """Return the requests in these states, oldest first."""
    marks = ",".join("?" * len(states))
    rows = select(
        db,
        f"select * from requests where state in ({marks}) order by created_at, rowid",  # noqa: S608 - "?"s
        states,
    )
    return [_request(row) for row in rows]


def open_about(db: Database, macs: Collection[str], since: float) -> list[Request]:
    """Return the open requests whose plan is about one of these MACs, newest first.

    A draft counts if its plan was made after `since`, in Unix seconds: later none can be confirmed.
    """
    bare_macs = [mac.replace(":", "").upper() for mac in macs]
    # To look for a single one is faster than to parse a list.
    only = bare_macs[0] if len(bare_macs) == 1 else ""
    rows = select(
        db,
        "select * from requests where state in ('draft', 'waiting', 'approved', 'running',"
        " 'unknown') and plan is not null and (state != 'draft' or planned_at >= :since)"
        " and (:only = '' or instr(upper(replace(plan, ':', '')), :only) > 0)"
        " and exists (select 1 from json_each(plan, '$.steps') as step"
        " where upper(replace(json_extract(step.value, '$.details.mac'), ':', '')) in"
        " (select value from json_each(cast(:macs as text)))) order by created_at desc, rowid desc",
        {"since": since, "only": only, "macs": json.dumps(bare_macs)},
    )
    return [_request(row) for row in rows]


def change(db: Database, /, before: Request, *, by: str, now: float, **values: Any) -> Request:
    """Write `values` if the row still has `before.version`; otherwise raise StaleVersion."""
    written = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
    columns = {**written, "version": before.version + 1, "changed_at": now, "changed_by": by}
    marks = ", ".join(f"{name} = ?" for name in columns)
    done = db.execute(
        f"update requests set {marks} where code = ? and version = ?",  # noqa: S608 - our own
        [*columns.values(), before.code, before.version],
    )
    if done.rowcount != 1:
        raise StaleVersion(find(db, before.code))
    return find_or_fail(db, before.code) if "plan" in values else find_again(db, before)


def set_card(db: Database, code: str, card_id: str) -> None:
    """Store which message shows the newest card. Not a state change, so the version stays."""
    db.execute("update requests set card_id = ? where code = ?", [card_id, code])


def set_stopped(db: Database, code: str, by: str) -> None:
    """Store who stopped it. Not a state change, so the version stays."""
    db.execute("update requests set stopped_by = ? where code = ?", [by, code])


def set_reminded(db: Database, code: str, now: float) -> None:
    """Store when the approvers were reminded. Not a state change, so the version stays."""
    db.execute("update requests set reminded_at = ? where code = ?", [now, code])


def set_notified(db: Database, code: str, deleted: Sequence[str] = ()) -> None:
    """Record that the requester knows the outcome, and that the messages `deleted` are gone."""
    db.execute("update requests set told = 1 where code = ?", [code])
    if deleted:
        progress_messages.drop(db, *deleted)


def unnotified(db: Database) -> list[Request]:
    """Return the requests that ended, but whose requester was not told, in the order of their ends.

    Without plans that nobody confirmed: see `untold_expired_plans`.
    """
    rows = select(
        db,
        f"select * from requests where told = 0 and not {_EXPIRED_PLAN}"  # noqa: S608 - our own words
        " and state in ('done', 'partly', 'failed', 'rejected', 'expired', 'cancelled')"
        " order by changed_at, rowid",
    )
    return [_request(row) for row in rows]


def outdated_plans(db: Database, since: float, until: float, limit: int) -> list[Request]:
    """Return the plans with a card that were made in that time and not confirmed, oldest first."""
    rows = select(
        db,
        "select * from requests where state = 'draft' and plan <> '' and card_id <> ''"
        " and planned_at > ? and planned_at < ? order by planned_at, rowid limit ?",
        [since, until, limit],
    )
    return [_request(row) for row in rows]


def untold_expired_plans(db: Database, limit: int) -> list[Request]:
    """Return the expired plans whose card does not say so yet."""
    rows = select(
        db,
        f"select * from requests where {_EXPIRED_PLAN} and told = 0"  # noqa: S608 - our own words
        " order by changed_at, rowid limit ?",
        [limit],
    )
    return [_request(row) for row in rows]


def set_expiry_told(db: Database, code: str, card_id: str | None) -> None:
    """Record that the requester knows, and the card that says so, if there is one."""
    db.execute(
        "update requests set told = 1, card_id = coalesce(?, card_id) where code = ?",
        [card_id, code],
    )


def _free_code(db: Database) -> str:
    for _ in range(MAX_ATTEMPTS):
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if _is_distinct(code) and not _was_used(db, code):
            return code
    raise RuntimeError("no free request code was found")


def _is_distinct(code: str) -> bool:
    """Whether it reads as nothing else.

    Without a digit it could be a word, with two in a row (T37P, 7976) the model of a phone.
    """
    digits = "".join("1" if c.isdigit() else " " for c in code)
    return "1" in digits and "11" not in digits


def _was_used(db: Database, code: str) -> bool:
    """Whether a request has the code, or had it: the audit trail outlives requests."""
    rows = select(
        db,
        "select 1 from requests where code = ?"
        " union all select 1 from audit where request = ? limit 1",
        [code, code],
    )
    return next(rows, None) is not None


def _request(row: dict[str, Any], known_plan: dict[str, Any] | None = None) -> Request:
    return Request(
        requester=Sender(
            row["requester_id"], row["requester_email"], name=row["requester_name"] or ""
        ),
        place=Place(row["room_id"], bool(row["direct"]), row["thread_id"]),
        inputs=json.loads(row["inputs"]),
        plan=known_plan or (json.loads(row["plan"]) if row["plan"] else None),
        reason=row["reason"] or "",
        outcome=json.loads(row["outcome"]) if row["outcome"] else None,
        spent=json.loads(row["spent"] or "{}"),
        told=bool(row["told"]),
        undoes=row["undoes"] or "",
        stopped_by=row["stopped_by"] or "",
        **{
            name: row[name]
            for name in (
                "code", "state", "version", "operation", "event_id", "card_id", "digest",
                "planned_at", "asked_in", "approve_by", "run_by", "finish_by", "reminded_at",
                "created_at", "changed_at", "changed_by",
            )
        },
    )  # fmt: skip


def forbid_starting(db: Database, now: float) -> None:
    """Let unfinished requests be looked up but not started: after a restore they may be done."""
    db.execute(
        "update requests set"
        " run_by = case when run_by < :now then run_by else :now end,"
        " finish_by = case when finish_by < :now then finish_by else :now end"
        " where state in ('approved', 'running', 'unknown')",
        {"now": now},
    )
    # What had not begun of a request that ran may have been done since the backup.
    db.execute(
        "update steps set state = 'unknown' where state = 'pending' and request in"
        " (select code from requests where state in ('running', 'unknown'))"
    )
