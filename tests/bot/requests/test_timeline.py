"""Where the time of a request went."""

from typing import Any

import pytest

from bot.core.models.local_time import utc
from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request, Vote
from bot.requests.timeline import lines, span, summary
from tests.bot.requests.step_examples import record, records

ASKED = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC
TOM = Sender("id-tom", "tom@acme.example")


def request(state: str = "done", **more: Any) -> Request:
    """As the ledger keeps it."""
    values = {"planned_at": ASKED + 0.8, "spent": {}, **more}
    return Request(
        code="7K3F", state=state, version=5, operation="add phone", event_id="e", requester=TOM,
        place=Place("room", direct=True), inputs={}, created_at=ASKED, changed_at=ASKED + 99,
        changed_by="provbot", **values,
    )  # fmt: skip


def steps(**after: float) -> list[tuple[str, float]]:
    """The audit trail: action and seconds after it was asked."""
    return [(action.rstrip("_"), ASKED + seconds) for action, seconds in after.items()]


def verdict(email: str, decision: str = "approve") -> Vote:
    """Somebody's."""
    return Vote(person_id=email, email=email, verdict=decision, reason="", at=ASKED)


ANA = verdict("ana@acme.example")


def test_an_approved_and_rate_limited_request_lists_each_wait():
    spent = {
        "plan": {"calls": 7, "api": 0.4},
        "confirm": {"calls": 5, "api": 0.3},
        "decide": {"calls": 5, "api": 0.3},
        "run": {"calls": 1, "api": 0.5, "limited": 1.04, "retries": 1},
    }
    trail = steps(waiting=5.8, approve=725.8, running=726.0, call=727.9, done=728.1)

    assert lines(request(spent=spent), trail, [ANA], utc(ASKED + 900)) == [
        "Asked at 11:06 UTC · plan after 0.8 s · confirmed after 5.0 s",
        "Waited 12 min for ana@acme.example",
        "Ran 2.1 s, 1.0 s of it for Webex's rate limit",
        "18 calls to Webex: 1.5 s · 1 retry",
    ]


def test_a_request_without_approval_is_shorter():
    trail = steps(confirmed=5.8, running=9.8, unknown=10.0, running_=15.0, done=16.0)
    assert lines(request(spent={"run": {"calls": 1, "retries": 2}}), trail, [], utc(ASKED)) == [
        "Asked at 11:06 UTC · plan after 0.8 s · confirmed after 5.0 s",
        "Waited 4.0 s for its turn · ran 6.2 s · sent 2 times",
        "1 call to Webex: 0.0 s · 2 retries",
    ]


@pytest.mark.parametrize(
    ("state", "trail", "votes", "line"),
    [
        ("waiting", steps(waiting=5.8), [], "Waiting for approval for 12 min"),
        (
            "waiting",
            steps(waiting=5.8, approve=60.0),
            [ANA],
            "Waiting for approval for 12 min · ana@acme.example decided already",
        ),
        ("approved", steps(waiting=5.8, approve=65.8), [ANA], "Waited 60 s for ana@acme.example"),
        (
            "approved",
            steps(waiting=5.8, approve=60.0, approve_=65.8),
            [ANA, verdict("bob@acme.example")],
            "Waited 60 s for ana@acme.example and bob@acme.example",
        ),
        (
            "rejected",
            steps(waiting=5.8, reject=65.8),
            [verdict("ana@acme.example", "reject")],
            "Waited 60 s for ana@acme.example",
        ),
        ("expired", steps(waiting=5.8, expired=14405.8), [], "Waited 4 h 0 min for an approver"),
        ("cancelled", steps(waiting=5.8, cancelled=65.8), [], "Waited 60 s for an approver"),
        ("running", steps(confirmed=5.8, running=6.0), [], "Running for 12 min"),
        ("failed", steps(confirmed=5.8, running=6.0, failed=6.5), [], "Ran 0.5 s"),
    ],
)
def test_each_state_says_what_happens(state, trail, votes, line):
    shown = lines(request(state), trail, votes, utc(ASKED + 725.8))
    assert shown[1:] == [line]


