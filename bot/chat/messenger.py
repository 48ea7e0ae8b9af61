"""Answering: cards and sentences, to the place where somebody asked or to one person alone."""

from contextlib import aclosing
from typing import Any, TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot import telemetry
from bot.errors import OutcomeUnknown, WebexError
from bot.models import Place
from bot.webex.messages import MessagesApi
from cards import render

log = telemetry.get_logger("messenger")

LOOKED_THROUGH = 50  # messages; the one that was just posted is among the newest

Answer: TypeAlias = AdaptiveCard | str


class Messenger:
    """Posts what the bot says. The words always go along with a card (webex-messaging.md §4.3)."""

    def __init__(self, messages: MessagesApi) -> None:
        self._messages = messages

    async def answer(self, place: Place, answer: Answer) -> str:
        """Post it where it was asked, in the thread where there is one; answers the message id."""
        threads = [place.thread_id, None] if place.thread_id else [None]
        return await self._post(
            answer, [{"room_id": place.room_id, "parent_id": one} for one in threads]
        )

    async def tell(self, email: str, answer: Answer) -> str:
        """Post it to one person alone."""
        return await self._post(answer, [{"email": email}])

    async def mark(self, place: Place, words: str, *, perhaps_said: bool = False) -> str | None:
        """Post a line that is taken away later, and whose words are nobody else's; its id.

        Where its answer was lost it is not said again but looked for, or the first one would stay for
        ever. None where it is not found: in group spaces a bot cannot list what it said itself.
        """
        if perhaps_said and place.direct and (there := await self._said(place, words)):
            return there
        try:
            return await self._messages.post(
                text=words, room_id=place.room_id, parent_id=place.thread_id
            )
        except OutcomeUnknown:
            return await self._said(place, words) if place.direct else None

    async def _said(self, place: Place, words: str) -> str | None:
        async with aclosing(self._messages.said_in(place.room_id, direct=True)) as rows:
            number = 0
            async for row in rows:
                number += 1
                if row.get("text") == words:
                    return str(row["id"])
                if number == LOOKED_THROUGH:
                    break
        return None

    async def _post(self, answer: Answer, wheres: list[dict[str, str | None]]) -> str:
        """As asked; without the thread if its root is gone; in words alone if the card is refused."""
        text, card = _parts(answer)
        tries = [(card, where) for where in wheres] + ([(None, wheres[-1])] if card else [])
        for shown, where in tries[:-1]:
            try:
                return await self._once_more(text=text, card=shown, **where)
            except WebexError as problem:
                if problem.status not in (400, 404):
                    raise
                log.warning("refused", status=problem.status, words=problem.words)
        shown, where = tries[-1]
        return await self._once_more(text=text, card=shown, **where)

    async def _once_more(self, **message: Any) -> str:
        """A message whose answer was lost is sent again: said twice is only ugly (§10)."""
        try:
            return await self._messages.post(**message)
        except OutcomeUnknown:
            return await self._messages.post(**message)

    async def remove(self, message_id: str | None) -> bool:
        """Take back a message of our own; whether it is gone. A card that stays is only untidy: its
        buttons are checked.
        """
        if not message_id:
            return True
        try:
            await self._delete(message_id)
        except WebexError as problem:
            log.warning("not removed", message=message_id, status=problem.status)
            return False
        return True

    async def _delete(self, message_id: str) -> None:
        """Twice where the answer was lost: one that is gone already is as good as deleted."""
        try:
            await self._messages.delete(message_id)
        except OutcomeUnknown:
            await self._messages.delete(message_id)


def _parts(answer: Answer) -> tuple[str, dict[str, object] | None]:
    if isinstance(answer, str):
        return answer, None
    return render.to_text(answer), render.to_content(answer)
