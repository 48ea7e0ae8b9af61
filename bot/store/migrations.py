"""The history of the schema: each step is taken once, in this order, and never changed afterwards."""

import uuid

from sqlite_utils import Database, Migrations

migration = Migrations("provbot")


@migration()
def m001_people(db: Database) -> None:
    """Emails by person id, learned from Webex: what a press, which has no email, is checked by."""
    db.table("people").create({"person_id": str, "email": str, "seen_at": float}, pk="person_id")


@migration()
def m002_access(db: Database) -> None:
    """The allowlist, and which PROVBOT_ADMINS were put on it once."""
    db.table("access").create(
        {"who": str, "role": str, "location": str, "granted_at": float},
        pk=("who", "role", "location"),
    )
    db.table("first_admins").create({"email": str, "at": float}, pk="email")


@migration()
def m003_events(db: Database) -> None:
    """The inbox: ids only, never what was said. `handled_at` is empty until it was answered."""
    db.table("events").create(
        {"id": str, "kind": str, "event": str, "received_at": float, "handled_at": float}, pk="id"
    )
    db.table("events").create_index(["handled_at"])


@migration()
def m004_requests(db: Database) -> None:
    """Requests with their life. `version` is what compare-and-set compares."""
    db.table("requests").create(
        {
            "code": str, "state": str, "version": int, "operation": str, "event_id": str,
            "requester_id": str, "requester_email": str,
            "room_id": str, "direct": int, "thread_id": str, "card_id": str,
            "inputs": str, "plan": str, "digest": str, "planned_at": float,
            "outcome": str, "told": int, "created_at": float, "changed_at": float, "changed_by": str,
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
    """What tells this bot from another one with the same token; survives restarts and new hosts."""
    db.table("instance").create({"id": str}, pk="id")
    db.table("instance").insert({"id": uuid.uuid4().hex[:8]})


@migration()
def m007_deciding(db: Database) -> None:
    """Approvals: the two clocks, who decided what, and which messages show an approval card."""
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
    """The audit trail: rows are added, never changed; each carries the hash of the one before."""
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
    """`insert or replace` deletes without asking the trigger: nothing goes in but the next row."""
    db.execute(
        "create trigger audit_no_replace before insert on audit"
        " when new.seq is not (select seq + 1 from audit_head)"
        " begin select raise(abort, 'the audit trail is append-only'); end"
    )


@migration()
def m010_progress(db: Database) -> None:
    """Which message says that a request is running: taken away at the end, also after a crash."""
    db.table("requests").add_column("progress_id", str)


@migration()
def m011_marks(db: Database) -> None:
    """Until when everything that people said was heard."""
    db.table("marks").create({"id": int, "heard_until": float}, pk="id")


@migration()
def m012_beginning(db: Database) -> None:
    """Since when the bot listens at all: spaces that it was in before then are not greeted."""
    db.table("marks").add_column("began_at", float)


@migration()
def m013_timeline(db: Database) -> None:
    """Where the time of a request went: what each stage spent on calls; and its steps found quickly."""
    db.table("requests").add_column("spent", str)
    db.table("audit").create_index(["request"])


@migration()
def m014_lines(db: Database) -> None:
    """Messages that stand only for a while; those that say that a request runs were in its row."""
    db.table("lines").create({"message_id": str, "request": str}, pk="message_id")
    db.execute(
        "insert into lines (message_id, request) select progress_id, code from requests"
        " where progress_id is not null"
        " and (state in ('approved', 'running', 'unknown') or (state in ('done', 'failed') and told = 0))"
    )
    db.execute("alter table requests drop column progress_id")


@migration()
def m015_retention(db: Database) -> None:
    """What is old is found without looking at all the rest."""
    db.table("requests").create_index(["changed_at"])


@migration()
def m016_secrets(db: Database) -> None:
    """Secrets typed into forms, encrypted, until their request ends; nothing without PROVBOT_KEY."""
    db.table("secrets").create({"request": str, "sealed": str, "until": float}, pk="request")


def _all_migrations() -> list[str]:
    empty = Database(memory=True)
    try:
        return [one.name for one in migration.pending(empty)]
    finally:
        empty.close()


MIGRATIONS = _all_migrations()