@pytest.mark.parametrize(
    ("state", "trail", "votes", "happened"),
    [
        ("draft", steps(), [], ""),
        ("waiting", steps(waiting=60.0), [], " · waits for approval until 15:06 UTC"),
        ("approved", steps(confirmed=60.0), [], " · confirmed at 11:07 UTC"),
        ("done", steps(confirmed=60.0, running=60.0, done=120.0), [], " · done at 11:08 UTC"),
        ("failed", steps(confirmed=60.0, failed=120.0), [], " · failed at 11:08 UTC"),
        ("expired", steps(waiting=60.0, expired=14460.0), [], " · expired at 15:07 UTC"),
        ("partly", steps(confirmed=60.0, partly=120.0), [], " · partly done at 11:08 UTC"),
        ("cancelled", steps(waiting=60.0, cancelled=120.0), [], " · cancelled at 11:08 UTC"),
        (
            "running",
            steps(waiting=60.0, approve=120.0),
            [ANA],
            " · approved by ana@acme.example at 11:08 UTC",
        ),
        (
            "rejected",
            steps(waiting=60.0, reject=120.0),
            [verdict("ana@acme.example", "reject")],
            " · rejected by ana@acme.example at 11:08 UTC",
        ),
    ],
)
def test_a_summary_tells_what_happened_when(state, trail, votes, happened):
    asked = request(state, approve_by=ASKED + 14400)
    (line,) = summary(asked, trail, votes, utc(ASKED + 15000))
    assert line.startswith("Asked at 11:06 UTC")
    assert line.endswith(happened)


def test_a_draft_shows_when_it_was_made():
    asked = request("draft", planned_at=None)
    assert lines(asked, [], [], utc(ASKED + 5)) == ["Asked at 11:06 UTC"]
    assert lines(asked, [], [], utc(ASKED + 3 * 86400)) == ["Asked on 18 November at 11:06 UTC"]


def test_a_truncated_trail_shows_less_without_a_failure():
    assert lines(request(), steps(done=9.0), [ANA], utc(ASKED)) == [
        "Asked at 11:06 UTC · plan after 0.8 s"
    ]
    assert lines(request(), steps(approve=3.0, running=4.0), [ANA], utc(ASKED))[1:] == []


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0.0 s"),
        (0.84, "0.8 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (99, "99 s"),
        (100, "2 min"),
        (119 * 60, "119 min"),
        (7200, "2 h 0 min"),
        (12_000, "3 h 20 min"),
        (47 * 3600, "47 h 0 min"),
        (51 * 3600, "2 d 3 h"),
    ],
)
def test_durations_are_short(seconds, shown):
    assert span(seconds) == shown


def test_a_request_that_was_stopped_says_so():
    stopped = request("cancelled", stopped_by=TOM.email)
    trail = steps(confirmed=60.0, running=60.0, stop=100.0, cancelled=120.0)
    assert summary(stopped, trail, [], utc(ASKED))[0].endswith(" · stopped at 11:08 UTC")


def test_of_many_steps_it_counts_those_that_are_done_and_those_that_were_sent_again():
    trail = [(action, ASKED + 6.0) for action in ("confirmed", "running", "step running")]
    trail += [("step running", ASKED + 7.0), ("partly", ASKED + 8.0)]
    journal = [record(1, "done"), record(2, "done", attempts=2), record(3, "failed")]
    shown = lines(request("partly"), trail, [], utc(ASKED), journal)
    assert shown[1] == "Ran 2.0 s · 2 of 3 done · 1 step sent again"


def test_of_many_steps_that_run_it_says_how_many_are_done_so_far():
    trail = steps(confirmed=60.0, running=60.0)
    journal = records("done", "running", "pending")
    shown = summary(request("running"), trail, [], utc(ASKED), journal)
    assert shown[0].endswith(" · 1 of 3 done so far")
