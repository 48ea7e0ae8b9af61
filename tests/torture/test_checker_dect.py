"""The checker finds what is not so in DECT networks."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.ids import public_id
from tests.torture import changes, dect_checks
from tests.torture.dect_parts import Part
from tests.torture.records import Change, Json, Post, Record
from tests.torture.story import TOM, entry, typed

NETWORKS = f"/telephony/config/locations/{public_id('LOCATION', 'berlin')}/dectNetworks"
HALL = Part("network", "hall", "hall", "Hall")
BASE = Part("base", "hall", "b1", "D82E3E000011")
ZZ1 = Part("handset", "hall", "h1", "zz1", 1)
ZZ2 = Part("handset", "hall", "h2", "zz2", 1)
TWO_LINES = ZZ1._replace(lines=2)


def step(action: str, state: str, key: str, **details: str) -> Json:
    """A row of the journal."""
    call = {"method": "POST", "path": f"{NETWORKS}/{{network}}/x"}
    return {
        "request": "SET4",
        "key": key,
        "state": state,
        "unclear": 0,
        "attempts": 0 if state == "skipped" else 1,
        "spec": json.dumps(
            {"action": action, "call": call, "details": {"network_name": "Hall", **details}}
        ),
    }


def made(path: str, *parts: Part, before: tuple[Part, ...] = (), **body: object) -> Change:
    """A call that the bot had no time to record."""
    method = "PUT" if before else "POST"
    sides = frozenset(parts), frozenset(before)
    return Change(method, f"{NETWORKS}{path}", body, 201, f"track {path}", 20.0, "Berlin", *sides)


def set_up() -> Record:
    """A network is set up. Of three handsets one is refused, and one gets a second line."""
    items = [{"customDisplayName": name} for name in ("zz1", "zz2", "zz3")]
    two_lines = made("/hall/handsets/h1", TWO_LINES, before=(ZZ1,), customDisplayName="zz1")
    return Record(
        deeds=[typed("e1", TOM, 10.0, "set up dect")],
        posts=[
            Post("p0", TOM[:3], "", "The pairing sheet", {}, 29.0, {"SET4-handsets.html": "0042"})
        ],
        changes=[
            made("", HALL),
            made("/hall/baseStations", BASE, baseStationMacs=[BASE.name]),
            made("/hall/handsets/bulk", ZZ1, ZZ2, items=items),
            two_lines,
        ],
        requests=[
            {
                "code": "SET4",
                "state": "partly",
                "operation": "set up dect",
                "outcome": "{}",
                "requester_email": TOM,
            }
        ],
        steps=[
            step("create dect network", "done", "network"),
            step("add base", "done", "row 1 base", mac=BASE.name),
            step("add handset", "done", "row 1", display_name="zz1"),
            step("add handset", "done", "row 2", display_name="zz2"),
            step("add handset", "failed", "row 3", display_name="zz3"),
            step("second line", "done", "row 1 line 2", display_name="zz1"),
        ],
        audit=[entry("running", "SET4"), entry("call", "SET4", tracking_id="track ")],
        dect=frozenset((HALL, BASE, TWO_LINES, ZZ2)),
        early={"Hall": 0},
    )


def found(record: Record) -> list[tuple[str, str]]:
    """The kind and the subject of each finding."""
    return [(finding.kind, finding.about) for finding in dect_checks.check(record)]


def removal(kind: str, part: Part, id_kind: str) -> Json:
    return step(f"remove {kind}", "done", f"remove {kind}", **{kind: public_id(id_kind, part.key)})


def test_a_network_that_was_told_as_it_is_has_no_findings():
    assert found(set_up()) == []


def test_each_change_belongs_to_the_request_whose_steps_it_fits():
    record = set_up()
    record.changes.append(made("/hall/handsets", ZZ1, customDisplayName="zz9"))
    attributed = dect_checks.by_request(record)

    assert [len(attributed[code]) for code in ("SET4", "")] == [4, 1]
    (finding,) = [f for f in changes.check(replace(record, requests=[])) if "zz9" in f.text]
    assert finding.kind == "unauthorised"


def say_failed(record: Record) -> None:
    record.steps[3]["state"] = "failed"


def say_done(record: Record) -> None:
    record.steps[4]["state"] = "done"


def lose_the_second_line(record: Record) -> None:
    del record.changes[3]


def add_a_double(record: Record) -> None:
    twin = ZZ2._replace(key="h9")
    record.changes.append(made("/hall/handsets", twin, customDisplayName="zz2"))
    record.dect |= {twin}


def keep_a_removed_base(record: Record) -> None:
    record.steps.append(removal("base", BASE, "DECT_DEV_STATION"))


def keep_a_removed_handset(record: Record) -> None:
    record.steps.append(removal("handset", ZZ2, "DECT_DEV_HANDSET"))


def hurry(record: Record) -> None:
    record.early["Hall"] = 1


def tell_of_nothing(record: Record) -> None:
    record.requests[0]["outcome"] = json.dumps({"title": "Nothing was changed."})


def tell_of_all(record: Record) -> None:
    record.requests[0]["state"] = "done"


def post_the_codes_in_a_space(record: Record) -> None:
    sheet = {"SET4-handsets.html": "0042"}
    record.posts.append(Post("p1", "a space", "", "The pairing sheet", {}, 30.0, sheet))


@pytest.mark.parametrize(
    ("spoil", "findings"),
    [
        (say_failed, [("untrue", "SET4 row 2")]),
        (say_done, [("untrue", "SET4 row 3")]),
        (lose_the_second_line, [("untrue", "SET4 row 1 line 2")]),
        (add_a_double, [("twice", "zz2"), ("twice", "zz2")]),
        (keep_a_removed_base, [("untrue", "SET4 remove base")]),
        (keep_a_removed_handset, [("untrue", "SET4 remove handset")]),
        (post_the_codes_in_a_space, [("told", "SET4")]),
        (hurry, [("state", "Hall")]),
        (tell_of_nothing, [("untrue", "SET4")]),
        (tell_of_all, [("untrue", "SET4")]),
    ],
)
def test_what_is_not_so_is_found(spoil: Callable[[Record], None], findings: list[tuple[str, str]]):
    record = set_up()
    spoil(record)

    assert found(record) == findings


def test_a_handset_that_was_removed_later_was_there():
    record = set_up()
    record.dect -= {ZZ2}

    assert found(record) == []
