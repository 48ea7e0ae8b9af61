"""Reading events: an edit that Webex does not show yet is read again, for a moment."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from bot.audit import moment
from bot.chat.event_reader import MAX_READS_OF_EDIT, READ_EDIT_AGAIN, EventReader, IncomingEvent
from bot.chat.events import MESSAGE, Event
from bot.operations import PARSER
from bot.store.database import Store
from bot.webex.messaging import MessagesApi
from tests.virtual_clock import virtually

EDITED_AT = 1_790_000_000.0
EDIT = Event("e", MESSAGE, "room", "ann", direct=True, host="", message="m", at=EDITED_AT)
BEFORE = {"id": "m", "personId": "p", "roomId": "r", "roomType": "direct", "text": "old"}
AFTER = BEFORE | {"text": "new", "updated": moment(EDITED_AT)}
EARLIER_EDIT = BEFORE | {"updated": moment(EDITED_AT - 60)}


@dataclass
class Versions:
    """In place of the messaging API: one version for each read, the last one for all others."""

    versions: list[dict[str, Any]]
    reads: int = field(default=0)

    async def message(self, _message_id: str) -> dict[str, Any]:
        """The next version."""
        self.reads += 1
        return self.versions[min(self.reads, len(self.versions)) - 1]


def read(event: Event, *versions: dict[str, Any]) -> tuple[IncomingEvent, int, float]:
    """The event with its contents, the number of reads, and the seconds that it took."""
    messages = Versions([*versions])
    reader = EventReader(
        frozenset(), lambda _host: "us", cast(MessagesApi, messages), cast(Any, None),
        cast(Store, None), PARSER,
    )  # fmt: skip
    incoming, seconds = virtually(lambda: reader.read(event))
    return incoming, messages.reads, seconds


@pytest.mark.parametrize("outdated", [BEFORE, EARLIER_EDIT])
def test_an_edit_that_is_not_shown_yet_is_read_again(outdated):
    incoming, reads, _ = read(EDIT, outdated, AFTER)
    assert (incoming.message.text, reads, incoming.sent_at) == ("new", 2, EDITED_AT)


def test_an_edit_that_is_never_shown_is_read_as_it_is():
    incoming, reads, seconds = read(EDIT, BEFORE)
    assert (incoming.message.text, reads) == ("old", MAX_READS_OF_EDIT)
    assert seconds < MAX_READS_OF_EDIT * READ_EDIT_AGAIN + 1


@pytest.mark.parametrize(
    "event",
    [
        EDIT,
        Event("m", MESSAGE, "room", "ann", direct=True, host=""),
        Event("e", MESSAGE, "room", "ann", direct=True, host="", message="m"),
    ],
)
def test_everything_else_is_read_once(event):
    assert read(event, AFTER)[1] == 1
