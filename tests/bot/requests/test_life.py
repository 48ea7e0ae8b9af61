"""Several people with several roles, at the same time, through everything that can go wrong.

They type and press any button of any card. Time passes, roles and facts change, Webex refuses and
loses answers, and the process dies between any two steps. `InvariantChecker` judges each order.
"""

import json
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stamina
import structlog
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot import operations
from bot.chat.events import Event
from bot.core.errors import Unavailable
from bot.core.models.people import Grant, Sender
from bot.domain import policy_file as policy
from bot.store import events, grants
from tests import database
from tests.bot.requests.card_player import CardPlayer
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, room_of
from tests.bot.requests.invariants import POLICY, InvariantChecker
from tests.bot.requests.strategies import (
    ABOUT,
    ADMIN,
    APPROVAL_ROOM,
    COMMANDS,
    CRASH,
    EVERYBODY,
    FAILS,
    GRANTS,
    LONG_WORK,
    LOSES,
    MEANWHILE,
    NEXT,
    NTH,
    OWNERS,
    PEOPLE,
    PRESS,
    READS,
    SENSIBLE,
    SOONER_OR_LATER,
    WHO,
    Crash,
    VisibleButton,
    change_facts,
    fatal,
)
from tests.virtual_clock import RepeatableLoop

pytestmark = pytest.mark.slow

BROKEN = (
    "event_failed",
    "request_failed",
    "revalidation_response_malformed",
    "lookup_response_malformed",
)
UNEXPECTED = ("malformed_response", "change_response_malformed")  # after a KeyError from Webex
FAR_ENOUGH = {
    ("draft", "waiting"),
    ("draft", "approved"),
    ("waiting", "approved"),
    ("waiting", "rejected"),
    ("waiting", "cancelled"),
    ("approved", "running"),
    ("running", "done"),
    ("running", "unknown"),
    ("running", "partly"),
}
DECISIONS = st.sampled_from(["Approve", "Reject"])
REACHED: set[tuple[str, str]] = set()  # steps, in any of the plays


