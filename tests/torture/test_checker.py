"""The checker complains: about records that were doctored, one way each."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any

import pytest

from tests.torture import state_checks, strangers
from tests.torture.checker import check
from tests.torture.records import Break, Change, Deed, Finding, Held, Json, Post, Record

TOM, ANA, ELI = "tom@acme.example", "ana@acme.example", "eli@acme.example"
MAC = "D82E3E000001"
BODY = {"mac": MAC, "model": "DMS Cisco 8865", "personId": "bob"}
ADD = Change("POST", "/devices", BODY, 200, "track-1", 20.0, "Berlin")
DELETE = Change("DELETE", "/devices/x", {}, 204, "track-2", 40.0, "Berlin")


def public(key: str) -> str:
    """As ids of people are written."""
    return urlsafe_b64encode(f"ciscospark://us/PEOPLE/{key}".encode()).decode().rstrip("=")


def said(key: str, person: str, at: float, text: str) -> Deed:
    """A command in a direct room."""
    return Deed(key, "said", person, person[:3], person[:3], direct=True, at=at, online=True, text=text)  # fmt: skip


def pressed(key: str, person: str, at: float, request: str, press: str) -> Deed:
    """A press there."""
    inputs = {"request": request, "version": 2, "press": press}
    return Deed(key, "pressed", person, person[:3], person[:3], direct=True, at=at, online=True, inputs=inputs)  # fmt: skip


def post(key: str, person: str, at: float, text: str) -> Post:
    """What the bot said to somebody alone."""
    return Post(key, person[:3], "", text, {}, at)


def request(code: str, operation: str, event: str, call: Change, changed: float) -> Json:
    """A request of Tom's that is done."""
    plan = {"calls": [{"method": call.method, "path": call.path, "body": call.body}]}
    return {
        "code": code, "state": "done", "operation": operation, "event_id": event,
        "requester_id": public("tom"), "requester_email": TOM, "card_id": "card",
        "plan": json.dumps(plan), "outcome": json.dumps({"title": "It is there"}), "told": 1,
        "created_at": 10.0, "changed_at": changed,
    }  # fmt: skip


def entry(action: str, code: str, **detail: Any) -> Json:
    """An entry of the trail, not sealed yet."""
    return {
        "at": "", "actor_id": "", "actor": "", "action": action, "request": code, "digest": "",
        "detail": json.dumps(detail),
    }  # fmt: skip


def chained(*rows: Json) -> list[Json]:
    """The same, sealed."""
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
        said("e0", TOM, 9.0, "zz1 hello"), said("e1", TOM, 10.0, "add phone"),
        pressed("e2", TOM, 15.0, "ADD3", "confirm"), said("e3", TOM, 30.0, "delete device"),
        pressed("e4", TOM, 32.0, "DRP3", "confirm"), pressed("e5", ANA, 35.0, "DRP3", "approve"),
    ]  # fmt: skip
    posts = [
        post("p0", TOM, 9.5, "I do not understand zz1"), post("p1", TOM, 11.0, "Request ADD3"),
        post("p2", TOM, 21.0, "done. Request ADD3"), post("p3", TOM, 31.0, "Request DRP3"),
        post("p4", TOM, 33.0, "DRP3 waits"), post("p5", ANA, 36.0, "✓ Approved DRP3"),
        post("p6", TOM, 41.0, "deleted. Request DRP3"),
    ]  # fmt: skip
    return Record(
        deeds=deeds, posts=posts, changes=[ADD, DELETE],
        roles=[Held(TOM, "technician"), Held(ANA, "approver"), Held(ELI, "approver", "Lyon")],
        events=[{"id": deed.key, "handled_at": 50.0} for deed in deeds],
        requests=[request("ADD3", "add phone", "e1", ADD, 20.5), request("DRP3", "delete device", "e3", DELETE, 40.5)],
        decisions=[{"request": "DRP3", "email": ANA, "verdict": "approve", "at": 35.5}],
        audit=trail, head=(9, trail[-1]["hash"]),
    )  # fmt: skip


def kinds(record: Record) -> set[tuple[str, str]]:
    """What is found, and about what."""
    return {(one.kind, one.about) for one in check(record)}


def found(record: Record) -> Finding:
    """The only finding."""
    (one,) = check(record)
    return one


def test_where_all_promises_were_kept_nothing_is_found():
    assert check(story()) == []


# Lost and unanswered


def test_a_command_that_never_came_in_is_lost():
    record = story()
    del record.events[0]
    assert kinds(record) == {("lost", "e0")}


def test_a_press_that_never_came_in_is_lost_although_there_was_a_socket():
    record = story()
    record.deeds.append(pressed("e9", TOM, 60.0, "DRP3", "confirm"))
    assert kinds(record) == {("lost", "e9")}


def test_a_press_while_there_was_no_socket_cannot_be_fetched():
    record = story()
    record.deeds.append(replace(pressed("e9", TOM, 60.0, "DRP3", "confirm"), online=False))
    assert check(record) == []


