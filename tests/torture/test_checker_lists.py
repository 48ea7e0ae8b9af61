"""The checker finds what is not so in the files that answer lists."""

import json

import pytest

from bot.chat.messenger import FILE_REFUSED
from tests.torture import lists
from tests.torture.records import Change, Json, Post, Record

MACS = ("D82E3E000011", "D82E3E000012", "D82E3E000013")
RIGHT = ("added", "failed", "not begun", "wrong")


def call(mac: str) -> Json:
    """The call that adds this phone."""
    return {"method": "POST", "path": "/devices", "body": {"mac": mac}}


def ended(*statuses: str, made: bool = True, state: str = "partly") -> Record:
    """A list of four rows: one was added, one failed, one never began, one was wrong.

    Its file says these statuses. Without any there is no file.
    """
    states = zip(("done", "failed", "skipped"), MACS, strict=True)
    steps: list[Json] = [
        {
            "request": "BKT4",
            "key": f"row {row}",
            "state": step,
            "spec": json.dumps({"call": call(mac)}),
        }
        for row, (step, mac) in enumerate(states, start=2)
    ]
    file = "\n".join(["\ufeffmac,status", *(f"x,{status}" for status in statuses)])
    files = {"BKT4-result.csv": file} if statuses else {}
    change = Change("POST", "/devices", call(MACS[0])["body"], 200, "track-9", 60.0, "Berlin")
    return Record(
        posts=[Post("p9", "tom", "", "The result of BKT4:", {}, 62.0, files)],
        changes=[change] if made else [],
        requests=[{"code": "BKT4", "operation": "add phones", "state": state}],
        lists={"BKT4": {"rows": [{"number": number} for number in range(2, 6)]}},
        steps=steps,
    )


def found(record: Record) -> list[tuple[str, str]]:
    """The kind and the subject of each finding."""
    return [(finding.kind, finding.about) for finding in lists.check(record)]


def test_a_true_file_is_no_finding():
    assert found(ended(*RIGHT)) == []


@pytest.mark.parametrize(
    ("statuses", "row"),
    [
        (("failed", "failed", "not begun", "wrong"), "row 2"),
        (("added", "added", "not begun", "wrong"), "row 3"),
        (("added", "failed", "failed", "wrong"), "row 4"),
        (("added", "failed", "not begun", "not begun"), "row 5"),
    ],
)
def test_a_status_that_the_journal_does_not_have_is_found(statuses: tuple[str, ...], row: str):
    assert ("untrue", f"BKT4 {row}") in found(ended(*statuses))


def test_a_row_that_was_not_added_is_found():
    assert found(ended(*RIGHT, made=False)) == [("untrue", "BKT4 row 2")]


def test_a_row_that_is_missing_in_the_file_is_found():
    assert found(ended(*RIGHT[:3])) == [("untrue", "BKT4")]


def test_a_list_without_a_file_is_found_once_it_has_ended():
    assert found(ended()) == [("unanswered", "BKT4")]
    assert found(ended(state="waiting")) == []


def test_a_file_that_webex_refused_is_told_in_words():
    record = ended()
    refused = FILE_REFUSED.format(name="BKT4-result.csv")
    record.posts.append(Post("p10", "tom", "", refused, {}, 62.0))
    assert found(record) == []


def dect(*statuses: str, last: str = "failed", is_short: bool = False) -> Record:
    """A list of three rows: a base station and a handset, a handset alone, a wrong row.

    All were added but the last handset.
    """
    states = {"row 2 base": "done", "row 2": "done", "row 3": last}
    file = "\n".join(["\ufeffowner,status", *(f"x,{status}" for status in statuses)])
    return Record(
        posts=[Post("p9", "tom", "", "The result of BKT4:", {}, 62.0, {"BKT4-result.csv": file})],
        requests=[{"code": "BKT4", "operation": "set up dect", "state": "partly"}],
        lists={
            "BKT4": {"rows": [{"number": number} for number in (2, 3, 4)], "is_short": is_short}
        },
        steps=[{"request": "BKT4", "key": key, "state": state} for key, state in states.items()],
    )


def test_a_true_file_about_dect_is_no_finding():
    assert found(dect("added", "failed", "wrong")) == []


@pytest.mark.parametrize(
    ("statuses", "row"),
    [
        (("failed", "failed", "wrong"), "row 2"),
        (("added", "added", "wrong"), "row 3"),
        (("added", "failed", "failed"), "row 4"),
    ],
)
def test_an_untrue_row_about_dect_is_found(statuses: tuple[str, ...], row: str):
    assert found(dect(*statuses)) == [("untrue", f"BKT4 {row}")]


def test_a_few_lines_have_no_file():
    assert found(dect(is_short=True)) == []
