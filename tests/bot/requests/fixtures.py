"""Drafts and runner over a real database, an organization in memory and a virtual clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.audit import Trail
from bot.chat.progress import Progress
from bot.chat.rate_limit_notice import RateLimitNotice
from bot.core.models.people import Grant, Place, Role, Sender
from bot.core.models.requests import Request
from bot.domain.commands import ChatCommand
from bot.domain.identity import Identities
from bot.domain.lists.rows import ReadList
from bot.domain.policy import UNDO_MINUTES, Policy
from bot.operations import COMMANDS, POLICY
from bot.requests.accepted_phones import StoredAcceptedPhones
from bot.requests.allowlist import StoredAllowlist
from bot.requests.approval_space import StoredApprovalSpace
from bot.requests.authorization import Authorization
from bot.requests.following import INTERVAL, Following
from bot.requests.interaction import ButtonPress, Reply
from bot.requests.own_requests import OwnRequests, Typed
from bot.requests.presses import Presses
from bot.requests.transitions import DecisionInput
from bot.requests.zones import Zones
from bot.service.request_parts import create_drafts, following_of
from bot.store import grants as grants_table
from bot.store import requests as rows
from bot.store import steps
from bot.store.database import Store
from bot.store.sql import Database
from cards import render
from tests.bot.requests.inline_store import CrashTimer, InlineStore
from tests.fake_calling import FakeCalling
from tests.fake_messenger import FakeMessenger
from tests.fake_people import OWN_ORG, FakePeople
from tests.fake_spaces import FakeSpaces

TOM = Sender("id-tom", "tom@example.com")  # technician everywhere
TESS = Sender("id-tess", "tess@example.com")  # technician in Lyon
ELI = Sender("id-eli", "eli@example.com")  # engineer
VERA = Sender("id-vera", "vera@example.com")  # viewer
ADA = Sender("id-ada", "ada@example.com")  # admin
SAM = Sender("id-sam", "sam@example.com")  # on no list
ROLES = (
    Grant(TOM.email, Role.TECHNICIAN),
    Grant(TESS.email, Role.TECHNICIAN, "Lyon"),
    Grant(ELI.email, Role.ENGINEER),
    Grant(VERA.email, Role.VIEWER),
    Grant(ADA.email, Role.ADMIN),
)
DIRECT = Place("room-direct", direct=True)
GROUP = Place("room-group", direct=False, thread_id="thread-1")
RUN_BY = 900.0  # seconds after the approval, as the policy has it
PHONE = {"mac": "D8:2E:3E:EF:4E:5C", "model": "8865", "owner": "ann@example.com"}
NETWORK = {"location": "Lyon", "name": "Hall", "model": "DBS210"}


@dataclass
class Clock:
    """Seconds, moved by hand and by sleeping on it."""

    now: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)
    events: dict[int, Callable[[], object]] = field(default_factory=dict)  # by how often it slept

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Time passes at once; the others have their turn."""
        self.slept.append(seconds)
        self.now += seconds
        self.events.get(len(self.slept), lambda: None)()
        await asyncio.sleep(0)


