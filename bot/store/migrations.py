"""The migrations of the schema. Each runs once, in this order; a released one is never changed."""

import json
import uuid
from typing import Any

from sqlite_utils import Database, Migrations

migration = Migrations("provbot")


@migration()
def m001_people(db: Database) -> None:
    """Email addresses by person id, because a button press carries no address."""
    db.table("people").create({"person_id": str, "email": str, "seen_at": float}, pk="person_id")


@migration()
def m002_access(db: Database) -> None:
    """The allowlist, and the addresses of PROVBOT_ADMINS that were added to it."""
    db.table("access").create(
        {"who": str, "role": str, "location": str, "granted_at": float},
        pk=("who", "role", "location"),
    )
    db.table("first_admins").create({"email": str, "at": float}, pk="email")


@migration()
def m003_events(db: Database) -> None:
    """The inbox: ids, never the text of messages. `handled_at` is set when an event is answered."""
    db.table("events").create(
        {"id": str, "kind": str, "event": str, "received_at": float, "handled_at": float}, pk="id"
    )
    db.table("events").create_index(["handled_at"])


@migration()
def m004_requests(db: Database) -> None:
    """Requests. Compare-and-set compares `version`."""
    db.table("requests").create(
        {
            "code": str, "state": str, "version": int, "operation": str, "event_id": str,
            "requester_id": str, "requester_email": str,
            "room_id": str, "direct": int, "thread_id": str, "card_id": str,
            "inputs": str, "plan": str, "digest": str, "planned_at": float,
            "outcome": str, "told": int,
            "created_at": float, "changed_at": float, "changed_by": str,
        },
        pk="code",
    )  # fmt: skip
    db.table("requests").create_index(["event_id"], unique=True)
    db.table("requests").create_index(["requester_id", "created_at"])
    db.table("requests").create_index(["state"])


@migration()
def m005_tokens(db: Database) -> None:
    """The newest refresh token, and a fingerprint of the configured one it descends from."""
    db.table("tokens").create({"name": str, "value": str, "origin": str}, pk="name")


@migration()
def m006_instance(db: Database) -> None:
    """An id of this installation, to tell it from another one that uses the same token."""
    db.table("instance").create({"id": str}, pk="id")
    db.table("instance").insert({"id": uuid.uuid4().hex[:8]})


@migration()
def m007_deciding(db: Database) -> None:
    """Approvals: two deadlines, the decisions, and the messages that show an approval card."""
    for column in ("approve_by", "run_by", "reminded_at"):
        db.table("requests").add_column(column, float)
    db.table("decisions").create(
        {
            "request": str,
            "person_id": str,
            "email": str,
            "verdict": str,
            "reason": str,
            "at": float,
        },
        pk=("request", "person_id"),
    )
    db.table("approval_cards").create(
        {"message_id": str, "request": str, "room_id": str, "email": str}, pk="message_id"
    )
    db.table("approval_cards").create_index(["request"])


@migration()
def m008_audit(db: Database) -> None:
    """The audit trail: append-only rows; each carries the hash of the previous one."""
    db.table("audit").create(
        {
            "seq": int, "at": str, "actor_id": str, "actor": str, "action": str, "request": str,
            "digest": str, "detail": str, "before": str, "hash": str,
        },
        pk="seq",
    )  # fmt: skip
    db.table("audit_head").create({"id": int, "seq": int, "hash": str}, pk="id")
    db.table("audit_head").insert({"id": 1, "seq": 0, "hash": ""})
    for verb in ("update", "delete"):
        db.execute(
            f"create trigger audit_no_{verb} before {verb} on audit"
            " begin select raise(abort, 'the audit trail is append-only'); end"
        )


@migration()
def m009_audit_inserts(db: Database) -> None:
    """Allow only the next row, because `insert or replace` deletes without firing the trigger."""
    db.execute(
        "create trigger audit_no_replace before insert on audit"
        " when new.seq is not (select seq + 1 from audit_head)"
        " begin select raise(abort, 'the audit trail is append-only'); end"
    )


@migration()
def m010_progress(db: Database) -> None:
    """The progress message of a request, which is deleted at its end, even after a crash."""
    db.table("requests").add_column("progress_id", str)


@migration()
def m011_marks(db: Database) -> None:
    """Until when all messages were received."""
    db.table("marks").create({"id": int, "heard_until": float}, pk="id")


@migration()
def m012_beginning(db: Database) -> None:
    """When the bot first connected: it does not greet spaces that it was in before."""
    db.table("marks").add_column("began_at", float)