def open_in_a_long_silence() -> Record:
    """A plan that nobody has confirmed, and a press on it that was lost."""
    record = story()
    record.deeds.append(said("e8", TOM, 50.0, "tag"))
    record.events.append({"id": "e8", "handled_at": 51.0})
    row = request("TAG3", "tag", "e8", ADD, 51.0) | {"state": "draft", "told": 0}
    record.requests.append(row)
    card = {"actions": [{"title": "Confirm", "data": {"request": "TAG3"}}]}
    record.posts.append(replace(post("p8", TOM, 51.0, "Request TAG3"), card=card))
    record.deeds.append(replace(pressed("e9", TOM, 60.0, "TAG3", "confirm"), online=False))
    record.breaks.append(Break(55.0, 100.0, "kill", told=True))
    return record


def test_after_a_long_silence_nobody_who_pressed_in_vain_is_left_in_the_dark():
    record = open_in_a_long_silence()
    assert kinds(record) == {("lost", "e9")}
    note = "I was away from 14:00 to 14:01. If you pressed a button of TAG3 …"
    record.posts.append(post("p9", TOM, 101.0, note))
    assert check(record) == []


def test_what_came_in_and_was_not_handled_is_unanswered():
    record = story()
    record.events[0]["handled_at"] = None
    assert kinds(record) == {("unanswered", "e0")}


@pytest.mark.parametrize(("gone", "deed"), [("p0", "e0"), ("p1", "e2"), ("p2", "e2"), ("p5", "e5")])
def test_what_was_handled_without_a_word_is_unanswered(gone: str, deed: str):
    record = story()
    record.posts = [one for one in record.posts if one.key != gone]
    assert ("unanswered", deed) in kinds(record)


def test_an_answer_before_the_question_is_none():
    record = story()
    record.posts[0] = replace(record.posts[0], at=8.0)
    assert kinds(record) == {("unanswered", "e0")}


def test_the_line_that_says_it_runs_is_no_answer():
    record = story()
    record.posts[2] = replace(record.posts[2], text="⏳ ADD3: adding …")
    assert ("unanswered", "e2") in kinds(record)


def failure(key: str, at: float) -> Post:
    """An answer that names nothing: it can be one to anything."""
    return post(key, TOM, at, "That did not work: Webex is unwell.")


def test_what_names_nothing_answers_whatever_nothing_else_answers():
    record = story()
    record.posts[2:3] = [failure("f1", 16.0), post("p2", TOM, 21.0, "done. Request ADD3")]
    record.deeds.insert(3, pressed("e9", TOM, 20.0, "ADD3", "confirm"))
    record.events.append({"id": "e9", "handled_at": 20.5})
    assert check(record) == []  # though the first press could have had the answer to the second
    record.posts[2] = failure("f1", 14.0)
    assert kinds(record) == {("unanswered", "e9")}


def test_in_a_group_space_the_answer_hangs_below_the_question():
    record = story()
    asked = Deed("g1", "said", TOM, "tom", "space", direct=False, at=1.0, online=True, text="help")
    record.deeds.append(asked)
    record.events.append({"id": "g1", "handled_at": 2.0})
    record.posts.append(Post("gp", "space", "g1", "What I can do", {}, 2.0))
    assert check(record) == []
    record.posts[-1] = replace(record.posts[-1], parent="another", text="zz9")
    assert kinds(record) == {("unanswered", "g1")}


def test_an_end_that_nobody_was_told_is_unanswered():
    record = story()
    record.requests[0]["told"] = 0
    assert kinds(record) == {("unanswered", "ADD3")}


# Twice


def test_a_doubled_change_is_found():
    record = story()
    record.changes.append(replace(ADD, at=21.0))
    assert kinds(record) == {("twice", "ADD3"), ("twice", "/devices")}


def test_a_second_try_after_the_change_was_made_is_found_even_where_webex_refused_it():
    record = story()
    record.changes.append(replace(ADD, at=21.0, status=409))
    assert kinds(record) == {("twice", "ADD3")}


def test_a_second_try_after_one_that_did_nothing_is_right():
    record = story()
    record.changes.insert(0, replace(ADD, at=19.0, status=409))
    assert check(record) == []


def test_a_copy_that_the_trail_does_not_name_is_found():
    record = story()
    record.changes.append(replace(ADD, at=21.0, tracking_id="unknown"))
    assert ("twice", "/devices") in kinds(record)


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
    assert found(record).kind == "unauthorised"


def test_an_approval_by_nobody_is_found():
    record = story()
    record.decisions.clear()
    assert kinds(record) == {("unauthorised", "DRP3")}


def test_an_approval_by_an_approver_of_another_place_is_found():
    record = story()
    record.decisions[0]["email"] = ELI
    record.deeds[-1] = replace(record.deeds[-1], person=ELI)
    assert kinds(record) == {("unauthorised", "DRP3")}


