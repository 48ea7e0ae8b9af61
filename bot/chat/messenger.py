"""Posts cards and sentences: to the place where somebody asked, or to one person alone."""

from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot.core import logs, retry
from bot.core.errors import OutcomeUnknown, WebexError
from bot.core.models.people import Place, Sender
from bot.webex.messaging import MessagesApi
from cards import render

log = logs.get_logger("messenger")

MAX_SEARCHED = 50  # messages; one that was just posted is among the newest

Answer: TypeAlias = AdaptiveCard | str


class Messenger:
    """Posts what the bot says. A card always goes along with its text.

    See docs/webex/messaging.md §4.3.
    """

    def __init__(self, messages: MessagesApi) -> None:
        self._messages = messages

    async def answer(self, place: Place, answer: Answer) -> str:
        """Post to a place, in its thread if it has one; returns the message id."""
        thread_ids = [place.thread_id, None] if place.thread_id else [None]
        return await self._post(
            answer, [{"room_id": place.room_id, "parent_id": each} for each in thread_ids]
        )

    async def tell(self, email: str, answer: Answer) -> str:
        """Post to the person with this email address."""
        return await self._post(answer, [{"email": email}])

    async def tell_account(self, sender: Sender, answer: Answer) -> str:
        """Post to one account: its email address may belong to somebody else by now.

        If Webex refuses `toPersonId` as a bad request, use the address.
        """
        if not sender.person_id:
            return await self.tell(sender.email, answer)
        try:
            return await self._post(answer, [{"person_id": sender.person_id}])
        except WebexError as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
        return await self.tell(sender.email, answer)

    async def post_progress(
        self, place: Place, text: str, *, maybe_posted: bool = False
    ) -> str | None:
        """Post a message that is removed later, and whose text is unique; returns its id.

        If the answer is lost, look for the message instead of posting it again, or the first one
        would stay. None if it is not found: in group spaces a bot cannot list its own messages.
        """
        if maybe_posted and place.direct and (message_id := await self._find(place, text)):
            return message_id
        try:
            return await self._messages.post(
                text=text, room_id=place.room_id, parent_id=place.thread_id
            )
        except OutcomeUnknown:
            return await self._find(place, text) if place.direct else None

    async def _find(self, place: Place, text: str) -> str | None:
        """The id of a recent message with this text."""
        async with aclosing(self._messages.in_room(place.room_id, direct=True)) as messages:
            count = 0
            async for message in messages:
                count += 1
                if message.get("text") == text:
                    return str(message["id"])
                if count == MAX_SEARCHED:
                    break
        return None

    async def _post(self, answer: Answer, targets: list[dict[str, str | None]]) -> str:
        """Post to the first target that Webex accepts; without the card if it refuses the card.

        The second target is the space without the thread, whose root may be gone.
        """
        text = answer if isinstance(answer, str) else render.to_text(answer)
        card = None if isinstance(answer, str) else render.to_content(answer)
        try:
            return await self._post_to_first(text, card, targets)
        except WebexError as error:
            if card is None or not _is_about_the_card(error):
                raise
            log.warning("card_refused", status=error.status, tracking_id=error.tracking_id)
        return await self._post_message(text=text, card=None, **targets[-1])

    async def _post_to_first(
        self, text: str, card: dict[str, object] | None, targets: list[dict[str, str | None]]
    ) -> str:
        for target in targets[:-1]:
            try:
                return await self._post_message(text=text, card=card, **target)
            except WebexError as error:
                if error.status == HTTPStatus.FORBIDDEN or not retry.is_refusal(error):
                    raise
                log.warning("thread_refused", status=error.status, tracking_id=error.tracking_id)
        return await self._post_message(text=text, card=card, **targets[-1])

    async def _post_message(self, **message: Any) -> str:
        """Post, and post again if the answer is lost: a message that appears twice does no harm.

        See docs/webex/provisioning.md §10.
        """
        return await retry.twice_if(OutcomeUnknown, partial(self._messages.post, **message))

    async def remove(self, message_id: str | None) -> bool:
        """Delete a message of the bot; returns whether it is gone.

        A card that stays is untidy but harmless: its buttons are checked.
        """
        if not message_id:
            return True
        try:
            # A second deletion is safe: a message that is gone already counts as deleted.
            await retry.twice_if(OutcomeUnknown, partial(self._messages.delete, message_id))
        except WebexError as error:
            log.warning("message_delete_failed", message=message_id, status=error.status)
            return False
        return True


def _is_about_the_card(error: WebexError) -> bool:
    """Whether Webex refused the card itself.

    The other statuses concern the space or may pass. Without its card a plan cannot be confirmed.
    """
    not_about_card = (
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.GONE,
    )
    return retry.is_refusal(error) and error.status not in not_about_card
