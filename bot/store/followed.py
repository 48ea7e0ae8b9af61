"""The table `followed`: what requests added, until it registers with Webex."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from bot.core.models.dect import same_id
from bot.core.models.followed import (
    FollowedDevice,
    FollowedMessage,
    FollowState,
    FollowTarget,
    Removed,
)
from bot.core.models.requests import ProgressMessage
from bot.store import progress_messages
from bot.store.sql import Database, insert, select


def add(db: Database, device: FollowedDevice) -> None:
    """Follow what a step added."""
    row = device.model_dump(mode="json")
    known = None if device.known is None else json.dumps(device.known)
    insert(db, "followed", row | {"target": device.target.model_dump_json(), "known": known})


def waiting(db: Database) -> list[FollowedDevice]:
    """Return what has not registered yet, oldest first."""
    query = "select * from followed where state = 'waiting' order by since, request, step"
    return [_device(row) for row in select(db, query)]


def with_mac(db: Database, mac: str) -> list[FollowedDevice]:
    """Return what waits and has that MAC: 12 upper-case hex digits."""
    query = (
        "select * from followed where state = 'waiting' and instr(target, ?) > 0"
        " and json_extract(target, '$.mac') = ? order by since, request, step"
    )
    return [_device(row) for row in select(db, query, [mac, mac])]


def to_tell(db: Database, *, late_since: float, shown_by: float) -> list[str]:
    """Return the codes of requests with something to tell, oldest first.

    That is a final state that people do not know, or that what waits is late: the last one was
    added at `late_since` or before. Only if the end of the request was told. A message that was
    edited after `shown_by` stays for now as it is, unless nothing waits any more.
    """
    query = (
        "select followed.request, min(since) as first from followed"
        " join requests on requests.code = followed.request and requests.told = 1"
        " left join followed_messages on followed_messages.request = followed.request"
        " where followed.told = 0 group by followed.request"
        " having (count(*) filter (where followed.state <> 'waiting') > 0"
        "  and (count(*) filter (where followed.state = 'waiting') = 0"
        "   or coalesce(max(shown_at), 0) <= ?))"
        " or (count(*) filter (where followed.state = 'waiting' and late_told = 0) > 0"
        "  and max(since) <= ?)"
        " order by first, followed.request"
    )
    return [str(row["request"]) for row in select(db, query, [shown_by, late_since])]


def of(db: Database, request: str) -> list[FollowedDevice]:
    """Return what is or was followed of a request, in the order of its steps."""
    query = (
        "select followed.* from followed join steps"
        " on steps.request = followed.request and steps.key = followed.step"
        " where followed.request = ? order by steps.number"
    )
    return [_device(row) for row in select(db, query, [request])]


def settled(db: Database, since: float) -> list[FollowedDevice]:
    """Return what was added at that time or later and has a final state, oldest first."""
    query = (
        "select * from followed where state <> 'waiting' and since >= ?"
        " order by since, request, step"
    )
    return [_device(row) for row in select(db, query, [since])]


def settle(
    db: Database,
    device: FollowedDevice,
    state: FollowState,
    at: float,
    target: FollowTarget | None = None,
) -> bool:
    """Write a final state; whether it was still waiting. `target` None: as it is.

    What is older than a restored database was told by the one before it.

    Nothing is written of a code if a request has added the device that seems to have used it, or
    is about to: the look may have begun before that request was noted.
    """
    if target is not None and _is_added_by_mac(db, target, device.since):
        return False
    written = (target or device.target).model_dump_json()
    done = db.execute(
        "update followed set state = ?, changed_at = ?, target = ?,"
        " told = coalesce((select case when ? < act_after then 1 else 0 end from marks), 0)"
        " where request = ? and step = ? and state = 'waiting'",
        [state.value, at, written, at, device.request, device.step],
    )
    return done.rowcount == 1


def remove(db: Database, removed: Removed, before: float, at: float) -> None:
    """End what was added before a time, and has been removed since."""
    db.execute(
        "update followed set state = 'gone', changed_at = ? where state = 'waiting' and since <= ?"
        " and ((? <> '' and json_extract(target, '$.mac') = ?)"
        " or (? <> '' and json_extract(target, '$.network') = ?))",
        [at, before, removed.mac, removed.mac, removed.network, removed.network],
    )


def restored(db: Database) -> None:
    """Tell nothing in a restored copy that people were told before: what is final, or late."""
    db.execute(
        "update followed set told = case when state <> 'waiting' then 1 else told end,"
        " late_told = 1"
    )


def _is_added_by_mac(db: Database, target: FollowTarget, since: float) -> bool:
    """Whether a request has added this device by its MAC since then, is doing so, or may have."""
    added = (
        "select json_extract(target, '$.device') as device from followed"
        " where json_extract(target, '$.kind') = 'phone'"
        " and json_extract(target, '$.mac') = :mac and since >= :since"
    )
    under_way = (
        "select 1 from steps where (state in ('running', 'unknown')"
        "  or (unclear = 1 and changed_at >= :since))"
        " and json_extract(spec, '$.call.method') = 'POST'"
        " and upper(replace(json_extract(spec, '$.details.mac'), ':', '')) = :mac"
    )
    values = {"mac": target.mac, "since": since}
    ids = [str(row["device"]) for row in select(db, added, values)]
    if any(
        not device_id or not target.device or same_id(device_id, target.device) for device_id in ids
    ):
        return True
    return db.execute(under_way, values).fetchone() is not None


def close_all(db: Database, at: float) -> None:
    """End what is still followed, and tell nothing more of it."""
    db.execute("update followed set state = 'lost', changed_at = ? where state = 'waiting'", [at])
    db.execute("update followed set told = 1, late_told = 1 where told = 0")


def set_known(db: Database, request: str, step: str, known: Collection[str]) -> None:
    """Record which devices the owner of a code had when it was looked for first."""
    query = "update followed set known = ? where request = ? and step = ? and known is null"
    db.execute(query, [json.dumps(sorted(known)), request, step])


def set_late_told(db: Database, devices: Iterable[FollowedDevice]) -> None:
    """Record that people know that these are late."""
    query = "update followed set late_told = 1 where request = ? and step = ?"
    for device in devices:
        db.execute(query, [device.request, device.step])


def set_told(db: Database, devices: Iterable[FollowedDevice]) -> None:
    """Record that people know the final states of these."""
    query = "update followed set told = 1 where request = ? and step = ?"
    for device in devices:
        db.execute(query, [device.request, device.step])


def listed(db: Database, person_id: str | None, code: str) -> list[FollowedDevice]:
    """Return what has not registered of the requests of a person, or of all, oldest first.

    With a code, of that request alone, and also that for which nobody looks any more.
    """
    query = (
        "select followed.* from followed join requests on requests.code = followed.request"
        " where (followed.state = 'waiting' or (followed.state = 'lost' and ? <> ''))"
        " and (? = '' or followed.request = ?) and (cast(? as text) is null or requester_id = ?)"
        " order by since, followed.request, step"
    )
    values = [code, code, code, person_id, person_id]
    return [_device(row) for row in select(db, query, values)]


def message(db: Database, request: str) -> FollowedMessage | None:
    """Return the message that sums up the devices of a request, if it has one."""
    rows = select(db, "select * from followed_messages where request = ?", [request])
    return next((FollowedMessage.model_validate(row) for row in rows), None)


def note_edit(db: Database, shown: FollowedMessage) -> None:
    """Record that the message is about to be edited: Webex may count it, whatever it answers."""
    query = "update followed_messages set edits = edits + 1 where request = ?"
    db.execute(query, [shown.request])


def refuse_edits(db: Database, shown: FollowedMessage, limit: int) -> None:
    """Record that Webex takes no more edits of the message, as if `limit` had been made."""
    query = "update followed_messages set edits = ? where request = ?"
    db.execute(query, [limit, shown.request])


def set_edited(
    db: Database, shown: FollowedMessage, text: str, at: float, devices: Iterable[FollowedDevice]
) -> None:
    """Record what the message shows now, and that people know the final states of these."""
    query = "update followed_messages set shown = ?, shown_at = ? where request = ?"
    db.execute(query, [text, at, shown.request])
    set_told(db, devices)


def replace_message(
    db: Database,
    request: str,
    posted: FollowedMessage | None,
    devices: Iterable[FollowedDevice],
) -> str | None:
    """Record a message that was posted, and that people know the final states of these.

    None: the last message was posted, which is never edited. Returns the id of the message before
    it, which is to be deleted: it is kept with the progress messages until it is gone.
    """
    before = message(db, request)
    db.execute("delete from followed_messages where request = ?", [request])
    if posted is not None:
        insert(db, "followed_messages", posted.model_dump())
    set_told(db, devices)
    if before is None:
        return None
    progress_messages.add(db, ProgressMessage(message_id=before.message_id, request=""))
    return before.message_id


def _device(row: dict[str, Any]) -> FollowedDevice:
    known = row["known"]
    return FollowedDevice.model_validate(
        row
        | {
            "target": json.loads(row["target"]),
            "known": None if known is None else json.loads(known),
        }
    )
