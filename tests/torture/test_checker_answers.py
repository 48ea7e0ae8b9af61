"""The checker reports commands and presses that nobody answered, and strangers treated wrongly."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.torture import answers, strangers
from tests.torture.checker import check
from tests.torture.records import Break, Deed, Post, Record
from tests.torture.story import (
    ADD,
    ANA,
    ELI,
    TOM,
    chained,
    entry,
    kinds,
    post,
    pressed,
    request,
    story,
    typed,
)

# Lost and unanswered


def unanswered(record: Record) -> set[str]:
    """The keys of what was not answered."""
    return {each.about for each in answers.check(record) if each.kind == "unanswered"}


def test_a_command_that_was_never_received_is_lost():
    record = story()
    del record.events[0]
    assert kinds(record) == {("lost", "e0")}


def test_a_press_that_was_never_received_on_an_open_socket_is_lost():
    record = story()
    record.deeds.append(pressed("e9", TOM, 60.0, "DRP3", "confirm"))
    assert kinds(record) == {("lost", "e9")}


def test_a_press_without_an_open_socket_cannot_be_fetched():
    record = story()
    record.deeds.append(replace(pressed("e9", TOM, 60.0, "DRP3", "confirm"), online=False))
    assert check(record) == []


def open_in_a_long_silence() -> Record:
    """A plan that nobody has confirmed, and a press on it that was lost."""
    record = story()
    record.deeds.append(typed("e8", TOM, 50.0, "tag"))
    record.events.append({"id": "e8", "handled_at": 51.0})
    row = request("TAG3", "tag", "e8", ADD, 51.0) | {"state": "draft", "told": 0}
    record.requests.append(row)
    card = {"actions": [{"title": "Confirm", "data": {"request": "TAG3"}}]}
    record.posts.append(replace(post("p8", TOM, 51.0, "Request TAG3"), card=card))
    record.deeds.append(replace(pressed("e9", TOM, 60.0, "TAG3", "confirm"), online=False))
    record.breaks.append(Break(55.0, 100.0, "kill", is_long=True))
    return record


def test_after_a_long_outage_people_with_lost_presses_must_be_told():
    record = open_in_a_long_silence()
    assert kinds(record) == {("lost", "e9")}
    others = "I was away from 14:00 to 14:01. If you pressed a button of 7K3F (…) …"
    record.posts.append(post("p9", TOM, 101.0, others))
    assert kinds(record) == {("lost", "e9")}
    note = "I was away from 14:00 to 14:01. If you pressed a button of TAG3 …"
    record.posts[-1] = post("p9", TOM, 101.0, note)
    assert check(record) == []
    counted = "I was away from 14:00 to 14:01. If you pressed a button of 7K3F or 1 other request …"
    record.posts[-1] = post("p9", TOM, 101.0, counted)
    assert check(record) == []


def test_an_event_that_was_not_handled_is_unanswered():
    record = story()
    record.events[0]["handled_at"] = None
    assert kinds(record) == {("unanswered", "e0")}


@pytest.mark.parametrize(("gone", "deed"), [("p0", "e0"), ("p1", "e2"), ("p2", "e2"), ("p5", "e5")])
def test_an_event_that_was_handled_without_a_message_is_unanswered(gone: str, deed: str):
    record = story()
    record.posts = [post for post in record.posts if post.key != gone]
    assert ("unanswered", deed) in kinds(record)


def test_a_message_before_the_command_is_no_answer():
    record = story()
    record.posts[0] = replace(record.posts[0], at=8.0)
    assert kinds(record) == {("unanswered", "e0")}


def test_a_progress_message_is_no_answer():
    record = story()
    record.posts[2] = replace(record.posts[2], text="⏳ ADD3: adding …")
    assert ("unanswered", "e2") in kinds(record)


def failure(key: str, at: float) -> Post:
    """An answer that names nothing: it can be one to anything."""
    return post(key, TOM, at, "That did not work: Webex is unwell.")


def test_an_unspecific_message_answers_any_open_command():
    record = story()
    record.posts[2:3] = [failure("f1", 16.0), post("p2", TOM, 21.0, "done. Request ADD3")]
    record.deeds.insert(3, pressed("e9", TOM, 20.0, "ADD3", "confirm"))
    record.events.append({"id": "e9", "handled_at": 20.5})
    assert check(record) == []  # though the first press could have had the answer to the second
    record.posts[2] = failure("f1", 14.0)
    assert kinds(record) == {("unanswered", "e9")}


def test_in_a_group_space_the_answer_is_in_the_commands_thread():
    record = story()
    asked = Deed("g1", "said", TOM, "tom", "space", direct=False, at=1.0, online=True, text="help")
    record.deeds.append(asked)
    record.events.append({"id": "g1", "handled_at": 2.0})
    record.posts.append(Post("gp", "space", "g1", "What I can do", {}, 2.0))
    assert check(record) == []
    record.posts[-1] = replace(record.posts[-1], parent="another", text="zz9")
    assert kinds(record) == {("unanswered", "g1")}


def in_space(key: str, at: float, person: str = ELI) -> Deed:
    """A press in a space on Tom's card."""
    return replace(pressed(key, person, at, "DRP3", "confirm"), room="space", direct=False)


