"""What a person pressed on a card, and what they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.messenger import Answer
from bot.core.errors import Refused
from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request
from bot.core.models.text import clean
from bot.domain.identity import same_account
from cards.requests import MAX_REASON_LENGTH


@dataclass(frozen=True)
class ButtonPress:
    """What a button submitted, and who pressed it where. All of it is untrusted."""

    request: str
    version: int
    kind: str
    inputs: Mapping[str, Any]
    sender: Sender
    place: Place
    event_id: str
    card_id: str = ""
    not_now: str = ""  # why the press does not count and must be repeated


@dataclass(frozen=True)
class Reply:
    """What to answer; None: the runner answers. The old card of `request` is deleted."""

    answer: Answer | None
    request: Request | None = None
    preface: str = ""  # a sentence that is posted before the answer


def with_name(request: Request, name: str) -> Request:
    """The request with the requester's name as it was just read, if it was."""
    if not name:
        return request
    return request.model_copy(update={"requester": replace(request.requester, name=name)})


def with_reason(request: Request, inputs: Mapping[str, Any]) -> Request:
    """The request with the reason that was submitted, if one was."""
    if "reason" not in inputs:
        return request
    reason = clean(str(inputs["reason"] or ""), MAX_REASON_LENGTH)
    return request.model_copy(update={"reason": reason})


def check_presser(request: Request, press: ButtonPress) -> None:
    """Refused unless the requester pressed, in the space of the request."""
    same_space = request.place.room_id == press.place.room_id
    name = request.requester.shown if same_space else "its requester"
    check_owner(request, press.sender, name=name)
    if not same_space:
        raise Refused(f"{request.code} was requested in another space. Please use the card there.")


def check_owner(request: Request, sender: Sender, *, name: str = "its requester") -> None:
    """Refused unless the request is this person's own.

    The `name` of the requester is only for people of the space in which they asked.
    """
    if not same_account(request.requester.person_id, sender.person_id):
        raise Refused(
            f"{request.code} is somebody else's request: only {name} can continue it. "
            "Nothing was changed."
        )
