"""What a person pressed on a card, and what they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.event_reader import IncomingEvent, request_code
from bot.chat.messenger import Answer
from bot.core.errors import PrivateRefusal, Refused
from bot.core.models.files import FileMessage
from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request
from bot.core.models.text import clean
from bot.domain.identity import same_account
from bot.domain.operation import PrivateAnswer
from cards.requests import MAX_REASON_LENGTH

# What a button does, where it is not continuing.
ACTIONS = {
    **{kind: kind for kind in ("confirm", "change", "cancel", "undo", "stop")},
    "again": "repeat",
    "retry": "repeat",
    "open": "open",
}


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
    repeat_notice: str = ""  # why the press does not count and must be repeated


@dataclass(frozen=True)
class Reply:
    """What to answer; None: the runner answers. The old card of `request` is deleted."""

    answer: Answer | None
    request: Request | None = None
    preface: str = ""  # a sentence that is posted before the files and the answer
    files: tuple[FileMessage, ...] = ()  # posted before the answer, where it is posted
    replaces: str | None = None  # a card that has served its purpose, beside that of `request`
    to: Sender | None = None  # for this person alone, wherever they pressed
    private: PrivateAnswer | None = None  # in place of the answer: it has secrets


def button_press(incoming: IncomingEvent, inputs: Mapping[str, Any]) -> ButtonPress:
    """The press of an incoming event."""
    version = str(inputs.get("version", ""))
    return ButtonPress(
        request=request_code(inputs),
        version=int(version)
        if version.isascii() and version.isdigit() and len(version) < 10
        else -1,
        kind=str(inputs.get("press", "")),
        inputs=inputs,
        sender=incoming.sender,
        place=incoming.place,
        event_id=incoming.event_id,
        card_id=incoming.card_id or "",
        repeat_notice=incoming.repeat_notice,
    )


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
    """PrivateRefusal unless the requester pressed, in the space of the request."""
    check_owner(request, press.sender, press.kind, press.place.room_id)
    check_place(request, press)


def check_place(request: Request, press: ButtonPress) -> None:
    """Refused unless it was pressed in the space of the request."""
    if request.place.room_id != press.place.room_id:
        raise Refused(f"{request.code} was requested in another space. Please use the card there.")


def check_owner(request: Request, sender: Sender, kind: str, room_id: str = "") -> None:
    """PrivateRefusal unless the request is this person's own; `kind` is that of the button.

    Its requester is named in the space where everybody sees the request, and nowhere else.
    """
    if same_account(request.requester.person_id, sender.person_id):
        return
    is_shown = not request.place.direct and request.place.room_id == room_id
    who = request.requester.shown if is_shown else "the person who asked for it"
    who += " or an admin" if kind == "stop" else ""
    action = ACTIONS.get(kind, "continue")
    # True of each state and the same in each: it tells nothing of a request of somebody else.
    raise PrivateRefusal(f"Only {who} can {action} request {request.code}, so I did nothing.")