class RequestStateMachine(CardPlayer, RuleBasedStateMachine):
    """One organization, from its first request until the bot is asked how all of them ended."""

    @initialize(in_a_space=st.booleans())
    def begin(self, in_a_space: bool) -> None:
        """Everybody is on the list; approvers are asked in a space, or each alone."""
        stamina.set_testing(True, attempts=2, cap=False)
        self.logging = structlog.get_config()
        self.log = structlog.testing.LogCapture()
        structlog.configure(processors=[self.log])
        self.loop = RepeatableLoop()
        self.folder = Path(tempfile.mkdtemp())
        room = APPROVAL_ROOM if in_a_space else None
        self.harness = self.run(self._open(room))
        self.checker = InvariantChecker(self.harness)

    async def _open(self, room: str | None) -> DispatchHarness:
        harness = DispatchHarness(
            self.folder / "provbot.db",
            policy=policy.parse(POLICY, operations.COMMANDS).rules,
            approval_room=room,
        )
        await harness.allow(*EVERYBODY)
        return harness

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """On this machine's own loop."""
        return self.loop.run_until_complete(doing)

    @rule(who=WHO, text=COMMANDS, group=st.booleans(), crash=CRASH)
    def types(self, who: int, text: str, group: bool, crash: Crash | None) -> None:
        """A person, a command."""
        self.act(
            [self._typed(PEOPLE[who], text, GROUP_ROOM if group else room_of(PEOPLE[who]))], crash
        )

    @rule(
        what=st.sampled_from(SENSIBLE),
        group=st.booleans(),
        wait=SOONER_OR_LATER,
        lost=LOSES,
        other=st.none() | WHO,
        crash=CRASH,
    )
    def asks_and_confirms(
        self,
        what: tuple[Sender, str],
        group: bool,
        wait: float,
        lost: Exception | None,
        other: int | None,
        crash: Crash | None,
    ) -> None:
        """The plain way, so that there is something to decide on; perhaps another is faster."""
        room = GROUP_ROOM if group else room_of(what[0])
        self.act([self._typed(*what, room)], None)
        self.presses_what_comes_next(0, "Continue", 0, None)
        self.harness.clock.now += wait
        self.harness.calling.troubles = [lost]
        plans = [button for button in self.standing() if button.title == "Confirm"]
        if plans and other is not None:
            self.act([self._press(plans[-1], PEOPLE[other])], None)
        self.presses_what_comes_next(0, "Confirm", 0, crash)

    @rule(nth=st.integers(0, 1), who=WHO, lost=LOSES, before=MEANWHILE, crash=CRASH)
    def somebody_approves(
        self, nth: int, who: int, lost: Exception | None, before: str, crash: Crash | None
    ) -> None:
        """So that something runs; perhaps the ground was lost just before."""
        waiting = [button for button in self.standing() if button.title == "Approve"]
        if waiting:
            self._lose_ground(waiting[-1 - nth % len(waiting)].data["request"], before)
        self.harness.calling.troubles = [lost]
        self.presses_what_comes_next(nth, "Approve", who, crash)

    @rule(what=st.sampled_from(LONG_WORK), title=DECISIONS, lost=FAILS, crash=CRASH)
    def asks_and_is_decided(
        self, what: tuple[Sender, str], title: str, lost: Exception | None, crash: Crash | None
    ) -> None:
        """The plain way through an approval, as likely as all that goes wrong."""
        self.act([self._typed(*what, room_of(what[0]))], None)
        for press in ("Confirm", title):
            self.harness.calling.troubles = [None, lost]
            self.presses_what_comes_next(0, press, 0, crash)

    def _lose_ground(self, code: str, how: str) -> None:
        """Revoke or grant the requester's roles, or make the request impossible."""
        rows = self.checker.rows("select requester_email, plan from requests where code = ?", code)
        row = rows[0] if rows else {"requester_email": "", "plan": None}
        if how == "role":
            mine = [held for held in EVERYBODY if held.who == row["requester_email"] != ADMIN.email]
            for grant in mine:
                self.a_role_is_given_or_taken(grant)
        elif how == "facts" and row["plan"]:
            call, calling = json.loads(row["plan"])["steps"][0]["call"], self.harness.calling
            calling.foreign_macs ^= {call["body"]["mac"]} if "mac" in call["body"] else set()
            calling.held = [
                device for device in calling.held if not call["path"].endswith(f"/{device.id}")
            ]
            self.harness.clock.now += 6.0

    @rule(what=st.sampled_from(LONG_WORK), who=WHO, lost=LOSES, nth=st.integers(0, 2), crash=CRASH)
    def stops_what_runs(
        self,
        what: tuple[Sender, str],
        who: int,
        lost: Exception | None,
        nth: int,
        crash: Crash | None,
    ) -> None:
        """Confirm a plan of many steps; at the same instant, somebody wants it stopped."""
        self.act([self._typed(*what, room_of(what[0]))], None)
        plans = [button for button in self.standing() if button.title == "Confirm"]
        if plans:
            self.harness.calling.troubles = [*[None] * nth, lost]
            stop = f"stop {plans[-1].data['request']}"
            person = self._rightful(plans[-1], 0) if who % 2 else PEOPLE[who]
            self.act(
                [
                    self._press(plans[-1], self._rightful(plans[-1], 0)),
                    self._typed(person, stop, room_of(person)),
                ],
                crash,
            )

    @rule(nth=st.integers(0, 2), title=st.sampled_from(NEXT), who=WHO, crash=CRASH)
    def presses_what_comes_next(self, nth: int, title: str, who: int, crash: Crash | None) -> None:
        """The one whom a card was posted for presses a button of it."""
        buttons = [shown for shown in self.standing() if shown.title == title]
        if buttons:
            button = buttons[-1 - nth % len(buttons)]
            self.act([self._press(button, self._rightful(button, who))], crash)

    @rule(owner=st.sampled_from(OWNERS), crash=CRASH)
    def changes_their_mind(self, owner: str, crash: Crash | None) -> None:
        """Choose another owner for the newest plan, then press Confirm on the old card."""
        plans = [button for button in self.standing() if button.title == "Confirm"]
        if plans:
            person = self._rightful(plans[-1], 0)
            self.presses_what_comes_next(0, "Change", 0, None)
            forms = [button for button in self.standing() if button.title == "Continue"]
            for form in forms[-1:]:
                self.act([self._press(form, self._rightful(form, 0), owner=owner)], None)
            self.act([self._press(plans[-1], person)], crash)

    @rule(
        title=DECISIONS,
        nth=st.integers(0, 1),
        crash=CRASH,
        first=st.integers(0, 3),
        other=st.sampled_from(["Approve", "Reject", "Cancel"]),
    )
    def two_decide_at_once(
        self, title: str, nth: int, first: int, other: str, crash: Crash | None
    ) -> None:
        """Two approvers, or an approver and the requester, at the same instant."""
        standing = self.standing()
        mine = [button for button in standing if button.title == title]
        theirs = [button for button in standing if button.title == other]
        if mine and theirs:
            decision = mine[-1 - nth % len(mine)]
            same = [
                button for button in theirs if button.data["request"] == decision.data["request"]
            ]
            rival = (same or theirs)[0]
            people = self._rightful(decision, first), self._rightful(rival, first + 1)
            self.act([self._press(decision, people[0]), self._press(rival, people[1])], crash)

    @rule(
        nth=st.integers(0, 60),
        who=WHO,
        twice=st.booleans(),
        place=st.booleans(),
        made_up=PRESS,
        crash=CRASH,
    )
    def presses_anything(
        self, nth: int, who: int, twice: bool, place: bool, made_up: str, crash: Crash | None
    ) -> None:
        """Anybody presses any button that ever existed, perhaps twice at once, or a crafted one."""
        buttons = self.buttons()
        if made_up:
            data = {"request": self._code(nth), "press": made_up, "version": nth % 9, "mac": 1}
            buttons = [VisibleButton("msg-1", "", data, GROUP_ROOM, "")]
        if buttons:
            button = buttons[-1 - nth % len(buttons)]
            if place:
                button = replace(button, place=room_of(PEOPLE[who]))
            presses = [self._press(button, PEOPLE[who])]
            self.act([*presses, self._press(button, PEOPLE[who])] if twice else presses, crash)

    @rule(nth=NTH, who=WHO, text=ABOUT, other=WHO, both=st.booleans(), crash=CRASH)
    def types_about_a_request(
        self, nth: int, who: int, text: str, other: int, both: bool, crash: Crash | None
    ) -> None:
        """One, or two at the same instant, about the same request."""
        people = [PEOPLE[who], PEOPLE[other]] if both and who != other else [PEOPLE[who]]
        command = text.format(self._code(nth))
        self.act([self._typed(sender, command, room_of(sender)) for sender in people], crash)

    @rule(
        seconds=st.sampled_from([1.0, 61.0, 901.0, 1800.0, 7200.0, 14400.0]),
        again=st.booleans(),
        crash=CRASH,
    )
    def time_passes(self, seconds: float, again: bool, crash: Crash | None) -> None:
        """And the clocks are looked at, or the process is started again and may die of that."""
        self.harness.clock.now += seconds
        if again:
            self._start_again(None, crash)
        else:
            self.act([], crash, self.harness.approvals.tick())

    @rule(grant=st.sampled_from(GRANTS))
    def a_role_is_given_or_taken(self, grant: Grant) -> None:
        """In the shell, behind the bot's back."""
        if grant in grants.grants(self.harness.db):
            grants.revoke(self.harness.db, grant)
        else:
            grants.add(self.harness.db, grant, self.harness.clock())
        self.harness.db.commit()

    @rule(what=st.sampled_from(["mac", "gone", "moved", "licence", "deleted", "tagged"]), index=NTH)
    def facts_change(self, what: str, index: int) -> None:
        """Somebody works in Control Hub."""
        change_facts(self.harness.calling, what, index)
        self.harness.clock.now += 6.0  # facts are believed for a few seconds

    @rule(
        what=st.sampled_from([*READS, "messages"]), times=st.integers(1, 4), later=st.integers(0, 2)
    )
    def webex_is_unwell(self, what: str, times: int, later: int) -> None:
        """Some questions are not answered, or messages do not get through."""
        down = [Unavailable(503, "Down.")] * times
        if what == "messages":
            self.harness.messenger.troubles = [*([None] * later), *down]
        else:
            self.harness.calling.broken[what] = [*down]

    @invariant()
    def nothing_is_wrong(self) -> None:
        """The witness has seen nothing that ought not to be."""
        self.checker.look()
        assert self.checker.wrong == []
        broken = [
            entry for entry in self.log.entries if entry["event"] in BROKEN or entry.get("exc_info")
        ]
        assert [line for line in broken if line["event"] not in UNEXPECTED] == []

    def act(
        self,
        doings: list[tuple[Event, Sender, str]],
        crash: Crash | None,
        *others: Coroutine[Any, Any, Any],
    ) -> None:
        """At the same instant; if the process dies of it, another one goes on. Each is answered."""
        mark, troubled = len(self.harness.messenger.posted), bool(self.harness.messenger.troubles)
        strangers = {sender.email for _, sender, _ in doings if self._is_stranger(sender)}
        takes = [self.harness.inbox.take(event) for event, _, _ in doings]
        if not self.run(self.harness.live(*takes, *others, **fatal(crash))):
            self._start_again(crash, None)
        if not troubled:  # a role may come or go while the process is down
            for event, sender, room in doings:
                was_told = sender.email in strangers and self._was_refused(sender)
                self._check_answered(event, sender, room, mark, was_told=was_told)

    def _check_answered(
        self, event: Event, sender: Sender, room: str, mark: int, *, was_told: bool
    ) -> None:
        known = self.checker.rows("select handled_at from events where id = ?", event.id)
        if known:  # else the process died before it heard of it
            assert known[0]["handled_at"] is not None, f"{event} was not answered"
            refused = self._is_stranger(sender) and (
                self._was_refused(sender) or self._is_still_owed_a_refusal(sender)
            )
            heard = self.harness.heard_since(mark, sender, room)
            assert heard or was_told or refused, f"{sender} heard nothing of {event}"

    def _is_still_owed_a_refusal(self, sender: Sender) -> bool:
        """Whether the one answer to a stranger did not get through yet; the next start sends it."""
        unhandled = events.unhandled(self.harness.db)
        return any(claimed.event["actor"] == sender.person_id for claimed in unhandled)

    def _is_stranger(self, sender: Sender) -> bool:
        return not grants.grants_for(self.harness.db, sender.email)

    def _was_refused(self, sender: Sender) -> bool:
        """Whether a stranger was answered already; the answer is not repeated each time."""
        posted = self.harness.messenger.posted
        texts = [message.text for message in posted if sender.email in message.text]
        return any("not on the list" in text for text in texts)

    def _start_again(self, *deaths: Crash | None) -> None:
        """After the first of these deaths; it may die of the others while it picks up."""
        last, *more = deaths
        self.checker.look()
        if last:
            self.harness.clock.now += last.seconds
            self._lose_ground(self._code(0), last.meanwhile)
        self.harness.restart()
        self.checker.sit_down()
        if not self.run(self.harness.pick_up(**fatal(more[0]))):
            self._start_again(more[0], None)

    def teardown(self) -> None:
        """Webex is well again, and the bot starts once more: nothing is left half done."""
        try:
            if hasattr(self, "harness"):
                self._come_to_an_end()
                self._note_how_far_it_went()
        finally:
            stamina.set_testing(False)
            structlog.configure(**self.logging)
            if hasattr(self, "loop"):
                self.harness.store.close()
                database.release(self.harness.path)
                self.loop.close()
                shutil.rmtree(self.folder)

    def _come_to_an_end(self) -> None:
        self.harness.messenger.troubles.clear()
        self.harness.calling.troubles.clear()
        self.harness.calling.broken.clear()
        self._start_again(None, None)
        self.nothing_is_wrong()
        assert self.harness.unhandled() == set()
        under_way = (
            "select code, state from requests where state in ('approved', 'running', 'unknown')"
        )
        assert self.checker.rows(under_way) == []
        unnotified = (
            "select code, state from requests where told = 0 and state not in ('draft', 'waiting')"
        )
        assert self.checker.rows(unnotified) == []
        stale = (
            "select * from approval_cards join requests on code = request where state != 'waiting'"
        )
        assert self.checker.rows(stale) == []

    def _note_how_far_it_went(self) -> None:
        for move in self.checker.rows("select distinct was, became from seen_moves"):
            REACHED.add((move["was"], move["became"]))
            event(f"{move['was']} → {move['became']}")
        for runs in self.checker.runs.values():
            event(f"a step ran {len(runs)} times")


LONG = settings.get_current_profile_name() == "long"
SOME = 20 if database.on_postgres() else 100  # each takes longer there
RequestStateMachine.TestCase.settings = settings(
    max_examples=2000 if LONG else SOME,
    stateful_step_count=100 if LONG else 40,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class TestRequests(RequestStateMachine.TestCase):  # type: ignore[misc, valid-type]
    """Played; and far enough to mean something."""

    def runTest(self) -> None:  # noqa: N802 - unittest's name
        """All plays."""
        super().runTest()
        assert database.on_postgres() or FAR_ENOUGH <= REACHED  # fewer plays reach less