def test_a_press_in_a_space_may_be_answered_to_the_presser_alone():
    record = story()
    record.deeds += [typed("h1", ELI, 1.0, "zz5"), in_space("g1", 60.0)]
    record.events += [{"id": "h1", "handled_at": 2.0}, {"id": "g1", "handled_at": 61.0}]
    record.posts += [post("hp", ELI, 2.0, "zz5"), post("gp", ELI, 61.0, "Only Tom can: DRP3")]
    assert check(record) == []
    record.posts[-1] = post("gp", ELI, 59.0, "Only Tom can: DRP3")
    assert kinds(record) == {("unanswered", "g1")}


@pytest.mark.parametrize(("seconds", "found"), [(59.0, set()), (61.0, {("unanswered", "g2")})])
def test_the_same_press_again_within_a_minute_needs_no_answer(seconds, found):
    record = story()
    record.deeds += [in_space("g1", 60.0), in_space("g2", 60.0 + seconds)]
    record.events += [{"id": key, "handled_at": 200.0} for key in ("g1", "g2")]
    record.posts.append(Post("gp", "space", "", "Only Tom can: DRP3", {}, 60.5))
    assert kinds(record) == found


def test_the_requesters_second_press_needs_an_answer_but_not_the_third():
    record = story()
    numbers = (1, 2)
    record.deeds += [in_space(f"g{each}", 60.0 + each, TOM) for each in numbers]
    record.events += [{"id": f"g{each}", "handled_at": 70.0} for each in numbers]
    assert kinds(record) == {("unanswered", "g1")}  # e4 was the first


@pytest.mark.parametrize(
    ("told_at", "stopped_by", "found"),
    [
        (65.0, TOM, set()),
        (63.0, TOM, {("unanswered", "g1")}),
        (65.0, None, {("unanswered", "g1")}),
    ],
)
def test_the_answer_to_stop_tells_the_end_of_what_had_not_begun(told_at, stopped_by, found):
    record = story()
    row = next(row for row in record.requests if row["code"] == "DRP3")
    row |= {"state": "cancelled", "stopped_by": stopped_by, "changed_at": 64.0}
    record.deeds += [pressed("g1", TOM, 60.0, "DRP3", "confirm"), typed("g2", TOM, 61.0, "DRP3")]
    record.events += [{"id": key, "handled_at": 65.0} for key in ("g1", "g2")]
    record.posts.append(post("gp", TOM, told_at, "DRP3 is stopped. Nothing was changed."))
    assert {finding for finding in kinds(record) if finding[0] == "unanswered"} == found


def test_the_answer_to_a_stop_tells_the_end_of_what_was_about_to_run():
    record = story()
    row = next(row for row in record.requests if row["code"] == "ADD3")
    row |= {"state": "cancelled", "changed_at": 64.0}
    record.deeds += [pressed("g1", TOM, 60.0, "ADD3", "confirm"), typed("g2", TOM, 61.0, "ADD3")]
    record.events += [{"id": key, "handled_at": 65.0} for key in ("g1", "g2")]
    record.posts.append(post("gp", TOM, 65.0, "ADD3 is cancelled. Nothing was changed."))
    assert ("unanswered", "g1") not in kinds(record)


UNANSWERED = {("unanswered", "g2")}
CANCEL = {"request": "DRP3", "press": "cancel"}


@pytest.mark.parametrize(
    ("since", "found"), [(65.0, set()), (59.0, UNANSWERED), (71.0, UNANSWERED)]
)
def test_a_press_that_was_cut_short_is_answered_like_a_repeated_one(since, found):
    record = story()
    for key, pressed_at, handled_at in (("g1", 60.0, 70.0), ("g2", 75.0, 75.5)):
        record.deeds.append(replace(in_space(key, pressed_at, TOM), inputs=CANCEL))
        record.events.append({"id": key, "handled_at": handled_at})
    record.posts.append(Post("gp", "space", "", "DRP3 was cancelled by you", {}, 70.0))
    record.breaks.append(Break(since, since + 1, "kill"))
    assert kinds(record) == found


