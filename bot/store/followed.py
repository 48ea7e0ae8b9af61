"""The table `followed`: what requests added, until it registers with Webex."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlite_utils import Database

from bot.core.models.followed import FollowedDevice, FollowState
from bot.store.database import insert, select


def add(db: Database, device: FollowedDevice) -> None:
    """Follow what a step added."""
    row = device.model_dump(mode="json")
    known = None if device.known is None else json.dumps(device.known)
    insert(db, "followed", row | {"target": device.target.model_dump_json(), "known": known})


def waiting(db: Database) -> list[FollowedDevice]:
    """Return what has not registered yet, oldest first."""
    query = "select * from followed where state = 'waiting' order by since, request, step"
    return [_device(row) for row in select(db, query)]


def untold(db: Database) -> list[FollowedDevice]:
    """Return what has a final state that people do not know yet, oldest first."""
    query = (
        "select * from followed where told = 0 and state <> 'waiting' order by since, request, step"
    )
    return [_device(row) for row in select(db, query)]


def of(db: Database, request: str) -> list[FollowedDevice]:
    """Return what is or was followed of a request, in the order of its steps."""
    query = (
        "select followed.* from followed join steps"
        " on steps.request = followed.request and steps.key = followed.step"
        " where followed.request = ? order by steps.number"
    )
    return [_device(row) for row in select(db, query, [request])]


def settle(db: Database, device: FollowedDevice, state: FollowState, at: float) -> bool:
    """Write a final state; whether it was still waiting."""
    done = db.execute(
        "update followed set state = ?, changed_at = ? where request = ? and step = ?"
        " and state = 'waiting'",
        [state.value, at, device.request, device.step],
    )
    return done.rowcount == 1


def set_known(db: Database, device: FollowedDevice, known: Collection[str]) -> None:
    """Record which devices the owner of a code had when it was looked for first."""
    query = "update followed set known = ? where request = ? and step = ? and known is null"
    db.execute(query, [json.dumps(sorted(known)), device.request, device.step])


def set_late_told(db: Database, devices: Iterable[FollowedDevice]) -> None:
    """Record that people know that these are late."""
    for device in devices:
        query = "update followed set late_told = 1 where request = ? and step = ?"
        db.execute(query, [device.request, device.step])


def set_told(db: Database, devices: Iterable[FollowedDevice]) -> None:
    """Record that people know the final states of these."""
    for device in devices:
        query = "update followed set told = 1 where request = ? and step = ?"
        db.execute(query, [device.request, device.step])


def _device(row: dict[str, Any]) -> FollowedDevice:
    known = row["known"]
    return FollowedDevice.model_validate(
        row
        | {
            "target": json.loads(row["target"]),
            "known": None if known is None else json.loads(known),
        }
    )
