"""Messages about requests: to the requester, the approvers and the admins."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from bot.audit import CURRENT_REQUEST
from bot.chat.messenger import Answer, Content, Mention, Messenger
from bot.core import logs, retry
from bot.core.errors import WebexError
from bot.core.models.people import Place
from bot.core.models.requests import CardCopy, Request
from bot.requests.lifecycle import ENDED, State
from bot.requests.unreachable_approvers import APPROVAL_SPACE, CardDelivery, is_refused
from bot.store import approvals as approvals_table
from bot.store import grants as grants_table
from bot.store import requests as requests_table
from bot.store.database import Store

log = logs.get_logger("notifications")

SECOND_ATTEMPT_DELAY = 2.0  # seconds between a refusal and the second attempt


async def no_room() -> str:
    """There is no approval space."""
    return ""


@dataclass(frozen=True)
class Notifications:
    """Delivers at least once: the next start posts what was not posted, or not noted as posted."""

    store: Store
    messenger: Messenger
    approval_room: Callable[[], Awaitable[str]] = no_room  # the id of the space, or empty
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _asking: set[str] = field(default_factory=set)  # requests whose cards are being posted
    _replacing: set[str] = field(default_factory=set)  # messages that are being replaced

    async def notify_requester(self, request: Request, text: str, answer: Answer) -> None:
        """Answer where it was asked; if that is a group space, also send a direct message.

        The direct message has no buttons: they work only where the request was made.
        """
        if not request.place.direct:
            await self._try(self.messenger.tell_account(request.requester, text))
        if State(request.state) in ENDED:
            await self.deliver(request, answer)
            await self.store.call(requests_table.set_notified, request.code)
        else:  # another message follows, so one attempt is enough
            await self._try(self.messenger.answer(request.place, answer))
        await self.messenger.remove(request.card_id)  # the card that says “waiting”

    async def notify_privately(self, request: Request, answer: Answer) -> None:
        """Answer the requester alone, by account: the address may be another person's by now."""
        if request.place.direct:
            await self.messenger.answer(request.place, answer)
        else:
            await self.messenger.tell_account(request.requester, answer)

    async def replace_waiting_card(self, request: Request, answer: Answer) -> None:
        """Replace the requester's card while the request waits for approval."""
        message = await self.messenger.answer(request.place, answer)
        await self.store.call(requests_table.set_card, request.code, message)
        await self.messenger.remove(request.card_id)

    async def deliver(self, request: Request, answer: Answer) -> None:
        """Answer where it was asked, tried for a quarter of an hour."""
        await until_delivered(partial(self.messenger.answer, request.place, answer))

    async def answer_mentioning(self, request: Request, answer: Content) -> str:
        """Answer where it was asked, once; in a group space, mention the requester.

        Somebody may have gone on with other work. Returns the message id.
        """
        may_mention = not request.place.direct and bool(request.requester.person_id)
        content = Mention(request.requester, answer) if may_mention else answer
        return await self.messenger.answer(request.place, content)

    async def post_once(self, request: Request, text: str) -> None:
        """Say something where it was asked, without trying again."""
        await self._try(self.messenger.answer(request.place, text))

    async def ask(
        self, request: Request, card: Callable[[str], Answer], emails: list[str]
    ) -> CardDelivery | None:
        """Post the approval card where it is missing: in the space, or to each approver.

        `card` makes the one for an email, or for the space if that is empty.
        Returns who was reached; None if another task is posting the card right now.
        """
        if request.code in self._asking:
            return None
        self._asking.add(request.code)
        try:
            return await self._ask(request, card, emails)
        finally:
            self._asking.discard(request.code)

    async def ask_directly(
        self, request: Request, card: Callable[[str], Answer], emails: list[str]
    ) -> Mapping[str, WebexError]:
        """Post the card to each of these approvers who does not have it. Returns the errors."""
        if request.code in self._asking:
            return {}
        self._asking.add(request.code)
        try:
            return await self._post_to_each(request, card, emails)
        finally:
            self._asking.discard(request.code)

    async def send_card(self, request: Request, card: Answer, email: str) -> None:
        """Send a copy of the approval card to an approver who has none."""
        await self._send_card(request, email, card)

    async def try_send_card(self, request: Request, card: Answer, email: str) -> None:
        """Send a copy of the approval card; a failure does not matter."""
        await self._try(self._send_card(request, email, card))

    async def replace_cards(self, request: Request, text: Callable[[str], str]) -> list[CardCopy]:
        """Replace every copy of the approval card by one final message; return the replaced.

        `text` makes the message for an email, or for the space if that is empty.
        """
        copies = await self.store.call(approvals_table.cards, request.code)
        claimed = [copy for copy in copies if copy.message_id not in self._replacing]
        self._replacing.update(copy.message_id for copy in claimed)
        try:
            outcomes = await asyncio.gather(
                *(self._try(self._replace(copy, text(copy.email))) for copy in claimed)
            )
        finally:
            self._replacing.difference_update(copy.message_id for copy in claimed)
        return [copy for copy, replaced in zip(claimed, outcomes, strict=True) if replaced]

    async def notify_voters(self, request: Request, text: str) -> None:
        """Tell those who voted how the request ended."""
        votes = await self.store.call(approvals_table.votes, request.code)
        if votes:
            await self.post_to_approvers(request, text, [vote.email for vote in votes])

    async def post_to_approvers(self, request: Request, text: str, emails: list[str]) -> None:
        """Post in the space where they were asked; directly if there is none or it is closed."""
        for room_id in (await self._rooms(request))[:1]:
            if await self._try(self._post_in(room_id, text)):
                return
        await self.notify_people(emails, text)

    async def room_of(self, request: Request) -> str:
        """The space in which it is asked; empty if each approver gets a direct message."""
        return next(iter(await self._rooms(request)), "")

    async def _rooms(self, request: Request) -> list[str]:
        """The space in which the request is asked, and the one of now in case that one is closed.

        A request stays where it was asked first. Those of older versions do not know where.
        """
        now = await self.approval_room()
        first = now if request.asked_in is None else request.asked_in
        return [*dict.fromkeys((first, now or first))] if first else []

    async def remind(self, request: Request, text: Callable[[str], str], emails: list[str]) -> bool:
        """Remind the approvers where their cards are. `text` is as for `replace_cards`.

        True if Webex refuses it: the cards there are out of reach as well, and were removed.
        """
        cards = await self.store.call(approvals_table.cards, request.code)
        room_ids = {copy.room_id for copy in cards if copy.room_id}
        emailed = {copy.email for copy in cards}
        asked_directly = [email for email in emails if email in emailed or not room_ids]
        refused = {
            *await self._refusing(
                {room_id: self._post_in(room_id, text("")) for room_id in room_ids}
            ),
            *await self._refusing(
                {email: self.messenger.tell(email, text(email)) for email in asked_directly}
            ),
        }
        lost = [copy for copy in cards if (copy.room_id or copy.email) in refused]
        for copy in lost:
            await self.messenger.remove(copy.message_id)
            await self.store.call(approvals_table.drop_card, copy.message_id)
        return bool(lost)

    async def _refusing(self, posts: Mapping[str, Awaitable[object]]) -> list[str]:
        """Post each; return those to which Webex refuses to deliver."""
        errors = await asyncio.gather(*(self._error_of(post) for post in posts.values()))
        return [to for to, error in zip(posts, errors, strict=True) if error and is_refused(error)]

    async def _post_in(self, room_id: str, text: str) -> None:
        await self.messenger.answer(Place(room_id, direct=False), text)

    async def notify_people(self, emails: list[str], text: str) -> None:
        """Send each person a direct message."""
        await asyncio.gather(*(self._try(self.messenger.tell(email, text)) for email in emails))

    async def notify_admins(self, text: str, *, exclude: str = "") -> None:
        """Tell each admin but `exclude` directly; if none is reached, tell the approval space."""
        admins = await self.store.call(grants_table.admins)
        emails = [email for email in admins if email != exclude]
        delivered = await asyncio.gather(
            *(self._try(self.messenger.tell(email, text)) for email in emails)
        )
        if not any(delivered) and (room_id := await self.approval_room()):
            delivered = [await self._try(self._post_in(room_id, text))]
        if not any(delivered) and [*admins] != [exclude]:  # a lone admin sees the answer
            log.error("no_admin_notified")

    async def notify_other_admins(self, text: str) -> None:
        """Tell the admins in the name of the requester of the running request, if there are any."""
        _, requester = CURRENT_REQUEST.get()
        if set(await self.store.call(grants_table.admins)) - {requester.email}:
            await self.notify_admins(f"{requester.shown}: {text}", exclude=requester.email)

    async def _ask(
        self, request: Request, card: Callable[[str], Answer], emails: list[str]
    ) -> CardDelivery:
        """Post in the approval space; directly if there is none or the bot may not post there."""
        cards = await self.store.call(approvals_table.cards, request.code)
        missing: dict[str, WebexError] = {}
        rooms = await self._rooms(request)
        if rooms and not any(copy.room_id for copy in cards):
            missing |= await self._post_in_first(rooms, request, card(""))
        if not rooms or any(is_refused(error) for error in missing.values()):
            missing |= await self._post_to_each(request, card, emails)
        cards = await self.store.call(approvals_table.cards, request.code)
        people = frozenset(copy.email for copy in cards).intersection(emails)
        return CardDelivery(people, any(copy.room_id for copy in cards), missing)

    async def _post_to_each(
        self, request: Request, card: Callable[[str], Answer], emails: list[str]
    ) -> dict[str, WebexError]:
        cards = await self.store.call(approvals_table.cards, request.code)
        emailed = {copy.email for copy in cards}
        posts = [
            self._post_with_retry(email, partial(self._send_card, request, email, card(email)))
            for email in emails
            if email not in emailed
        ]
        missing: dict[str, WebexError] = {}
        for undelivered in await asyncio.gather(*posts):
            missing |= undelivered
        return missing

    async def _post_in_first(
        self, rooms: list[str], request: Request, card: Answer
    ) -> dict[str, WebexError]:
        """Post in the first of these spaces that is open. Returns the last error."""
        missing: dict[str, WebexError] = {}
        for room_id in rooms:
            post = partial(self._post_card, request, room_id, card)
            missing = await self._post_with_retry(APPROVAL_SPACE, post)
            if not any(is_refused(error) for error in missing.values()):
                break
        return missing

    async def _post_with_retry(
        self, recipient: str, post: Callable[[], Awaitable[None]]
    ) -> dict[str, WebexError]:
        """Post, and once more after a refusal, which may be a mistake. Returns the last error."""
        for pause in (SECOND_ATTEMPT_DELAY, None):
            try:
                await post()
            except WebexError as error:
                log.warning(
                    "approver_not_reached", status=error.status, tracking_id=error.tracking_id
                )
                if pause is None or not is_refused(error):
                    return {recipient: error}
                await self.sleep(pause)
            else:
                return {}
        return {}

    async def _post_card(self, request: Request, room_id: str, card: Answer) -> None:
        message = await self.messenger.answer(Place(room_id, direct=False), card)
        copy = CardCopy(message_id=message, request=request.code, room_id=room_id, email="")
        await self.store.call(approvals_table.add_card, copy)

    async def _send_card(self, request: Request, email: str, card: Answer) -> None:
        message = await self.messenger.tell(email, card)
        copy = CardCopy(message_id=message, request=request.code, room_id="", email=email)
        await self.store.call(approvals_table.add_card, copy)

    async def _replace(self, copy: CardCopy, text: str) -> None:
        if copy.email:
            await self.messenger.tell(copy.email, text)
        else:
            await self.messenger.answer(Place(copy.room_id, direct=False), text)
        await self.messenger.remove(copy.message_id)
        await self.store.call(approvals_table.drop_card, copy.message_id)

    async def _try(self, posting: Awaitable[object]) -> bool:
        """Post once; log a failure, so that the other recipients still get their message."""
        return await self._error_of(posting) is None

    async def _error_of(self, posting: Awaitable[object]) -> WebexError | None:
        try:
            await posting
        except WebexError as error:
            log.warning("notification_failed", status=error.status, tracking_id=error.tracking_id)
            return error
        return None


async def until_delivered(post: Callable[[], Awaitable[object]]) -> None:
    """Post, tried for a quarter of an hour; after that the next start tells it."""
    await retry.run(retry.DELIVER, post)