@pytest.mark.parametrize(
    ("failed_at", "text", "found"),
    [
        (65.0, "DRP3 is waiting for an approver.", set()),
        (59.0, "DRP3 is waiting for an approver.", UNANSWERED),
        (71.0, "DRP3 is waiting for an approver.", UNANSWERED),
        (65.0, "DRP3 waits", UNANSWERED),
    ],
)
def test_a_double_click_is_answered_once_if_the_database_failed(failed_at, text, found):
    record = story()
    record.deeds = [each for each in record.deeds if each.key != "e4"]
    record.posts = [each for each in record.posts if each.key != "p4"]
    for key in ("g1", "g2"):
        record.deeds.append(pressed(key, TOM, 60.0, "DRP3", "confirm"))
        record.events.append({"id": key, "handled_at": 70.0})
    record.posts.append(post("gp", TOM, 69.9, text))
    record.hindered.append(Break(failed_at, failed_at + 2, "all cut off"))
    unanswered = {finding for finding in kinds(record) if finding[0] == "unanswered"}
    assert unanswered == found


def test_a_press_that_needs_no_answer_does_not_take_that_of_another():
    record = story()
    record.deeds += [in_space(f"g{number}", 60.0 + number) for number in range(2)]
    record.deeds.append(in_space("g9", 62.0, ANA))
    record.events += [{"id": f"g{number}", "handled_at": 70.0} for number in (0, 1, 9)]
    record.posts += [
        Post(f"gp{at}", "space", "", "Only Tom can: DRP3", {}, at) for at in (60.5, 63)
    ]
    assert check(record) == []
    record.posts[-1] = replace(record.posts[-1], at=61.5)
    assert kinds(record) == {("unanswered", "g9")}


@pytest.mark.parametrize(("attempts", "found"), [(0, set()), (1, {"e9"})])
def test_the_answer_to_a_stop_tells_the_end_of_what_was_not_sent(attempts: int, found: set[str]):
    record = story()
    record.deeds += [
        typed("e8", TOM, 50.0, "swap"),
        pressed("e9", TOM, 60.0, "TRA3", "confirm"),
        typed("e10", TOM, 60.1, "stop TRA3"),
    ]
    record.events += [{"id": key, "handled_at": 70.0} for key in ("e8", "e9", "e10")]
    row = request("TRA3", "swap phone", "e8", ADD, 65.0)
    record.requests.append(row | {"state": "cancelled", "stopped_by": TOM})
    record.steps.append({"request": "TRA3", "attempts": attempts})
    record.posts.append(post("p8", TOM, 51.0, "Request TRA3"))
    assert unanswered(record) == {"e9", "e10"}
    record.posts.append(post("p9", TOM, 66.0, "TRA3 is stopped. Nothing was changed."))
    assert unanswered(record) == found


def test_the_answer_to_a_button_that_says_a_command_names_what_the_command_does():
    record = story()
    press = replace(in_space("g1", 60.0), inputs={"say": "request DRP3"})
    record.deeds.append(press)
    record.events.append({"id": "g1", "handled_at": 61.0})
    record.posts.append(Post("gp", "space", "", "DRP3 is somebody else's request", {}, 60.5))
    assert check(record) == []
    record.posts[-1] = replace(record.posts[-1], text="ADD3 is somebody else's request")
    assert kinds(record) == {("unanswered", "g1")}


def test_the_answer_to_a_button_that_says_a_command_may_be_a_list():
    record = story()
    press = replace(in_space("g1", 60.0), inputs={"say": "requests page 2"})
    record.deeds.append(press)
    record.events.append({"id": "g1", "handled_at": 61.0})
    record.posts.append(Post("gp", "space", "", "Your requests: DRP3, ADD3", {}, 60.5))
    assert check(record) == []
    record.posts[-1] = replace(record.posts[-1], at=59.0)
    assert kinds(record) == {("unanswered", "g1")}


def test_a_result_that_nobody_was_told_is_unanswered():
    record = story()
    record.requests[0]["told"] = 0
    assert kinds(record) == {("unanswered", "ADD3")}


