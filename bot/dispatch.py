"""event → command or press → operation or request → answer; failures become words here, once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot import commands, explain, tally, telemetry
from bot.audit import Trail
from bot.chat import text
from bot.chat.events import PRESSED, WELCOMED, Event
from bot.chat.messenger import Answer, Messenger
from bot.chat.waiting import Waiting
from bot.commands import Command, Unknown
from bot.errors import Denied, NotFound, Refused, WebexError
from bot.models import Place, Sender, clean, listed
from bot.operation import Operation, Question
from bot.operations.help import help_card
from bot.requests import show
from bot.requests.approvals import LONGEST_REASON
from bot.requests.board import VERDICTS, Board
from bot.requests.desk import Desk, Press, Shown
from bot.requests.gate import Gate
from bot.requests.ledger import Decided
from bot.requests.lifecycle import State
from bot.store import approvals, people
from bot.store import requests as request_rows
from bot.store.database import Store
from bot.store.requests import Request
from bot.webex.messages import MessagesApi, public_id
from cards import answers
from cards import requests as request_cards
from cards.parts import Button, say

log = telemetry.get_logger("dispatch")

EMAILS_KEPT = 24 * 3600.0  # seconds; an email follows its person id, and changes hardly ever
LATE = 120.0  # seconds after which an answer begins by saying so; clocks differ by less
NOT_VISIBLE_YET = (0.3, 1.0)  # seconds between looks: the socket may be ahead of the REST API
BROKEN = "Something broke on our side, and nothing more was done. The details are in the log under {event}. Please try again, or tell a provbot admin."
WELCOME = "Hello, I am provbot: I add phones, activation codes and DECT networks to Webex Calling. Mention me and write “help”."


@dataclass(frozen=True)
class Heard:
    """An event with its contents."""

    event_id: str
    sender: Sender
    place: Place
    text: str = ""
    said_at: float | None = None  # Unix seconds; of a message
    inputs: Mapping[str, Any] | None = None  # of a press
    card_id: str | None = None


@dataclass(frozen=True)
class Dispatch:
    """Answers events. Nothing that happens in here leaves a person without an answer."""

    me: frozenset[str]  # the ids the bot is mentioned by
    cluster_of: Callable[[str], str]
    messages: MessagesApi
    messenger: Messenger
    waiting: Waiting
    store: Store
    gate: Gate
    desk: Desk
    board: Board
    trail: Trail
    operations: Mapping[str, Operation]
    questions: Mapping[str, Question]
    clock: Callable[[], float]
    age_limit: float  # seconds; what was said longer ago, while the bot was away, is not acted on

    async def handle(self, event: Event) -> None:
        """Answer one event. Raises WebexError only when no answer could be delivered."""
        if event.kind == WELCOMED:
            room = public_id("ROOM", event.room, event.cluster or self.cluster_of(event.host))
            await self.messenger.answer(Place(room, direct=False), WELCOME)
            return
        heard = await self._hear(event)
        if heard is not None and not await self._is_too_late(heard):
            await self._respond(heard)

    async def _hear(self, event: Event) -> Heard | None:
        """What was said or pressed: one GET. None where it is gone, or not meant for us to see."""
        try:
            return await (self._pressed(event) if event.kind == PRESSED else self._said(event))
        except NotFound:
            tally.current().outcome = "gone"
            return None

    async def _said(self, event: Event) -> Heard:
        message = await self._visible(self.messages.message, "MESSAGE", event)
        sender = Sender(message["personId"], str(message.get("personEmail", "")).lower())
        self.store.post(people.remember, sender.person_id, sender.email, self.clock())
        direct = message.get("roomType", "group") == "direct"
        # In group spaces we answer in the thread; in direct ones only where there is one already.
        thread = message.get("parentId") or (None if direct else message["id"])
        place = Place(message["roomId"], direct, thread)
        return Heard(
            event.id, sender, place,
            text=text.spoken(message, self.me), said_at=text.said_at(message),
        )  # fmt: skip

    async def _is_too_late(self, heard: Heard) -> bool:
        """Whoever waited for long hears that first; after too long, they hear nothing else."""
        now = self.clock()
        ago = now - (heard.said_at or now)
        if ago < LATE:
            return False
        too_late = ago > self.age_limit
        words = show.too_late if too_late else show.late
        tally.current().outcome = "too late" if too_late else "answered"
        await self.messenger.answer(heard.place, words(now - ago, now))
        return too_late

    async def _pressed(self, event: Event) -> Heard:
        action = await self._visible(self.messages.action, "ATTACHMENT_ACTION", event)
        submitted = action.get("inputs")
        inputs = submitted if isinstance(submitted, dict) else {}
        card = str(action.get("messageId") or "")
        email, place = await asyncio.gather(
            self._email(action["personId"]),
            self._place_of(str(action["roomId"]), inputs, card, direct=event.direct),
        )
        return Heard(
            event.id, Sender(action["personId"], email), place,
            inputs=inputs, card_id=card,
        )  # fmt: skip

    async def _visible(self, get: Callable[[str], Any], kind: str, event: Event) -> dict[str, Any]:
        """What the socket tells of may take a moment to be readable."""
        public = public_id(kind, event.id, event.cluster or self.cluster_of(event.host))
        for pause in NOT_VISIBLE_YET:
            try:
                found: dict[str, Any] = await get(public)
            except NotFound:
                await asyncio.sleep(pause)
            else:
                return found
        last: dict[str, Any] = await get(public)
        return last

    async def _email(self, person_id: str) -> str:
        """A press has no email: known from before, or asked for (and then lower case)."""
        known = await self.store.call(people.email_of, person_id, self.clock() - EMAILS_KEPT)
        if known:
            return known
        person = await self.messages.person(person_id)
        email = str((person.get("emails") or [""])[0]).lower()
        self.store.post(people.remember, person_id, email, self.clock())
        return email

    async def _place_of(
        self, room: str, inputs: Mapping[str, Any], card_id: str, *, direct: bool
    ) -> Place:
        """A press does not tell its thread (webex-messaging.md §4.6): the request knows, or the card."""
        if direct:
            return Place(room, direct=True)
        code = clean(str(inputs.get("request", "")), 20)
        request = await self.store.call(request_rows.find, code) if code else None
        if request is not None and request.place.room_id == room:
            return request.place
        if await self.store.call(approvals.is_shown_by, card_id):
            return Place(room, direct=False)  # approval cards stand outside threads
        try:
            card = await self.messages.message(card_id)
        except WebexError:
            return Place(room, direct=False)
        return Place(room, direct=False, thread_id=card.get("parentId"))

    async def _respond(self, heard: Heard) -> None:
        noting = tally.current()
        noting.facts["person"] = heard.sender.person_id
        try:
            async with self.waiting.told(heard.place):
                shown = await self._answer(heard)
        except Refused as refusal:
            noting.outcome = "denied" if isinstance(refusal, Denied) else "refused"
            shown = Shown(str(refusal))
            await self._note_denial(heard, refusal)
        except WebexError as problem:
            log.warning(
                "webex refused",
                activity=heard.event_id,
                status=problem.status,
                tracking_id=problem.tracking_id,
            )
            noting.outcome = "webex refused"
            shown = Shown(_failure(problem))
        except Exception:  # else it dies in a task and the person hears nothing
            noting.outcome = "broke"
            log.exception("broke", activity=heard.event_id)
            shown = Shown(BROKEN.format(event=heard.event_id))
        await self._show(heard, shown)

    async def _note_denial(self, heard: Heard, refusal: Refused) -> None:
        """An auditor wants to know who tried what they may not do."""
        if isinstance(refusal, Denied):
            code = clean(str((heard.inputs or {}).get("request", "")), 20)
            await self.trail.record(
                heard.sender, "denied", request=code, detail={"why": str(refusal)}
            )

    async def _show(self, heard: Heard, shown: Shown) -> None:
        """Post the answer; only then take away the card it replaces."""
        if shown.answer is None:
            return  # the runner answers, and takes the card away
        message_id = await self.messenger.answer(heard.place, shown.answer)
        if shown.request is None:
            return
        self.store.post(request_rows.set_card, shown.request.code, message_id)
        used = _used_card(heard, shown.request)
        await self.messenger.remove(None if used == message_id else used)
        if await self._waits_no_more(shown.request):
            await self.messenger.remove(message_id)

    async def _waits_no_more(self, shown: Request) -> bool:
        """Somebody decided before the card that says it waits was there: it would stay for ever."""
        if shown.state != State.WAITING:
            return False
        now = await self.store.call(request_rows.find, shown.code)
        return now is not None and now.state != State.WAITING

    async def _answer(self, heard: Heard) -> Shown:
        if heard.inputs is None:
            return await self._command(heard, heard.text)
        if "request" in heard.inputs and str(heard.inputs.get("press")) in VERDICTS:
            return await self._decide(heard, heard.inputs)
        if "request" in heard.inputs:
            return await self.desk.press(_press(heard, heard.inputs))
        if "say" in heard.inputs:
            return await self._command(heard, str(heard.inputs["say"]))
        await self.gate.grants(heard.sender.email)
        raise Refused("That card is not one I know. Please type “help” and use a new one.")

    async def _command(self, heard: Heard, typed: str) -> Shown:
        command = commands.parse(typed)
        tally.current().facts["what"] = "unknown" if isinstance(command, Unknown) else command.verb
        if not isinstance(command, Unknown) and command.verb in self.operations:
            return await self.desk.open(
                command.verb, command.args, heard.sender, heard.place, heard.event_id
            )
        grants = await self.gate.grants(heard.sender.email)
        asker = self.gate.asker(heard.sender.email, grants)
        if isinstance(command, Unknown):
            return Shown(
                _did_you_mean(
                    command,
                    help_card(asker, title=f"I do not understand “{clean(command.text, 60)}”"),
                )
            )
        if command.verb in self.questions:
            self.gate.check(command.verb, grants)
            context = self.gate.context(command.verb, grants)
            question = self.questions[command.verb]
            return Shown(await question.answer(command.args.get("text", ""), asker, context))
        return await self._about_requests(command, heard)

    async def _decide(self, heard: Heard, given: Mapping[str, Any]) -> Shown:
        """A press on an approval card, or the same typed."""
        code = clean(str(given.get("request", "")), 20)
        if not code:
            raise Refused(
                "Which request? Type its code as well; “approvals” lists what waits for you."
            )
        reason = clean(str(given.get("reason", "")), LONGEST_REASON)
        verdict = str(given.get("press", ""))
        return Shown(
            await self.board.decide(code, Decided(verdict, reason), heard.sender, heard.place)
        )

    async def _about_requests(self, command: Command, heard: Heard) -> Shown:
        code = command.args.get("text", "")
        match command.verb:
            case "approve" | "reject":
                return await self._decide(heard, {**command.args, "press": command.verb})
            case "approvals":
                self.gate.check("approvals", await self.gate.grants(heard.sender.email))
                return Shown(show.waiting_list(await self.board.waiting_for(heard.sender)))
            case "cancel":
                return await self.desk.cancel(code, heard.sender)
            case "request" if code:
                return await self.desk.details(code, heard.sender)
            case _:
                return await self.desk.listing(heard.sender)


def _used_card(heard: Heard, request: Request) -> str | None:
    """The card that the answer replaces: an earlier one of the same request, and no other.

    The one we noted comes first: a crafted press may name somebody else's. Results and codes stay
    when a button of theirs opens another request.
    """
    own = str((heard.inputs or {}).get("request", "")).upper() == request.code
    return request.card_id or (heard.card_id if own else None)


def _press(heard: Heard, inputs: Mapping[str, Any]) -> Press:
    version = str(inputs.get("version", ""))
    return Press(
        request=clean(str(inputs.get("request", "")), 20),
        version=int(version)
        if version.isascii() and version.isdigit() and len(version) < 10
        else -1,
        kind=str(inputs.get("press", "")),
        inputs=inputs,
        sender=heard.sender,
        room_id=heard.place.room_id,
        event_id=heard.event_id,
        card_id=heard.card_id or "",
    )


def _did_you_mean(unknown: Unknown, otherwise: Answer) -> Answer:
    if not unknown.guesses:
        return otherwise
    buttons = [Button(clean(guess, 40), say(guess)) for guess in unknown.guesses]
    return answers.notice(
        "Did you mean this?",
        f"I do not know “{clean(unknown.text, 80)}”. Did you mean {listed(f'“{clean(guess, 60)}”' for guess in unknown.guesses)}?",
        [*buttons, Button("Help", say("help"))],
    )


def _failure(problem: WebexError) -> Answer:
    return request_cards.failure(
        "That did not work", [explain.why(problem)], under=explain.small_print(problem), buttons=[]
    )
