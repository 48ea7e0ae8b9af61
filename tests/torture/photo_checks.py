"""Whether what was read from a photo is what its label has."""

import json
from collections.abc import Iterator

from tests.torture.records import Finding, Json, Record

FROM_LABEL = ("add phone", "swap phone")


def check(record: Record) -> Iterator[Finding]:
    """A plan that a photo opened is about the device on its label."""
    for row in record.requests:
        mac = record.photos.get(str(row["event_id"]))
        if mac is not None and row["plan"] and row["operation"] in FROM_LABEL:
            yield from _check(row, mac)


def _check(row: Json, mac: str) -> Iterator[Finding]:
    bodies = [step["call"].get("body") or {} for step in json.loads(row["plan"])["steps"]]
    macs = {str(body["mac"]) for body in bodies if "mac" in body}
    if macs - {mac}:
        text = f"its label has {mac or 'nothing to read'}, its plan {sorted(macs)}"
        yield Finding("untrue", str(row["code"]), text)