def test_a_lost_press_in_a_space_without_cards_need_not_be_told():
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
        record.deeds.append(typed(f"x{number}", EVE, 50.0, "hello"))
        record.events.append({"id": f"x{number}", "handled_at": 51.0})
    record.posts += [post(f"y{number}", EVE, 51.0, text) for number, text in enumerate(answers)]
    denied = [{**entry("denied", ""), "actor": EVE} for _ in range(rows)]
    bare = [
        {name: row[name] for name in row if name not in ("seq", "before", "hash")}
        for row in record.audit
    ]
    record.audit = chained(*bare, *denied)
    record.head = (len(record.audit), record.audit[-1]["hash"])
    return record


def test_a_stranger_who_is_answered_once_is_treated_correctly():
    assert check(visited(SENTENCE)) == []


@pytest.mark.parametrize(
    "record",
    [
        visited(),
        visited(*[SENTENCE] * 9),
        visited(SENTENCE, rows=0),
        visited(SENTENCE, rows=9),
        visited(SENTENCE, "There is no request ZZZZ"),
    ],
    ids=["no answer", "an answer each time", "no row", "a row each time", "another answer"],
)
def test_a_stranger_who_is_treated_wrongly_is_found(record: Record):
    assert kinds(record) == {("told", EVE)}


def test_a_person_whose_role_was_revoked_need_not_be_answered():
    record = story()
    record.deeds.append(typed("x9", TOM, 60.0, "zz9"))
    record.events.append({"id": "x9", "handled_at": 61.0})
    assert kinds(record) == {("unanswered", "x9")}
    record.roles[0] = replace(record.roles[0], until=59.0)
    assert check(record) == []


LOST_LEADER = Break(100.0, 108.0, "leader frozen", is_long=True)
NOTE = "I was away from 12:10 to 12:11. If you pressed a button of DRP3 in that time and got no"


@pytest.mark.parametrize(
    ("told", "found"), [(True, set()), (False, {("lost", "g1")})], ids=["told", "untold"]
)
def test_a_press_that_a_lost_leader_took_along_is_told(told, found):
    record = waiting()
    record.deeds.append(pressed("g1", TOM, 104.0, "DRP3", "cancel"))
    record.breaks.append(LOST_LEADER)
    if told:
        record.posts.append(post("gp", TOM, 108.5, NOTE))
    assert {finding for finding in kinds(record) if finding[0] == "lost"} == found


@pytest.mark.parametrize(
    ("at", "told", "found"),
    [(104.0, True, set()), (104.0, False, {("lost", "g1")}), (90.0, True, {("lost", "g1")})],
    ids=["told", "untold", "could be stored"],
)
def test_a_press_that_could_not_be_stored_before_the_process_ended_is_told(at, told, found):
    record = waiting()
    record.deeds.append(pressed("g1", TOM, at, "DRP3", "cancel"))
    record.hindered.append(Break(100.0, 108.0, "lock"))
    record.breaks.append(Break(115.0, 117.0, "kill"))
    if told:
        record.posts.append(post("gp", TOM, 118.0, NOTE))
    assert {finding for finding in kinds(record) if finding[0] == "lost"} == found


@pytest.mark.parametrize(
    ("kept", "told", "found"),
    [("g0", True, set()), ("g0", False, {"g1"}), ("other", True, {"g1"})],
    ids=["told", "untold", "stored"],
)
def test_a_press_that_came_after_one_that_was_only_kept_in_memory_is_told(kept, told, found):
    record = waiting()
    record.deeds += [typed("g0", TOM, 100.0, "DRP3"), pressed("g1", TOM, 105.0, "DRP3", "cancel")]
    record.events.append({"id": "g0", "handled_at": 119.0})
    at = datetime.fromtimestamp(112.0, UTC).isoformat()
    line = {"activity": kept, "event": "event_kept_in_memory", "timestamp": at}
    record.log = json.dumps(line)
    record.breaks.append(Break(115.0, 117.0, "kill"))
    if told:
        record.posts.append(post("gp", TOM, 118.0, NOTE))
    assert {about for kind, about in kinds(record) if kind == "lost"} == found


def waiting() -> Record:
    """DRP3 can still be cancelled, on a card."""
    record = story()
    row = next(row for row in record.requests if row["code"] == "DRP3")
    row |= {"state": "waiting", "created_at": 30.0}
    button = {"title": "Cancel", "data": CANCEL}
    record.posts.append(Post("gc", TOM[:3], "", "DRP3 waits", {"actions": [button]}, 33.0))
    return record