@migration()
def m013_timeline(db: Database) -> None:
    """The time that each stage of a request spent on calls, and an index on its audit entries."""
    db.table("requests").add_column("spent", str)
    db.table("audit").create_index(["request"])


@migration()
def m014_lines(db: Database) -> None:
    """Progress messages in a table of their own; those of requests were in their rows."""
    db.table("lines").create({"message_id": str, "request": str}, pk="message_id")
    db.execute(
        "insert into lines (message_id, request) select progress_id, code from requests"
        " where progress_id is not null"
        " and (state in ('approved', 'running', 'unknown')"
        " or (state in ('done', 'failed') and told = 0))"
    )
    db.execute("alter table requests drop column progress_id")


@migration()
def m015_retention(db: Database) -> None:
    """An index to find old requests."""
    db.table("requests").create_index(["changed_at"])


@migration()
def m016_secrets(db: Database) -> None:
    """Secrets typed into forms, encrypted, until their request ends. Empty without PROVBOT_KEY."""
    db.table("secrets").create({"request": str, "sealed": str, "until": float}, pk="request")


@migration()
def m017_accounts(db: Database) -> None:
    """The account that first used an address; `refused` is the last other account that tried."""
    db.table("accounts").create(
        {"who": str, "account": str, "first_seen": float, "refused": str}, pk="who"
    )


@migration()
def m018_location_ids(db: Database) -> None:
    """Grants by the id of a location, and the locations as last read from Webex."""
    db.execute(
        "create table access_by_id (who text, role text, location text, location_id text not null"
        " default '', granted_at float, primary key (who, role, location, location_id))"
    )
    db.execute(
        "insert into access_by_id (who, role, location, granted_at)"
        " select who, role, location, granted_at from access"
    )
    db.execute("drop table access")
    db.execute("alter table access_by_id rename to access")
    db.table("locations").create({"id": str, "name": str}, pk="id")


@migration()
def m019_restored(db: Database) -> None:
    """The time before which messages are ignored, because a restored database may not know them."""
    db.table("marks").add_column("act_after", float)


@migration()
def m020_progress_messages(db: Database) -> None:
    """The table of progress messages is named after what it holds."""
    db.execute("alter table lines rename to progress_messages")


@migration()
def m021_message_versions(db: Database) -> None:
    """What was last read in a message, as checksums, to recognise what an edit changes."""
    db.table("message_versions").create(
        {
            "message": str,
            "event": str,
            "text": str,
            "commands": str,
            "number": int,
            "read_at": float,
        },
        pk="message",
    )


@migration()
def m022_names(db: Database) -> None:
    """The names of requesters and approvers as they were then; older rows have none."""
    db.table("requests").add_column("requester_name", str)
    db.table("decisions").add_column("name", str)


@migration()
def m023_undoes(db: Database) -> None:
    """Which request a request takes back, so that it is taken back once."""
    db.table("requests").add_column("undoes", str)
    db.table("requests").create_index(["undoes"])


@migration()
def m024_reasons(db: Database) -> None:
    """Why requesters want what they ask for; older requests give no reason."""
    db.table("requests").add_column("reason", str)


@migration()
def m025_time_zones(db: Database) -> None:
    """The time zones of people, in the table that kept their addresses."""
    db.table("people").add_column("time_zone", str)


@migration()
def m026_access_asks(db: Database) -> None:
    """Who asked the admins for a role, how it ended, and the cards that the admins have."""
    names = ["id", "event_id", "person_id", "email", "name", "wants", "outcome", "ended_by", "role"]
    columns = {**dict.fromkeys(names, str), "asked_at": float}
    db.table("access_asks").create(columns, pk="id")
    db.table("access_asks").create_index(["person_id", "asked_at"])
    db.table("access_asks").create_index(["email"])
    db.table("access_ask_cards").create(
        {"message_id": str, "ask": str, "email": str}, pk="message_id"
    )


@migration()
def m027_approval_space(db: Database) -> None:
    """The approval space that was chosen in chat, and where each request was asked."""
    db.table("approval_space").create(
        {"id": int, "room_id": str, "title": str, "set_at": float}, pk="id"
    )
    db.table("requests").add_column("asked_in", str)


