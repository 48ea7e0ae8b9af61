"""Incoming event → command or press → reply. Failures become sentences here and nowhere else."""

from collections.abc import Awaitable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.audit import Trail
from bot.chat.event_reader import EventReader, IncomingEvent, request_code
from bot.chat.events import CARD_ACTION, Event
from bot.chat.messenger import Messenger
from bot.chat.rate_limit_notice import RateLimitNotice
from bot.core import call_stats, logs, retry
from bot.core.errors import (
    DatabaseUnavailable,
    Denied,
    NotFound,
    PrivateRefusal,
    Refused,
    Stranger,
    Unchecked,
    WebexError,
)
from bot.core.models.local_time import LocalTime
from bot.core.models.people import Grant, Sender
from bot.core.models.requests import Request
from bot.domain.command_parser import Command, Unknown
from bot.domain.file_captions import list_command
from bot.domain.identity import key
from bot.domain.language.typed_passwords import NOTE as PASSWORD_NOTE
from bot.domain.message_parser import MessageParser
from bot.domain.operation import Context, Operation, Question
from bot.operations.small_talk import added_things
from bot.requests import views
from bot.requests.access_asks import AccessAsks
from bot.requests.approvals import VOTES, Approvals
from bot.requests.authorization import Authorization, OtherAccount
from bot.requests.drafts import Drafts
from bot.requests.edits import Edits
from bot.requests.followed_devices import StoredFollowedDevices
from bot.requests.interaction import Reply, button_press
from bot.requests.late_events import LateEvents
from bot.requests.lifecycle import State
from bot.requests.message_files import MessageFiles
from bot.requests.own_requests import OwnRequests, Typed
from bot.requests.presses import Presses
from bot.requests.private_replies import PrivateReplies, post_privately, post_to_presser
from bot.requests.received_decisions import UNKNOWN_CARD, ReceivedDecisions
from bot.requests.registration_polling import RegistrationPolling
from bot.requests.replies import Replies, failure, one_by_one, prefaced, reply_with, with_names
from bot.requests.strangers import Strangers
from bot.requests.suggestions import Suggestions, devices_named
from bot.requests.zones import Zones
from bot.store import accounts
from bot.store import requests as requests_table
from bot.store.database import Store

log = logs.get_logger("dispatch")

INTERNAL_ERROR = (
    "Something went wrong in provbot, and nothing more was done. The details are in the log under "
    "{event}. Please try again, or tell a provbot admin."
)
ANOTHER_ACCOUNT = (
    "Somebody with the address {email} wrote to me, but not from the Webex account that holds the "
    "roles of that address. I refused them. If the account was recreated and belongs to the right "
    "person, type “revoke {email} ROLE” and then “grant {email} ROLE”, or run: provbot access add "
    "{email} ROLE. Otherwise, revoke the roles."
)
UNREADABLE_EVENT = (
    "Webex did not send the details of what you {action} {at}. Nothing was changed. "
    "Please {repetition}."
)
MAX_COMMANDS = 5  # in one message: as many as a person can follow, and as Webex answers soon
TOO_MANY_COMMANDS = (
    f"Your message has {{count}} commands. Nothing was done. Please send up to {MAX_COMMANDS} "
    "commands in one message."
)
LOOKING_UP = "⏳ Looking that up …"
READING_FILE = "⏳ Reading your file …"
READING_PRESS = "⏳ I received your button press. Webex has not sent its details yet …"
# Seconds after which a decision that could not be handled must be repeated: the person may have
# changed their mind or found another way.
ACT_WITHIN = 300.0
WELCOME = "Hello, I am provbot: I add {things} to Webex Calling. Mention me and write “help”."


