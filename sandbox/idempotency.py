"""Idempotency keys: a message that is sent again with the same client id is not posted twice."""

from collections import OrderedDict

MAX_KEYS = 1000


class IdempotencyKeys:
    """The latest keys and their messages. Keys of different people do not collide."""

    def __init__(self, kept: int = MAX_KEYS) -> None:
        self._kept = kept
        self._messages: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._ids: dict[str, str] = {}

    def remember(self, person_key: str, temp_id: str, message_key: str) -> None:
        """Store the message that was posted with this key."""
        self._messages[person_key, temp_id] = message_key
        self._ids[message_key] = temp_id
        if len(self._messages) > self._kept:
            _, oldest = self._messages.popitem(last=False)
            self._ids.pop(oldest)

    def message_key_for(self, person_key: str, temp_id: str) -> str | None:
        """Return the key of the message that a person posted with this id."""
        return self._messages.get((person_key, temp_id))

    def temp_id_for(self, message_key: str) -> str | None:
        """Return the client's id of a message."""
        return self._ids.get(message_key)