@migration()
def m028_steps(db: Database) -> None:
    """Plans are made of steps, and the journal keeps the state of each."""
    db.table("steps").create(
        {
            "request": str,
            "number": int,
            "key": str,
            "subject": str,
            "spec": str,
            "state": str,
            "attempts": int,
            "not_before": float,
            "begun_at": float,
            "changed_at": float,
            "result": str,
            "reason": str,
            "unclear": int,
            "reference": str,
            "tracking_id": str,
        },
        pk=("request", "number"),
    )
    db.table("steps").create_index(["subject", "begun_at"])
    db.table("requests").add_column("finish_by", float)
    db.table("requests").add_column("stopped_by", str)
    db.execute("update requests set finish_by = run_by")
    requests = db.execute(
        "select code, operation, state, plan, outcome, changed_at from requests where plan <> ''"
    )
    for code, operation, state, plan, outcome, changed_at in requests.fetchall():
        new = plan_of_steps(json.loads(plan), operation)
        db.execute("update requests set plan = ? where code = ?", [json.dumps(new), code])
        if state != "draft":
            row = journal_row(code, new["steps"][0], state, changed_at)
            row["result"] = outcome if state == "done" else None
            row["reason"] = json.loads(outcome)["title"] if outcome and state == "failed" else ""
            db.table("steps").insert(row)


@migration()
def m029_lists(db: Database) -> None:
    """The lists that requests are about, as they were read, without passwords."""
    db.table("lists").create({"request": str, "content": str}, pk="request")


@migration()
def m030_secrets_lost(db: Database) -> None:
    """Of a list whose codes and passwords have reached its requester, those that were lost."""
    db.table("lists").add_column("secrets_lost", str)


@migration()
def m031_followed(db: Database) -> None:
    """What requests added, until it registers with Webex."""
    db.table("followed").create(
        {
            "request": str,
            "step": str,
            "target": str,
            "since": float,
            "state": str,
            "changed_at": float,
            "known": str,
            "late_told": int,
            "told": int,
        },
        pk=("request", "step"),
    )
    db.execute("create index followed_open on followed (since) where told = 0")
    db.table("followed_messages").create(
        {"request": str, "message_id": str, "edits": int, "shown": str, "shown_at": float},
        pk="request",
    )


@migration()
def m032_bot(db: Database) -> None:
    """The bot whose database it is, and the organization of WEBEX_ORG_ID, by their keys."""
    for column in ("bot", "bot_email", "organization"):
        db.table("instance").add_column(column, str)


def plan_of_steps(plan: dict[str, Any], operation: str) -> dict[str, Any]:
    """A plan as older versions stored it, with its only change as its only step."""
    details = plan.get("details", {})
    if "owner" in details and "product" not in details:
        details.setdefault("owner_name", dict(plan["facts"]).get("For", ""))
    if any("9800" in warning for warning in plan.get("warnings", ())):
        details["awaits_listing"] = "yes"
    calls = plan["calls"]
    step = {
        "key": operation,
        "action": operation,
        "title": plan["title"],
        "call": calls[0] if calls else {"method": "", "path": ""},
        "subject": plan["subject"],
        "details": details,
        "needs": plan.get("needs", []),
        "generates": plan.get("generates", []),
    }
    has_place = operation not in ("grant", "revoke", "approval space")
    location = {"name": plan["location"], "id": plan.get("location_id", "")}
    gone = ("calls", "subject", "details", "needs", "generates", "location", "location_id", "hangs")
    rest = {name: value for name, value in plan.items() if name not in gone}
    dependents = plan.get("dependents", plan.get("hangs", {}))
    locations = [location] if has_place else []
    return rest | {"dependents": dependents, "locations": locations, "steps": [step]}


_STEP_STATES = {"waiting": "pending", "approved": "pending", "rejected": "skipped"} | dict.fromkeys(
    ("expired", "cancelled"), "skipped"
)


def journal_row(code: str, step: dict[str, Any], state: str, changed_at: float) -> dict[str, Any]:
    """The row of the only step of a request in that state."""
    was_sent = state in ("running", "unknown", "done", "failed")
    return {
        "request": code,
        "number": 1,
        "key": step["key"],
        "subject": step["subject"],
        "spec": json.dumps(step),
        "state": _STEP_STATES.get(state, state),
        "attempts": int(was_sent),
        "begun_at": changed_at if was_sent else None,
        "changed_at": changed_at,
    }


def _all_migrations() -> list[str]:
    empty = Database(memory=True)
    try:
        return [step.name for step in migration.pending(empty)]
    finally:
        empty.close()


MIGRATIONS = _all_migrations()