@dataclass(frozen=True)
class Dispatch:
    """Handles events in three stages: `read`, `answer`, `post`. Every person gets an answer."""

    reader: EventReader
    messenger: Messenger
    rate_limit_notice: RateLimitNotice
    store: Store
    authorization: Authorization
    drafts: Drafts
    files: MessageFiles
    approvals: Approvals
    edits: Edits
    strangers: Strangers
    access_asks: AccessAsks
    private_replies: PrivateReplies
    trail: Trail
    parser: MessageParser
    operations: Mapping[str, Operation]
    questions: Mapping[str, Question]
    late_events: LateEvents
    zones: Zones
    polling: RegistrationPolling
    act_within: float = ACT_WITHIN

    async def read(self, event: Event) -> IncomingEvent:
        """Read the message or press. WebexError if Webex does not return it, or not yet."""
        return await self.reader.read(event)

    async def answer(self, incoming: IncomingEvent, waited: float) -> Replies:
        """Make the replies, `waited` seconds after the event was received.

        Raises only if the database fails; what was done until then is not done again.
        """
        self.rate_limit_notice.progress.wait_from_now(waited)
        if incoming.is_join:
            things = added_things(government=self.authorization.government)
            return (Reply(WELCOME.format(things=things)),)
        if incoming.is_to_everybody:
            call_stats.current().outcome = "ignored"
            return ()
        incoming, local = replace(incoming, waited=waited), partial(self._local, incoming)
        if waited > self.act_within and incoming.acts:
            at = self.late_events.now() - waited
            repeat_notice = views.repeat_decision(incoming.did, at, local())
            incoming = replace(incoming, repeat_notice=repeat_notice)
        late = self.late_events.of(incoming.sent_at, local, pressed=incoming.inputs is not None)
        if late is None or not await self._is_known(incoming):
            preface = ""  # strangers do not hear how late it is
        elif late.over:
            call_stats.current().outcome = "expired"
            return (Reply(late.text),)
        else:
            preface = late.text
        return one_by_one(prefaced(await self._reply_with_notices(incoming), preface))

    async def post(self, incoming: IncomingEvent, reply: Reply) -> None:
        """Post the answer, then delete the card that it replaces.

        WebexError if it cannot be delivered.
        """
        if reply.private is not None:
            await post_privately(self.messenger, incoming.place, incoming.sender, reply.private)
            return
        if reply.answer is None:
            return  # the runner answers, and deletes the card
        if reply.to is not None:
            await post_to_presser(self.messenger, incoming.place, reply.to, reply.answer)
            return
        message_id = await self.messenger.answer(incoming.place, reply.answer)
        if reply.request is not None:
            note = partial(self._replace_card, incoming, reply.request, message_id)
            await retry.run(retry.NOTE_REPLY, note)
        await self.messenger.remove(reply.replaces)

    def notice_while_reading(self, event: Event) -> AbstractContextManager[None]:
        """Show a progress message while Webex does not return a press yet."""
        if event.kind != CARD_ACTION:
            return nullcontext()
        return self.rate_limit_notice.progress.if_slow(self.reader.place_of(event), READING_PRESS)

    async def tell_unreadable(self, event: Event, waited: float, error: WebexError) -> None:
        """Tell the person that Webex never returned the event, unless it was deleted."""
        pressed = event.kind == CARD_ACTION
        if (not pressed and isinstance(error, NotFound)) or await self._is_stranger(event):
            return
        action, repetition = ("pressed", "press again") if pressed else ("wrote", "write it again")
        sender = Sender(self.reader.actor_of(event), "")
        at = self.zones.local(sender).phrase(self.late_events.now() - waited)
        await self.messenger.answer(
            self.reader.place_of(event),
            UNREADABLE_EVENT.format(action=action, repetition=repetition, at=at),
        )

    async def _is_stranger(self, event: Event) -> bool:
        """Whether we know that the one who did it is on no list."""
        try:
            sender = await self.authorization.identities.of(self.reader.actor_of(event))
        except Unchecked:
            return False
        return not await self.authorization.grants_or_none(sender)

    async def _is_known(self, incoming: IncomingEvent) -> bool:
        """Whether the sender is on the list, or may be: a late message must never be acted on."""
        try:
            return bool(
                await self.authorization.grants_or_none((await self._identified(incoming)).sender)
            )
        except Unchecked:
            return True

    async def _identified(self, incoming: IncomingEvent) -> IncomingEvent:
        """Look up the sender's account as it is now, if the event may change something."""
        identities, sender_claim = self.authorization.identities, incoming.sender
        if incoming.acts:
            since = identities.clock() if incoming.read_since is None else incoming.read_since
            sender = await identities.of(sender_claim.person_id, since=since)
        elif sender_claim.email:
            sender = await self.authorization.identified(sender_claim)
        else:
            sender = await identities.of(sender_claim.person_id)
        return replace(incoming, sender=sender)

    async def _reply_with_notices(self, incoming: IncomingEvent) -> Replies:
        call_stats.current().facts["person"] = incoming.sender.person_id
        with self._progress_if_slow(incoming):
            async with self.rate_limit_notice.watch(incoming.place):
                replies = await self._catch_failure(incoming, self._identify_and_reply(incoming))
        return tuple(with_names(reply, incoming.message) for reply in replies)

    async def _catch_failure(
        self, incoming: IncomingEvent, answering: Awaitable[Replies]
    ) -> Replies:
        """The replies, or a sentence that says what went wrong."""
        try:
            return await answering
        except WebexError as error:
            log.warning(
                "webex_error",
                activity=incoming.event_id,
                status=error.status,
                tracking_id=error.tracking_id,
            )
            call_stats.current().outcome = "webex_error"
            return (Reply(failure(error)),)
        except DatabaseUnavailable:  # locked or full: the inbox tries again later
            raise
        except Exception:  # else the task dies and the person gets no answer
            call_stats.current().outcome = "error"
            log.exception("event_failed", activity=incoming.event_id)
            return (Reply(INTERNAL_ERROR.format(event=incoming.event_id)),)

    def _progress_if_slow(self, incoming: IncomingEvent) -> AbstractContextManager[None]:
        """Show a progress message while a command takes long; presses show their own."""
        progress = self.rate_limit_notice.progress
        if "request" in (incoming.inputs or {}):
            return nullcontext()
        if incoming.files:  # fetched, and read by a process that has to start
            return progress.while_running(incoming.place, READING_FILE)
        return progress.if_slow(incoming.place, LOOKING_UP)

    async def _identify_and_reply(self, incoming: IncomingEvent) -> Replies:
        """Reply to the person who wrote or pressed, if need be with a refusal."""
        try:
            incoming = await self._identified(incoming)
            if incoming.inputs is None:
                replies = await self._reply_to_message(incoming)
            else:
                replies = (await self._press(incoming, incoming.inputs),)
        except (Stranger, OtherAccount) as refusal:
            return (await self._turn_away(incoming, refusal),)
        except Refused as refusal:
            return (await self._reply_to_refused(incoming, refusal),)
        self.strangers.note_admitted(incoming.sender.person_id)
        self.zones.keep(incoming.sender)
        return replies

    async def _reply_to_refused(self, incoming: IncomingEvent, refusal: Refused) -> Reply:
        call_stats.current().outcome = "denied" if isinstance(refusal, Denied) else "refused"
        if isinstance(refusal, Denied):
            await self.trail.record(
                incoming.sender,
                "denied",
                request=request_code(incoming.inputs or {}),
                detail={"why": str(refusal)},
            )
        if isinstance(refusal, PrivateRefusal) and incoming.inputs is not None:
            press = button_press(incoming, incoming.inputs)
            return self.private_replies.reply(press, str(refusal))
        return Reply(await self.access_asks.refusals.answer(refusal, incoming))

    async def _turn_away(self, incoming: IncomingEvent, refusal: Stranger | OtherAccount) -> Reply:
        """Answer a stranger with the refusal, a limited number of times."""
        pressed = None if incoming.inputs is None else request_code(incoming.inputs)
        is_answered = await self.strangers.count_attempt(
            incoming.sender, incoming.event_id, str(refusal), pressed=pressed
        )
        call_stats.current().outcome = "denied" if is_answered else "ignored"
        if isinstance(refusal, OtherAccount):
            await self._notify_other_account(incoming.sender)
        answer = await self.access_asks.refusals.answer(refusal, incoming) if is_answered else None
        return Reply(answer)

    async def _notify_other_account(self, sender: Sender) -> None:
        """Tell the admins once for each account that uses the address of another."""
        email = sender.email
        if await self.store.call(accounts.note_refused, email, key(sender.person_id)):
            await self.approvals.notifications.notify_admins(
                ANOTHER_ACCOUNT.format(email=email), exclude=email
            )

    async def _replace_card(
        self, incoming: IncomingEvent, request: Request, message_id: str
    ) -> None:
        """Store the new card and delete the old; repeated alone if the database fails."""
        self.store.write_behind(requests_table.set_card, request.code, message_id)
        used = _used_card(incoming, request)
        await self.messenger.remove(None if used == message_id else used)
        if await self._is_decided(request):
            await self.messenger.remove(message_id)

    async def _is_decided(self, request: Request) -> bool:
        """Whether the request was decided before its “waiting” card was posted."""
        if request.state != State.WAITING:
            return False
        now = await self.store.call(requests_table.find, request.code)
        return now is not None and now.state != State.WAITING

    async def _reply_to_message(self, incoming: IncomingEvent) -> Replies:
        commands = incoming.commands
        call_stats.current().facts["what"] = _verbs(commands)
        to_answer = await self.edits.begin(incoming, commands)
        if to_answer is None:
            call_stats.current().outcome = "ignored"
            return ()
        if len(commands) > MAX_COMMANDS:
            raise Refused(TOO_MANY_COMMANDS.format(count=len(commands)))
        incoming = replace(incoming, event_id=to_answer.own_id, grants=to_answer.grants)
        replies = await self._reply_to_files_or_commands(incoming, commands)
        if call_stats.current().outcome != "answered":
            self.edits.failed(incoming)
        return prefaced(replies, PASSWORD_NOTE if incoming.message.had_password else "")

    async def _reply_to_files_or_commands(
        self, incoming: IncomingEvent, commands: tuple[Command | Unknown, ...]
    ) -> Replies:
        """The answers to the commands, or to a list or photos that were sent as files."""
        text, has_files = incoming.message.text, bool(incoming.files)
        command = list_command(self.parser, commands, text) if has_files else None
        opening = await self.files.opening(incoming, command, partial(self._command, incoming))
        if opening is not None:
            return await self._catch_failure(incoming, self._catch_refusal(incoming, opening))
        replies = await self._reply_to_each(incoming, commands)
        ignored = (await self.files.described(incoming)).ignored if has_files else ""
        return prefaced(replies, ignored)

    async def _reply_to_each(
        self, incoming: IncomingEvent, commands: tuple[Command | Unknown, ...]
    ) -> Replies:
        """Answer each command by itself: the failure of one does not hide the other answers."""
        replies: Replies = ()
        for number, command in enumerate(commands, start=1):
            own_id, is_first = f"{incoming.event_id}#{number}", number == 1
            # An earlier command may have changed the grants.
            part = incoming if is_first else replace(incoming, event_id=own_id, grants=None)
            answering = self._catch_refusal(part, self._command(part, command))
            replies += await self._catch_failure(part, answering)
        return replies

    async def _catch_refusal(self, incoming: IncomingEvent, answering: Awaitable[Reply]) -> Replies:
        """The reply, or the sentence of a refusal."""
        try:
            return (await answering,)
        except Refused as refusal:
            return (await self._reply_to_refused(incoming, refusal),)

    async def _press(self, incoming: IncomingEvent, inputs: Mapping[str, Any]) -> Reply:
        if "access" in inputs:  # the only button that somebody without a role may press
            return await self.access_asks.press(incoming, inputs)
        is_vote = str(inputs.get("press")) in VOTES
        if "request" in inputs and not is_vote:
            return await Presses(self.drafts).press(button_press(incoming, inputs))
        await self.authorization.grants(incoming.sender)  # before anything in it is looked at
        if "request" in inputs:
            return await ReceivedDecisions(self.approvals, self.reader).handle(incoming, inputs)
        if "say" in inputs:
            return await self._suggested(incoming, inputs)
        raise Refused(UNKNOWN_CARD)

    async def _suggested(self, incoming: IncomingEvent, inputs: Mapping[str, Any]) -> Reply:
        """Handle a button that stands for a typed command."""
        if not incoming.commands:
            raise Refused(UNKNOWN_CARD)
        [command] = incoming.commands
        call_stats.current().facts["what"] = _verbs([command])
        Suggestions(self.parser).check(inputs, command, incoming.sender)
        return await self._command(incoming, command)

    async def _command(self, incoming: IncomingEvent, command: Command | Unknown) -> Reply:
        if not isinstance(command, Unknown) and command.verb in self.operations:
            return await self.drafts.open(
                command.verb, command.args, incoming.sender, incoming.place, incoming.event_id
            )
        grants = incoming.grants or await self.authorization.grants(incoming.sender)
        caller = self.authorization.caller(incoming.sender.email, grants)
        if isinstance(command, Unknown):
            suggestion = Suggestions(self.parser).card(command, caller, incoming.sender)
            context = self._context("devices", incoming, grants)
            return Reply(await devices_named(command.name, caller, context) or suggestion)
        if command.verb in self.questions:
            question = self.questions[command.verb]
            rule = question.follows or question.name
            if question.has_rule:
                self.authorization.check(rule, grants, called=question.name)
            context = self._context(rule, incoming, grants)
            return reply_with(await question.answer(command.args.get("text", ""), caller, context))
        return await self._about_requests(command, incoming)

    def _context(self, name: str, incoming: IncomingEvent, grants: tuple[Grant, ...]) -> Context:
        """What a question works with."""
        context = self.authorization.context(name, grants, place=incoming.place)
        followed = StoredFollowedDevices(self.store, incoming.sender.person_id, self.polling)
        return replace(context, local=partial(self._local, incoming), followed=followed)

    def _local(self, incoming: IncomingEvent, location_id: str = "") -> LocalTime:
        """How the person who wrote or pressed reads times; at the location, if that is unknown."""
        return self.zones.local(incoming.sender, location_id)

    async def _about_requests(self, command: Command, incoming: IncomingEvent) -> Reply:
        decisions = ReceivedDecisions(self.approvals, self.reader)
        if command.verb in VOTES:
            return await decisions.handle(incoming, {**command.args, "press": command.verb})
        if command.verb == "approvals":
            return await decisions.listing(incoming.sender, command.args.get("text", ""))
        typed = Typed(
            command.verb,
            command.args.get("text", ""),
            incoming.sender,
            incoming.place,
            incoming.event_id,
            self.drafts.clock() - incoming.waited,
            incoming.repeat_notice,
            command.args.get("listing", ""),
            command.args.get("reason", ""),
        )
        return await OwnRequests(self.drafts).answer(typed)


def _verbs(commands: Iterable[Command | Unknown]) -> str:
    """What a message asks for, for the log: nothing of what the person wrote."""
    verbs = ["unknown" if isinstance(command, Unknown) else command.verb for command in commands]
    return ", ".join(verbs) or "file"


def _used_card(incoming: IncomingEvent, request: Request) -> str | None:
    """The card that the answer replaces: only an earlier one of the same request.

    The stored card comes first, as a crafted press may name the card of somebody else. Results and
    codes stay if one of their buttons opens another request.
    """
    own = str((incoming.inputs or {}).get("request", "")).upper() == request.code
    return request.card_id or (incoming.card_id if own else None)