def test_an_approval_that_was_written_down_but_never_given_is_found():
    record = story()
    record.deeds[-1] = pressed("e5", ANA, 35.0, "DRP3", "reject")
    assert kinds(record) == {("unauthorised", "DRP3")}


def test_a_change_that_nobody_has_confirmed_is_found():
    record = story()
    record.deeds[2] = pressed("e2", TOM, 15.0, "ADD3", "change")
    assert kinds(record) == {("unauthorised", "ADD3")}


def test_a_change_confirmed_by_somebody_else_is_found():
    record = story()
    record.deeds[2] = replace(record.deeds[2], person_key="ana")
    assert kinds(record) == {("unauthorised", "ADD3")}


def test_a_change_after_the_role_was_taken_is_found():
    record = story()
    record.roles[0] = Held(TOM, "technician", until=1.0)
    assert kinds(record) == {("unauthorised", "ADD3"), ("unauthorised", "DRP3")}


def test_a_change_where_the_role_does_not_reach_is_found():
    record = story()
    record.roles[0] = Held(TOM, "technician", "Lyon")
    assert kinds(record) == {("unauthorised", "ADD3"), ("unauthorised", "DRP3")}


def test_another_change_than_the_one_asked_for_is_found():
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


def test_a_step_that_the_table_does_not_know_is_found():
    record = story()
    rows = [entry("confirmed", "ADD3", version=3), entry("done", "ADD3", version=4)]
    record.audit = chained(*rows, *record.audit[4:])
    record.head = (len(record.audit), record.audit[-1]["hash"])
    assert ("state", "ADD3") in kinds(record)


def test_a_request_that_is_stuck_is_found():
    record = story()
    record.requests[0]["state"] = "running"
    assert [one.words for one in check(record) if one.kind == "state"] == [
        "is running, but the trail ends with done",
        "is stuck: still running",
    ]


def test_two_steps_from_one_version_are_found():
    record = story()
    rows = list(record.audit)
    rows[1] = rows[1] | {"detail": json.dumps({"version": 3})}
    record.audit = chained(*({name: row[name] for name in row if name not in ("seq", "before", "hash")} for row in rows))  # fmt: skip
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


def test_of_a_press_far_from_any_card_nobody_need_be_told():
    record = open_in_a_long_silence()
    record.deeds[-1] = replace(record.deeds[-1], room="another")
    assert check(record) == []


# Strangers and passwords

EVE = "eve@acme.example"
SENTENCE = strangers.SENTENCE.format(email=EVE)


def visited(*answers: str, rows: int = 1) -> Record:
    """Somebody on no list has written twice, and heard these."""
    record = story()
    for number in range(2):
        record.deeds.append(said(f"x{number}", EVE, 50.0, "hello"))
        record.events.append({"id": f"x{number}", "handled_at": 51.0})
    record.posts += [post(f"y{number}", EVE, 51.0, words) for number, words in enumerate(answers)]
    denied = [{**entry("denied", ""), "actor": EVE} for _ in range(rows)]
    bare = [{name: row[name] for name in row if name not in ("seq", "before", "hash")} for row in record.audit]  # fmt: skip
    record.audit = chained(*bare, *denied)
    record.head = (len(record.audit), record.audit[-1]["hash"])
    return record


def test_a_stranger_who_hears_it_once_is_well_treated():
    assert check(visited(SENTENCE)) == []


@pytest.mark.parametrize(
    "record",
    [visited(), visited(*[SENTENCE] * 9), visited(SENTENCE, rows=0), visited(SENTENCE, rows=9), visited(SENTENCE, "I know no request ZZZZ")],
    ids=["no answer", "an answer each time", "no row", "a row each time", "another answer"],
)  # fmt: skip
def test_a_stranger_who_is_treated_otherwise_is_found(record: Record):
    assert kinds(record) == {("told", EVE)}


def test_somebody_who_lost_their_role_need_not_be_answered():
    record = story()
    record.deeds.append(said("x9", TOM, 60.0, "zz9"))
    record.events.append({"id": "x9", "handled_at": 61.0})
    assert kinds(record) == {("unanswered", "x9")}
    record.roles[0] = replace(record.roles[0], until=59.0)
    assert check(record) == []


def test_an_alias_of_the_requester_is_nobody_else():
    record = story()
    alias = TOM.replace("@", "+1@")
    record.roles.append(Held(alias, "approver"))
    record.decisions = [{"request": "DRP3", "email": alias, "verdict": "approve", "at": 35.5}]
    record.deeds[-1] = pressed("e5", alias, 35.0, "DRP3", "approve")
    assert ("unauthorised", "DRP3") in kinds(record)


@pytest.mark.parametrize("where", ["post", "outcome", "log"])
def test_a_password_that_is_written_anywhere_is_found(where: str):
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


def test_a_call_that_a_crafted_id_led_astray_is_found():
    record = story()
    record.astray.append("/v1/workspaces/../organizations/x")
    assert kinds(record) == {("unauthorised", "/v1/workspaces/../organizations/x")}
