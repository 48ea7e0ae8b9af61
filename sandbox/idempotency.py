"""Attempts to say something, by the id a client gave each: whoever tries again says nothing twice."""

from collections import OrderedDict

KEPT = 1000


class Attempts:
    """The latest of them, with the messages that came of them. Another person's ids are others."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._messages: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._ids: dict[str, str] = {}

    def note(self, person_key: str, temp_id: str, message_key: str) -> None:
        """That attempt became that message."""
        self._messages[person_key, temp_id] = message_key
        self._ids[message_key] = temp_id
        if len(self._messages) > self._kept:
            _, oldest = self._messages.popitem(last=False)
            self._ids.pop(oldest)

    def message_of(self, person_key: str, temp_id: str) -> str | None:
        """The key of the message that came of a person's attempt."""
        return self._messages.get((person_key, temp_id))

    def id_of(self, message_key: str) -> str | None:
        """The id of the attempt that a message came of."""
        return self._ids.get(message_key)
