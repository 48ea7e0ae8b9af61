"""Retention of messages, so that a sandbox can run for weeks: the oldest are deleted first."""

from collections import deque

from sandbox.chat_model import Message


class RetentionQueue:
    """All messages in order. At most ``most`` are kept, and ``file_bytes`` bytes of files."""

    def __init__(self, max_messages: int, file_bytes: int) -> None:
        self._max_messages = max_messages
        self._file_bytes = file_bytes
        self._all: deque[Message] = deque()
        self._with_files: deque[tuple[Message, int]] = deque()
        self._bytes = 0

    def add(self, message: Message) -> list[Message]:
        """Add a message; return those to delete. The newest always stays."""
        evicted = []
        self._all.append(message)
        if message.files:
            size = sum(len(file.data) for file in message.files)
            self._with_files.append((message, size))
            self._bytes += size
        while len(self._all) > self._max_messages:
            evicted.append(self._all.popleft())
            if self._with_files and self._with_files[0][0] is evicted[-1]:
                self._drop_files()
        while self._bytes > self._file_bytes and len(self._with_files) > 1:
            evicted.append(self._drop_files())
        return evicted

    def _drop_files(self) -> Message:
        message, size = self._with_files.popleft()
        self._bytes -= size
        return message
