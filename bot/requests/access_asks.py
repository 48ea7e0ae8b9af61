"""“Ask for access”: a refused person asks the admins for a role, and an admin gives one or none.

A press of an admin opens the usual request of `grant`: plan, Confirm, all checks. The person is
read from the stored ask, never from the press. The ask ends when the address gets any role.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adaptivecardbuilder import AdaptiveCard

from bot.audit import moment
from bot.chat.event_reader import IncomingEvent
from bot.chat.messenger import Messenger
from bot.core import logs
from bot.core.errors import Refused, Stranger, Unchecked
from bot.core.models.access_asks import DISMISSED, GIVEN, RENEWED, AccessAsk, AskCard
from bot.core.models.people import Grant, Role, Sender
from bot.core.models.text import join_words
from bot.requests.drafts import Drafts
from bot.requests.interaction import Reply
from bot.requests.refusals import DAY, AskedAlready, Refusals, why_not_again
from bot.requests.revalidation import CANNOT_CHECK
from bot.store import access_asks, audit
from bot.store import grants as grants_table
from bot.store.sql import Database
from cards import access as cards

log = logs.get_logger("notifications")

# An admin role is not offered: it is given on purpose, by typing it.
OFFERED = tuple(role.value for role in Role if role is not Role.ADMIN)
# What admins can read, and few enough that they are not flooded by made-up accounts.
MAX_OPEN, MAX_PER_DAY = 50, 100
MAX_ASKED = 10  # admins who get a card
TRY_AGAIN = 300.0  # seconds until the next attempt to reach an admin, where none was reached

ASKED = "I asked the admins to give you a role. I will tell you here when they do."
NO_ADMIN = (
    "I could not reach an admin yet, and keep trying for a day. You can also ask one yourself. "
    "Your email is {email}."
)
HAS_ROLE = "You have a role now: {roles}. To see what you may do, type: help"
TOO_MANY = "Too many people have asked for access today. Please ask an admin yourself."
UNKNOWN_ASK = (
    "I do not know this request for access any more. To give a role, type: grant WHO ROLE at "
    "LOCATION"
)
ENDED = {
    GIVEN: "{who} has the role {role} now: {by} gave it. To give another one, type: grant {email} "
    "ROLE at LOCATION",
    DISMISSED: "{by} dismissed the request of {who}. To give a role all the same, type: grant "
    "{email} ROLE at LOCATION",
    RENEWED: "{who} has asked again since. Please use the newest card.",
}
OTHER_ADDRESS = (
    "The account that asked no longer has the address {email}. Nothing was changed. Please ask "
    "them, and type: grant WHO ROLE at LOCATION"
)
DISMISSED_NOW = "Dismissed. {who} gets a message that no role was given."
NO_ROLE = (
    "An admin read your request for access and gave you no role. You can ask again a day after "
    "your request. If you need a role before, please talk to an admin yourself."
)


@dataclass(frozen=True)
class AccessAsks:
    """Takes asks, shows them to the admins, and answers their presses."""

    drafts: Drafts
    messenger: Messenger
    refusals: Refusals
    _next_attempt: dict[str, float] = field(default_factory=dict)  # by id of an ask

    async def press(self, incoming: IncomingEvent, inputs: Mapping[str, Any]) -> Reply:
        """Handle a press on a refusal, or on a card about an ask. All of it is untrusted."""
        kind = inputs.get("access")
        if kind == "ask":
            return await self._ask(incoming, inputs)
        await self._check_presser(incoming.sender)
        ask = await self.drafts.store.call(access_asks.find, str(inputs.get("ask", "")))
        role = str(inputs.get("role", ""))
        if ask is None or not (kind == "dismiss" or (kind == "give" and role in OFFERED)):
            raise Refused(UNKNOWN_ASK)
        if not ask.is_open:
            raise Refused(_ended(ask))
        if kind == "dismiss":
            return await self._dismiss(ask, incoming.sender)
        await self._check_address(ask)
        grant = {"who": ask.email, "role": role}
        return await self.drafts.open(
            "grant", grant, incoming.sender, incoming.place, incoming.event_id
        )

    async def tick(self) -> None:
        """Take away the cards of asks that ended, and show those that no admin has seen yet.

        Called every few seconds. Asks also end by `provbot access`.
        """
        store, now = self.drafts.store, self.drafts.clock()
        for ask, card in await store.call(access_asks.cards_of_ended):
            await self._replace(ask, card)
        for ask in await store.call(access_asks.unseen, now - DAY):
            if now >= self._next_attempt.get(ask.id, 0.0):
                await self._show(ask)

    async def _ask(self, incoming: IncomingEvent, inputs: Mapping[str, Any]) -> Reply:
        authorization, sender = self.drafts.authorization, incoming.sender
        grants = await self._grants(sender)
        if grants and "wants" not in inputs:  # the button of a time without any role
            roles = join_words((grant.described for grant in grants), "and")
            raise Refused(HAS_ROLE.format(roles=roles))
        wants = str(inputs.get("wants" if grants else "tried", ""))
        known_commands = {command.name for command in authorization.commands}
        new = AccessAsk(
            id=uuid.uuid4().hex,
            event_id=incoming.event_id,
            person_id=sender.person_id,
            email=sender.email,
            name=sender.name,
            wants=wants if wants in known_commands else "",
            asked_at=self.drafts.clock(),
        )
        try:
            ask = await self.drafts.store.call(_record, new)
        except AskedAlready as refusal:
            if grants:  # who gets an answer to each press
                raise Refused(str(refusal)) from None
            raise
        return Reply(ASKED if await self._show(ask) else NO_ADMIN.format(email=ask.email))

    async def _grants(self, sender: Sender) -> tuple[Grant, ...]:
        """The person's roles. Stranger if they have none and may not ask for one."""
        try:
            return await self.drafts.authorization.grants(sender)
        except Stranger:
            if not self.refusals.may_ask(sender):
                raise
            return ()

    async def _show(self, ask: AccessAsk) -> bool:
        """Send the card to the admins who do not have it; whether any has it."""
        self._next_attempt[ask.id] = self.drafts.clock() + TRY_AGAIN
        shown, admins, grants = await self.drafts.store.call(self._recipients, ask)
        card = _card(ask, grants)
        sent = await asyncio.gather(*(self._send(ask, email, card) for email in admins))
        if shown or any(sent):
            self._next_attempt.pop(ask.id, None)
            return True
        log.error("no_admin_notified")
        return False

    def _recipients(self, db: Database, ask: AccessAsk) -> tuple[bool, list[str], list[Grant]]:
        """Whether somebody has the card, who should get it, and the roles of who asks."""
        shown = {card.email for card in access_asks.cards(db, ask.id)}
        may_grant = {
            grant.who: None
            for grant in grants_table.grants(db)
            if not grant.for_domain and self.refusals.may_grant([grant]) and grant.who != ask.email
        }
        missing = [who for who in [*may_grant][:MAX_ASKED] if who not in shown]
        return bool(shown), missing, grants_table.grants_for(db, ask.email)

    async def _send(self, ask: AccessAsk, email: str, card: AdaptiveCard) -> bool:
        message_id = await self.messenger.try_tell(Sender("", email), card)
        if message_id is None:
            return False
        copy = AskCard(message_id=message_id, ask=ask.id, email=email)
        await self.drafts.store.call(access_asks.add_card, copy)
        return True

    async def _check_presser(self, sender: Sender) -> None:
        """Denied unless this person may give roles."""
        authorization = self.drafts.authorization
        authorization.check("grant", await authorization.grants(sender))

    async def _check_address(self, ask: AccessAsk) -> None:
        """Refused if the account that asked does not have that address any more."""
        identities = self.drafts.authorization.identities
        try:
            account = await identities.of(ask.person_id, since=identities.clock())
        except Unchecked as error:
            raise Refused(CANNOT_CHECK.format(email=ask.email)) from error
        if account.email != ask.email:
            raise Refused(OTHER_ADDRESS.format(email=ask.email))

    async def _dismiss(self, ask: AccessAsk, sender: Sender) -> Reply:
        ended = await self.drafts.store.call(_end, ask, sender, self.drafts.clock())
        if (ended.outcome, ended.ended_by) != (DISMISSED, sender.email):  # another was faster
            raise Refused(_ended(ended))
        await self.messenger.try_tell(Sender(ask.person_id, ask.email), NO_ROLE)
        return Reply(DISMISSED_NOW.format(who=ask.described))

    async def _replace(self, ask: AccessAsk, card: AskCard) -> None:
        """Tell the admin how the ask ended, instead of the card."""
        if ask.outcome != RENEWED and card.email != ask.ended_by:
            # If they cannot be told, pressing the card tells them.
            await self.messenger.try_tell(Sender("", card.email), _ended(ask))
        await self.messenger.remove(card.message_id)
        await self.drafts.store.call(access_asks.drop_card, card.message_id)


