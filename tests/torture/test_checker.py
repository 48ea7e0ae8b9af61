"""The checker reports unauthorised and doubled changes, untrue messages and broken chains."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from tests.torture.changes import UNSURE
from tests.torture.checker import check
from tests.torture.records import Change, Held, Json, Record
from tests.torture.story import (
    ADD,
    ANA,
    DELETE,
    ELI,
    MAC,
    TOM,
    chained,
    entry,
    kinds,
    only_finding,
    post,
    pressed,
    public,
    request,
    story,
)

SEALED = ("seq", "before", "hash")  # what `chained` writes


def test_a_record_without_a_broken_promise_has_no_findings():
    assert check(story()) == []


def test_the_signs_of_an_uncertain_outcome_are_the_words_of_the_bot():
    source = "".join(path.read_text("utf-8") for path in Path(bot.__file__).parent.rglob("*.py"))
    assert [sign for sign in UNSURE if sign not in source] == []


# Twice


def test_a_doubled_change_is_found():
    record = story()
    record.changes.append(replace(ADD, at=21.0))
    assert kinds(record) == {("twice", "ADD3"), ("twice", "/devices")}


def test_a_retry_after_the_change_was_made_is_found_even_if_refused():
    record = story()
    record.changes.append(replace(ADD, at=21.0, status=409))
    assert kinds(record) == {("twice", "ADD3")}


def test_a_retry_after_a_try_without_effect_is_right():
    record = story()
    record.changes.insert(0, replace(ADD, at=19.0, status=409))
    assert check(record) == []


def test_a_copy_that_the_trail_does_not_name_is_found():
    record = story()
    record.changes.append(replace(ADD, at=21.0, tracking_id="unknown"))
    assert ("twice", "/devices") in kinds(record)


def swapped() -> Record:
    """Tom swaps the phone: the old one is deleted, the new one added; its tags are refused."""
    record = story()
    first, second = replace(DELETE, at=19.0, tracking_id="track-0"), replace(ADD)
    tags = Change("PATCH", "/devices/y", {"path": "tags"}, 409, "track-3", 20.2, "Berlin")
    record.changes = [first, second, tags, DELETE]
    (row, _) = record.requests
    planned = [first, second, replace(tags, path="/devices/{id}")]
    specs = [
        {"call": {"method": call.method, "path": call.path, "body": call.body}, "details": {}}
        for call in planned
    ]
    title = {"title": "2 of 3 done: …"}
    row |= {"plan": json.dumps({"steps": specs}), "outcome": json.dumps(title)}
    row |= {"state": "partly", "operation": "swap phone"}
    record.steps = [
        {"request": "ADD3", "key": key, "state": state, "unclear": 0, "spec": json.dumps(spec)}
        for key, state, spec in zip(
            ("remove", "add", "tags"), ("done", "done", "failed"), specs, strict=True
        )
    ]
    calls = [entry("call", "ADD3", tracking_id=f"track-{number}") for number in (0, 1, 3)]
    rows = [
        entry("confirmed", "ADD3", version=3), entry("running", "ADD3", version=4, step="remove"),
        *calls, entry("step done", "ADD3", step="remove"), entry("partly", "ADD3", version=5),
    ]  # fmt: skip
    others = ({name: row[name] for name in row if name not in SEALED} for row in record.audit[4:])
    record.audit = chained(*rows, *others)
    record.head = (len(record.audit), record.audit[-1]["hash"])
    return record


def test_a_swap_that_was_told_as_it_was_has_no_findings():
    assert check(swapped()) == []


@pytest.mark.parametrize("number", [0, 1])
def test_a_second_good_call_of_a_step_is_found(number: int):
    record = swapped()
    again = replace(record.changes[number], at=21.0)
    record.changes.append(again)
    assert ("twice", "ADD3") in kinds(record)


def test_calls_of_different_steps_are_not_made_twice():
    record = swapped()
    record.changes[2] = replace(record.changes[2], status=200)
    record.steps[2]["state"] = "done"
    record.requests[0] |= {"outcome": json.dumps({"title": "3 of 3 done: …"})}
    assert [finding for finding in check(record) if finding.kind == "twice"] == []


@pytest.mark.parametrize(
    ("number", "state"), [(0, "skipped"), (1, "failed"), (0, "failed"), (2, "skipped")]
)
def test_a_step_that_is_not_as_the_journal_has_it_is_found(number: int, state: str):
    record = swapped()
    record.steps[number]["state"] = state
    assert "untrue" in {finding.kind for finding in check(record)}


def test_a_step_that_was_stopped_after_a_429_was_not_sent():
    record = swapped()
    record.steps[2]["state"] = "skipped"
    record.changes[2] = replace(record.changes[2], status=429)
    assert "is skipped, but was sent" not in str(list(check(record)))


def test_a_step_that_was_not_sent_may_make_the_call_of_another():
    record = swapped()
    record.steps.append({**record.steps[0], "key": "again", "state": "skipped"})
    assert "is skipped, but was sent" not in str(list(check(record)))
    record.steps[0]["state"] = "skipped"
    assert "is skipped, but was sent" in str(list(check(record)))


def test_a_step_that_was_not_done_is_found():
    record = swapped()
    del record.changes[1]
    assert ("untrue", "ADD3 add") in kinds(record)


@pytest.mark.parametrize("title", ["Nothing was changed.", "1 of 3 done: …"])
def test_a_sentence_that_tells_less_than_was_done_is_found(title: str):
    record = swapped()
    record.requests[0]["outcome"] = json.dumps({"title": title})
    assert ("untrue", "ADD3") in kinds(record)


def test_a_message_that_denies_what_was_done_is_found():
    record = swapped()
    record.posts.append(post("p9", TOM, 60.0, "Not done. Nothing was changed. Request ADD3"))
    assert kinds(record) == {("untrue", "ADD3")}


def test_a_step_that_goes_on_after_the_end_is_found():
    record = swapped()
    record.steps[2]["state"] = "pending"
    assert ("state", "ADD3") in kinds(record)


def test_a_call_of_no_step_is_found():
    record = swapped()
    record.changes[2] = replace(record.changes[2], method="DELETE", path="/devices/z")
    assert ("unauthorised", "ADD3") in kinds(record)


# Unauthorised


def test_a_change_that_nobody_asked_for_is_found():
    record = story()
    record.changes.append(Change("POST", "/devices", {"mac": "X"}, 200, "", 60.0, "Berlin"))
    assert ("unauthorised", "/devices") in kinds(record)


def test_a_self_approval_is_found():
    record = story()
    record.roles.append(Held(TOM, "approver"))
    record.decisions[0]["email"] = TOM
    record.deeds[-1] = replace(record.deeds[-1], person=TOM)
    assert only_finding(record).kind == "unauthorised"


def test_an_approval_by_nobody_is_found():
    record = story()
    record.decisions.clear()
    assert kinds(record) == {("unauthorised", "DRP3")}


def taken_back() -> Record:
    """Tom deletes the phone that he added, as an undo, and nobody approves it."""
    record = story()
    record.decisions.clear()
    for row in record.requests:
        (step,) = json.loads(row["plan"])["steps"]
        row["plan"] = json.dumps({"steps": [step | {"details": {"mac": MAC}}]})
    record.requests[1]["undoes"] = "ADD3"
    return record


def about(mac: str) -> Json:
    """The plan of a phone with another MAC."""
    sent = {"method": ADD.method, "path": ADD.path, "body": ADD.body}
    return {"plan": json.dumps({"steps": [{"call": sent, "details": {"mac": mac}}]})}


def test_an_undo_of_ones_own_fresh_phone_needs_nobody():
    assert check(taken_back()) == []


@pytest.mark.parametrize(
    ("number", "values"),
    [
        (0, {"requester_id": public("eli")}),
        (0, {"changed_at": -900.0}),
        (0, about("D82E3E000002")),
        (0, about("")),
        (1, {"undoes": ""}),
        (1, {"undoes": "ZZZZ"}),
    ],
)
def test_an_undo_of_anything_else_without_approval_is_found(number, values):
    record = taken_back()
    record.requests[number] |= values
    assert ("unauthorised", "DRP3") in kinds(record)


def test_an_approval_by_an_approver_of_another_location_is_found():
    record = story()
    record.decisions[0]["email"] = ELI
    record.deeds[-1] = replace(record.deeds[-1], person=ELI)
    assert kinds(record) == {("unauthorised", "DRP3")}


def test_an_approval_that_was_recorded_but_never_given_is_found():
    record = story()
    record.deeds[-1] = pressed("e5", ANA, 35.0, "DRP3", "reject")
    assert kinds(record) == {("unauthorised", "DRP3")}


def test_a_change_that_nobody_has_confirmed_is_found():
    record = story()
    record.deeds[2] = pressed("e2", TOM, 15.0, "ADD3", "change")
    assert kinds(record) == {("unauthorised", "ADD3")}


def test_a_change_that_was_not_noted_is_of_a_request_that_ran_by_then():
    """Two people delete the same phone, and a kill cuts the first deletion off."""
    record = story()
    record.requests.append(request("DEL4", "delete device", "e9", DELETE, 29.0))
    record.changes.insert(1, replace(DELETE, at=28.0, tracking_id="lost"))
    began = {"ADD3": 16.0, "DEL4": 27.0, "DRP3": 37.0}
    rows = [entry("running", code, at) for code, at in began.items()]
    calls = [row for row in record.audit if row["action"] == "call"]
    bare = ({name: row[name] for name in row if name not in SEALED} for row in calls)
    record.audit = chained(*rows, *bare)

    assert ("unauthorised", "DRP3") not in kinds(record)
    assert ("unauthorised", "DEL4") in kinds(record)  # that one nobody has confirmed


def test_a_change_confirmed_by_somebody_else_is_found():
    record = story()
    record.deeds[2] = replace(record.deeds[2], person_key="ana")
    assert kinds(record) == {("unauthorised", "ADD3")}


def test_a_change_after_the_role_was_revoked_is_found():
    record = story()
    record.roles[0] = Held(TOM, "technician", until=1.0)
    assert kinds(record) == {("unauthorised", "ADD3"), ("unauthorised", "DRP3")}


def test_a_change_outside_the_roles_location_is_found():
    record = story()
    record.roles[0] = Held(TOM, "technician", "Lyon")
    assert kinds(record) == {("unauthorised", "ADD3"), ("unauthorised", "DRP3")}


def test_another_change_than_the_requested_one_is_found():
    record = story()
    record.changes[0] = replace(ADD, method="DELETE", path="/devices/y")
    assert ("unauthorised", "ADD3") in kinds(record)


# Told truly


def test_done_without_a_change_is_found():
    record = story()
    del record.changes[0]
    assert kinds(record) == {("untrue", "ADD3")}


def test_failed_although_it_was_done_is_found():
    record = story()
    record.requests[0]["state"] = "failed"
    assert ("untrue", "ADD3") in kinds(record)


def test_sent_although_it_was_cancelled_is_found():
    record = story()
    record.requests[0]["state"] = "cancelled"
    assert ("untrue", "ADD3") in kinds(record)


# States and chain


def test_an_impossible_step_is_found():
    record = story()
    rows = [entry("confirmed", "ADD3", version=3), entry("done", "ADD3", version=4)]
    record.audit = chained(*rows, *record.audit[4:])
    record.head = (len(record.audit), record.audit[-1]["hash"])
    assert ("state", "ADD3") in kinds(record)


def test_a_request_that_is_stuck_is_found():
    record = story()
    record.requests[0]["state"] = "running"
    assert [finding.text for finding in check(record) if finding.kind == "state"] == [
        "is running, but the trail ends with done",
        "is stuck: still running",
    ]


def test_two_steps_from_one_version_are_found():
    record = story()
    rows = list(record.audit)
    rows[1] = rows[1] | {"detail": json.dumps({"version": 3})}
    record.audit = chained(
        *(
            {name: row[name] for name in row if name not in ("seq", "before", "hash")}
            for row in rows
        )
    )
    record.head = (9, record.audit[-1]["hash"])
    assert kinds(record) == {("state", "ADD3")}


def test_an_edited_entry_breaks_the_chain():
    record = story()
    record.audit[3] = record.audit[3] | {"actor": "nobody"}
    assert kinds(record) == {("chain", "4")}


def test_a_missing_entry_breaks_the_chain():
    record = story()
    del record.audit[2]
    record.__dict__.pop("noted", None)
    assert ("chain", "4") in kinds(record)


def test_entries_missing_at_the_end_break_the_chain():
    record = story()
    record.head = (10, "another")
    assert kinds(record) == {("chain", "9")}


def test_an_alias_of_the_requester_is_the_same_person():
    record = story()
    alias = TOM.replace("@", "+1@")
    record.roles.append(Held(alias, "approver"))
    record.decisions = [{"request": "DRP3", "email": alias, "verdict": "approve", "at": 35.5}]
    record.deeds[-1] = pressed("e5", alias, 35.0, "DRP3", "approve")
    assert ("unauthorised", "DRP3") in kinds(record)


@pytest.mark.parametrize("where", ["post", "outcome", "log"])
def test_a_password_that_leaks_is_found(where: str):
    record = story()
    record.secrets.add("zz000001!Sesam")
    assert check(record) == []
    if where == "post":
        record.posts.append(post("p9", TOM, 60.0, "Webex refused: zz000001!Sesam"))
    elif where == "outcome":
        record.requests[0]["outcome"] = json.dumps({"title": "zz000001!Sesam"})
    else:
        record.log = "zz000001!Sesam"
    assert "told" in {kind for kind, _ in kinds(record)}


def test_a_call_to_another_path_through_a_crafted_id_is_found():
    record = story()
    record.astray.append("/v1/workspaces/../organizations/x")
    assert kinds(record) == {("unauthorised", "/v1/workspaces/../organizations/x")}
