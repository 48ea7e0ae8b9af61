"""A record in which every promise was kept, and helpers to alter it."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from tests.torture import state_checks
from tests.torture.checker import check
from tests.torture.records import Change, Deed, Finding, Held, Json, Post, Record

TOM, ANA, ELI = "tom@acme.example", "ana@acme.example", "eli@acme.example"
MAC = "D82E3E000001"
BODY = {"mac": MAC, "model": "DMS Cisco 8865", "personId": "bob"}
ADD = Change("POST", "/devices", BODY, 200, "track-1", 20.0, "Berlin")
DELETE = Change("DELETE", "/devices/x", {}, 204, "track-2", 40.0, "Berlin")


def public(key: str) -> str:
    """The public id of a person."""
    return urlsafe_b64encode(f"ciscospark://us/PEOPLE/{key}".encode()).decode().rstrip("=")


def typed(key: str, person: str, at: float, text: str) -> Deed:
    """A command in a direct space."""
    return Deed(
        key, "said", person, person[:3], person[:3], direct=True, at=at, online=True, text=text
    )


def pressed(key: str, person: str, at: float, request: str, press: str) -> Deed:
    """A press on a card in a direct space."""
    inputs = {"request": request, "version": 2, "press": press}
    return Deed(
        key,
        "pressed",
        person,
        person[:3],
        person[:3],
        direct=True,
        at=at,
        online=True,
        inputs=inputs,
    )


def post(key: str, person: str, at: float, text: str) -> Post:
    """A message of the bot in a direct space."""
    return Post(key, person[:3], "", text, {}, at)


def request(code: str, operation: str, event: str, call: Change, changed: float) -> Json:
    """A done request of Tom."""
    sent = {"method": call.method, "path": call.path, "body": call.body}
    plan = {"steps": [{"call": sent, "details": {}}]}
    return {
        "code": code, "state": "done", "operation": operation, "event_id": event,
        "requester_id": public("tom"), "requester_email": TOM, "card_id": "card",
        "plan": json.dumps(plan), "outcome": json.dumps({"title": "It is there"}), "told": 1,
        "created_at": 10.0, "changed_at": changed,
    }  # fmt: skip


def entry(action: str, code: str, at: float = 0.0, **detail: Any) -> Json:
    """An entry of the trail without number and hash."""
    return {
        "at": f"{datetime.fromtimestamp(at, UTC):%FT%TZ}", "actor_id": "", "actor": "",
        "action": action, "request": code, "digest": "", "detail": json.dumps(detail),
    }  # fmt: skip


def chained(*rows: Json) -> list[Json]:
    """The same entries with their numbers and hashes."""
    before, sealed = "", []
    for number, row in enumerate(rows, 1):
        whole = {"seq": number, **row, "before": before}
        before = whole["hash"] = state_checks.seal(whole)
        sealed.append(whole)
    return sealed


def story() -> Record:
    """Tom adds a phone, and deletes another, which Ana approves. Everything is as it should be."""
    trail = chained(
        entry("confirmed", "ADD3", version=3), entry("running", "ADD3", version=4),
        entry("call", "ADD3", tracking_id="track-1"), entry("done", "ADD3", version=5),
        entry("waiting", "DRP3", version=3), entry("approve", "DRP3", version=4),
        entry("running", "DRP3", version=5), entry("call", "DRP3", tracking_id="track-2"),
        entry("done", "DRP3", version=6),
    )  # fmt: skip
    deeds = [
        typed("e0", TOM, 9.0, "zz1 hello"), typed("e1", TOM, 10.0, "add phone"),
        pressed("e2", TOM, 15.0, "ADD3", "confirm"), typed("e3", TOM, 30.0, "delete device"),
        pressed("e4", TOM, 32.0, "DRP3", "confirm"), pressed("e5", ANA, 35.0, "DRP3", "approve"),
    ]  # fmt: skip
    posts = [
        post("p0", TOM, 9.5, "I do not understand zz1"), post("p1", TOM, 11.0, "Request ADD3"),
        post("p2", TOM, 21.0, "done. Request ADD3"), post("p3", TOM, 31.0, "Request DRP3"),
        post("p4", TOM, 33.0, "DRP3 waits"), post("p5", ANA, 36.0, "✓ Approved DRP3"),
        post("p6", TOM, 41.0, "deleted. Request DRP3"),
    ]  # fmt: skip
    return Record(
        deeds=deeds,
        posts=posts,
        changes=[ADD, DELETE],
        roles=[Held(TOM, "technician"), Held(ANA, "approver"), Held(ELI, "approver", "Lyon")],
        events=[{"id": deed.key, "handled_at": 50.0} for deed in deeds],
        requests=[
            request("ADD3", "add phone", "e1", ADD, 20.5),
            request("DRP3", "delete device", "e3", DELETE, 40.5),
        ],
        decisions=[{"request": "DRP3", "email": ANA, "verdict": "approve", "at": 35.5}],
        audit=trail,
        head=(9, trail[-1]["hash"]),
    )


def kinds(record: Record) -> set[tuple[str, str]]:
    """The kind and the subject of each finding."""
    return {(finding.kind, finding.about) for finding in check(record)}


def only_finding(record: Record) -> Finding:
    """The only finding."""
    (finding,) = check(record)
    return finding