def _record(db: Database, new: AccessAsk) -> AccessAsk:
    """Store the ask, or return it if this event has stored it; Refused if it is one too many."""
    latest = access_asks.latest_of(db, new.person_id)
    if latest and latest.event_id == new.event_id:  # handled again after a crash
        return latest
    if reason := why_not_again(latest, new.asked_at):
        raise AskedAlready(reason)
    per_day = access_asks.count_since(db, new.asked_at - DAY)
    if per_day >= MAX_PER_DAY or access_asks.count_open(db) >= MAX_OPEN:
        raise AskedAlready(TOO_MANY)
    if latest and latest.is_open:
        access_asks.end(db, latest.id, RENEWED, new.email)
    access_asks.add(db, new)
    _note(db, "asked for access", new, Sender(new.person_id, new.email), new.asked_at)
    return new


def _end(db: Database, ask: AccessAsk, by: Sender, now: float) -> AccessAsk:
    """Dismiss an open ask; how it ended."""
    if access_asks.end(db, ask.id, DISMISSED, by.email):
        _note(db, "dismissed ask", ask, by, now)
    return access_asks.find(db, ask.id) or ask


def _note(db: Database, action: str, ask: AccessAsk, actor: Sender, now: float) -> None:
    detail = {"who": ask.email, "wants": ask.wants}
    audit.append(db, at=moment(now), actor=actor, action=action, request="", detail=detail)


def _card(ask: AccessAsk, grants: Sequence[Grant]) -> AdaptiveCard:
    roles = join_words((grant.described for grant in grants), "and") if grants else "none"
    facts = [("Roles now", roles), ("Tried", ask.wants)]
    person = ask.name or ask.email
    held_everywhere = {grant.role.value for grant in grants if not grant.where}
    offered = [role for role in OFFERED if role not in held_everywhere]
    return cards.ask(person, ask.email, facts, ask_id=ask.id, roles=offered)


def _ended(ask: AccessAsk) -> str:
    return ENDED[ask.outcome].format(
        who=ask.described, email=ask.email, role=ask.role, by=ask.ended_by
    )
