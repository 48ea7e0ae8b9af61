"""What is forgotten, so that a sandbox can run for weeks: the oldest messages go first."""

from collections import deque

from sandbox.chat_model import Message


class Shelf:
    """All messages in the order they came. ``most`` of them are kept, and ``file_bytes`` of files."""

    def __init__(self, most: int, file_bytes: int) -> None:
        self._most = most
        self._file_bytes = file_bytes
        self._all: deque[Message] = deque()
        self._with_files: deque[tuple[Message, int]] = deque()
        self._bytes = 0

    def put(self, message: Message) -> list[Message]:
        """Add a message; returns those to forget. The newest is kept however large its files are."""
        gone = []
        self._all.append(message)
        if message.files:
            size = sum(len(file.data) for file in message.files)
            self._with_files.append((message, size))
            self._bytes += size
        while len(self._all) > self._most:
            gone.append(self._all.popleft())
            if self._with_files and self._with_files[0][0] is gone[-1]:
                self._drop_files()
        while self._bytes > self._file_bytes and len(self._with_files) > 1:
            gone.append(self._drop_files())
        return gone

    def _drop_files(self) -> Message:
        message, size = self._with_files.popleft()
        self._bytes -= size
        return message
