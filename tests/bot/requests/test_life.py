"""Several people with several roles, at the same time, through everything that can go wrong.

They type, and press any button of any card there ever was; time passes, roles and facts change, Webex
loses answers and refuses, the process dies between any two steps. Whatever the order: `Witness`.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import stamina
import structlog
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot import policy
from bot.chat.events import Event
from bot.errors import Unavailable, WebexError
from bot.models import Grant, Sender
from bot.store import access
from tests.bot.requests.script import (
    ABOUT,
    ADMIN,
    APPROVAL_ROOM,
    APPROVERS,
    COMMANDS,
    DEATH,
    EVERYBODY,
    GRANTS,
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
    Death,
    Seen,
    buttons,
    change_facts,
    fatal,
)
from tests.bot.requests.stage import GROUP_ROOM, Stage, room_of
from tests.bot.requests.witness import POLICY, Pressed, Witness
from tests.cards import rules as card_rules

BROKEN = ("broke", "request broke", "facts not understood", "look-up not understood")
UNEXPECTED = "answer not understood"  # the KeyError that Webex sometimes makes us meet
FAR_ENOUGH = {
    ("draft", "waiting"),
    ("draft", "approved"),
    ("waiting", "approved"),
    ("waiting", "rejected"),
    ("waiting", "cancelled"),
    ("approved", "running"),
    ("running", "done"),
    ("running", "unknown"),
}
REACHED: set[tuple[str, str]] = set()  # steps, in any of the plays


class Life(RuleBasedStateMachine):
    """One organization, from its first request until the bot is asked how all of them ended."""

    @initialize(in_a_space=st.booleans())
    def begin(self, in_a_space: bool) -> None:
        """Everybody is on the list; approvers are asked in a space, or each alone."""
        stamina.set_testing(True, attempts=2, cap=False)
        self.logging = structlog.get_config()
        self.log = structlog.testing.LogCapture()
        structlog.configure(processors=[self.log])
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        room = APPROVAL_ROOM if in_a_space else None
        self.stage = self.run(self._open(room))
        self.witness = Witness(self.stage)

    async def _open(self, room: str | None) -> Stage:
        stage = Stage(self.folder / "provbot.db", policy=policy.parse(POLICY), approval_room=room)
        await stage.allow(*EVERYBODY)
        return stage

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """On this machine's own loop."""
        return self.loop.run_until_complete(doing)

    @rule(who=WHO, text=COMMANDS, group=st.booleans(), death=DEATH)
    def types(self, who: int, text: str, group: bool, death: Death | None) -> None:
        """A person, a command."""
        self.act([self._typed(PEOPLE[who], text, GROUP_ROOM if group else room_of(PEOPLE[who]))], death)  # fmt: skip

    @rule(what=st.sampled_from(SENSIBLE), group=st.booleans(), wait=SOONER_OR_LATER, lost=LOSES, other=st.none() | WHO, death=DEATH)  # fmt: skip
    def asks_and_confirms(
        self,
        what: tuple[Sender, str],
        group: bool,
        wait: float,
        lost: Exception | None,
        other: int | None,
        death: Death | None,
    ) -> None:
        """The plain way, so that there is something to decide on; perhaps another is faster."""
        room = GROUP_ROOM if group else room_of(what[0])
        self.act([self._typed(*what, room)], None)
        self.presses_what_comes_next(0, "Continue", 0, None)
        self.stage.clock.now += wait
        self.stage.calling.troubles = [lost]
        plans = [one for one in self.standing() if one.title == "Confirm"]
        if plans and other is not None:
            self.act([self._press(plans[-1], PEOPLE[other])], None)
        self.presses_what_comes_next(0, "Confirm", 0, death)

    @rule(nth=st.integers(0, 1), who=WHO, lost=LOSES, before=MEANWHILE, death=DEATH)
    def somebody_approves(
        self, nth: int, who: int, lost: Exception | None, before: str, death: Death | None
    ) -> None:
        """So that something runs; perhaps the ground was lost just before."""
        waiting = [one for one in self.standing() if one.title == "Approve"]
        if waiting:
            self._lose_ground(waiting[-1 - nth % len(waiting)].data["request"], before)
        self.stage.calling.troubles = [lost]
        self.presses_what_comes_next(nth, "Approve", who, death)

    @rule(nth=st.integers(0, 1), who=WHO, lost=LOSES, before=MEANWHILE, death=DEATH)
    def another_approves(
        self, nth: int, who: int, lost: Exception | None, before: str, death: Death | None
    ) -> None:
        """As likely as all that goes wrong."""
        self.somebody_approves(nth, who, lost, before, death)

    def _lose_ground(self, code: str, how: str) -> None:
        """The requester's roles are taken (or given back), or what is asked for cannot be any more."""
        rows = self.witness.rows("select requester_email, plan from requests where code = ?", code)
        row = rows[0] if rows else {"requester_email": "", "plan": None}
        if how == "role":
            mine = [one for one in EVERYBODY if one.who == row["requester_email"] != ADMIN.email]
            for grant in mine:
                self.a_role_is_given_or_taken(grant)
        elif how == "facts" and row["plan"]:
            call, calling = json.loads(row["plan"])["calls"][0], self.stage.calling
            calling.foreign_macs ^= {call["body"]["mac"]} if "mac" in call["body"] else set()
            calling.held = [one for one in calling.held if not call["path"].endswith(f"/{one.id}")]
            self.stage.clock.now += 6.0

    @rule(nth=st.integers(0, 2), title=st.sampled_from(NEXT), who=WHO, death=DEATH)
    def presses_what_comes_next(self, nth: int, title: str, who: int, death: Death | None) -> None:
        """The one whom a card was posted for presses a button of it."""
        there = [one for one in self.standing() if one.title == title]
        if there:
            button = there[-1 - nth % len(there)]
            self.act([self._press(button, self._rightful(button, who))], death)

    @rule(owner=st.sampled_from(OWNERS), death=DEATH)
    def changes_their_mind(self, owner: str, death: Death | None) -> None:
        """Another owner for the newest plan; and then the old card's Confirm all the same."""
        plans = [one for one in self.standing() if one.title == "Confirm"]
        if plans:
            person = self._rightful(plans[-1], 0)
            self.presses_what_comes_next(0, "Change", 0, None)
            forms = [one for one in self.standing() if one.title == "Continue"]
            for form in forms[-1:]:
                self.act([self._press(form, self._rightful(form, 0), owner=owner)], None)
            self.act([self._press(plans[-1], person)], death)

    @rule(title=st.sampled_from(["Approve", "Reject"]), nth=st.integers(0, 1), death=DEATH, first=st.integers(0, 3), other=st.sampled_from(["Approve", "Reject", "Cancel"]))  # fmt: skip
    def two_decide_at_once(
        self, title: str, nth: int, first: int, other: str, death: Death | None
    ) -> None:
        """Two approvers, or an approver and the requester, at the same instant."""
        standing = self.standing()
        mine = [one for one in standing if one.title == title]
        theirs = [one for one in standing if one.title == other]
        if mine and theirs:
            one = mine[-1 - nth % len(mine)]
            same = [each for each in theirs if each.data["request"] == one.data["request"]]
            two = (same or theirs)[0]
            people = self._rightful(one, first), self._rightful(two, first + 1)
            self.act([self._press(one, people[0]), self._press(two, people[1])], death)

    @rule(nth=st.integers(0, 60), who=WHO, twice=st.booleans(), place=st.booleans(), made_up=PRESS, death=DEATH)  # fmt: skip
    def presses_anything(
        self, nth: int, who: int, twice: bool, place: bool, made_up: str, death: Death | None
    ) -> None:
        """Anybody, any button there ever was, perhaps twice at once, perhaps not of ours at all."""
        buttons = self.buttons()
        if made_up:
            data = {"request": self._code(nth), "press": made_up, "version": nth % 9, "mac": 1}
            buttons = [Seen("msg-1", "", data, GROUP_ROOM, "")]
        if buttons:
            button = buttons[-1 - nth % len(buttons)]
            if place:
                button = replace(button, place=room_of(PEOPLE[who]))
            presses = [self._press(button, PEOPLE[who])]
            self.act([*presses, self._press(button, PEOPLE[who])] if twice else presses, death)

    @rule(nth=NTH, who=WHO, text=ABOUT, other=WHO, both=st.booleans(), death=DEATH)
    def types_about_a_request(
        self, nth: int, who: int, text: str, other: int, both: bool, death: Death | None
    ) -> None:
        """One, or two at the same instant, about the same request."""
        people = [PEOPLE[who], PEOPLE[other]] if both and who != other else [PEOPLE[who]]
        said = text.format(self._code(nth))
        self.act([self._typed(sender, said, room_of(sender)) for sender in people], death)

    @rule(seconds=st.sampled_from([1.0, 61.0, 901.0, 1800.0, 7200.0, 14400.0]), again=st.booleans(), death=DEATH)  # fmt: skip
    def time_passes(self, seconds: float, again: bool, death: Death | None) -> None:
        """And the clocks are looked at, or the process is started again and may die of that."""
        self.stage.clock.now += seconds
        if again:
            self._start_again(None, death)
        else:
            self.act([], death, self.stage.board.tick())

    @rule(grant=st.sampled_from(GRANTS))
    def a_role_is_given_or_taken(self, grant: Grant) -> None:
        """In the shell, behind the bot's back."""
        if grant in access.grants(self.stage.db):
            access.revoke(self.stage.db, grant)
        else:
            access.add(self.stage.db, grant, self.stage.clock())
        self.stage.db.conn.commit()

    @rule(what=st.sampled_from(["mac", "gone", "moved", "licence", "deleted", "tagged"]), index=NTH)
    def facts_change(self, what: str, index: int) -> None:
        """Somebody works in Control Hub."""
        change_facts(self.stage.calling, what, index)
        self.stage.clock.now += 6.0  # facts are believed for a few seconds

    @rule(what=st.sampled_from([*READS, "messages"]), times=st.integers(1, 4), later=st.integers(0, 2))  # fmt: skip
    def webex_is_unwell(self, what: str, times: int, later: int) -> None:
        """Some questions are not answered, or messages do not get through."""
        down: list[WebexError | None] = [Unavailable(503, "Down.")] * times
        if what == "messages":
            self.stage.messenger.troubles = [None] * later + down
        else:
            self.stage.calling.broken[what] = [*down]

    @invariant()
    def nothing_is_wrong(self) -> None:
        """The witness has seen nothing that ought not to be."""
        self.witness.look()
        assert self.witness.wrong == []
        broken = [one for one in self.log.entries if one["event"] in BROKEN or one.get("exc_info")]
        assert [one for one in broken if one["event"] != UNEXPECTED] == []

    def act(
        self,
        doings: list[tuple[Event, Sender, str]],
        death: Death | None,
        *others: Coroutine[Any, Any, Any],
    ) -> None:
        """At the same instant; if the process dies of it, another one goes on. Each is answered."""
        mark, troubled = len(self.stage.messenger.said), bool(self.stage.messenger.troubles)
        takes = [self.stage.inbox.take(event) for event, _, _ in doings]
        if not self.run(self.stage.live(*takes, *others, **fatal(death))):
            self._start_again(death, None)
        if not troubled:
            for event, sender, room in doings:
                self._check_answered(event, sender, room, mark)

    def _check_answered(self, event: Event, sender: Sender, room: str, mark: int) -> None:
        known = self.witness.rows("select handled_at from events where id = ?", event.id)
        if known:  # else the process died before it heard of it
            assert known[0]["handled_at"] is not None, f"{event} was not answered"
            assert self.stage.heard_since(mark, sender, room), f"{sender} heard nothing of {event}"

    def _start_again(self, *deaths: Death | None) -> None:
        """After the first of these deaths; it may die of the others while it picks up."""
        last, *more = deaths
        self.witness.look()
        if last:
            self.stage.clock.now += last.seconds
            self._lose_ground(self._code(0), last.meanwhile)
        self.stage.restart()
        self.witness.sit_down()
        if not self.run(self.stage.pick_up(**fatal(more[0]))):
            self._start_again(more[0], None)

    def _typed(self, sender: Sender, text: str, room: str) -> tuple[Event, Sender, str]:
        verb, _, rest = text.partition(" ")
        self.witness.pressed.append(Pressed(sender, verb, rest.partition(" ")[0], "", None))
        return self.stage.typed(sender, text, room), sender, room

    def _press(self, button: Seen, sender: Sender, **other: str) -> tuple[Event, Sender, str]:
        cards = (one.card for one in self.stage.messenger.said if one.id == button.message)
        card = next(cards, None) if button.title else None
        given = {one["id"]: one.get("value", "") for one in card_rules.elements(card or {"type": ""}) if str(one["type"]).startswith("Input.")}  # fmt: skip
        typed = {"reason": "no *need*", **other}
        inputs = {**given, **{name: typed[name] for name in typed if name in given}, **button.data}
        room = room_of(sender) if "@" in button.place else button.place
        pressed = Pressed(
            sender, str(inputs.get("press")), str(inputs.get("request")), str(inputs.get("version")), button.words or None
        )  # fmt: skip
        self.witness.pressed.append(pressed)
        return self.stage.pressed(sender, inputs, room, button.message), sender, room

    def _rightful(self, button: Seen, who: int) -> Sender:
        """Whom the card is for."""
        for person in PEOPLE:
            if button.place in (person.email, room_of(person)):
                return person
        if button.place == APPROVAL_ROOM:
            return APPROVERS[who % len(APPROVERS)]
        asked = self.witness.rows("select requester_id from requests where code = ?", button.data.get("request", ""))  # fmt: skip
        return next(one for one in PEOPLE if not asked or one.person_id == asked[0]["requester_id"])

    def _code(self, nth: int) -> str:
        codes = self.witness.rows("select code from requests order by rowid desc")
        return str(codes[nth % len(codes)]["code"]) if codes else "7K3F"

    def buttons(self) -> list[Seen]:
        """All that were ever shown, the newest last."""
        return buttons(self.stage.messenger.said)

    def standing(self) -> list[Seen]:
        """Those that were not replaced."""
        gone = set(self.stage.messenger.removed)
        return [one for one in self.buttons() if one.message not in gone]

    def teardown(self) -> None:
        """Webex is well again, and the bot starts once more: nothing is left half done."""
        try:
            if hasattr(self, "stage"):
                self._come_to_an_end()
                self._note_how_far_it_went()
        finally:
            stamina.set_testing(False)
            structlog.configure(**self.logging)
            if hasattr(self, "loop"):
                self.stage.store.close()
                self.loop.close()
                shutil.rmtree(self.folder)

    def _come_to_an_end(self) -> None:
        self.stage.messenger.troubles.clear()
        self.stage.calling.troubles.clear()
        self.stage.calling.broken.clear()
        self._start_again(None, None)
        self.nothing_is_wrong()
        assert self.stage.unhandled() == set()
        under_way = (
            "select code, state from requests where state in ('approved', 'running', 'unknown')"
        )
        assert self.witness.rows(under_way) == []
        untold = (
            "select code, state from requests where told = 0 and state not in ('draft', 'waiting')"
        )
        assert self.witness.rows(untold) == []
        stale = (
            "select * from approval_cards join requests on code = request where state != 'waiting'"
        )
        assert self.witness.rows(stale) == []

    def _note_how_far_it_went(self) -> None:
        for move in self.witness.rows("select distinct was, became from seen_moves"):
            REACHED.add((move["was"], move["became"]))
            event(f"{move['was']} → {move['became']}")
        for runs in self.witness.runs.values():
            event(f"ran {len(runs)} times")


LONG = settings.get_current_profile_name() == "long"
Life.TestCase.settings = settings(
    max_examples=2000 if LONG else 150,
    stateful_step_count=100 if LONG else 40,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class TestLife(Life.TestCase):  # type: ignore[misc, valid-type]
    """Played; and far enough to mean something."""

    def runTest(self) -> None:  # noqa: N802 - unittest's name
        """All plays."""
        super().runTest()
        assert FAR_ENOUGH <= REACHED