@dataclass
class RequestFixture:
    """All parts that a request needs. `restart` keeps the database file and Webex, like a crash."""

    path: Path
    calling: FakeCalling = field(default_factory=FakeCalling)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    clock: Clock = field(default_factory=Clock)
    events: int = 0
    policy: Policy = field(default_factory=lambda: POLICY)
    commands: tuple[ChatCommand, ...] = COMMANDS
    approval_room: str | None = None
    guests: bool = False
    undo_minutes: int = UNDO_MINUTES
    government: bool = False
    shown_after: float = 0.0  # seconds until a progress message is due
    follow_window: float = 3600.0  # seconds that what was added is followed closely
    following: Following = field(init=False, repr=False)
    people: FakePeople = field(default_factory=FakePeople)
    spaces: FakeSpaces = field(default_factory=FakeSpaces)

    def __post_init__(self) -> None:
        self._join()

    def open_store(self) -> Store:
        """Its file, as a process opens it when it starts."""
        return InlineStore(self.path, CrashTimer())

    def _join(self) -> None:
        self.store = self.open_store()
        allowlist, trail = StoredAllowlist(self.store, self.clock), Trail(self.store, self.clock)
        self.zones = Zones(clock=self.clock, store=self.store)
        self.identities = Identities(
            self.people, frozenset({OWN_ORG}), self.clock, self.clock.sleep, self.zones.note
        )
        self.space = StoredApprovalSpace(self.store, self.spaces, self.approval_room, self.clock)
        self.authorization = Authorization(
            self.store, self.calling, self.identities, self.commands, self.policy,
            allowlist=allowlist, trail=trail,
            accepted=StoredAcceptedPhones(self.store, self.clock),
            approval_space=self.space,
            guests=self.guests, clock=self.clock,
            undo_minutes=self.undo_minutes, government=self.government,
        )  # fmt: skip
        # Cards stay and progress messages are due at once: on a busy machine, real time must not
        # decide about what is posted.
        progress = Progress(
            self.store, self.messenger, used_card_stays=3600.0, shown_after=self.shown_after
        )
        self.rate_limit_notice = RateLimitNotice(progress)
        self.drafts = create_drafts(
            self.authorization,
            self.rate_limit_notice,
            self.space,
            self.clock,
            self.clock.sleep,
            self.zones,
        )
        self.transitions, self.runner, self.approvals = (
            self.drafts.transitions,
            self.drafts.runner,
            self.drafts.approvals,
        )
        self.form_secrets = self.drafts.form_secrets
        self.following = following_of(self.drafts, self.follow_window)

    def restart(self) -> None:
        """Another process on the same file."""
        self.store.close()
        self._join()

    async def allow(self, *grants: Grant) -> None:
        """Put them on the allowlist."""
        for grant in grants:
            await self.store.call(grants_table.add, grant, self.clock())
            if not grant.for_domain:
                self.people.meet(Sender(f"id-{grant.who.partition('@')[0]}", grant.who))

    async def ask(
        self,
        name: str,
        inputs: dict[str, Any],
        sender: Sender = TOM,
        place: Place = DIRECT,
        rows: ReadList | None = None,
    ) -> Reply:
        """Type a command; `rows` is the list in its file."""
        self.events += 1
        sender = await self.known(sender)
        event_id = f"event-{self.events}"
        return await self.drafts.open(name, inputs, sender, place, event_id, rows=rows)

    async def press(
        self, shown: Reply | Request, kind: str, sender: Sender = TOM, **more: Any
    ) -> Reply:
        """Press a button of what was shown. `more`: inputs, room, version, request, card."""
        sender = await self.known(sender)
        request = shown.request if isinstance(shown, Reply) else shown
        assert request
        self.events += 1
        press = ButtonPress(
            request=more.get("request", request.code), version=more.get("version", request.version),
            kind=kind, inputs=more.get("inputs", {}), sender=sender,
            place=replace(request.place, room_id=more.get("room", request.place.room_id)),
            event_id=f"event-{self.events}",
            card_id=more.get("card", "card-1"),
        )  # fmt: skip
        return await Presses(self.drafts).press(press)

    async def type(
        self,
        verb: str,
        code: str = "",
        sender: Sender = TOM,
        place: Place = DIRECT,
        *,
        waited: float = 0.0,
        listing: str = "",
        reason: str = "",
    ) -> Reply:
        """Type a command about one's own requests, handled `waited` seconds later."""
        self.events += 1
        sender = await self.known(sender)
        received_at = self.clock() - waited
        event_id = f"event-{self.events}"
        typed = Typed(
            verb, code, sender, place, event_id, received_at, listing=listing, reason=reason
        )
        return await OwnRequests(self.drafts).answer(typed)

    async def known(self, sender: Sender) -> Sender:
        """As dispatch hands the person on."""
        self.people.meet(sender)
        return await self.authorization.identified(sender)

    async def asked(
        self, name: str, inputs: dict[str, Any], sender: Sender = TOM, place: Place = DIRECT
    ) -> Request:
        """A request that was confirmed and waits for approval."""
        shown = await self.ask(name, inputs, sender, place)
        assert shown.request
        await self.press(shown, "confirm", sender)
        return await self.row(shown.request.code)

    async def decide(
        self, code: str, verdict: str, sender: Sender, reason: str = "", room: str | None = None
    ) -> str | None:
        """Press on the approval card, or type it, in a direct space or in `room`."""
        place = Place(room or f"direct-{sender.email}", direct=room is None)
        sender = await self.known(sender)
        return await self.approvals.decide(
            code, DecisionInput(verdict, reason), sender, place, _has_seen
        )

    async def confirmed(
        self, name: str, inputs: dict[str, Any], sender: Sender = TOM, place: Place = DIRECT
    ) -> str:
        """The code of a request that was confirmed and has come to its end, or been given up."""
        shown = await self.ask(name, inputs, sender, place)
        await self.press(shown, "confirm", sender)
        await self.rest()
        assert shown.request
        return shown.request.code

    async def rest(self) -> None:
        """Until nothing runs any more."""
        await self.runner.finish(60)

    async def row(self, code: str) -> Request:
        """The request as it is now."""
        return await self.store.call(rows.find_or_fail, code)

    async def state(self, code: str) -> str:
        """Where it stands."""
        return (await self.row(code)).state

    async def follow(self, seconds: float = INTERVAL) -> None:
        """Let `seconds` pass in which the loop polls what was added, and tells about it."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.now = min(self.clock.now + INTERVAL, end)
            await self.following.tick()

    async def put(self, shown: Reply, *states: str) -> Request:
        """Lead a request through these states, as a process did that then ended."""
        assert shown.request
        now = await self.row(shown.request.code)
        for state in states:
            due = state == "approved" and now.run_by is None
            by = self.clock() + RUN_BY
            more = {"run_by": by, "finish_by": by} if due else {}
            now = await self.store.call(
                rows.change, now, by="provbot", now=self.clock(), state=state, **more
            )
            await self.store.call(journaled, now, state)
        return now


def journaled(db: Database, request: Request, state: str) -> None:
    """Let the journal say what the state of a request with one step says."""
    if not steps.of(db, request.code) and state in ("approved", "waiting"):
        steps.create(db, request.code, (request.plan or {})["steps"], request.changed_at)
    if state in ("running", "unknown", "done", "failed"):
        for step in steps.of(db, request.code):
            steps.change(db, step, now=request.changed_at, state=state, begun_at=request.changed_at)


async def _has_seen(_request: Request) -> bool:
    """Everybody here has a card before them."""
    return True


Make = Callable[..., RequestFixture]


@asynccontextmanager
async def world(path: Path, **settings: Any) -> AsyncIterator[RequestFixture]:
    """A world with everybody on the list, closed at the end."""
    made = RequestFixture(path, **settings)
    await made.allow(*ROLES)
    yield made
    await made.rest()
    made.store.close()


def text_of(shown: Reply) -> str:
    """What was answered, in words."""
    assert shown.answer is not None
    return shown.answer if isinstance(shown.answer, str) else render.to_text(shown.answer)


def card(shown: Reply) -> dict[str, Any]:
    """The card that was answered."""
    assert shown.answer is not None
    assert not isinstance(shown.answer, str), shown.answer
    return render.to_content(shown.answer)
