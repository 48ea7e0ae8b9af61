"""What stands between a client and PostgreSQL, and cuts the connection at a moment of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

COMMIT = b"commit\0"
FORWARD, BEFORE, AFTER = "forward", "before", "after"


class PostgresProxy:
    """Forwards; `cut` says whether the next COMMIT is lost on its way, or the answer to it."""

    def __init__(self, target: int) -> None:
        self.cut = FORWARD
        self.refuses = False  # new connections
        self.refused = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refuses:
                self.refused += 1
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._target))
            self._ends += [client, server]
            for work in (self._to_server, self._to_client):
                self._threads.append(threading.Thread(target=work, args=(client, server)))
                self._threads[-1].start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while content := client.recv(65536):
                if content.endswith(COMMIT) and self.cut == BEFORE:
                    self.cut = FORWARD
                    break
                if content.endswith(COMMIT) and self.cut == AFTER:
                    self.cut = "answer"
                server.sendall(content)
        _end(client, server)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while content := server.recv(65536):
                if self.cut == "answer":
                    self.cut = FORWARD
                    break
                client.sendall(content)
        _end(client, server)

    def cut_all(self) -> None:
        """End all connections now."""
        _end(*self._ends)

    def close(self) -> None:
        """End all, and listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        for thread in self._threads:
            thread.join(10)
        for end in self._ends:
            end.close()


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def postgres_proxy(target: int) -> Iterator[PostgresProxy]:
    """In front of the server at that port, while inside."""
    proxy = PostgresProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
