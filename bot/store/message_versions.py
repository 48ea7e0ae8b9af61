"""The table `message_versions`: what was last read in a message, so that an edit is answered once.

It holds checksums, never the text.
"""

from dataclasses import asdict, dataclass
from hashlib import blake2b

from bot.store.sql import Database, select, upsert

CHECKSUM_BYTES = 8  # enough to tell the versions of one message apart, too few to guess a text


@dataclass(frozen=True)
class Version:
    """What an event read in a message.

    `commands` is empty if they were not understood, misspelt or refused: any edit gets an answer.
    """

    message: str
    event: str
    text: str
    commands: str


def checksum(text: str) -> str:
    """A short checksum in hexadecimal digits."""
    return blake2b(text.encode(errors="replace"), digest_size=CHECKSUM_BYTES).hexdigest()


def read(db: Database, version: Version, now: float) -> int | None:
    """Store what was read. Return the number of the version; None if it needs no answer.

    The first one has the number 0. It needs no answer if another event read the same text, or other
    words for the same commands. The same event, handled again after a crash, gets its number again.
    """
    last = next(
        select(db, "select * from message_versions where message = ?", [version.message]), {}
    )
    same_event = last.get("event") == version.event
    same_text = last.get("text") == version.text
    same = same_text or (bool(version.commands) and last.get("commands") == version.commands)
    if last and same and not same_event:
        return None
    if last:
        number = int(last["number"]) + (not same)
    else:  # an edit of a message that an older provbot read, or that did not mention the bot
        number = 0 if version.event == version.message else 1
    upsert(db, "message_versions", "message", asdict(version) | {"number": number, "read_at": now})
    return number


def set_not_answered(db: Database, message: str) -> None:
    """Note that the commands were refused or failed, so that an edit is always answered."""
    db.execute("update message_versions set commands = '' where message = ?", [message])
