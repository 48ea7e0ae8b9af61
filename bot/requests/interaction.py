"""What a person pressed on a card, and what they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.people import Sender
from bot.core.models.requests import Request


@dataclass(frozen=True)
class ButtonPress:
    """What a button submitted, and who pressed it where. All of it is untrusted."""

    request: str
    version: int
    kind: str
    inputs: Mapping[str, Any]
    sender: Sender
    room_id: str
    event_id: str
    card_id: str = ""
    not_now: str = ""  # why the press does not count and must be repeated


@dataclass(frozen=True)
class Reply:
    """What to answer; None: the runner answers. The old card of `request` is deleted."""

    answer: AdaptiveCard | str | None
    request: Request | None = None
    preface: str = ""  # a sentence that is posted before the answer
